//===- Evaluate.h - An interpreter for the act dialect ----------*- C++ -*-===//
//
// In: a func.func of one block of act operations. Out: its values at given
// arguments, to 113 bits: slow, for tests and checks.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_EVALUATE_H
#define ACTIN_DIALECT_ACT_EVALUATE_H

#include "Expr/ExprGraph.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace actin::act {

/// What every value of a function is.
using RealValues = llvm::DenseMap<mlir::Value, Real>;

/// All values of `function` at `arguments` (one an argument), each operation
/// rounded to 113 bits. `exp_max` and `exp_min` are those of double. Outside of
/// a function's domain a value is a NaN; one that no selection picks does no
/// harm. Fails on an operation of another dialect and on a wrong number of
/// arguments.
mlir::FailureOr<RealValues> evaluateAll(mlir::func::FuncOp function,
                                        llvm::ArrayRef<Real> arguments);

/// The same, the results alone.
mlir::FailureOr<std::vector<Real>> evaluate(mlir::func::FuncOp function,
                                            llvm::ArrayRef<Real> arguments);

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_EVALUATE_H
