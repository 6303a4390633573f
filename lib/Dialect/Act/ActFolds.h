//===- ActFolds.h - What the folders share ----------------------*- C++ -*-===//

#ifndef ACTIN_DIALECT_ACT_ACTFOLDS_H
#define ACTIN_DIALECT_ACT_ACTFOLDS_H

#include "Support/Real.h"

#include "mlir/IR/OpDefinition.h"

#include <optional>

namespace actin::act {

/// The constant that `value` is; nullopt where it is none.
std::optional<Real> getConstant(mlir::Value value);
bool isConstant(mlir::Value value, double expected);

/// The truth value of a comparison of constants, and of `and`, `or`, `not`
/// over such; nullopt where it depends on an argument.
std::optional<bool> getConstantCondition(mlir::Value condition);

/// Folds the function of one argument `op`, given its operand's constant, where
/// the result is an exact decimal (exp(0), sqrt(4), but not sqrt(2)).
mlir::OpFoldResult foldUnaryFunction(mlir::Operation *op,
                                     mlir::Attribute operand);

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_ACTFOLDS_H
