//===- RoundingErrors.cpp - What each operation rounds --------------------===//

#include "Lowering/RoundingErrors.h"

#include "Lowering/OperationForms.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace actin {

/// A function's error where functions are taken to have 1 ulp.
template <typename T> static T getCoarseHalfUlps(ExprKind kind) {
  return getFunctionName(kind).empty() ? std::numeric_limits<T>::max() : T(2);
}

/// normcdf(-a) or a normpdf(a) in their difference, which is computed as one.
static bool isPartOfTail(ExprKind kind, mlir::Operation *op) {
  bool isPart = kind == ExprKind::Mul || kind == ExprKind::Normcdf ||
                kind == ExprKind::Normpdf;
  return isPart && isPartOfTailMinusMoment(op);
}

template <typename T>
RoundingErrors<T>::RoundingErrors(const SampledFunction<T> &function,
                                  const RangeAnalysis<T> &range,
                                  const PrecisionPlan &plan,
                                  const ComputeFormat &format,
                                  unsigned tableSize)
    : function(function), range(range), plan(plan), format(format),
      tableSize(tableSize) {
  // Looked up at thousands of samples: what does not depend on them.
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    const Node &node = function.getNode(i);
    mlir::Operation *op = node.value.getDefiningOp();
    dropsExponents.push_back(op && !passesExponent(op) &&
                             !matchTailMinusMoment(op));
    arePartsOfTails.push_back(isPartOfTail(node.kind, op));
    for (unsigned k = 0; k != node.numOperands; ++k)
      if (isFusedIntoSum(node.operands[k], op))
        fusions[node.operands[k]] = {node.value, node.operands[1 - k]};
    fusions.push_back({});
    errorHalfUlps.push_back(computeHalfUlps(i));
    coarseHalfUlps.push_back(
        std::min(function.getErrorHalfUlps(node, tableSize),
                 getCoarseHalfUlps<T>(node.kind)));
  }
}

/// What is lost where a value of any exponent is rounded to the format.
template <typename T> T RoundingErrors<T>::getRangeError(T value) const {
  T magnitude = std::fabs(value);
  if (std::isnan(value))
    return T(0);
  return magnitude <= T(format.largest) ? std::min(magnitude, range.underflow())
                                        : magnitude;
}

template <typename T>
T RoundingErrors<T>::get(const ErrorBudget &budget, unsigned index) const {
  const Node &node = function.getNode(index);
  if (arePartsOfTails[index])
    return T(0);
  T error = getOfOperation(budget, index);
  if (!dropsExponents[index])
    return error;
  for (unsigned k = 0; k != node.numOperands; ++k)
    if (range.hasExponent(node.operands[k]))
      error += std::fabs(function.getPartial(index, k)) *
               getRangeError(function.getValue(node.operands[k]));
  return error;
}

template <typename T>
T RoundingErrors<T>::getOfOperation(const ErrorBudget &budget,
                                    unsigned index) const {
  const Node &node = function.getNode(index);
  T value = function.getValue(index), magnitude = std::fabs(value);
  if (node.isArgument)
    return T(0);
  // With exponents apart nothing is fused.
  mlir::Operation *op = node.value.getDefiningOp();
  if (budget.isStrict && isFused(index) && !plan.isExtended(op))
    return getFusionError(budget, index);
  T halfUlps = !budget.isStrict ? coarseHalfUlps[index]
               : plan.isExtended(op)
                   ? function.getErrorHalfUlps(node, tableSize)
                   : errorHalfUlps[index];
  if (range.hasExponent(index))
    return std::isfinite(value) ? halfUlps * getHalfUlp(budget, value) : T(0);
  if (!(magnitude <= T(format.largest)))
    return getRangeError(value);
  if (node.isLeaf()) {
    T held = function.roundTo(value, isF32);
    return std::fabs(value - held);
  }
  // There, the function is its argument.
  if (!isF32 && magnitude < T(format.smallestNormal) &&
      getSlopeAtZero(op) == 1.0)
    return T(0);
  if (isF32 && budget.isStrict && isScaling(node))
    halfUlps = T(0);
  if (halfUlps == T(0)) // Half of a number may be below the range.
    return node.kind == ExprKind::Mul && magnitude < T(format.smallestNormal)
               ? std::min(magnitude, range.underflow())
               : T(0);
  return halfUlps * getHalfUlp(budget, value) +
         std::min(magnitude, range.underflow());
}

template <typename T>
bool RoundingErrors<T>::isFusedIntoSum(unsigned index,
                                       mlir::Operation *sum) const {
  mlir::Operation *product = function.getNode(index).value.getDefiningOp();
  return isa_and_nonnull<act::AddOp, act::SubOp>(sum) && product &&
         !range.hasExponent(index) && isFusedProduct(product);
}

/// A product that its sum takes in unrounded: no pair does.
template <typename T> bool RoundingErrors<T>::isFused(unsigned index) const {
  return fusions[index].sum &&
         plan.get(fusions[index].sum) == Precision::Single;
}

/// What that rounds: nothing, but for the other addend after it has taken in
/// the low part of a factor that is a pair.
template <typename T>
T RoundingErrors<T>::getFusionError(const ErrorBudget &budget,
                                    unsigned index) const {
  mlir::Operation *product = function.getNode(index).value.getDefiningOp();
  bool hasLow = llvm::any_of(product->getOpOperands(), [&](auto &use) {
    return plan.get(use.get()) == Precision::Pair && !plan.dropsLow(use);
  });
  return hasLow ? getHalfUlp(budget, function.getValue(fusions[index].addend))
                : T(0);
}

/// A product or a quotient with a power of two, at this sample.
template <typename T>
bool RoundingErrors<T>::isScaling(const Node &node) const {
  auto isPower = [&](unsigned k) {
    T value = std::fabs(function.getValue(node.operands[k]));
    return value == getPowerOfTwoBelow(value);
  };
  return (node.kind == ExprKind::Mul && (isPower(0) || isPower(1))) ||
         (node.kind == ExprKind::Div && isPower(1));
}

template <typename T>
T RoundingErrors<T>::getLostBelowRange(unsigned index) const {
  const Node &node = function.getNode(index);
  mlir::Operation *op = node.value.getDefiningOp();
  T magnitude = std::fabs(function.getValue(index));
  bool isLost = magnitude < T(format.smallestNormal) && !node.isLeaf() &&
                !range.hasExponent(index) &&
                (hasExtendedForm(op) || losesExponent(op)) &&
                getSlopeAtZero(op) != 1.0 && !plan.isExtended(op);
  return isLost ? std::min(magnitude, range.underflow()) : T(0);
}

template <typename T>
T RoundingErrors<T>::computeHalfUlps(unsigned index) const {
  const Node &node = function.getNode(index);
  mlir::Operation *op = node.value.getDefiningOp();
  // That of the incoming gradient is the caller's.
  if (isF32 && node.kind == ExprKind::Mul &&
      llvm::any_of(op->getOperands(), isDout))
    return T(0);
  if (op && matchTailMinusMoment(op))
    return T(isF32 ? 2.5 : 3);
  return function.getErrorHalfUlps(node, tableSize);
}

template <typename T>
T RoundingErrors<T>::getHalfUlp(const ErrorBudget &budget, T value) const {
  T magnitude = budget.isStrict ? getPowerOfTwoBelow(value) : std::fabs(value);
  return magnitude * T(format.unitRoundoff);
}

template class RoundingErrors<double>;
template class RoundingErrors<long double>;

} // namespace actin
