//===- JudgeTest.cpp - The judge of accuracy, judged ----------------------===//

#include "Golden.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double largest = std::numeric_limits<float>::max();

TEST(Judge, CountsUlps) {
  EXPECT_EQ(judge(0x1.000008p0, 1, DataType::F32).ulps, 4);
  EXPECT_EQ(judge(0x1.000000000000ap0, 1, DataType::F64).ulps, 10);
  EXPECT_EQ(judge(0x3p-149, 0x1p-149, DataType::F32).ulps, 2);
  // The exact value is rounded first.
  EXPECT_EQ(judge(1, 0x1.0000004p0, DataType::F32).ulps, 0);
}

TEST(Judge, DrawsTheLineAtFourUlps) {
  EXPECT_TRUE(judge(0x1.000008p40, 0x1p40, DataType::F32).isGood);
  EXPECT_FALSE(judge(0x1.00000ap40, 0x1p40, DataType::F32).isGood);
  EXPECT_TRUE(judge(0x1.0000000000004p40, 0x1p40, DataType::F64).isGood);
  EXPECT_FALSE(judge(0x1.0000000000005p40, 0x1p40, DataType::F64).isGood);
}

TEST(Judge, AllowsAbsoluteAndConditionedErrors) {
  EXPECT_TRUE(judge(2e-7, 0, DataType::F32).isGood);
  EXPECT_FALSE(judge(3e-7, 0, DataType::F32).isGood);
  EXPECT_FALSE(judge(1e-15, 0, DataType::F64).isGood);
  EXPECT_TRUE(judge(3e-7, 0, DataType::F32, 2).isGood);
}

TEST(Judge, RefusesNaNAndInfinityWhereANumberBelongs) {
  EXPECT_FALSE(judge(nan, 1, DataType::F32, infinity).isGood);
  EXPECT_FALSE(judge(infinity, largest, DataType::F32, infinity).isGood);
  EXPECT_FALSE(judge(1, nan, DataType::F32).isGood);
  EXPECT_TRUE(judge(nan, nan, DataType::F32).isGood);
  EXPECT_TRUE(judge(infinity, 2 * largest, DataType::F32).isGood);
  EXPECT_TRUE(judge(largest, 2 * largest, DataType::F32).isGood);
  EXPECT_FALSE(judge(-infinity, 2 * largest, DataType::F32).isGood);
}

TEST(Judge, GoldensAreThere) {
  ASSERT_EQ(getGoldens().size(), 43u);
  for (const Golden &golden : getGoldens()) {
    EXPECT_GE(golden.getNumRows(), 100u) << golden.name;
    EXPECT_EQ(golden.columns.size(),
              1 + 2 * golden.inputs.size() + golden.parameters.size())
        << golden.name;
  }
}

} // namespace
