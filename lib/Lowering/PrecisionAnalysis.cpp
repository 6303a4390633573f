//===- PrecisionAnalysis.cpp - Where rounding would show ------------------===//

#include "Lowering/PrecisionAnalysis.h"

#include "Lowering/ErrorBudget.h"
#include "Lowering/OperationForms.h"
#include "Lowering/RangeAnalysis.h"
#include "Lowering/RoundingErrors.h"
#include "Lowering/SampledFunction.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/SmallVector.h"

#include <cmath>
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
  Analysis(mlir::func::FuncOp kernel, const ComputeFormat &format,
           llvm::ArrayRef<ErrorBudget> budgets, unsigned tableSize)
      : function(kernel), format(format), budgets(budgets),
        budget(&budgets.back()), range(function, format, plan),
        errors(function, range, plan, format, tableSize),
        knownErrors(budgets.size(), std::vector<KnownError>(function.size())) {
    collectBounds();
  }

  PrecisionPlan run(mlir::func::FuncOp kernel) {
    for (size_t i = 0, e = function.getNumSamples(); i != e; ++i) {
      function.evaluate(i);
      checkSample();
      findEnds();
    }
    llvm::for_each(ends, [&](const End &end) { checkEnd(end); });
    range.finish();
    settleLevels(kernel, !isF32, plan);
    dropLows();
    return std::move(plan);
  }

