//===- Differentiate.h - Derivatives of formulas ----------------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_DIFFERENTIATE_H
#define ACTIN_TRANSFORMS_DIFFERENTIATE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>

namespace actin {

/// The number of the argument of that `act.name`.
std::optional<unsigned> findArgument(mlir::func::FuncOp function,
                                     llvm::StringRef name);

/// Adds to the module `@<function>_d<argument>`, the derivative of `function`
/// (over !act.real, one block, one result) with respect to one argument, with
/// the same arguments: a copy of the replacement that `act.gradients` names,
/// or else derived by each operation's rule. Not simplified, but without dead
/// code. Time is linear in the operations.
///
/// Fails, with an error at `function`, where it is no such formula, where the
/// replacement is missing, or where the name is taken.
mlir::FailureOr<mlir::func::FuncOp> differentiate(mlir::func::FuncOp function,
                                                  unsigned argument);

/// How a derivative is simplified: not at all; for a kernel; for people to read
/// (see SimplifyOptions::readable).
enum class DerivativeCleanup : uint8_t { None, ForKernels, ForPeople };

/// `order` times, simplified after each; intermediate derivatives are dropped.
/// Fails as well on an unknown name, on order 0, and on a derivative of more
/// than 65,536 operations.
mlir::FailureOr<mlir::func::FuncOp>
differentiate(mlir::func::FuncOp function, llvm::StringRef argumentName,
              unsigned order,
              DerivativeCleanup cleanup = DerivativeCleanup::ForPeople);

} // namespace actin

#endif // ACTIN_TRANSFORMS_DIFFERENTIATE_H
