//===- HeldForm.h - Where a quotient of polynomials is 1 --------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_HELDFORM_H
#define ACTIN_TRANSFORMS_HELDFORM_H

#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace actin {

/// N(E, v) / D(E), where E = e^u and u(v) grows with the variable v.
struct HeldForm {
  using Polynomial = llvm::SmallVector<double, 4>; ///< Lowest first.

  llvm::SmallVector<Polynomial, 4> numerator; ///< By powers of E, then of v.
  Polynomial denominator;                     ///< By powers of E.
  Polynomial exponent;                        ///< u by powers of v.

  /// True where u grows, and passes 0 at 0.
  bool isIncreasing() const;
  /// The v for a u.
  double getVariable(double u) const;
  /// The smallest u from which on N / D is 1 but for `tolerance`; nullopt where
  /// there is none that is moderate, or a power of E is above e^`largest`
  /// there.
  std::optional<double> findLimit(double tolerance, double largest) const;
  /// True where N / D is nowhere far above its limit: D = N + (D - N) does not
  /// cancel then.
  bool isBounded(double limit) const;

private:
  double evaluateCoefficient(size_t power, double v) const;
  bool isAtLimit(double u, double tolerance) const;
};

} // namespace actin

#endif // ACTIN_TRANSFORMS_HELDFORM_H
