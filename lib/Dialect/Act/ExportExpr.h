//===- ExportExpr.h - From the act dialect to a formula ---------*- C++ -*-===//

#ifndef ACTIN_DIALECT_ACT_EXPORTEXPR_H
#define ACTIN_DIALECT_ACT_EXPORTEXPR_H

#include "Expr/ExprGraph.h"
#include "actin/Expr.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseMap.h"

namespace actin::act {

/// The activation that `function` is: the inverse of importActivation, with the
/// overrides that `act.gradients` names in the same module. Time is linear in
/// the operations.
///
/// Errors: an operation of another dialect; not one block with one real result;
/// an argument without `act.name` and a role of an input or a parameter; more
/// than 65,536 nodes.
Expected<Activation> exportActivation(mlir::func::FuncOp function);

/// The nodes that the values of a function became.
using ExportedValues = llvm::DenseMap<mlir::Value, NodeId>;

/// Adds what the operations of `function`, of one block, compute to `graph`.
/// `ids` holds the nodes of the function's arguments, and gets the others.
/// Errors: an operation of another dialect; more than 65,536 nodes.
Expected<void> exportOperations(mlir::func::FuncOp function, ExprGraph &graph,
                                ExportedValues &ids);

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_EXPORTEXPR_H
