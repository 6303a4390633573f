//===- Audit.cpp - What can go wrong in a formula as it is written --------===//
//
// The finite numbers of the compute type are divided into pieces. Intervals on
// the pieces prove ranges; exact values at the pieces' ends show hazards.
//
//===----------------------------------------------------------------------===//

#include "actin/Audit.h"

#include "Analysis/BoxSearch.h"
#include "Analysis/CopyFormula.h"
#include "Analysis/IntervalEvaluator.h"
#include "Expr/EvaluateNode.h"
#include "Expr/PrintExcerpt.h"

#include <algorithm>
#include <cfloat>
#include <map>

namespace actin {

namespace {

constexpr size_t maxNodes = 400;
constexpr size_t maxClamps = 16;
constexpr size_t maxTextBytes = 48;
constexpr double leastBitsLost = 10;

struct Format {
  double largest, smallestNormal, smallest;
  int precision;
};

class Auditor {
public:
  Auditor(const Activation &activation, const AuditOptions &options);

  AuditReport run();

private:
  void chooseEnds();
  void forEachPoint(llvm::function_ref<void(llvm::ArrayRef<double>)> visit);
  void forEachInfinity(llvm::function_ref<void(llvm::ArrayRef<double>)> visit);
  void forEachBox(llvm::function_ref<void(const Box &)> visit);
  void findInexact();
  void boundNodes();
  void inspect(NodeId id, llvm::ArrayRef<double> point);
  void inspectAccuracy(NodeId id, llvm::ArrayRef<double> point);
  void note(NodeId id, HazardKind kind, llvm::ArrayRef<double> point,
            double bitsLost = 0);
  void auditClamp(NodeId id);
  void compareResults(ClampEffect &effect, llvm::ArrayRef<double> point,
                      double clamped, double exact) const;
  double toUlps(double difference, double exact) const;
  std::vector<double> getInputs(llvm::ArrayRef<double> point) const;

