//===- NarrowTest.cpp - Branches are judged where they are chosen ---------===//

#include "Analysis/Narrow.h"
#include "Analysis/IntervalEvaluator.h"
#include "Expr/EvaluateNode.h"
#include "actin/Expr.h"

#include <gtest/gtest.h>

#include <random>

namespace actin {
namespace {

Activation make(const std::function<Expr(const Expr &)> &formula) {
  ActivationBuilder builder("f");
  return *builder.build(formula(builder.input("x")));
}

Interval evaluate(const Activation &activation, Interval x) {
  return IntervalEvaluator(activation).evaluate({x});
}

TEST(Narrow, ABranchIsJudgedWhereItIsChosen) {
  Activation root =
      make([](const Expr &x) { return where(x >= 0, sqrt(x), -x); });
  Interval values = evaluate(root, {-4, 9});
  EXPECT_FALSE(values.mayBeUndefined);
  EXPECT_EQ(values.lower, 0);
  EXPECT_EQ(values.upper, 4);
  // sqrt(9) = 3, and -x goes to 4 on the left only.
  EXPECT_EQ(evaluate(root, {-1, 9}).upper, 3);
}

TEST(Narrow, ThroughTermsAndFactors) {
  Activation inner =
      make([](const Expr &x) { return where(abs(2 * x + 1) < 3, x, 0); });
  Interval values = evaluate(inner, {-100, 100});
  EXPECT_NEAR(values.lower, -2, 1e-12);
  EXPECT_NEAR(values.upper, 1, 1e-12);
  Activation square =
      make([](const Expr &x) { return where(x * x < 4, 1.0 * x, 0); });
  EXPECT_GE(evaluate(square, {-100, 100}).upper, 2);
}

TEST(Narrow, NegationsAndConjunctions) {
  Activation band =
      make([](const Expr &x) { return where(x > -1 && x < 2, x, 0); });
  Interval values = evaluate(band, {-100, 100});
  EXPECT_EQ(values.lower, -1);
  EXPECT_EQ(values.upper, 2);
  Activation outside =
      make([](const Expr &x) { return where(x < -1 || x > 2, 0, x); });
  values = evaluate(outside, {-100, 100});
  EXPECT_EQ(values.lower, -1);
  EXPECT_EQ(values.upper, 2);
}

TEST(Narrow, NestedSelections) {
  Activation steps = make([](const Expr &x) {
    return where(x > 2, 1, where(x > -2, x / 2, log(-x)));
  });
  Interval values = evaluate(steps, {-3, 100});
  EXPECT_FALSE(values.mayBeUndefined || values.mayBePole);
  EXPECT_EQ(values.lower, -1);
  EXPECT_NEAR(values.upper, std::log(3.0), 1e-15);
}

TEST(Narrow, NoValueEscapes) {
  Activation formula = make([](const Expr &x) {
    Expr y = exp(x) - 3;
    return where(y > 2 * x, y * x, where(x * x + x < 1, x / 3 - y, abs(x)));
  });
  IntervalEvaluator intervals(formula);
  PointEvaluator points(formula);
  std::mt19937 generator(5);
  std::uniform_real_distribution<double> draw(-6, 6);
  for (int i = 0; i < 2000; ++i) {
    double a = draw(generator), b = i % 2 ? draw(generator) : a + 0.01;
    Interval values =
        intervals.evaluate({Interval(std::min(a, b), std::max(a, b))});
    for (double t : {0.0, 0.3, 0.5, 1.0}) {
      double x = std::clamp(a + t * (b - a), std::min(a, b), std::max(a, b));
      double value = points.evaluate(llvm::ArrayRef<double>(x)).toDouble();
      ASSERT_LE(values.lower, value) << a << " " << b << " " << x;
      ASSERT_GE(values.upper, value) << a << " " << b << " " << x;
    }
  }
}

TEST(Narrow, ArgumentsOfARange) {
  Activation line = make([](const Expr &x) { return 2 * x - 1; });
  auto arguments =
      IntervalEvaluator(line).narrowArguments({Interval(-9, 9)}, {1, INFINITY});
  ASSERT_TRUE(arguments.has_value());
  EXPECT_NEAR((*arguments)[0].lower, 1, 1e-12);
  EXPECT_EQ((*arguments)[0].upper, 9);
  EXPECT_FALSE(IntervalEvaluator(line)
                   .narrowArguments({Interval(-9, 9)}, {100, INFINITY})
                   .has_value());
}

} // namespace
} // namespace actin
