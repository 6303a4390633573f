//===- MathPowTest.cpp - Accuracy of powers -------------------------------===//

#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

MathTest powTest() {
  MathTest test;
  test.name = "pow";
  test.isBinary = true;
  test.emit = emitPow;
  test.exact = [](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr y) {
    mpfr_pow(result, x, y, MPFR_RNDN);
  };
  test.limitF32 = test.limitF64 = 1.0;
  test.limitF32NoFma = test.limitF64NoFma = 1.5;
  test.thresholds = {0x1.6a09e667f3bcdp0, 0x1.6a09e667f3bcdp-1, 2.0, 1.0, 3.0};
  return test;
}

MathTest powIntegerTest(int64_t n, double limit) {
  MathTest test;
  test.name = "x ** " + std::to_string(n);
  test.emit = [n](VectorBuilder &b, Value x, Value) {
    return emitPowInteger(b, x, n);
  };
  test.exact = [n](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    mpfr_pow_si(result, x, n, MPFR_RNDN);
  };
  test.limitF32 = test.limitF64 = limit;
  test.limitF32NoFma = test.limitF64NoFma = limit;
  return test;
}

TEST(MathPow, Pow) { expectAccurateInBoth(powTest()); }

/// Fixed exponents over all bases: what training uses.
TEST(MathPow, FixedExponents) {
  for (double exponent : {0.75, -0.25, 1.0 / 3, 2.5, 40.25, -101.0}) {
    MathTest test = powTest();
    test.name = "x ** " + std::to_string(exponent);
    test.isBinary = false;
    test.emit = [=](VectorBuilder &b, Value x, Value) {
      return emitPow(b, x, b.like(x, exponent));
    };
    // The exponent as the kernel sees it.
    auto check = [&](double rounded, auto *tag) {
      test.exact = [=](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
        mpfr_t y;
        mpfr_init2(y, 53);
        mpfr_set_d(y, rounded, MPFR_RNDN);
        mpfr_pow(result, x, y, MPFR_RNDN);
        mpfr_clear(y);
      };
      expectAccurate<std::remove_pointer_t<decltype(tag)>>(test);
    };
    check(float(exponent), static_cast<float *>(nullptr));
    check(exponent, static_cast<double *>(nullptr));
  }
}

TEST(MathPow, Integer) {
  expectAccurateInBoth(powIntegerTest(0, 0.5));
  expectAccurateInBoth(powIntegerTest(1, 0.5));
  expectAccurateInBoth(powIntegerTest(2, 0.51));
  expectAccurateInBoth(powIntegerTest(3, 1.5));
  expectAccurateInBoth(powIntegerTest(4, 2.1));
  for (int64_t n : {5, 8, 13, 64, -2, -3, -5, -64})
    expectAccurateInBoth(powIntegerTest(n, 1.5));
  expectAccurateInBoth(powIntegerTest(-1, 0.51));
}

TEST(MathPow, Rsqrt) {
  MathTest test;
  test.name = "rsqrt";
  test.emit = [](VectorBuilder &b, Value x, Value) { return emitRsqrt(b, x); };
  test.exact = [](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    if (mpfr_zero_p(x)) // IEEE 754: the zero's sign.
      mpfr_set_inf(result, mpfr_signbit(x) ? -1 : 1);
    else
      mpfr_rec_sqrt(result, x, MPFR_RNDN);
  };
  test.limitF32 = test.limitF64 = 1.5;
  expectAccurateInBoth(test);
}

/// All that IEEE 754 says of pow: what libm does.
template <typename T> void testSpecials() {
  T inf = std::numeric_limits<T>::infinity();
  T nan = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> points = {0,
                           -T(0),
                           1,
                           -1,
                           2,
                           -2,
                           T(0.5),
                           T(-0.5),
                           inf,
                           -inf,
                           nan,
                           3,
                           -3,
                           T(1.5),
                           T(-1.5),
                           std::numeric_limits<T>::max(),
                           std::numeric_limits<T>::lowest(),
                           std::numeric_limits<T>::denorm_min(),
                           T(1L << 24) - 1,
                           1 - T(1L << 24)};
  std::vector<T> x, y, expected;
  for (T base : points)
    for (T exponent : points) {
      T result = std::pow(base, exponent);
      // Rounded results are not this test's: only what is 0, 1, inf or NaN.
      if (std::isfinite(result) && result != 0 && std::abs(result) != 1)
        continue;
      x.push_back(base);
      y.push_back(exponent);
      expected.push_back(result);
    }
  expectExactly<T>(powTest(), x, y, expected);
}

TEST(MathPow, Specials) {
  testSpecials<float>();
  testSpecials<double>();
}

} // namespace
