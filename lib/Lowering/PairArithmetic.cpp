//===- PairArithmetic.cpp - Arithmetic on unevaluated sums ----------------===//

#include "Lowering/PairArithmetic.h"

namespace actin {

/// a + b where either may be null (zero).
static Value addLow(VectorBuilder &b, Value x, Value y) {
  if (!x)
    return y;
  return y ? b.add(x, y) : x;
}

/// Where `rounded`, the result in one part, is infinite the low part is no
/// number and would make none of the high part as well.
static Value keepInfinity(VectorBuilder &b, Value rounded, Value result) {
  return b.select(b.isNaN(result), rounded, result);
}

ValuePair normalize(VectorBuilder &b, const ValuePair &x, bool isFinite) {
  if (!x.low)
    return x;
  ValuePair sum = b.fastTwoSum(x.high, x.low);
  return isFinite ? sum : ValuePair{keepInfinity(b, x.high, sum.high), sum.low};
}

Value roundPair(VectorBuilder &b, const ValuePair &x, bool isFinite) {
  if (!x.low)
    return x.high;
  Value sum = b.add(x.high, x.low);
  return isFinite ? sum : keepInfinity(b, x.high, sum);
}

ValuePair addPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y) {
  ValuePair sum = addPairsLoosely(b, x, y);
  return x.low || y.low ? normalize(b, sum) : sum;
}

ValuePair withLowParts(VectorBuilder &b, const ValuePair &sum,
                       const ValuePair &x, const ValuePair &y) {
  Value low = addLow(b, x.low, y.low);
  return {sum.high, low ? b.add(sum.low, low) : sum.low};
}

ValuePair addPairsLoosely(VectorBuilder &b, const ValuePair &x,
                          const ValuePair &y) {
  return withLowParts(b, b.twoSum(x.high, y.high), x, y);
}

ValuePair addOrderedPairsLoosely(VectorBuilder &b, const ValuePair &x,
                                 const ValuePair &y) {
  return withLowParts(b, b.fastTwoSum(x.high, y.high), x, y);
}

ValuePair mulPairsLoosely(VectorBuilder &b, const ValuePair &x,
                          const ValuePair &y) {
  Value product = b.mul(x.high, y.high);
  Value low = b.productError(x.high, y.high, product);
  if (y.low)
    low = b.fma(x.high, y.low, low);
  if (x.low)
    low = b.fma(x.low, y.high, low);
  return {product, low};
}

Value mulPairsRounded(VectorBuilder &b, const ValuePair &x,
                      const ValuePair &y) {
  if (!b.getTraits().hasFma || (!x.low && !y.low))
    return roundPair(b, mulPairsLoosely(b, x, y), /*isFinite=*/true);
  Value low = y.low ? b.mul(x.high, y.low) : Value();
  if (x.low)
    low = low ? b.fma(x.low, y.high, low) : b.mul(x.low, y.high);
  return b.fma(x.high, y.high, low);
}

ValuePair mulPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y) {
  ValuePair product = mulPairsLoosely(b, x, y);
  // Of single numbers the low part is the rounding error of the high.
  return x.low || y.low ? normalize(b, product) : product;
}

/// quotient and x - quotient * y, exact in its leading part: of a quotient that
/// is right to the last bit one number holds what is left.
static ValuePair withRest(VectorBuilder &b, Value quotient, const ValuePair &x,
                          const ValuePair &y) {
  Value rest;
  if (b.getTraits().hasFma) {
    rest = b.fnma(quotient, y.high, x.high);
  } else {
    Value product = b.mul(quotient, y.high);
    Value error = b.productError(quotient, y.high, product);
    rest = b.sub(b.sub(x.high, product), error);
  }
  if (x.low)
    rest = b.add(rest, x.low);
  if (y.low)
    rest = b.fnma(quotient, y.low, rest);
  return {quotient, rest};
}

/// By one division: the quotient is a few ulp off before its rest is added.
static ValuePair divPairsByInverse(VectorBuilder &b, const ValuePair &x,
                                   const ValuePair &y) {
  Value inverse = b.div(b.like(y.high, 1.0), y.high);
  auto [quotient, rest] = withRest(b, b.mul(x.high, inverse), x, y);
  return {quotient, b.mul(rest, inverse)};
}

ValuePair divPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y,
                   bool isModerate) {
  if (isModerate)
    return normalize(b, divPairsByInverse(b, x, y));
  auto [quotient, rest] = withRest(b, b.div(x.high, y.high), x, y);
  return normalize(b, {quotient, b.div(rest, y.high)});
}

ValuePair divPairsByConstant(VectorBuilder &b, const ValuePair &x,
                             const ValuePair &y, double inverse) {
  Value factor = b.like(x.high, inverse);
  auto [quotient, rest] = withRest(b, b.mul(x.high, factor), x, y);
  return {quotient, b.mul(rest, factor)};
}

