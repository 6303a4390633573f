//===- Sweep.h - Every number of a type -------------------------*- C++ -*-===//
//
// Runs kernels of one input over all numbers of F32, F16 or BF16, and compares
// every result with the kernel in F64; what that one does not clear is judged
// by exact evaluation.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_VERIFY_SWEEP_H
#define ACTIN_VERIFY_SWEEP_H

#include "Verify/OutputJudge.h"

namespace actin {

/// What the oracle may be off by, in ulp of the swept type or as a part of a
/// bound: far more than it is.
constexpr double oracleDoubt = 0x1p-16;

struct SweepTask {
  const std::vector<OutputFormula> &formulas;
  /// Of the swept type and of F64, with the outputs of `formulas`.
  const KernelSet &kernels, &oracle;
  std::vector<double> parameters; ///< As numbers of the compute type.
  DataType type;
};

/// Adds to `tallies`, one a formula, on the threads of the arena that it is
/// called in. Returns false where `progress` stopped it. Errors: those of
/// Kernel::run.
Expected<bool> sweep(const SweepTask &task,
                     std::vector<VerifiedOutput> &tallies,
                     const VerifyProgress &progress);

} // namespace actin

#endif // ACTIN_VERIFY_SWEEP_H
