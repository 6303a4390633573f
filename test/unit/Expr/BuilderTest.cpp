//===- BuilderTest.cpp - The C++ front door makes the parser's graph ------===//

#include "Expr/ExprGraph.h"
#include "actin/Module.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

/// Node for node, whatever the order in which the nodes were made.
void expectSameGraph(const Activation &built, const char *text) {
  Expected<Module> module = parseModule(text);
  ASSERT_TRUE(module) << render(module.error(), text, "text");
  const Activation &parsed = module->getActivations().front();
  EXPECT_EQ(built.print(), parsed.print());
  const ExprGraph &a = *built.getBody().getGraph();
  const ExprGraph &b = *parsed.getBody().getGraph();
  std::vector<std::pair<NodeId, NodeId>> pending{
      {built.getBody().getId(), parsed.getBody().getId()}};
  while (!pending.empty()) {
    auto [x, y] = pending.back();
    pending.pop_back();
    const ExprNode &left = a.getNode(x), &right = b.getNode(y);
    ASSERT_EQ(left.kind, right.kind);
    ASSERT_EQ(left.operands.size(), right.operands.size());
    if (left.kind == ExprKind::Constant)
      EXPECT_TRUE(a.getConstant(x) == b.getConstant(y));
    if (left.kind == ExprKind::Argument)
      EXPECT_EQ(left.index, right.index);
    for (size_t i = 0; i != left.operands.size(); ++i)
      pending.push_back({left.operands[i], right.operands[i]});
  }
}

TEST(Builder, MakesTheParsersGraph) {
  ActivationBuilder builder("f");
  Expr x = builder.input("x");
  Expr beta = builder.parameter("beta", 1.5);
  Expected<Activation> f = builder.build(
      where(x > 0.0 && !(x >= 0.1), x * sigmoid(beta * x), -x + -3.0) +
      clip(pow(x, 2.0), 0.044715, 6.0) - clamp(x, -88.0, 88.0));
  ASSERT_TRUE(f);
  expectSameGraph(*f, "activation f(x; beta = 1.5) = where(x > 0 and not x >= "
                      "0.1, x * sigmoid(beta * x), -x - 3) + clip(x**2, "
                      "0.044715, 6) - (x clamp [-88, 88])");
}

TEST(Builder, RefusesWhatIsWrong) {
  ActivationBuilder other("g");
  Expr foreign = other.input("x");
  ActivationBuilder builder("f");
  Expr x = builder.input("x");
  EXPECT_FALSE(builder.build(x + foreign));
  EXPECT_FALSE(builder.build(Expr()));
  EXPECT_FALSE(ActivationBuilder("f").build(x));
  builder.input("x");
  EXPECT_FALSE(builder.build(x));
  ActivationBuilder reserved("f");
  EXPECT_FALSE(reserved.build(reserved.input("exp")));
}

} // namespace
