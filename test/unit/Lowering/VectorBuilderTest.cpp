//===- VectorBuilderTest.cpp - The vocabulary of the vector math ----------===//

#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

/// a * 2^n with a in [1/4, 4], n any integer up to 300 (f32) or 3000 (f64).
template <typename T> void testScale() {
  std::vector<T> a, n, expected;
  double limit = sizeof(T) == 4 ? 370 : 3000;
  for (double exponent = -limit; exponent <= limit; exponent += 1.0)
    for (double mantissa : {1.0, -1.5, 0.2509765625, 3.75}) {
      a.push_back(T(mantissa));
      n.push_back(T(exponent));
      expected.push_back(std::ldexp(T(mantissa), int(exponent)));
    }
  MathTest test;
  test.name = "scale";
  test.isBinary = true;
  test.emit = [](VectorBuilder &b, Value x, Value y) { return b.scale(x, y); };
  expectExactly<T>(test, a, n, expected);
}

TEST(VectorBuilder, ScaleReachesSubnormalsAndInfinity) {
  testScale<float>();
  testScale<double>();
}

TEST(VectorBuilder, ScaleKeepsTheLargestFromZero) {
  MathTest test;
  test.name = "scale";
  test.isBinary = true;
  test.emit = [](VectorBuilder &b, Value x, Value y) { return b.scale(x, y); };
  float max = std::numeric_limits<float>::max(), inf = HUGE_VALF;
  expectExactly<float>(test, {max, max, 0x1p-149f, inf, 0.0f, -0.0f, NAN},
                       {-400, 400, 277, -400, 400, -3, 5},
                       {0, inf, inf, inf, 0, -0.0f, NAN});
}

/// a * 2^n with what is said of it, up to its bounds; `magnitude`: of large
/// numbers beside exponents that do not make 0 of them.
template <typename T>
void testBoundedScale(const ScaleBounds &bounds, double magnitude) {
  std::vector<T> a, n, expected;
  auto append = [&](double number, double exponent) {
    a.push_back(T(number));
    n.push_back(T(exponent));
    expected.push_back(std::ldexp(T(number), int(exponent)));
  };
  double least = sizeof(T) == 4 ? -100000 : -1e6;
  double vanishing = std::ldexp(1.0, int(bounds.mostVanishing) - 1);
  for (double exponent = -400; exponent <= bounds.mostExponent; exponent += 1.0)
    for (double number : {1.0, -1.5, 0.2509765625, 3.75})
      append(number, exponent);
  for (double exponent : {least, -2.0 * bounds.mostVanishing - 200.0, -61.0})
    append(vanishing, exponent);
  append(std::numeric_limits<T>::denorm_min(), 0);
  append(-std::numeric_limits<T>::denorm_min(), -1);
  append(magnitude, 0);
  append(0.0, 0);
  append(-0.0, least);
  append(HUGE_VAL, 0);
  append(NAN, 0);
  MathTest test;
  test.name = "scale";
  test.isBinary = true;
  test.emit = [=](VectorBuilder &b, Value x, Value y) {
    return b.scale(x, y, bounds);
  };
  expectExactly<T>(test, a, n, expected);
}

TEST(VectorBuilder, ScaleWithinBounds) {
  // One power, two of them, and what asks for three.
  testBoundedScale<float>({/*mostVanishing=*/16, 12, 12}, 1000);
  testBoundedScale<float>({/*mostVanishing=*/48, 12, 140},
                          std::numeric_limits<float>::max());
  testBoundedScale<float>({/*mostVanishing=*/120, 12, 140}, 0x1p127);
  testBoundedScale<double>({/*mostVanishing=*/16, 12, 12}, 1000);
  testBoundedScale<double>({/*mostVanishing=*/48, 12, 1040},
                           std::numeric_limits<double>::max());
}

/// The part of splitExponent that `isMantissa` asks for.
void expectSplit(bool isMantissa, const std::vector<double> &x,
                 const std::vector<double> &expected) {
  MathTest test;
  test.name = "splitExponent";
  test.emit = [=](VectorBuilder &b, Value a, Value) {
    ScaledValue split = b.splitExponent(a);
    return isMantissa ? split.mantissa : split.exponent;
  };
  expectExactly<double>(test, x, x, expected);
}

