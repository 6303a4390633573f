//===- EvaluateNode.cpp - The value of constant formulas ------------------===//

#include "Expr/EvaluateNode.h"

#include <cfloat>
#include <cmath>

namespace actin {

static bool isTruth(const Real &value) { return !value.isZero(); }

/// NaN if either is.
static Real smaller(const Real &a, const Real &b) {
  return a.isNaN() || !(b < a || b.isNaN()) ? a : b;
}
static Real larger(const Real &a, const Real &b) {
  return a.isNaN() || !(a < b || b.isNaN()) ? a : b;
}

Real evaluateNode(ExprKind kind, llvm::ArrayRef<Real> v) {
  auto order = [&] { return v[0].getValue().compare(v[1].getValue()); };
  switch (kind) {
  case ExprKind::ExpMax:
    return Real(std::log(DBL_MAX));
  case ExprKind::ExpMin:
    return Real(std::log(DBL_MIN));
  case ExprKind::Add:
    return v[0] + v[1];
  case ExprKind::Sub:
    return v[0] - v[1];
  case ExprKind::Mul:
    return v[0] * v[1];
  case ExprKind::Div:
    return v[0] / v[1];
  case ExprKind::Neg:
    return -v[0];
  case ExprKind::Pow:
    return pow(v[0], v[1]);
  case ExprKind::Min:
    return smaller(v[0], v[1]);
  case ExprKind::Max:
    return larger(v[0], v[1]);
  case ExprKind::Clip:
  case ExprKind::Clamp:
    return smaller(larger(v[0], v[1]), v[2]);
  case ExprKind::Where:
    return isTruth(v[0]) ? v[1] : v[2];
  case ExprKind::Less:
    return order() == llvm::APFloat::cmpLessThan;
  case ExprKind::LessEqual:
    return order() == llvm::APFloat::cmpLessThan ||
           order() == llvm::APFloat::cmpEqual;
  case ExprKind::Greater:
    return order() == llvm::APFloat::cmpGreaterThan;
  case ExprKind::GreaterEqual:
    return order() == llvm::APFloat::cmpGreaterThan ||
           order() == llvm::APFloat::cmpEqual;
  case ExprKind::Equal:
    return order() == llvm::APFloat::cmpEqual;
  case ExprKind::NotEqual:
    return order() != llvm::APFloat::cmpEqual;
  case ExprKind::And:
    return isTruth(v[0]) && isTruth(v[1]);
  case ExprKind::Or:
    return isTruth(v[0]) || isTruth(v[1]);
  case ExprKind::Not:
    return !isTruth(v[0]);
  default:
    return evaluateUnary(getFunctionName(kind).str(), v[0]);
  }
}

/// The value of a node whose operands have been looked at.
std::optional<Real> ConstantEvaluator::combine(NodeId id) {
  constexpr size_t maxEvaluations = 4096;
  const ExprNode &node = graph.getNode(id);
  if (node.kind == ExprKind::Constant)
    return graph.getConstant(id);
  if (node.kind == ExprKind::Argument)
    return std::nullopt;
  llvm::SmallVector<Real, 3> operands;
  for (NodeId operand : node.operands) {
    const std::optional<Real> &value = values[operand];
    if (!value)
      return std::nullopt;
    operands.push_back(*value);
  }
  if (++numEvaluations > maxEvaluations)
    return std::nullopt;
  return evaluateNode(node.kind, operands);
}

std::optional<Real> ConstantEvaluator::evaluate(NodeId root) {
  std::vector<NodeId> pending{root};
  while (!pending.empty()) {
    NodeId id = pending.back();
    size_t numPending = pending.size();
    if (!values.contains(id))
      for (NodeId operand : graph.getNode(id).operands)
        if (!values.contains(operand))
          pending.push_back(operand);
    if (pending.size() != numPending)
      continue;
    if (!values.contains(id)) {
      std::optional<Real> value = combine(id);
      values[id] = std::move(value);
    }
    pending.pop_back();
  }
  return values[root];
}

} // namespace actin
