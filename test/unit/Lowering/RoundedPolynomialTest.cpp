//===- RoundedPolynomialTest.cpp - Fits of f32 coefficients ---------------===//

#include "Lowering/RoundedPolynomial.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using namespace actin;

namespace {

constexpr double factor = 1.37; ///< Not one of f32.

/// Chebyshev's nodes of [least, most], and e^x there, times that.
struct Samples {
  Samples(double least, double most) {
    constexpr int count = 12;
    for (int j = 0; j != count; ++j) {
      double z = std::cos(M_PI * (j + 0.5) / count);
      points.push_back((least + most) / 2 + z * (most - least) / 2);
      values.push_back(factor * std::exp(points.back()));
    }
  }

  double measure(const RoundedPolynomial &polynomial) const {
    double squares = 0;
    for (size_t j = 0; j != points.size(); ++j) {
      double sum = 0;
      for (size_t k = polynomial.size(); k-- > 0;)
        sum = sum * points[j] + polynomial[k];
      squares += (sum - values[j]) * (sum - values[j]);
    }
    return std::sqrt(squares / double(points.size()));
  }

  std::vector<double> points, values;
};

TEST(RoundedPolynomial, coefficientsMakeUpForRoundings) {
  Samples samples(-0.35, 0.35);
  constexpr unsigned numTerms = 7;
  RoundedPolynomial plain =
      fitRoundedPolynomial(samples.points, samples.values, numTerms, numTerms);
  RoundedPolynomial better =
      fitRoundedPolynomial(samples.points, samples.values, numTerms, 0);
  for (unsigned k = 0; k != numTerms; ++k) {
    EXPECT_EQ(better[k], double(float(better[k])));
    EXPECT_NEAR(plain[k] * std::tgamma(k + 1), factor, 0.01) << k;
  }
  EXPECT_LT(samples.measure(better), samples.measure(plain) / 2);
}

/// Powers that are nearly dependent.
TEST(RoundedPolynomial, isExactForManyTermsFromOneEnd) {
  Samples samples(0, 0.35);
  for (unsigned numTerms = 5; numTerms != 11; ++numTerms) {
    RoundedPolynomial polynomial =
        fitRoundedPolynomial(samples.points, samples.values, numTerms, 0);
    EXPECT_NEAR(polynomial[0], factor, 3e-7) << numTerms;
    if (numTerms > 6)
      EXPECT_LT(samples.measure(polynomial), 4e-8) << numTerms;
  }
}

} // namespace
