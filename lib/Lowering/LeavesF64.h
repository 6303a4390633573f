//===- LeavesF64.h - Where f64 is not wide enough ---------------*- C++ -*-===//
//
// Most of what overflows f32 on the way to a number of it is a number of f64.
// Not so log(1 + e^x t) of a large x, nor the ninth power of the largest
// numbers: a kernel with such is computed in f64 as a whole, where values have
// exponents apart.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_LEAVESF64_H
#define ACTIN_LOWERING_LEAVESF64_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

/// True where a result of `kernel`, a function over !act.real of f32 arguments,
/// is lost if each value on the way is held to the range of f64. Evaluates it
/// at some fifty points.
bool leavesF64(mlir::func::FuncOp kernel);

} // namespace actin

#endif // ACTIN_LOWERING_LEAVESF64_H
