//===- Signs.h - What a value's form says of its sign -----------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_SIGNS_H
#define ACTIN_TRANSFORMS_SIGNS_H

#include "mlir/IR/Value.h"

namespace actin {

/// True for what is more than 0 wherever it is a number, as far as operations
/// show that are at most `depth` sums away.
bool isPositive(mlir::Value value, unsigned depth = 4);

/// True for what is 0 or more, likewise.
bool isNonNegative(mlir::Value value, unsigned depth = 4);

} // namespace actin

#endif // ACTIN_TRANSFORMS_SIGNS_H
