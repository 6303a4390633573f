//===- HalvingEndTest.cpp - What functions vanish as ----------------------===//

#include "Lowering/HalvingEnd.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace actin;

namespace {

constexpr double tolerance = 0x1p-26;

TEST(HalvingEnd, isANumber) {
  auto end = findHalvingEnd(
      [](double x) { return 1.7 * std::exp(-x) / (1 + std::exp(-x)); }, M_LN2,
      1, 31, tolerance);
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->tail);
  EXPECT_NEAR(end->scale, 1.7, 1e-14);
  EXPECT_EQ(end->getFactor(30), end->scale);
}

TEST(HalvingEnd, isALine) {
  for (double shift : {0.0, -0.3, 2.5}) {
    auto function = [&](double x) {
      return 3 * (x + shift) * std::exp(-2 * x);
    };
    auto end = findHalvingEnd(function, M_LN2 / 2, 1, 31, tolerance);
    ASSERT_TRUE(end) << shift;
    EXPECT_NEAR(end->scale, 3, 1e-12);
    ASSERT_TRUE(end->tail) << shift;
    EXPECT_FLOAT_EQ(float(end->tail->shift), float(shift));
    EXPECT_FALSE(end->tail->hasSquare());
    EXPECT_NEAR(end->getFactor(25) * std::exp(-50), function(25), 1e-26);
  }
}

TEST(HalvingEnd, hasASquareWhereThatShows) {
  auto function = [](double x) {
    double y = std::exp(x);
    return y * (x + 1) + y * y * (0.75 * x - 2) + y * y * y;
  };
  auto end = findHalvingEnd(function, M_LN2, -1, 14, tolerance);
  ASSERT_TRUE(end);
  ASSERT_TRUE(end->tail);
  EXPECT_EQ(end->tail->shift, 1);
  EXPECT_NEAR(end->tail->squareSlope, 0.75, 1e-4);
  EXPECT_NEAR(end->tail->squareConstant, -2, 1e-3);
  // Where the cube shows as well.
  EXPECT_FALSE(findHalvingEnd(function, M_LN2, -1, 7, tolerance));
}

TEST(HalvingEnd, refusesOtherRatesAndPowers) {
  auto refuses = [](double (*function)(double)) {
    return !findHalvingEnd(function, M_LN2, 1, 31, tolerance);
  };
  EXPECT_TRUE(refuses([](double x) { return std::exp(-1.001 * x); }));
  EXPECT_TRUE(refuses([](double x) { return x * x * std::exp(-x); }));
  EXPECT_TRUE(refuses([](double) { return std::nan(""); }));
  // A root where the end begins.
  EXPECT_TRUE(refuses([](double x) { return (x - 21.5) * std::exp(-x); }));
}

} // namespace
