//===- LetPlan.cpp - Which terms of a formula get a name ------------------===//

#include "Expr/LetPlan.h"

#include <algorithm>

namespace actin {

/// Far below the parser's limit of 256, and deeper than people write.
static constexpr uint32_t maxNestingInPlace = 64;
/// A truth value of so many terms may be written more than once.
static constexpr uint32_t maxTermsRepeated = 16;
/// Where counts of terms stop counting.
static constexpr uint32_t manyTerms = 1 << 20;

Precedence getOperatorPrecedence(const ExprGraph &graph, NodeId id) {
  switch (graph.getNode(id).kind) {
  case ExprKind::Constant: {
    const Real &value = graph.getConstant(id);
    if (value.isNaN())
      return Precedence::Product; // Written 0 / 0.
    return value.isNegative() ? Precedence::Neg : Precedence::Atom;
  }
  case ExprKind::Add:
  case ExprKind::Sub:
    return Precedence::Sum;
  case ExprKind::Mul:
  case ExprKind::Div:
    return Precedence::Product;
  case ExprKind::Neg:
    return Precedence::Neg;
  case ExprKind::Pow:
    return Precedence::Pow;
  case ExprKind::Clamp:
    return Precedence::Clamp;
  case ExprKind::And:
    return Precedence::And;
  case ExprKind::Or:
    return Precedence::Or;
  case ExprKind::Not:
    return Precedence::Not;
  default:
    return isTruthValue(graph.getNode(id).kind) ? Precedence::Compare
                                                : Precedence::Atom;
  }
}

static bool isConstant(const ExprGraph &graph, NodeId id, double value) {
  return graph.getNode(id).kind == ExprKind::Constant &&
         graph.getConstant(id) == Real(value);
}

bool isTruthAsNumber(const ExprGraph &graph, NodeId id) {
  const ExprNode &node = graph.getNode(id);
  return node.kind == ExprKind::Where &&
         isConstant(graph, node.operands[1], 1) &&
         isConstant(graph, node.operands[2], 0);
}

LetPlan::LetPlan(const Activation &activation)
    : graph(*activation.getBody().getGraph()), uses(graph.size(), 0),
      named(graph.size(), false), carriesTruth(graph.size(), false),
      nesting(graph.size(), 0), numTerms(graph.size(), 1) {
  countUses(activation);
  for (NodeId id = 0; id != graph.size(); ++id) {
    if (!isReachable(id))
      continue;
    measure(id);
    named[id] = deservesName(id);
  }
}

void LetPlan::countUses(const Activation &activation) {
  ++uses[activation.getBody().getId()];
  for (const auto &gradient : activation.getGradientOverrides())
    ++uses[gradient.value.getId()];
  for (NodeId id = graph.size(); id-- > 0;) {
    if (!isReachable(id))
      continue;
    const ExprNode &node = graph.getNode(id);
    for (NodeId operand : node.operands)
      ++uses[operand];
    if (node.kind == ExprKind::Greater &&
        isConstant(graph, node.operands[1], 0))
      carriesTruth[node.operands[0]] = isTruthAsNumber(graph, node.operands[0]);
  }
}

/// No longer than a name would be: a leaf or a leaf's negative.
bool LetPlan::isShort(NodeId id) const {
  const ExprNode &node = graph.getNode(id);
  return node.operands.empty() ||
         (node.kind == ExprKind::Neg &&
          graph.getNode(node.operands[0]).operands.empty());
}

bool LetPlan::deservesName(NodeId id) const {
  if (isShort(id))
    return false;
  bool isTooDeep = nesting[id] > maxNestingInPlace;
  if (!isTruthValue(graph.getNode(id).kind))
    return uses[id] > 1 || isTooDeep || carriesTruth[id];
  // A truth value has no `let` of its own. One that is long, or long because
  // of what it shares, is carried by a number.
  bool isRepeated = uses[id] > 1 && numTerms[id] > maxTermsRepeated;
  return isRepeated || isTooDeep;
}

/// Of the text in place: levels of nesting as the parser counts them (or a few
/// more), and terms. The name of a truth value counts as the comparison
/// `name > 0` does, so that the text, read back, gets the same names.
void LetPlan::measure(NodeId id) {
  const ExprNode &node = graph.getNode(id);
  bool isOperator = getOperatorPrecedence(graph, id) != Precedence::Atom;
  for (size_t i = 0; i != node.operands.size(); ++i) {
    NodeId operand = node.operands[i];
    bool isNumberName =
        named[operand] && !isTruthValue(graph.getNode(operand).kind);
    uint32_t inner = isNumberName ? 0 : named[operand] ? 1 : nesting[operand];
    uint32_t terms = isNumberName ? 1 : named[operand] ? 3 : numTerms[operand];
    // The left operand of a left-associative chain opens no bracket.
    bool opensNone = isOperator && i == 0 && node.operands.size() == 2 &&
                     getPrecedence(operand) >= getPrecedence(id);
    nesting[id] = std::max(nesting[id], inner + !opensNone);
    numTerms[id] = std::min(numTerms[id] + terms, manyTerms);
  }
}

Precedence LetPlan::getPrecedence(NodeId id) const {
  if (!named[id])
    return getOperatorPrecedence(graph, id);
  return isTruthValue(graph.getNode(id).kind) ? Precedence::Compare
                                              : Precedence::Atom;
}

} // namespace actin
