//===- DerivativesTest.cpp - Every derivative rule ------------------------===//
//
// Each rule against a central difference of the function itself, at 113 bits:
// with a step of 2^-30 the difference is right to about 1e-16.
//
//===----------------------------------------------------------------------===//

#include "FormulaFixture.h"

#include "Dialect/Act/RealBuilder.h"

using namespace mlir;

namespace actin {
namespace {

class DerivativesTest : public FormulaFixture {
protected:
  /// A function of the arguments of `source`, of which the second result is
  /// the tangent with respect to argument number `wrt`.
  func::FuncOp importWithTangent(const std::string &source, unsigned wrt) {
    func::FuncOp function = import(source);
    if (!function)
      return {};
    Operation *terminator = function.front().getTerminator();
    OpBuilder builder(terminator);
    Location location = function.getLoc();
    llvm::DenseMap<Value, Value> tangents;
    SmallVector<Operation *> operations;
    for (Operation &op : function.front().without_terminator())
      operations.push_back(&op);
    tangents[function.getArgument(wrt)] =
        act::ConstantOp::create(builder, location, Real(1.0));
    for (Operation *op : operations) {
      SmallVector<Value> incoming;
      for (Value operand : op->getOperands())
        incoming.push_back(tangents.lookup(operand));
      auto rule = dyn_cast<act::DifferentiableOpInterface>(op);
      if (!rule)
        continue;
      if (Value tangent = rule.buildTangent(builder, incoming))
        tangents[op->getResult(0)] = tangent;
    }
    Value result = terminator->getOperand(0);
    Value tangent = tangents.lookup(result);
    if (!tangent)
      tangent = act::ConstantOp::create(builder, location, Real(0.0));
    func::ReturnOp::create(builder, location, ValueRange{result, tangent});
    terminator->erase();
    Type real = result.getType();
    function.setFunctionType(
        builder.getFunctionType(function.getArgumentTypes(), {real, real}));
    return function;
  }

  void expectTangent(const std::string &source, std::vector<double> point,
                     unsigned wrt, double expected) {
    func::FuncOp function = importWithTangent(source, wrt);
    ASSERT_TRUE(function);
    std::vector<Real> arguments(point.begin(), point.end());
    auto results = act::evaluate(function, arguments);
    ASSERT_TRUE(succeeded(results));
    EXPECT_EQ((*results)[1].toDouble(), expected)
        << source << " at " << point[0];
  }

