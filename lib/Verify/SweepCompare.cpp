//===- SweepCompare.cpp - Many results against an oracle's ----------------===//
//
// Loops that the compiler makes vectors of: comparisons of non-negative doubles
// are comparisons of their bits, in which a NaN is larger than every number.
//
//===----------------------------------------------------------------------===//

#include "Verify/SweepCompare.h"

#include <algorithm>
#include <bit>

namespace actin {

#if defined(__x86_64__) && defined(__linux__)
#define ACTIN_FOR_EACH_ISA                                                     \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ACTIN_FOR_EACH_ISA
#endif

static constexpr int64_t exponentMask = 0x7ff0000000000000;
static constexpr int64_t magnitudeMask = 0x7fffffffffffffff;
static constexpr int64_t leastExponent = std::bit_cast<int64_t>(0x1p-126);
static constexpr int64_t largestExponent = std::bit_cast<int64_t>(0x1p127);
/// Whose reciprocal has the bits 2046 << 52 minus those of a power of two.
static constexpr int64_t reciprocalOf = 0x7fe0000000000000;
static constexpr int64_t infinityBits = exponentMask;
/// From here on an exact value becomes infinite in F32.
static constexpr int64_t overflowBits =
    std::bit_cast<int64_t>(0x1p128 - 0x1p103);

/// |actual - exact| / ulp(exact), as bits of a double.
static inline __attribute__((always_inline)) int64_t
getErrorBits(float actual, double exact, double &absolute) {
  double wide = actual;
  int64_t bits = std::bit_cast<int64_t>(exact);
  int64_t actualBits = std::bit_cast<int64_t>(wide);
  int64_t exponent = bits & exponentMask;
  exponent = exponent > leastExponent ? exponent : leastExponent;
  exponent = exponent < largestExponent ? exponent : largestExponent;
  double perUlp = std::bit_cast<double>(reciprocalOf - exponent) * 0x1p23;
  absolute = wide - exact;
  absolute =
      std::bit_cast<double>(std::bit_cast<int64_t>(absolute) & magnitudeMask);
  int64_t error = std::bit_cast<int64_t>(absolute * perUlp) & magnitudeMask;
  // The right infinity.
  int64_t isInfinite = (actualBits & magnitudeMask) == infinityBits;
  int64_t shouldBe = (bits & magnitudeMask) >= overflowBits &&
                     (bits & magnitudeMask) <= infinityBits;
  int64_t sameSign = (bits ^ actualBits) >= 0;
  return (isInfinite & shouldBe & sameSign) ? 0 : error;
}

ACTIN_FOR_EACH_ISA
BlockSummary compareBlock(const float *actual, const double *exact,
                          size_t count, double boundUlps) {
  int64_t bound = std::bit_cast<int64_t>(boundUlps);
  int64_t maxError = 0, maxAbsolute = 0;
  uint64_t numBeyond = 0;
  for (size_t i = 0; i < count; ++i) {
    double absolute;
    int64_t error = getErrorBits(actual[i], exact[i], absolute);
    int64_t absoluteBits = std::bit_cast<int64_t>(absolute);
    maxError = error > maxError ? error : maxError;
    bool isBeyond = error > bound;
    numBeyond += isBeyond;
    // An infinity less another is a NaN, and counts for nothing here.
    absoluteBits = isBeyond || absoluteBits >= infinityBits ? 0 : absoluteBits;
    maxAbsolute = absoluteBits > maxAbsolute ? absoluteBits : maxAbsolute;
  }
  return {std::bit_cast<double>(maxError), std::bit_cast<double>(maxAbsolute),
          numBeyond};
}

double getErrorUlps(float actual, double exact) {
  double absolute;
  return std::bit_cast<double>(getErrorBits(actual, exact, absolute));
}

ACTIN_FOR_EACH_ISA
void widen(const float *narrow, double *wide, size_t count) {
  for (size_t i = 0; i < count; ++i)
    wide[i] = narrow[i];
}

ACTIN_FOR_EACH_ISA
uint64_t countNumbers(const float *values, size_t count) {
  uint64_t numNumbers = 0;
  for (size_t i = 0; i < count; ++i)
    numNumbers += values[i] == values[i];
  return numNumbers;
}

} // namespace actin
