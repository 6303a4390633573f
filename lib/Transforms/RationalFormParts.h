//===- RationalFormParts.h - A rational form taken apart --------*- C++ -*-===//
//
// Shared by the files that make up RationalFormEmitter.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_RATIONALFORMPARTS_H
#define ACTIN_TRANSFORMS_RATIONALFORMPARTS_H

#include "Transforms/RationalFormEmitter.h"

namespace actin {

/// What `emit` works on: E^shift (E - 1)^roots sum(coefficients[i] E^i) /
/// ((E - 1)^poles (product of factors)), times `common`.
struct RationalFormEmitter::Parts {
  unsigned exponential;
  int step = 1; ///< E stands for this power of the exponential atom.
  int shift = 0;
  int roots = 0, poles = 0;
  /// Polynomials in the other atoms.
  llvm::SmallVector<Polynomial, 4> coefficients;
  Monomial common;
  struct Factor {
    Coefficients coefficients;
    int multiplicity;
  };
  llvm::SmallVector<Factor, 2> factors;
  /// Those with other atoms in their coefficients, none of which is negative.
  struct MixedFactor {
    llvm::SmallVector<Polynomial, 4> coefficients;
    int multiplicity;
  };
  llvm::SmallVector<MixedFactor, 2> mixedFactors;
  llvm::SmallVector<RationalForm::Factor, 2> freeFactors;

  int degree() const { return int(coefficients.size()) - 1 + roots; }
  int denominatorDegree() const {
    int degree = poles;
    for (const Factor &factor : factors)
      degree += (int(factor.coefficients.size()) - 1) * factor.multiplicity;
    for (const MixedFactor &factor : mixedFactors)
      degree += (int(factor.coefficients.size()) - 1) * factor.multiplicity;
    return degree;
  }
  /// The denominator in E is (1 + E), once.
  bool isOverOnePlusE() const {
    return mixedFactors.empty() && factors.size() == 1 &&
           factors[0].multiplicity == 1 &&
           factors[0].coefficients.size() == 2 &&
           factors[0].coefficients[0] == Real(1.0) &&
           factors[0].coefficients[1] == Real(1.0);
  }
};

/// Whether no two of them have opposite signs.
bool hasOneSign(llvm::ArrayRef<Real> coefficients);

/// Divides the polynomial `coefficients` (lowest first) by (E - root) where
/// that leaves nothing; else returns false and changes nothing.
bool divideByRoot(llvm::SmallVectorImpl<Real> &coefficients, const Real &root);

} // namespace actin

#endif // ACTIN_TRANSFORMS_RATIONALFORMPARTS_H
