//===- MathLogTest.cpp - Accuracy of the logarithms -----------------------===//

#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

using Mpfr = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

MathTest makeTest(const char *name, Value (*emit)(VectorBuilder &, Value),
                  Mpfr exact, double limit) {
  MathTest test;
  test.name = name;
  test.emit = [emit](VectorBuilder &b, Value x, Value) { return emit(b, x); };
  test.exact = [exact](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    exact(result, x, MPFR_RNDN);
  };
  test.limitF32 = test.limitF64 = limit;
  test.limitF32NoFma = test.limitF64NoFma = limit + 0.5;
  test.thresholds = {0x1.6a09e667f3bcdp0, 0x1.6a09e667f3bcdp-1, 0.5, 2.0};
  test.denseLimit = 4.0;
  return test;
}

MathTest logTest() { return makeTest("log", emitLog, mpfr_log, 1.0); }
MathTest log2Test() { return makeTest("log2", emitLog2, mpfr_log2, 1.0); }
MathTest log10Test() { return makeTest("log10", emitLog10, mpfr_log10, 1.0); }
MathTest log1pTest() {
  MathTest test = makeTest("log1p", emitLog1p, mpfr_log1p, 1.5);
  test.thresholds = {0x1.a827999fcef34p-2,
                     -0x1.2bec333018866p-2,
                     -0.5,
                     1.0,
                     0x1p24,
                     0x1p-25,
                     0x1p53,
                     0x1p-54,
                     0x1p60};
  return test;
}

TEST(MathLog, Log) { expectAccurateInBoth(logTest()); }
TEST(MathLog, Log2) { expectAccurateInBoth(log2Test()); }
TEST(MathLog, Log10) { expectAccurateInBoth(log10Test()); }
TEST(MathLog, Log1p) { expectAccurateInBoth(log1pTest()); }

template <typename T> void testSpecials() {
  T inf = std::numeric_limits<T>::infinity();
  T nan = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> points = {1, 0, -T(0), inf, -inf, -1, nan};
  std::vector<T> expected = {0, -inf, -inf, inf, nan, nan, nan};
  for (const MathTest &test : {logTest(), log2Test(), log10Test()})
    expectExactly<T>(test, points, {}, expected);
  expectExactly<T>(log1pTest(), {0, -T(0), -1, -2, inf, -inf, nan}, {},
                   {0, -T(0), -inf, nan, inf, nan, nan});
  // Powers of the base are exact.
  expectExactly<T>(log2Test(), {8, T(0x1p-100), T(0x1p100)}, {},
                   {3, -100, 100});
  expectExactly<T>(log10Test(), {10, 100, 1000, 1e6}, {}, {1, 2, 3, 6});
}

TEST(MathLog, Specials) {
  testSpecials<float>();
  testSpecials<double>();
}

} // namespace
