//===- MathErfTest.cpp - Accuracy of erf and the normal distribution ------===//

#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

/// 256 bits: -x / sqrt(2) must not be rounded visibly.
class BigReal {
public:
  BigReal() { mpfr_init2(value, 256); }
  ~BigReal() { mpfr_clear(value); }
  BigReal(const BigReal &) = delete;
  BigReal &operator=(const BigReal &) = delete;
  operator mpfr_ptr() { return value; }

private:
  mpfr_t value;
};

void exactErf(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  mpfr_erf(result, x, MPFR_RNDN);
}
void exactErfc(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  mpfr_erfc(result, x, MPFR_RNDN);
}
/// erfc(-x / sqrt 2) / 2.
void exactNormcdf(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  BigReal root, y;
  mpfr_set_d(root, 0.5, MPFR_RNDN);
  mpfr_sqrt(root, root, MPFR_RNDN);
  mpfr_mul(y, x, root, MPFR_RNDN);
  mpfr_neg(y, y, MPFR_RNDN);
  mpfr_erfc(result, y, MPFR_RNDN);
  mpfr_div_2ui(result, result, 1, MPFR_RNDN);
}
/// exp(-x^2 / 2) / sqrt(2 pi).
void exactNormpdf(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  BigReal y, root;
  mpfr_sqr(y, x, MPFR_RNDN);
  mpfr_div_si(y, y, -2, MPFR_RNDN);
  mpfr_exp(y, y, MPFR_RNDN);
  mpfr_const_pi(root, MPFR_RNDN);
  mpfr_mul_ui(root, root, 2, MPFR_RNDN);
  mpfr_sqrt(root, root, MPFR_RNDN);
  mpfr_div(result, y, root, MPFR_RNDN);
}
/// x normcdf(x), right into the subnormal numbers.
void exactGelu(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  if (mpfr_inf_p(x) && mpfr_sgn(x) < 0) { // The limit.
    mpfr_set_zero(result, -1);
    return;
  }
  exactNormcdf(result, x, nullptr);
  mpfr_mul(result, result, x, MPFR_RNDN);
}

using EmitScaled = ScaledValue (*)(VectorBuilder &, const ValuePair &);

Emit materialized(EmitScaled emit) {
  return [emit](VectorBuilder &b, Value x, Value) {
    return b.materialize(emit(b, {x, Value()}));
  };
}

MathTest makeTest(const char *name, Emit emit, Exact exact, double limit) {
  MathTest test;
  test.name = name;
  test.emit = std::move(emit);
  test.exact = std::move(exact);
  test.limitF32 = test.limitF64 = limit;
  test.denseLimit = 16.0;
  test.thresholds = {1.0,   4.0,  6.0,  9.2,  10.06, 13.0,
                     14.17, 26.5, 27.3, 37.5, 38.5};
  return test;
}

TEST(MathErf, Erf) {
  MathTest test = makeTest(
      "erf", [](VectorBuilder &b, Value x, Value) { return emitErf(b, x); },
      exactErf, 1.5);
  expectAccurateInBoth(test);
}

TEST(MathErf, Erfc) {
  expectAccurateInBoth(
      makeTest("erfc", materialized(emitErfcScaled), exactErfc, 1.75));
}

TEST(MathErf, Normcdf) {
  expectAccurateInBoth(
      makeTest("normcdf", materialized(emitNormcdfScaled), exactNormcdf, 1.75));
}

TEST(MathErf, AsFactors) {
  expectAccurateInBoth(
      makeTest("erfc", materialized(emitErfcAsFactor), exactErfc, 1.75));
  expectAccurateInBoth(makeTest("normcdf", materialized(emitNormcdfAsFactor),
                                exactNormcdf, 1.75));
}

/// Times numbers as large as may be: 0, not what a bound on the argument
/// leaves of the tail.
template <typename T> void testVanishing(double perNumber) {
  auto times = [perNumber](EmitScaled emit) {
    return [=](VectorBuilder &b, Value x, Value) {
      ScaledValue tail = emit(b, {x, Value()});
      tail.exponent = b.add(tail.exponent, b.like(x, 2 * perNumber));
      return b.materialize(tail);
    };
  };
  T max = std::numeric_limits<T>::max();
  MathTest cdf = makeTest("normcdf", times(emitNormcdfAsFactor), exactErfc, 1);
  expectExactly<T>(cdf, {-max, -70}, {}, {0, 0});
  MathTest erfc = makeTest("erfc", times(emitErfcAsFactor), exactErfc, 1);
  expectExactly<T>(erfc, {max, 70}, {}, {0, 0});
}

