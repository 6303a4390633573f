//===- IntervalEvaluator.cpp - Enclosures of whole formulas ---------------===//

#include "Analysis/IntervalEvaluator.h"

#include "Analysis/Narrow.h"
#include "Expr/EvaluateNode.h"

#include <algorithm>

namespace actin {

Real getExpLimit(ExprKind kind, ComputeType type) {
  // The numbers of the type that kernels use: rounded toward 0.
  bool isF64 = type == ComputeType::F64;
  if (kind == ExprKind::ExpMax)
    return isF64 ? 0x1.62e42fefa39efp9 : 0x1.62e42ep6;
  return isF64 ? -0x1.6232bdd7abcd2p9 : -0x1.5d589ep6;
}

/// Gives leaves that are no arguments their value; returns the other nodes.
template <typename SetLeaf>
static std::vector<NodeId> splitOff(const ExprGraph &graph, NodeId root,
                                    ComputeType type, SetLeaf setLeaf) {
  std::vector<NodeId> others;
  for (NodeId id : graph.listReachable(root)) {
    ExprKind kind = graph.getNode(id).kind;
    if (kind == ExprKind::Constant)
      setLeaf(id, graph.getConstant(id));
    else if (kind == ExprKind::ExpMax || kind == ExprKind::ExpMin)
      setLeaf(id, getExpLimit(kind, type));
    else
      others.push_back(id);
  }
  return others;
}

//===----------------------------------------------------------------------===//
// IntervalEvaluator
//===----------------------------------------------------------------------===//

IntervalEvaluator::IntervalEvaluator(const Activation &activation,
                                     ComputeType type)
    : IntervalEvaluator(activation.getBody().getGraph(),
                        activation.getBody().getId(), type) {}

IntervalEvaluator::IntervalEvaluator(std::shared_ptr<ExprGraph> graph,
                                     NodeId root, ComputeType type)
    : graph(std::move(graph)), root(root), values(root + 1) {
  order = splitOff(*this->graph, root, type, [&](NodeId id, const Real &value) {
    values[id] = Interval::around(value);
  });
  findSelections();
}

/// Selections whose branches are long together are evaluated without their
/// conditions, so that time stays linear.
void IntervalEvaluator::findSelections() {
  const size_t maxNodes = 8 * order.size();
  size_t numNodes = 0;
  auto isComputed = [&](NodeId id) {
    return !graph->getNode(id).operands.empty();
  };
  for (NodeId id : order) {
    const ExprNode &node = graph->getNode(id);
    if (node.kind != ExprKind::Where)
      continue;
    Selection selection;
    for (unsigned k = 0; k < 3; ++k) {
      std::vector<NodeId> part = graph->listReachable(node.operands[k]);
      selection.needed.insert(selection.needed.end(), part.begin(), part.end());
      if (k > 0)
        llvm::copy_if(part, std::back_inserter(selection.branches[k - 1]),
                      isComputed);
    }
    numNodes += selection.needed.size();
    if (numNodes > maxNodes)
      return;
    selections[id] = std::move(selection);
  }
}

Interval IntervalEvaluator::evaluateNode(NodeId id) {
  const ExprNode &node = graph->getNode(id);
  if (node.kind == ExprKind::Where) {
    auto found = selections.find(id);
    if (found != selections.end())
      return evaluateSelection(node, found->second);
  }
  llvm::SmallVector<Interval, 3> operands;
  for (NodeId operand : node.operands)
    operands.push_back(values[operand]);
  bool sameOperands =
      node.operands.size() == 2 && node.operands[0] == node.operands[1];
  return evaluateInterval(node.kind, operands, sameOperands);
}

Interval IntervalEvaluator::evaluateSelection(const ExprNode &node,
                                              const Selection &selection) {
  constexpr unsigned maxDepth = 3;
  const Interval condition = values[node.operands[0]];
  Interval branches[] = {values[node.operands[1]], values[node.operands[2]]};
  if (!condition.isPoint() && depth < maxDepth) {
    ++depth;
    branches[0] = evaluateBranch(node, selection, true);
    branches[1] = evaluateBranch(node, selection, false);
    --depth;
  }
  return evaluateInterval(ExprKind::Where,
                          {condition, branches[0], branches[1]});
}

/// The branch's values where it is chosen; empty where it never is.
Interval IntervalEvaluator::evaluateBranch(const ExprNode &node,
                                           const Selection &selection,
                                           bool onTrue) {
  std::vector<Interval> before;
  for (NodeId id : selection.needed)
    before.push_back(values[id]);
  Narrowing narrowing(*graph, values);
  Interval result = Interval::empty();
  if (narrowing.assume(node.operands[0], onTrue)) {
    llvm::DenseMap<NodeId, Interval> narrowed;
    for (NodeId id : narrowing.getNarrowed())
      narrowed[id] = values[id];
    bool isPossible = true;
    for (NodeId id : selection.branches[onTrue ? 0 : 1]) {
      Interval value = narrowed.empty() ? values[id] : evaluateNode(id);
      auto found = narrowed.find(id);
      if (found != narrowed.end() && !value.isEmpty()) {
        value.lower = std::max(value.lower, found->second.lower);
        value.upper = std::min(value.upper, found->second.upper);
        isPossible &= !value.isEmpty();
      }
      values[id] = value;
    }
    if (isPossible)
      result = values[node.operands[onTrue ? 1 : 2]];
  }
  for (auto [id, value] : llvm::zip_equal(selection.needed, before))
    values[id] = value;
  return result;
}

const Interval &
IntervalEvaluator::evaluate(llvm::ArrayRef<Interval> arguments) {
  for (NodeId id : order) {
    const ExprNode &node = graph->getNode(id);
    values[id] = node.kind == ExprKind::Argument ? arguments[node.index]
                                                 : evaluateNode(id);
  }
  return values[root];
}

std::optional<std::vector<Interval>>
IntervalEvaluator::narrowArguments(std::vector<Interval> arguments,
                                   const Interval &range) {
  evaluate(arguments);
  if (!Narrowing(*graph, values).restrict(root, range))
    return std::nullopt;
  for (NodeId id : order) {
    const ExprNode &node = graph->getNode(id);
    if (node.kind == ExprKind::Argument)
      arguments[node.index] = values[id];
  }
  return arguments;
}

//===----------------------------------------------------------------------===//
// PointEvaluator
//===----------------------------------------------------------------------===//

PointEvaluator::PointEvaluator(const Activation &activation, ComputeType type)
    : graph(activation.getBody().getGraph()),
      root(activation.getBody().getId()), values(root + 1) {
  order = splitOff(*graph, root, type,
                   [&](NodeId id, const Real &value) { values[id] = value; });
}

const Real &PointEvaluator::evaluate(llvm::ArrayRef<double> arguments) {
  return evaluate(llvm::SmallVector<Real, 4>(arguments));
}

const Real &PointEvaluator::evaluate(llvm::ArrayRef<Real> arguments) {
  llvm::SmallVector<Real, 3> operands;
  withinRange = true;
  for (NodeId id : order) {
    const ExprNode &node = graph->getNode(id);
    if (node.kind == ExprKind::Argument) {
      values[id] = arguments[node.index];
      continue;
    }
    operands.clear();
    for (NodeId operand : node.operands)
      operands.push_back(values[operand]);
    values[id] = actin::evaluateNode(node.kind, operands);
    withinRange &= !values[id].isInfinity();
  }
  return values[root];
}

} // namespace actin
