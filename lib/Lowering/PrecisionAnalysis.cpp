//===- PrecisionAnalysis.cpp - Where rounding would show ------------------===//

#include "Lowering/PrecisionAnalysis.h"
#include "Lowering/SampledFunction.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cmath>
#include <limits>

namespace actin {

void PrecisionPlan::raise(mlir::Value value, Precision level) {
  Precision &current = levels[value];
  current = std::max(current, level);
}

bool acceptsPair(mlir::Operation *op) {
  return isa<act::ExpOp, act::Exp2Op, act::Expm1Op, act::TanhOp,
             act::SigmoidOp, act::SoftplusOp, act::LogsigmoidOp, act::ErfcOp,
             act::NormcdfOp, act::NormpdfOp>(op);
}

bool isPairArithmetic(mlir::Operation *op) {
  return isa<act::ConstantOp, act::AddOp, act::SubOp, act::MulOp, act::DivOp,
             act::NegOp, act::AbsOp, act::WhereOp, act::SqrtOp, act::PowOp>(
      op);
}

namespace {

/// What the compute type can hold.
struct Format {
  long double unitRoundoff; ///< Half an ulp, relative.
  long double largest;
  long double smallestNormal;
};

constexpr Format f32Format = {0x1p-24L, 0x1.fffffep127L, 0x1p-126L};
constexpr Format f64Format = {0x1p-53L, 0x1.fffffffffffffp1023L, 0x1p-1022L};

/// The share of the 4 ulp that any formula may err by (NUMERICS) which rounding
/// errors may use up, in half ulps; the bound adds magnitudes, so that the
/// error itself stays well below.
constexpr long double budgetHalfUlps = 3.0L;

/// Marks, for one kind of sample number, what must be raised.
template <typename T> class Analysis {
public:
  Analysis(mlir::func::FuncOp kernel, const Format &format)
      : function(kernel), format(format) {}

  PrecisionPlan run() {
    for (size_t i = 0, e = function.getNumSamples(); i != e; ++i) {
      function.evaluate(i);
      for (const auto &result : function.getResults())
        checkResult(result);
    }
    for (size_t i = 0, e = function.getNumExtremes(); i != e; ++i) {
      function.evaluateExtreme(i, [&](const Node &node, T value) {
        return saturate(node, value);
      });
      keepOperandsFinite();
    }
    return std::move(plan);
  }

private:
  using Node = typename SampledFunction<T>::Node;

  /// The error that rounding makes in the node's own operation.
  T localError(const Node &node, T value) const {
    T magnitude = std::fabs(value);
    if (!(magnitude <= T(format.largest)))
      return std::isnan(value) ? T(0) : magnitude;
    T underflow = T(format.smallestNormal) * T(format.unitRoundoff);
    if (node.isLeaf()) {
      T held = function.roundTo(value, std::is_same_v<T, double>);
      return std::fabs(value - held);
    }
    T halfUlps = function.getErrorHalfUlps(node);
    if (halfUlps == T(0))
      return T(0);
    return halfUlps * magnitude * T(format.unitRoundoff) + underflow;
  }

  /// What the contract leaves at this sample: ulps of the value, or what the
  /// condition of the formula in its inputs makes of an input's last bit.
  T tolerance(T value, bool isGradient) const {
    T budget = T(budgetHalfUlps) * T(format.unitRoundoff);
    T fromValue = budget * std::fabs(value) +
                  2 * T(format.smallestNormal) * T(format.unitRoundoff);
    T fromCondition = T(0);
    if (isGradient) {
      fromCondition = T(format.unitRoundoff) * T(0.5);
    } else {
      for (unsigned leaf : function.getInputs())
        fromCondition += std::fabs(function.getAdjoint(leaf) *
                                   function.getValue(leaf));
      fromCondition *= T(format.unitRoundoff) * T(0.5);
    }
    return std::max(fromValue, std::min(fromCondition, fromValue * 1000));
  }

  void checkResult(const typename SampledFunction<T>::Result &result) {
    T value = function.getValue(result.node);
    if (!std::isfinite(value) || std::fabs(value) > T(format.largest))
      return;
    function.sweepAdjoints(result.node);
    T limit = tolerance(value, result.isGradient);
    contributions.clear();
    T sum = T(0);
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      T adjoint = function.getAdjoint(i);
      if (adjoint == T(0) || std::isnan(adjoint))
        continue;
      T error = std::fabs(adjoint) *
                localError(function.getNode(i), function.getValue(i));
      // An overflow to infinity times 0 in place of a large times a tiny.
      if (error > T(0)) {
        contributions.push_back({error, i});
        sum += error;
      }
    }
    llvm::sort(contributions, [](const auto &a, const auto &b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    for (const auto &[error, index] : contributions) {
      if (!(sum > limit) || error < limit * T(0.05))
        break;
      raise(index);
      sum -= error;
      if (std::isnan(sum)) // inf - inf: add up the rest anew.
        sum = remainingSum(index);
    }
  }

  /// What the lowered kernel holds of `value`: the compute type's range.
  T saturate(const Node &node, T value) const {
    if (plan.get(node.value) == Precision::Wide)
      return value;
    if (std::fabs(value) > T(format.largest))
      return std::copysign(std::numeric_limits<T>::infinity(), value);
    bool vanishes = std::fabs(value) <
                    T(format.smallestNormal) * T(format.unitRoundoff);
    return vanishes ? std::copysign(T(0), value) : value;
  }

  /// An operation that makes the first NaN of infinities gets them finite.
  void keepOperandsFinite() {
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      const Node &node = function.getNode(i);
      if (node.isLeaf() || !std::isnan(function.getValue(i)))
        continue;
      mlir::Operation *op = node.value.getDefiningOp();
      bool madeHere = true;
      for (unsigned k = 0; k != node.numOperands; ++k)
        madeHere &= !std::isnan(function.getValue(node.operands[k]));
      if (!madeHere || !isa<act::AddOp, act::SubOp, act::MulOp, act::DivOp>(op))
        continue;
      for (unsigned k = 0; k != node.numOperands; ++k)
        if (std::isinf(function.getValue(node.operands[k])))
          plan.setMustBeFinite(op->getOpOperand(k));
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

  void raise(unsigned index) {
    const Node &node = function.getNode(index);
    T magnitude = std::fabs(function.getValue(index));
    bool inRange = magnitude <= T(format.largest) &&
                   (magnitude == T(0) || magnitude >= T(format.smallestNormal));
    mlir::Operation *op = node.value.getDefiningOp();
    bool pair = inRange && (!op || isPairArithmetic(op));
    plan.raise(node.value, pair ? Precision::Pair : Precision::Wide);
  }

  SampledFunction<T> function;
  Format format;
  PrecisionPlan plan;
  llvm::SmallVector<std::pair<T, unsigned>> contributions;
};

} // namespace

/// A pair that feeds a function which takes no pair is no use there: carry it
/// wide. In f64 there is nothing wider than a pair.
static void settleLevels(mlir::func::FuncOp kernel, bool isF64,
                         PrecisionPlan &plan) {
  if (isF64)
    return;
  for (mlir::Operation &op : kernel.getBody().front().without_terminator()) {
    if (acceptsPair(&op) || isPairArithmetic(&op))
      continue;
    for (mlir::Value operand : op.getOperands())
      if (plan.get(operand) == Precision::Pair)
        plan.raise(operand, Precision::Wide);
  }
}

PrecisionPlan analyzePrecision(mlir::func::FuncOp kernel, bool isF64) {
  PrecisionPlan plan = isF64 ? Analysis<long double>(kernel, f64Format).run()
                             : Analysis<double>(kernel, f32Format).run();
  settleLevels(kernel, isF64, plan);
  return plan;
}

} // namespace actin
