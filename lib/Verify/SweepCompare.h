//===- SweepCompare.h - Many results against an oracle's --------*- C++ -*-===//

#ifndef ACTIN_VERIFY_SWEEPCOMPARE_H
#define ACTIN_VERIFY_SWEEPCOMPARE_H

#include <cstddef>
#include <cstdint>

namespace actin {

/// Over a block; NaN and wrong infinities are beyond every bound.
struct BlockSummary {
  double maxUlps = 0;
  double maxAbsolute = 0; ///< Of results that are not `numBeyond`.
  uint64_t numBeyond = 0; ///< Results off by more than the bound.
};

/// Errors of results in F32 against exact values in double, in ulp of F32.
BlockSummary compareBlock(const float *actual, const double *exact,
                          size_t count, double boundUlps);

/// The error of one result, as compareBlock has it.
double getErrorUlps(float actual, double exact);

/// exact[i] = actual[i].
void widen(const float *narrow, double *wide, size_t count);

/// How many are no NaN.
uint64_t countNumbers(const float *values, size_t count);

} // namespace actin

#endif // ACTIN_VERIFY_SWEEPCOMPARE_H
