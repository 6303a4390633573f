//===- PiecewiseFit.cpp - Tables of functions -----------------------------===//
//
// Least squares at Chebyshev's nodes, which are nearly the best polynomials:
// Trefethen, "Approximation Theory and Approximation Practice" (SIAM, 2013),
// chapters 4 and 16.
//
//===----------------------------------------------------------------------===//

#include "Lowering/PiecewiseFit.h"

#include "Lowering/HalvingEnd.h"
#include "Lowering/LinearEnd.h"
#include "Lowering/RoundedPolynomial.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace actin {

namespace {

class PieceFitter {
public:
  explicit PieceFitter(const PiecewiseProblem &problem) : problem(problem) {}

  std::optional<Pieces> fit();

private:
  // Of a piece.
  static constexpr unsigned numNodes = 12, numChecks = 20;

  /// Chebyshev's, of [-1, 1].
  static const std::array<double, numNodes> &getNodes() {
    static const std::array<double, numNodes> nodes = [] {
      std::array<double, numNodes> all;
      for (auto [j, node] : llvm::enumerate(all))
        node = std::cos(M_PI * (j + 0.5) / numNodes);
      return all;
    }();
    return nodes;
  }

  struct Samples {
    std::array<double, numNodes> values; ///< At the nodes, over x^order.
    std::array<double, numNodes> series; ///< Chebyshev's, of these.
    std::array<float, numChecks> points;
    std::array<double, numChecks> exact;
    double middle, radius;                ///< Of the nodes.
    llvm::SmallVector<double, 3> centers; ///< To choose from.

    double evaluateSeries(double x) const;
  };

  std::optional<LinearEnd> findLine(int sign) const;
  bool layOut();
  bool layOutHalving();
  bool factorOutX();
  unsigned getOrderAtZero() const;
  std::optional<Samples> sample(int n) const;
  double chooseCenter(double around,
                      llvm::function_ref<double(double)> value) const;
  const std::optional<LinearEnd> &getLine(int n) const;
  llvm::SmallVector<double, 3> listCenters(int n) const;
  void writeLine(int n, const LinearEnd &line);
  void writePolynomial(int n, bool isCompensated);
  double measureTail(int n, double x, double value, double error) const;
  double measureTimesX(int n, double x, double value, double error) const;
  double measure(int n) const;
  bool fitPiece(int n);
  bool isWithinBoundsAtZero();
  double boundError(int n, float x, double value) const;

  int getHalvings(int n) const {
    return pieces.halvesBelow() ? std::max(-n, 0) : n;
  }
  bool hasTail(int n) const {
    return pieces.tail &&
           n == (pieces.halvesBelow() ? pieces.first : pieces.last);
  }
  bool hasFactor(int n) const {
    return problem.exponent && isOnSide(n, problem.exponentSide);
  }
  double getFactor(int n, double x) const {
    if (pieces.isHalving)
      return std::ldexp(hasTail(n)        ? end->getFactor(x) / end->scale
                        : pieces.isTimesX ? x
                                          : 1.0,
                        -getHalvings(n));
    return hasFactor(n) ? std::exp(problem.exponent(x)) : 1.0;
  }
  /// What piece n holds at x.
  double evaluate(int n, double x) const {
    double value = problem.function(x) / getFactor(n, x);
    return pieces.isTimesX ? value - 1 : value;
  }

  static size_t getEntry(int n) { return size_t(n) % Pieces::maxCount; }
  unsigned getOrder(int n) const { return n == 0 ? orderAtZero : 0; }
  const Samples &getSamples(int n) const { return samples[n - pieces.first]; }
  unsigned getDegree() const { return pieces.coefficients.size() - 1; }

  /// A little more than a half: what rounding moves to the next piece.
  static constexpr double reach = 0.5004;
  /// Beside the value.
  static constexpr double tailTolerance = 0x1p-26;
  /// What a result's error may be, by the sum of all roundings; the product
  /// with an exponential adds 0.75. A tail is seen at many more points.
  static constexpr double maxTableUlps = 1.95, maxFactorUlps = 1.25,
                          maxTailUlps = 1.99;