  const Activation &activation;
  const AuditOptions &options;
  const ExprGraph &graph;
  ComputeType type;
  Format format;
  std::vector<NodeId> nodes;
  std::vector<bool> inexact; ///< By node: its value carries a rounding error.
  std::vector<double> ends;  ///< Of the pieces of an input, rising.
  PointEvaluator points;
  std::map<NodeId, AuditedNode> audited;
  AuditReport report;
};

} // namespace

Auditor::Auditor(const Activation &activation, const AuditOptions &options)
    : activation(activation), options(options),
      graph(*activation.getBody().getGraph()),
      type(options.isF64 ? ComputeType::F64 : ComputeType::F32),
      format(options.isF64
                 ? Format{DBL_MAX, DBL_MIN, DBL_TRUE_MIN, DBL_MANT_DIG}
                 : Format{FLT_MAX, FLT_MIN, FLT_TRUE_MIN, FLT_MANT_DIG}),
      nodes(graph.listReachable(activation.getBody().getId())),
      points(activation, type) {}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

/// Ends that are numbers of the type: close together where formulas change,
/// far apart where they only grow; fewer of them for more inputs.
void Auditor::chooseEnds() {
  size_t numInputs = activation.getInputs().size();
  bool isLong = nodes.size() > 200;
  double step = numInputs == 1 ? (isLong ? 0.5 : 1.0 / 24) : 2.0;
  std::vector<double> magnitudes = {0, format.smallest, format.largest};
  double top = std::log2(format.largest) - 1;
  if (numInputs <= 2) {
    for (double e = -8; e <= 12; e += step)
      magnitudes.push_back(float(std::exp2(e)));
    double coarse = numInputs == 1 && !isLong ? 4 : 64;
    for (double e = 16; e <= top; e += coarse)
      magnitudes.insert(magnitudes.end(), {std::exp2(e), std::exp2(-e)});
  } else if (numInputs <= 4) {
    magnitudes.insert(magnitudes.end(), {1, 64});
  }
  for (double magnitude : magnitudes)
    ends.insert(ends.end(), {magnitude, -magnitude});
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  if (numInputs > 4)
    ends = {-format.largest, format.largest};
  if (numInputs > 10) // One box; a point at each corner would be too many.
    report.isComplete = false;
}

void Auditor::forEachPoint(
    llvm::function_ref<void(llvm::ArrayRef<double>)> visit) {
  size_t numInputs = std::min<size_t>(activation.getInputs().size(), 10);
  std::vector<size_t> digits(numInputs);
  std::vector<double> point(activation.getInputs().size(), ends.front());
  point.insert(point.end(), options.parameters.begin(),
               options.parameters.end());
  while (true) {
    for (size_t i = 0; i < numInputs; ++i)
      point[i] = ends[digits[i]];
    visit(point);
    size_t i = 0;
    while (i < numInputs && ++digits[i] == ends.size())
      digits[i++] = 0;
    if (i == numInputs)
      return;
  }
}

/// One input after the other goes to its infinities, while the rest are at the
/// points.
void Auditor::forEachInfinity(
    llvm::function_ref<void(llvm::ArrayRef<double>)> visit) {
  forEachPoint([&](llvm::ArrayRef<double> point) {
    std::vector<double> moved = point.vec();
    for (size_t i = 0, e = activation.getInputs().size(); i != e; ++i) {
      if (point[i] != ends.back()) // Once for each point of the others.
        continue;
      for (double infinity : {-INFINITY, INFINITY}) {
        moved[i] = infinity;
        visit(moved);
      }
      moved[i] = point[i];
    }
  });
}

/// The boxes whose lower corners are points.
void Auditor::forEachBox(llvm::function_ref<void(const Box &)> visit) {
  size_t numInputs = activation.getInputs().size();
  forEachPoint([&](llvm::ArrayRef<double> corner) {
    Box box;
    for (size_t i = 0; i < corner.size(); ++i) {
      double upper = corner[i];
      if (i < numInputs) {
        auto next = llvm::upper_bound(ends, upper);
        if (next == ends.end())
          return;
        upper = *next;
      }
      box.push_back({corner[i], upper});
    }
    visit(box);
  });
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// Negation and selection pass errors on; other operations round.
void Auditor::findInexact() {
  inexact.resize(graph.size());
  for (NodeId id : nodes) {
    const ExprNode &node = graph.getNode(id);
    switch (node.kind) {
    case ExprKind::Neg:
    case ExprKind::Abs:
    case ExprKind::Min:
    case ExprKind::Max:
    case ExprKind::Clip:
    case ExprKind::Clamp:
    case ExprKind::Where:
      for (NodeId operand : node.operands)
        inexact[id] = inexact[id] || inexact[operand];
      break;
    default:
      inexact[id] = !node.operands.empty() && !isTruthValue(node.kind);
    }
  }
}

void Auditor::boundNodes() {
  IntervalEvaluator intervals(activation, type);
  std::map<NodeId, Interval> ranges;
  for (auto &[id, node] : audited)
    ranges[id] = Interval::empty();
  forEachBox([&](const Box &box) {
    intervals.evaluate(box);
    for (auto &[id, range] : ranges)
      range = hull(range, intervals.getValues(id));
  });
  for (auto &[id, node] : audited) {
    node.lower = ranges[id].lower;
    node.upper = ranges[id].upper;
  }
}

std::vector<double> Auditor::getInputs(llvm::ArrayRef<double> point) const {
  return point.take_front(activation.getInputs().size()).vec();
}

static double getNorm(llvm::ArrayRef<double> point) {
  double norm = 0;
  for (double value : point)
    norm = std::max(norm, std::fabs(value));
  return norm;
}

void Auditor::note(NodeId id, HazardKind kind, llvm::ArrayRef<double> point,
                   double bitsLost) {
  std::vector<double> inputs = getInputs(point);
  for (Hazard &hazard : audited[id].hazards) {
    if (hazard.kind != kind)
      continue;
    bool isBetter = kind == HazardKind::Cancellation
                        ? bitsLost > hazard.bitsLost
                        : getNorm(inputs) < getNorm(hazard.at);
    if (isBetter)
      hazard = {kind, inputs, bitsLost};
    return;
  }
  audited[id].hazards.push_back({kind, inputs, bitsLost});
}

/// |f(v (1 + e)) - f(v)| / |e f(v)|, how much a relative error of an operand
/// is multiplied.
static double getCondition(ExprKind kind, llvm::ArrayRef<Real> operands,
                           size_t index, const Real &value) {
  constexpr double change = 0x1p-45;
  llvm::SmallVector<Real, 3> changed(operands);
  changed[index] = changed[index] * Real(1 + change);
  Real difference = evaluateNode(kind, changed) - value;
  return std::fabs((difference / value).toDouble()) / change;
}

void Auditor::inspectAccuracy(NodeId id, llvm::ArrayRef<double> point) {
  const ExprNode &node = graph.getNode(id);
  const Real &value = points.getValue(id);
  // Steps and selections jump, and no error of theirs is one of rounding.
  bool isSmooth = inexact[id] && node.kind != ExprKind::Where &&
                  node.kind != ExprKind::Sign && node.kind != ExprKind::Floor &&
                  node.kind != ExprKind::Ceil && node.kind != ExprKind::Round;
  if (!isSmooth || value.isZero())
    return;
  llvm::SmallVector<Real, 3> operands;
  for (NodeId operand : node.operands)
    operands.push_back(points.getValue(operand));
  double condition = 0;
  for (auto [i, operand] : llvm::enumerate(node.operands))
    if (inexact[operand] && !isTruthValue(graph.getNode(operand).kind))
      condition =
          std::max(condition, getCondition(node.kind, operands, i, value));
  double bits = std::min(std::log2(condition), double(format.precision));
  if (bits >= leastBitsLost)
    note(id, HazardKind::Cancellation, point, bits);
}

/// Of finite operands other functions are infinite only by overflow.
static bool mayBePole(ExprKind kind) {
  switch (kind) {
  case ExprKind::Div:
  case ExprKind::Log:
  case ExprKind::Log2:
  case ExprKind::Log10:
  case ExprKind::Log1p:
  case ExprKind::Rsqrt:
  case ExprKind::Atanh:
    return true;
  default:
    return false;
  }
}

void Auditor::inspect(NodeId id, llvm::ArrayRef<double> point) {
  const ExprNode &node = graph.getNode(id);
  const Real &value = points.getValue(id);
  bool areNormal = true;
  for (NodeId operand : node.operands) {
    const Real &number = points.getValue(operand);
    double magnitude = std::fabs(number.toDouble());
    if (!(magnitude <= format.largest)) // An infinity, or undefined.
      return;
    bool isLeaf = graph.getNode(operand).operands.empty();
    areNormal &= isLeaf || magnitude >= format.smallestNormal;
  }
  double magnitude = std::fabs(value.toDouble());
  if (value.isNaN())
    return note(id, HazardKind::Undefined, point);
  if (value.isInfinity() && mayBePole(node.kind))
    return note(id, HazardKind::Pole, point);
  if (magnitude > format.largest)
    return note(id, HazardKind::Overflow, point);
  bool isInput = getNorm(getInputs(point)) < format.smallestNormal;
  if (magnitude < format.smallestNormal && areNormal && !isInput &&
      !value.isZero())
    return note(id, HazardKind::Underflow, point);
  if (areNormal)
    inspectAccuracy(id, point);
}

//===----------------------------------------------------------------------===//
// Clamps
//===----------------------------------------------------------------------===//

double Auditor::toUlps(double difference, double exact) const {
  int exponent =
      std::max(std::ilogb(std::fabs(exact)), std::ilogb(format.smallestNormal));
  if (exact == 0)
    exponent = std::ilogb(format.smallestNormal);
  return difference / std::ldexp(1.0, exponent - format.precision + 1);
}

void Auditor::compareResults(ClampEffect &effect, llvm::ArrayRef<double> point,
                             double clamped, double exact) const {
  ++effect.numActive;
  // Beyond the largest number both overflow.
  double limit = format.largest;
  double expected = std::clamp(exact, -limit, limit);
  double ulps = toUlps(std::fabs(std::clamp(clamped, -limit, limit) - expected),
                       expected);
  if (std::isnan(exact) && !std::isnan(clamped)) // The clamp keeps it defined.
    ulps = INFINITY;
  if (!(ulps > 2))
    return;
  std::vector<double> inputs = getInputs(point);
  if (effect.numChanged++ == 0 || getNorm(inputs) < getNorm(effect.firstAt))
    effect.firstAt = inputs;
  if (ulps <= effect.worstUlps)
    return;
  effect.worstUlps = ulps;
  effect.worstAt = inputs;
  effect.worstClamped = clamped;
  effect.worstExact = exact;
}

/// A number far beyond those of every type.
static Real getInfinity(double sign) {
  Real magnitude = Real(DBL_MAX) * Real(DBL_MAX);
  return sign < 0 ? -magnitude : magnitude;
}

void Auditor::auditClamp(NodeId id) {
  const ExprNode &node = graph.getNode(id);
  AuditedClamp clamp;
  clamp.location = node.location;
  clamp.text = printExcerpt(activation, id, maxTextBytes);
  auto withoutClamp = [&](ExprGraph &target, NodeId source,
                          const ExprNode &copied,
                          llvm::ArrayRef<NodeId> operands) {
    return source == id ? operands[0] : target.add(copied.kind, operands);
  };
  PointEvaluator exact(copyFormula(activation, withoutClamp), type);
  auto compare = [&](llvm::ArrayRef<double> point) {
    llvm::SmallVector<Real, 4> arguments;
    for (double argument : point)
      arguments.push_back(std::isinf(argument) ? getInfinity(argument)
                                               : Real(argument));
    double result = points.evaluate(arguments).toDouble();
    const Real &operand = points.getValue(node.operands[0]);
    bool isBelow = operand < points.getValue(node.operands[1]);
    if (!isBelow && !(points.getValue(node.operands[2]) < operand))
      return;
    ClampEffect &effect = isBelow ? clamp.lower : clamp.upper;
    double unclamped = exact.evaluate(arguments).toDouble();
    bool isFinite = std::isfinite(getNorm(point));
    if (exact.isWithinRange() && (isFinite || effect.numChanged == 0))
      compareResults(effect, point, result, unclamped);
  };
  forEachPoint(compare);
  forEachInfinity(compare);
  report.clamps.push_back(std::move(clamp));
}

AuditReport Auditor::run() {
  chooseEnds();
  findInexact();
  std::vector<NodeId> clamps;
  for (NodeId id : nodes) {
    const ExprNode &node = graph.getNode(id);
    if (node.operands.empty() || isTruthValue(node.kind))
      continue;
    if (audited.size() < maxNodes)
      audited[id] = {node.location,
                     printExcerpt(activation, id, maxTextBytes),
                     -INFINITY,
                     INFINITY,
                     {}};
    else
      report.isComplete = false;
    if (node.kind == ExprKind::Clamp)
      clamps.push_back(id);
  }
  boundNodes();
  forEachPoint([&](llvm::ArrayRef<double> point) {
    points.evaluate(point);
    for (auto &[id, node] : audited)
      inspect(id, point);
  });
  report.isComplete &= clamps.size() <= maxClamps;
  clamps.resize(std::min(clamps.size(), maxClamps));
  for (NodeId id : clamps)
    auditClamp(id);
  for (auto &[id, node] : audited)
    report.nodes.push_back(std::move(node));
  return std::move(report);
}

Expected<AuditReport> audit(const Activation &activation,
                            const AuditOptions &options) {
  if (options.parameters.size() != activation.getParameters().size())
    return makeError("activation '" + activation.getName() + "' has " +
                     std::to_string(activation.getParameters().size()) +
                     " parameters, and values are given for " +
                     std::to_string(options.parameters.size()));
  for (double parameter : options.parameters)
    if (!std::isfinite(parameter))
      return makeError("a parameter is not a finite number");
  return Auditor(activation, options).run();
}

} // namespace actin
