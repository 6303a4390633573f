//===- MathInverseTrig.cpp - asin, acos, atan -----------------------------===//
//
// All in f64; f32 is widened and rounded once at the end. Coefficients:
// coefficients/trig.sollya.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathFunctions.h"
#include "Lowering/PairArithmetic.h"

namespace actin {

using Compare = VectorBuilder::Compare;

static constexpr double atanCoefficients[] = {
    -0x1.5555555555555p-2, 0x1.9999999999805p-3,  -0x1.2492492480841p-3,
    0x1.c71c71bb8351ap-4,  -0x1.745d152641327p-4, 0x1.3b13739008f02p-4,
    -0x1.110c7ac4ae148p-4, 0x1.e16bd0d883b5ap-5,  -0x1.ab1a0d7b4e0bep-5,
    0x1.6de06e8520294p-5,  -0x1.04987942b64a1p-5, 0x1.6d663523de55dp-7,
    0x1.117e1462a30a1p-8};
static constexpr double asinCoefficients[] = {
    0x1.5555555555556p-3, 0x1.3333333332da2p-4, 0x1.6db6db6e48603p-5,
    0x1.f1c71c11dee9fp-6, 0x1.6e8bb37521b32p-6, 0x1.1c4d112cec6d8p-6,
    0x1.c9d30ac3f9052p-7, 0x1.7801021e03fbp-7,  0x1.532a9158caf39p-7,
    0x1.5e291546ac5f1p-8, 0x1.22054265f5846p-6, -0x1.f58c593fb4015p-7,
    0x1.dc181ded9b41dp-6};

static constexpr double piHalfHigh = 0x1.921fb54442d18p0;
static constexpr double piHalfLow = 0x1.1a62633145c07p-54;

/// a = |x|: atan a = pi/2 + atan(-1/a) for a > 1 + sqrt 2, pi/4 +
/// atan((a - 1)/(a + 1)) for a > sqrt 2 - 1; one division for both.
static Value emitAtanF64(VectorBuilder &b, Value x) {
  Value a = b.abs(x), one = b.like(x, 1.0), zero = b.like(x, 0.0);
  Value large = b.compare(Compare::GT, a, b.like(x, 2.414213562373095));
  Value medium = b.compare(Compare::GT, a, b.like(x, 0.4142135623730950));
  Value numerator =
      b.select(large, b.like(x, -1.0), b.select(medium, b.sub(a, one), a));
  Value denominator = b.select(large, a, b.select(medium, b.add(a, one), one));
  Value t = b.div(numerator, denominator);
  Value offset = b.select(large, b.like(x, piHalfHigh),
                          b.select(medium, b.like(x, piHalfHigh / 2), zero));
  Value offsetLow = b.select(large, b.like(x, piHalfLow),
                             b.select(medium, b.like(x, piHalfLow / 2), zero));
  Value square = b.mul(t, t);
  Value cube = b.mul(t, square);
  Value rest = b.fma(cube, b.estrin(square, atanCoefficients), offsetLow);
  // |offset| >= |t| wherever it is not 0.
  ValuePair sum =
      b.fastTwoSum(b.select(medium, offset, t), b.select(medium, t, zero));
  return b.copySign(b.add(sum.high, b.add(sum.low, rest)), x);
}

/// asin t = t + t^3 P(t^2) for |t| <= 1/2, without the leading t.
static Value asinTail(VectorBuilder &b, Value t, Value square) {
  return b.mul(b.mul(t, square), b.estrin(square, asinCoefficients));
}

/// s = sqrt((1 - a)/2) as a pair and asin(s) as one, for 1/2 < a <= 1: (1 - a)
/// / 2 is exact.
static ValuePair asinOfRoot(VectorBuilder &b, Value a) {
  Value half = b.like(a, 0.5);
  Value square = b.mul(b.sub(b.like(a, 1.0), a), half);
  ValuePair root = sqrtPair(b, {square, Value()});
  return {root.high, b.add(root.low, asinTail(b, root.high, square))};
}

/// |x| <= 1/2: x + x^3 P(x^2); else pi/2 - 2 asin(sqrt((1 - |x|)/2)).
static Value emitAsinF64(VectorBuilder &b, Value x) {
  Value a = b.abs(x);
  Value large = b.compare(Compare::GT, a, b.like(x, 0.5));
  Value small = b.add(x, asinTail(b, x, b.mul(x, x)));
  ValuePair root = asinOfRoot(b, a);
  ValuePair sum =
      b.fastTwoSum(b.like(x, piHalfHigh), b.mul(root.high, b.like(x, -2.0)));
  Value rest =
      b.fma(root.low, b.like(x, -2.0), b.add(sum.low, b.like(x, piHalfLow)));
  Value big = b.copySign(b.add(sum.high, rest), x);
  return b.select(large, big, small);
}

/// |x| <= 1/2: pi/2 - asin x; x > 1/2: 2 asin(s); x < -1/2: pi - 2 asin(s).
static Value emitAcosF64(VectorBuilder &b, Value x) {
  Value a = b.abs(x), zero = b.like(x, 0.0);
  Value large = b.compare(Compare::GT, a, b.like(x, 0.5));
  Value negative = b.compare(Compare::LT, x, zero);
  ValuePair root = asinOfRoot(b, a);
  Value two = b.select(negative, b.like(x, -2.0), b.like(x, 2.0));
  ValuePair term{b.select(large, b.mul(root.high, two), b.neg(x)),
                 b.select(large, b.mul(root.low, two),
                          b.neg(asinTail(b, x, b.mul(x, x))))};
  Value offset =
      b.select(large, b.select(negative, b.like(x, 2 * piHalfHigh), zero),
               b.like(x, piHalfHigh));
  Value offsetLow =
      b.select(large, b.select(negative, b.like(x, 2 * piHalfLow), zero),
               b.like(x, piHalfLow));
  ValuePair sum = b.twoSum(offset, term.high);
  return b.add(sum.high, b.add(sum.low, b.add(term.low, offsetLow)));
}

static Value inF64(VectorBuilder &b, Value x,
                   Value (*emit)(VectorBuilder &, Value)) {
  return VectorBuilder::isF64(x) ? emit(b, x) : b.narrow(emit(b, b.widen(x)));
}

/// atan(+-0) = +-0, atan(+-inf) = +-pi/2. Max error: f32 0.5001 ulp, f64 1.7
/// ulp.
Value emitAtan(VectorBuilder &b, Value x) { return inF64(b, x, emitAtanF64); }

/// NaN for |x| > 1; asin(+-0) = +-0. Max error: f32 0.5001 ulp, f64 0.62 ulp.
Value emitAsin(VectorBuilder &b, Value x) { return inF64(b, x, emitAsinF64); }

/// NaN for |x| > 1; acos(1) = 0. Max error: f32 0.5001 ulp, f64 0.6 ulp.
Value emitAcos(VectorBuilder &b, Value x) { return inF64(b, x, emitAcosF64); }

} // namespace actin
