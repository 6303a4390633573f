//===- RangeAnalysis.cpp - Where a range would not do ---------------------===//

#include "Lowering/RangeAnalysis.h"

#include "Lowering/OperationForms.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

namespace actin {

template <typename T>
RangeAnalysis<T>::RangeAnalysis(SampledFunction<T> &function,
                                const ComputeFormat &format,
                                PrecisionPlan &plan)
    : function(function), format(format), plan(plan) {
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    withExponent.push_back(computeHasExponent(function.getNode(i)));
    bounded.push_back(computeIsBounded(function.getNode(i)));
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  observations.resize(function.size(), {true, true, infinity, -infinity, 0});
  mayBeLarger.resize(function.size(), {true, true});
  scales.resize(function.size());
  findThoseOfOneInput();
}

template <typename T> void RangeAnalysis<T>::finish() {
  for (size_t i = 0, e = function.getNumExtremes(); i != e; ++i)
    checkExtreme(i);
  extendFactorsOfZero();
  boundFactors();
  storeScaleBounds();
  storeObservations();
}

template <typename T>
bool RangeAnalysis<T>::computeHasExponent(const Node &node) const {
  mlir::Operation *op = node.value.getDefiningOp();
  if (!op || losesExponent(op))
    return false;
  if (producesExponent(op))
    return true;
  if (!passesExponent(op))
    return false;
  for (unsigned k = 0; k != node.numOperands; ++k)
    if (withExponent[node.operands[k]])
      return true;
  return false;
}

template <typename T>
bool RangeAnalysis<T>::computeIsBounded(const Node &node) const {
  if (node.isLeaf())
    return true;
  auto isFine = [&](unsigned k) { return bounded[node.operands[k]]; };
  // Far below half a last bit of the largest number.
  auto isModerate = [&](unsigned k) {
    const Node &operand = function.getNode(node.operands[k]);
    return operand.kind == ExprKind::Constant && !operand.isArgument &&
           std::fabs(function.getValue(node.operands[k])) < T(0x1p80L);
  };
  switch (node.kind) {
  case ExprKind::Neg:
  case ExprKind::Abs:
    return isFine(0);
  case ExprKind::Min:
  case ExprKind::Max:
    return isFine(0) && isFine(1);
  case ExprKind::Where:
    return isFine(1) && isFine(2);
  case ExprKind::Add:
  case ExprKind::Sub:
    return isFine(0) && isFine(1) && (isModerate(0) || isModerate(1));
  default:
    return false;
  }
}
/// What the lowered kernel holds of `value`: the compute type's range.
template <typename T>
T RangeAnalysis<T>::saturate(unsigned index, const Node &node, T value) const {
  mlir::Operation *op = node.value.getDefiningOp();
  if (plan.get(node.value) == Precision::Wide || withExponent[index] ||
      (op && plan.isExtended(op)))
    return value;
  if (std::fabs(value) > T(format.largest))
    return std::copysign(std::numeric_limits<T>::infinity(), value);
  bool vanishes =
      std::fabs(value) < T(format.smallestNormal) * T(format.unitRoundoff);
  return vanishes ? std::copysign(T(0), value) : value;
}

/// Evaluates an extreme point as the kernel will; where a result then is
/// another than the formula's, what overflowed on the way gets more range.
template <typename T> void RangeAnalysis<T>::checkExtreme(size_t index) {
  llvm::SmallVector<T> held = evaluateHeld(index, /*holdAngles=*/false);
  bool isInfinite = function.isInfiniteExtreme(index);
  T beyond = beyondAll;
  llvm::SmallVector<T> exact = findLimits(index, beyond);
  if (!isInfinite && hasSeveralInputs())
    checkMantissas();
  // Any point of the circle is as good where the limit is another factor's.
  if (isInfinite && llvm::any_of(llvm::zip_equal(held, exact), [](auto pair) {
        return std::isnan(std::get<0>(pair)) && !std::isnan(std::get<1>(pair));
      }))
    held = evaluateHeld(index, /*holdAngles=*/true);
  std::vector<bool> overflows = std::move(heldOverflows);
  function.evaluateExtreme(
      index, [&](unsigned node, T value) { return dropTail(node, value); },
      isInfinite ? beyond : T(0));
  bool isMended = false, knowsOrder = isF32 && orderOverflows(overflows);
  for (auto [result, e, h] :
       llvm::zip_equal(function.getResults(), exact, held)) {
    if (!hasLimit(h, e))
      isMended |= extendOverflows(result.node, overflows);
    if (!isInfinite && std::fabs(e) > T(format.largest))
      checkEnd(result.node);
  }
  if ((isMended || knowsOrder) && isInfinite && isF32)
    plan.setHeldInput(function.getNode(function.getExtremeInput(index)).value,
                      double(beyond));
  // A wide number is one where the input is held, but for what is made of
  // narrow ones: beside 0 any number will do.
  for (auto [operand, negative, factor] : heldOperands) {
    bool isBesideZero = factor && function.getValue(*factor) == T(0);
    plan.setMustBeFinite(*operand, negative,
                         !isMended || !isInfinite || isBesideZero);
  }
}

/// A tail of the normal distribution, whose argument is held where the tail is
/// below the range, is 0 where the argument is beyond it.
template <typename T>
T RangeAnalysis<T>::dropTail(unsigned index, T value) const {
  const Node *node = &function.getNode(index);
  mlir::Operation *op = node->value.getDefiningOp();
  bool isDifference = op && matchTailMinusMoment(op);
  if (!isDifference && (!op || !matchNormcdfTail(op)))
    return value;
  if (isDifference)
    node = &function.getNode(node->operands[0]);
  const Node &neg = function.getNode(node->operands[0]);
  const Node &min = function.getNode(neg.operands[0]);
  T magnitude = function.getValue(min.operands[0]);
  return magnitude > T(format.largest) ? T(0) : value;
}

/// The results as the kernel will have them, with `heldOperands` finite.
template <typename T>
llvm::SmallVector<T> RangeAnalysis<T>::evaluateHeld(size_t index,
                                                    bool holdAngles) {
  heldOperands.clear();
  heldOverflows.assign(function.size(), false);
  heldTruths.assign(function.size(), false);
  function.evaluateExtreme(index, [&](unsigned node, T value) {
    value = dropTail(node, value);
    value = saturate(node, function.getNode(node),
                     std::isnan(value) ? keepOperandsFinite(node, holdAngles)
                                       : value);
    heldOverflows[node] = !std::isfinite(value);
    heldTruths[node] = value != T(0);
    return value;
  });
  return getResultValues();
}

/// The formula's results at an extreme point; NaN where there is none. Where
/// infinities make a NaN, numbers `beyond` all others have the limit, if they
/// agree.
template <typename T>
llvm::SmallVector<T> RangeAnalysis<T>::findLimits(size_t index, T &beyond) {
  auto evaluate = [&](T infinity) {
    function.evaluateExtreme(
        index, [&](unsigned node, T value) { return dropTail(node, value); },
        infinity);
    return getResultValues();
  };
  llvm::SmallVector<T> exact = evaluate(std::numeric_limits<T>::infinity());
  observe(/*isFiniteInput=*/false);
  if (!function.isInfiniteExtreme(index))
    return exact;
  // An infinity is one only where no high power alone makes it.
  for (T infinity : {beyondAll, lessFarBeyond}) {
    bool isLast = infinity == lessFarBeyond;
    llvm::SmallVector<T> limits = evaluate(infinity);
    llvm::SmallVector<T> further = evaluate(infinity * T(1.37));
    for (auto [value, limit, other] : llvm::zip_equal(exact, limits, further))
      if (std::isnan(value) && !std::isnan(limit) && !std::isnan(other) &&
          (isLast || std::isfinite(limit)) &&
          hasLimit(roundRange(limit), other)) {
        value = limit;
        beyond = infinity;
      }
  }
  return exact;
}

template <typename T>
llvm::SmallVector<T> RangeAnalysis<T>::getResultValues() const {
  llvm::SmallVector<T> results;
  for (const auto &result : function.getResults())
    results.push_back(function.getValue(result.node));
  return results;
}

/// As a number of the format.
template <typename T> T RangeAnalysis<T>::roundRange(T value) const {
  return std::fabs(value) > T(format.largest)
             ? std::copysign(std::numeric_limits<T>::infinity(), value)
             : value;
}

template <typename T> bool RangeAnalysis<T>::hasLimit(T held, T exact) const {
  T expected = roundRange(exact);
  bool isClose = std::isfinite(expected) &&
                 std::fabs(held - expected) <=
                     std::max(std::fabs(expected) / 1024, underflow());
  return std::isnan(exact) || held == expected || isClose;
}

/// True where nothing has been rounded at the current point.
template <typename T> bool RangeAnalysis<T>::isExact(unsigned index) const {
  const Node &node = function.getNode(index);
  T value = function.getValue(index);
  if (node.isLeaf())
    return node.isArgument || value == function.roundTo(value, isF32);
  if (node.kind == ExprKind::Where)
    return isExact(getChosen(node));
  if (function.getErrorHalfUlps(node, /*tableSize=*/0) != T(0))
    return false;
  for (unsigned k = 0; k != node.numOperands; ++k)
    if (!isExact(node.operands[k]))
      return false;
  return true;
}

/// The operand that a selection gives.
template <typename T>
unsigned RangeAnalysis<T>::getChosen(const Node &where) const {
  return where.operands[function.getValue(where.operands[0]) != T(0) ? 1 : 2];
}

/// Of a result that is beyond the range for finite inputs: the operation that
/// takes it there is to know numbers from what rounds to infinity.
template <typename T> void RangeAnalysis<T>::checkEnd(unsigned result) {
  const Node *node = &function.getNode(result);
  auto operand = [&](unsigned k) {
    return &function.getNode(node->operands[k]);
  };
  while (true) {
    if (node->kind == ExprKind::Where)
      node = &function.getNode(getChosen(*node));
    else if (node->kind == ExprKind::Neg)
      node = operand(0);
    else if (node->kind == ExprKind::Mul && operand(0)->isArgument &&
             !function.isInput(node->operands[0])) // The incoming gradient.
      node = operand(1);
    else
      break;
  }
  bool isProduct = node->kind == ExprKind::Mul;
  bool isSum = node->kind == ExprKind::Add || node->kind == ExprKind::Sub;
  if (!isProduct && !isSum)
    return;
  mlir::Operation *op = node->value.getDefiningOp();
  std::array<bool, 2> isOperandExact = {isExact(node->operands[0]),
                                        isExact(node->operands[1])};
  if (isOperandExact[0] && isOperandExact[1])
    return;
  for (unsigned k : {0u, 1u})
    if (isProduct && isOperandExact[1 - k] &&
        operand(k)->kind == ExprKind::Constant && !operand(k)->isArgument)
      return plan.setNeedsWholeConstant(op);
  plan.setPassesEnd(op);
}

/// Gives more range to what a comparison of two overflows, at the extreme point
/// that was held last, took for another order than it has; true where there is
/// such a one.
template <typename T>
bool RangeAnalysis<T>::orderOverflows(const std::vector<bool> &overflows) {
  bool found = false;
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    const Node &node = function.getNode(i);
    bool isComparison =
        node.kind >= ExprKind::Less && node.kind <= ExprKind::NotEqual;
    if (isComparison && overflows[node.operands[0]] &&
        overflows[node.operands[1]] &&
        (function.getValue(i) != T(0)) != heldTruths[i])
      found |= extendOverflows(i, overflows);
  }
  return found;
}

