//===- IndependentFactorsTest.cpp - Inputs that only scale ----------------===//

#include "Transforms/IndependentFactors.h"
#include "Transforms/PlanKernel.h"

#include "../Dialect/FormulaFixture.h"

using namespace mlir;

namespace actin {
namespace {

class IndependentFactorsTest : public FormulaFixture {
protected:
  std::string order(const std::string &formula) {
    func::FuncOp function =
        import("activation f(x, gate, y; a = 2) = " + formula);
    multiplyIndependentLast(function);
    return printBody(function);
  }
};

TEST_F(IndependentFactorsTest, AreMultipliedLast) {
  EXPECT_EQ(order("x * gate * sigmoid(gate)"), "x * (gate * sigmoid(gate))");
  EXPECT_EQ(order("gate * x * sigmoid(gate)"), "x * (gate * sigmoid(gate))");
  EXPECT_EQ(order("a * x * exp(gate) + y"), "x * (a * exp(gate)) + y");
  EXPECT_EQ(order("tanh(2 * x * normcdf(gate))"),
            "tanh(x * (2 * normcdf(gate)))");
}

TEST_F(IndependentFactorsTest, LeaveAQuotient) {
  EXPECT_EQ(order("x * exp(gate) / (1 + gate**2)"),
            "x * (exp(gate) / (1 + gate**2))");
  EXPECT_EQ(order("x * y / (1 + exp(gate))"), "y * (x / (1 + exp(gate)))");
  EXPECT_EQ(order("x / (1 + exp(gate))"), "x / (1 + exp(gate))");
}

// A product that nothing makes vanish stays: a small gate's would be subnormal.
TEST_F(IndependentFactorsTest, StayWhereTheyAre) {
  for (const char *formula :
       {"x * gate * sigmoid(x * gate)", "x * x * sigmoid(gate)",
        "x * sigmoid(x)", "gate / (1 + gate) * x * exp(x)", "x * gate * y",
        "x * gate * tanh(log(1 + exp(gate)))", "x * y / (1 + gate**2)"})
    EXPECT_EQ(order(formula),
              printBody(import(std::string("activation f(x, "
                                           "gate, y; a = 2) = ") +
                               formula)))
        << formula;
}

TEST_F(IndependentFactorsTest, TheIncomingGradientIsTheVeryLast) {
  func::FuncOp function =
      import("activation f(x, gate) = x * gate * sigmoid(gate)");
  auto kernel = planKernel(function, {false, {"x", "gate"}, {}});
  ASSERT_TRUE(succeeded(kernel)) << errors;
  multiplyIndependentLast(*kernel);
  Operation *terminator = kernel->front().getTerminator();
  Value dout = kernel->getArgument(2), x = kernel->getArgument(0);
  Value byX = terminator->getOperand(0), byGate = terminator->getOperand(1);
  EXPECT_EQ(peelIndependentFactors(byX), SmallVector<Value>({dout}));
  EXPECT_EQ(peelIndependentFactors(byGate), SmallVector<Value>({dout, x}));
  EXPECT_FALSE(collectCone(byGate).contains(x));
  EXPECT_TRUE(collectCone(byGate).contains(kernel->getArgument(1)));
}

} // namespace
} // namespace actin
