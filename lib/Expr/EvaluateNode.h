//===- EvaluateNode.h - The values of nodes ---------------------*- C++ -*-===//

#ifndef ACTIN_EXPR_EVALUATENODE_H
#define ACTIN_EXPR_EVALUATENODE_H

#include "Expr/ExprGraph.h"

namespace actin {

/// The value of a node of `kind`, no constant or argument, rounded to 113 bits.
/// Truth values are 0 and 1; ExpMax and ExpMin are those of double. A NaN
/// outside of the function's domain.
Real evaluateNode(ExprKind kind, llvm::ArrayRef<Real> operands);

/// An estimate of the same in `T`, double or long double: each function is the
/// C library's. ExpMax and ExpMin are those of float where `T` is double, else
/// those of double; of a NaN and a number min and max give the number.
template <typename T> T estimateNode(ExprKind kind, llvm::ArrayRef<T> v);

/// d(node) / d(operand number `k`), where the node's value is `value`. 0 for
/// truth values and what has steps; one side's where the two differ.
template <typename T>
T differentiateNode(ExprKind kind, llvm::ArrayRef<T> v, T value, unsigned k);

/// Finds the values of those nodes of a growing graph that depend on no
/// argument. Looks at each node once, however many are asked for.
class ConstantEvaluator {
public:
  explicit ConstantEvaluator(const ExprGraph &graph) : graph(graph) {}

  /// nullopt where `root` depends on an argument, or after more evaluations
  /// than a reader would write.
  std::optional<Real> evaluate(NodeId root);

private:
  std::optional<Real> combine(NodeId id);

  const ExprGraph &graph;
  llvm::DenseMap<NodeId, std::optional<Real>> values;
  size_t numEvaluations = 0;
};

} // namespace actin

#endif // ACTIN_EXPR_EVALUATENODE_H
