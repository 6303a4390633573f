//===- ExpandTails.h - Series where terms cancel far from 0 -----*- C++ -*-===//
//
// The second derivative of log(log(1 + e^x)) is about -e^x / 2 for a negative
// x, and the difference of two numbers that are nearly 1 where it is computed
// as written: no finite precision of its terms helps. Such a function of one
// input is replaced, on that side, by
//
//   where(x < -r, leading term * p(t), the function as it is)
//
// where t is e^-|x|, 1 / |x| or 1 / x^2, and p a polynomial that is found here,
// at compile time, as those of ExpandNearZero.h are.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_EXPANDTAILS_H
#define ACTIN_TRANSFORMS_EXPANDTAILS_H

#include "Transforms/Stabilize.h"

#include "mlir/IR/OwningOpRef.h"

namespace actin {

/// A copy of `kernel`, for expandTails to evaluate, where that may have
/// something to do: where a result is a second derivative. Null elsewhere.
mlir::OwningOpRef<mlir::func::FuncOp> copyForTails(mlir::func::FuncOp kernel);

/// Does so, in place, for each second derivative that is computed from one
/// input alone. `derived` is a copy of `kernel` from before anything was
/// rewritten: that is evaluated, in 113 bits, as it has no digits of the
/// compute type only. The polynomial's relative error is below 2^-29, for f64
/// 2^-58. Never fails; what no short polynomial fits stays as it is. Some
/// thousand evaluations where a tail cancels, a few where none does.
void expandTails(mlir::func::FuncOp kernel, mlir::func::FuncOp derived,
                 bool isF64, RewriteListener listener = nullptr);

} // namespace actin

#endif // ACTIN_TRANSFORMS_EXPANDTAILS_H
