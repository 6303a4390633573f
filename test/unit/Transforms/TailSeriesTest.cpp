//===- TailSeriesTest.cpp - Power series far from 0 -----------------------===//

#include "Transforms/TailSeries.h"

#include <gtest/gtest.h>

#include <cmath>

namespace actin {
namespace {

using Function = Real (*)(const Real &);
using Variable = TailSeries::Variable;

void expectClose(const TailSeries &series, Function function, double bits) {
  for (double a = series.getBound() * 1.001; a < 1e5; a *= 1.7) {
    Real error = series.evaluate(Real(a)) / function(Real(a)) - Real(1.0);
    EXPECT_LE(std::fabs(error.toDouble()), std::exp2(-bits)) << a;
  }
}

/// sqrt(1 + a^2) - a = 1 / (2 a) - 1 / (8 a^3) + …
TEST(TailSeries, InSquares) {
  Function function = [](const Real &a) {
    return evaluateUnary("sqrt", Real(1.0) + a * a) - a;
  };
  for (bool isF64 : {false, true}) {
    auto series = findInverseSeries(function, isF64);
    ASSERT_TRUE(series);
    EXPECT_EQ(series->variable, Variable::InverseSquare);
    EXPECT_EQ(series->power.toDouble(), -1);
    EXPECT_LE(series->getBound(), 2);
    expectClose(*series, function, isF64 ? 58 : 29);
  }
}

/// a - a^2 / (1 + a) = 1 - 1 / a + …
TEST(TailSeries, OfAConstant) {
  Function function = [](const Real &a) { return a - a * a / (Real(1.0) + a); };
  auto series = findInverseSeries(function, /*isF64=*/true);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->variable, Variable::Inverse);
  EXPECT_TRUE(series->power.isZero());
  expectClose(*series, function, 58);
}

/// The bound goes with the scale.
TEST(TailSeries, FarAndNear) {
  Function wide = [](const Real &a) {
    return evaluateUnary("sqrt", Real(10000.0) + a * a) - a;
  };
  auto far = findInverseSeries(wide, /*isF64=*/false);
  ASSERT_TRUE(far);
  EXPECT_GE(far->getBound(), 64);
  EXPECT_LE(far->getBound(), 256);
  Function narrow = [](const Real &a) {
    return evaluateUnary("sqrt", Real(0.0001) + a * a) - a;
  };
  auto near = findInverseSeries(narrow, /*isF64=*/false);
  ASSERT_TRUE(near);
  EXPECT_LE(near->getBound(), 0.05);
}

TEST(TailSeries, PowersThatAreNotWhole) {
  Function function = [](const Real &a) {
    Real third = Real(1.0) / Real(3.0);
    return pow(Real(1.0) + a * a, third) - pow(a * a, third);
  };
  auto series = findInverseSeries(function, /*isF64=*/true);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->power, Real(-4.0) / Real(3.0));
  expectClose(*series, function, 58);
}

TEST(TailSeries, NeedsAPowerSeries) {
  const Function functions[] = {
      [](const Real &a) { return evaluateUnary("exp", -a); },
      [](const Real &a) { return evaluateUnary("log", a); },
      [](const Real &a) { return a * evaluateUnary("log", a); },
      [](const Real &a) { return evaluateUnary("sin", a); },
      [](const Real &a) {
        return Real(1.0) + Real(1.0) / evaluateUnary("log", a);
      },
      [](const Real &) { return Real(NAN); }};
  for (Function function : functions)
    EXPECT_FALSE(findInverseSeries(function, /*isF64=*/false));
}

} // namespace
} // namespace actin
