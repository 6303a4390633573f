//===- Verify.h - How exact kernels are, measured ---------------*- C++ -*-===//
//
// Runs the kernels of an activation over samples, or over every number of their
// element type, and compares every result with the exact value: the formula as
// it is written, its derivatives neither simplified nor stabilized, evaluated
// by MPFR with as many digits as it takes to be certain.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_VERIFY_H
#define ACTIN_VERIFY_H

#include "actin/Compiler.h"

#include <functional>

namespace actin {

/// Which row of the accuracy contract applies; to second derivatives always
/// that of formulas without a name.
enum class ContractRow : uint8_t {
  Named, ///< Functions and activations with a name.
  Other, ///< Any other formula: ill-conditioned places are allowed for.
};

/// The row for `activation`: named are those of the standard library, and
/// single functions of an input.
ContractRow getContractRow(const Activation &activation);

/// A result is good within `ulps`; or within `absolute`, for derivatives only
/// next to a root (the exact value has another sign at half or double an
/// input); or within `roundingUlps` and `conditioned` times
/// |f| + sum of |x df/dx|. 0: no such allowance.
struct ErrorBound {
  double ulps = 0;
  double absolute = 0;
  bool absoluteNextToRootOnly = false;
  double conditioned = 0;
  double roundingUlps = 0;
};

struct VerifyOptions {
  CompileOptions compile;
  ContractRow row = ContractRow::Other;
  /// Every number of the type, where the activation has one input and the type
  /// is not F64.
  bool exhaustive = false;
  size_t numSamples = 20000; ///< Points of each set of parameters.
  bool firsts = true;        ///< The value and the gradients.
  bool seconds = false;      ///< Second derivatives too.
  /// Sets of parameters, each with one finite number a parameter. Where there
  /// is none: the defaults, and unless `exhaustive` two sets near them.
  std::vector<std::vector<double>> parameterSets;
  int numThreads = 0; ///< 0: as many as the process may run on.
};

/// A result at one point.
struct VerifiedPoint {
  std::vector<double> inputs, parameters;
  double actual = 0, exact = 0;
  double ulps = 0, absolute = 0;
};

/// What was found about one output.
struct VerifiedOutput {
  std::string name; ///< "value", "gradient x", "second derivative x".
  DataType type = DataType::F32;
  ErrorBound bound;
  uint64_t numPoints = 0;
  VerifiedPoint worst; ///< In ulp, of all with a number for an answer.
  VerifiedPoint worstAbsolute;
  /// In ulp, leaving out what the allowances for roots and ill-conditioned
  /// places have let through.
  VerifiedPoint worstRegular;
  uint64_t numOver = 0;           ///< Over the contract, faults too.
  VerifiedPoint firstOver;        ///< The worst of those.
  uint64_t numNextToRoot = 0;     ///< Let through by the bounds that allow it.
  uint64_t numIllConditioned = 0; ///< The same.
  uint64_t numNaN = 0;            ///< Where a number belongs.
  uint64_t numInfinite = 0;       ///< Where a finite number belongs.
  uint64_t numNaNLost = 0;        ///< A NaN went in, and none came out.
  uint64_t numUndefined = 0;      ///< The formula has no value there.
  uint64_t numUndecided = 0;      ///< No precision sufficed.
  uint64_t numByOracle = 0;       ///< Over the contract by the oracle's word.

  /// All of these.
  static constexpr uint64_t VerifiedOutput::*counts[] = {
      &VerifiedOutput::numPoints,     &VerifiedOutput::numOver,
      &VerifiedOutput::numNextToRoot, &VerifiedOutput::numIllConditioned,
      &VerifiedOutput::numNaN,        &VerifiedOutput::numInfinite,
      &VerifiedOutput::numNaNLost,    &VerifiedOutput::numUndefined,
      &VerifiedOutput::numUndecided,  &VerifiedOutput::numByOracle};

  bool isGood() const { return numOver == 0 && numNaNLost == 0; }
};

struct VerifyReport {
  bool isExhaustive = false;
  bool isComplete = true; ///< False where it was stopped.
  std::vector<std::vector<double>> parameterSets;
  std::vector<VerifiedOutput> outputs;
  /// Of an exhaustive run: the kernel in F64 that has cleared most results,
  /// itself compared with MPFR on samples, in ulp of the type that is verified.
  /// Where it is over its bound the run has proven nothing.
  std::vector<VerifiedOutput> oracle;

  /// All outputs, and the oracle if there is one.
  bool isGood() const;
};

/// Hears how much is done, 0 to 1, at times; from any one thread at a time.
/// False stops.
using VerifyProgress = std::function<bool(double done)>;

/// Memory does not grow with the number of points. Errors: those of
/// `Compiler::compile`, parameters that do not fit, `exhaustive` where that
/// cannot be.
Expected<VerifyReport> verify(Compiler &compiler, const Activation &activation,
                              const VerifyOptions &options,
                              const VerifyProgress &progress = {});

} // namespace actin

#endif // ACTIN_VERIFY_H
