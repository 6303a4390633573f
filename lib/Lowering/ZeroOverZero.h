//===- ZeroOverZero.h - Gradients where factors vanish ----------*- C++ -*-===//

#ifndef ACTIN_LOWERING_ZEROOVERZERO_H
#define ACTIN_LOWERING_ZEROOVERZERO_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

/// Where a derivative is no number at the origin, or where sqrt(u) and the slope
/// of u vanish together, makes the quotient 0 / 0, or the product 0 times
/// infinity, of which it is made 0: what an inner slope of 0 is multiplied by
/// counts for nothing, as in x / sqrt(x^2 + y^2). Time: one evaluation of the
/// function for each at the origin.
void defineZeroOverZero(mlir::func::FuncOp kernel);

} // namespace actin

#endif // ACTIN_LOWERING_ZEROOVERZERO_H
