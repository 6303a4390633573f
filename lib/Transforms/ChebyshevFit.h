//===- ChebyshevFit.h - Polynomials for functions around 0 ------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_CHEBYSHEVFIT_H
#define ACTIN_TRANSFORMS_CHEBYSHEVFIT_H

#include "Support/Real.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace actin {

/// f(v) = v^power * (c[0] + c[1] w + c[2] w^2 + …) for |v| < radius, where w
/// is v^2 for a function that is even or odd, else v.
struct PolynomialFit {
  unsigned power = 0;
  bool inSquares = false;
  double radius = 0; ///< A power of two.
  llvm::SmallVector<Real, 24> coefficients;
};

/// The fit of at most `maxTerms` coefficients and of a relative error below
/// 2^-`bits` (bits <= 60) that holds on the largest radius between 1/16 and 4;
/// nullopt where there is none, as for a function that is not smooth at 0.
///
/// Truncated Chebyshev interpolation: Trefethen, "Approximation Theory and
/// Approximation Practice" (SIAM, 2013), chapters 3 and 8.
std::optional<PolynomialFit>
fitAroundZero(llvm::function_ref<Real(const Real &)> evaluate,
              unsigned maxTerms, unsigned bits);

} // namespace actin

#endif // ACTIN_TRANSFORMS_CHEBYSHEVFIT_H
