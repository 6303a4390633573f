//===- EvaluateNodeIn.h - Nodes in a plain floating type --------*- C++ -*-===//
//
// Fast estimates: each function is the C library's. For exact values see
// EvaluateNode.h.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_EXPR_EVALUATENODEIN_H
#define ACTIN_EXPR_EVALUATENODEIN_H

#include "Expr/ExprGraph.h"

namespace actin {

/// The value of a node of `kind`, no constant or argument, in `T`: double or
/// long double. Truth values are 0 and 1; ExpMax and ExpMin are those of float
/// where `T` is double, else those of double. A NaN outside of the domain.
template <typename T> T evaluateNodeIn(ExprKind kind, llvm::ArrayRef<T> v);

/// d(node) / d(operand number `k`), where the node's value is `value`. 0 for
/// truth values and what has steps; one side's where the two differ.
template <typename T>
T differentiateNode(ExprKind kind, llvm::ArrayRef<T> v, T value, unsigned k);

} // namespace actin

#endif // ACTIN_EXPR_EVALUATENODEIN_H
