//===- MathHyperbolic.cpp - Logistic and hyperbolic functions -------------===//
//
// By powers of e that neither overflow nor cancel. Errors are the largest that
// were measured. Coefficients: log.sollya, tanh.sollya and expm1.py in
// coefficients.
//
//===----------------------------------------------------------------------===//

#include "Lowering/ExpReduction.h"
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
    0x1.5555555555555p-1, 0x1.9999999999bacp-2,  0x1.2492492473d78p-2,
    0x1.c71c71e0f0209p-3, 0x1.745d112e02ba5p-3,  0x1.3b149266d2c8bp-3,
    0x1.10fc24a1ccd72p-3, 0x1.e470c1ca085cdp-4,  0x1.94e6cbfb05391p-4,
    0x1.1896c7f5e389bp-3, -0x1.26c992d861224p-4, 0x1.74d7a4f07af81p-2};

// expm1(r) = r + r^2 Q(r), |r| <= 0.348: relative error 2^-26.1.
static constexpr double expm1Q32[] = {
    0x1.fffffep-2, 0x1.5554b2p-3, 0x1.5556fp-5, 0x1.12270ep-7, 0x1.6ba0ccp-10};
// The same for -0.485 <= r <= 0.208: relative error 2^-30.2, 2^-60.1.
static constexpr double tanhQ32[] = {0x1p-1,         0x1.555554p-3,
                                     0x1.55559ep-5,  0x1.11190ep-7,
                                     0x1.6b747ap-10, 0x1.782a9ep-13};
static constexpr double tanhQ64[] = {0x1p-1,
                                     0x1.5555555555555p-3,
                                     0x1.55555555555a5p-5,
                                     0x1.111111111169dp-7,
                                     0x1.6c16c16bd44d1p-10,
                                     0x1.a01a019709775p-13,
                                     0x1.a01a036b3b518p-16,
                                     0x1.71de8ed6648c5p-19,
                                     0x1.27e409d768228p-22,
                                     0x1.ac95bdb480bafp-26,
                                     0x1.ff45ad3647776p-30};

/// 2^n, at least 2^-100, for integral n <= 127.
static Value powerOfTwo(VectorBuilder &b, Value n) {
  if (b.getTraits().hasAvx512)
    return b.scale(b.like(n, 1.0), n);
  return b.exp2Integer(atLeast(b, n, -100.0));
}

/// The logistic function 1 / (1 + e^-x) = 2^n / (2^n + e^-r), x = n ln 2 + r:
/// one rounding in the denominator, no selection, and n stays apart, so that x
/// sigmoid(x) is right where sigmoid(x) is subnormal. All inputs;
/// sigmoid(-inf) = 0, sigmoid(inf) = 1. Max error: f32 2 ulp, f64 2 ulp.
ScaledValue emitSigmoidScaled(VectorBuilder &b, const ExpArgument &x) {
  auto [sum, n] = emitSigmoidReciprocal(b, x);
  return {b.div(b.like(sum, 1.0), sum), n};
}

ScaledValue emitBoundedSigmoidScaled(VectorBuilder &b, const ExpArgument &x) {
  auto [sum, n] = emitBoundedSigmoidReciprocal(b, x);
  return {b.div(b.like(sum, 1.0), sum), n};
}

/// Above 60 the result is 1. A product's remainder is rounded twice: that shows
/// less beside a table.
static ReducedExp reduceForSigmoid(VectorBuilder &b, const ExpArgument &x) {
  Value model = x.value.high;
  return reduceBoundedExp(b, x, farthestExp(VectorBuilder::isF64(model)), 60.0,
                          /*withLow=*/false,
                          x.base ? b.getFastTableSize(model) : 0);
}

/// power + e, e being the whole term. The smaller one takes in the term's rest
/// first: that leaves one rounding of the sum.
static Value addTerm(VectorBuilder &b, Value power, const ExpTerm &e) {
  return b.add(b.fma(e.factor, e.rest, b.minFast(power, e.whole)),
               b.maxFast(power, e.whole));
}

ScaledValue emitSigmoidReciprocal(VectorBuilder &b, const ExpArgument &x) {
  ReducedExp reduced = reduceForSigmoid(b, x);
  ExpTerm term = expTermOfReduced(b, reduced, /*isNegative=*/true);
  Value power = powerOfTwo(b, reduced.n);
  // 1 is added exactly in any order.
  Value sum = reduced.index
                  ? addTerm(b, power, term)
                  : b.add(b.fma(term.factor, term.rest, power), term.whole);
  return {sum, reduced.n};
}

