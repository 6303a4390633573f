//===- Stabilize.h - Forms that neither overflow nor cancel -----*- C++ -*-===//
//
// Algebra over the reals that changes no value of the function, only how it
// will round.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_STABILIZE_H
#define ACTIN_TRANSFORMS_STABILIZE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace actin {

/// Hears what a rewrite is good for, and the place of what it replaced.
using RewriteListener =
    llvm::function_ref<void(llvm::StringRef reason, mlir::Location location)>;

/// Rewrites the unstable forms in `function` (over !act.real, one block), in
/// place: 1 + erf(u), sqrt(a) - b, 1 - cos(u), and every rational function of
/// an exponential (RationalizeExponentials.cpp). Constants must be folded
/// already. Never fails; what it does not recognise stays as it is. `isF64`:
/// the compute type, whose range says where a tail is cut off.
/// `listener`, if there is one, hears of each rewrite.
void stabilize(mlir::func::FuncOp function, bool isF64,
               RewriteListener listener = nullptr);

/// The part of it that takes u normcdf(u) and normcdf(u) + u normpdf(u) apart
/// by the sign of u: for those that only folding has brought together.
void stabilizeNormal(mlir::func::FuncOp function, bool isF64,
                     RewriteListener listener = nullptr);

/// The part of it that makes powers of exponentials of a logarithm: after
/// expandNearZero, which needs them smooth.
void restorePowers(mlir::func::FuncOp function,
                   RewriteListener listener = nullptr);

/// Makes results with an exponential that vanishes at a pole, as e^(-1/x^2) in
/// its derivatives, what they are without where it is below every number. The
/// last of all: it takes results apart.
void stabilizePoles(mlir::func::FuncOp function, bool isF64,
                    RewriteListener listener = nullptr);

/// Replaces forms of which the derivatives cancel or overflow by others of the
/// same value: logarithms that spell an inverse hyperbolic function, weighted
/// means by exponentials. For a function that is not differentiated yet.
void recognizeForms(mlir::func::FuncOp function,
                    RewriteListener listener = nullptr);

/// Whether a result of `kernel` is a second derivative. Of those there are more
/// forms, which cost more: they cancel and overflow where a gradient does not.
bool hasSecondDerivative(mlir::func::FuncOp kernel);

} // namespace actin

#endif // ACTIN_TRANSFORMS_STABILIZE_H
