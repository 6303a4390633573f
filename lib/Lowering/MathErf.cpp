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
    0x1.e4aa012912ddep0, -0x1.8615d9b49165dp0, 0x1.f0d9856bc3b34p-1,
    -0x1.dec30ee679354p-2, 0x1.360ce2601ef4bp-3, -0x1.35aa3c94cac45p-6,
    -0x1.1dcfea78080e2p-7, 0x1.0be6d660837b4p-8, 0x1.5e7b194b0eafdp-12,
    -0x1.2fb43054370dp-11, -0x1.40fce7a1a9672p-18, 0x1.717f3db55cb58p-14,
    0x1.e20546cc5f8a2p-20, -0x1.f1f9de13c248ep-17, -0x1.a73b2e77a501bp-20,
    0x1.58188bbd6d5a3p-19, 0x1.6c706cec0357ep-21, -0x1.a6b1e7b3bd81p-22,
    -0x1.c7df970cdef1bp-23, 0x1.4e233eb3add77p-25, 0x1.a5bfd23628ecep-25,
    0x1.7b361d536f21bp-30, -0x1.e77b81cd43db1p-28, -0x1.f4477bba9999dp-31,
    0x1.932f0bcafce4fp-32};
static constexpr double erfcxF32[] = {
    0x1.058671c9bedfp0, -0x1.5fd386p-1, 0x1.1e2dd2p-2, -0x1.2a8996p-5,
    -0x1.60552cp-6, 0x1.a8cceep-8, 0x1.912a14p-9, -0x1.bd812p-11,
    -0x1.38e8c6p-11, 0x1.0d66acp-14, 0x1.4e55a2p-14};
static constexpr double erfcxF64[] = {
    0x1.12f21ddd9f5e2p0, -0x1.c44c471baa378p-1, 0x1.2e326945de24fp-1,
    -0x1.3deb21415dafap-2, 0x1.e995f11b1ec6ep-4, -0x1.b78993d6ee7b8p-6,
    -0x1.3dd3e732741bap-10, 0x1.8dae3a456ef62p-9, -0x1.1f78dea1b98c7p-11,
    -0x1.2239066539e9bp-12, 0x1.c324b3963a3aep-14, 0x1.fe026bd15a6dp-16,
    -0x1.251266f5662c6p-16, -0x1.3ee563455e0eep-18, 0x1.726561c8644p-19,
    0x1.0dca7a1aad2c7p-20, -0x1.aace1e7124c42p-22, -0x1.04825c541be43p-22,
    0x1.1d2d48a90a7cep-25, 0x1.fa3e1b76a5ab4p-25, 0x1.3cb453b7ff857p-27,
    -0x1.b14a55d02f012p-27, -0x1.87e06577b09f4p-28, 0x1.cc0b978f48e3ap-30,
    0x1.385c00f8ad737p-30};
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
  Value p = b.add(b.like(a, head), b.estrin(t, rest));
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
  Value inner = b.fma(x, b.estrin(square, rest), x);
  Tail erfcx = getErfcx(x);
  Value bounded = clampMagnitude(b, x, erfcx.largest);
  ScaledValue e = expMinusSquare(b, bounded, 1.0);
  Value tail = b.materialize(
      {b.mul(e.mantissa, evaluateTail(b, bounded, erfcx)), e.exponent});
  Value outer = b.copySign(b.sub(one, tail), x);
  return b.select(b.compare(Compare::LE, a, one), inner, outer);
}

} // namespace actin
