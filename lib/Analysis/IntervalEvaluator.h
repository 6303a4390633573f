//===- IntervalEvaluator.h - Enclosures of whole formulas -------*- C++ -*-===//
//
// In: an activation and an interval for each of its arguments. Out: an interval
// for every value in the formula. A branch of `where` is evaluated where its
// condition holds: where(x > 0, sqrt(x), 0) is defined everywhere.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_ANALYSIS_INTERVALEVALUATOR_H
#define ACTIN_ANALYSIS_INTERVALEVALUATOR_H

#include "Analysis/Interval.h"

#include <optional>
#include <vector>

namespace actin {

/// The type in which a kernel computes.
enum class ComputeType : uint8_t { F32, F64 };

/// What exp_max or exp_min is for `type`.
Real getExpLimit(ExprKind kind, ComputeType type);

/// A formula made ready for many evaluations. Not thread-safe: it holds the
/// values of the last one.
class IntervalEvaluator {
public:
  explicit IntervalEvaluator(const Activation &activation,
                             ComputeType type = ComputeType::F32);
  IntervalEvaluator(std::shared_ptr<ExprGraph> graph, NodeId root,
                    ComputeType type);

  /// The values of the formula where each argument (inputs, then parameters)
  /// lies in its interval.
  const Interval &evaluate(llvm::ArrayRef<Interval> arguments);
  /// After `evaluate`: the values of a node that the formula needs. For what a
  /// branch alone needs they are those without its condition.
  const Interval &getValues(NodeId id) const { return values[id]; }

  /// The arguments for which the formula's value lies in `range`, or a little
  /// more than those; none where it never does.
  std::optional<std::vector<Interval>>
  narrowArguments(std::vector<Interval> arguments, const Interval &range);

private:
  /// What a selection chooses between.
  struct Selection {
    std::vector<NodeId> needed;      ///< By the condition and both branches.
    std::vector<NodeId> branches[2]; ///< Without constants; on true first.
  };

  void findSelections();
  Interval evaluateNode(NodeId id);
  Interval evaluateSelection(const ExprNode &node, const Selection &selection);
  Interval evaluateBranch(const ExprNode &node, const Selection &selection,
                          bool onTrue);

  std::shared_ptr<ExprGraph> graph;
  NodeId root;
  std::vector<NodeId> order;    ///< Without constants.
  std::vector<Interval> values; ///< By node.
  llvm::DenseMap<NodeId, Selection> selections;
  unsigned depth = 0; ///< How many branches the evaluation is inside of.
};

/// The same at points, to 113 bits.
class PointEvaluator {
public:
  explicit PointEvaluator(const Activation &activation,
                          ComputeType type = ComputeType::F32);

  const Real &evaluate(llvm::ArrayRef<double> arguments);
  const Real &evaluate(llvm::ArrayRef<Real> arguments);
  const Real &getValue(NodeId id) const { return values[id]; }
  /// False where an intermediate value was beyond 2^16384: the result may then
  /// be wrong, as log(exp(1e5)) is.
  bool isWithinRange() const { return withinRange; }

private:
  std::shared_ptr<ExprGraph> graph;
  NodeId root;
  std::vector<NodeId> order;
  std::vector<Real> values;
  bool withinRange = true;
};

} // namespace actin

#endif // ACTIN_ANALYSIS_INTERVALEVALUATOR_H
