//===- StabilizeImpl.h - The parts of stabilization -------------*- C++ -*-===//
//
// Shared by the files that make up `stabilize`; no one else includes this.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_STABILIZEIMPL_H
#define ACTIN_TRANSFORMS_STABILIZEIMPL_H

#include "Support/Real.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace actin {

/// value = factor * term, with every constant factor and sign taken out.
struct ScaledTerm {
  mlir::Value term;
  Real factor;
};
ScaledTerm splitConstantFactor(mlir::Value value);

/// The constant that `value` is.
std::optional<Real> getConstant(mlir::Value value);

/// Rational functions of one exponential: see RationalizeExponentials.cpp.
void rationalizeExponentials(mlir::func::FuncOp function);

/// Local rewrites: erf and erfc, square roots, logarithms, cosines.
void populateStabilizePatterns(mlir::RewritePatternSet &patterns);

} // namespace actin

#endif // ACTIN_TRANSFORMS_STABILIZEIMPL_H
