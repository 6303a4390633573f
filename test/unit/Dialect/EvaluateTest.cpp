//===- EvaluateTest.cpp - The two interpreters ----------------------------===//

#include "FormulaFixture.h"

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

TEST_F(EvaluateTest, BothAgree) {
  func::FuncOp function = import(everything);
  ASSERT_TRUE(function);
  auto evaluator = act::Evaluator::create(function);
  ASSERT_TRUE(succeeded(evaluator));
  EXPECT_EQ(evaluator->getNumArguments(), 3u);
  EXPECT_EQ(evaluator->getNumResults(), 1u);
  for (double x : {-3.0, -0.5, 0.0, 0.5, 2.25})
    for (double y : {-2.0, 0.5, 3.5}) {
      evaluator->evaluate({x, y, 0.5});
      Real exact = evaluate(function, {x, y, 0.5});
      EXPECT_NEAR(evaluator->getResult(0), exact.toDouble(), 1e-13)
          << x << ' ' << y;
    }
}

TEST_F(EvaluateTest, IntermediateValues) {
  func::FuncOp function = import("activation f(x) = tanh(exp(x))");
  auto evaluator = act::Evaluator::create(function);
  ASSERT_TRUE(succeeded(evaluator));
  evaluator->evaluate({0.0});
  Value exp = function.front().front().getResult(0);
  EXPECT_EQ(evaluator->getValue(exp), 1.0);
  EXPECT_EQ(evaluator->getValue(function.getArgument(0)), 0.0);
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
