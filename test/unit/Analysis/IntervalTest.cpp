//===- IntervalTest.cpp - No value escapes its interval -------------------===//

#include "Analysis/Interval.h"
#include "Expr/EvaluateNode.h"

#include <gtest/gtest.h>

#include <random>

namespace actin {
namespace {

struct Operation {
  ExprKind kind;
  unsigned numOperands;
  std::string name;
};

std::vector<Operation> listOperations() {
  std::vector<Operation> list = {{ExprKind::Add, 2, "add"},
                                 {ExprKind::Sub, 2, "sub"},
                                 {ExprKind::Mul, 2, "mul"},
                                 {ExprKind::Div, 2, "div"},
                                 {ExprKind::Neg, 1, "neg"},
                                 {ExprKind::Pow, 2, "pow"},
                                 {ExprKind::Min, 2, "min"},
                                 {ExprKind::Max, 2, "max"},
                                 {ExprKind::Clip, 3, "clip"},
                                 {ExprKind::Clamp, 3, "clamp"},
                                 {ExprKind::Less, 2, "less"},
                                 {ExprKind::LessEqual, 2, "lessEqual"},
                                 {ExprKind::Greater, 2, "greater"},
                                 {ExprKind::Equal, 2, "equal"},
                                 {ExprKind::NotEqual, 2, "notEqual"},
                                 {ExprKind::GreaterEqual, 2, "greaterEqual"}};
#define ACTIN_UNARY_FUNCTION(kind, name)                                       \
  list.push_back({ExprKind::kind, 1, #name});
#include "actin/Functions.def"
  return list;
}

/// Ends of all magnitudes, and often such as matter: 0, 1, integers.
class RandomIntervals {
public:
  double drawEnd() {
    switch (generator() % 6) {
    case 0:
      return double(int(generator() % 9)) - 4;
    case 1:
      return 0.5 * (double(int(generator() % 9)) - 4);
    case 2:
      return std::ldexp(drawUnit(), int(generator() % 2000) - 1000);
    case 3:
      return 100 * drawUnit();
    default:
      return 4 * drawUnit();
    }
  }
  Interval draw() {
    double a = drawEnd();
    double b = generator() % 3 ? drawEnd() : a * (1 + 1e-6 * drawUnit());
    return {std::min(a, b), std::max(a, b)};
  }
  double drawMember(const Interval &interval) {
    unsigned choice = generator() % 5;
    if (choice < 2)
      return choice ? interval.lower : interval.upper;
    double t = (drawUnit() + 1) / 2;
    double member = interval.lower * (1 - t) + interval.upper * t;
    return std::clamp(member, interval.lower, interval.upper);
  }

private:
  double drawUnit() {
    return std::uniform_real_distribution<double>(-1, 1)(generator);
  }
  std::mt19937 generator{20260611};
};

bool holds(const Interval &interval, const Real &value) {
  return !(value < Real(interval.lower)) && !(Real(interval.upper) < value);
}

class EveryOperation : public testing::TestWithParam<Operation> {};

TEST_P(EveryOperation, HoldsWhatItsOperandsMake) {
  const Operation &operation = GetParam();
  RandomIntervals random;
  for (int i = 0; i < 600; ++i) {
    llvm::SmallVector<Interval, 3> operands;
    for (unsigned k = 0; k < operation.numOperands; ++k)
      operands.push_back(random.draw());
    Interval result = evaluateInterval(operation.kind, operands);
    for (int j = 0; j < 6; ++j) {
      llvm::SmallVector<Real, 3> members;
      std::string text;
      for (const Interval &operand : operands) {
        members.push_back(random.drawMember(operand));
        text += members.back().toString() + " ";
      }
      Real value = evaluateNode(operation.kind, members);
      if (value.isNaN())
        EXPECT_TRUE(result.mayBeUndefined) << text;
      else if (value.isInfinity())
        EXPECT_TRUE(result.mayBePole || holds(result, value)) << text;
      else
        ASSERT_TRUE(holds(result, value))
            << text << "-> " << value.toString() << " not in [" << result.lower
            << ", " << result.upper << "]";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Interval, EveryOperation,
                         testing::ValuesIn(listOperations()),
                         [](const auto &info) { return info.param.name; });

Interval apply(ExprKind kind, Interval x) {
  return evaluateInterval(kind, {x});
}

TEST(Interval, PointsStayTight) {
  for (double x : {-30.0, -3.0, -0.3, 0.7, 2.0, 15.0})
    for (ExprKind kind : {ExprKind::Exp, ExprKind::Sigmoid, ExprKind::Normcdf,
                          ExprKind::Softplus, ExprKind::Sin, ExprKind::Erfc}) {
      Interval y = apply(kind, Interval::point(x));
      EXPECT_LE(y.width(), 4 * 0x1p-52 * y.magnitude())
          << getFunctionName(kind).str() << x;
    }
}

TEST(Interval, ExtremesInside) {
  Interval sin = apply(ExprKind::Sin, {1, 2});
  EXPECT_EQ(sin.upper, 1);
  EXPECT_NEAR(sin.lower, std::sin(1.0), 1e-15);
  EXPECT_EQ(apply(ExprKind::Cos, {3, 4}).lower, -1);
  EXPECT_LT(apply(ExprKind::Cos, {3.2, 4}).upper, 0);
  EXPECT_EQ(apply(ExprKind::Cosh, {-1, 2}).lower, 1);
  EXPECT_EQ(apply(ExprKind::Abs, {-3, 2}).upper, 3);
  Interval square = evaluateInterval(ExprKind::Mul, {{-1, 2}, {-1, 2}}, true);
  EXPECT_EQ(square.lower, 0);
  EXPECT_EQ(square.upper, 4);
}

TEST(Interval, PolesAndDomains) {
  Interval reciprocal =
      evaluateInterval(ExprKind::Div, {Interval::point(1), {-1, 2}});
  EXPECT_TRUE(reciprocal.mayBePole);
  EXPECT_EQ(reciprocal.upper, INFINITY);
  Interval log = apply(ExprKind::Log, {-1, 1});
  EXPECT_TRUE(log.mayBeUndefined && log.mayBePole);
  EXPECT_EQ(log.lower, -INFINITY);
  EXPECT_EQ(log.upper, 0);
  EXPECT_TRUE(apply(ExprKind::Log, {-2, -1}).isEmpty());
  EXPECT_FALSE(apply(ExprKind::Log, {1, 2}).mayBePole);
  EXPECT_TRUE(apply(ExprKind::Tan, {1, 2}).mayBePole);
  EXPECT_FALSE(apply(ExprKind::Tan, {2, 4}).mayBePole);
}

TEST(Interval, OverflowIsNoNumber) {
  Interval exp = apply(ExprKind::Exp, {700, 800});
  EXPECT_EQ(exp.upper, INFINITY);
  EXPECT_TRUE(std::isfinite(exp.lower));
  Interval tiny = apply(ExprKind::Exp, {-2000, -1000});
  EXPECT_EQ(tiny.lower, 0);
  EXPECT_GT(tiny.upper, 0); // Not 0: the exact value is positive.
}

TEST(Interval, SelectionsKnowWhatTheyDoNotSelect) {
  Interval x{1, 2}, zero = Interval::point(0);
  Interval positive = evaluateInterval(ExprKind::Greater, {x, zero});
  Interval log = apply(ExprKind::Log, {-2, -1});
  Interval chosen = evaluateInterval(ExprKind::Where, {positive, x, log});
  EXPECT_FALSE(chosen.mayBeUndefined || chosen.mayJump);
  EXPECT_EQ(chosen.upper, 2);
  Interval either = evaluateInterval(ExprKind::Greater, {{-1, 1}, zero});
  EXPECT_TRUE(evaluateInterval(ExprKind::Where, {either, x, zero}).mayJump);
}

} // namespace
} // namespace actin
