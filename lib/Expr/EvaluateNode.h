//===- EvaluateNode.h - One node at constant operands -----------*- C++ -*-===//

#ifndef ACTIN_EXPR_EVALUATENODE_H
#define ACTIN_EXPR_EVALUATENODE_H

#include "Expr/ExprGraph.h"

namespace actin {

/// The value of a node of `kind`, no constant or argument, rounded to 113 bits.
/// Truth values are 0 and 1; ExpMax and ExpMin are those of double. A NaN
/// outside of the function's domain.
Real evaluateNode(ExprKind kind, llvm::ArrayRef<Real> operands);

/// The value of `root` where it depends on no argument.
std::optional<Real> evaluateConstant(const ExprGraph &graph, NodeId root);

} // namespace actin

#endif // ACTIN_EXPR_EVALUATENODE_H
