//===- AnalyzeCurve.cpp - Trends, kinks and tails of a curve --------------===//

#include "Analysis/AnalyzeCurve.h"

#include "Analysis/IntervalEvaluator.h"

#include <algorithm>

namespace actin {

namespace {

/// Divisions of the range, for a formula of that many nodes.
size_t getMaxEvaluations(const Activation &function) {
  size_t numNodes = function.getBody().getId() + 1;
  return std::clamp<size_t>((1 << 20) / numNodes, 10, 20000);
}
constexpr size_t maxPieces = 1000;

/// Relative to the range: how exactly turning points, and kinks, are placed.
constexpr double trendWidth = 1e-7;
constexpr double kinkWidth = 1e-13;

/// Jumps below this times 1 + |f| come from the rounded constants of formulas
/// whose branches are meant to meet.
constexpr double smallestJump = 1e-9;
constexpr double smallestKink = 1e-6;

constexpr double saturatedSlope = 1e-3;

class CurveAnalyzer {
public:
  CurveAnalyzer(const Activation &function, const Activation &slope,
                const Box &whole, AnalyzeReport &report)
      : values(function), slopes(slope), points(function), whole(whole),
        report(report), maxEvaluations(getMaxEvaluations(function)) {}

  void findTrends();
  void findKinks();
  void findSaturation();

private:
  /// `mayShrink`: a smaller part may tell constant from rising.
  Trend classify(const Box &box, bool mayShrink);
  void addTrend(const Range &where, Trend trend);
  void dropBrackets();
  void addKink(const Range &where);
  double getSlopeAt(double x);
  double findLimit(double sign);

