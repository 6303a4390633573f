//===- ExpandAtInfinity.h - Series where terms cancel far out ---*- C++ -*-===//
//
// x + sqrt(1 + x^2) is -1 / (2 x) for large negative x, and nothing but
// rounding errors where it is computed as written. Such a function of one
// variable v is replaced by
//
//   where(v < -r, |v|^-k p(1 / |v|), the function as it is)
//
// with a polynomial p that is found here, at compile time, as those of
// ExpandNearZero.h are; for v > r and |v| > r alike.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_EXPANDATINFINITY_H
#define ACTIN_TRANSFORMS_EXPANDATINFINITY_H

#include "Transforms/Stabilize.h"

namespace actin {

/// Does so, in place, wherever a value of `function` (over !act.real, one
/// block, constants folded) depends on one variable alone and loses all of its
/// digits, or its limit, as that goes to infinity: an input, or any
/// intermediate value, such as a * x. The polynomial's relative error is below
/// 2^-29, for f64 2^-58. What is no power of v times a power series in 1 / v
/// stays as it is, but for parts of it that are. Never fails.
///
/// Time is bounded: at most 16 values are tried, each in some hundred
/// evaluations in 113 bits, and more than 256 operations on one variable are
/// left as they are.
void expandAtInfinity(mlir::func::FuncOp function, bool isF64,
                      RewriteListener listener = nullptr);

} // namespace actin

#endif // ACTIN_TRANSFORMS_EXPANDATINFINITY_H
