//===- SimplifyTest.cpp - Algebra on small formulas -----------------------===//

#include "Transforms/Simplify.h"

#include "../Dialect/FormulaFixture.h"

#include <chrono>

using namespace mlir;

namespace actin {
namespace {

class SimplifyTest : public FormulaFixture {
protected:
  std::string simplified(const std::string &body,
                         const SimplifyOptions &options = {}) {
    func::FuncOp function = import("activation f(x, y) = " + body);
    if (!function)
      return "";
    simplify(function, options);
    return printBody(function);
  }
};

TEST_F(SimplifyTest, Constants) {
  EXPECT_EQ(simplified("0.5 * 2 * x"), "x");
  EXPECT_EQ(simplified("3 * 0.044715 * x"), "0.134145 * x");
  EXPECT_EQ(simplified("x + sqrt(4) + exp(0)"), "x + 3");
  EXPECT_EQ(simplified("x * sqrt(2)"), "sqrt(2) * x");
  EXPECT_EQ(simplified("x / 3"), "x / 3");
  EXPECT_EQ(simplified("2 * pi * x"), "2 * pi * x");
  EXPECT_EQ(simplified("x * log(-1)"), "log(-1) * x");
  EXPECT_EQ(simplified("x / 0"), "x / 0");
}

TEST_F(SimplifyTest, NeutralElementsAndSigns) {
  EXPECT_EQ(simplified("x + 0 * y"), "x");
  EXPECT_EQ(simplified("x * 1 - 0"), "x");
  EXPECT_EQ(simplified("x - -y"), "x + y");
  EXPECT_EQ(simplified("--x"), "x");
  EXPECT_EQ(simplified("1 - (1 - x)"), "x");
  EXPECT_EQ(simplified("-(x - y)"), "y - x");
  EXPECT_EQ(simplified("x ** 1 + y ** 0"), "x + 1");
}

TEST_F(SimplifyTest, LikeTermsAndPowers) {
  EXPECT_EQ(simplified("x + x"), "2 * x");
  EXPECT_EQ(simplified("2 * x + y - x * 2"), "y");
  EXPECT_EQ(simplified("x * x"), "x**2");
  EXPECT_EQ(simplified("x ** 2 * x ** 3"), "x**5");
  EXPECT_EQ(simplified("exp(x) * exp(-x)"), "1");
  EXPECT_EQ(simplified("x * sign(x)"), "abs(x)");
  EXPECT_EQ(simplified("sqrt(x ** 2)"), "abs(x)");
}

TEST_F(SimplifyTest, CommonFactors) {
  EXPECT_EQ(simplified("sin(x) * y + sin(x)"), "sin(x) * (y + 1)");
  EXPECT_EQ(simplified("x / 6 + y / 6"), "(x + y) / 6");
  EXPECT_EQ(simplified("0.5 * x + 0.5 * y"), "0.5 * (x + y)");
  EXPECT_EQ(simplified("x + 3 * x ** 3"), "x + 3 * x**3");
}

TEST_F(SimplifyTest, Fractions) {
  EXPECT_EQ(simplified("1 / (1 + x**2) - x**2 / (1 + x**2)**2"),
            "1 / (1 + x**2)**2");
  EXPECT_EQ(simplified("x / y / y"), "x / y**2");
}

TEST_F(SimplifyTest, TheDomainIsKept) {
  EXPECT_EQ(simplified("x / x"), "x / x");
  EXPECT_EQ(simplified("sqrt(x) * sqrt(x)"),
            "{\n  let t1 = sqrt(x)\n  return t1 * t1\n}");
  EXPECT_EQ(simplified("x ** 2 / x"), "x**2 / x");
  SimplifyOptions cancel;
  cancel.cancelFactors = true;
  EXPECT_EQ(simplified("x / x", cancel), "1");
  EXPECT_EQ(simplified("sqrt(x) * sqrt(x)", cancel), "x");
  EXPECT_EQ(simplified("exp(x) * y / exp(x)"), "y");
  EXPECT_EQ(simplified("sqrt(exp(x)) * sqrt(exp(x))"), "exp(x)");
}

TEST_F(SimplifyTest, Selections) {
  EXPECT_EQ(simplified("where(x > 0, y, y)"), "y");
  EXPECT_EQ(simplified("where(1 < 2, x, y)"), "x");
  EXPECT_EQ(simplified("where(x > 0, where(x > 0, x, 1), y)"),
            "where(x > 0, x, y)");
  EXPECT_EQ(simplified("where(x > 0, where(y > 0, x, 1), 1)"),
            "where(x > 0 and y > 0, x, 1)");
  EXPECT_EQ(simplified("where(not (x > 0), x, y)"), "where(x > 0, y, x)");
  EXPECT_EQ(simplified("where(x + 3 < 6, x, y)"), "where(x < 3, x, y)");
  EXPECT_EQ(simplified("where(0 > -2 * x, x, y)"), "where(x > 0, x, y)");
  EXPECT_EQ(simplified("where(max(x, 0) < 6, x, y)"), "where(x < 6, x, y)");
  EXPECT_EQ(simplified("where(x > 0, 1, 0) + where(x > 0, y, 2)"),
            "where(x > 0, 1 + y, 2)");
  EXPECT_EQ(simplified("where(x > 0, 1, 0) + where(x > 0, 3, y)"),
            "where(x > 0, 4, y)");
}

TEST_F(SimplifyTest, ConditionsDecideInTheirBranch) {
  EXPECT_EQ(simplified("where(x > 0, 2 * max(x, 0), y)"),
            "where(x > 0, 2 * x, y)");
  EXPECT_EQ(simplified("where(x <= y, y / min(x, y), 0)"),
            "where(x <= y, y / x, 0)");
  EXPECT_EQ(simplified("where(x >= 1, abs(x), y)"), "where(x >= 1, x, y)");
  // The other branch is also that of a NaN, which max would have passed on.
  EXPECT_EQ(simplified("where(x > 0, y, max(x, 0))"),
            "where(x > 0, y, max(x, 0))");
  EXPECT_EQ(simplified("where(x > -1, abs(x), y)"), "where(x > -1, abs(x), y)");
  EXPECT_EQ(simplified("where(x > 1, max(x, 2), y)"),
            "where(x > 1, max(x, 2), y)");
}

TEST_F(SimplifyTest, Tangents) {
  EXPECT_EQ(simplified("sinh(x) / cosh(x)"), "tanh(x)");
  EXPECT_EQ(simplified("y * sin(x)**2 / cos(x)**2"), "y * tan(x)**2");
  EXPECT_EQ(simplified("sinh(x) / cosh(y)"), "sinh(x) / cosh(y)");
  EXPECT_EQ(simplified("sqrt(sin(x)) / sqrt(cos(x))"),
            "sqrt(sin(x)) / sqrt(cos(x))");
}

TEST_F(SimplifyTest, FoldsIrrationalConstantsWhenAsked) {
  SimplifyOptions fold;
  fold.foldIrrational = true;
  EXPECT_EQ(simplified("x * sqrt(2)", fold),
            "1.414213562373095048801688724209698 * x");
  EXPECT_EQ(simplified("x / 3", fold), "x / 3");
  EXPECT_EQ(simplified("x / 4", fold), "0.25 * x");
}

TEST_F(SimplifyTest, IsIdempotentOnTheStandardLibrary) {
  for (bool readable : {false, true})
    for (const Activation &activation : getStandardLibrary().getActivations()) {
      module = ModuleOp::create(UnknownLoc::get(&context));
      auto function = act::importActivation(activation, *module);
      SimplifyOptions options;
      options.readable = readable;
      simplify(*function, options);
      std::string once = printBody(*function);
      simplify(*function, options);
      EXPECT_EQ(printBody(*function), once) << activation.getName();
    }
}

TEST_F(SimplifyTest, TimeIsLinear) {
  // Long chains in which each step uses the one before it twice: flattened
  // without a bound, or expanded, these would take for ever.
  for (std::string step :
       {"# + x * y", "# * (x + 2)", "# * # + x", "(# + 1) * (# + y)",
        "exp(#) * #", "1 / # + 1 / (# + 1)", "where(# > 0, sin(#), 0)",
        "max(#, 0) * 2 + #", "# ** y", "# / (1 + # * #)"}) {
    std::string body = "activation f(x, y) {\n  let v0 = x\n";
    for (int i = 0; i < 2000; ++i) {
      std::string next = step;
      for (size_t at; (at = next.find('#')) != std::string::npos;)
        next.replace(at, 1, "v" + std::to_string(i));
      body += "  let v" + std::to_string(i + 1) + " = " + next + "\n";
    }
    func::FuncOp function = import(body + "  return v2000\n}");
    ASSERT_TRUE(function);
    auto start = std::chrono::steady_clock::now();
    simplify(function);
    std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), 4) << step;
  }
}

TEST_F(SimplifyTest, LeavesOtherDialectsAlone) {
  OpBuilder builder(&context);
  auto function = func::FuncOp::create(module->getLoc(), "f",
                                       builder.getFunctionType({}, {}));
  module->push_back(function);
  builder.setInsertionPointToEnd(function.addEntryBlock());
  func::CallOp::create(builder, module->getLoc(), function, ValueRange());
  func::ReturnOp::create(builder, module->getLoc());
  simplify(function);
  EXPECT_EQ(function.front().getOperations().size(), 2u);
}

} // namespace
} // namespace actin
