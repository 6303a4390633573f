//===- ChebyshevFit.h - Polynomials for functions around 0 ------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_CHEBYSHEVFIT_H
#define ACTIN_TRANSFORMS_CHEBYSHEVFIT_H

#include "Support/Real.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace actin {

/// f(v) = v^power * (c[0] + c[1] w + c[2] w^2 + …) for |v| < radius.
struct PolynomialFit {
  enum class Variable {
    Plain,    ///< w is v.
    Square,   ///< v^2: the function is even or odd.
    Magnitude ///< v, which is positive.
  };
  unsigned power = 0;
  Variable variable = Variable::Plain;
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

/// The same for 0 < v < radius only, of a function that need not be smooth at
/// 0.
std::optional<PolynomialFit>
fitAboveZero(llvm::function_ref<Real(const Real &)> evaluate, unsigned maxTerms,
             unsigned bits);

/// The same for a function that has a limit, not 0, as v goes to 0; the radius
/// is between 2^`least` and 2^`most`.
std::optional<PolynomialFit>
fitLimit(llvm::function_ref<Real(const Real &)> evaluate, unsigned maxTerms,
         unsigned bits, int least, int most);

} // namespace actin

#endif // ACTIN_TRANSFORMS_CHEBYSHEVFIT_H
