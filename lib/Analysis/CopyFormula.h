//===- CopyFormula.h - A formula with some of its nodes replaced *- C++ -*-===//

#ifndef ACTIN_ANALYSIS_COPYFORMULA_H
#define ACTIN_ANALYSIS_COPYFORMULA_H

#include "Expr/ExprGraph.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace actin {

/// Adds the copy of node `id`, with operands copied already, to `graph`.
using CopyNode =
    llvm::function_ref<NodeId(ExprGraph &graph, NodeId id, const ExprNode &node,
                              llvm::ArrayRef<NodeId> operands)>;

/// The body of `activation` without replaced gradients; `copyNode` makes the
/// nodes that are no constants or arguments.
Activation copyFormula(const Activation &activation, CopyNode copyNode);

} // namespace actin

#endif // ACTIN_ANALYSIS_COPYFORMULA_H
