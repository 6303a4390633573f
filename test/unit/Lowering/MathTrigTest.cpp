//===- MathTrigTest.cpp - Accuracy of trigonometry ------------------------===//

#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

using EmitPlain = Value (*)(VectorBuilder &, Value);
using MpfrFunction = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

MathTest makeTest(const char *name, EmitPlain emit, MpfrFunction exact,
                  double limit) {
  MathTest test;
  test.name = name;
  test.emit = [emit](VectorBuilder &b, Value x, Value) { return emit(b, x); };
  test.exact = [exact](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    exact(result, x, MPFR_RNDN);
  };
  test.limitF32 = test.limitF64 = limit;
  return test;
}

/// Near multiples of pi/2, where reduction cancels; the ends of the methods;
/// and the arguments that lie closest to a multiple in f32 and f64.
MathTest makePeriodic(const char *name, EmitPlain emit, MpfrFunction exact,
                      double limit) {
  MathTest test = makeTest(name, emit, exact, limit);
  test.denseLimit = 1000.0;
  for (int k = 1; k < 64; ++k)
    test.thresholds.push_back(k * 1.5707963267948966);
  for (double k : {1e3, 4e4, 1e5, 1e6, 1e8, 1e9})
    test.thresholds.push_back(k * 1.5707963267948966);
  for (double x :
       {0x1.6ac5b262ca1ffp849, 0x1.921fb54442d18p0, 0x1.1d5ecep73,
        0x1.f79be6p45, 0x1.37dbc8p34, 0x1.ca9af6p87, 0x1p10, 0x1p12, 0x1p15,
        0x1p17, 0x1p27, 0x1p28, 0x1p30, 0x1p31, 0x1p54, 0x1p-13, 0x1p-27})
    test.thresholds.push_back(x);
  return test;
}

TEST(MathTrig, Sin) {
  expectAccurateInBoth(makePeriodic("sin", emitSin, mpfr_sin, 1.5));
}

TEST(MathTrig, Cos) {
  expectAccurateInBoth(makePeriodic("cos", emitCos, mpfr_cos, 1.5));
}

TEST(MathTrig, Tan) {
  expectAccurateInBoth(makePeriodic("tan", emitTan, mpfr_tan, 2.0));
}

TEST(MathTrig, Atan) {
  MathTest test = makeTest("atan", emitAtan, mpfr_atan, 1.75);
  test.denseLimit = 8.0;
  test.thresholds = {0.41421356237309503, 2.414213562373095, 0x1p53};
  expectAccurateInBoth(test);
}

TEST(MathTrig, Asin) {
  MathTest test = makeTest("asin", emitAsin, mpfr_asin, 1.5);
  test.denseLimit = 0.5;
  expectAccurateInBoth(test);
}

TEST(MathTrig, Acos) {
  MathTest test = makeTest("acos", emitAcos, mpfr_acos, 1.5);
  test.denseLimit = 0.5;
  expectAccurateInBoth(test);
}

template <typename T> void testSpecials() {
  T inf = std::numeric_limits<T>::infinity();
  T nan = std::numeric_limits<T>::quiet_NaN();
  T least = std::numeric_limits<T>::denorm_min();
  T half = T(1.57079632679489661923L);
  MathTest sin = makeTest("sin", emitSin, mpfr_sin, 1);
  expectExactly<T>(sin, {0, -T(0), inf, -inf, nan, least, -least}, {},
                   {0, -T(0), nan, nan, nan, least, -least});
  MathTest cos = makeTest("cos", emitCos, mpfr_cos, 1);
  expectExactly<T>(cos, {0, -T(0), inf, -inf, nan, least}, {},
                   {1, 1, nan, nan, nan, 1});
  MathTest tan = makeTest("tan", emitTan, mpfr_tan, 1);
  expectExactly<T>(tan, {0, -T(0), inf, -inf, nan, least, -least}, {},
                   {0, -T(0), nan, nan, nan, least, -least});
  MathTest atan = makeTest("atan", emitAtan, mpfr_atan, 1);
  expectExactly<T>(atan, {0, -T(0), inf, -inf, nan, least, -least}, {},
                   {0, -T(0), half, -half, nan, least, -least});
  MathTest asin = makeTest("asin", emitAsin, mpfr_asin, 1);
  expectExactly<T>(asin, {0, -T(0), 1, -1, 2, -inf, inf, nan, least}, {},
                   {0, -T(0), half, -half, nan, nan, nan, nan, least});
  MathTest acos = makeTest("acos", emitAcos, mpfr_acos, 1);
  expectExactly<T>(acos, {1, 0, -T(0), -1, 2, -inf, inf, nan}, {},
                   {0, half, half, 2 * half, nan, nan, nan, nan});
}

TEST(MathTrig, Specials) {
  testSpecials<float>();
  testSpecials<double>();
}

/// sin(factor x pi / 2).
void expectSineOfQuarters(double factor, const std::vector<double> &x,
                          const std::vector<double> &expected) {
  MathTest test;
  test.name = "sine of quarters";
  test.emit = [=](VectorBuilder &b, Value a, Value) {
    return Angle::reduceQuarters(b, {a, Value()}, factor, /*isF64=*/true)
        .emitSin(b);
  };
  expectExactly<double>(test, x, x, expected);
}

TEST(MathTrig, QuartersOfATurnAreExact) {
  double inf = HUGE_VAL, halfPi = 1.5707963267948966;
  expectSineOfQuarters(1,
                       {1, 4, -3, 0x1p52 + 1, 0x1p53 + 4, 0x1p1000, 0x1p1023},
                       {1, 0, 1, 1, 0, 0, 0});
  expectSineOfQuarters(2, {0.5, 1e15, 1e15 + 0.5, 0x1p1023}, {1, 0, 1, 0});
  expectSineOfQuarters(0.5, {0x1p1023, inf}, {0, NAN});
  // The product with pi / 2, rounded; also where that is subnormal.
  expectSineOfQuarters(1, {0x1p-600, 0x1p-1060},
                       {0x1p-600 * halfPi, 0x1p-1060 * halfPi});
}

} // namespace
