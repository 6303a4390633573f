//===- ImportExpr.h - From a formula to the act dialect ---------*- C++ -*-===//

#ifndef ACTIN_DIALECT_ACT_IMPORTEXPR_H
#define ACTIN_DIALECT_ACT_IMPORTEXPR_H

#include "actin/Expr.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace actin::act {

/// Adds `activation` to `module` as a function of its name, with one argument
/// an input and then one a parameter; its gradient overrides as private
/// functions `<name>.gradient.<argument>` of the same arguments, listed in
/// `act.gradients`. Operations carry the line and column of their source, and
/// the name of their `let`. Time is linear in the nodes.
///
/// Fails, with an error at the module, where it holds a symbol of that name.
/// The context must have the act and func dialects loaded.
mlir::FailureOr<mlir::func::FuncOp>
importActivation(const Activation &activation, mlir::ModuleOp module);

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_IMPORTEXPR_H
