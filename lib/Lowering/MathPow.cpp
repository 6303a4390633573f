//===- MathPow.cpp - Powers -----------------------------------------------===//
//
// base^y = e^(y log base), the logarithm and the product as pairs. f32 is
// computed in f64.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathFunctions.h"
#include "Lowering/MathLog.h"
#include "Lowering/PairArithmetic.h"

#include <cmath>
#include <limits>

namespace actin {

using Compare = VectorBuilder::Compare;

/// log(1 + f) to about 2^-65 relative: f as a pair through s = f / (2 + f),
/// 2 s + s^3 (2/3 + …), the first two terms in pairs.
static ValuePair preciseLog(VectorBuilder &b, const LogReduction &x) {
  Value two = b.like(x.f, 2.0);
  ValuePair denominator = b.fastTwoSum(two, x.f);
  ValuePair s = divPairs(b, {x.f, Value()}, denominator);
  ValuePair s2 = mulPairs(b, s, s);
  // 2 atanh(s) / s = 2 + s2 (2/3 + s2 P(s2)), Taylor's coefficients:
  // |s| < 0.172, 14 terms leave 2^-80.
  double coefficients[12];
  for (int i = 0; i != 12; ++i)
    coefficients[i] = 2.0 / (2 * i + 5);
  Value high = b.mul(s2.high, b.horner(s2.high, coefficients));
  ValuePair twoThirds{b.like(x.f, 0x1.5555555555555p-1),
                      b.like(x.f, 0x1.5555555555555p-55)};
  ValuePair series = mulPairs(b, s2, addPairs(b, twoThirds, {high, Value()}));
  ValuePair log = mulPairs(b, s, addPairs(b, {two, Value()}, series));
  ValuePair ln2{b.like(x.f, 0x1.62e42fefa39efp-1),
                b.like(x.f, 0x1.abc9e3b39803fp-56)};
  return addPairs(b, mulPairs(b, {x.k, Value()}, ln2), log);
}

/// exponent log |base 2^n| in f64 for finite base > 0; `n` may be null.
static ValuePair logOfPower(VectorBuilder &b, Value base, Value n,
                            Value exponent) {
  LogReduction reduced = reduceLog(b, b.abs(base));
  if (n)
    reduced.k = b.add(reduced.k, n);
  return sanitizeLow(b,
                     mulPairs(b, preciseLog(b, reduced), {exponent, Value()}));
}

/// All special values put into `power`, which is e^logOfPower; it may have an
/// exponent apart.
static ExtendedPair putSpecialPowers(VectorBuilder &b, Value base,
                                     Value exponent, ExtendedPair power) {
  double infinity = std::numeric_limits<double>::infinity();
  Value zero = b.like(base, 0.0), one = b.like(base, 1.0);
  Value inf = b.like(base, infinity), a = b.abs(base);
  Value &mantissa = power.mantissa.high;
  auto put = [&](Value where, Value value) {
    mantissa = b.select(where, value, mantissa);
    for (Value *part : {&power.exponent, &power.far})
      if (*part)
        *part = b.select(where, zero, *part);
  };
  // Bases 0 and infinity: the result is one or the other, or 1.
  Value rising = b.compare(Compare::GT, exponent, zero);
  put(b.compare(Compare::EQ, a, zero), b.select(rising, zero, inf));
  put(b.compare(Compare::EQ, a, inf), b.select(rising, inf, zero));
  // An exponent beyond all bounds would make a NaN of 1.
  put(b.compare(Compare::EQ, a, one), one);
  // Negative bases: an integer exponent gives a sign, another NaN.
  Value floor = b.floor(exponent);
  Value half = b.mul(exponent, b.like(base, 0.5));
  Value isInteger = b.compare(Compare::EQ, floor, exponent);
  Value isEven = b.compare(Compare::EQ, b.floor(half), half);
  Value isOdd = b.maskAnd(isInteger, b.maskNot(isEven));
  Value negative = b.compare(Compare::LT, b.copySign(one, base), zero);
  Value belowZero = b.compare(Compare::LT, base, zero);
  Value finite = b.compare(Compare::LT, a, inf);
  mantissa = b.select(b.maskAnd(negative, isOdd), b.neg(mantissa), mantissa);
  Value undefined =
      b.maskAnd(b.maskAnd(belowZero, finite), b.maskNot(isInteger));
  put(undefined, b.like(base, std::numeric_limits<double>::quiet_NaN()));
  put(b.isNaN(base), base);
  put(b.isNaN(exponent), exponent);
  put(b.maskOr(b.compare(Compare::EQ, exponent, zero),
               b.compare(Compare::EQ, base, one)),
      one);
  return power;
}

static Value powF64(VectorBuilder &b, Value base, Value exponent) {
  Value power =
      b.materialize(emitExpScaled(b, logOfPower(b, base, Value(), exponent)));
  return putSpecialPowers(b, base, exponent,
                          {{power, Value()}, Value(), Value()})
      .mantissa.high;
}

ExtendedPair emitPowOfAnySize(VectorBuilder &b, const ExtendedPair &base,
                              Value exponent) {
  Value mantissa = base.mantissa.high, n = b.addExponents(base);
  ValuePair log = logOfPower(b, mantissa, n, exponent);
  // For the special values, a number that is none of them has another one.
  Value zero = b.like(n, 0.0);
  Value isZero =
      b.compare(Compare::LT, n, b.like(n, VectorBuilder::zeroExponent / 2));
  Value isNormal =
      b.maskAnd(b.compare(Compare::NE, n, zero), b.maskNot(b.isNaN(mantissa)));
  Value magnitude = b.select(
      isZero, zero, b.select(isNormal, b.like(n, 1.5), b.abs(mantissa)));
  ScaledValue infinity = b.splitExponent(log.high);
  return putSpecialPowers(
      b, b.copySign(magnitude, mantissa), exponent,
      emitExpOfAnySize(b, log,
                       {{infinity.mantissa, Value()}, infinity.exponent, {}}));
}

/// IEEE 754's pow, all its special values included. Max error: f32 0.501 ulp,
/// f64 0.98 ulp (1.25 without FMA).
Value emitPow(VectorBuilder &b, Value base, Value exponent) {
  if (VectorBuilder::isF64(base))
    return powF64(b, base, exponent);
  return b.narrow(powF64(b, b.widen(base), b.widen(exponent)));
}

/// base^n, n >= 1, by squaring.
static Value powBySquaring(VectorBuilder &b, Value base, uint64_t n) {
  Value result, square = base;
  for (; n != 0; n >>= 1) {
    if (n & 1)
      result = result ? b.mul(result, square) : square;
    if (n > 1)
      square = b.mul(square, square);
  }
  return result;
}

static ValuePair powBySquaring(VectorBuilder &b, const ValuePair &base,
                               uint64_t n) {
  ValuePair result, square = base;
  for (; n != 0; n >>= 1) {
    if (n & 1)
      result = result.high ? mulPairs(b, result, square) : square;
    if (n > 1)
      square = mulPairs(b, square, square);
  }
  return result;
}

/// Above or below what is representable, errors are no numbers: then `rounded`.
static Value finishPair(VectorBuilder &b, const ValuePair &pair,
                        Value rounded) {
  Value sum = pair.low ? b.add(pair.high, pair.low) : pair.high;
  return b.select(b.isNaN(sum), rounded, sum);
}

ValuePair emitPowIntegerPair(VectorBuilder &b, const ValuePair &base,
                             int64_t exponent) {
  ValuePair one{b.like(base.high, 1.0), Value()};
  if (exponent == 0)
    return one;
  ValuePair x = exponent < 0 ? divPairs(b, one, base) : base;
  return powBySquaring(b, x, std::abs(exponent));
}

/// In twice the precision of f64: the inverse comes first, as base^|n| may
/// overflow where the result is a number still.
static Value powIntegerF64(VectorBuilder &b, Value base, int64_t exponent) {
  Value inverse = exponent < 0 ? b.div(b.like(base, 1.0), base) : base;
  return finishPair(b, emitPowIntegerPair(b, {base, Value()}, exponent),
                    powBySquaring(b, inverse, std::abs(exponent)));
}

/// base^n for small integral n, exact specials included. Products round once
/// each, so up to x^4 the compute type does; beyond, and for reciprocals, the
/// next wider precision. Max error: 2 ulp for n = 4, 1.4 ulp near subnormal
/// results, else 1.3 ulp.
Value emitPowInteger(VectorBuilder &b, Value base, int64_t exponent) {
  Value one = b.like(base, 1.0);
  if (exponent == 0)
    return one;
  if (exponent == -1)
    return b.div(one, base);
  if (exponent > 0 && exponent <= 4)
    return powBySquaring(b, base, exponent);
  if (VectorBuilder::isF64(base))
    return powIntegerF64(b, base, exponent);
  Value power = powBySquaring(b, b.widen(base), std::abs(exponent));
  if (exponent < 0)
    power = b.div(b.like(power, 1.0), power);
  return b.narrow(power);
}

/// 1 / sqrt(x), each rounded: max error 1.5 ulp. rsqrt(+-0) = +-inf,
/// NaN below 0.
Value emitRsqrt(VectorBuilder &b, Value x) {
  return b.div(b.like(x, 1.0), b.sqrt(x));
}

} // namespace actin