/// n = m + k, m <= 0 <= k: 2^m / (2^m + 2^-k e^-r).
ScaledValue emitBoundedSigmoidReciprocal(VectorBuilder &b,
                                         const ExpArgument &x) {
  ReducedExp reduced = reduceForSigmoid(b, x);
  Value m = b.minFast(b.like(reduced.n, 0.0), reduced.n);
  Value power = powerOfTwo(b, m), other = powerOfTwo(b, b.sub(m, reduced.n));
  ExpTerm term = expTermOfReduced(b, reduced, /*isNegative=*/true);
  if (reduced.index) {
    term.whole = term.factor = b.mul(term.whole, other);
    return {addTerm(b, power, term), m};
  }
  Value sum = b.fma(b.mul(term.rest, other), term.factor, b.add(power, other));
  return {sum, m};
}

/// n = m + k as above: 2^m / (2^m + 2^-k e^-r). Max error: 0.25 ulp beyond that
/// of the rounding.
ScaledPair emitSigmoidPair(VectorBuilder &b, const ExpArgument &x) {
  bool isF64 = VectorBuilder::isF64(x.value.high);
  ReducedExp reduced =
      reduceBoundedExp(b, x, farthestExp(isF64), 60.0,
                       /*withLow=*/true, b.getFastTableSize(x.value.high));
  Value m = b.minFast(b.like(reduced.n, 0.0), reduced.n);
  Value power = powerOfTwo(b, m), other = powerOfTwo(b, b.sub(m, reduced.n));
  auto [whole, rest] = expPairTermOfReduced(b, reduced, /*isNegative=*/true);
  rest.high = b.mul(rest.high, other);
  rest.low = rest.low ? b.mul(rest.low, other) : Value();
  ValuePair sum = addPairs(b, b.twoSum(power, b.mul(whole, other)), rest);
  ValuePair one{b.like(power, 1.0), Value()};
  return {divPairs(b, one, sum), m};
}

/// log1p(z) / z, 0 <= z <= 1.
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

/// For timesLog1p, 0 <= z <= 1: log1p(z) / z, in f32 less 1 and over z.
static Value log1pSeries(VectorBuilder &b, Value z) {
  if (VectorBuilder::isF64(z))
    return log1pOverZ(b, z);
  return b.horner(z, llvm::ArrayRef<double>(log1pF32).drop_front());
}

/// factor log1p(z) / z. In f32 the last step rounds what the factor leaves.
static Value timesLog1p(VectorBuilder &b, Value factor, Value z, Value series) {
  if (VectorBuilder::isF64(z))
    return b.mul(factor, series);
  return b.fma(b.mul(factor, z), series, factor);
}

/// log1p(z) + sum: no less than log1p(z), which rounds for less.
static Value addLog1p(VectorBuilder &b, Value sum, Value z, Value series) {
  if (!VectorBuilder::isF64(z))
    series = b.fma(series, z, b.like(z, 1.0));
  return b.fma(z, series, sum);
}

/// log(1 + e^x) = max(x, 0) + log1p(z); for x < 0 with the exponent of z apart.
/// All inputs; softplus(-inf) = 0. Max error: f32 1.85 ulp on samples (2.5 on
/// all inputs without FMA), f64 1.7 ulp.
ScaledValue emitSoftplusScaled(VectorBuilder &b, const ExpArgument &argument) {
  const ValuePair &x = argument.value;
  Value zero = b.like(x.high, 0.0);
  Value positive = b.compare(Compare::GT, x.high, zero);
  ScaledValue scaled = emitExpOfBoundedScaled(b, minusMagnitude(b, argument));
  Value z = b.materialize(scaled, {1, 1, 1});
  Value series = log1pSeries(b, z);
  Value onPositive = x.low ? b.add(x.high, addLog1p(b, x.low, z, series))
                           : addLog1p(b, x.high, z, series);
  Value onNegative = timesLog1p(b, scaled.mantissa, z, series);
  return {b.select(positive, onPositive, onNegative),
          b.select(positive, zero, scaled.exponent)};
}

/// The same, rounded: for less, as where z is subnormal log1p(z) = z. Max
/// error: f32 1.85 ulp on samples (2.5 on all inputs without FMA), f64 1.7 ulp.
Value emitSoftplus(VectorBuilder &b, const ExpArgument &argument) {
  const ValuePair &x = argument.value;
  ReducedExp reduced = reduceBoundedExp(
      b, minusMagnitude(b, argument), leastExp(VectorBuilder::isF64(x.high)),
      std::numeric_limits<double>::infinity(), /*withLow=*/false,
      b.getFastTableSize(x.high));
  Value z = b.scaleNear(expOfReduced(b, reduced), reduced.n);
  Value series = log1pSeries(b, z);
  // NaN is the second operand.
  Value positivePart = b.maxFast(b.like(z, 0.0), x.high);
  if (x.low) {
    Value zero = b.like(z, 0.0);
    Value positive = b.compare(Compare::GT, x.high, zero);
    Value low = b.select(positive, x.low, zero);
    return b.add(positivePart, b.add(timesLog1p(b, z, z, series), low));
  }
  return b.add(positivePart, timesLog1p(b, z, z, series));
}

