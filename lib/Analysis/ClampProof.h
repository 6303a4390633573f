//===- ClampProof.h - Whether a clamp's bound changes any result *- C++ -*-===//
//
// The one proof behind the compiler's elision of clamps and what `actin audit`
// says of it: intervals bound how far every result moves when the clamp's value
// goes from the bound to what it would be without.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_ANALYSIS_CLAMPPROOF_H
#define ACTIN_ANALYSIS_CLAMPPROOF_H

#include "Analysis/IntervalEvaluator.h"

namespace actin {

/// A kernel's formulas, one of its clamps taken apart.
struct ClampedFormulas {
  std::shared_ptr<ExprGraph> graph;
  /// Formulas in which argument number `clamp` stands for the clamp's value.
  std::vector<NodeId> results;
  uint32_t clamp;
  NodeId operand, lower, upper; ///< Of the clamp.
  /// The values of each argument; of `clamp` nothing is read.
  std::vector<Interval> arguments;
  ComputeType type = ComputeType::F32;
};

enum class BoundEffect : uint8_t {
  Unreached, ///< Proven: the operand never goes beyond.
  Harmless,  ///< Proven: no result changes by more than asked for.
  Unproven,
};

enum class ClampBound : uint8_t { Lower, Upper };

/// What leaving out one bound does. Harmless is a change of no more than
/// `ulps` of the compute type (of its smallest number where the result is below
/// that), or from one number beyond its range to another, for all arguments.
BoundEffect proveBound(const ClampedFormulas &formulas, ClampBound bound,
                       double ulps);

} // namespace actin

#endif // ACTIN_ANALYSIS_CLAMPPROOF_H