  void expectDifference(const std::string &source, std::vector<double> point,
                        unsigned wrt) {
    func::FuncOp function = importWithTangent(source, wrt);
    ASSERT_TRUE(function);
    std::vector<Real> arguments(point.begin(), point.end());
    auto atPoint = act::evaluate(function, arguments);
    Real step(0x1p-30), center = arguments[wrt];
    arguments[wrt] = center + step;
    auto above = act::evaluate(function, arguments);
    arguments[wrt] = center - step;
    auto below = act::evaluate(function, arguments);
    ASSERT_TRUE(succeeded(atPoint) && succeeded(above) && succeeded(below));
    Real difference = ((*above)[0] - (*below)[0]) / (step + step);
    ASSERT_FALSE(difference.isNaN()) << source << " at " << point[wrt];
    double scale = std::fabs(difference.toDouble()) + 1;
    EXPECT_LT(getError((*atPoint)[1], difference, scale), 1e-14)
        << source << " at " << point[wrt] << ": rule gives "
        << (*atPoint)[1].toDouble() << ", difference " << difference.toDouble();
  }
};

/// Points inside of every function's domain.
std::vector<double> getPoints(llvm::StringRef name) {
  if (name == "asin" || name == "acos" || name == "atanh")
    return {-0.875, -0.3, 0.4, 0.96875};
  if (name == "acosh")
    return {1.0625, 1.5, 4.0, 30.0};
  if (name.starts_with("log") && name != "logsigmoid")
    return {0.0625, 0.7, 1.3, 25.0};
  if (name == "sqrt" || name == "rsqrt")
    return {0.0625, 0.7, 1.3, 25.0};
  return {-4.3, -0.7, 0.0625, 0.8, 3.1};
}

TEST_F(DerivativesTest, EveryFunctionOfOneArgument) {
#define ACTIN_UNARY_FUNCTION(kind, name)                                       \
  for (double point : getPoints(#name))                                        \
    expectDifference("activation f(x) = " #name "(x)", {point}, 0);
#include "actin/Functions.def"
}

TEST_F(DerivativesTest, ArithmeticInEachOperand) {
  for (const char *body :
       {"x + y", "x - y", "x * y", "x / y", "-x * -y", "x ** y",
        "x ** 3 + y ** 2", "2 ** x / y", "min(x, y)", "max(x, y)",
        "clip(x, y, 9)", "clip(y, 0.1, x)", "clip(-x, y, 9)",
        "where(x < y, x * x, y * y * x)"})
    for (unsigned wrt : {0u, 1u})
      expectDifference(std::string("activation f(x, y) = ") + body, {2.5, 1.75},
                       wrt);
}

TEST_F(DerivativesTest, Kinks) {
  expectTangent("activation f(x) = abs(x)", {0}, 0, 0);
  expectTangent("activation f(x) = sign(x)", {0}, 0, 0);
  expectTangent("activation f(x) = floor(x) + ceil(x) + round(x)", {1}, 0, 0);
  expectTangent("activation f(x) = max(x, 0)", {0}, 0, 0);
  expectTangent("activation f(x) = max(0, x)", {0}, 0, 0);
  expectTangent("activation f(x) = min(x, 0)", {0}, 0, 0);
  expectTangent("activation f(x) = min(0, x)", {0}, 0, 0);
  expectTangent("activation f(x, y) = max(x, y)", {1, 1}, 0, 1);
  expectTangent("activation f(x, y) = max(x, y)", {1, 1}, 1, 0);
  expectTangent("activation f(x, y) = min(x, y)", {1, 1}, 0, 1);
  expectTangent("activation f(x, y) = min(x, y)", {1, 1}, 1, 0);
  expectTangent("activation f(x) = clip(x, -1, 1)", {-1}, 0, 1);
  expectTangent("activation f(x) = clip(x, -1, 1)", {1}, 0, 1);
  expectTangent("activation f(x) = clip(x, -1, 1)", {1.5}, 0, 0);
  expectTangent("activation f(x; a = 1) = clip(x, -1, a)", {1.5, 1}, 1, 1);
  expectTangent("activation f(x; a = 1) = clip(x, a, 9)", {0, 1}, 1, 1);
}

TEST_F(DerivativesTest, ClampIsNoPartOfTheFunction) {
  // z**3 at the clamped z = 2, times the slope of 5 * x.
  expectTangent("activation f(x) { \n let z = 5 * x clamp [-2, 2] \n"
                " return z ** 3 }",
                {7}, 0, 3 * 4 * 5);
}

TEST_F(DerivativesTest, UnselectedBranchesDoNoHarm) {
  expectTangent("activation f(x) = where(x > 0, sqrt(x), 0)", {-1}, 0, 0);
  expectTangent("activation f(x) = where(x > 0, log(x), x)", {0}, 0, 1);
  // An infinite slope outside of a selection whose own slope is zero.
  expectTangent("activation f(x) = sqrt(max(x, 0))", {-1}, 0, 0);
  expectTangent("activation f(x) = sqrt(where(x > 0, x, 0))", {0}, 0, 0);
  expectTangent("activation f(x) = 1 / max(x, 0)", {-1}, 0, 0);
}

TEST_F(DerivativesTest, PowersAtZero) {
  expectTangent("activation f(x) = x ** 2", {0}, 0, 0);
  expectTangent("activation f(x; n = 2) = x ** n", {0, 0}, 0, 0);
  expectTangent("activation f(x; n = 2) = x ** n", {0, 1}, 0, 1);
  expectTangent("activation f(x; n = 2) = x ** n", {0, 2}, 1, 0);
}

} // namespace
} // namespace actin
