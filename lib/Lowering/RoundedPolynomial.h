//===- RoundedPolynomial.h - Polynomials of f32 coefficients ----*- C++ -*-===//

#ifndef ACTIN_LOWERING_ROUNDEDPOLYNOMIAL_H
#define ACTIN_LOWERING_ROUNDEDPOLYNOMIAL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace actin {

/// From the constant on. Numbers of f32.
using RoundedPolynomial = llvm::SmallVector<double, 10>;

/// That of `numTerms` coefficients with the least squares of the errors against
/// `values` at `points`, where each coefficient makes up for what the roundings
/// of those before it lack, but for the first `numExact`. More points than
/// terms, not all 0.
RoundedPolynomial fitRoundedPolynomial(llvm::ArrayRef<double> points,
                                       llvm::ArrayRef<double> values,
                                       unsigned numTerms, unsigned numExact);

} // namespace actin

#endif // ACTIN_LOWERING_ROUNDEDPOLYNOMIAL_H
