//===- IntervalEvaluator.cpp - Enclosures of whole formulas ---------------===//

#include "Analysis/IntervalEvaluator.h"

#include "Expr/EvaluateNode.h"

#include <cfloat>

namespace actin {

Real getExpLimit(ExprKind kind, ComputeType type) {
  bool isF64 = type == ComputeType::F64;
  if (kind == ExprKind::ExpMax)
    return std::log(isF64 ? DBL_MAX : double(FLT_MAX));
  return std::log(isF64 ? DBL_MIN : double(FLT_MIN));
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

IntervalEvaluator::IntervalEvaluator(const Activation &activation,
                                     ComputeType type)
    : graph(activation.getBody().getGraph()),
      root(activation.getBody().getId()), values(root + 1) {
  order = splitOff(*graph, root, type, [&](NodeId id, const Real &value) {
    values[id] = Interval::around(value);
  });
}

const Interval &
IntervalEvaluator::evaluate(llvm::ArrayRef<Interval> arguments) {
  llvm::SmallVector<Interval, 3> operands;
  for (NodeId id : order) {
    const ExprNode &node = graph->getNode(id);
    if (node.kind == ExprKind::Argument) {
      values[id] = arguments[node.index];
      continue;
    }
    operands.clear();
    for (NodeId operand : node.operands)
      operands.push_back(values[operand]);
    bool sameOperands =
        node.operands.size() == 2 && node.operands[0] == node.operands[1];
    values[id] = evaluateInterval(node.kind, operands, sameOperands);
  }
  return values[root];
}

PointEvaluator::PointEvaluator(const Activation &activation, ComputeType type)
    : graph(activation.getBody().getGraph()),
      root(activation.getBody().getId()), values(root + 1) {
  order = splitOff(*graph, root, type,
                   [&](NodeId id, const Real &value) { values[id] = value; });
}

const Real &PointEvaluator::evaluate(llvm::ArrayRef<double> arguments) {
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
    values[id] = evaluateNode(node.kind, operands);
    withinRange &= !values[id].isInfinity();
  }
  return values[root];
}

} // namespace actin
