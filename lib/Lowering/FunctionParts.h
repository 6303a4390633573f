//===- FunctionParts.h - Functions of one variable in results ---*- C++ -*-===//
//
// Of x sigmoid(beta x) and its gradients parts depend on the product beta x
// alone, of a silu(x) + b on x: each is a function of one variable.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_FUNCTIONPARTS_H
#define ACTIN_LOWERING_FUNCTIONPARTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/ADT/SmallVector.h"

namespace actin {

struct FunctionPart {
  mlir::Value value;
  /// An input, or one times what depends on parameters alone. All else that
  /// `value` depends on is constant.
  mlir::Value variable;
  /// It is all of a gradient but factors that do not depend on the variable,
  /// and terms that depend on parameters alone.
  bool isGradient = false;
  /// Something else uses values that it is made of.
  bool isShared = false;
};

/// The largest such parts of the results of `kernel`, as planKernel leaves it
/// with parameters, that are smooth, but for a corner at 0 where they are even.
/// A few at most.
llvm::SmallVector<FunctionPart> findFunctionParts(mlir::func::FuncOp kernel);

/// A kernel of its own that has the part as its only, smooth result, and the
/// variable as its input.
mlir::OwningOpRef<mlir::func::FuncOp> extractPart(const FunctionPart &part);

/// Puts the result of `function`, made by extractPart, in the place of the
/// part; returns it.
mlir::Value replacePart(const FunctionPart &part, mlir::func::FuncOp function);

} // namespace actin

#endif // ACTIN_LOWERING_FUNCTIONPARTS_H