ValuePair divPairsLoosely(VectorBuilder &b, const ValuePair &x,
                          const ValuePair &y, bool isModerate) {
  Value inverse = b.approximateReciprocal(y.high);
  if (isModerate && !inverse)
    return divPairsByInverse(b, x, y);
  auto [quotient, rest] = withRest(b, b.div(x.high, y.high), x, y);
  Value low = inverse ? b.mul(rest, inverse) : b.div(rest, y.high);
  if (isModerate)
    return {quotient, low};
  // Beside a subnormal divisor the remainder is but its own rounding.
  double exact = VectorBuilder::isF64(low) ? 0x1p-960 : 0x1p-100;
  Value isExact =
      b.compare(VectorBuilder::Compare::GE, b.abs(y.high), b.like(low, exact));
  return {quotient, b.select(isExact, low, b.like(low, 0.0))};
}

ValuePair sqrtPair(VectorBuilder &b, const ValuePair &x) {
  Value root = b.sqrt(x.high);
  Value product = b.mul(root, root);
  Value error = b.productError(root, root, product);
  Value rest = b.sub(b.sub(x.high, product), error);
  if (x.low)
    rest = b.add(rest, x.low);
  Value low = b.div(rest, b.add(root, root));
  // 0/0 at 0, and inf - inf at inf.
  return {root, b.select(b.isNaN(low), b.like(root, 0.0), low)};
}

ValuePair negPair(VectorBuilder &b, const ValuePair &x) {
  return {b.neg(x.high), x.low ? b.neg(x.low) : Value()};
}

/// The low part changes its sign where the high part does.
ValuePair absPair(VectorBuilder &b, const ValuePair &x) {
  if (!x.low)
    return {b.abs(x.high), Value()};
  Value signMask = b.toBits(b.like(x.high, -0.0));
  Value sign = b.intAnd(b.toBits(x.high), signMask);
  return {b.abs(x.high), b.fromBits(b.intXor(b.toBits(x.low), sign))};
}

ValuePair selectPairs(VectorBuilder &b, Value mask, const ValuePair &onTrue,
                      const ValuePair &onFalse) {
  Value high = b.select(mask, onTrue.high, onFalse.high);
  if (!onTrue.low && !onFalse.low)
    return {high, Value()};
  Value zero = b.like(high, 0.0);
  return {high, b.select(mask, onTrue.low ? onTrue.low : zero,
                         onFalse.low ? onFalse.low : zero)};
}

Value comparePairs(VectorBuilder &b, VectorBuilder::Compare predicate,
                   const ValuePair &x, const ValuePair &y) {
  using Compare = VectorBuilder::Compare;
  if (!x.low && !y.low)
    return b.compare(predicate, x.high, y.high);
  Value zero = b.like(x.high, 0.0);
  auto compareLows = [&](Compare by) {
    return b.compare(by, x.low ? x.low : zero, y.low ? y.low : zero);
  };
  // Those of infinities, which are equal, may be no numbers.
  Value onLow = predicate == Compare::GE   ? b.maskNot(compareLows(Compare::LT))
                : predicate == Compare::LE ? b.maskNot(compareLows(Compare::GT))
                                           : compareLows(predicate);
  if (predicate == Compare::NE)
    return b.maskOr(b.compare(predicate, x.high, y.high), onLow);
  Value isEqual = b.compare(Compare::EQ, x.high, y.high);
  Value isEqualAndSo = b.maskAnd(isEqual, onLow);
  if (predicate == Compare::EQ)
    return isEqualAndSo;
  bool isLess = predicate == Compare::LT || predicate == Compare::LE;
  return b.maskOr(b.compare(isLess ? Compare::LT : Compare::GT, x.high, y.high),
                  isEqualAndSo);
}

ValuePair minPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y) {
  return selectPairs(b, comparePairs(b, VectorBuilder::Compare::LT, y, x), y,
                     x);
}

ValuePair maxPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y) {
  return selectPairs(b, comparePairs(b, VectorBuilder::Compare::GT, y, x), y,
                     x);
}

ValuePair dropNaNLow(VectorBuilder &b, const ValuePair &x) {
  Value isNumber = b.compare(VectorBuilder::Compare::EQ, x.low, x.low);
  return {x.high, b.select(isNumber, x.low, b.like(x.low, 0.0))};
}

ValuePair sanitizeLow(VectorBuilder &b, const ValuePair &x) {
  if (!x.low)
    return x;
  Value low = b.maxFast(x.low, b.like(x.low, -0x1p-10));
  return {x.high, b.minFast(low, b.like(x.low, 0x1p-10))};
}

} // namespace actin
