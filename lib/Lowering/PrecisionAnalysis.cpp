//===- PrecisionAnalysis.cpp - Where rounding would show ------------------===//

#include "Lowering/PrecisionAnalysis.h"

#include "Lowering/ErrorBudget.h"
#include "Lowering/OperationForms.h"
#include "Lowering/SampledFunction.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/SmallVector.h"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace actin {

void PrecisionPlan::raise(mlir::Value value, Precision level) {
  Precision &current = levels[value];
  current = std::max(current, level);
}

namespace {

/// Marks, for one kind of sample number, what must be raised.
template <typename T> class Analysis {
public:
  Analysis(mlir::func::FuncOp kernel, const ErrorBudget &format)
      : function(kernel), format(format) {
    // Looked up at thousands of samples: what does not depend on them.
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      const Node &node = function.getNode(i);
      mlir::Operation *op = node.value.getDefiningOp();
      hasExponent.push_back(computeHasExponent(node));
      dropsExponents.push_back(op && !passesExponent(op));
      isPartOfTail.push_back(computeIsPartOfTail(node));
      errorHalfUlps.push_back(getErrorHalfUlps(i));
    }
    observations.resize(function.size(), {true, true});
    mayBeLarger.resize(function.size(), {true, true});
  }

  PrecisionPlan run() {
    for (size_t i = 0, e = function.getNumSamples(); i != e; ++i) {
      function.evaluate(i);
      observe();
      findLargeFactors();
      checkMantissas();
      for (const auto &result : function.getResults())
        checkResult(result);
    }
    for (size_t i = 0, e = function.getNumExtremes(); i != e; ++i)
      checkExtreme(i);
    storeObservations();
    return std::move(plan);
  }

private:
  using Node = typename SampledFunction<T>::Node;