  const PiecewiseProblem &problem;
  Pieces pieces;
  std::optional<LinearEnd> below, above;
  std::optional<HalvingEnd> end;
  double lower = 0, upper = 0; ///< Where tails begin, or all ends.
  unsigned orderAtZero = 0;
  std::vector<Samples> samples; ///< From the first piece on.
};

} // namespace

std::optional<LinearEnd> PieceFitter::findLine(int sign) const {
  return findLinearEnd([&](double x) { return this->evaluate(sign, x); }, sign,
                       sign < 0 ? -problem.least : problem.most, tailTolerance);
}

/// As many pieces as there are. A function of all numbers halves below, and is
/// constant above; one that is 0 at 0 is x there.
bool PieceFitter::layOutHalving() {
  pieces.isHalving = true;
  pieces.step = M_LN2 / problem.halvingRate;
  pieces.last = Pieces::maxCount - 1;
  if (!problem.isHalf) {
    pieces.first = -1;
    above = findLine(1);
    if (!above || (problem.function(0) != 0 && above->c1 != 0))
      return false;
    pieces.last = int(std::ceil(above->from / pieces.step + reach));
    pieces.first = pieces.last - (Pieces::maxCount - 1);
    if (pieces.first >= 0)
      return false;
    pieces.most = pieces.getLast();
  }
  int sign = pieces.halvesBelow() ? -1 : 1;
  int from = pieces.halvesBelow() ? -pieces.first : pieces.last;
  end =
      findHalvingEnd(problem.function, pieces.step, sign, from, tailTolerance);
  if (!end)
    return false;
  pieces.tail = end->tail;
  return problem.function(0) != 0 || (!problem.isHalf && factorOutX());
}

/// False where the function is not x from somewhere on, nor vanishes as x times
/// what halves.
bool PieceFitter::factorOutX() {
  if (getOrderAtZero() != 1 || above->c0 != 0 || above->c1 != 1 || !end->tail ||
      end->tail->shift != 0)
    return false;
  double slope = end->tail->squareSlope;
  constexpr double noise = 0x1p-12;
  if (std::fabs(end->tail->squareConstant) >
      noise * std::fabs(slope * pieces.getFirst()))
    return false;
  pieces.isTimesX = true;
  end->tail->squareConstant = 0;
  pieces.tail = end->tail;
  if (slope == 0)
    pieces.tail.reset();
  above->c1 = 0; // Of what the pieces hold.
  return true;
}

bool PieceFitter::layOut() {
  if (problem.halvingRate > 0)
    return layOutHalving();
  above = findLine(1);
  if (!above && std::isinf(problem.most))
    return false;
  upper = above ? above->from : problem.most;
  if (!problem.isHalf) {
    below = findLine(-1);
    if (!below && std::isinf(problem.least))
      return false;
    lower = below ? below->from : -problem.least;
  }
  // An outermost piece that is linear begins where the tail does.
  auto countPieces = [&](double distance, bool isTail) {
    return int(std::ceil(distance / pieces.step + (isTail ? reach : 0)));
  };
  pieces.step = (lower + upper) / (Pieces::maxCount - 1);
  do {
    pieces.step *= 1.01;
    pieces.last = countPieces(upper, above.has_value());
    pieces.first = problem.isHalf ? 0 : -countPieces(lower, below.has_value());
  } while (pieces.last - pieces.first >= Pieces::maxCount);
  // A constant is what it is at the last piece, if nothing is multiplied on.
  auto goesOn = [&](const std::optional<LinearEnd> &tail, int n) {
    return tail && (tail->c1 != 0 || hasFactor(n));
  };
  pieces.least =
      goesOn(below, pieces.first) ? problem.least : pieces.getFirst();
  pieces.most = goesOn(above, pieces.last) ? problem.most : pieces.getLast();
  return true;
}

