//===- Act.h - The act dialect ----------------------------------*- C++ -*-===//
//
// Formulas over the real numbers as MLIR operations: the type `!act.real`, the
// attribute `#act.real`, the operations of ActOps.td. For compilers that embed
// the dialect; the rest of Actin's public API shows no MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_ACT_H
#define ACTIN_DIALECT_ACT_ACT_H

#include "Support/Real.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace actin {

/// By bits, as Real's equality is.
inline llvm::hash_code hash_value(const Real &real) {
  return llvm::hash_value(real.getValue());
}

namespace act {

class RealValue;

/// Names of the discardable attributes that this dialect gives meaning to.
inline constexpr llvm::StringLiteral nameAttrName = "act.name";
inline constexpr llvm::StringLiteral roleAttrName = "act.role";
inline constexpr llvm::StringLiteral defaultAttrName = "act.default";
inline constexpr llvm::StringLiteral gradientsAttrName = "act.gradients";
inline constexpr llvm::StringLiteral smoothAttrName = "act.smooth";

/// The act.role of a function's argument; empty for other values, and for an
/// argument without one.
llvm::StringRef getRole(mlir::Value value);

} // namespace act
} // namespace actin

#include "actin/Dialect/Act/ActDialect.h.inc"
#include "actin/Dialect/Act/ActEnums.h.inc"
#include "actin/Dialect/Act/ActInterfaces.h.inc"

#define GET_TYPEDEF_CLASSES
#include "actin/Dialect/Act/ActTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "actin/Dialect/Act/ActAttributes.h.inc"

#define GET_OP_CLASSES
#include "actin/Dialect/Act/ActOps.h.inc"

#endif // ACTIN_DIALECT_ACT_ACT_H
