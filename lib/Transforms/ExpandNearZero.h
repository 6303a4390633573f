//===- ExpandNearZero.h - Polynomials where terms cancel --------*- C++ -*-===//
//
// x - tanh(x) is x^3 / 3 near 0, and nothing but rounding errors where it is
// computed as written: no finite precision of its terms helps for small x.
// Such a function of one variable v is replaced by
//
//   where(|v| < r, v^k p(v), the function as it is)
//
// with a polynomial p that is found here, at compile time, by Chebyshev
// interpolation of the function in 113 bits.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_EXPANDNEARZERO_H
#define ACTIN_TRANSFORMS_EXPANDNEARZERO_H

#include "Transforms/Stabilize.h"

namespace actin {

/// Does so, in place, wherever a value of `function` (over !act.real, one
/// block, constants folded) depends on one variable alone and loses all of its
/// digits as that goes to 0: an input, or any intermediate value, such as x /
/// alpha. Meant to come last, when algebra has removed the cancellations that
/// it can. The polynomial's relative error is below 2^-29, for f64 2^-58. What
/// no short polynomial fits stays as it is. Never fails.
///
/// Time is bounded: at most 16 polynomials are made, each in some hundred
/// evaluations in 113 bits, and more than 256 operations on one variable are
/// left as they are.
void expandNearZero(mlir::func::FuncOp function, bool isF64,
                    RewriteListener listener = nullptr);

} // namespace actin

#endif // ACTIN_TRANSFORMS_EXPANDNEARZERO_H
