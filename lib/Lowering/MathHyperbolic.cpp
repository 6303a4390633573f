//===- MathHyperbolic.cpp - Logistic and hyperbolic functions --------------===//
//
// All by z = exp(-|x|), which neither overflows nor cancels. Coefficients:
// coefficients/log.sollya.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathFunctions.h"
#include "Lowering/PairArithmetic.h"

#include <limits>

namespace actin {

using Compare = VectorBuilder::Compare;

// log1p(z) = z P(z), 0 <= z <= 1: relative error 2^-27.4.
static constexpr double log1pF32[] = {
    0x1p0,         -0x1.ffffdp-2,  0x1.554da4p-2, -0x1.ff2136p-3,
    0x1.934142p-3, -0x1.3a2fa4p-3, 0x1.b4872ap-4, -0x1.d695d8p-5,
    0x1.492c9p-6,  -0x1.afc06ep-9};
// log1p(z) = 2 s + s^3 P(s^2), s = z / (2 + z): absolute error of P 2^-54.6.
static constexpr double log1pF64[] = {
    0x1.5555555555555p-1, 0x1.9999999999bacp-2, 0x1.2492492473d78p-2,
    0x1.c71c71e0f0209p-3, 0x1.745d112e02ba5p-3, 0x1.3b149266d2c8bp-3,
    0x1.10fc24a1ccd72p-3, 0x1.e470c1ca085cdp-4, 0x1.94e6cbfb05391p-4,
    0x1.1896c7f5e389bp-3, -0x1.26c992d861224p-4, 0x1.74d7a4f07af81p-2};

/// -|x| with its low part.
static ValuePair minusMagnitude(VectorBuilder &b, const ValuePair &x,
                                Value positive) {
  Value high = b.neg(b.abs(x.high));
  return {high, x.low ? b.select(positive, b.neg(x.low), x.low) : Value()};
}

/// 1 / (1 + e^-x) = w / (1 + z), w = x > 0 ? 1 : z. The exponent of z stays
/// apart, so that x sigmoid(x) is right where sigmoid(x) is subnormal.
/// sigmoid(-inf) = 0, sigmoid(inf) = 1. Max error 2 ulp.
ScaledValue emitSigmoidScaled(VectorBuilder &b, const ValuePair &x) {
  Value zero = b.like(x.high, 0.0), one = b.like(x.high, 1.0);
  Value positive = b.compare(Compare::GT, x.high, zero);
  ScaledValue z = emitExpScaled(b, minusMagnitude(b, x, positive));
  Value denominator = b.add(one, b.materialize(z));
  Value numerator = b.select(positive, one, z.mantissa);
  return {b.div(numerator, denominator), b.select(positive, zero, z.exponent)};
}

/// log1p(z) / z for the z that `scaled` stands for, in (0, 1].
static Value log1pOverZ(VectorBuilder &b, Value z) {
  if (!VectorBuilder::isF64(z))
    return b.horner(z, log1pF32);
  // 2 s / z = 2 / (2 + z).
  Value two = b.like(z, 2.0);
  ValuePair sum = b.fastTwoSum(two, z);
  Value inverse = b.div(b.like(z, 1.0), sum.high);
  Value error = b.fnma(inverse, sum.high, b.like(z, 1.0));
  error = b.fnma(inverse, sum.low, error);
  Value low = b.mul(inverse, error);
  Value s = b.mul(z, inverse), s2 = b.mul(s, s);
  Value series = b.mul(b.mul(s2, inverse), b.horner(s2, log1pF64));
  return b.fma(two, inverse, b.fma(two, low, series));
}

/// log(1 + e^x) = max(x, 0) + log1p(z); for x < 0 with the exponent of z apart.
/// softplus(-inf) = 0. Max error 2 ulp.
ScaledValue emitSoftplusScaled(VectorBuilder &b, const ValuePair &x) {
  Value zero = b.like(x.high, 0.0);
  Value positive = b.compare(Compare::GT, x.high, zero);
  ScaledValue scaled = emitExpScaled(b, minusMagnitude(b, x, positive));
  Value z = b.materialize(scaled);
  Value ratio = log1pOverZ(b, z);
  Value rest = x.low ? b.fma(z, ratio, x.low) : b.mul(z, ratio);
  Value onPositive = x.low ? b.add(x.high, rest)
                           : b.fma(z, ratio, x.high);
  Value onNegative = b.mul(scaled.mantissa, ratio);
  return {b.select(positive, onPositive, onNegative),
          b.select(positive, zero, scaled.exponent)};
}

/// -softplus(-x).
Value emitLogsigmoid(VectorBuilder &b, const ValuePair &x) {
  ValuePair negative{b.neg(x.high), x.low ? b.neg(x.low) : Value()};
  return b.neg(b.materialize(emitSoftplusScaled(b, negative)));
}

/// tanh |x| = -t / (2 + t), t = expm1(-2 |x|): full relative accuracy around 0
/// and exactly 1 beyond. Max error 2 ulp.
Value emitTanh(VectorBuilder &b, const ValuePair &x) {
  Value two = b.like(x.high, 2.0);
  Value positive = b.compare(Compare::GT, x.high, b.like(x.high, 0.0));
  ValuePair a = minusMagnitude(b, x, positive);
  Value t = emitExpm1(b, {b.add(a.high, a.high),
                          a.low ? b.add(a.low, a.low) : Value()});
  Value magnitude = b.div(t, b.add(two, t));
  return b.copySign(magnitude, x.high);
}

//===----------------------------------------------------------------------===//
// Rarer functions: in f64, rounded once for f32
//===----------------------------------------------------------------------===//

static Value inF64(VectorBuilder &b, Value x,
                   Value (*emit)(VectorBuilder &, Value)) {
  return VectorBuilder::isF64(x) ? emit(b, x)
                                 : b.narrow(emit(b, b.widen(x)));
}

/// e^(|x| - ln 2), which does not overflow before sinh and cosh do.
static Value halfExp(VectorBuilder &b, Value a) {
  ScaledValue e = emitExpScaled(b, {a, Value()});
  return b.scale(e.mantissa, b.sub(e.exponent, b.like(a, 1.0)));
}

/// t = expm1(|x|): (t + t / (t + 1)) / 2; e^|x| / 2 for large |x|.
static Value sinhF64(VectorBuilder &b, Value x) {
  Value a = b.abs(x), one = b.like(x, 1.0), half = b.like(x, 0.5);
  Value t = emitExpm1(b, {b.minFast(b.like(x, 40.0), a), Value()});
  Value small = b.mul(half, b.add(t, b.div(t, b.add(t, one))));
  Value large = b.compare(Compare::GT, a, b.like(x, 22.0));
  return b.copySign(b.select(large, halfExp(b, a), small), x);
}

/// (e^|x| + e^-|x|) / 2.
static Value coshF64(VectorBuilder &b, Value x) {
  Value a = b.abs(x);
  Value half = halfExp(b, a);
  Value bounded = b.minFast(b.like(x, 40.0), a);
  Value inverse = b.mul(b.like(x, 0.5),
                        emitExp(b, {b.neg(bounded), Value()}));
  return b.add(half, inverse);
}

/// log1p(a + a^2 / (1 + sqrt(1 + a^2))); log a + ln 2 for large a.
static Value asinhF64(VectorBuilder &b, Value x) {
  Value a = b.abs(x), one = b.like(x, 1.0);
  Value large = b.compare(Compare::GT, a, b.like(x, 0x1p28));
  Value bounded = b.minFast(b.like(x, 0x1p30), a);
  Value square = b.mul(bounded, bounded);
  Value root = b.sqrt(b.add(one, square));
  Value argument = b.add(bounded, b.div(square, b.add(one, root)));
  Value small = emitLog1p(b, argument);
  Value big = b.add(emitLog(b, a), b.like(x, 0x1.62e42fefa39efp-1));
  return b.copySign(b.select(large, big, small), x);
}

/// t = x - 1: log1p(t + sqrt(2 t + t^2)); log x + ln 2 for large x. NaN below 1.
static Value acoshF64(VectorBuilder &b, Value x) {
  Value large = b.compare(Compare::GT, x, b.like(x, 0x1p28));
  Value bounded = b.minFast(b.like(x, 0x1p30), x);
  Value t = b.sub(bounded, b.like(x, 1.0));
  Value root = b.sqrt(b.fma(t, t, b.add(t, t)));
  Value small = emitLog1p(b, b.add(t, root));
  Value big = b.add(emitLog(b, x), b.like(x, 0x1.62e42fefa39efp-1));
  return b.select(large, big, small);
}

/// log1p(2 a / (1 - a)) / 2. NaN for |x| > 1.
static Value atanhF64(VectorBuilder &b, Value x) {
  Value a = b.abs(x), one = b.like(x, 1.0);
  Value argument = b.div(b.add(a, a), b.sub(one, a));
  Value result = b.mul(b.like(x, 0.5), emitLog1p(b, argument));
  Value outside = b.compare(Compare::GT, a, one);
  Value nan = b.like(x, std::numeric_limits<double>::quiet_NaN());
  return b.copySign(b.select(outside, nan, result), x);
}

Value emitSinh(VectorBuilder &b, Value x) { return inF64(b, x, sinhF64); }
Value emitCosh(VectorBuilder &b, Value x) { return inF64(b, x, coshF64); }
Value emitAsinh(VectorBuilder &b, Value x) { return inF64(b, x, asinhF64); }
Value emitAcosh(VectorBuilder &b, Value x) { return inF64(b, x, acoshF64); }
Value emitAtanh(VectorBuilder &b, Value x) { return inF64(b, x, atanhF64); }

} // namespace actin
