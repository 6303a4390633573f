//===- Analyze.cpp - How a formula behaves on a range ---------------------===//

#include "actin/Analyze.h"

#include "Analysis/AnalyzeCurve.h"
#include "Analysis/BoxSearch.h"
#include "Analysis/CopyFormula.h"
#include "Analysis/IntervalEvaluator.h"

#include <algorithm>

namespace actin {

namespace {

/// Work for one bound, and for one set of samples: nodes evaluated.
constexpr size_t maxBoundWork = 1 << 19;
constexpr size_t maxSampleWork = 1 << 20;
constexpr double tolerance = 1e-6;

constexpr double vanishingSlope = 1e-3;
constexpr double explodingSlope = 1e3;

class Analyzer {
public:
  Analyzer(const Activation &activation, const AnalyzeOptions &options);

  Expected<AnalyzeReport> run(const DeriveFunction &derive);

private:
  Interval evaluateTightly(const Box &box);
  void boundValues();
  void findUndefined();
  void sampleValues();
  void analyzeInput(size_t index, const Activation &slope,
                    const Activation &gradient);
  void sampleSlope(InputAnalysis &input, const Activation &slope);
  void sampleGradient(InputAnalysis &input, const Activation &gradient);
  /// Sampled point number `index`.
  std::vector<double> getPoint(int index) const;

