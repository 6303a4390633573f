//===- ErrorBudget.h - What rounding may cost -------------------*- C++ -*-===//
//
// What the precision analysis asks of a compute type. The analysis adds the
// magnitudes of all rounding errors; measured errors are smaller.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_ERRORBUDGET_H
#define ACTIN_LOWERING_ERRORBUDGET_H

#include "llvm/ADT/bit.h"

#include <cmath>
#include <cstdint>
#include <type_traits>

namespace actin {

struct ComputeFormat {
  double unitRoundoff; ///< Half an ulp, relative.
  double largest;
  double smallestNormal;
};

constexpr ComputeFormat f32Format = {0x1p-24, 0x1.fffffep127, 0x1p-126};
constexpr ComputeFormat f64Format = {0x1p-53, 0x1.fffffffffffffp1023,
                                     0x1p-1022};

struct ErrorBudget {
  /// What the sum of all rounding errors may reach in a value, in a first
  /// derivative and in a second.
  double valueHalfUlps, gradientHalfUlps, secondHalfUlps;
  /// The same, as a multiple, where parameters are not at their defaults.
  double otherShare;
  /// What part of it one operation may take: more is an amplified error, which
  /// no luck averages out.
  double largestShare;
  /// Functions have the error that they state, ulps are those of the binade,
  /// and only what is not yet carried more precisely counts; else functions
  /// have 1 ulp, an ulp is in proportion to the value, and every sample stands
  /// alone.
  bool isStrict;
};

/// What is amplified, or leaves the range.
constexpr ErrorBudget f32Coarse = {24, 24, 8, 1, 1.0 / 6, false};
/// Keep named functions within 2 ulp, others of the contract within 4.
constexpr ErrorBudget f32Fine = {4.7, 4.2, 8, 1.65, 0.65, true};
constexpr ErrorBudget f64Fine = {5, 5, 5, 1, 0.5, true};
/// A quarter of what the last rounding, to f32, does.
constexpr ErrorBudget f64ForF32 = {0x1p27, 0x1p27, 0x1p27, 1, 0.5, true};

/// 2^k for 2^k <= |value| < 2^(k + 1); 0 for 0.
template <typename T> T getPowerOfTwoBelow(T value) {
  if (std::is_same_v<T, double> && std::isnormal(value))
    return llvm::bit_cast<double>(llvm::bit_cast<uint64_t>(double(value)) &
                                  uint64_t(0x7ff) << 52);
  int exponent;
  T fraction = std::frexp(value, &exponent);
  return fraction == 0 ? T(0) : std::ldexp(T(1), exponent - 1);
}

} // namespace actin

#endif // ACTIN_LOWERING_ERRORBUDGET_H
