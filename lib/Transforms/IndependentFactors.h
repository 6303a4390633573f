//===- IndependentFactors.h - Inputs that only scale ------------*- C++ -*-===//
//
// x * g(y) is linear in x: an input, or the incoming gradient, that is a factor
// of a product and that none of the others depends on.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_INDEPENDENTFACTORS_H
#define ACTIN_TRANSFORMS_INDEPENDENTFACTORS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVector.h"

namespace actin {

/// `value` and all that it is made of.
llvm::SetVector<mlir::Value> collectCone(mlir::Value value);

/// Makes such factors of each product of `kernel` the last, in place, where an
/// exponential is among the others, and the incoming gradient the very last:
/// dout * (x * g(y)). A partial product with a number of any size may overflow
/// or vanish, where g brings it back.
void multiplyIndependentLast(mlir::func::FuncOp kernel);

/// Of dout * (x * g(y)): dout and x, from the outside; `value` becomes g(y).
llvm::SmallVector<mlir::Value> peelIndependentFactors(mlir::Value &value);

} // namespace actin

#endif // ACTIN_TRANSFORMS_INDEPENDENTFACTORS_H
