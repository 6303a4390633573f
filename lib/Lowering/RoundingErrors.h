//===- RoundingErrors.h - What each operation rounds ------------*- C++ -*-===//
//
// The part of the precision analysis that knows what the lowering makes of an
// operation under a plan, and how much of the exact result that loses.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_ROUNDINGERRORS_H
#define ACTIN_LOWERING_ROUNDINGERRORS_H

#include "Lowering/ErrorBudget.h"
#include "Lowering/PrecisionAnalysis.h"
#include "Lowering/RangeAnalysis.h"
#include "Lowering/SampledFunction.h"

#include <type_traits>
#include <vector>

namespace actin {

/// All at the sample that `function` is at, under the plan as it is then; the
/// references must outlive it. `T` as of RangeAnalysis, `tableSize` as of
/// analyzePrecision.
template <typename T> class RoundingErrors {
public:
  RoundingErrors(const SampledFunction<T> &function,
                 const RangeAnalysis<T> &range, const PrecisionPlan &plan,
                 const ComputeFormat &format, unsigned tableSize);

  /// The error that rounding makes in the node's own operation, its operands'
  /// loss of an exponent of their own included.
  T get(const ErrorBudget &budget, unsigned index) const;
  /// The same without what the operands lose.
  T getOfOperation(const ErrorBudget &budget, unsigned index) const;
  /// Of a node that could be carried with an exponent apart.
  T getLostBelowRange(unsigned index) const;
  /// Of a normal number.
  T getHalfUlp(const ErrorBudget &budget, T value) const;

private:
  using Node = typename SampledFunction<T>::Node;

  T getRangeError(T value) const;
  bool isFusedIntoSum(unsigned index, mlir::Operation *sum) const;
  bool isFused(unsigned index) const;
  T getFusionError(const ErrorBudget &budget, unsigned index) const;
  bool isScaling(const Node &node) const;
  T computeHalfUlps(unsigned index) const;

  /// The compute type: T is one that is wider.
  static constexpr bool isF32 = std::is_same_v<T, double>;

  const SampledFunction<T> &function;
  const RangeAnalysis<T> &range;
  const PrecisionPlan &plan;
  const ComputeFormat &format;
  unsigned tableSize;
  // By node.
  std::vector<bool> arePartsOfTails;
  std::vector<bool> dropsExponents; ///< Of its operands.
  std::vector<T> errorHalfUlps, coarseHalfUlps;
  /// Where a product may be fused: null for other values.
  struct Fusion {
    mlir::Value sum;
    unsigned addend; ///< The sum's other operand.
  };
  std::vector<Fusion> fusions;
};

} // namespace actin

#endif // ACTIN_LOWERING_ROUNDINGERRORS_H