ScaledValue emitSoftplusOfNegativeScaled(VectorBuilder &b,
                                         const ExpArgument &x) {
  ScaledValue scaled = emitExpOfBoundedScaled(b, x);
  Value z = b.materialize(scaled, {1, 1, 1});
  return {timesLog1p(b, scaled.mantissa, z, log1pSeries(b, z)),
          scaled.exponent};
}

/// -softplus(-x). Max error as softplus.
Value emitLogsigmoid(VectorBuilder &b, const ExpArgument &x) {
  ExpArgument negative = x;
  negative.value = negPair(b, x.value);
  if (x.base)
    negative.base = b.neg(x.base);
  return b.neg(emitSoftplus(b, negative));
}

/// e^(unit y) - 1 = 2^n (1 - unit p) - 1 of y <= 0, as p and n, for a power of
/// two `unit`. Zeros in y have p = -y.
static ValuePair reduceForTanh(VectorBuilder &b, const ValuePair &y,
                               double unit) {
  bool isF64 = VectorBuilder::isF64(y.high);
  Value rate = b.like(y.high, unit * log2e), n;
  llvm::ArrayRef<double> series = expm1Q32;
  if (!isF64 && !y.low && b.getTraits().hasFma) {
    n = b.roundProduct(y.high, rate);
  } else {
    // n = 0 reaches further than to ln(1/2) / 2: just below, 2^n - 1 takes a
    // bit from 2^n p.
    n = b.roundEven(b.fma(y.high, rate, b.like(y.high, 0.2)));
    series = isF64 ? llvm::ArrayRef<double>(tanhQ64)
                   : llvm::ArrayRef<double>(tanhQ32);
  }
  ReducedExp reduced =
      reduceExpBy(b, y, {n, n}, /*withLow=*/isF64 || y.low, unit);
  llvm::SmallVector<double> scaled;
  double power = 1.0;
  for (double coefficient : series)
    scaled.push_back(coefficient * (power *= unit));
  Value r = reduced.r, q = b.horner(r, scaled), square = b.mul(r, r);
  if (!reduced.low)
    return {b.fnma(square, q, b.neg(r)), n};
  return {b.sub(b.fnma(square, q, b.neg(reduced.low)), r), n};
}

/// (2^n - 1) - 2^n p; -1 below -20 (f32), -40 (f64), zeros keep their sign. Max
/// error: f32 1.5 ulp, f64 1.5 ulp.
Value emitExpm1OfNegative(VectorBuilder &b, const ValuePair &x) {
  bool isF64 = VectorBuilder::isF64(x.high);
  Value held = atLeast(b, x.high, isF64 ? -40.0 : -20.0);
  auto [p, n] = reduceForTanh(b, {held, x.low}, /*unit=*/1.0);
  Value power = powerOfTwo(b, n);
  // At n = 0: -p - 0, which has the sign of a zero x.
  Value result = b.fnma(power, p, b.neg(b.sub(b.like(p, 1.0), power)));
  return x.low ? orSign(b, result, x.high) : result;
}

/// tanh |x| = (1 - z) / (1 + z), z = e^-2|x| = 2^n (1 - 2 p): both halved, (1 -
/// 2^n) / 2 + 2^n p keeps full relative accuracy around 0. They add up to 1, so
/// that N / D = N + N (N / D), where less is left of D's rounding. All inputs,
/// exactly +-1 beyond 10 (20), zeros keep their sign. Max error: f32 1.96 ulp
/// (2.2 without FMA; all inputs), f64 1.85 ulp.
Value emitTanh(VectorBuilder &b, const ValuePair &x) {
  Value half = b.like(x.high, 0.5);
  ValuePair a = minusMagnitude(b, x).value;
  a.high = atLeast(b, a.high, VectorBuilder::isF64(x.high) ? -20.0 : -10.0);
  auto [p, n] = reduceForTanh(b, a, /*unit=*/2.0);
  Value power = powerOfTwo(b, n);
  Value numerator = b.fma(power, p, b.fnma(power, half, half));
  Value denominator = b.fnma(power, p, b.fma(power, half, half));
  Value quotient = b.div(numerator, denominator);
  return b.copySign(b.fma(numerator, quotient, numerator), x.high);
}

