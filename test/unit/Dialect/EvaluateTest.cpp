//===- EvaluateTest.cpp - The interpreter -----------------------------===//

#include "FormulaFixture.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace actin {
namespace {

using EvaluateTest = FormulaFixture;

const char *everything = R"(
activation f(x, y; a = 0.5) {
  let z = exp(x) - y / (2 + a * a) clamp [-10, exp_max]
  let c = where(x < y and not (x == a) or y >= 3, min(z, a), max(z, -a))
  return c + clip(x, -1, 1) ** 2 + softplus(y) * sigmoid(-x) - logsigmoid(a) +
    erfc(x) * normcdf(y) + normpdf(a) + rsqrt(2 + abs(x)) + round(y) + sign(x) +
    where(x <= 0, 1, 0) + where(x > 1, 1, 0) + where(x != y, 0.5, 0.25)
})";

/// The same in double, by hand.
double evaluateEverything(double x, double y, double a) {
  auto softplus = [](double t) { return std::log1p(std::exp(t)); };
  double z = std::max(std::exp(x) - y / (2 + a * a), -10.0);
  bool isFirst = (x < y && x != a) || y >= 3;
  double c = isFirst ? std::min(z, a) : std::max(z, -a);
  double square = std::pow(std::clamp(x, -1.0, 1.0), 2);
  return c + square + softplus(y) / (1 + std::exp(x)) + softplus(-a) +
         std::erfc(x) * std::erfc(-y * M_SQRT1_2) / 2 +
         std::exp(-a * a / 2) / std::sqrt(2 * M_PI) +
         1 / std::sqrt(2 + std::fabs(x)) + std::nearbyint(y) + (x > 0) -
         (x < 0) + (x <= 0) + (x > 1) + (x != y ? 0.5 : 0.25);
}

TEST_F(EvaluateTest, EveryOperation) {
  func::FuncOp function = import(everything);
  ASSERT_TRUE(function);
  for (double x : {-3.0, -0.5, 0.0, 0.5, 2.25})
    for (double y : {-2.0, 0.5, 3.5})
      EXPECT_NEAR(evaluate(function, {x, y, 0.5}).toDouble(),
                  evaluateEverything(x, y, 0.5), 1e-13)
          << x << ' ' << y;
}

TEST_F(EvaluateTest, IntermediateValues) {
  func::FuncOp function = import("activation f(x) = tanh(exp(x))");
  auto values = act::evaluateAll(function, {Real(0.0)});
  ASSERT_TRUE(succeeded(values));
  Value exp = function.front().front().getResult(0);
  EXPECT_EQ(values->at(exp).toDouble(), 1.0);
  EXPECT_EQ(values->at(function.getArgument(0)).toDouble(), 0.0);
}

TEST_F(EvaluateTest, NotANumberPropagatesButNotThroughSelection) {
  func::FuncOp function = import("activation f(x) = where(x > 0, log(x), 7)");
  EXPECT_EQ(evaluate(function, {-1.0}).toDouble(), 7.0);
  function = import("activation f(x) = max(log(x), 7)");
  EXPECT_TRUE(evaluate(function, {-1.0}).isNaN());
}

TEST_F(EvaluateTest, WrongNumberOfArguments) {
  func::FuncOp function = import("activation f(x) = x");
  EXPECT_TRUE(failed(act::evaluate(function, {})));
}

} // namespace
} // namespace actin