TEST(VectorBuilder, SplitsExponents) {
  double inf = HUGE_VAL;
  std::vector<double> x = {1.0,     -6.0, 0x1.8p1023, 0x1p-1074, -0x1.8p-1030,
                           0x1p-60, 0.0,  -0.0,       inf,       -inf};
  expectSplit(true, x, {1, -1.5, 1.5, 1, -1.5, 1, 1, -1, 1, -1});
  expectSplit(false, x,
              {0, 2, 1023, -1074, -1030, -60, VectorBuilder::zeroExponent,
               VectorBuilder::zeroExponent, VectorBuilder::infinityExponent,
               VectorBuilder::infinityExponent});
  expectSplit(true, {NAN}, {NAN});
}

template <typename T> void testLookUp(unsigned size) {
  std::vector<double> table(size);
  for (unsigned i = 0; i < size; ++i)
    table[i] = 100.0 + i * 0.5;
  MathTest test;
  test.name = "lookUp" + std::to_string(size);
  test.emit = [&](VectorBuilder &b, Value x, Value) {
    return b.lookUp(x, table, b.toInt(x));
  };
  std::vector<T> x, expected;
  for (unsigned i = 0; i < 3 * size; ++i) {
    x.push_back(T((i * 7) % size));
    expected.push_back(T(table[(i * 7) % size]));
  }
  expectExactly<T>(test, x, x, expected);
}

TEST(VectorBuilder, LookUp) {
  for (unsigned size : {3u, 8u, 16u, 32u, 64u, 100u}) {
    testLookUp<float>(size);
    testLookUp<double>(size);
  }
}

template <typename T> void testIntegers() {
  MathTest test;
  test.name = "toInt, fromInt";
  test.emit = [](VectorBuilder &b, Value x, Value) {
    return b.fromInt(b.intAdd(b.toInt(x), b.intLike(x, 5)));
  };
  expectExactly<T>(test, {0, -1, 7, -1000, 65536}, {}, {5, 4, 12, -995, 65541});
}

TEST(VectorBuilder, ConvertsIntegers) {
  testIntegers<float>();
  testIntegers<double>();
}

/// The error of the product, scaled up so that it is seen.
template <typename T> void testProductError() {
  MathTest test;
  test.name = "productError";
  test.isBinary = true;
  test.emit = [](VectorBuilder &b, Value x, Value y) {
    return b.productError(x, y, b.mul(x, y));
  };
  std::vector<T> x, y, expected;
  for (int i = 1; i < 200; ++i) {
    x.push_back(T(1) / T(i));
    y.push_back(T(i) / T(7));
    expected.push_back(std::fma(x.back(), y.back(), -(x.back() * y.back())));
  }
  // Zero errors may come with either sign: compare after adding 0.
  Emit raw = test.emit;
  test.emit = [raw](VectorBuilder &b, Value x, Value y) {
    return b.add(raw(b, x, y), b.like(x, 0.0));
  };
  expectExactly<T>(test, x, y, expected);
}

TEST(VectorBuilder, ProductErrorIsExact) {
  testProductError<float>();
  testProductError<double>();
}

TEST(VectorBuilder, MinAndMaxTakeTheSecondWhereNaN) {
  MathTest test;
  test.name = "minFast";
  test.isBinary = true;
  test.emit = [](VectorBuilder &b, Value x, Value y) {
    return b.minFast(x, y);
  };
  expectExactly<float>(test, {1, NAN, 2, 0.0f, -0.0f}, {2, 3, NAN, -0.0f, 0.0f},
                       {1, 3, NAN, -0.0f, 0.0f});
  test.name = "maxFast";
  test.emit = [](VectorBuilder &b, Value x, Value y) {
    return b.maxFast(x, y);
  };
  expectExactly<float>(test, {1, NAN, 2, 0.0f, -0.0f}, {2, 3, NAN, -0.0f, 0.0f},
                       {2, 3, NAN, -0.0f, 0.0f});
}

} // namespace