TEST(MathErf, VanishesAsFactorOfLargeNumbers) {
  testVanishing<float>(128);
  testVanishing<double>(1024);
}

TEST(MathErf, Normpdf) {
  expectAccurateInBoth(
      makeTest("normpdf", materialized(emitNormpdfScaled), exactNormpdf, 1.25));
}

/// The exponent is for a product to be rounded into subnormal numbers once.
TEST(MathErf, NormcdfTimesArgument) {
  auto emit = [](VectorBuilder &b, Value x, Value) {
    ScaledValue cdf = emitNormcdfScaled(b, {x, Value()});
    // As a kernel must: -inf * 0 is not the limit.
    Value finite = b.maxFast(b.like(x, -100.0), x);
    return b.scale(b.mul(finite, cdf.mantissa), cdf.exponent);
  };
  // Just above 0 an ulp of 1 - Q is two of the product.
  MathTest test = makeTest("x normcdf(x)", emit, exactGelu, 2.25);
  test.limitF32NoFma = test.limitF64NoFma = 3.0;
  expectAccurateInBoth(test);
}

//===----------------------------------------------------------------------===//
// Low parts
//===----------------------------------------------------------------------===//

double lowFactor(bool isF64) { return isF64 ? 0x1p-54 : 0x1p-25; }

/// exact(x + x lowFactor).
Exact ofPair(Exact exact, bool isF64) {
  return [=](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    BigReal sum;
    mpfr_set_d(sum, 1.0, MPFR_RNDN);
    mpfr_add_d(sum, sum, lowFactor(isF64), MPFR_RNDN);
    mpfr_mul(sum, sum, x, MPFR_RNDN);
    exact(result, sum, nullptr);
  };
}

Emit onPair(EmitScaled emit) {
  return [emit](VectorBuilder &b, Value x, Value) {
    Value low = b.mul(x, b.like(x, lowFactor(VectorBuilder::isF64(x))));
    low = b.minFast(b.maxFast(low, b.like(x, -1.0)), b.like(x, 1.0));
    return b.materialize(emit(b, {x, low}));
  };
}

TEST(MathErf, LowParts) {
  if (std::getenv("ACTIN_MATH_EXHAUSTIVE"))
    GTEST_SKIP() << "the f64 kernel is no reference for f32's low part";
  auto check = [](const char *name, EmitScaled emit, Exact exact) {
    expectAccurate<float>(
        makeTest(name, onPair(emit), ofPair(exact, false), 2.5));
    expectAccurate<double>(
        makeTest(name, onPair(emit), ofPair(exact, true), 2.5));
  };
  check("normcdf of a pair", emitNormcdfScaled, exactNormcdf);
  check("normpdf of a pair", emitNormpdfScaled, exactNormpdf);
  check("erfc of a pair", emitErfcScaled, exactErfc);
}

//===----------------------------------------------------------------------===//
// Special values
//===----------------------------------------------------------------------===//

template <typename T> void testSpecials() {
  T inf = std::numeric_limits<T>::infinity();
  T nan = std::numeric_limits<T>::quiet_NaN();
  T max = std::numeric_limits<T>::max();
  T least = std::numeric_limits<T>::denorm_min();
  MathTest erf = makeTest(
      "erf", [](VectorBuilder &b, Value x, Value) { return emitErf(b, x); },
      exactErf, 1);
  expectExactly<T>(erf, {0, -T(0), inf, -inf, nan, max, -max, least}, {},
                   {0, -T(0), 1, -1, nan, 1, -1, least});
  MathTest erfc = makeTest("erfc", materialized(emitErfcScaled), exactErfc, 1);
  expectExactly<T>(erfc, {0, -T(0), inf, -inf, nan, max, -max}, {},
                   {1, 1, 0, 2, nan, 0, 2});
  MathTest cdf =
      makeTest("normcdf", materialized(emitNormcdfScaled), exactNormcdf, 1);
  expectExactly<T>(cdf, {0, -T(0), inf, -inf, nan, max, -max}, {},
                   {T(0.5), T(0.5), 1, 0, nan, 1, 0});
  MathTest pdf =
      makeTest("normpdf", materialized(emitNormpdfScaled), exactNormpdf, 1);
  T top = T(0x1.9884533d436508d4p-2L);
  expectExactly<T>(pdf, {0, -T(0), inf, -inf, nan, max, -max}, {},
                   {top, top, 0, 0, nan, 0, 0});
}

TEST(MathErf, Specials) {
  testSpecials<float>();
  testSpecials<double>();
}

} // namespace
