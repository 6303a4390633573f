//===- MathErf.cpp - erf, erfc and the normal distribution ----------------===//
//
// The upper tail of the normal distribution is phi(a) M(a), M the Mills ratio;
// that of erfc is exp(-a^2) erfcx(a). Both ratios fall slowly from a constant to
// 1/a, which q P(1 - 2 K q) with q = 1 / (a + K) follows to the last bit: one
// division. The square in the exponential is carried as a pair, for half an ulp
// of a^2 is 100 ulp of exp(-a^2/2). Coefficients: coefficients/erf.sollya.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathFunctions.h"

#include "llvm/ADT/ArrayRef.h"

namespace actin {

using Compare = VectorBuilder::Compare;

// f32: relative error 2^-29.3 (mills), 2^-27.5 (erfcx); f64: see the script.
static constexpr double millsF32[] = {
    0x1.d3d9c76a10209p0, -0x1.46d634p0, 0x1.273408p-1, -0x1.e5408p-4,
    -0x1.adaccep-6, 0x1.1e2fe6p-6, 0x1.50700ep-9, -0x1.52913ap-9,
    -0x1.3f408p-11, 0x1.547d9cp-12, 0x1.161244p-13};
static constexpr double millsF64[] = {
    0x1.e4aa012912ddep0, -0x1.8615d9b49165cp0, 0x1.f0d9856bc3b33p-1,
    -0x1.dec30ee6794c1p-2, 0x1.360ce2601f09ep-3, -0x1.35aa3c949de7ep-6,
    -0x1.1dcfea7829e8p-7, 0x1.0be6d6558885dp-8, 0x1.5e7b197ad984fp-12,
    -0x1.2fb42d30e0887p-11, -0x1.40fd2839ca887p-18, 0x1.717eabb8abdb7p-14,
    0x1.e20714ac1857cp-20, -0x1.f1e82b27df888p-17, -0x1.a732dbd7d66bcp-20,
    0x1.575cdc9907712p-19, 0x1.6bf7027970b76p-21, -0x1.9c054026d66c3p-22,
    -0x1.c25d1fb548dc4p-23, 0x1.ca3ccc9e61fafp-26, 0x1.814d9d7f31067p-25,
    0x1.7d21926ca0d0dp-27, -0x1.933d3d0ed3291p-29, -0x1.73d676e0a514bp-28,
    -0x1.04037529569ebp-29, 0x1.fc19b690f2781p-31, 0x1.2080aa17ec52dp-31};
static constexpr double erfcxF32[] = {
    0x1.058671c9bedfp0, -0x1.5fd386p-1, 0x1.1e2dd2p-2, -0x1.2a8996p-5,
    -0x1.60552cp-6, 0x1.a8cceep-8, 0x1.912a14p-9, -0x1.bd812p-11,
    -0x1.38e8c6p-11, 0x1.0d66acp-14, 0x1.4e55a2p-14};
static constexpr double erfcxF64[] = {
    0x1.12f21ddd9f5e2p0, -0x1.c44c471baa377p-1, 0x1.2e326945de24dp-1,
    -0x1.3deb21415dbc7p-2, 0x1.e995f11b1f323p-4, -0x1.b78993d6d43d7p-6,
    -0x1.3dd3e7360bf68p-10, 0x1.8dae3a38d0f19p-9, -0x1.1f78de2e01d34p-11,
    -0x1.2239030615fcp-12, 0x1.c3249303e0354p-14, 0x1.fe015328698c3p-16,
    -0x1.250f94740cb5fp-16, -0x1.3ed6ccf4e993bp-18, 0x1.7213ea2ea6096p-19,
    0x1.0d4b951d481aep-20, -0x1.a4a64f7a3a001p-22, -0x1.01b1d135bf0b6p-22,
    0x1.99560ef5a323dp-26, 0x1.e5ff5f2f8babbp-25, 0x1.4e38d0f343403p-26,
    -0x1.869ef87b049fep-27, -0x1.ba28b39b1f75p-27, 0x1.7509a0c170e8bp-30,
    0x1.16353a333397bp-28, 0x1.50cae9bb9cdcbp-36, -0x1.1fc8e3e13baa4p-31};
static constexpr double erfF32[] = {
    0x1.20dd7503a942ep0, -0x1.812746p-2, 0x1.ce2ef4p-4, -0x1.b8280ep-6,
    0x1.56186cp-8, -0x1.bc0bb6p-11, 0x1.d455f2p-14, -0x1.3b3d6cp-17};
static constexpr double erfF64[] = {
    0x1.20dd750429b6dp0, -0x1.812746b0379c6p-2, 0x1.ce2f21a0419ccp-4,
    -0x1.b82ce3123e1cep-6, 0x1.565bcd038e401p-8, -0x1.c02db2066953bp-11,
    0x1.f9a2e9fbf707ap-14, -0x1.f4cd524202a72p-17, 0x1.b99ca0c0824aep-20,
    -0x1.5c7d2fb4d3a0bp-23, 0x1.d35bd7dfe665dp-27, -0x1.2ab556622c3b9p-31,
    -0x1.2ae503893804p-33, 0x1.f78e968117323p-36};

namespace {
/// A tail function's constants for one element type.
struct Tail {
  double K;
  double largest; ///< Beyond, the tail times any number vanishes.
  llvm::ArrayRef<double> coefficients;
};
} // namespace

static Tail getMills(Value model) {
  return VectorBuilder::isF64(model) ? Tail{4.0, 54.0, millsF64}
                                     : Tail{3.0, 20.0, millsF32};
}

static Tail getErfcx(Value model) {
  return VectorBuilder::isF64(model) ? Tail{3.0, 38.5, erfcxF64}
                                     : Tail{2.0, 14.5, erfcxF32};
}

/// q P(1 - 2 K q), q = 1/(a + K), for 0 <= a <= largest. In f64 the rounding of
/// a + K and of q is made good; f32 has no need of it.
static Value evaluateTail(VectorBuilder &b, Value a, const Tail &tail) {
  Value K = b.like(a, tail.K), one = b.like(a, 1.0);
  Value sum = b.add(a, K);
  Value q = b.div(one, sum);
  Value t = b.fnma(q, b.like(a, 2 * tail.K), one);
  // The constant term in two parts: its rounding to f32 would show.
  llvm::SmallVector<double> rest(tail.coefficients);
  double head = VectorBuilder::isF64(a) ? rest[0] : float(rest[0]);
  rest[0] -= head;
  Value p = b.add(b.like(a, head), b.horner(t, rest));
  if (!VectorBuilder::isF64(a))
    return b.mul(q, p);
  ValuePair exact = b.twoSum(a, K);
  Value product = b.mul(q, sum);
  Value error = b.sub(b.sub(one, product), b.productError(q, sum, product));
  Value low = b.mul(q, b.fnma(q, exact.low, error));
  return b.fma(q, p, b.mul(low, p));
}

/// exp(-scale a^2), scaled; scale is a power of two.
static ScaledValue expMinusSquare(VectorBuilder &b, Value a, double scale) {
  Value square = b.mul(a, a);
  Value error = b.productError(a, a, square);
  Value factor = b.like(a, -scale);
  return emitExpScaled(b, {b.mul(square, factor), b.mul(error, factor)});
}

/// min(|x|, largest); NaN stays NaN.
static Value clampMagnitude(VectorBuilder &b, Value x, double largest) {
  return b.minFast(b.like(x, largest), b.abs(x));
}

/// `tail` (of |x|) where x is on the tail's side, else total - tail.
static ScaledValue chooseSide(VectorBuilder &b, Value onTail, double total,
                              const ScaledValue &tail) {
  Value zero = b.like(tail.mantissa, 0.0);
  Value other = b.sub(b.like(zero, total), b.materialize(tail));
  return {b.select(onTail, tail.mantissa, other),
          b.select(onTail, tail.exponent, zero)};
}

/// value + derivative * low, on the side of the tail as elsewhere.
static ScaledValue addFirstOrder(VectorBuilder &b, const ScaledValue &value,
                                 const ScaledValue &derivative, Value low) {
  if (!low)
    return value;
  Value exponent = value.exponent;
  Value shift = b.sub(derivative.exponent, exponent);
  Value term = b.scale(b.mul(derivative.mantissa, low), shift);
  return {b.add(value.mantissa, term), exponent};
}

/// exp(-x^2/2) / sqrt(2 pi). normpdf(+-inf) = 0.
ScaledValue emitNormpdfScaled(VectorBuilder &b, const ValuePair &x) {
  Value a = clampMagnitude(b, x.high, getMills(x.high).largest);
  ScaledValue e = expMinusSquare(b, a, 0.5);
  Value scale = b.like(a, 0x1.9884533d43651p-2);
  Value density = b.mul(e.mantissa, scale);
  if (x.low) // d log = -x low.
    density = b.fnma(density, b.mul(x.high, x.low), density);
  return {density, e.exponent};
}

/// The distribution function: phi(a) M(a) for x < 0, 1 - that for x >= 0.
/// normcdf(-inf) = 0, normcdf(inf) = 1.
ScaledValue emitNormcdfScaled(VectorBuilder &b, const ValuePair &x) {
  Tail mills = getMills(x.high);
  Value a = clampMagnitude(b, x.high, mills.largest);
  ScaledValue e = expMinusSquare(b, a, 0.5);
  Value scale = b.like(a, 0x1.9884533d43651p-2);
  Value density = b.mul(e.mantissa, scale);
  ScaledValue tail{b.mul(density, evaluateTail(b, a, mills)), e.exponent};
  Value negative = b.compare(Compare::LT, x.high, b.like(a, 0.0));
  ScaledValue result = chooseSide(b, negative, 1.0, tail);
  return addFirstOrder(b, result, {density, e.exponent}, x.low);
}

/// exp(-a^2) erfcx(a) for x > 0, 2 - that for x <= 0. erfc(inf) = 0.
ScaledValue emitErfcScaled(VectorBuilder &b, const ValuePair &x) {
  Tail erfcx = getErfcx(x.high);
  Value a = clampMagnitude(b, x.high, erfcx.largest);
  ScaledValue e = expMinusSquare(b, a, 1.0);
  ScaledValue tail{b.mul(e.mantissa, evaluateTail(b, a, erfcx)), e.exponent};
  Value positive = b.compare(Compare::GT, x.high, b.like(a, 0.0));
  ScaledValue result = chooseSide(b, positive, 2.0, tail);
  Value slope = b.mul(e.mantissa, b.like(a, -0x1.20dd750429b6dp0));
  return addFirstOrder(b, result, {slope, e.exponent}, x.low);
}

/// |x| <= 1: x P(x^2); else +-(1 - erfc |x|). erf(+-0) = +-0.
Value emitErf(VectorBuilder &b, Value x) {
  bool isF64 = VectorBuilder::isF64(x);
  Value a = b.abs(x), one = b.like(x, 1.0);
  Value square = b.mul(x, x);
  llvm::ArrayRef<double> coefficients = isF64 ? llvm::ArrayRef(erfF64)
                                              : llvm::ArrayRef(erfF32);
  // x + x (P - 1): the leading coefficient is 2/sqrt(pi) = 1 + 0.128…
  llvm::SmallVector<double> rest(coefficients);
  rest[0] -= 1.0;
  Value inner = b.fma(x, b.horner(square, rest), x);
  Tail erfcx = getErfcx(x);
  Value bounded = clampMagnitude(b, x, erfcx.largest);
  ScaledValue e = expMinusSquare(b, bounded, 1.0);
  Value tail = b.materialize(
      {b.mul(e.mantissa, evaluateTail(b, bounded, erfcx)), e.exponent});
  Value outer = b.copySign(b.sub(one, tail), x);
  return b.select(b.compare(Compare::LE, a, one), inner, outer);
}

} // namespace actin