/// Gives more range to what is beyond the format's on the way to `result`, or
/// was when it was `held`; true where there is such a value.
template <typename T>
bool RangeAnalysis<T>::extendOverflows(unsigned result,
                                       const std::vector<bool> &held) {
  std::vector<bool> isNeeded(function.size());
  isNeeded[result] = true;
  bool found = false;
  for (unsigned i = result + 1; i-- > 0;) {
    const Node &node = function.getNode(i);
    if (!isNeeded[i])
      continue;
    for (unsigned k = 0; k != node.numOperands; ++k)
      isNeeded[node.operands[k]] = true;
    bool isBeyond = !(std::fabs(function.getValue(i)) <= T(format.largest)) ||
                    (!held.empty() && held[i]);
    if (!isBeyond || withExponent[i] || node.isLeaf())
      continue;
    found |= extendRange(node, /*isInfinite=*/!held.empty());
  }
  return found;
}

template <typename T>
bool RangeAnalysis<T>::extendRange(const Node &node, bool isInfinite,
                                   bool isTiny) {
  mlir::Operation *op = node.value.getDefiningOp();
  if (isF32) {
    plan.raise(node.value, Precision::Wide);
    return true;
  }
  bool isExtended = false;
  for (mlir::Operation *user : node.value.getUsers()) {
    if (!takesExtended(user, isTiny))
      continue;
    if (op && hasExtendedForm(op))
      plan.setExtended(op);
    else if (isInfinite && isAlgebraic(user))
      plan.setExtended(user);
    if ((isTiny && getSlopeAtZero(user) && !passesExponent(user)) ||
        isGeneralPower(user))
      plan.setExtended(user);
    isExtended |=
        op && hasExtendedForm(op) ? true : isInfinite && isAlgebraic(user);
  }
  return isExtended;
}

