//===- ChebyshevFit.cpp - Polynomials for functions around 0 --------------===//

#include "Transforms/ChebyshevFit.h"

#include <algorithm>
#include <cmath>

namespace actin {

using Function = llvm::function_ref<Real(const Real &)>;

/// What the terms of a polynomial may be beside its value: their roundings are
/// amplified as much.
static constexpr double maxGrowth = 32;

static double magnitude(const Real &value) {
  return std::fabs(value.toDouble());
}

static Real powerOfTwo(int exponent) { return std::ldexp(1.0, exponent); }

/// value^exponent by products: exact enough, and of any sign.
static Real raise(const Real &value, unsigned exponent) {
  Real result(1.0);
  for (unsigned i = 0; i != exponent; ++i)
    result = result * value;
  return result;
}

/// The k for which f(v) ~ c v^k at 0; nullopt where it is no natural number.
static std::optional<unsigned> findPower(Function evaluate) {
  constexpr unsigned maxPower = 6;
  double large = magnitude(evaluate(powerOfTwo(-10)));
  double small = magnitude(evaluate(powerOfTwo(-14)));
  double power = std::log2(large / small) / 4;
  double nearest = std::round(power);
  if (!(std::fabs(power - nearest) < 0.05) || nearest < 0 || nearest > maxPower)
    return std::nullopt;
  return unsigned(nearest);
}

namespace {
/// cos(pi m / (2 count)) for all m, of which few are evaluated.
class Cosines {
public:
  explicit Cosines(unsigned count) : count(count) {
    for (unsigned m = 0; m <= count; ++m)
      quarter.push_back(evaluateUnary("cos", Real::pi() * Real(double(m)) /
                                                 Real(2.0 * count)));
    quarter[count] = Real(0.0);
  }

  Real get(unsigned m) const {
    m %= 4 * count;
    m = std::min(m, 4 * count - m);
    return m <= count ? quarter[m] : -quarter[2 * count - m];
  }

private:
  unsigned count;
  llvm::SmallVector<Real, 32> quarter;
};
} // namespace

/// The coefficients of the Chebyshev series, in z in [-1, 1], of the polynomial
/// that interpolates `function` at `count` Chebyshev points.
static llvm::SmallVector<Real, 24> interpolate(Function function,
                                               unsigned count) {
  Cosines cosines(count);
  llvm::SmallVector<Real, 24> values;
  for (unsigned j = 0; j != count; ++j)
    values.push_back(function(cosines.get(2 * j + 1)));
  llvm::SmallVector<Real, 24> series;
  for (unsigned k = 0; k != count; ++k) {
    Real sum(0.0);
    for (unsigned j = 0; j != count; ++j)
      sum = sum + values[j] * cosines.get((2 * j + 1) * k);
    series.push_back(sum * Real(k == 0 ? 1.0 : 2.0) / Real(double(count)));
  }
  return series;
}

/// Sum of series[k] T_k(z) as a polynomial in w, where z = scale * w + shift,
/// by Clenshaw's recurrence on polynomials.
static llvm::SmallVector<Real, 24> expandSeries(llvm::ArrayRef<Real> series,
                                                const Real &scale,
                                                const Real &shift) {
  size_t count = series.size();
  llvm::SmallVector<Real, 24> last(count, Real(0.0)), previous(last);
  for (size_t k = count; k-- > 0;) {
    // b_k = a_k + 2 z b_(k+1) - b_(k+2); at the end z in the place of 2 z.
    Real factor(k == 0 ? 1.0 : 2.0);
    llvm::SmallVector<Real, 24> next(count, Real(0.0));
    for (size_t i = 0; i != count; ++i) {
      next[i] = factor * shift * last[i] - previous[i];
      if (i != 0)
        next[i] = next[i] + factor * scale * last[i - 1];
    }
    next[0] = next[0] + series[k];
    previous = std::move(last);
    last = std::move(next);
  }
  return last;
}

using Variable = PolynomialFit::Variable;

/// The sum of the terms' magnitudes at the end of the interval.
static double sumMagnitudes(const PolynomialFit &fit) {
  double w = fit.radius, sum = 0;
  if (fit.variable == Variable::Square)
    w *= fit.radius;
  for (const Real &coefficient : llvm::reverse(fit.coefficients))
    sum = sum * w + magnitude(coefficient);
  return sum;
}

/// The fit on |v| < 2^exponent; nullopt where it would need more terms, or
/// where they cancel.
static std::optional<PolynomialFit> fitOn(Function evaluate, unsigned power,
                                          Variable variable, int exponent,
                                          unsigned maxTerms, unsigned bits) {
  PolynomialFit fit{power, variable, std::ldexp(1.0, exponent), {}};
  Real radius(fit.radius);
  double smallest = HUGE_VAL;
  auto reduced = [&](const Real &z) {
    Real share = variable == Variable::Plain ? z : (z + Real(1.0)) * Real(0.5);
    if (variable == Variable::Square)
      share = evaluateUnary("sqrt", share);
    Real v = radius * share;
    Real value = evaluate(v) / raise(v, power);
    // Written so that a NaN makes `smallest` one.
    smallest = magnitude(value) >= smallest ? smallest : magnitude(value);
    return value;
  };
  constexpr unsigned spare = 4; // Coefficients that show the series' end.
  llvm::SmallVector<Real, 24> series = interpolate(reduced, maxTerms + spare);
  double allowed = std::ldexp(smallest, -int(bits)), rest = 0;
  size_t count = series.size();
  while (count != 0 && rest + magnitude(series[count - 1]) <= allowed)
    rest += magnitude(series[--count]);
  if (!(smallest > 0) || count == 0 || count > maxTerms)
    return std::nullopt;
  series.truncate(count);
  Real one(1.0), end = variable == Variable::Square ? radius * radius : radius;
  fit.coefficients = variable == Variable::Plain
                         ? expandSeries(series, one / end, Real(0.0))
                         : expandSeries(series, Real(2.0) / end, -one);
  if (sumMagnitudes(fit) > maxGrowth * smallest)
    return std::nullopt;
  return fit;
}

std::optional<PolynomialFit> fitAroundZero(Function evaluate, unsigned maxTerms,
                                           unsigned bits) {
  std::optional<unsigned> power = findPower(evaluate);
  if (!power)
    return std::nullopt;
  Real probe = powerOfTwo(-5);
  Real right = evaluate(probe), left = evaluate(-probe);
  Real difference = *power % 2 == 0 ? right - left : right + left;
  Variable variable = magnitude(difference) <= std::ldexp(magnitude(right), -75)
                          ? Variable::Square
                          : Variable::Plain;
  for (int exponent = 2; exponent >= -4; --exponent)
    if (auto fit = fitOn(evaluate, *power, variable, exponent, maxTerms, bits))
      return fit;
  return std::nullopt;
}

std::optional<PolynomialFit> fitAboveZero(Function evaluate, unsigned maxTerms,
                                          unsigned bits) {
  std::optional<unsigned> power = findPower(evaluate);
  for (int exponent = 2; power && exponent >= -4; --exponent)
    if (auto fit = fitOn(evaluate, *power, Variable::Magnitude, exponent,
                         maxTerms, bits))
      return fit;
  return std::nullopt;
}

std::optional<PolynomialFit> fitLimit(Function evaluate, unsigned maxTerms,
                                      unsigned bits, int least, int most) {
  for (int exponent = most; exponent >= least; --exponent)
    if (auto fit = fitOn(evaluate, /*power=*/0, Variable::Magnitude, exponent,
                         maxTerms, bits))
      return fit;
  return std::nullopt;
}

} // namespace actin