/// The k of f(x) ~ c x^k at 0, where f(0) = 0.
unsigned PieceFitter::getOrderAtZero() const {
  if (problem.function(0) != 0)
    return 0;
  double x = pieces.step * 0x1p-8;
  double order = std::log2(std::fabs(problem.function(2 * x)) /
                           std::fabs(problem.function(x)));
  return order > 0.9 && order < 4.1 ? unsigned(std::lround(order)) : 0;
}

/// The coefficients of the polynomial through values at cos(pi (j + 1/2) / N).
template <size_t N>
static std::array<double, N> interpolate(const std::array<double, N> &values) {
  std::array<double, N> series;
  for (size_t k = 0; k != N; ++k) {
    double sum = 0;
    for (size_t j = 0; j != N; ++j)
      sum += values[j] * std::cos(M_PI * k * (j + 0.5) / N);
    series[k] = sum * (k == 0 ? 1.0 : 2.0) / N;
  }
  return series;
}

double PieceFitter::Samples::evaluateSeries(double x) const {
  double z = (x - middle) / radius, last = 0, previous = 0;
  for (size_t k = series.size(); k-- > 0;) {
    double next = (k == 0 ? 1 : 2) * z * last - previous + series[k];
    previous = last;
    last = next;
  }
  return last;
}

/// nullopt where it is no number, or the exponential grows.
std::optional<PieceFitter::Samples> PieceFitter::sample(int n) const {
  double least = n - reach, most = n + reach;
  if (problem.isHalf && n == 0)
    least = 0;
  if (n == pieces.first && !problem.isHalf && !below && !pieces.isHalving)
    least = n;
  if (n == pieces.last && !above && !pieces.isHalving)
    most = n;
  Samples piece;
  piece.middle = (least + most) / 2 * pieces.step;
  piece.radius = (most - least) / 2 * pieces.step;
  std::array<double, numNodes> &values = piece.values;
  for (unsigned j = 0; j != numNodes; ++j) {
    double x = piece.middle + piece.radius * getNodes()[j];
    values[j] = evaluate(n, x) / std::pow(x, int(getOrder(n)));
    if (!std::isfinite(values[j]) || (hasFactor(n) && problem.exponent(x) > 0))
      return std::nullopt;
  }
  piece.series = interpolate(values);
  for (unsigned j = 0; j != numChecks; ++j) {
    // Denser at the ends, as the extremes of what a series leaves are.
    double z = std::cos(M_PI * j / (numChecks - 1));
    piece.points[j] = float(piece.middle + piece.radius * z);
    piece.exact[j] = evaluate(n, piece.points[j]);
  }
  return piece;
}

/// A number near `around` where the function is one of f32 but for little: the
/// first coefficient, which all of the result's digits are of, then needs no
/// rounding (Gal, "Computing elementary functions", 1986).
double
PieceFitter::chooseCenter(double around,
                          llvm::function_ref<double(double)> value) const {
  // Of few bits, so that differences are exact.
  double unit = std::ldexp(1.0, std::ilogb(pieces.step) - 13);
  double first = std::nearbyint(around / unit);
  double best = 0, bestError = std::numeric_limits<double>::infinity();
  constexpr int maxTries = 128;
  for (int j = 0; j != maxTries; ++j) {
    double center = (first + (j % 2 ? -j : j) / 2) * unit;
    double exact = value(center), error = std::fabs(exact - float(exact));
    if (error < bestError) {
      bestError = error;
      best = center;
    }
    if (error <= 0x1p-30 * std::fabs(exact))
      break;
  }
  return best;
}

/// That of piece n, if it is one.
const std::optional<LinearEnd> &PieceFitter::getLine(int n) const {
  static const std::optional<LinearEnd> none;
  return n == pieces.last ? above : n == pieces.first ? below : none;
}

/// The middle of the piece, and its ends: where the function is much smaller at
/// one, what is added to the middle's value would cancel.
llvm::SmallVector<double, 3> PieceFitter::listCenters(int n) const {
  if (pieces.isHalving || getOrder(n) != 0)
    return {n * pieces.step};
  auto evaluate = [&](double x) {
    const std::optional<LinearEnd> &line = getLine(n);
    return line ? line->c0 + line->c1 * x : getSamples(n).evaluateSeries(x);
  };
  llvm::SmallVector<double, 3> centers;
  for (double place : {0.0, -0.5, 0.5})
    if (place == 0 || !getLine(n))
      centers.push_back(chooseCenter((n + place) * pieces.step, evaluate));
  return centers;
}

