//===- ErrorBudget.h - What rounding may cost -------------------*- C++ -*-===//
//
// What the precision analysis asks of a compute type. The analysis adds the
// magnitudes of all rounding errors; measured errors are smaller.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_ERRORBUDGET_H
#define ACTIN_LOWERING_ERRORBUDGET_H

#include <cmath>

namespace actin {

struct ErrorBudget {
  long double unitRoundoff; ///< Half an ulp, relative.
  long double largest;
  long double smallestNormal;
  /// What the sum of all rounding errors may reach.
  long double budgetHalfUlps;
  /// What one operation may take of it: more is an amplified error, which no
  /// luck averages out.
  long double largestHalfUlps;
  /// Functions have the error that they state, ulps are those of the binade,
  /// and only what is not yet carried more precisely counts; else functions
  /// have 1 ulp, an ulp is in proportion to the value, and every sample stands
  /// alone.
  bool isStrict;

  /// The most that the sum may reach in a second derivative.
  static constexpr long double secondHalfUlps = 8;
};

/// Measured errors of the standard library, but at the ends of the range, stay
/// below a third of it; with one as strict as that of f64 gradients take up to
/// four times as long.
constexpr ErrorBudget f32Budget = {0x1p-24L, 0x1.fffffep127L, 0x1p-126L, 24, 4,
                                   false};
/// Keeps results within 2 ulp.
constexpr ErrorBudget f64Budget = {
    0x1p-53L, 0x1.fffffffffffffp1023L, 0x1p-1022L, 5, 2.5, true};

/// 2^k for 2^k <= |value| < 2^(k + 1); 0 for 0.
template <typename T> T getPowerOfTwoBelow(T value) {
  int exponent;
  T fraction = std::frexp(value, &exponent);
  return fraction == 0 ? T(0) : std::ldexp(T(1), exponent - 1);
}

} // namespace actin

#endif // ACTIN_LOWERING_ERRORBUDGET_H
