//===- PlanKernelTest.cpp - Everything that one kernel computes -----------===//

#include "Transforms/PlanKernel.h"

#include "../Dialect/FormulaFixture.h"

using namespace mlir;

namespace actin {
namespace {

class PlanKernelTest : public FormulaFixture {
protected:
  static std::string getResult(func::FuncOp kernel, unsigned index,
                               StringRef attribute) {
    auto text = kernel.getResultAttrOfType<StringAttr>(index, attribute);
    return text ? text.str() : "";
  }
};

TEST_F(PlanKernelTest, ResultsInOrderWithRoles) {
  func::FuncOp function = import("activation f(x, gate; a = 2, b[channel]) = "
                                 "a * x ** 2 * gate + b * x");
  auto kernel = planKernel(function, {true, {"b", "x", "a"}, {"x"}});
  ASSERT_TRUE(succeeded(kernel)) << errors;
  EXPECT_EQ(kernel->getName(), "kernel");
  ASSERT_EQ(kernel->getNumArguments(), 5u);
  auto dout = kernel->getArgAttrOfType<StringAttr>(4, "act.role");
  EXPECT_EQ(dout.getValue(), "dout");
  EXPECT_TRUE(kernel->getArgAttr(2, "act.default"));
  const char *roles[] = {"forward", "channel_sum", "gradient", "sum", "second"};
  const char *names[] = {"", "b", "x", "a", "x"};
  ASSERT_EQ(kernel->getNumResults(), 5u);
  for (unsigned i = 0; i < 5; ++i) {
    EXPECT_EQ(getResult(*kernel, i, "act.role"), roles[i]);
    EXPECT_EQ(getResult(*kernel, i, "act.name"), names[i]);
  }
  // x = 3, gate = 5, a = 2, b = 7, dout = 10.
  auto results = act::evaluate(*kernel, {3.0, 5.0, 2.0, 7.0, 10.0});
  ASSERT_TRUE(succeeded(results));
  double expected[] = {2 * 9 * 5 + 7 * 3, 10 * 3, 10 * (2 * 2 * 3 * 5 + 7),
                       10 * 9 * 5, 2 * 2 * 5};
  for (unsigned i = 0; i < 5; ++i)
    EXPECT_EQ((*results)[i].toDouble(), expected[i]);
}

TEST_F(PlanKernelTest, NoDoutWithoutGradients) {
  func::FuncOp function = import("activation f(x) = x ** 3");
  auto kernel = planKernel(function, {true, {}, {"x"}});
  ASSERT_TRUE(succeeded(kernel));
  EXPECT_EQ(kernel->getNumArguments(), 1u);
}

TEST_F(PlanKernelTest, ConstantsAreFoldedAndPartsShared) {
  func::FuncOp function =
      import("activation f(x) = x * tanh(sqrt(2 / pi) * exp(x))");
  auto kernel = planKernel(function, {true, {"x"}, {}});
  ASSERT_TRUE(succeeded(kernel));
  unsigned numExp = 0, numTanh = 0;
  kernel->walk([&](Operation *op) {
    numExp += isa<act::ExpOp>(op);
    numTanh += isa<act::TanhOp>(op);
    EXPECT_FALSE((isa<act::SqrtOp>(op)));
  });
  EXPECT_EQ(numExp, 1u);
  EXPECT_EQ(numTanh, 1u);
}

TEST_F(PlanKernelTest, AZeroSlopeStaysZeroForAnInfiniteGradient) {
  func::FuncOp function = import("activation f(x) = max(x, 0)");
  auto kernel = planKernel(function, {false, {"x"}, {}});
  ASSERT_TRUE(succeeded(kernel));
  auto results = act::evaluate(*kernel, {-1.0, Real::infinity()});
  ASSERT_TRUE(succeeded(results));
  EXPECT_EQ((*results)[0].toDouble(), 0.0);
}

TEST_F(PlanKernelTest, Errors) {
  func::FuncOp function = import("activation f(x; a = 1) = a * x");
  auto expectError = [&](const KernelOutputs &outputs, const char *text) {
    errors.clear();
    EXPECT_TRUE(failed(planKernel(function, outputs)));
    EXPECT_NE(errors.find(text), std::string::npos) << errors;
    EXPECT_FALSE(module->lookupSymbol("kernel"));
  };
  expectError({false, {}, {}}, "no output is asked for");
  expectError({true, {"y"}, {}}, "'f' has no input or parameter 'y'");
  expectError({true, {"x", "x"}, {}}, "'x' is asked for twice");
  expectError({true, {}, {"a"}}, "'a' is a parameter");
}

} // namespace
} // namespace actin
