//===- ExpandTailsTest.cpp - Series where terms cancel far from 0 ---------===//

#include "Transforms/ExpandTails.h"

#include "Transforms/PlanKernel.h"

#include "../Dialect/FormulaFixture.h"

using namespace mlir;

namespace actin {
namespace {

class ExpandTailsTest : public FormulaFixture {
protected:
  /// The kernel for `text` of `outputs`, with series in its tails.
  func::FuncOp expand(const char *text, const KernelOutputs &outputs) {
    auto kernel = planKernel(import(text), outputs);
    EXPECT_TRUE(succeeded(kernel)) << errors;
    if (auto derived = copyForTails(*kernel)) {
      expandTails(*kernel, *derived, /*isF64=*/true);
      derived->erase();
      derived.release();
    }
    return *kernel;
  }

  static unsigned countSelections(func::FuncOp kernel) {
    return llvm::range_size(kernel.front().getOps<act::WhereOp>());
  }

  /// Its one result at x, in 113 bits.
  static double evaluate(func::FuncOp kernel, double x) {
    auto results = act::evaluate(kernel, {x});
    return succeeded(results) ? results->front().toDouble() : NAN;
  }
};

const char logSoftplus[] = "activation f(x) = log(log(1 + exp(x)))";

/// Where e^x is below 2^-113, as derived there is nothing left: -e^x / 2.
TEST_F(ExpandTailsTest, PowersOfAnExponential) {
  func::FuncOp kernel = expand(logSoftplus, {false, {}, {"x"}});
  EXPECT_EQ(countSelections(kernel), 1u);
  for (double x : {-90.0, -200.0})
    EXPECT_NEAR(evaluate(kernel, x) / std::exp(x), -0.5, 1e-15);
  // On the other side nothing cancels.
  double l = std::log1p(std::exp(1.0)), s = 1 / (1 + std::exp(-1.0));
  EXPECT_NEAR(evaluate(kernel, 1), s * (1 - s) / l - s * s / (l * l), 1e-15);
}

/// e^(x^2) erfc(x) is 1 / (x sqrt(pi)) (1 - 1 / (2 x^2) …): the second
/// derivative begins with 2 / (x^3 sqrt(pi)).
TEST_F(ExpandTailsTest, PowersOfTheInverse) {
  func::FuncOp kernel =
      expand("activation f(x) = exp(x * x) * erfc(x)", {false, {}, {"x"}});
  EXPECT_EQ(countSelections(kernel), 1u);
  for (double x : {1e4, 1e80})
    EXPECT_NEAR(evaluate(kernel, x) * x * x * x, 1.1283791670955126, 1e-7);
}

TEST_F(ExpandTailsTest, OnlySecondDerivativesOfOneInputThatCancel) {
  EXPECT_EQ(countSelections(expand(logSoftplus, {true, {"x"}, {}})), 0u);
  EXPECT_EQ(countSelections(expand("activation g(x, y) = log(y + exp(x))",
                                   {false, {}, {"x"}})),
            0u);
  EXPECT_EQ(countSelections(
                expand("activation h(x) = x * exp(-x)", {false, {}, {"x"}})),
            0u);
}

} // namespace
} // namespace actin
