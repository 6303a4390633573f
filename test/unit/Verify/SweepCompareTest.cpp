//===- SweepCompareTest.cpp - The vector loop against the plain judge -----===//

#include "Verify/SweepCompare.h"

#include "Verify/Contract.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

using namespace actin;

namespace {

TEST(SweepCompare, AgreesWithMeasure) {
  std::mt19937_64 random(7);
  std::vector<float> actual;
  std::vector<double> exact;
  for (int i = 0; i < 100000; ++i) {
    float value = std::bit_cast<float>(uint32_t(random()));
    if (std::isnan(value))
      continue;
    actual.push_back(value);
    exact.push_back(double(value) * (1 + 0x1p-22 * double(i % 16 - 8)));
  }
  double worst = 0;
  uint64_t numBeyond = 0;
  for (size_t i = 0; i != actual.size(); ++i) {
    double ulps = measure(actual[i], {exact[i], 0}, DataType::F32).ulps;
    double quick = getErrorUlps(actual[i], exact[i]);
    if (std::isinf(actual[i]) || overflows(exact[i], DataType::F32)) {
      EXPECT_EQ(quick == 0, ulps == 0) << actual[i] << " for " << exact[i];
      actual[i] = 1, exact[i] = 1;
      continue;
    }
    EXPECT_EQ(quick, ulps) << actual[i] << " for " << exact[i];
    worst = std::max(worst, ulps);
    numBeyond += ulps > 2;
  }
  BlockSummary summary =
      compareBlock(actual.data(), exact.data(), actual.size(), 2);
  EXPECT_EQ(summary.maxUlps, worst);
  EXPECT_EQ(summary.numBeyond, numBeyond);
  EXPECT_GT(numBeyond, 0u);
}

TEST(SweepCompare, NaNsAndInfinities) {
  const float nan = NAN, infinity = INFINITY;
  auto countBeyond = [](float actual, double exact) {
    return compareBlock(&actual, &exact, 1, 2).numBeyond;
  };
  EXPECT_EQ(countBeyond(nan, 1), 1u);
  EXPECT_EQ(countBeyond(1, nan), 1u);
  EXPECT_EQ(countBeyond(infinity, 0x1p128), 0u);
  EXPECT_EQ(countBeyond(infinity, INFINITY), 0u);
  EXPECT_EQ(countBeyond(-infinity, 0x1p128), 1u);
  EXPECT_EQ(countBeyond(infinity, 0x1.fffffep127), 1u);
  const float values[] = {1, nan, infinity, nan};
  EXPECT_EQ(countNumbers(values, 4), 2u);
}

} // namespace
