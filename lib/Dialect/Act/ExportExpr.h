//===- ExportExpr.h - From the act dialect to a formula ---------*- C++ -*-===//

#ifndef ACTIN_DIALECT_ACT_EXPORTEXPR_H
#define ACTIN_DIALECT_ACT_EXPORTEXPR_H

#include "actin/Expr.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin::act {

/// The activation that `function` is: the inverse of importActivation, with the
/// overrides that `act.gradients` names in the same module. Time is linear in
/// the operations.
///
/// Errors: an operation of another dialect; not one block with one real result;
/// an argument without `act.name` and a role of an input or a parameter; more
/// than 65,536 nodes.
Expected<Activation> exportActivation(mlir::func::FuncOp function);

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_EXPORTEXPR_H
