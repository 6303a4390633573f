//===- Narrow.h - From a value's range back to its operands' ----*- C++ -*-===//
//
// Where it is known that a value lies in an interval, or that a condition
// holds, its operands lie in smaller ones too: of x ** 2 + 1 < 5, x in (-2, 2).
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_ANALYSIS_NARROW_H
#define ACTIN_ANALYSIS_NARROW_H

#include "Analysis/Interval.h"

namespace actin {

/// What every node of a graph is known to be, by node; narrowed in place.
class Narrowing {
public:
  Narrowing(const ExprGraph &graph, std::vector<Interval> &values)
      : graph(graph), values(values) {}

  /// The values of `id` lie in `range` too. False where nothing is left.
  bool restrict(NodeId id, const Interval &range) {
    return restrict(id, range, maxDepth);
  }
  /// The truth value `id` is `isTrue`. False where it cannot be.
  bool assume(NodeId id, bool isTrue) { return assume(id, isTrue, maxDepth); }

  /// The nodes narrowed so far, some of them more than once.
  llvm::ArrayRef<NodeId> getNarrowed() const { return narrowed; }

private:
  static constexpr unsigned maxDepth = 12;

  bool restrict(NodeId id, const Interval &range, unsigned depth);
  bool restrictOperands(NodeId id, unsigned depth);
  bool restrictFactor(NodeId factor, NodeId other, const Interval &product,
                      unsigned depth);
  bool assume(NodeId id, bool isTrue, unsigned depth);
  bool assumeComparison(const ExprNode &node, bool isTrue, unsigned depth);

  const ExprGraph &graph;
  std::vector<Interval> &values;
  llvm::SmallVector<NodeId> narrowed;
};

} // namespace actin

#endif // ACTIN_ANALYSIS_NARROW_H