  const Activation &activation;
  AnalyzeOptions options;
  size_t maxEvaluations;
  Activation function; ///< What the values are: clamps are clips.
  Box whole;
  IntervalEvaluator values;
  std::vector<IntervalEvaluator> slopes; ///< By input.
  AnalyzeReport report;
};

} // namespace

//===----------------------------------------------------------------------===//
// What is analyzed
//===----------------------------------------------------------------------===//

/// The function that the values of `activation` are: each clamp bounds its
/// operand for the slope too, and no gradient is replaced.
static Activation toPlainFunction(const Activation &activation) {
  auto clampToClip = [](ExprGraph &graph, NodeId, const ExprNode &node,
                        llvm::ArrayRef<NodeId> operands) {
    return graph.add(node.kind == ExprKind::Clamp ? ExprKind::Clip : node.kind,
                     operands);
  };
  return copyFormula(activation, clampToClip);
}

Analyzer::Analyzer(const Activation &activation, const AnalyzeOptions &options)
    : activation(activation), options(options),
      function(toPlainFunction(activation)), values(function) {
  // A long formula is sampled, and divided, less often.
  size_t numNodes = function.getBody().getId() + 1;
  maxEvaluations = std::clamp<size_t>(maxBoundWork / numNodes, 10, 8000);
  this->options.numPoints = std::min<size_t>(
      options.numPoints, std::max<size_t>(maxSampleWork / numNodes, 100));
  for (const Range &range : options.ranges)
    whole.push_back({range.lower, range.upper});
  for (double parameter : options.parameters)
    whole.push_back(Interval::point(parameter));
}

/// Member `index` of the van der Corput sequence to a prime base, in [0, 1).
static double getHalton(unsigned index, unsigned base) {
  double value = 0, digit = 1;
  for (; index != 0; index /= base) {
    digit /= base;
    value += digit * (index % base);
  }
  return value;
}

std::vector<double> Analyzer::getPoint(int index) const {
  constexpr unsigned primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29};
  std::vector<double> point;
  for (size_t i = 0; i < options.ranges.size(); ++i) {
    const Range &range = options.ranges[i];
    double t = options.ranges.size() == 1
                   ? double(index) / (options.numPoints - 1)
                   : getHalton(index, primes[i % std::size(primes)]);
    double value = range.lower * (1 - t) + range.upper * t;
    point.push_back(std::clamp(value, range.lower, range.upper));
  }
  point.insert(point.end(), options.parameters.begin(),
               options.parameters.end());
  return point;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// The values in `box`, by the mean value theorem where that is tighter.
Interval Analyzer::evaluateTightly(const Box &box) {
  Interval direct = values.evaluate(box);
  if (direct.isEmpty() || direct.mayJump)
    return direct;
  Box middle = getMiddle(box);
  Interval sum = values.evaluate(middle);
  for (size_t i = 0; i < slopes.size(); ++i) {
    Interval slope = slopes[i].evaluate(box);
    if (slope.isEmpty() || slope.mayBeUndefined || slope.mayBePole)
      return direct;
    Interval offset = evaluateInterval(ExprKind::Sub, {box[i], middle[i]});
    Interval change = evaluateInterval(ExprKind::Mul, {slope, offset});
    sum = evaluateInterval(ExprKind::Add, {sum, change});
  }
  if (sum.isEmpty() || sum.mayBeUndefined)
    return direct;
  direct.lower = std::max(direct.lower, sum.lower);
  direct.upper = std::min(direct.upper, sum.upper);
  return direct;
}

void Analyzer::boundValues() {
  Maximum highest =
      findMaximum([&](const Box &box) { return evaluateTightly(box); }, whole,
                  tolerance, maxEvaluations);
  Maximum lowest = findMaximum(
      [&](const Box &box) {
        return evaluateInterval(ExprKind::Neg, {evaluateTightly(box)});
      },
      whole, tolerance, maxEvaluations);
  if (highest.bound >= -lowest.bound)
    report.values = {-lowest.bound, highest.bound};
}

void Analyzer::findUndefined() {
  auto isDefined = [&](const Box &box) {
    const Interval &value = values.evaluate(box);
    return !value.mayBeUndefined && !value.mayBePole && !value.isEmpty();
  };
  report.isDefined = true;
  divide(whole, 1e-12, maxEvaluations, isDefined,
         [&](const Box &, bool isClear) { return report.isDefined = isClear; });
}

void Analyzer::sampleValues() {
  PointEvaluator evaluator(function);
  report.numPoints = options.numPoints;
  for (int i = 0; i < options.numPoints; ++i) {
    std::vector<double> point = getPoint(i);
    const Real &value = evaluator.evaluate(point);
    if (value.isNaN() || value.isInfinity()) {
      if (report.numUndefined++ == 0) {
        point.resize(options.ranges.size());
        report.undefinedAt = point;
      }
      continue;
    }
    // fmin and fmax drop the NaN that stands for no value yet.
    Range &range = report.sampledValues;
    range = {std::fmin(range.lower, value.toDouble()),
             std::fmax(range.upper, value.toDouble())};
  }
}

//===----------------------------------------------------------------------===//
// Slopes
//===----------------------------------------------------------------------===//

void Analyzer::sampleSlope(InputAnalysis &input, const Activation &slope) {
  PointEvaluator evaluator(slope);
  input.sampledLipschitz = 0;
  for (int i = 0; i < options.numPoints; ++i) {
    std::vector<double> point = getPoint(i);
    double magnitude = std::fabs(evaluator.evaluate(point).toDouble());
    if (!(magnitude > input.sampledLipschitz))
      continue;
    input.sampledLipschitz = magnitude;
    point.resize(options.ranges.size());
    input.sampledAt = point;
  }
}

void Analyzer::sampleGradient(InputAnalysis &input,
                              const Activation &gradient) {
  PointEvaluator evaluator(gradient);
  int numVanishing = 0, numExploding = 0;
  for (int i = 0; i < options.numPoints; ++i) {
    double magnitude = std::fabs(evaluator.evaluate(getPoint(i)).toDouble());
    numVanishing += magnitude < vanishingSlope;
    numExploding += magnitude > explodingSlope;
  }
  input.vanishing = double(numVanishing) / options.numPoints;
  input.exploding = double(numExploding) / options.numPoints;
}

void Analyzer::analyzeInput(size_t index, const Activation &slope,
                            const Activation &gradient) {
  IntervalEvaluator &evaluator = slopes[index];
  InputAnalysis input;
  input.name = activation.getInputs()[index];
  Maximum steepest =
      findMaximum([&](const Box &box) { return evaluator.evaluate(box); },
                  whole, tolerance, maxEvaluations);
  Maximum flattest = findMaximum(
      [&](const Box &box) {
        return evaluateInterval(ExprKind::Neg, {evaluator.evaluate(box)});
      },
      whole, tolerance, maxEvaluations);
  input.slope = {-flattest.bound, steepest.bound};
  input.lipschitz = std::max({steepest.bound, flattest.bound, 0.0});
  input.lipschitzAtLeast =
      std::max({steepest.attained, flattest.attained, 0.0});
  sampleSlope(input, slope);
  sampleGradient(input, gradient);
  report.inputs.push_back(std::move(input));
}

Expected<AnalyzeReport> Analyzer::run(const DeriveFunction &derive) {
  findUndefined();
  sampleValues();
  for (size_t i = 0; i < activation.getInputs().size(); ++i) {
    const std::string &name = activation.getInputs()[i];
    Expected<Activation> slope = derive(function, name);
    if (!slope)
      return tl::make_unexpected(slope.error());
    Expected<Activation> gradient = derive(activation, name);
    if (!gradient)
      return tl::make_unexpected(gradient.error());
    slopes.emplace_back(*slope);
    analyzeInput(i, *slope, *gradient);
    if (activation.getInputs().size() == 1)
      analyzeCurve(function, *slope, whole, report);
  }
  boundValues();
  report.jumpsExcluded = excludeJumps(function, whole);
  for (const Kink &kink : report.kinks)
    if (kink.isJump)
      report.inputs.front().lipschitz = INFINITY;
  return std::move(report);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static std::string checkOptions(const Activation &activation,
                                const AnalyzeOptions &options) {
  if (options.ranges.size() != activation.getInputs().size())
    return "activation '" + activation.getName() + "' has " +
           std::to_string(activation.getInputs().size()) +
           " inputs, and ranges are given for " +
           std::to_string(options.ranges.size());
  if (options.parameters.size() != activation.getParameters().size())
    return "activation '" + activation.getName() + "' has " +
           std::to_string(activation.getParameters().size()) +
           " parameters, and values are given for " +
           std::to_string(options.parameters.size());
  for (const Range &range : options.ranges)
    if (!std::isfinite(range.lower) || !std::isfinite(range.upper) ||
        !(range.lower < range.upper))
      return "a range needs two finite numbers, the lower one first";
  for (double parameter : options.parameters)
    if (!std::isfinite(parameter))
      return "a parameter is not a finite number";
  if (options.numPoints < 2 || options.numPoints > AnalyzeOptions::maxPoints)
    return "the number of points is 2 to " +
           std::to_string(AnalyzeOptions::maxPoints);
  return {};
}

Expected<AnalyzeReport> analyze(const Activation &activation,
                                const AnalyzeOptions &options,
                                const DeriveFunction &derive) {
  std::string fault = checkOptions(activation, options);
  if (!fault.empty())
    return makeError(fault);
  return Analyzer(activation, options).run(derive);
}

} // namespace actin