void PieceFitter::writeLine(int n, const LinearEnd &line) {
  size_t entry = getEntry(n);
  for (Pieces::Row &row : pieces.coefficients)
    row[entry] = 0;
  pieces.coefficients[0][entry] =
      float(line.c0 + line.c1 * pieces.centers[entry]);
  pieces.coefficients[1][entry] = float(line.c1);
}

/// Where `isCompensated`, coefficients make up for the roundings of those
/// before them; at a root of the first's there is more to do.
void PieceFitter::writePolynomial(int n, bool isCompensated) {
  const Samples &piece = getSamples(n);
  size_t entry = getEntry(n);
  unsigned order = getOrder(n), numTerms = getDegree() + 1 - order;
  std::array<double, numNodes> offsets;
  for (auto [j, offset] : llvm::enumerate(offsets))
    offset =
        piece.middle - pieces.centers[entry] + piece.radius * getNodes()[j];
  unsigned numExact = !isCompensated ? numTerms : order != 0 ? 1 : 0;
  RoundedPolynomial fitted =
      fitRoundedPolynomial(offsets, piece.values, numTerms, numExact);
  for (unsigned k = 0; k <= getDegree(); ++k)
    pieces.coefficients[k][entry] = k < order ? 0 : fitted[k - order];
}

/// Infinite for no number.
static double getUlp(double value) {
  constexpr int least = -149;
  if (!std::isfinite(value))
    return HUGE_VAL;
  return value == 0 ? std::ldexp(1.0, least)
                    : std::ldexp(1.0, std::max(std::ilogb(value) - 23, least));
}

/// Of the result in f32 at x in piece n: what the polynomial is off, what the
/// offset is, and half an ulp of each step.
double PieceFitter::boundError(int n, float x, double value) const {
  size_t entry = getEntry(n);
  double offset = x - pieces.centers[entry];
  double sum = pieces.coefficients.back()[entry], slope = 0, rounding = 0;
  for (size_t k = getDegree(); k-- > 0;) {
    slope = slope * offset + sum;
    sum = sum * offset + pieces.coefficients[k][entry];
    rounding = rounding * std::fabs(offset) + getUlp(k == 0 ? value : sum) / 2;
  }
  // A difference of numbers of one sign, a factor of two apart, is exact.
  bool isRounded = getUlp(offset) > getUlp(x) || pieces.isHalving;
  double lost = isRounded ? getUlp(offset) / 2 * std::fabs(slope) : 0;
  return std::fabs(sum - value) + rounding + lost;
}

/// Of the result, over what it may be, where piece n has a tail and is off by
/// `error` at x, there and further out.
double PieceFitter::measureTail(int n, double x, double value,
                                double error) const {
  constexpr int far = 150; // There results are subnormal.
  double worst = 0, step = pieces.halvesBelow() ? -pieces.step : pieces.step;
  double shifted = value * pieces.tail->shift;
  // A square is hardly larger than what it is added to is off.
  int numRoundings = pieces.tail->hasSquare() ? 2 : 1;
  for (int m = getHalvings(n); m != far; ++m, x += step) {
    double factor = std::fabs(x + pieces.tail->shift);
    double ulp = getUlp(value * factor);
    double rounding = (ulp + numRoundings * getUlp(shifted)) / 2;
    worst = std::max(worst, (error * factor + rounding) / (maxTailUlps * ulp));
  }
  return worst;
}

/// Of the result, over what it may be, where it is x (1 + value).
double PieceFitter::measureTimesX(int n, double x, double value,
                                  double error) const {
  double growth = 1 + value;
  // A tail's last digits are those of any of its x.
  if (hasTail(n))
    return (error / growth * 0x1p24 + 1) / maxTailUlps;
  double ulp = getUlp(x * growth);
  return (error * std::fabs(x) + ulp / 2) / (maxTableUlps * ulp);
}

