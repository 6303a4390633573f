//===- Narrow.cpp - From a value's range back to its operands' ------------===//

#include "Analysis/Narrow.h"

#include <algorithm>

namespace actin {

bool Narrowing::restrict(NodeId id, const Interval &range, unsigned depth) {
  Interval &value = values[id];
  double lower = std::max(value.lower, range.lower);
  double upper = std::min(value.upper, range.upper);
  if (!(lower <= upper))
    return false;
  if (lower == value.lower && upper == value.upper)
    return true;
  value.lower = lower;
  value.upper = upper;
  narrowed.push_back(id);
  return depth == 0 || restrictOperands(id, depth - 1);
}

/// factor * other = product.
bool Narrowing::restrictFactor(NodeId factor, NodeId other,
                               const Interval &product, unsigned depth) {
  const Interval divisor = values[other];
  if (divisor.isEmpty() || divisor.contains(0) || !divisor.isBounded())
    return true;
  return restrict(factor, evaluateInterval(ExprKind::Div, {product, divisor}),
                  depth);
}

/// What the values of `id` say about its operands'.
bool Narrowing::restrictOperands(NodeId id, unsigned depth) {
  const ExprNode &node = graph.getNode(id);
  const Interval value = values[id];
  auto of = [&](unsigned k) { return values[node.operands[k]]; };
  auto narrow = [&](unsigned k, const Interval &range) {
    return restrict(node.operands[k], range, depth);
  };
  switch (node.kind) {
  case ExprKind::Neg:
    return narrow(0, {-value.upper, -value.lower});
  case ExprKind::Abs:
    return narrow(0, {of(0).lower >= 0 ? value.lower : -value.upper,
                      of(0).upper <= 0 ? -value.lower : value.upper});
  case ExprKind::Add:
    return narrow(0, evaluateInterval(ExprKind::Sub, {value, of(1)})) &&
           narrow(1, evaluateInterval(ExprKind::Sub, {value, of(0)}));
  case ExprKind::Sub:
    return narrow(0, evaluateInterval(ExprKind::Add, {value, of(1)})) &&
           narrow(1, evaluateInterval(ExprKind::Sub, {of(0), value}));
  case ExprKind::Mul:
    return restrictFactor(node.operands[0], node.operands[1], value, depth) &&
           restrictFactor(node.operands[1], node.operands[0], value, depth);
  case ExprKind::Div:
    return !of(1).isBounded() ||
           narrow(0, evaluateInterval(ExprKind::Mul, {value, of(1)}));
  case ExprKind::Pow: {
    bool isSquare = of(1).isPoint() && of(1).lower == 2;
    if (!isSquare || !(value.upper >= 0))
      return true;
    double root = std::nextafter(std::sqrt(value.upper), INFINITY);
    return narrow(0, {-root, root});
  }
  case ExprKind::Exp:
    return value.upper <= 0 ||
           narrow(0, evaluateInterval(ExprKind::Log, {value}));
  default:
    return true;
  }
}

bool Narrowing::assumeComparison(const ExprNode &node, bool isTrue,
                                 unsigned depth) {
  NodeId smaller = node.operands[0], larger = node.operands[1];
  bool isEqual = false;
  switch (node.kind) {
  case ExprKind::Less:
  case ExprKind::LessEqual:
    break;
  case ExprKind::Greater:
  case ExprKind::GreaterEqual:
    std::swap(smaller, larger);
    break;
  case ExprKind::Equal:
  case ExprKind::NotEqual:
    isEqual = (node.kind == ExprKind::Equal) == isTrue;
    if (!isEqual)
      return true;
    break;
  default:
    return true;
  }
  if (!isTrue && !isEqual)
    std::swap(smaller, larger);
  Interval low = values[smaller], high = values[larger];
  Interval below{isEqual ? high.lower : -INFINITY, high.upper};
  Interval above{low.lower, isEqual ? low.upper : INFINITY};
  return restrict(smaller, below, depth) &&restrict(larger, above, depth);
}

bool Narrowing::assume(NodeId id, bool isTrue, unsigned depth) {
  const ExprNode &node = graph.getNode(id);
  if (depth == 0)
    return true;
  switch (node.kind) {
  case ExprKind::And:
  case ExprKind::Or:
    // Of "a or b" nothing is known of a alone.
    if (isTrue != (node.kind == ExprKind::And))
      return true;
    return assume(node.operands[0], isTrue, depth - 1) &&
           assume(node.operands[1], isTrue, depth - 1);
  case ExprKind::Not:
    return assume(node.operands[0], !isTrue, depth - 1);
  default:
    return assumeComparison(node, isTrue, depth - 1);
  }
}

} // namespace actin
