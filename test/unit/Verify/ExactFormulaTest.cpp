//===- ExactFormulaTest.cpp - Exact values, where they are known ----------===//

#include "Verify/ExactFormula.h"
#include "actin/Module.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>

using namespace actin;

namespace {

constexpr double infinity = INFINITY;

ExactResult evaluate(const std::string &formula, std::vector<double> arguments,
                     DataType type = DataType::F64) {
  auto module = parseModule("activation f(x) = " + formula);
  if (arguments.size() == 2)
    module = parseModule("activation f(x, y) = " + formula);
  EXPECT_TRUE(module.has_value()) << formula;
  ExactFormula exact(module->getActivations()[0].getBody(), type);
  return exact.evaluate(arguments);
}

double valueOf(const std::string &formula, double x) {
  ExactResult result = evaluate(formula, {x});
  EXPECT_TRUE(result.isNumber()) << formula << " at " << x;
  return result.value.high;
}

TEST(ExactFormula, KnownValues) {
  EXPECT_EQ(valueOf("exp(x)", 1), 0x1.5bf0a8b145769p+1);
  EXPECT_EQ(valueOf("log(x)", 2), 0x1.62e42fefa39efp-1);
  EXPECT_EQ(valueOf("4 * atan(x)", 1), 0x1.921fb54442d18p+1);
  EXPECT_EQ(valueOf("sqrt(x)", 2), 0x1.6a09e667f3bcdp+0);
  EXPECT_EQ(valueOf("x**-3", 2), 0.125);
  EXPECT_EQ(valueOf("x**0.5", 9), 3);
  EXPECT_EQ(valueOf("sin(x)", 0x1p1000), std::sin(0x1p1000));
  EXPECT_EQ(valueOf("cos(x)", 1e22), std::cos(1e22));
  EXPECT_EQ(valueOf("round(x)", 2.5), 2);
  EXPECT_EQ(valueOf("normcdf(x)", 0), 0.5);
}

/// A known identity for each function that MPFR does not have, or not alone.
TEST(ExactFormula, FunctionsAgreeWithTheirDefinitions) {
  const std::pair<const char *, const char *> pairs[] = {
      {"sigmoid(x)", "1 / (1 + exp(-x))"},
      {"softplus(x)", "log(1 + exp(x))"},
      {"logsigmoid(x)", "-log(1 + exp(-x))"},
      {"normcdf(x)", "(1 + erf(x / sqrt(2))) / 2"},
      {"normpdf(x)", "exp(-x**2 / 2) / sqrt(2 * pi)"},
      {"tanh(x)", "sinh(x) / cosh(x)"},
      {"tan(x)", "sin(x) / cos(x)"},
      {"expm1(x)", "exp(x) - 1"},
      {"exp2(x)", "exp(x * log(2))"},
      {"log10(abs(x))", "log(abs(x)) / log(10)"},
      {"log2(abs(x))", "log(abs(x)) / log(2)"},
      {"rsqrt(abs(x))", "abs(x)**-0.5"},
      {"erfc(x)", "1 - erf(x)"},
      {"asinh(x)", "sign(x) * log(abs(x) + sqrt(x**2 + 1))"},
      {"acosh(1 + abs(x))", "asinh(sqrt(x**2 + 2 * abs(x)))"}};
  for (auto [function, definition] : pairs)
    for (double x : {-700.0, -37.5, -1.25, -1e-12, 1e-9, 0.75, 20.0, 709.0})
      EXPECT_EQ(valueOf(function, x), valueOf(definition, x))
          << function << " at " << x;
}

TEST(ExactFormula, CancellationsGetTheDigitsTheyNeed) {
  // 1 + erf(-37) cancels 990 bits; x - tanh(x) at 1e-100 cancels 664.
  EXPECT_NEAR(valueOf("(1 + erf(x / sqrt(2))) / 2", -37) / 5.725571222524e-300,
              1, 1e-9);
  EXPECT_NEAR(valueOf("x - tanh(x)", 1e-100) / (1e-300 / 3), 1, 1e-12);
  EXPECT_EQ(valueOf("(exp(x) - 1) / x", 1e-300), 1);
  // pi and e have as many digits as it takes.
  EXPECT_NEAR(valueOf("0.5 + atan(x) / pi", -1e40) * M_PI * 1e40, 1, 1e-12);
  EXPECT_NEAR(valueOf("exp(1 + x) / e - 1", 1e-50) / 1e-50, 1, 1e-12);
}

TEST(ExactFormula, IntermediateResultsBeyondEveryRange) {
  for (double x : {1e5, 1e20, 1e100, DBL_MAX}) {
    EXPECT_EQ(valueOf("(exp(x) - exp(-x)) / (exp(x) + exp(-x))", x), 1);
    EXPECT_EQ(valueOf("(exp(x) - exp(-x)) / (exp(x) + exp(-x))", -x), -1);
    EXPECT_EQ(valueOf("log(exp(x))", x), x);
    EXPECT_EQ(valueOf("exp(x) / (1 + exp(x))", x), 1);
    EXPECT_EQ(valueOf("sqrt(exp(x) * exp(x)) / exp(x)", -x), 1);
    EXPECT_EQ(valueOf("x / (1 + exp(-x))", -x), 0);
  }
  EXPECT_EQ(valueOf("exp(x)", 1000), infinity);
}

TEST(ExactFormula, ResultsToTwiceTheDigits) {
  ExactResult third = evaluate("x / 3", {1});
  EXPECT_EQ(third.value.high, 1.0 / 3);
  EXPECT_NEAR(third.value.low, 0x1.5555555555555p-56, 0x1p-66);
}

TEST(ExactFormula, LimitsAtInfinity) {
  EXPECT_EQ(valueOf("x / (1 + exp(-x))", -infinity), 0);
  EXPECT_EQ(valueOf("x * tanh(log(1 + exp(x)))", infinity), infinity);
  EXPECT_EQ(valueOf("x / sqrt(1 + 4 * x**2)", -infinity), -0.5);
  EXPECT_EQ(valueOf("sqrt(x**2 + 4) - x", infinity), 0);
  EXPECT_EQ(valueOf("log(abs(x))", -infinity), infinity);
  EXPECT_EQ(valueOf("x + sin(x)**2", -infinity), -infinity);
  EXPECT_EQ(valueOf("x * (1 / x)", infinity), 1);
  EXPECT_EQ(valueOf("1 / sqrt(1 + x**2) * x**2", -infinity), infinity);
  EXPECT_EQ(valueOf("where(2 * x < 5 * x, 5, 2)", infinity), 5);
  EXPECT_EQ(valueOf("(x**2) ** (1 / (1 + abs(x)))", infinity), 1);
  EXPECT_EQ(valueOf("(2**x) ** (1 / (1 + abs(x)))", infinity), 2);
  EXPECT_EQ(valueOf("(2**x) ** (1 / (1 + abs(x)))", -infinity), 0.5);
  EXPECT_EQ(evaluate("sin(x)", {infinity}).kind, ExactResult::Kind::Undefined);
  EXPECT_EQ(evaluate("x * sin(x)", {infinity}).kind,
            ExactResult::Kind::Undefined);
  // However small the factor.
  EXPECT_EQ(evaluate("x * sigmoid(y)", {infinity, -1e30}).value.high, infinity);
  EXPECT_EQ(evaluate("x * max(y, 0)", {infinity, -1}).value.high, 0);
  // But 0 * inf of two inputs is none.
  EXPECT_EQ(evaluate("x * max(y, 0)", {infinity, 0}).kind,
            ExactResult::Kind::Undefined);
  EXPECT_EQ(evaluate("x * sigmoid(y)", {0, infinity}).value.high, 0);
}

TEST(ExactFormula, PolesAndDomains) {
  for (const char *formula : {"1 / x", "log(x)", "x**-1", "rsqrt(x)"})
    EXPECT_EQ(evaluate(formula, {0}).kind, ExactResult::Kind::Undefined)
        << formula;
  for (const char *formula : {"sqrt(x)", "log(x)", "asin(x)", "x**0.5"})
    EXPECT_EQ(evaluate(formula, {-2}).kind, ExactResult::Kind::Undefined)
        << formula;
  // A factor 0 is 0, and what is not selected does not count.
  EXPECT_EQ(valueOf("x * log(x)", 0), 0);
  EXPECT_EQ(valueOf("where(x > 0, log(x), -1)", -2), -1);
}

TEST(ExactFormula, SelectionAtExactTies) {
  EXPECT_EQ(valueOf("where(x / 6 + 0.5 >= 1, 5, 6)", 3), 5);
  EXPECT_EQ(valueOf("max(exp(x) - 1, 0)", 0), 0);
  // No precision tells sin^2 + cos^2 from 1; a jump there is not decided.
  EXPECT_EQ(evaluate("where(sin(x)**2 + cos(x)**2 >= 1, 1, 0)", {1}).kind,
            ExactResult::Kind::Undecided);
}

TEST(ExactFormula, ExpLimitsAreThoseOfTheComputeType) {
  EXPECT_NEAR(evaluate("exp_max + 0 * x", {1}, DataType::F32).value.high, 88.72,
              0.01);
  EXPECT_NEAR(evaluate("exp_max + 0 * x", {1}, DataType::F64).value.high,
              709.78, 0.01);
}

} // namespace