/// The largest error of piece n, over what it may be.
double PieceFitter::measure(int n) const {
  bool isWhole = !hasFactor(n) || pieces.isHalving;
  double maxUlps = isWhole ? maxTableUlps : maxFactorUlps, worst = 0;
  const Samples &piece = getSamples(n);
  for (auto [x, exact] : llvm::zip_equal(piece.points, piece.exact)) {
    double error = boundError(n, x, exact);
    double relative = pieces.isTimesX ? measureTimesX(n, x, exact, error)
                      : hasTail(n)    ? measureTail(n, x, exact, error)
                                      : error / (maxUlps * getUlp(exact));
    if (!(relative <= worst) &&
        !(error <= problem.allowance(x) / getFactor(n, x)))
      worst = relative;
  }
  return worst;
}

/// Writes the coefficients of piece n that are best, of those that make up for
/// each other's roundings only if others will not do; false where they are not
/// good enough.
bool PieceFitter::fitPiece(int n) {
  double &center = pieces.centers[getEntry(n)];
  auto write = [&](bool isCompensated) {
    if (const std::optional<LinearEnd> &line = getLine(n))
      writeLine(n, *line);
    else
      writePolynomial(n, isCompensated);
  };
  double best = 0, least = std::numeric_limits<double>::infinity();
  bool isBestCompensated = false;
  for (bool isCompensated : {false, true}) {
    for (double candidate : samples[n - pieces.first].centers) {
      center = candidate;
      write(isCompensated);
      double error = measure(n);
      if (!(error < least))
        continue;
      best = candidate;
      isBestCompensated = isCompensated;
      least = error;
    }
    if (least <= 1)
      break;
  }
  center = best;
  write(isBestCompensated);
  return least <= 1 && (getOrder(n) == 0 || isWithinBoundsAtZero());
}

/// Next to 0 a product of x and a coefficient is left, of any digits: its
/// roundings count in full, and so does what the coefficient lacks.
bool PieceFitter::isWithinBoundsAtZero() {
  double exact = getSamples(0).evaluateSeries(0);
  double coefficient = pieces.coefficients[orderAtZero][0];
  double missing = exact - coefficient;
  double ulps = std::fabs(missing / exact) * 0x1p24;
  // That of the coefficient as it is beside what follows, and of products.
  double rounding =
      getUlp(coefficient * (1 - 0x1p-20)) / std::fabs(exact) * 0x1p23 +
      (orderAtZero - 1);
  constexpr double mostInexact = 1.4, mostExact = 1.501;
  if (ulps + rounding <= mostInexact || (ulps < 0.1 && rounding <= mostExact))
    return true;
  if (orderAtZero != 1 || rounding > mostExact)
    return false;
  pieces.lowSlopes.emplace();
  (*pieces.lowSlopes)[0] = float(missing);
  return true;
}

std::optional<Pieces> PieceFitter::fit() {
  if (!layOut())
    return std::nullopt;
  orderAtZero = pieces.isTimesX ? 0 : getOrderAtZero();
  for (int n = pieces.first; n <= pieces.last; ++n) {
    std::optional<Samples> piece = sample(n);
    if (!piece)
      return std::nullopt;
    samples.push_back(*piece);
  }
  for (int n = pieces.first; n <= pieces.last; ++n)
    samples[n - pieces.first].centers = listCenters(n);
  unsigned degree = std::max(3u, orderAtZero);
  for (int n = pieces.first; n <= pieces.last && degree <= problem.maxDegree;) {
    pieces.coefficients.resize(degree + 1);
    if (fitPiece(n)) {
      ++n;
      continue;
    }
    ++degree;
    n = pieces.first;
    pieces.lowSlopes.reset();
  }
  return degree <= problem.maxDegree ? std::optional(pieces) : std::nullopt;
}

std::optional<Pieces> fitPieces(const PiecewiseProblem &problem) {
  return PieceFitter(problem).fit();
}

} // namespace actin
