//===- TailSeries.cpp - Power series far from 0 ---------------------------===//

#include "Transforms/TailSeries.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace actin {

using act::RealValue;
using Function = llvm::function_ref<Real(const Real &)>;
using Variable = TailSeries::Variable;

double TailSeries::getBound() const {
  return variable == Variable::Exponential ? -std::log(fit.radius)
         : variable == Variable::Inverse   ? 1 / fit.radius
                                           : 1 / std::sqrt(fit.radius);
}

/// a at t.
static Real getArgument(Variable variable, const Real &t) {
  return variable == Variable::Exponential ? -evaluateUnary("log", t)
         : variable == Variable::Inverse   ? Real(1.0) / t
                                           : evaluateUnary("rsqrt", t);
}

static Real getLeading(Variable variable, const Real &power, const Real &a) {
  return variable == Variable::Exponential ? evaluateUnary("exp", power * a)
                                           : pow(a, power);
}

Real TailSeries::evaluate(const Real &a) const {
  Real t = variable == Variable::Exponential ? evaluateUnary("exp", -a)
           : variable == Variable::Inverse   ? Real(1.0) / a
                                             : Real(1.0) / (a * a);
  Real sum(0.0);
  for (const Real &coefficient : llvm::reverse(fit.coefficients))
    sum = coefficient + sum * t;
  return getLeading(variable, power, a) * sum;
}

std::optional<TailSeries> fitTailSeries(Function evaluate, Variable variable,
                                        const Real &power,
                                        const SeriesLimits &limits) {
  auto reduced = [&](const Real &t) {
    Real a = getArgument(variable, t);
    return evaluate(a) / getLeading(variable, power, a);
  };
  auto fit = fitLimit(reduced, limits.maxTerms, limits.bits, limits.least,
                      limits.most);
  return fit ? std::optional(TailSeries{variable, power, *fit}) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Series in 1 / a
//===----------------------------------------------------------------------===//

static double magnitude(const Real &value) {
  return std::fabs(value.toDouble());
}

/// The power of a, a multiple of 1 / 12, that leads as a goes to infinity.
static std::optional<Real> findPower(Function evaluate) {
  constexpr double maxPower = 6;
  double ratio =
      magnitude(evaluate(Real(0x1p14))) / magnitude(evaluate(Real(0x1p10)));
  double power = std::log2(ratio) / 4;
  double nearest = std::round(12 * power) / 12;
  if (!(std::fabs(power - nearest) < 0.035) || std::fabs(nearest) > maxPower)
    return std::nullopt;
  return Real(std::round(12 * power) + 0.0) / Real(12.0); // No -0.
}

namespace {
/// What the second term of a series in w = 1 / a shows.
struct SecondTerm {
  bool inSquares; ///< It and the third one.
  /// The distance, as a power of two, from which it is smaller than the first.
  int scale;
};
} // namespace

/// Looks at function(a) / a^power as a goes to infinity; nullopt where that is
/// no power series in 1 / a.
static std::optional<SecondTerm> findSecondTerm(Function evaluate,
                                                const Real &power) {
  constexpr int nearest = 9, maxScale = 10, maxExponent = 12;
  std::array<Real, 4> values;
  for (int k = 0; k != 4; ++k) {
    Real a(std::ldexp(1.0, nearest + k));
    values[k] = evaluate(a) / pow(a, power);
  }
  double limit = magnitude(values[3]);
  std::array<double, 3> steps;
  for (int k = 0; k != 3; ++k)
    steps[k] = (values[k] - values[k + 1]).toDouble();
  // There is none but what the rounding of 113 bits makes.
  if (std::fabs(steps[0]) <= std::ldexp(limit, -50))
    return SecondTerm{false, 0};
  double first = steps[0] / steps[1], second = steps[1] / steps[2];
  double exponent = std::log2(second), whole = std::round(exponent);
  if (!(std::fabs(exponent - whole) < 0.1) || whole < 1 || whole > maxExponent)
    return std::nullopt;
  double share = std::fabs(steps[0]) / (limit * (1 - std::exp2(-whole)));
  double scale = std::floor(std::log2(share) / whole) + nearest;
  // The third term's exponent, less the second one's.
  first = std::fabs(first * std::exp2(-whole) - 1);
  second = std::fabs(second * std::exp2(-whole) - 1);
  double gap = std::log2(first / second);
  bool isEven =
      std::fmod(whole, 2) == 0 &&
      (first < 0x1p-30 || std::fabs(gap - 2) < 0.3 || std::fabs(gap - 4) < 0.3);
  return SecondTerm{
      isEven, int(std::clamp(scale, -double(maxScale), double(maxScale)))};
}

std::optional<TailSeries> findInverseSeries(Function evaluate, bool isF64) {
  std::optional<Real> power = findPower(evaluate);
  auto second = power ? findSecondTerm(evaluate, *power) : std::nullopt;
  if (!second)
    return std::nullopt;
  constexpr int numTried = 6;
  int most = std::min(1 - second->scale, 10);
  SeriesLimits limits = SeriesLimits::get(isF64, most - numTried, most);
  if (second->inSquares) {
    SeriesLimits squares = limits;
    squares.most = 2 * most;
    squares.least = squares.most - numTried;
    if (auto series =
            fitTailSeries(evaluate, Variable::InverseSquare, *power, squares))
      return series;
  }
  return fitTailSeries(evaluate, Variable::Inverse, *power, limits);
}

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

RealValue emitTailSeries(const TailSeries &series, const RealValue &a) {
  bool isExponential = series.variable == Variable::Exponential;
  RealValue t = isExponential ? act::exp(-a) : 1.0 / a;
  if (series.variable == Variable::InverseSquare)
    t = t * t;
  RealValue sum = a.constant(series.fit.coefficients.back());
  for (const Real &coefficient :
       llvm::reverse(llvm::ArrayRef(series.fit.coefficients).drop_back()))
    sum = a.constant(coefficient) + sum * t;
  if (isExponential)
    return series.power.isZero() ? sum
                                 : act::exp(a.constant(series.power) * a) * sum;
  int power = int(series.power.toDouble());
  Real rest = series.power - Real(double(power));
  // The last quotients are by a.
  for (; power <= -3; power += 2)
    sum = series.variable == Variable::InverseSquare ? sum * t : sum * t * t;
  for (; power < 0; ++power)
    sum = sum / a;
  for (; power > 0; --power)
    sum = sum * a;
  return rest.isZero() ? sum : sum * act::pow(a, a.constant(rest));
}

} // namespace actin
