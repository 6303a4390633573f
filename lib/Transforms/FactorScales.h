//===- FactorScales.h - Functions of one product or quotient ----*- C++ -*-===//
//
// x f'(u) / a - f(u) / a^2 with u = a x, the derivative of f(a x) / a by a, is
// (u f'(u) - f(u)) / a^2: what cancels is a function of u alone.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_FACTORSCALES_H
#define ACTIN_TRANSFORMS_FACTORSCALES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

/// Rewrites, in place, the sums of two terms p^i q^j f(u), where u = p q or u =
/// p / q, that are p^k q^l g(u) and lose all of their digits as u goes to 0 or
/// to infinity. A term may be such a sum itself.
/// `function` is over !act.real, one block, constants folded. Never fails.
void factorScales(mlir::func::FuncOp function);

} // namespace actin

#endif // ACTIN_TRANSFORMS_FACTORSCALES_H
