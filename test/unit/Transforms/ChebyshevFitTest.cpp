//===- ChebyshevFitTest.cpp - Polynomials for functions around 0 ----------===//

#include "Transforms/ChebyshevFit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

using namespace actin;

namespace {

using Function = std::function<Real(const Real &)>;

Real evaluateFit(const PolynomialFit &fit, const Real &v) {
  Real w = fit.variable == PolynomialFit::Variable::Square ? v * v : v,
       result(0.0);
  for (size_t i = fit.coefficients.size(); i-- > 0;)
    result = result * w + fit.coefficients[i];
  for (unsigned i = 0; i != fit.power; ++i)
    result = result * v;
  return result;
}

/// Within 2^-bits of `function` on both sides, as far as `fit` is said to go.
void expectClose(const PolynomialFit &fit, const Function &function,
                 unsigned bits) {
  for (double share = 1.0 / 64; share < 1; share += 1.0 / 64)
    for (double v : {fit.radius * share, -fit.radius * share}) {
      Real exact = function(v);
      Real error = (evaluateFit(fit, v) - exact) / exact;
      EXPECT_LE(std::fabs(error.toDouble()), std::ldexp(1.0, -int(bits))) << v;
    }
}

Real minusTanh(const Real &v) { return v - evaluateUnary("tanh", v); }
Real minusOneMinusV(const Real &v) { return evaluateUnary("expm1", v) - v; }

TEST(ChebyshevFit, OddFunction) {
  for (auto [maxTerms, bits] : {std::pair(10u, 29u), {20u, 58u}}) {
    auto fit = fitAroundZero(minusTanh, maxTerms, bits);
    ASSERT_TRUE(fit);
    EXPECT_EQ(fit->power, 3u);
    EXPECT_EQ(fit->variable, PolynomialFit::Variable::Square);
    EXPECT_GE(fit->radius, 1.0);
    EXPECT_LE(fit->coefficients.size(), maxTerms);
    EXPECT_NEAR(fit->coefficients[0].toDouble(), 1.0 / 3, 1e-8);
    expectClose(*fit, minusTanh, bits);
  }
}

TEST(ChebyshevFit, FunctionWithoutSymmetry) {
  auto fit = fitAroundZero(minusOneMinusV, 10, 29);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->power, 2u);
  EXPECT_EQ(fit->variable, PolynomialFit::Variable::Plain);
  expectClose(*fit, minusOneMinusV, 29);
}

/// x^2 / (1 + |x|) is smooth on each side only.
TEST(ChebyshevFit, OneSide) {
  auto function = [](const Real &v) {
    Real magnitude = v.isNegative() ? -v : v;
    return v * v / (Real(1.0) + magnitude);
  };
  EXPECT_FALSE(fitAroundZero(function, 10, 29));
  auto fit = fitAboveZero(function, 10, 29);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->power, 2u);
  EXPECT_EQ(fit->variable, PolynomialFit::Variable::Magnitude);
  for (double v = fit->radius / 64; v < fit->radius; v += fit->radius / 64) {
    Real error = evaluateFit(*fit, v) / function(v) - Real(1.0);
    EXPECT_LE(std::fabs(error.toDouble()), 0x1p-29) << v;
  }
}

TEST(ChebyshevFit, LimitOnTheLargestRadiusThatHolds) {
  auto fit = fitLimit([](const Real &v) { return evaluateUnary("exp", v); }, 10,
                      29, -8, -1);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->radius, 0.5);
  EXPECT_NEAR(fit->coefficients[0].toDouble(), 1, 0x1p-29);
  EXPECT_FALSE(fitLimit([](const Real &v) { return evaluateUnary("log", v); },
                        10, 29, -8, -1));
}

TEST(ChebyshevFit, NeedsASmoothFunctionOfAWholePower) {
  const Function functions[] = {
      [](const Real &v) { return v.isNegative() ? -v : v; },
      [](const Real &v) { return evaluateUnary("sqrt", v); },
      [](const Real &v) { return Real(1.0) / v; },
      [](const Real &v) { return evaluateUnary("log", v); },
      [](const Real &) { return Real(0.0); },
      [](const Real &) { return Real(NAN); }};
  for (const Function &function : functions)
    EXPECT_FALSE(fitAroundZero(function, 10, 29));
}

} // namespace