/// tanh |x| = -E / (2 + E), E = expm1(-2 |x|). Max error: 0.6 ulp beyond that
/// of the rounding.
ValuePair emitTanhPair(VectorBuilder &b, const ValuePair &x) {
  ValuePair a = minusMagnitude(b, x).value;
  ValuePair twice{b.add(a.high, a.high), a.low ? b.add(a.low, a.low) : Value()};
  ValuePair less = emitExpm1Pair(b, twice);
  ValuePair two{b.like(x.high, 2.0), Value()};
  ValuePair result = divPairs(b, negPair(b, less), addPairs(b, two, less));
  Value isNegative = b.compare(Compare::LT, x.high, b.like(x.high, 0.0));
  return {b.copySign(result.high, x.high),
          b.select(isNegative, b.neg(result.low), result.low)};
}

//===----------------------------------------------------------------------===//
// Rarer functions: in f64, rounded once for f32
//===----------------------------------------------------------------------===//

static Value inF64(VectorBuilder &b, Value x,
                   Value (*emit)(VectorBuilder &, Value)) {
  return VectorBuilder::isF64(x) ? emit(b, x) : b.narrow(emit(b, b.widen(x)));
}

/// e^(|x| - ln 2), which does not overflow before sinh and cosh do.
static Value halfExp(VectorBuilder &b, Value a) {
  ScaledValue e = emitExpScaled(b, {a, Value()});
  return b.scale(e.mantissa, b.sub(e.exponent, b.like(a, 1.0)));
}

/// sinh(a) = a + a^3 P(a^2), a <= 1: Taylor's series.
static Value sinhNearZero(VectorBuilder &b, Value a) {
  double coefficients[9], factorial = 1.0;
  for (int i = 0; i != 9; ++i) {
    factorial *= (2 * i + 2) * (2 * i + 3);
    coefficients[i] = 1.0 / factorial;
  }
  Value square = b.mul(a, a);
  Value cube = b.mul(a, square);
  return b.fma(cube, b.horner(square, coefficients), a);
}

/// h = e^|x| / 2: h - 1 / (4 h), which cancels for small |x| only.
static Value sinhF64(VectorBuilder &b, Value x) {
  Value a = b.abs(x), one = b.like(x, 1.0);
  Value half = halfExp(b, a);
  Value large = b.sub(half, b.div(b.like(x, 0.25), half));
  Value small = sinhNearZero(b, b.minFast(one, a));
  Value isLarge = b.compare(Compare::GT, a, one);
  // NaN takes the side of `large`'s opposite: it must not be lost there.
  Value result = b.select(isLarge, large, small);
  return b.copySign(b.select(b.isNaN(x), x, result), x);
}

/// h = e^|x| / 2: h + 1 / (4 h).
static Value coshF64(VectorBuilder &b, Value x) {
  Value half = halfExp(b, b.abs(x));
  return b.add(half, b.div(b.like(x, 0.25), half));
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
  Value big = b.add(emitLog(b, a), b.like(x, ln2));
  return b.copySign(b.select(large, big, small), x);
}

/// t = x - 1: log1p(t + sqrt(2 t + t^2)); log x + ln 2 for large x. NaN
/// below 1.
static Value acoshF64(VectorBuilder &b, Value x) {
  Value large = b.compare(Compare::GT, x, b.like(x, 0x1p28));
  Value bounded = b.minFast(b.like(x, 0x1p30), x);
  Value t = b.sub(bounded, b.like(x, 1.0));
  Value root = b.sqrt(b.fma(t, t, b.add(t, t)));
  Value small = emitLog1p(b, b.add(t, root));
  Value big = b.add(emitLog(b, x), b.like(x, ln2));
  Value result = b.select(large, big, small);
  Value outside = b.compare(Compare::LT, x, b.like(x, 1.0));
  Value nan = b.like(x, std::numeric_limits<double>::quiet_NaN());
  return b.select(outside, nan, result);
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

// All inputs; f32 within 0.501 ulp. Max error in f64:
/// 1.6 ulp.
Value emitSinh(VectorBuilder &b, Value x) { return inF64(b, x, sinhF64); }
/// 1.5 ulp.
Value emitCosh(VectorBuilder &b, Value x) { return inF64(b, x, coshF64); }
/// 1.6 ulp.
Value emitAsinh(VectorBuilder &b, Value x) { return inF64(b, x, asinhF64); }
/// 1.65 ulp; NaN below 1.
Value emitAcosh(VectorBuilder &b, Value x) { return inF64(b, x, acoshF64); }
/// 1.75 ulp; NaN beyond +-1, which give +-inf.
Value emitAtanh(VectorBuilder &b, Value x) { return inF64(b, x, atanhF64); }

} // namespace actin
