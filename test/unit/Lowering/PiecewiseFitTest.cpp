//===- PiecewiseFitTest.cpp - Tables against their functions --------------===//

#include "Lowering/PiecewiseFit.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace actin;

namespace {

double none(double) { return 0; }

double getUlp(double value) {
  return std::ldexp(1.0, std::max(std::ilogb(value) - 23, -149));
}

double evaluateMish(double x) { return x * std::tanh(std::log1p(std::exp(x))); }

double evaluateMishSlope(double x) {
  double t = std::tanh(std::log1p(std::exp(x)));
  return t + x / (1 + std::exp(-x)) * (1 - t * t);
}

/// The largest error in f32, in ulp, of a table and its exponential, the latter
/// exact, on `count` numbers of [least, most] but near `root`.
double measure(const Pieces &pieces, const PiecewiseProblem &problem,
               double least, double most, double root = 1e9) {
  constexpr int count = 200000;
  double worst = 0;
  for (int i = 0; i <= count; ++i) {
    float x = float(least + (most - least) * i / count);
    if (x / root > 0.5 && x / root < 2)
      continue;
    bool hasFactor = problem.exponent &&
                     isOnSide(pieces.getPiece(double(x)), problem.exponentSide);
    double exact = problem.function(x);
    if (hasFactor)
      exact /= std::exp(problem.exponent(x));
    worst =
        std::max(worst, std::fabs(pieces.evaluate(x) - exact) / getUlp(exact));
  }
  return worst;
}

TEST(PiecewiseFit, takesAFunctionThatSaturates) {
  PiecewiseProblem problem;
  problem.function = [](double x) { return std::tanh(x); };
  problem.allowance = none;
  problem.isHalf = true;
  std::optional<Pieces> pieces = fitPieces(problem);
  ASSERT_TRUE(pieces);
  EXPECT_LE(measure(*pieces, problem, 0, 20), 1.2);
  EXPECT_LE(measure(*pieces, problem, 0, 1e-3), 1.2);
  EXPECT_EQ(pieces->evaluate(INFINITY), 1.0f);
  EXPECT_EQ(pieces->evaluate(0.0f), 0.0f);
  EXPECT_EQ(pieces->evaluate(1e-45f), 1e-45f);
  EXPECT_TRUE(std::isnan(pieces->evaluate(NAN)));
}

TEST(PiecewiseFit, takesOneThatVanishesAsAnExponential) {
  PiecewiseProblem problem;
  problem.function = evaluateMishSlope;
  problem.allowance = [](double x) {
    return x > -2.38 && x < -0.6 ? 0x1p-25 : 0.0;
  };
  problem.exponent = [](double x) { return x; };
  problem.exponentSide = PieceSide::Below;
  problem.least = -112;
  std::optional<Pieces> pieces = fitPieces(problem);
  ASSERT_TRUE(pieces);
  // Some 0.7 ulp are left for the exponential.
  EXPECT_LE(measure(*pieces, problem, -112, -0.6, -1.1924312), 1.3);
  EXPECT_LE(measure(*pieces, problem, -0.5, 20), 2);
  EXPECT_EQ(pieces->evaluate(INFINITY), 1.0f);
  EXPECT_TRUE(std::isfinite(pieces->evaluate(-INFINITY)));
}

TEST(PiecewiseFit, takesOneThatHalves) {
  PiecewiseProblem problem;
  problem.function = [](double x) {
    double e = std::exp(-x);
    return e / (1 + e) / (1 + e);
  };
  problem.allowance = none;
  problem.isHalf = true;
  problem.halvingRate = 1;
  std::optional<Pieces> pieces = fitPieces(problem);
  ASSERT_TRUE(pieces);
  EXPECT_TRUE(pieces->isHalving);
  EXPECT_LE(measure(*pieces, problem, 0, 0.3), 2);
  EXPECT_EQ(pieces->evaluate(INFINITY), 0.0f);
  EXPECT_TRUE(std::isnan(pieces->evaluate(NAN)));
  problem.halvingRate = 2;
  EXPECT_FALSE(fitPieces(problem));
}

double evaluateSiluSlope(double a) { // At -a.
  double e = std::exp(-a);
  return e * (1 - a + e) / ((1 + e) * (1 + e));
}

TEST(PiecewiseFit, takesOneThatHalvesBesideALine) {
  PiecewiseProblem problem;
  problem.function = evaluateSiluSlope;
  problem.allowance = [](double x) {
    return x > 0.64 && x < 2.56 ? 0x1p-25 : 0.0;
  };
  problem.isHalf = true;
  problem.halvingRate = 1;
  std::optional<Pieces> pieces = fitPieces(problem);
  ASSERT_TRUE(pieces);
  EXPECT_TRUE(pieces->isHalving);
  ASSERT_TRUE(pieces->tail);
  EXPECT_EQ(pieces->tail->shift, -1);
  EXPECT_EQ(pieces->coefficients.size(), 7u);
  EXPECT_LE(measure(*pieces, problem, 0, 30, 1.2784645), 1.95);
  // Where results are normal, and where they are not.
  EXPECT_LE(measure(*pieces, problem, 30, 92), 1.95);
  EXPECT_LE(measure(*pieces, problem, 92, 130), 1.3);
  EXPECT_EQ(pieces->evaluate(INFINITY), 0.0f);
  EXPECT_EQ(pieces->evaluate(3e38f), 0.0f);
  EXPECT_TRUE(std::isnan(pieces->evaluate(NAN)));
  // What begins as such a function and is none.
  problem.function = [](double a) {
    return evaluateSiluSlope(a) + std::exp(-0.95 * a - 12);
  };
  EXPECT_FALSE(fitPieces(problem));
  problem.function = [](double a) { return (1 + a * a) * std::exp(-a); };
  EXPECT_FALSE(fitPieces(problem));
}

/// quick_gelu'(-x), whose line's numbers have more digits than f32.
TEST(PiecewiseFit, takesALineOfAnyDigits) {
  PiecewiseProblem problem;
  problem.function = [](double a) { return evaluateSiluSlope(1.702 * a); };
  problem.allowance = [](double x) {
    return x > 0.375 && x < 1.51 ? 0x1p-25 : 0.0;
  };
  problem.isHalf = true;
  problem.halvingRate = 1.702;
  std::optional<Pieces> pieces = fitPieces(problem);
  ASSERT_TRUE(pieces);
  ASSERT_TRUE(pieces->tail);
  EXPECT_FLOAT_EQ(float(pieces->tail->shift), float(-1 / 1.702));
  EXPECT_LE(measure(*pieces, problem, 0, 80, 0.75115), 1.99);
}

TEST(PiecewiseFit, takesOneThatHalvesOnOneSide) {
  PiecewiseProblem problem;
  problem.function = evaluateMishSlope;
  problem.allowance = [](double x) {
    return x > -2.38 && x < -0.6 ? 0x1p-25 : 0.0;
  };
  problem.halvingRate = 1;
  std::optional<Pieces> pieces = fitPieces(problem);
  ASSERT_TRUE(pieces);
  EXPECT_TRUE(pieces->halvesBelow());
  ASSERT_TRUE(pieces->tail);
  EXPECT_EQ(pieces->tail->shift, 1);
  EXPECT_NEAR(pieces->tail->squareSlope, -1, 1e-5);
  EXPECT_NEAR(pieces->tail->squareConstant, -0.5, 1e-4);
  EXPECT_LE(measure(*pieces, problem, -92, -9), 1.99);
  EXPECT_LE(measure(*pieces, problem, -130, -92), 1.3);
  EXPECT_LE(measure(*pieces, problem, -9, 30, -1.1924312), 1.95);
  EXPECT_EQ(pieces->evaluate(INFINITY), 1.0f);
  EXPECT_EQ(pieces->evaluate(-INFINITY), 0.0f);
  EXPECT_TRUE(std::isnan(pieces->evaluate(NAN)));
  // Not constant above.
  problem.function = [](double x) { return 1 + evaluateMish(x); };
  EXPECT_FALSE(fitPieces(problem));
}

TEST(PiecewiseFit, takesXTimesOneThatHalves) {
  PiecewiseProblem problem;
  problem.function = evaluateMish;
  problem.allowance = none;
  problem.halvingRate = 1;
  std::optional<Pieces> pieces = fitPieces(problem);
  ASSERT_TRUE(pieces);
  EXPECT_TRUE(pieces->isTimesX);
  EXPECT_EQ(pieces->coefficients.size(), 7u);
  ASSERT_TRUE(pieces->tail);
  EXPECT_EQ(pieces->tail->shift, 0);
  EXPECT_NEAR(pieces->tail->squareSlope, -0.5, 1e-5);
  EXPECT_EQ(pieces->tail->squareConstant, 0);
  EXPECT_LE(measure(*pieces, problem, -9, 30), 1.6);
  EXPECT_LE(measure(*pieces, problem, -1e-3, 1e-3), 1.3);
  EXPECT_LE(measure(*pieces, problem, -1e-38, 1e-38), 1.3);
  EXPECT_LE(measure(*pieces, problem, -91, -9), 1.8);
  EXPECT_LE(measure(*pieces, problem, -130, -91), 1.3);
  EXPECT_EQ(pieces->evaluate(3e38f), 3e38f);
  EXPECT_EQ(pieces->evaluate(INFINITY), INFINITY);
  EXPECT_EQ(pieces->evaluate(-INFINITY), 0.0f);
  EXPECT_TRUE(std::isnan(pieces->evaluate(NAN)));
}

TEST(PiecewiseFit, takesXTimesWhatBecomesOne) {
  PiecewiseProblem problem;
  problem.allowance = none;
  problem.halvingRate = 1;
  auto evaluate = [](double x) { return std::erf(std::log1p(std::exp(x))); };
  problem.function = [=](double x) { return x * evaluate(x); };
  std::optional<Pieces> pieces = fitPieces(problem);
  ASSERT_TRUE(pieces);
  EXPECT_TRUE(pieces->isTimesX);
  problem.function = [=](double x) { return x * x * evaluate(x); };
  EXPECT_FALSE(fitPieces(problem));
  problem.function = [=](double x) { return 2 * x * evaluate(x); };
  EXPECT_FALSE(fitPieces(problem));
  problem.function = [=](double x) { return x * evaluate(x) + x / 8; };
  EXPECT_FALSE(fitPieces(problem));
}

TEST(PiecewiseFit, goesOnInALine) {
  PiecewiseProblem problem;
  problem.function = evaluateMish;
  problem.allowance = none;
  problem.exponent = [](double x) { return x; };
  problem.exponentSide = PieceSide::Below;
  problem.least = -112;
  std::optional<Pieces> pieces = fitPieces(problem);
  ASSERT_TRUE(pieces);
  EXPECT_LE(measure(*pieces, problem, -0.4, 200), 2);
  EXPECT_EQ(pieces->evaluate(3e38f), 3e38f);
  EXPECT_EQ(pieces->evaluate(INFINITY), INFINITY);
}

TEST(PiecewiseFit, refusesWhatIsNotSmooth) {
  PiecewiseProblem problem;
  problem.allowance = none;
  problem.function = [](double x) { return std::fabs(x - 1.3); };
  EXPECT_FALSE(fitPieces(problem));
  problem.function = [](double x) { return x < 2.2 ? 1.0 : 1.001; };
  EXPECT_FALSE(fitPieces(problem));
}

TEST(PiecewiseFit, refusesWhatDoesNotBecomeLinear) {
  PiecewiseProblem problem;
  problem.allowance = none;
  problem.function = [](double x) { return std::sin(x); };
  EXPECT_FALSE(fitPieces(problem));
  problem.function = [](double x) { return std::exp(x); };
  EXPECT_FALSE(fitPieces(problem));
  problem.function = [](double x) { return x / (1 + std::fabs(x)); };
  EXPECT_FALSE(fitPieces(problem));
  problem.function = [](double) { return std::nan(""); };
  EXPECT_FALSE(fitPieces(problem));
}

} // namespace
