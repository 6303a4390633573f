//===- ChangeTest.cpp - No change is larger than its bound ----------------===//

#include "Analysis/Change.h"
#include "Expr/EvaluateNode.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <random>

namespace actin {
namespace {

struct Operation {
  ExprKind kind;
  unsigned numOperands;
  std::string name;
};

std::vector<Operation> listOperations() {
  std::vector<Operation> list = {
      {ExprKind::Add, 2, "add"},    {ExprKind::Sub, 2, "sub"},
      {ExprKind::Mul, 2, "mul"},    {ExprKind::Div, 2, "div"},
      {ExprKind::Neg, 1, "neg"},    {ExprKind::Pow, 2, "pow"},
      {ExprKind::Min, 2, "min"},    {ExprKind::Max, 2, "max"},
      {ExprKind::Clip, 3, "clip"},  {ExprKind::Less, 2, "less"},
      {ExprKind::Where, 3, "where"}};
#define ACTIN_UNARY_FUNCTION(kind, name)                                       \
  list.push_back({ExprKind::kind, 1, #name});
#include "actin/Functions.def"
  return list;
}

/// A value before and after, and what is known of it.
struct Sample {
  Real before, after;
  ChangingValue known;
};

class RandomSamples {
public:
  Sample draw() {
    double before = drawNumber();
    switch (generator() % 4) {
    case 0:
      return {before, before, ChangingValue::fixed(around(before))};
    case 1: { // A change that is small beside the value.
      double relative = std::ldexp(drawUnit(), -int(generator() % 60));
      return make(before, before * (1 + relative));
    }
    case 2:
      return make(before, before + std::ldexp(drawUnit(), -20));
    default:
      return make(before, drawNumber());
    }
  }
  Sample drawTruth() {
    Interval either(0, 1);
    if (generator() % 2)
      return {1.0, 1.0, ChangingValue::fixed(either)};
    return {0.0, 1.0, ChangingValue::within(either)};
  }

private:
  Sample make(double before, double after) {
    ChangingValue known = ChangingValue::within(
        {std::min(before, after), std::max(before, after)});
    return {before, after, known};
  }
  Interval around(double value) {
    double width = std::fabs(value) * double(generator() % 2);
    return {value - width, value + width};
  }
  double drawUnit() {
    return std::uniform_real_distribution<double>(-1, 1)(generator);
  }
  double drawNumber() {
    switch (generator() % 5) {
    case 0:
      return double(int(generator() % 9)) - 4;
    case 1:
      return std::ldexp(drawUnit(), int(generator() % 600) - 300);
    case 2:
      return 800 * drawUnit();
    default:
      return 8 * drawUnit();
    }
  }
  std::mt19937 generator{77};
};

class EveryChange : public testing::TestWithParam<Operation> {};

TEST_P(EveryChange, StaysWithinItsBounds) {
  const Operation &operation = GetParam();
  RandomSamples random;
  for (int i = 0; i < 1000; ++i) {
    llvm::SmallVector<ChangingValue, 3> known;
    llvm::SmallVector<Real, 3> before, after;
    for (unsigned k = 0; k < operation.numOperands; ++k) {
      bool isTruth = operation.kind == ExprKind::Where && k == 0;
      Sample sample = isTruth ? random.drawTruth() : random.draw();
      known.push_back(sample.known);
      before.push_back(sample.before);
      after.push_back(sample.after);
    }
    ChangingValue bound = evaluateChange(operation.kind, known);
    Real first = evaluateNode(operation.kind, before);
    Real second = evaluateNode(operation.kind, after);
    if (first.isNaN())
      continue;
    std::string text = before[0].toString() + " -> " + after[0].toString() +
                       (known.size() > 1 ? ", " + before[1].toString() +
                                               " -> " + after[1].toString()
                                         : "");
    if (second.isNaN() || first.isInfinity() || second.isInfinity()) {
      EXPECT_TRUE(first == second || bound.losesDomain ||
                  bound.values.magnitude() == INFINITY)
          << text;
      continue;
    }
    // 113 bits round, too, and so does double in its subnormal range.
    long double size = std::fabs(first.toDouble());
    long double moved = std::fabs((second - first).toDouble());
    if (std::isinf(size) || std::isinf(moved))
      continue;
    long double slack = size * 0x1p-100L + DBL_TRUE_MIN;
    EXPECT_LE(moved, bound.difference * (1 + 0x1p-50L) + slack) << text;
    if (size > 0)
      EXPECT_LE(moved, bound.relative * size * (1 + 0x1p-50L) + slack) << text;
    EXPECT_LE(size, bound.magnitude * (1 + 0x1p-50L) + slack) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Change, EveryChange,
                         testing::ValuesIn(listOperations()),
                         [](const auto &info) { return info.param.name; });

TEST(Change, BelowTheRangeOfDouble) {
  ChangingValue u = ChangingValue::within({-INFINITY, -1600});
  ChangingValue tail = evaluateChange(ExprKind::Exp, {u});
  EXPECT_GT(tail.difference, 0);
  EXPECT_LT(tail.difference, std::exp(-1599.0L));
  ChangingValue factor = ChangingValue::fixed({-DBL_MAX, DBL_MAX});
  EXPECT_LT(evaluateChange(ExprKind::Mul, {tail, factor}).difference,
            (long double)DBL_TRUE_MIN);
}

TEST(Change, OneMinusATail) {
  ChangingValue u = ChangingValue::within({100, INFINITY});
  for (ExprKind kind : {ExprKind::Sigmoid, ExprKind::Tanh, ExprKind::Normcdf})
    EXPECT_LT(evaluateChange(kind, {u}).relative, 1e-43L);
}

TEST(Change, FactorsAreOneThing) {
  // |x| up to the largest number, but relative changes pass through.
  ChangingValue x = ChangingValue::fixed({-FLT_MAX, FLT_MAX});
  ChangingValue s = evaluateChange(ExprKind::Sigmoid,
                                   {ChangingValue::within({50, INFINITY})});
  EXPECT_LT(evaluateChange(ExprKind::Mul, {x, s}).relative, 1e-21L);
}

} // namespace
} // namespace actin