  void observe() {
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      T magnitude = std::fabs(function.getValue(i));
      observations[i].isFinite &= magnitude <= T(format.largest);
      observations[i].isNormal &=
          magnitude >= T(format.smallestNormal) / T(format.unitRoundoff);
      const Node &node = function.getNode(i);
      if (node.kind != ExprKind::Add && node.kind != ExprKind::Sub)
        continue;
      T x = std::fabs(function.getValue(node.operands[0]));
      T y = std::fabs(function.getValue(node.operands[1]));
      mayBeLarger[i][0] &= x >= y || x == T(0);
      mayBeLarger[i][1] &= y >= x || y == T(0);
    }
  }

  void storeObservations() {
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      mlir::Value value = function.getNode(i).value;
      // Parameters and incoming gradients are sampled at a few places only.
      if (!function.getNode(i).isArgument)
        plan.setObservation(value, observations[i]);
      for (unsigned k : {0u, 1u})
        if (mlir::Operation *op = value.getDefiningOp();
            isa_and_nonnull<act::AddOp, act::SubOp>(op) && mayBeLarger[i][k])
          plan.setLargerOperand(op, k);
    }
  }

  /// True for values that are lowered to a mantissa and an exponent: they
  /// neither overflow nor lose bits as subnormals.
  bool computeHasExponent(const Node &node) const {
    mlir::Operation *op = node.value.getDefiningOp();
    if (!op || producesExponent(op))
      return op;
    if (!passesExponent(op))
      return false;
    for (unsigned k = 0; k != node.numOperands; ++k)
      if (hasExponent[node.operands[k]])
        return true;
    return false;
  }

  T underflow() const {
    return T(format.smallestNormal) * T(format.unitRoundoff);
  }

  /// True for a value beyond the format's range, or so close to its end that it
  /// is beyond before the next sample, on the way to a smaller result.
  bool mayOverflow(unsigned index, T result) const {
    T magnitude = std::fabs(function.getValue(index));
    return !hasExponent[index] && !function.getNode(index).isArgument &&
           magnitude > T(format.largest) / 65536 &&
           magnitude > T(1.001) * std::fabs(result);
  }

  /// What is lost where a value of any exponent is rounded to the format.
  T rangeError(T value) const {
    T magnitude = std::fabs(value);
    if (std::isnan(value))
      return T(0);
    return magnitude <= T(format.largest) ? std::min(magnitude, underflow())
                                          : magnitude;
  }

  /// The error that rounding makes in the node's own operation, its operands'
  /// loss of an exponent of their own included.
  T localError(unsigned index) const {
    const Node &node = function.getNode(index);
    if (isPartOfTail[index])
      return T(0);
    T error = roundingError(index, node, function.getValue(index));
    if (!dropsExponents[index])
      return error;
    for (unsigned k = 0; k != node.numOperands; ++k)
      if (hasExponent[node.operands[k]])
        error += std::fabs(function.getPartial(index, k)) *
                 rangeError(function.getValue(node.operands[k]));
    return error;
  }

  T roundingError(unsigned index, const Node &node, T value) const {
    T magnitude = std::fabs(value);
    if (node.isArgument)
      return T(0);
    T halfUlps = errorHalfUlps[index];
    if (hasExponent[index])
      return std::isfinite(value) ? halfUlps * halfUlp(value) : T(0);
    if (!(magnitude <= T(format.largest)))
      return rangeError(value);
    if (node.isLeaf()) {
      T held = function.roundTo(value, isF32);
      return std::fabs(value - held);
    }
    if (halfUlps == T(0))
      return T(0);
    return halfUlps * halfUlp(value) + std::min(magnitude, underflow());
  }

  T getErrorHalfUlps(unsigned index) const {
    const Node &node = function.getNode(index);
    bool isExact = format.isStrict && !hasExponent[index] && isFused(node);
    return isExact ? T(0) : function.getErrorHalfUlps(node, format.isStrict);
  }

  /// Of a normal number.
  T halfUlp(T value) const {
    T magnitude =
        format.isStrict ? getPowerOfTwoBelow(value) : std::fabs(value);
    return magnitude * T(format.unitRoundoff);
  }

  /// A product that is computed with the sum that takes it, in one rounding.
  static bool isFused(const Node &node) {
    mlir::Operation *op = node.value.getDefiningOp();
    return node.kind == ExprKind::Mul && op->hasOneUse() &&
           isa<act::AddOp, act::SubOp>(*op->getUsers().begin());
  }

  /// a normpdf(a) in normcdf(-a) - a normpdf(a), which is computed as one.
  static bool computeIsPartOfTail(const Node &node) {
    mlir::Operation *op = node.value.getDefiningOp();
    return node.kind == ExprKind::Mul && op->hasOneUse() &&
           matchTailMinusMoment(*op->getUsers().begin());
  }

  /// What the contract leaves at this sample: ulps of the value, or what the
  /// last bit of an input makes of the value next to a root. An exponential
  /// tail is no root: its condition is bounded by the logarithm of the range.
  T tolerance(T value) const {
    T unit = T(format.unitRoundoff);
    T limit = T(format.budgetHalfUlps) * (halfUlp(value) + underflow());
    T condition = T(0);
    for (unsigned leaf : function.getInputs())
      condition +=
          std::fabs(function.getAdjoint(leaf) * function.getValue(leaf));
    T tailCondition = 16 * std::log(T(format.largest));
    return condition > tailCondition * std::fabs(value)
               ? std::max(limit, 2 * unit * condition)
               : limit;
  }

  void checkResult(const typename SampledFunction<T>::Result &result) {
    T value = function.getValue(result.node);
    if (!std::isfinite(value) || std::fabs(value) > T(format.largest))
      return;
    function.sweepAdjoints(result.node);
    T limit = tolerance(value), sum = collectContributions(value);
    if (contributions.empty() || !isTooMuch(contributions[0].first, sum, limit))
      return;
    // Next to a root a gradient may have an absolute error.
    T absolute = 4 * T(format.unitRoundoff);
    if (result.isGradient && limit < absolute &&
        function.changesSignNearby(result.node))
      limit = absolute;
    for (const auto &[error, index] : contributions) {
      if (!isTooMuch(error, sum, limit))
        break;
      if (format.isStrict && (index == result.node || !canHoldPair(index)))
        continue;
      raise(index);
      sum -= error;
      if (std::isnan(sum)) // inf - inf: add up the rest anew.
        sum = remainingSum(index);
    }
  }

  bool canHoldPair(unsigned index) const {
    mlir::Operation *op = function.getNode(index).value.getDefiningOp();
    // An f32 function in f64 makes what follows more exact as well.
    return !op || isPairArithmetic(op) || (!isF32 && producesPair(op));
  }

  /// Of one error, the largest that is left, and of the sum of them all.
  bool isTooMuch(T error, T sum, T limit) const {
    T largestShare = T(format.largestHalfUlps / format.budgetHalfUlps);
    return error >= limit * largestShare ||
           (sum > limit && error >= limit * T(0.05));
  }

  /// What each rounding error does to the result of `value` whose adjoints
  /// have been swept, largest first; their sum.
  T collectContributions(T value) {
    contributions.clear();
    T sum = T(0);
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      T adjoint = function.getAdjoint(i);
      if (adjoint == T(0) || std::isnan(adjoint))
        continue;
      T error = std::fabs(adjoint) * localError(i);
      // However ill-conditioned the formula is, an overflow on the way to a
      // finite result is no rounding error.
      T share = std::fabs(adjoint * function.getValue(i));
      if (mayOverflow(i, value) &&
          (share > T(format.unitRoundoff) * std::fabs(value) ||
           std::fabs(function.getValue(i)) > T(format.largest))) {
        extendRange(function.getNode(i));
        continue;
      }
      bool isRaised = plan.get(function.getNode(i).value) != Precision::Single;
      if (error > T(0) && !(format.isStrict && isRaised)) {
        contributions.push_back({error, i});
        sum += error;
      }
    }
    llvm::sort(contributions, [](const auto &a, const auto &b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    return sum;
  }

  /// The magnitude of what holds a node: of its mantissa where it has one.
  T computeHeld(unsigned index) const {
    const Node &node = function.getNode(index);
    mlir::Operation *op = node.value.getDefiningOp();
    if (op && plan.isExtended(op))
      return T(1);
    // One number beyond the range is held to it where an exponent makes 0 of
    // it.
    if (!hasExponent[index] || plan.get(node.value) == Precision::Wide)
      return std::min(std::fabs(function.getValue(index)), T(format.largest));
    auto operand = [&](unsigned k) { return held[node.operands[k]]; };
    switch (node.kind) {
    case ExprKind::Mul:
      return operand(0) * operand(1);
    case ExprKind::Div:
      return operand(0) / operand(1);
    case ExprKind::Neg:
      return operand(0);
    case ExprKind::Where:
      return operand(function.getValue(node.operands[0]) != T(0) ? 1 : 2);
    case ExprKind::Pow:
      return std::pow(operand(0), operand(1));
    default: // What is linear at 0 passes a mantissa on.
      return getSlopeAtZero(op) && passesExponent(op) ? operand(0) : T(1);
    }
  }

  /// An exponent apart does not help where a product of mantissas overflows.
  void checkMantissas() {
    held.resize(function.size());
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      held[i] = computeHeld(i);
      if (!hasExponent[i] || !(held[i] > T(format.largest)) ||
          std::isinf(function.getValue(i)))
        continue;
      mlir::Operation *op = function.getNode(i).value.getDefiningOp();
      if (isF32)
        extendRange(function.getNode(i));
      else if (hasExtendedForm(op))
        plan.setExtended(op);
      extendOverflows(i);
      held[i] = computeHeld(i);
    }
  }

  /// A product of a number near the largest and a mantissa would overflow where
  /// the exponent, applied later, brings it back.
  void findLargeFactors() {
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      const Node &node = function.getNode(i);
      T product = std::fabs(function.getValue(i));
      if (!hasExponent[i] || node.kind != ExprKind::Mul ||
          !(product > underflow()) || product > T(format.largest))
        continue;
      for (unsigned k : {0u, 1u})
        if (!hasExponent[node.operands[k]] &&
            std::fabs(function.getValue(node.operands[k])) >
                T(format.largest) / 4 &&
            product < T(format.largest) / 16)
          plan.setHasLargeFactor(node.value.getDefiningOp());
    }
  }

  /// What the lowered kernel holds of `value`: the compute type's range.
  T saturate(unsigned index, const Node &node, T value) const {
    mlir::Operation *op = node.value.getDefiningOp();
    if (plan.get(node.value) == Precision::Wide || hasExponent[index] ||
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
  void checkExtreme(size_t index) {
    llvm::SmallVector<T> held = evaluateHeld(index, /*holdAngles=*/false);
    bool isInfinite = function.isInfiniteExtreme(index);
    llvm::SmallVector<T> exact = findLimits(index);
    auto isNaN = [](T value) { return std::isnan(value); };
    // Any point of the circle is as good where the limit is another factor's.
    if (isInfinite && llvm::any_of(held, isNaN) && llvm::none_of(exact, isNaN))
      held = evaluateHeld(index, /*holdAngles=*/true);
    std::vector<bool> overflows = std::move(heldOverflows);
    function.evaluateExtreme(
        index, [](unsigned, T value) { return value; },
        isInfinite ? T(beyondAll) : T(0));
    bool isMended = false;
    for (auto [result, e, h] :
         llvm::zip_equal(function.getResults(), exact, held))
      if (!hasLimit(h, e))
        isMended |= extendOverflows(result.node, overflows);
    if (isMended && isInfinite && isF32)
      plan.setHeldInput(
          function.getNode(function.getExtremeInput(index)).value);
    if (!isMended || !isInfinite)
      for (auto [operand, negative] : heldOperands)
        plan.setMustBeFinite(*operand, negative);
  }

  /// The results as the kernel will have them, with `heldOperands` finite.
  llvm::SmallVector<T> evaluateHeld(size_t index, bool holdAngles) {
    heldOperands.clear();
    heldOverflows.assign(function.size(), false);
    function.evaluateExtreme(index, [&](unsigned node, T value) {
      value = saturate(node, function.getNode(node),
                       std::isnan(value) ? keepOperandsFinite(node, holdAngles)
                                         : value);
      heldOverflows[node] = !std::isfinite(value);
      return value;
    });
    return getResultValues();
  }

  /// The formula's results at an extreme point; NaN where there is none. Where
  /// infinities make a NaN, numbers beyond all others have the limit, if they
  /// agree.
  llvm::SmallVector<T> findLimits(size_t index) {
    auto evaluate = [&](T infinity) {
      function.evaluateExtreme(
          index, [](unsigned, T value) { return value; }, infinity);
      return getResultValues();
    };
    llvm::SmallVector<T> exact = evaluate(std::numeric_limits<T>::infinity());
    observe();
    if (!function.isInfiniteExtreme(index))
      return exact;
    llvm::SmallVector<T> limits = evaluate(T(beyondAll));
    llvm::SmallVector<T> further = evaluate(T(beyondAll) * T(1.37));
    for (auto [value, limit, other] : llvm::zip_equal(exact, limits, further))
      if (std::isnan(value) && hasLimit(roundRange(limit), other))
        value = limit;
    return exact;
  }

  llvm::SmallVector<T> getResultValues() const {
    llvm::SmallVector<T> results;
    for (const auto &result : function.getResults())
      results.push_back(function.getValue(result.node));
    return results;
  }

  /// As a number of the format.
  T roundRange(T value) const {
    return std::fabs(value) > T(format.largest)
               ? std::copysign(std::numeric_limits<T>::infinity(), value)
               : value;
  }

  bool hasLimit(T held, T exact) const {
    T expected = roundRange(exact);
    bool isClose = std::isfinite(expected) &&
                   std::fabs(held - expected) <=
                       std::max(std::fabs(expected) / 1024, underflow());
    return std::isnan(exact) || held == expected || isClose;
  }

  /// Gives more range to what is beyond the format's on the way to `result`, or
  /// was when it was `held`; true where there is such a value.
  bool extendOverflows(unsigned result, const std::vector<bool> &held = {}) {
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
      if (!isBeyond || hasExponent[i] || node.isLeaf())
        continue;
      found |= extendRange(node, /*isInfinite=*/!held.empty());
    }
    return found;
  }

  /// f64 is wide enough for whatever f32 makes; f64 itself gets exponents
  /// apart, where the operation and one that uses it have such a form; where
  /// `isInfinite`, what uses another one is told of infinity. False where
  /// nothing has such a form.
  bool extendRange(const Node &node, bool isInfinite = false,
                   bool isTiny = false) {
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
      isExtended |=
          op && hasExtendedForm(op) ? true : isInfinite && isAlgebraic(user);
    }
    return isExtended;
  }

  /// An operation that makes the first NaN, of infinities, gets them finite;
  /// the value that it then has.
  T keepOperandsFinite(unsigned index, bool holdAngles) {
    const Node &node = function.getNode(index);
    constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    mlir::Operation *op = node.value.getDefiningOp();
    bool fromInfinity = llvm::any_of(function.getInputs(), [&](unsigned leaf) {
      return std::isinf(function.getValue(leaf));
    });
    // Of a number beyond the range any point of the circle is as good.
    if ((!fromInfinity || holdAngles) &&
        isa<act::SinOp, act::CosOp, act::TanOp>(op)) {
      T angle = function.getValue(node.operands[0]);
      for (bool negative : {false, true})
        if (std::isinf(angle))
          heldOperands.push_back({&op->getOpOperand(0), negative});
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
        heldOperands.push_back(
            {&op->getOpOperand(k), bool(std::signbit(operands[k]))});
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

  T remainingSum(unsigned after) const {
    T sum = T(0);
    bool past = false;
    for (const auto &[error, index] : contributions) {
      if (past)
        sum += error;
      past |= index == after;
    }
    return sum;
  }

  /// True where most of the error is an operand's loss of its exponent.
  bool losesRange(unsigned index) const {
    const Node &node = function.getNode(index);
    return dropsExponents[index] &&
           localError(index) >
               4 * roundingError(index, node, function.getValue(index));
  }

  void raise(unsigned index) {
    const Node &node = function.getNode(index);
    T magnitude = std::fabs(function.getValue(index));
    if (isF32 && losesRange(index))
      return plan.raise(node.value, Precision::Wide);
    bool inRange =
        hasExponent[index] ||
        (magnitude <= T(format.largest) &&
         (magnitude == T(0) || magnitude >= T(format.smallestNormal)));
    if (!isF32 && !inRange) {
      bool isTiny = magnitude < T(format.smallestNormal);
      extendRange(node, /*isInfinite=*/false, isTiny);
      return;
    }
    bool pair = inRange && canHoldPair(index);
    plan.raise(node.value, pair ? Precision::Pair : Precision::Wide);
  }

  /// The compute type: T is one that is wider.
  static constexpr bool isF32 = std::is_same_v<T, double>;
  /// Stands for infinity: its cube is still a number.
  static constexpr long double beyondAll = isF32 ? 0x1p300L : 0x1p3000L;

  SampledFunction<T> function;
  ErrorBudget format;
  PrecisionPlan plan;
  // By node.
  std::vector<bool> hasExponent, isPartOfTail;
  std::vector<bool> dropsExponents; ///< Of its operands.
  std::vector<T> errorHalfUlps;
  std::vector<T> held;             ///< At the current sample.
  std::vector<bool> heldOverflows; ///< At the extreme that was held last.
  std::vector<PrecisionPlan::Observation> observations;
  std::vector<std::array<bool, 2>> mayBeLarger; ///< Of sums: by operand.
  llvm::SmallVector<std::pair<T, unsigned>> contributions;
  llvm::SmallVector<std::pair<mlir::OpOperand *, bool>> heldOperands;
};

} // namespace

PrecisionPlan analyzePrecision(mlir::func::FuncOp kernel, bool isF64) {
  PrecisionPlan plan = isF64 ? Analysis<long double>(kernel, f64Budget).run()
                             : Analysis<double>(kernel, f32Budget).run();
  settleLevels(kernel, isF64, plan);
  return plan;
}

} // namespace actin