  IntervalEvaluator values, slopes;
  PointEvaluator points;
  const Box &whole;
  AnalyzeReport &report;
  size_t maxEvaluations;
};

} // namespace

//===----------------------------------------------------------------------===//
// Trends
//===----------------------------------------------------------------------===//

Trend CurveAnalyzer::classify(const Box &box, bool mayShrink) {
  if (values.evaluate(box).isEmpty())
    return Trend::Undefined;
  const Interval &slope = slopes.evaluate(box);
  if (slope.isEmpty() || slope.mayBeUndefined || slope.mayBePole)
    return Trend::Unproven;
  if (slope.lower == 0 && slope.upper == 0)
    return Trend::Constant;
  bool touchesZero = slope.lower == 0 || slope.upper == 0;
  if (mayShrink && touchesZero && (slope.mayJump || slope.mayKink))
    return Trend::Unproven;
  if (slope.lower >= 0)
    return Trend::Rising;
  return slope.upper <= 0 ? Trend::Falling : Trend::Unproven;
}

void CurveAnalyzer::addTrend(const Range &where, Trend trend) {
  auto &trends = report.trends;
  if (!trends.empty() && trends.back().trend == trend)
    trends.back().where.upper = where.upper;
  else
    trends.push_back({where, trend});
}

/// A bracket around a turning point becomes the point between two pieces.
void CurveAnalyzer::dropBrackets() {
  double narrow = 16 * trendWidth * whole[0].width();
  std::vector<TrendPiece> all = std::move(report.trends);
  report.trends.clear();
  double begin = NAN;
  for (const TrendPiece &piece : all) {
    bool isBracket = piece.trend == Trend::Unproven &&
                     piece.where.upper - piece.where.lower <= narrow;
    if (!isBracket) {
      addTrend(
          {std::isnan(begin) ? piece.where.lower : begin, piece.where.upper},
          piece.trend);
      begin = NAN;
      continue;
    }
    begin = (piece.where.lower + piece.where.upper) / 2;
    if (!report.trends.empty())
      report.trends.back().where.upper = begin;
  }
  if (!std::isnan(begin) && !report.trends.empty())
    report.trends.back().where.upper = whole[0].upper;
}

void CurveAnalyzer::findTrends() {
  report.isComplete &= divide(
      whole, trendWidth, maxEvaluations,
      [&](const Box &box) { return classify(box, true) != Trend::Unproven; },
      [&](const Box &box, bool) {
        addTrend({box[0].lower, box[0].upper}, classify(box, false));
        return report.trends.size() <= 2 * maxPieces;
      });
  dropBrackets();
  report.isComplete &= report.trends.size() <= maxPieces;
}

//===----------------------------------------------------------------------===//
// Kinks
//===----------------------------------------------------------------------===//

double CurveAnalyzer::getSlopeAt(double x) {
  Box point = whole;
  point[0] = Interval::point(x);
  const Interval &slope = slopes.evaluate(point);
  return slope.isEmpty() ? NAN : slope.lower / 2 + slope.upper / 2;
}

/// Where `values` may jump by more than a formula's constants are rounded.
static bool isJump(const Interval &values) {
  return values.width() > smallestJump * (1 + values.mignitude());
}

void CurveAnalyzer::addKink(const Range &where) {
  Box bracket = whole;
  bracket[0] = {where.lower, where.upper};
  // Just outside, lest a bound be the very place.
  double step = kinkWidth * whole[0].width() + 1e-15 * whole[0].magnitude();
  Kink kink{where, getSlopeAt(std::max(where.lower - step, whole[0].lower)),
            getSlopeAt(std::min(where.upper + step, whole[0].upper)),
            isJump(values.evaluate(bracket))};
  double scale = 1 + std::fabs(kink.slopeBefore) + std::fabs(kink.slopeAfter);
  bool isSmooth =
      std::fabs(kink.slopeAfter - kink.slopeBefore) <= smallestKink * scale;
  if (kink.isJump || !isSmooth)
    report.kinks.push_back(kink);
}

void CurveAnalyzer::findKinks() {
  Range bracket; // Of unclear parts side by side.
  auto isSmooth = [&](const Box &box) {
    const Interval &value = values.evaluate(box);
    const Interval &slope = slopes.evaluate(box);
    return !(value.mayJump || value.mayKink || slope.mayJump || slope.mayKink);
  };
  auto visit = [&](const Box &box, bool isClear) {
    if (isClear) {
      if (!std::isnan(bracket.lower))
        addKink(bracket);
      bracket = {};
    } else {
      bracket.lower = std::fmin(bracket.lower, box[0].lower);
      bracket.upper = box[0].upper;
    }
    return report.kinks.size() <= maxPieces;
  };
  report.isComplete &=
      divide(whole, kinkWidth, maxEvaluations, isSmooth, visit);
  if (!std::isnan(bracket.lower) && report.isComplete)
    addKink(bracket);
}

bool excludeJumps(const Activation &function, const Box &whole) {
  IntervalEvaluator values(function);
  bool excluded = true;
  bool isComplete = divide(
      whole, kinkWidth, getMaxEvaluations(function),
      [&](const Box &box) {
        const Interval &result = values.evaluate(box);
        return !result.mayJump || !isJump(result);
      },
      [&](const Box &, bool isClear) { return excluded = isClear; });
  return excluded && isComplete;
}

//===----------------------------------------------------------------------===//
// Saturation
//===----------------------------------------------------------------------===//

/// The value at 2^120 and beyond, or at what the exponentials of a formula
/// written naively still bear.
double CurveAnalyzer::findLimit(double sign) {
  for (auto [near, far] : {std::pair(0x1p60, 0x1p120), std::pair(5e3, 1e4)}) {
    std::vector<double> point;
    for (const Interval &side : whole)
      point.push_back(side.lower);
    point[0] = sign * near;
    double first = points.evaluate(point).toDouble();
    point[0] = sign * far;
    double second = points.evaluate(point).toDouble();
    if (std::fabs(first - second) <= 1e-6 * std::fabs(second) + 1e-9)
      return std::fabs(second) < 1e-300 ? 0 : second;
    if (std::isfinite(first) && std::isfinite(second))
      return NAN;
  }
  return NAN;
}

void CurveAnalyzer::findSaturation() {
  Range middle; // Where the slope is not proven to be small.
  divide(
      whole, trendWidth, maxEvaluations,
      [&](const Box &box) {
        const Interval &slope = slopes.evaluate(box);
        bool isFlat = !slope.isEmpty() && !slope.mayBePole &&
                      !slope.mayBeUndefined &&
                      slope.magnitude() < saturatedSlope;
        return isFlat || slope.mignitude() >= saturatedSlope;
      },
      [&](const Box &box, bool) {
        if (!(slopes.evaluate(box).magnitude() < saturatedSlope)) {
          middle.lower = std::fmin(middle.lower, box[0].lower);
          middle.upper = box[0].upper;
        }
        return true;
      });
  report.left.limit = findLimit(-1);
  report.right.limit = findLimit(1);
  bool isFlat = std::isnan(middle.lower);
  if (isFlat || middle.lower > whole[0].lower)
    report.left.until = isFlat ? whole[0].upper : middle.lower;
  if (isFlat || middle.upper < whole[0].upper)
    report.right.until = isFlat ? whole[0].lower : middle.upper;
}

void analyzeCurve(const Activation &function, const Activation &slope,
                  const Box &whole, AnalyzeReport &report) {
  CurveAnalyzer analyzer(function, slope, whole, report);
  analyzer.findTrends();
  analyzer.findKinks();
  analyzer.findSaturation();
}

} // namespace actin
