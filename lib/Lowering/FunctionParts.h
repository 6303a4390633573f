//===- ProductParts.h - Functions of an input times a parameter -*- C++ -*-===//
//
// Of x sigmoid(beta x) and its gradients parts depend on the product beta x
// alone: each is a function of one variable.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_PRODUCTPARTS_H
#define ACTIN_LOWERING_PRODUCTPARTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/ADT/SmallVector.h"

namespace actin {

struct ProductPart {
  mlir::Value value;
  /// An input times what depends on parameters alone. All else that `value`
  /// depends on is constant.
  mlir::Value product;
  /// It is all of a gradient but factors that do not depend on the product.
  bool isGradient = false;
  /// Something else uses values that it is made of.
  bool isShared = false;
};

/// The largest such parts of the results of `kernel`, as planKernel leaves it,
/// that are smooth, but for a corner at 0 where they are even. A few at most.
llvm::SmallVector<ProductPart> findProductParts(mlir::func::FuncOp kernel);

/// A kernel of its own that has the part as its only, smooth result, and the
/// product as its input.
mlir::OwningOpRef<mlir::func::FuncOp> extractPart(const ProductPart &part);

/// Puts the result of `function`, made by extractPart, in the place of the
/// part; returns it.
mlir::Value replacePart(const ProductPart &part, mlir::func::FuncOp function);

} // namespace actin

#endif // ACTIN_LOWERING_PRODUCTPARTS_H
