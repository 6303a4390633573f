//===- LinearEndTest.cpp - Functions that become linear -------------------===//

#include "Lowering/LinearEnd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace actin;

namespace {

constexpr double tolerance = 0x1p-26,
                 infinity = std::numeric_limits<double>::infinity();

TEST(LinearEnd, isANumber) {
  auto end = findLinearEnd([](double x) { return std::tanh(x); }, -1, infinity,
                           tolerance);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->c0, -1);
  EXPECT_EQ(end->c1, 0);
  EXPECT_GT(end->from, 8);
  EXPECT_LT(end->from, 11);
}

TEST(LinearEnd, isALine) {
  auto end = findLinearEnd([](double x) { return 3 * x * std::tanh(x) - 2; }, 1,
                           infinity, tolerance);
  ASSERT_TRUE(end);
  EXPECT_NEAR(end->c0, -2, 1e-12);
  EXPECT_NEAR(end->c1, 3, 1e-12);
}

TEST(LinearEnd, refusesWhatIsNoneOrLate) {
  auto refuses = [](double (*function)(double), double end) {
    return !findLinearEnd(function, 1, end, tolerance);
  };
  EXPECT_TRUE(refuses([](double x) { return std::sqrt(x); }, infinity));
  EXPECT_TRUE(refuses([](double x) { return std::exp(x); }, infinity));
  EXPECT_TRUE(refuses([](double x) { return std::tanh(x / 20); }, infinity));
  EXPECT_TRUE(refuses([](double x) { return std::tanh(x); }, 10));
  EXPECT_FALSE(refuses([](double x) { return std::tanh(x); }, 20));
}

} // namespace
