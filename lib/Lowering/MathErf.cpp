//===- MathErf.cpp - erf, erfc and the normal distribution ----------------===//
//
// The upper tail of the normal distribution is phi(a) M(a), M the Mills ratio;
// that of erfc is exp(-a^2) erfcx(a). Both ratios fall slowly from a constant
// to 1/a, which q P(1 - 2 K q) with q = 1 / (a + K) follows to the last bit:
// one division. What would cost accuracy is made good:
//   a^2 is carried as a pair (half an ulp of it is 100 ulp of exp(-a^2/2));
//   the rounding of a + K and of q, to first order (it is 5 ulp near 0);
//   exp is multiplied in as ratio + ratio * expm1(r), which rounds once.
// For f32 on AVX-512 the Mills ratio is a table of polynomials instead.
// Coefficients: coefficients/erf.sollya.
//
//===----------------------------------------------------------------------===//

#include "Lowering/ExpReduction.h"
#include "Lowering/MathFunctions.h"
#include "Lowering/MathMills.h"

#include "llvm/ADT/ArrayRef.h"

namespace actin {

using Compare = VectorBuilder::Compare;

// millsF32 2^-25.7, erfcxF32 2^-25.7 relative error, most of it the rounding of
// the constant term; f64 2^-56. The Mills ratio is divided by sqrt(2 pi).
static constexpr double millsF32[] = {
    0x1.82b4bcp-1, -0x1.373e3ap-1,  0x1.8c6d9ep-2,  -0x1.7dff58p-3,
    0x1.eecfb6p-5, -0x1.edf406p-8,  -0x1.cb1242p-9, 0x1.a784c4p-10,
    0x1.74c02p-13, -0x1.97c4bep-13, -0x1.1c7da2p-15};
static constexpr double erfcxF32[] = {
    0x1.058672p0,    -0x1.5fd386p-1, 0x1.1e2dbep-2, -0x1.2a896cp-5,
    -0x1.604d06p-6,  0x1.a8c3fep-8,  0x1.907d6p-9,  -0x1.bcf34cp-11,
    -0x1.35c8e2p-11, 0x1.0ac516p-14, 0x1.43db26p-14};
static constexpr double millsF64[] = {
    0x1.82b4bb8c94dcep-1,   -0x1.373e3a893c28bp-1,  0x1.8c6dbf2cfc286p-2,
    -0x1.7dff2bff68233p-3,  0x1.eec4cc3e5013p-5,    -0x1.ee276104d8d55p-8,
    -0x1.c81719d7ff29cp-9,  0x1.ab825fd64c05fp-10,  0x1.17a4af9cdca72p-13,
    -0x1.e4a42b2b3dc6ap-13, -0x1.0020386ae94edp-19, 0x1.26d1141a3c7c5p-15,
    0x1.80cdfaa5693d7p-21,  -0x1.8d5875527e25cp-18, -0x1.5230b4f8c28b7p-21,
    0x1.12b20c1503ee8p-20,  0x1.246c7ee60ff15p-22,  -0x1.52ce3558e83fp-23,
    -0x1.72fda2c93f276p-24, 0x1.14c9ba0a5295cp-26,  0x1.6526da8454f37p-26,
    0x1.2b0ff1bf34a7bp-32,  -0x1.c9665bcf861c8p-29, -0x1.50bafb6da5733p-32,
    0x1.0564674fe6a9dp-32};
static constexpr double erfcxF64[] = {
    0x1.058671b52c776p0,    -0x1.5fd386754eff9p-1,  0x1.1e2deea6b1104p-2,
    -0x1.2a88e6107d2d4p-5,  -0x1.606e41550ef6ap-6,  0x1.a89eaff82bd3cp-8,
    0x1.9517bb5c57475p-9,   -0x1.b6fbf970e17f7p-11, -0x1.5ba4345d9255fp-11,
    0x1.2053f6568a068p-15,  0x1.2ef9b4f0fde6p-13,   0x1.1e770a7a06e5cp-15,
    -0x1.6beffa01b373fp-16, -0x1.0e7d4cdd0ded6p-16, -0x1.317f11f167c4cp-20,
    0x1.e989b8e941af9p-19,  0x1.107bda8bac855p-19,  -0x1.6cf5cc2f0ab9p-29,
    -0x1.4a889e84e1a85p-21, -0x1.59fe69769f1cdp-22, 0x1.7bcf33e6484f3p-25,
    0x1.e63d937d5cfb8p-24,  0x1.af2db0c8260a8p-26,  -0x1.057280a1d4c2bp-26,
    -0x1.a429cc2c3c726p-28};
// erf(x) = x P(x^2) on [-1, 1].
static constexpr double erfF32[] = {
    0x1.20dd7503a942ep0, -0x1.812746p-2,  0x1.ce2ef4p-4,  -0x1.b8280ep-6,
    0x1.56186cp-8,       -0x1.bc0bb6p-11, 0x1.d455f2p-14, -0x1.3b3d6cp-17};
static constexpr double erfF64[] = {
    0x1.20dd750429b6dp0,    -0x1.812746b0379c6p-2,  0x1.ce2f21a0419ccp-4,
    -0x1.b82ce3123e1cep-6,  0x1.565bcd038e401p-8,   -0x1.c02db2066953bp-11,
    0x1.f9a2e9fbf707ap-14,  -0x1.f4cd524202a72p-17, 0x1.b99ca0c0824aep-20,
    -0x1.5c7d2fb4d3a0bp-23, 0x1.d35bd7dfe665dp-27,  -0x1.2ab556622c3b9p-31,
    -0x1.2ae503893804p-33,  0x1.f78e968117323p-36};

namespace {
/// A tail function f(a) = exp(-a^2 squareFactor) ratio(a), for one type.
struct Tail {
  double K; ///< A power of two, so that 1 - 2 K q is exact where it matters.
  double largest;       ///< Beyond, the tail times any number vanishes.
  double largestOfMany; ///< The same of any product of numbers.
  double squareFactor;
  /// f'(a) = -slope exp(-a^2 squareFactor).
  double slope;
  llvm::ArrayRef<double> coefficients;
};
} // namespace

static constexpr double inverseRootTwoPiLow = -0x1.cbc0d30ebfd15p-56;
static constexpr double twoOverRootPi = 0x1.20dd750429b6dp0;

static Tail getMills(Value model) {
  if (VectorBuilder::isF64(model))
    return {4.0, 65.0, 1e5, 0.5, inverseRootTwoPi, millsF64};
  return {4.0, 20.0, 600.0, 0.5, inverseRootTwoPi, millsF32};
}

static Tail getErfcx(Value model) {
  if (VectorBuilder::isF64(model))
    return {2.0, 38.5, 1e5, 1.0, twoOverRootPi, erfcxF64};
  return {2.0, 14.5, 600.0, 1.0, twoOverRootPi, erfcxF32};
}

/// min(|x|, largest); NaN stays NaN.
static Value clampMagnitude(VectorBuilder &b, Value x, double largest) {
  return b.minFast(b.like(x, largest), b.abs(x));
}

/// x.low as it changes |x.high|; null if null.
static Value lowOfMagnitude(VectorBuilder &b, const ValuePair &x) {
  if (!x.low)
    return Value();
  Value mask = b.toBits(b.like(x.high, -0.0));
  Value sign = b.intAnd(b.toBits(x.high), mask);
  return b.fromBits(b.intXor(b.toBits(x.low), sign));
}

/// |x|, the high part as clampMagnitude.
static ValuePair magnitude(VectorBuilder &b, const ValuePair &x,
                           double largest) {
  return {clampMagnitude(b, x.high, largest), lowOfMagnitude(b, x)};
}

/// 1 - q * sum, exactly (but for the last bit without FMA).
static Value residual(VectorBuilder &b, Value q, Value sum) {
  Value one = b.like(q, 1.0);
  if (b.getTraits().hasFma)
    return b.fnma(q, sum, one);
  Value product = b.mul(q, sum);
  return b.sub(b.sub(one, product), b.productError(q, sum, product));
}

/// ratio(a) = q P(1 - 2 K q), q = 1/(a + K), 0 <= a <= largest; within 5 ulp.
static Value roughRatio(VectorBuilder &b, Value a, const Tail &tail) {
  Value one = b.like(a, 1.0);
  Value q = b.div(one, b.add(a, b.like(a, tail.K)));
  Value t = b.fnma(q, b.like(a, 2 * tail.K), one);
  return b.mul(q, b.horner(t, tail.coefficients));
}

/// c[0] + t c[1] + ... as a pair, of which the last `numSteps` are exact.
static ValuePair hornerPair(VectorBuilder &b, Value t, llvm::ArrayRef<double> c,
                            unsigned numSteps) {
  if (numSteps == 0)
    return {b.horner(t, c), Value()};
  Value first = b.like(t, c.front());
  ValuePair rest = hornerPair(b, t, c.drop_front(), numSteps - 1);
  Value high = b.fma(t, rest.high, first);
  Value low = b.fma(t, rest.high, b.sub(first, high));
  return {high, rest.low ? b.fma(t, rest.low, low) : low};
}

/// ratio(a) as a pair. With e = 1 - q (a + K) the exact a is that of q less
/// e (a + K), and ratio' = 2 squareFactor a ratio - slope. `low`: what a
/// misses, or null; exp(-a^2 squareFactor) times the result is then f(a + low).
/// Relative error in f32: 2^-24 with one exact step, 2^-24.7 with two.
static ValuePair accurateRatio(VectorBuilder &b, Value a, Value low,
                               const Tail &tail, unsigned numExactSteps = 1) {
  Value K = b.like(a, tail.K), one = b.like(a, 1.0);
  // K is a multiple of sum's last bit: fastTwoSum is exact for any a.
  ValuePair sum = b.fastTwoSum(K, a);
  Value q = b.div(one, sum.high);
  Value t = b.fnma(q, b.like(a, 2 * tail.K), one);
  ValuePair p = hornerPair(b, t, tail.coefficients, numExactSteps);
  Value e = b.fnma(q, sum.low, residual(b, q, sum.high));
  Value high = b.mul(q, p.high);
  Value multiple = tail.squareFactor == 0.5 ? a : b.add(a, a);
  Value decline = b.fnma(multiple, high, b.like(a, tail.slope));
  Value rest = b.fma(q, p.low, b.productError(q, p.high, high));
  rest = b.fma(decline, b.mul(e, sum.high), rest);
  if (low)
    rest = b.fnma(low, b.like(a, tail.slope), rest);
  return {high, rest};
}

namespace {
/// exp(-a^2 squareFactor) = (1 + r + tail) 2^n.
struct ReducedGaussian {
  Value r;    ///< In [-0.35, 0.42].
  Value tail; ///< Smaller; null where r is all.
  Value n;    ///< Integral; NaN at NaN.
};
} // namespace

/// a^2 = n ln(2) / scale + r.
static ReducedExp reduceSquare(VectorBuilder &b, Value a, double scale) {
  auto [high, low] = splitLn2(VectorBuilder::isF64(a));
  if (b.getTraits().hasFma) {
    ReducedExp reduced = reduceSquareBy(b, a, high / scale);
    reduced.r = b.fma(reduced.n, b.like(a, -low / scale), reduced.r);
    return reduced;
  }
  Value square = b.mul(a, a);
  Value n = b.roundProduct(square, b.like(a, scale / high));
  return reduceExpBy(b, {square, b.productError(a, a, square)}, {n, n},
                     /*withLow=*/false, scale);
}

/// `fast`: in a third less operations, at 0.4 ulp more.
static ReducedGaussian reduceGaussian(VectorBuilder &b, Value a,
                                      const Tail &tail, bool fast) {
  double scale = -tail.squareFactor;
  if (fast) {
    ReducedExp reduced = reduceSquare(b, a, scale);
    return {expm1OfReduced(b, reduced.r, scale), Value(), reduced.n};
  }
  Value square = b.mul(a, a);
  Value error = b.productError(a, a, square);
  Value factor = b.like(a, scale);
  ReducedExp reduced = reduceExp(
      b, {b.mul(square, factor), b.mul(error, factor)}, /*withLow=*/true);
  return {reduced.r, expm1Tail(b, reduced.r, reduced.low), reduced.n};
}

/// (x.high + x.low) (1 + r + tail): x.high and the rest, to be added.
static ValuePair mulByGaussian(VectorBuilder &b, const ValuePair &x,
                               const ReducedGaussian &gaussian) {
  if (!gaussian.tail) {
    Value low = b.fma(x.low, gaussian.r, x.low);
    return {x.high, b.fma(x.high, gaussian.r, low)};
  }
  Value low = b.fma(x.low, b.add(gaussian.r, gaussian.tail), x.low);
  Value rest = b.fma(x.high, gaussian.tail, low);
  return {x.high, b.fma(x.high, gaussian.r, rest)};
}

namespace {
/// (value.high + value.low) 2^n, |value.low| <= 0.43 value.high.
struct TailValue {
  ValuePair value;
  Value n; ///< Unbounded; NaN at NaN.
};
} // namespace

/// f(a.high + a.low), a >= 0. `fast`: the Mills ratio by table. `isBeyond`: a
/// may be larger than that has.
static TailValue evaluateTail(VectorBuilder &b, const ValuePair &a,
                              const Tail &tail, bool fast,
                              bool isBeyond = false) {
  // The product with a, which follows in f64, is to be within 2 ulp as well.
  unsigned numExactSteps = VectorBuilder::isF64(a.high) ? 2 : 1;
  ValuePair ratio = fast ? emitMillsFromTable(b, a.high, a.low, isBeyond)
                         : accurateRatio(b, a.high, a.low, tail, numExactSteps);
  // There is room for its error beside the Mills ratio's in f32.
  bool isRough = !VectorBuilder::isF64(a.high) && b.getTraits().hasFma &&
                 tail.squareFactor == 0.5;
  ReducedGaussian gaussian = reduceGaussian(b, a.high, tail, isRough);
  return {mulByGaussian(b, ratio, gaussian), gaussian.n};
}

/// total - tail, for a tail <= total.
static Value complement(VectorBuilder &b, double total,
                        const ScaledValue &tail) {
  Value whole = b.like(tail.mantissa, total);
  if (b.getTraits().hasAvx512)
    return b.sub(whole, b.scale(tail.mantissa, tail.exponent));
  // A tail below 2^-100 is nothing beside the total.
  Value n = b.maxFast(tail.exponent, b.like(whole, -100.0));
  return b.fnma(tail.mantissa, b.exp2Integer(n), whole);
}

/// The same, rounded once and a little: an ulp of a result just above 1/2 is
/// two of a product with it.
static Value accurateComplement(VectorBuilder &b, double total,
                                const TailValue &tail) {
  Value whole = b.like(tail.n, total);
  Value power = b.exp2Integer(b.maxFast(tail.n, b.like(whole, -100.0)));
  // Products by the power are exact.
  Value head = b.fnma(tail.value.high, power, whole);
  Value error = b.fnma(tail.value.high, power, b.sub(whole, head));
  return b.add(head, b.fnma(tail.value.low, power, error));
}

/// `tail` where x is on its side, else total - tail; NaN is on the other.
static ScaledValue chooseSide(VectorBuilder &b, Value onTail, double total,
                              const TailValue &tail, bool fast) {
  Value mantissa = b.add(tail.value.high, tail.value.low);
  Value other = fast ? complement(b, total, {mantissa, tail.n})
                     : accurateComplement(b, total, tail);
  return {b.select(onTail, mantissa, other),
          b.select(onTail, tail.n, b.like(mantissa, 0.0))};
}

/// exp(-x^2/2) / sqrt(2 pi). normpdf(+-inf) = 0, NaN at NaN with a finite
/// exponent. Max error of the mantissa: f32 0.81 ulp (AVX-512: 1.2), f64 0.75
/// ulp; without FMA 0.98 ulp both.
ScaledValue emitNormpdfScaled(VectorBuilder &b, const ValuePair &x) {
  Tail mills = getMills(x.high);
  Value a = clampMagnitude(b, x.high, mills.largestOfMany);
  ReducedGaussian gaussian = reduceGaussian(b, a, mills, b.hasFastTables(a));
  bool f64 = VectorBuilder::isF64(a);
  double head = f64 ? inverseRootTwoPi : double(float(inverseRootTwoPi));
  double rest = f64 ? inverseRootTwoPiLow : inverseRootTwoPi - head;
  ValuePair scale{b.like(a, head), b.like(a, rest)};
  if (x.low) { // exp(-a low) = 1 - a low, and beyond the largest a nothing.
    Value isHeld = b.compare(Compare::LT, a, b.abs(x.high));
    Value low = b.select(isHeld, b.like(a, 0.0), lowOfMagnitude(b, x));
    scale.low = b.fnma(b.mul(a, scale.high), low, scale.low);
  }
  ValuePair product = mulByGaussian(b, scale, gaussian);
  Value density = b.add(product.high, product.low);
  // NaN becomes finite: exponents must be.
  Value n = b.maxFast(gaussian.n, b.like(a, f64 ? -0x1p40 : -0x1p20));
  return {density, n};
}

static ScaledValue emitNormcdf(VectorBuilder &b, const ValuePair &x,
                               bool isFactor) {
  bool fast = b.hasFastTables(x.high);
  Tail mills = getMills(x.high);
  double largest = isFactor ? mills.largestOfMany : mills.largest;
  TailValue tail =
      evaluateTail(b, magnitude(b, x, largest), mills, fast, isFactor);
  Value negative = b.compare(Compare::LT, x.high, b.like(x.high, 0.0));
  return chooseSide(b, negative, 1.0, tail, fast);
}

/// The distribution function: phi(a) M(a) for x < 0, 1 - that for x >= 0.
/// normcdf(-inf) = 0, normcdf(inf) = 1, normcdf(+-0) = 1/2; the exponent is 0
/// for x >= 0 and NaN. Max error: f32 1.92 ulp (all inputs; by table 1.6), f64
/// 1.3 ulp; without FMA 2.2 ulp.
ScaledValue emitNormcdfScaled(VectorBuilder &b, const ValuePair &x) {
  return emitNormcdf(b, x, /*isFactor=*/false);
}

ScaledValue emitNormcdfAsFactor(VectorBuilder &b, const ValuePair &x) {
  return emitNormcdf(b, x, /*isFactor=*/true);
}

/// phi(a) M(a), an unevaluated sum: |low| <= 0.43 high.
ScaledPair emitNormcdfTailSum(VectorBuilder &b, const ValuePair &a) {
  TailValue tail =
      evaluateTail(b, a, getMills(a.high), b.hasFastTables(a.high));
  return {tail.value, tail.n};
}

/// The same, rounded, with the errors of emitNormcdfScaled.
ScaledValue emitNormcdfTailScaled(VectorBuilder &b, const ValuePair &a) {
  auto [sum, n] = emitNormcdfTailSum(b, a);
  return {b.add(sum.high, sum.low), n};
}

/// phi(a) (M(a) - a), whose slope is phi(a) (a^2 - 2). Max error: f32 2 ulp
/// away from the root at 0.7518, without FMA 1.7, f64 1.5 ulp; near it, 2^-25
/// and 2^-54.
ScaledValue emitNormcdfTailMinusMomentScaled(VectorBuilder &b,
                                             const ValuePair &argument) {
  const auto &[a, aLow] = argument;
  if (b.hasFastTables(a))
    return emitTailMinusMomentFromTable(b, argument);
  Tail mills = getMills(a);
  // The difference is less than half of the ratio.
  ValuePair ratio = accurateRatio(b, a, Value(), mills, /*numExactSteps=*/2);
  bool isF64 = VectorBuilder::isF64(a);
  // The low part of a sum takes the room that there is.
  bool isRough = !isF64 && !aLow && b.getTraits().hasFma;
  ReducedGaussian gaussian = reduceGaussian(b, a, mills, isRough);
  // M(a) - a, in two parts.
  double scale = isF64 ? inverseRootTwoPi : double(float(inverseRootTwoPi));
  double rest = isF64 ? inverseRootTwoPiLow : inverseRootTwoPi - scale;
  Value head = b.fnma(a, b.like(a, scale), ratio.high);
  Value low = ratio.low;
  if (b.getTraits().hasFma) {
    Value error = b.add(b.fnma(a, b.like(a, scale), b.neg(head)), ratio.high);
    low = b.add(low, b.fnma(a, b.like(a, rest), error));
  }
  if (aLow) {
    Value slope = b.fma(a, a, b.like(a, -2.0));
    low = b.fma(b.mul(aLow, b.like(a, inverseRootTwoPi)), slope, low);
  }
  Value growth = gaussian.tail ? b.add(gaussian.r, gaussian.tail) : gaussian.r;
  low = b.fma(head, growth, b.fma(low, growth, low));
  return {b.add(head, low), gaussian.n};
}

static ScaledValue emitErfc(VectorBuilder &b, const ValuePair &x,
                            double largest) {
  TailValue tail = evaluateTail(b, magnitude(b, x, largest), getErfcx(x.high),
                                /*fast=*/false);
  Value positive = b.compare(Compare::GT, x.high, b.like(x.high, 0.0));
  return chooseSide(b, positive, 2.0, tail, /*fast=*/false);
}

/// exp(-a^2) erfcx(a) for x > 0, 2 - that for x <= 0. erfc(inf) = 0,
/// erfc(-inf) = 2; the exponent is 0 for x <= 0 and NaN. Max error: f32 1.6
/// ulp, f64 1.4 ulp; without FMA 2.2 ulp.
ScaledValue emitErfcScaled(VectorBuilder &b, const ValuePair &x) {
  return emitErfc(b, x, getErfcx(x.high).largest);
}

ScaledValue emitErfcAsFactor(VectorBuilder &b, const ValuePair &x) {
  return emitErfc(b, x, getErfcx(x.high).largestOfMany);
}

/// |x| <= 1: x P(x^2); else +-(1 - erfc |x|), where a rough erfc does.
/// erf(+-0) = +-0, erf(+-inf) = +-1. Max error: f32 1.25 ulp, f64 0.93 ulp;
/// without FMA 1.31 and 1.06 ulp.
Value emitErf(VectorBuilder &b, Value x) {
  Value one = b.like(x, 1.0);
  llvm::ArrayRef<double> coefficients =
      VectorBuilder::isF64(x) ? llvm::ArrayRef(erfF64) : llvm::ArrayRef(erfF32);
  // x + x (P - 1): the leading coefficient is 2/sqrt(pi) = 1 + 0.128…
  llvm::SmallVector<double> rest(coefficients);
  rest[0] -= 1.0;
  Value inner = b.fma(x, b.horner(b.mul(x, x), rest), x);
  Tail erfcx = getErfcx(x);
  Value a = clampMagnitude(b, x, erfcx.largest);
  Value ratio = roughRatio(b, a, erfcx);
  ReducedGaussian gaussian = reduceGaussian(b, a, erfcx, /*fast=*/true);
  Value tail = b.fma(ratio, gaussian.r, ratio);
  Value outer = complement(b, 1.0, {tail, gaussian.n});
  Value large = b.compare(Compare::GT, a, one);
  return b.select(large, b.copySign(outer, x), inner);
}

} // namespace actin
