//===- TailSeries.h - Power series far from 0 -------------------*- C++ -*-===//
//
// leading term * p(t) for a > bound, where t is e^-a, 1 / a or 1 / a^2 and p a
// polynomial that is found by Chebyshev interpolation in 113 bits.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_TAILSERIES_H
#define ACTIN_TRANSFORMS_TAILSERIES_H

#include "Dialect/Act/RealBuilder.h"
#include "Transforms/ChebyshevFit.h"

namespace actin {

struct TailSeries {
  enum class Variable { Exponential, Inverse, InverseSquare };
  Variable variable;
  Real power; ///< Of e^a, else of a.
  PolynomialFit fit;

  /// Of a: beyond, the series holds.
  double getBound() const;
  /// The series at a.
  Real evaluate(const Real &a) const;
};

/// What a series may be.
struct SeriesLimits {
  unsigned maxTerms, bits;
  int least,
      most; ///< The radius of t: 2^least to 2^most, the largest possible.

  /// A relative error below 2^-29, for f64 2^-58.
  static SeriesLimits get(bool isF64, int least, int most) {
    return isF64 ? SeriesLimits{24, 58, least, most}
                 : SeriesLimits{12, 29, least, most};
  }
};

/// The series of the function `evaluate` of a, whose leading term is known;
/// nullopt where there is none within `limits`.
std::optional<TailSeries>
fitTailSeries(llvm::function_ref<Real(const Real &)> evaluate,
              TailSeries::Variable variable, const Real &power,
              const SeriesLimits &limits);

/// The series where a goes to infinity, of a function that is a power of a (-6
/// to 6, whole or a few parts of one) times a power series in 1 / a; nullopt
/// for others, mostly after a few evaluations.
std::optional<TailSeries>
findInverseSeries(llvm::function_ref<Real(const Real &)> evaluate, bool isF64);

/// The series at a. What underflows is rounded once.
act::RealValue emitTailSeries(const TailSeries &series,
                              const act::RealValue &a);

} // namespace actin

#endif // ACTIN_TRANSFORMS_TAILSERIES_H
