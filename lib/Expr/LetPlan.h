//===- LetPlan.h - Which terms of a formula get a name ----------*- C++ -*-===//
//
// In: an activation. Out: for each node, whether the printed text writes it in
// place or names it in a `let`. A term is named where it is used more than
// once, or where writing it in place would nest too deeply to be read back.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_EXPR_LETPLAN_H
#define ACTIN_EXPR_LETPLAN_H

#include "Expr/ExprGraph.h"

#include <vector>

namespace actin {

/// How tightly an expression binds, as LANGUAGE.md lists the operators.
enum class Precedence : uint8_t {
  Clamp,
  Or,
  And,
  Not,
  Compare,
  Sum,
  Product,
  Neg,
  Pow,
  Atom,
};

class LetPlan {
public:
  explicit LetPlan(const Activation &activation);

  /// Part of the body or of a gradient.
  bool isReachable(NodeId id) const { return uses[id] != 0; }
  /// The node is written as a name.
  bool isNamed(NodeId id) const { return named[id]; }
  /// How tightly the node's text binds where it is used.
  Precedence getPrecedence(NodeId id) const;

private:
  void countUses(const Activation &activation);
  bool isShort(NodeId id) const;
  bool deservesName(NodeId id) const;
  void measure(NodeId id);

  const ExprGraph &graph;
  std::vector<uint32_t> uses;
  std::vector<bool> named;
  /// A `where(condition, 1, 0)` that `deservesName` must name: the condition is
  /// then compared through it.
  std::vector<bool> carriesTruth;
  std::vector<uint32_t> nesting;  ///< Of the text in place.
  std::vector<uint32_t> numTerms; ///< In the text in place.
};

/// `where(condition, 1, 0)`: how a truth value is given a name, which is then
/// used as `name > 0`.
bool isTruthAsNumber(const ExprGraph &graph, NodeId id);

/// The operator's own precedence; Atom for leaves and functions.
Precedence getOperatorPrecedence(const ExprGraph &graph, NodeId id);

} // namespace actin

#endif // ACTIN_EXPR_LETPLAN_H
