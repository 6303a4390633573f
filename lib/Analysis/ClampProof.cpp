//===- ClampProof.cpp - Whether a clamp's bound changes any result --------===//

#include "Analysis/ClampProof.h"

#include "Analysis/Change.h"

#include <cfloat>

namespace actin {

namespace {

class ClampProver {
public:
  ClampProver(const ClampedFormulas &formulas, double ulps);

  BoundEffect prove(ClampBound bound);

private:
  Interval evaluate(NodeId root);
  ChangingValue evaluateLeaf(NodeId id, const ChangingValue &clamp) const;
  bool isHarmless(NodeId result, const ChangingValue &clamp) const;
  bool isSmall(const ChangingValue &result) const;

  const ClampedFormulas &formulas;
  const ExprGraph &graph;
  std::vector<Interval> arguments; ///< Where the bound is active.
  long double relative, absolute;  ///< The changes allowed.
  double overflow; ///< From here on a result is beyond the type's range.
};

} // namespace

ClampProver::ClampProver(const ClampedFormulas &formulas, double ulps)
    : formulas(formulas), graph(*formulas.graph),
      arguments(formulas.arguments) {
  bool isF64 = formulas.type == ComputeType::F64;
  // A number is at most 2^precision times its last place.
  relative = std::ldexp(ulps, -(isF64 ? DBL_MANT_DIG : FLT_MANT_DIG));
  absolute = (long double)ulps * (isF64 ? DBL_TRUE_MIN : double(FLT_TRUE_MIN));
  overflow = isF64 ? DBL_MAX : 2.0 * FLT_MAX;
}

Interval ClampProver::evaluate(NodeId root) {
  return IntervalEvaluator(formulas.graph, root, formulas.type)
      .evaluate(arguments);
}

BoundEffect ClampProver::prove(ClampBound bound) {
  bool isUpper = bound == ClampBound::Upper;
  Interval limit = evaluate(isUpper ? formulas.upper : formulas.lower);
  Interval beyond = isUpper ? Interval(limit.lower, INFINITY)
                            : Interval(-INFINITY, limit.upper);
  Interval operand = evaluate(formulas.operand);
  bool mayReach =
      isUpper ? operand.upper > limit.lower : operand.lower < limit.upper;
  if (operand.isEmpty() || !mayReach)
    return BoundEffect::Unreached;
  auto narrowed =
      IntervalEvaluator(formulas.graph, formulas.operand, formulas.type)
          .narrowArguments(arguments, beyond);
  if (!narrowed)
    return BoundEffect::Unreached;
  arguments = *narrowed;
  // From the bound to any place beyond it.
  Interval values = isUpper ? Interval(limit.lower, operand.upper)
                            : Interval(operand.lower, limit.upper);
  ChangingValue clamp = ChangingValue::within(values);
  for (NodeId result : formulas.results)
    if (!isHarmless(result, clamp))
      return BoundEffect::Unproven;
  return BoundEffect::Harmless;
}

ChangingValue ClampProver::evaluateLeaf(NodeId id,
                                        const ChangingValue &clamp) const {
  const ExprNode &node = graph.getNode(id);
  switch (node.kind) {
  case ExprKind::Constant:
    return ChangingValue::fixed(Interval::around(graph.getConstant(id)));
  case ExprKind::Argument:
    return node.index == formulas.clamp
               ? clamp
               : ChangingValue::fixed(arguments[node.index]);
  default:
    return ChangingValue::fixed(
        Interval::around(getExpLimit(node.kind, formulas.type)));
  }
}

bool ClampProver::isHarmless(NodeId result, const ChangingValue &clamp) const {
  llvm::DenseMap<NodeId, ChangingValue> values;
  llvm::SmallVector<ChangingValue, 3> operands;
  for (NodeId id : graph.listReachable(result)) {
    const ExprNode &node = graph.getNode(id);
    if (node.operands.empty()) {
      values[id] = evaluateLeaf(id, clamp);
      continue;
    }
    operands.clear();
    for (NodeId operand : node.operands)
      operands.push_back(values.lookup(operand));
    bool sameOperands =
        node.operands.size() == 2 && node.operands[0] == node.operands[1];
    values[id] = evaluateChange(node.kind, operands, sameOperands);
  }
  return isSmall(values.lookup(result));
}

bool ClampProver::isSmall(const ChangingValue &result) const {
  if (result.losesDomain)
    return false;
  bool overflows =
      result.values.lower >= overflow || result.values.upper <= -overflow;
  return overflows || result.difference <= absolute ||
         result.relative <= relative;
}

BoundEffect proveBound(const ClampedFormulas &formulas, ClampBound bound,
                       double ulps) {
  return ClampProver(formulas, ulps).prove(bound);
}

} // namespace actin