/// True for what a sine or the like gives its sign.
template <typename T>
bool RangeAnalysis<T>::dependsOnAngle(unsigned index) const {
  const Node &node = function.getNode(index);
  if (node.kind == ExprKind::Sin || node.kind == ExprKind::Cos ||
      node.kind == ExprKind::Tan)
    return true;
  if (node.kind != ExprKind::Add && node.kind != ExprKind::Sub &&
      node.kind != ExprKind::Mul && node.kind != ExprKind::Div &&
      node.kind != ExprKind::Neg && node.kind != ExprKind::Where)
    return false;
  for (unsigned k = 0; k != node.numOperands; ++k)
    if (dependsOnAngle(node.operands[k]))
      return true;
  return false;
}

/// An operation that makes the first NaN, of infinities, gets them finite;
/// the value that it then has.
template <typename T>
T RangeAnalysis<T>::keepOperandsFinite(unsigned index, bool holdAngles) {
  const Node &node = function.getNode(index);
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  mlir::Operation *op = node.value.getDefiningOp();
  bool fromInfinity = llvm::any_of(function.getInputs(), [&](unsigned leaf) {
    return std::isinf(function.getValue(leaf));
  });
  // Of a number beyond the range any point of the circle is as good; a product
  // of numbers is reduced as it is.
  if ((!fromInfinity || holdAngles) &&
      isa<act::SinOp, act::CosOp, act::TanOp>(op)) {
    T angle = function.getValue(node.operands[0]);
    if (!isF32 && !fromInfinity && std::isinf(angle) &&
        !collectUnboundedFactors(op->getOperand(0)).empty())
      return T(0.7);
    for (bool negative : {false, true})
      if (std::isinf(angle))
        heldOperands.push_back({&op->getOpOperand(0), negative, std::nullopt});
    // No root: a factor that is infinite is to be seen.
    return std::isinf(angle) ? T(0.7) : nan;
  }
  if (!isa<act::AddOp, act::SubOp, act::MulOp, act::DivOp>(op))
    return nan;
  std::array<T, 2> operands;
  for (unsigned k : {0u, 1u}) {
    operands[k] = function.getValue(node.operands[k]);
    if (std::isnan(operands[k]))
      return nan;
  }
  // The difference of two finite numbers that both overflow: f64 holds them.
  if (!fromInfinity && isa<act::AddOp, act::SubOp>(op))
    for (unsigned k : {0u, 1u})
      extendRange(function.getNode(node.operands[k]));
  for (unsigned k : {0u, 1u})
    if (std::isinf(operands[k])) {
      bool isNegative = std::signbit(operands[k]);
      std::optional<unsigned> factor;
      if (node.kind == ExprKind::Mul)
        factor = node.operands[1 - k];
      heldOperands.push_back({&op->getOpOperand(k), isNegative, factor});
      if (dependsOnAngle(node.operands[k]))
        heldOperands.push_back({&op->getOpOperand(k), !isNegative, factor});
      operands[k] = std::copysign(T(format.largest), operands[k]);
    }
  switch (node.kind) {
  case ExprKind::Add:
    return operands[0] + operands[1];
  case ExprKind::Sub:
    return operands[0] - operands[1];
  case ExprKind::Mul:
    return operands[0] * operands[1];
  default:
    return operands[0] / operands[1];
  }
}

template class RangeAnalysis<double>;
template class RangeAnalysis<long double>;

} // namespace actin
