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
static ValuePair keepInfinity(VectorBuilder &b, Value rounded,
                              const ValuePair &result) {
  return {b.select(b.isNaN(result.high), rounded, result.high), result.low};
}

ValuePair addPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y) {
  ValuePair sum = b.twoSum(x.high, y.high);
  Value low = addLow(b, x.low, y.low);
  if (!low)
    return sum;
  return keepInfinity(b, sum.high, b.fastTwoSum(sum.high, b.add(sum.low, low)));
}

ValuePair addPairsLoosely(VectorBuilder &b, const ValuePair &x,
                          const ValuePair &y) {
  ValuePair sum = b.twoSum(x.high, y.high);
  Value low = addLow(b, x.low, y.low);
  return {sum.high, low ? b.add(sum.low, low) : sum.low};
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

ValuePair mulPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y) {
  ValuePair product = mulPairsLoosely(b, x, y);
  if (!x.low && !y.low)
    return product; // The low part is the rounding error of the high.
  return keepInfinity(b, product.high, b.fastTwoSum(product.high, product.low));
}

ValuePair divPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y) {
  Value quotient = b.div(x.high, y.high);
  // The remainder x - quotient * y, exact in its leading part.
  Value product = b.mul(quotient, y.high);
  Value error = b.productError(quotient, y.high, product);
  Value rest = b.sub(b.sub(x.high, product), error);
  if (x.low)
    rest = b.add(rest, x.low);
  if (y.low)
    rest = b.fnma(quotient, y.low, rest);
  return keepInfinity(b, quotient, b.fastTwoSum(quotient, b.div(rest, y.high)));
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

ValuePair minPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y) {
  Value less = b.compare(VectorBuilder::Compare::LT, y.high, x.high);
  return selectPairs(b, less, y, x);
}

ValuePair maxPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y) {
  Value greater = b.compare(VectorBuilder::Compare::GT, y.high, x.high);
  return selectPairs(b, greater, y, x);
}

ValuePair sanitizeLow(VectorBuilder &b, const ValuePair &x) {
  if (!x.low)
    return x;
  Value low = b.maxFast(x.low, b.like(x.low, -0x1p-10));
  return {x.high, b.minFast(low, b.like(x.low, 0x1p-10))};
}

} // namespace actin