private:
  using Node = typename SampledFunction<T>::Node;
  using Result = typename SampledFunction<T>::Result;

  void checkSample() {
    range.checkSample();
    forgetErrors();
    for (const Result &result : function.getResults())
      checkResult(result);
  }

  /// Where, between two samples of ascending magnitude, a result vanishes.
  struct End {
    T inside, outside;
    unsigned node;
  };

  /// A result about to vanish: a few of its digits are left.
  bool isAboveEnd(unsigned node) const {
    return std::fabs(function.getValue(node)) >= 64 * 2 * range.underflow();
  }

  /// At the default parameters, of one input.
  void findEnds() {
    if (function.getInputs().size() != 1 || !function.isAtDefaults())
      return;
    T input = function.getValue(function.getInputs().front());
    bool isNext = input / lastInput > T(1);
    isAbove.resize(function.getResults().size());
    for (auto [wasAbove, result] :
         llvm::zip_equal(isAbove, function.getResults())) {
      bool isAboveHere = isAboveEnd(result.node);
      if (isNext && wasAbove && !isAboveHere)
        ends.push_back({lastInput, input, result.node});
      wasAbove = isAboveHere;
    }
    lastInput = input;
  }

  /// What a result is made of may vanish before it does.
  void checkEnd(End end) {
    for (int step = 0; step != 24; ++step) {
      T middle = end.inside * std::sqrt(end.outside / end.inside);
      function.evaluateAt(middle);
      (isAboveEnd(end.node) ? end.inside : end.outside) = middle;
    }
    function.evaluateAt(end.inside);
    checkSample();
  }

  /// True for a value beyond the format's range, or so close to its end that it
  /// is beyond before the next sample, on the way to a smaller result.
  bool mayOverflow(unsigned index, T result) const {
    T magnitude = std::fabs(function.getValue(index));
    if (!(magnitude > T(format.largest) / 0x1p24 &&
          magnitude > T(1.001) * std::fabs(result)))
      return false;
    bool isBounded =
        isF32 ? range.isBounded(index) : function.getNode(index).isArgument;
    return !range.hasExponent(index) && !isBounded;
  }

  /// To be called where the sample or the plan has changed.
  void forgetErrors() { ++state; }

  /// errors.get, which several results ask for.
  T getError(unsigned index) {
    KnownError &known = knownErrors[budget - budgets.begin()][index];
    if (known.state != state)
      known = {errors.get(*budget, index), state};
    return known.error;
  }

  void extendRange(unsigned index, bool isTiny = false) {
    range.extendRange(function.getNode(index), /*isInfinite=*/false, isTiny);
    forgetErrors();
  }

  /// What the contract leaves at this sample: ulps of the value, or what the
  /// last bit of an input makes of the value next to a root. An exponential
  /// tail is no root: its condition is bounded by the logarithm of the range.
  T tolerance(T value, const Result &result) const {
    T unit = T(format.unitRoundoff);
    T limit = T(getBudgetHalfUlps(result)) *
              (errors.getHalfUlp(*budget, value) + range.underflow());
    T condition = getCondition();
    T tailCondition = 16 * std::log(T(format.largest));
    return condition > tailCondition * std::fabs(value)
               ? std::max(limit, 2 * unit * condition)
               : limit;
  }

  /// What the last bit of an input makes of the value.
  T getCondition() const {
    T condition = T(0);
    for (unsigned leaf : function.getInputs())
      condition +=
          std::fabs(function.getAdjoint(leaf) * function.getValue(leaf));
    return condition;
  }

  /// Next to a root a value may have that error, twice, and a gradient an
  /// absolute one.
  T relaxNearRoot(const Result &result, T limit) {
    T unit = T(format.unitRoundoff);
    T error = result.isGradient ? 4 * unit : 4 * unit * getCondition();
    return limit < error && function.changesSignNearby(result.node) ? error
                                                                    : limit;
  }

  double getBudgetHalfUlps(const Result &result) const {
    double halfUlps = result.isSecond     ? budget->secondHalfUlps
                      : result.isGradient ? budget->gradientHalfUlps
                                          : budget->valueHalfUlps;
    return function.isAtDefaults() ? halfUlps : halfUlps * budget->otherShare;
  }

  void checkResult(const Result &result) {
    T value = function.getValue(result.node);
    if (!std::isfinite(value))
      return;
    bool overflows = std::fabs(value) > T(format.largest);
    if (overflows && isF32)
      return;
    function.sweepAdjoints(result.node);
    if (overflows)
      return extendLarger(value);
    checkBounds(tolerance(value, result));
    for (const ErrorBudget &current : budgets) {
      budget = &current;
      checkErrors(result, value);
    }
  }

  void collectBounds() {
    llvm::DenseMap<mlir::Value, unsigned> indices;
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      const Node &node = function.getNode(i);
      indices[node.value] = i;
      mlir::Operation *op = node.value.getDefiningOp();
      if (auto bound = op ? matchUpperBound(op) : std::nullopt)
        bounds.push_back({op, indices.lookup(op->getOperand(0)),
                          indices.lookup(bound->value)});
    }
  }

  /// Where an argument is held, what one that is off by 1 does to the result.
  void checkBounds(T limit) {
    for (const auto &[exp, argument, held] : bounds)
      if (function.getValue(argument) != function.getValue(held) &&
          std::fabs(function.getAdjoint(argument)) > limit)
        plan.setShowsBound(exp);
  }

  /// Against the current budget.
  void checkErrors(const Result &result, T value) {
    T limit = tolerance(value, result);
    T sum = collectContributions(value);
    if (contributions.empty() || !isTooMuch(contributions[0].first, sum, limit))
      return;
    limit = relaxNearRoot(result, limit);
    for (const auto &[error, index] : contributions) {
      if (!isTooMuch(error, sum, limit))
        break;
      if (budget->isStrict && mayStaySingle(index, error, limit, result))
        continue;
      raise(index);
      sum -= error;
      if (std::isnan(sum)) // inf - inf: add up the rest anew.
        sum = remainingSum(index);
    }
  }

  /// What is larger than a result that overflows does so before it does. The
  /// samples of f32 are dense enough to show it.
  void extendLarger(T result) {
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      T share = std::fabs(function.getAdjoint(i) * function.getValue(i));
      if (mayOverflow(i, result) && std::isfinite(function.getValue(i)) &&
          share > T(format.unitRoundoff) * std::fabs(result))
        extendRange(i);
    }
  }

  /// A pair as an operand of something that is rounded.
  struct PairUse {
    unsigned user, k, pair;
    T halfUlps;  ///< Of the low part, beside the high one.
    T error = 0; ///< What losing it does to the result that is looked at.
  };

  std::vector<PairUse> collectPairUses() const {
    std::vector<PairUse> uses;
    for (unsigned i = 0, e = function.size(); i != e; ++i) {
      const Node &node = function.getNode(i);
      mlir::Operation *op = node.value.getDefiningOp();
      if (!op || !isa<act::AddOp, act::SubOp, act::MulOp, act::DivOp>(op) ||
          plan.get(node.value) != Precision::Single || plan.isExtended(op))
        continue;
      for (unsigned k = 0; k != node.numOperands; ++k) {
        unsigned operand = node.operands[k];
        mlir::Value value = function.getNode(operand).value;
        if (plan.get(value) == Precision::Pair)
          uses.push_back({i, k, operand, getLowHalfUlps(value)});
      }
    }
    return uses;
  }

  /// Of a product of two numbers it is the rounding; else it may be more.
  T getLowHalfUlps(mlir::Value value) const {
    mlir::Operation *op = value.getDefiningOp();
    if (isa<act::ConstantOp>(op))
      return T(1);
    bool passesOn = isa<act::NegOp, act::AbsOp, act::MinOp, act::MaxOp>(op);
    T most = T(1);
    for (mlir::Value operand : op->getOperands())
      if (plan.get(operand) != Precision::Single)
        most = passesOn ? std::max(most, getLowHalfUlps(operand)) : T(8);
    return passesOn || isa<act::AddOp, act::SubOp, act::MulOp>(op) ? most
                                                                   : T(8);
  }

  /// Where a value became a pair for one of its uses, the others may do without
  /// its low part.
  void dropLows() {
    std::vector<PairUse> uses = collectPairUses();
    for (size_t i = 0; i != function.getNumSamples() && !uses.empty(); ++i) {
      function.evaluate(i);
      forgetErrors();
      for (const Result &result : function.getResults()) {
        T value = function.getValue(result.node);
        if (std::isfinite(value) && std::fabs(value) <= T(format.largest))
          keepNeededUses(result, value, uses);
      }
    }
    for (const PairUse &use : uses)
      plan.setDropsLow(
          function.getNode(use.user).value.getDefiningOp()->getOpOperand(
              use.k));
  }

  void keepNeededUses(const Result &result, T value,
                      std::vector<PairUse> &uses) {
    function.sweepAdjoints(result.node);
    T limit = tolerance(value, result), sum = T(0);
    for (unsigned i = 0, e = function.size(); i != e; ++i)
      if (plan.get(function.getNode(i).value) == Precision::Single)
        if (T error = std::fabs(function.getAdjoint(i)) * getError(i);
            error > T(0))
          sum += error;
    T lost = T(0);
    for (PairUse &use : uses) {
      T effect = std::fabs(function.getAdjoint(use.user) *
                           function.getPartial(use.user, use.k));
      use.error = effect * use.halfUlps *
                  errors.getHalfUlp(*budget, function.getValue(use.pair));
      // Nothing is known where it is no number.
      if (std::isnan(use.error))
        use.error = std::numeric_limits<T>::infinity();
      lost += use.error;
    }
    auto byError = [](const PairUse &a, const PairUse &b) {
      return a.error < b.error;
    };
    auto isWorstTooMuch = [&] {
      return isTooMuch(llvm::max_element(uses, byError)->error, sum + lost,
                       limit);
    };
    if (isWorstTooMuch())
      limit = relaxNearRoot(result, limit);
    // What is left is lost together.
    while (!uses.empty() && isWorstTooMuch()) {
      uses.erase(llvm::max_element(uses, byError));
      lost = T(0);
      for (const PairUse &use : uses)
        lost += use.error;
    }
  }

  bool isInRange(unsigned index) const {
    T magnitude = std::fabs(function.getValue(index));
    return range.hasExponent(index) ||
           (magnitude <= T(format.largest) &&
            (magnitude == T(0) || magnitude >= T(format.smallestNormal)));
  }

  /// True where nothing is to be done about an error: it is the result's last
  /// rounding, or what would be done costs more than it gains.
  bool mayStaySingle(unsigned index, T error, T limit,
                     const Result &result) const {
    mlir::Operation *op = function.getNode(index).value.getDefiningOp();
    // Before the product with the incoming gradient: that is what callers see.
    if (index == result.node || (isF32 && op && isFactorBesideDout(op)))
      return true;
    bool holdsPair = canHoldPair(index);
    if (!isF32)
      return !holdsPair && errors.getLostBelowRange(index) == T(0);
    // What leaves the range is the coarse budget's.
    if (!holdsPair || !isInRange(index))
      return true;
    if (!isFunction(index))
      return false;
    // A pair costs an exponential more than what is made of it.
    return error < limit * T(producesExponent(op) ? 1 : budget->largestShare);
  }

  bool isFunction(unsigned index) const {
    mlir::Operation *op = function.getNode(index).value.getDefiningOp();
    return op && producesPair(op);
  }
  bool canHoldPair(unsigned index) const {
    mlir::Operation *op = function.getNode(index).value.getDefiningOp();
    // In f32 angles are reduced in f64; tails are computed as one number.
    if (budget->isStrict && op &&
        ((isF32 && isa<act::SinOp, act::CosOp>(op)) ||
         matchTailMinusMoment(op)))
      return false;
    return !op || isPairArithmetic(op) || producesPair(op);
  }
  /// Of one error, the largest that is left, and of the sum of them all.
  bool isTooMuch(T error, T sum, T limit) const {
    return error >= limit * T(budget->largestShare) ||
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
      T error = std::fabs(adjoint) * getError(i);
      // However ill-conditioned the formula is, an overflow on the way to a
      // finite result is no rounding error.
      T share = std::fabs(adjoint * function.getValue(i));
      if (mayOverflow(i, value) &&
          (share > T(format.unitRoundoff) * std::fabs(value) ||
           std::fabs(function.getValue(i)) > T(format.largest))) {
        extendRange(i);
        continue;
      }
      // A pair has more bits, but no more range: that shows where a quotient
      // brings back what was below it.
      if (budget->isStrict &&
          plan.get(function.getNode(i).value) != Precision::Single) {
        error = isF32 ? T(0) : std::fabs(adjoint) * errors.getLostBelowRange(i);
        if (error <
            16 * (errors.getHalfUlp(*budget, value) + range.underflow()))
          continue;
      }
      if (error > T(0)) {
        contributions.push_back({error, i});
        sum += error;
      }
    }
    llvm::sort(contributions, [](const auto &a, const auto &b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    return sum;
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
  bool losesRange(unsigned index) {
    return getError(index) > 4 * errors.getOfOperation(*budget, index);
  }

  void raise(unsigned index) {
    const Node &node = function.getNode(index);
    T magnitude = std::fabs(function.getValue(index));
    if (isF32 && losesRange(index))
      return raise(node.value, Precision::Wide);
    bool inRange = isInRange(index);
    if (!isF32 && !inRange) {
      extendRange(index, /*isTiny=*/magnitude < T(format.smallestNormal));
      return;
    }
    // An f32 function in f64 makes what follows more exact as well.
    bool isWidened = !budget->isStrict && isFunction(index);
    bool pair = inRange && canHoldPair(index) && !isWidened;
    raise(node.value, pair ? Precision::Pair : Precision::Wide);
  }

  void raise(mlir::Value value, Precision level) {
    plan.raise(value, level);
    forgetErrors();
  }

  /// The compute type: T is one that is wider.
  static constexpr bool isF32 = std::is_same_v<T, double>;

  SampledFunction<T> function;
  ComputeFormat format;
  llvm::ArrayRef<ErrorBudget> budgets; ///< All hold; the last is the finest.
  const ErrorBudget *budget;
  PrecisionPlan plan;
  RangeAnalysis<T> range;
  RoundingErrors<T> errors;
  struct KnownError {
    T error;
    unsigned state = 0;
  };
  std::vector<std::vector<KnownError>> knownErrors; ///< By budget and node.
  unsigned state = 1;
  llvm::SmallVector<std::pair<T, unsigned>> contributions;
  /// An exponential whose argument is held, and the argument as it is and as it
  /// would be without.
  struct Bound {
    mlir::Operation *exp;
    unsigned argument, held;
  };
  llvm::SmallVector<Bound> bounds;
  T lastInput = T(0);              ///< Of the sample before.
  llvm::SmallVector<char> isAbove; ///< There, the results, by isAboveEnd.
  llvm::SmallVector<End> ends;
};

} // namespace

PrecisionPlan analyzePrecision(mlir::func::FuncOp kernel,
                               ComputePrecision precision, unsigned tableSize) {
  static constexpr ErrorBudget f32Budgets[] = {f32Coarse, f32Fine};
  if (precision == ComputePrecision::F32)
    return Analysis<double>(kernel, f32Format, f32Budgets, tableSize)
        .run(kernel);
  const ErrorBudget &budget =
      precision == ComputePrecision::F64 ? f64Fine : f64ForF32;
  return Analysis<long double>(kernel, f64Format, budget, tableSize)
      .run(kernel);
}

} // namespace actin
