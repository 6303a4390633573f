//===- ClampProofTest.cpp - What is proven harmless is harmless -----------===//

#include "Analysis/ClampProof.h"
#include "actin/Expr.h"

#include <gtest/gtest.h>

#include <functional>

namespace actin {
namespace {

/// The clamp on `operand(x)`, in `formula(x, clamp's value)`.
struct Case {
  std::string name;
  std::function<Expr(const Expr &x)> operand;
  std::function<Expr(const Expr &x, const Expr &v)> formula;
  double lower, upper;
  BoundEffect atLower, atUpper;
};

Expr same(const Expr &x) { return x; }

std::vector<Case> listCases() {
  constexpr auto unreached = BoundEffect::Unreached,
                 harmless = BoundEffect::Harmless,
                 unproven = BoundEffect::Unproven;
  auto own = [](Expr (*function)(const Expr &)) {
    return [=](const Expr &, const Expr &v) { return function(v); };
  };
  return {
      {"sigmoid", same, own(sigmoid), -110, 20, harmless, harmless},
      {"sigmoidTooNear", same, own(sigmoid), -100, 10, unproven, unproven},
      {"exp", same, own(exp), -110, 100, harmless, harmless},
      {"softplus", same, own(softplus), -110, 88, harmless, unproven},
      {"log", same, own(log), 0, 1e30, unproven, unproven},
      {"idle", [](const Expr &x) { return tanh(x); }, own(exp), -1, 1,
       unreached, unreached},
      {"oneSided", [](const Expr &x) { return x * x; }, own(exp), -1, 1,
       unreached, unproven},
      // At infinity x e^-200 is infinite.
      {"gate", same,
       [](const Expr &x, const Expr &v) { return x * sigmoid(v); }, -200, 200,
       unproven, harmless},
      // Where the bound is active the other branch is chosen.
      {"unselected", same,
       [](const Expr &x, const Expr &v) { return where(x > 0, x, exp(v)); },
       -110, 1, harmless, harmless},
      {"scaled", [](const Expr &x) { return 3 * x + 1; },
       [](const Expr &x, const Expr &v) { return where(x > 0, x, exp(v)); },
       -110, 2, harmless, harmless},
      {"jump", same,
       [](const Expr &x, const Expr &v) { return where(v > 50, x, 0); }, -1, 40,
       harmless, unproven},
  };
}

class EveryClamp : public testing::TestWithParam<Case> {};

TEST_P(EveryClamp, IsJudgedRightly) {
  const Case &test = GetParam();
  ActivationBuilder builder("f");
  Expr x = builder.input("x"), v = builder.input("v");
  ClampedFormulas formulas;
  formulas.graph = builder.getGraph();
  formulas.results = {test.formula(x, v).getId()};
  formulas.clamp = 1;
  formulas.operand = test.operand(x).getId();
  formulas.lower = formulas.graph->addConstant(test.lower);
  formulas.upper = formulas.graph->addConstant(test.upper);
  formulas.arguments = {Interval(), Interval()};
  EXPECT_EQ(proveBound(formulas, ClampBound::Lower, 0.25), test.atLower);
  EXPECT_EQ(proveBound(formulas, ClampBound::Upper, 0.25), test.atUpper);
}

INSTANTIATE_TEST_SUITE_P(ClampProof, EveryClamp, testing::ValuesIn(listCases()),
                         [](const auto &info) { return info.param.name; });

TEST(ClampProof, DependsOnTheType) {
  ActivationBuilder builder("f");
  builder.input("x");
  Expr v = builder.input("v");
  ClampedFormulas formulas;
  formulas.graph = builder.getGraph();
  formulas.results = {exp(v).getId()};
  formulas.clamp = 1;
  formulas.operand = builder.getGraph()->addArgument(0);
  formulas.lower = formulas.graph->addConstant(-200.0);
  formulas.upper = formulas.graph->addConstant(Real::infinity());
  formulas.arguments = {Interval(), Interval()};
  EXPECT_EQ(proveBound(formulas, ClampBound::Lower, 0.25),
            BoundEffect::Harmless);
  formulas.type = ComputeType::F64;
  EXPECT_EQ(proveBound(formulas, ClampBound::Lower, 0.25),
            BoundEffect::Unproven);
}

} // namespace
} // namespace actin
