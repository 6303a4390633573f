//===- ExprKinds.h - Operations of the dialect as node kinds ----*- C++ -*-===//
//
// The one place that pairs each operation with its kind of graph node.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_EXPRKINDS_H
#define ACTIN_DIALECT_ACT_EXPRKINDS_H

#include "Expr/ExprGraph.h"

#include "mlir/IR/Builders.h"

#include <optional>

namespace actin::act {

/// The node kind of `op`; nullopt for an operation of another dialect.
std::optional<ExprKind> getExprKind(mlir::Operation *op);

/// The operation for a node of `kind`, which is neither a constant nor an
/// argument, on `operands`.
mlir::Value createOperation(mlir::OpBuilder &builder, mlir::Location location,
                            ExprKind kind, mlir::ValueRange operands);

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_EXPRKINDS_H
