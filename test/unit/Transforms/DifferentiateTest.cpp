//===- DifferentiateTest.cpp - Derivatives of whole formulas --------------===//

#include "Transforms/Differentiate.h"

#include "../Dialect/FormulaFixture.h"

using namespace mlir;

namespace actin {
namespace {

class DifferentiateTest : public FormulaFixture {
protected:
  std::string derive(const std::string &source, StringRef name = "x",
                     unsigned order = 1) {
    func::FuncOp function = import(source);
    auto derivative = differentiate(function, name, order);
    return succeeded(derivative) ? printBody(*derivative) : "failed";
  }
};

TEST_F(DifferentiateTest, GradientsThatAPersonWouldWrite) {
  EXPECT_EQ(derive("activation f(x) = x * sigmoid(x)"),
            "{\n  let t1 = sigmoid(x)\n  return t1 * (1 + x * (1 - t1))\n}");
  EXPECT_EQ(derive("activation f(x) = x * tanh(softplus(x))"),
            "{\n  let t1 = tanh(softplus(x))\n"
            "  return t1 + x * (1 - t1**2) * sigmoid(x)\n}");
  EXPECT_EQ(derive("activation f(x) = 0.5 * x * (1 + erf(x / sqrt(2)))"),
            "0.5 * (1 + erf(x / sqrt(2))) + "
            "x * exp(-x**2 / 2) / sqrt(2 * pi)");
  EXPECT_EQ(derive("activation f(x) = x * normcdf(x)"),
            "normcdf(x) + x * normpdf(x)");
  EXPECT_EQ(derive("activation f(x) = x / (1 + abs(x))"),
            "1 / (1 + abs(x))**2");
  EXPECT_EQ(derive("activation f(x; a = 1) = x / sqrt(1 + a * x ** 2)"),
            "1 / (1 + a * x**2)**1.5");
  EXPECT_EQ(derive("activation f(x) = x - tanh(x)"), "tanh(x)**2");
  EXPECT_EQ(derive("activation f(x) = exp(-x**2)"), "-2 * x * exp(-x**2)");
  EXPECT_EQ(derive("activation f(x) = max(x, 0)"), "where(x > 0, 1, 0)");
  EXPECT_EQ(derive("activation f(x) = x * clip(x + 3, 0, 6) / 6"),
            "(clip(x + 3, 0, 6) + where(x >= -3 and x <= 3, x, 0)) / 6");
}

TEST_F(DifferentiateTest, Parameters) {
  const char *swish = "activation f(x; beta = 1) = x * sigmoid(beta * x)";
  EXPECT_EQ(derive(swish, "beta"), "{\n  let t1 = sigmoid(beta * x)\n"
                                   "  return x**2 * t1 * (1 - t1)\n}");
  EXPECT_EQ(derive("activation f(x; a = 1) = x ** 2", "a"), "0");
}

TEST_F(DifferentiateTest, HigherOrders) {
  EXPECT_EQ(derive("activation f(x) = x ** 3", "x", 2), "6 * x");
  EXPECT_EQ(derive("activation f(x) = x ** 3", "x", 3), "6");
  EXPECT_EQ(derive("activation f(x) = x ** 3", "x", 4), "0");
  EXPECT_EQ(derive("activation f(x) = exp(2 * x)", "x", 3), "8 * exp(2 * x)");
}

TEST_F(DifferentiateTest, OverridesReplaceAndAreDerivedFurther) {
  const char *spike = "activation spike(x) {\n"
                      "  return where(x > 0, 1, 0)\n"
                      "}\n"
                      "gradient x = 1 / (1 + x ** 2)\n";
  EXPECT_EQ(derive(spike), "1 / (1 + x**2)");
  EXPECT_EQ(derive(spike, "x", 2), "-2 * x / (1 + x**2)**2");
}

TEST_F(DifferentiateTest, AgreesWithDifferencesOnTheStandardLibrary) {
  Real step(0x1p-30);
  for (const Activation &activation : getStandardLibrary().getActivations()) {
    module = ModuleOp::create(UnknownLoc::get(&context));
    auto function = act::importActivation(activation, *module);
    ASSERT_TRUE(succeeded(function));
    for (unsigned i = 0; i < function->getNumArguments(); ++i) {
      auto name = function->getArgAttrOfType<StringAttr>(i, "act.name");
      auto derivative = differentiate(*function, name.getValue(), 1);
      ASSERT_TRUE(succeeded(derivative));
      for (double x : {-7.3, -2.1, -0.4, 0.3, 1.6, 8.2}) {
        std::vector<Real> point;
        for (unsigned k = 0; k < function->getNumArguments(); ++k)
          point.push_back(k == 0 ? Real(x) : Real(0.45 + 0.3 * k));
        Real slope = evaluate(*derivative, point);
        point[i] = point[i] + step;
        Real above = evaluate(*function, point);
        point[i] = point[i] - step - step;
        Real below = evaluate(*function, point);
        Real difference = (above - below) / (step + step);
        double scale = std::fabs(difference.toDouble()) + 1;
        EXPECT_LT(getError(slope, difference, scale), 1e-13)
            << activation.getName() << " by " << name.str() << " at " << x;
      }
      derivative->erase();
    }
  }
}

TEST_F(DifferentiateTest, Errors) {
  func::FuncOp function = import("activation f(x) = exp(x)");
  EXPECT_TRUE(failed(differentiate(function, "y", 1)));
  EXPECT_NE(errors.find("'f' has no argument 'y'"), std::string::npos);
  EXPECT_TRUE(failed(differentiate(function, "x", 0)));
  EXPECT_NE(errors.find("at least 1"), std::string::npos);
  EXPECT_TRUE(failed(differentiate(function, 3u)));
  EXPECT_NE(errors.find("there is no real argument 3"), std::string::npos);
  EXPECT_TRUE(succeeded(differentiate(function, "x", 1)));
  EXPECT_TRUE(failed(differentiate(function, "x", 1)));
  EXPECT_NE(errors.find("already holds a function @f_dx"), std::string::npos);
}

TEST_F(DifferentiateTest, RunawayOrdersAreAnError) {
  // Each order more than doubles what this one needs.
  std::string body = "x";
  for (int i = 0; i < 12; ++i)
    body = "sin(x * exp(" + body + "))";
  func::FuncOp function = import("activation f(x) = " + body);
  EXPECT_TRUE(failed(differentiate(function, "x", 30)));
  EXPECT_NE(errors.find("more than 65536 operations"), std::string::npos);
}

} // namespace
} // namespace actin
