//===- HeldForm.cpp - Where a quotient of polynomials is 1 ----------------===//

#include "Transforms/HeldForm.h"

#include "Transforms/UnivariatePolynomial.h"

#include <algorithm>
#include <cmath>

namespace actin {

bool HeldForm::isIncreasing() const {
  auto f = [&](double v) { return evaluateAt(exponent, v); };
  if (f(0) != 0)
    return false;
  for (double v = 0x1p-10; v <= 0x1p12; v *= 1.25)
    if (f(1.25 * v) <= f(v) || f(-1.25 * v) >= f(-v) || f(v) <= 0 || f(-v) >= 0)
      return false;
  return true;
}

double HeldForm::getVariable(double u) const {
  if (exponent.size() == 2)
    return u / exponent[1];
  double low = -0x1p20, high = 0x1p20;
  for (int i = 0; i != 70; ++i) {
    double middle = 0.5 * (low + high);
    (evaluateAt(exponent, middle) < u ? low : high) = middle;
  }
  return high;
}

double HeldForm::evaluateCoefficient(size_t power, double v) const {
  return evaluateAt(numerator[power], v);
}

/// Divided by their leading terms N and D are series in 1 / E, and N / D is as
/// far from its limit as those are from each other.
bool HeldForm::isAtLimit(double u, double tolerance) const {
  double v = getVariable(u);
  size_t n = numerator.size() - 1, d = denominator.size() - 1;
  double leading = evaluateCoefficient(n, v);
  double deviation = 0, below = 1;
  for (size_t k = 1; k <= std::max(n, d); ++k) {
    double above = k <= n ? evaluateCoefficient(n - k, v) / leading : 0;
    double part = k <= d ? denominator[d - k] / denominator[d] : 0;
    double share = std::exp(-double(k) * u);
    deviation += (above - part) * share;
    below += part * share;
  }
  return std::fabs(deviation) <= tolerance * below;
}

std::optional<double> HeldForm::findLimit(double tolerance,
                                          double largest) const {
  constexpr int maxU = 64, farther = 64;
  size_t degree = std::max(numerator.size(), denominator.size()) - 1;
  for (int u = 4; u <= maxU && u * double(degree) < largest; ++u) {
    bool isLimit = true;
    for (int beyond = 0; isLimit && beyond != farther; ++beyond)
      isLimit = isAtLimit(u + beyond, tolerance);
    if (isLimit)
      return u;
  }
  return std::nullopt;
}

bool HeldForm::isBounded(double limit) const {
  for (double u = -40; u <= limit; u += 0.25) {
    double v = getVariable(u);
    double above = 0, below = 0, e = std::exp(u);
    for (size_t k = denominator.size(); k-- > 0;) {
      above = above * e + evaluateCoefficient(k, v);
      below = below * e + denominator[k];
    }
    if (above > 1.5 * below)
      return false;
  }
  return true;
}

} // namespace actin
