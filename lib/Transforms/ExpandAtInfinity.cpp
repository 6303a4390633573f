//===- ExpandAtInfinity.cpp - Series where terms cancel far out -----------===//
//
// Regions and their ends are those of ExpandNearZero.cpp, with selections: far
// out, one branch is taken. Where an end is no algebraic function, such as
// e^-v (v - sqrt(1 + v^2)), the values that it is made of are looked at.
//
//===----------------------------------------------------------------------===//

#include "Transforms/ExpandAtInfinity.h"

#include "Transforms/Passes.h"
#include "Transforms/Region.h"
#include "Transforms/Simplify.h"
#include "Transforms/TailSeries.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <cmath>

namespace actin {

#define GEN_PASS_DEF_ACTEXPANDATINFINITY
#include "Transforms/Passes.h.inc"

using act::RealValue;
using mlir::Operation;
using mlir::Value;

namespace {

// Bounds of the time that this takes: looking for what cancels is quadratic in
// a region, and each series takes some hundred evaluations of it.
constexpr size_t maxRegion = 256;
constexpr unsigned maxSeries = 16;

/// Of one value, where the variable is negative and where it is positive.
struct Sides {
  std::optional<TailSeries> negative, positive;
  bool isPart = false; ///< Of an end that could not be replaced.
};

class FarExpander {
public:
  FarExpander(const Region &region, bool isF64, RewriteListener listener)
      : region(region), isF64(isF64), listener(listener) {}

  /// Tries at most `numLeft` values, and counts them off.
  void run(unsigned &numLeft);

private:
  bool isEnd(Operation *op) const;
  /// What is being looked at, on one side of 0.
  struct Search {
    Search(const Region &region, double sign, unsigned &numLeft)
        : sign(sign), test(region, sign), numLeft(numLeft) {}

    double sign;
    FarCancellationTest test;
    unsigned &numLeft;
    /// For the current end: what has been visited, and how much the errors of
    /// its parts are amplified.
    llvm::DenseSet<Operation *> visited;
    llvm::DenseMap<Value, long double> amplifications;
  };
  void visit(Operation *op, bool isPart, Search &search);
  bool tryToExpand(Value value, bool isPart, Search &search);
  std::optional<TailSeries> findSeries(Value value, FarCancellationTest &test,
                                       double sign) const;
  bool holdsFarOut(const TailSeries &series, Value value,
                   FarCancellationTest &test, double sign) const;
  bool choosesAlike(Value value, double sign, double bound) const;
  void replace(Value value, const Sides &sides) const;

  const Region &region;
  bool isF64;
  RewriteListener listener;
  llvm::MapVector<Value, Sides> found;
};

/// Whether `variable` is never negative.
bool isNonNegative(Value variable) {
  return bool(variable.getDefiningOp<act::AbsOp>());
}

void FarExpander::run(unsigned &numLeft) {
  if (region.operations.size() > maxRegion)
    return;
  for (double sign : {-1.0, 1.0}) {
    if (sign < 0 && isNonNegative(region.variable))
      continue;
    Search search(region, sign, numLeft);
    for (Operation *op : region.operations) {
      if (!isEnd(op))
        continue;
      search.visited.clear();
      search.amplifications.clear();
      visit(op, /*isPart=*/false, search);
    }
  }
  for (auto &[value, sides] : found)
    replace(value, sides);
}

/// Whether something outside of the region uses it.
bool FarExpander::isEnd(Operation *op) const {
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    return !region.operations.contains(user);
  });
}

void FarExpander::visit(Operation *op, bool isPart, Search &search) {
  using Verdict = FarCancellationTest::Verdict;
  Value value = op->getResult(0);
  if (!isa<act::RealType>(value.getType()) || !search.visited.insert(op).second)
    return;
  // Of parts that cancel against each other, what they have in common must
  // round alike.
  constexpr long double maxAmplification = 64;
  if (isPart && !(search.amplifications.lookup(value) <= maxAmplification))
    return;
  Verdict verdict = search.test.judge(value);
  if (verdict == Verdict::Fine ||
      (verdict == Verdict::Cancels && tryToExpand(value, isPart, search)))
    return;
  if (!isPart)
    search.amplifications = search.test.amplifyNear(value);
  for (Value operand : op->getOperands())
    if (Operation *definition = operand.getDefiningOp();
        definition && region.operations.contains(definition))
      visit(definition, /*isPart=*/true, search);
}

bool FarExpander::tryToExpand(Value value, bool isPart, Search &search) {
  auto known = found.find(value);
  if (known != found.end() &&
      (search.sign < 0 ? known->second.negative : known->second.positive)) {
    known->second.isPart |= isPart;
    return true;
  }
  if (search.numLeft == 0)
    return false;
  --search.numLeft;
  auto series = findSeries(value, search.test, search.sign);
  if (!series)
    return false;
  Sides &sides = found[value];
  (search.sign < 0 ? sides.negative : sides.positive) = series;
  sides.isPart |= isPart;
  return true;
}

std::optional<TailSeries> FarExpander::findSeries(Value value,
                                                  FarCancellationTest &test,
                                                  double sign) const {
  auto series = findInverseSeries(
      [&](const Real &a) { return region.evaluate(value, Real(sign) * a); },
      isF64);
  if (!series || !choosesAlike(value, sign, series->getBound()) ||
      !holdsFarOut(*series, value, test, sign))
    return std::nullopt;
  return series;
}

/// Whether the series is the value where no point of the fit was, as far as 113
/// bits show it: 1e-12 + 1 + v / (1 - v) is 1e-12 in the end, not -1 / v.
bool FarExpander::holdsFarOut(const TailSeries &series, Value value,
                              FarCancellationTest &test, double sign) const {
  for (int exponent : {20, 30, 40, 60, 80, 100}) {
    double distance = std::ldexp(1.0, exponent);
    double noise = double(test.extrapolate(value, distance)) * 0x1p-110;
    if (!(noise < 0x1p-10))
      break;
    Real exact = region.evaluate(value, Real(sign * distance));
    Real ratio = series.evaluate(Real(distance)) / exact;
    if (!(std::fabs((ratio - Real(1.0)).toDouble()) < 0x1p-8))
      return false;
  }
  return true;
}

/// What an operation that chooses has chosen, at a sample; 0 for others.
int getChoice(Operation *op, const RegionSample &sample) {
  long double value = sample.get(op->getResult(0));
  if (isa<act::AbsOp, act::SignOp>(op))
    return std::signbit(sample.get(op->getOperand(0)));
  if (!isa<act::RealType>(op->getResult(0).getType()))
    return value != 0;
  if (isa<act::MinOp, act::MaxOp, act::ClipOp, act::ClampOp>(op))
    for (auto [k, operand] : llvm::enumerate(op->getOperands()))
      if (!operand.getDefiningOp<act::ConstantOp>() &&
          sample.get(operand) == value)
        return k + 1;
  return 0;
}

/// Whether `value` is made of one branch of each selection beyond `bound`: that
/// where v < -1e6 there is another one shows nowhere else.
bool FarExpander::choosesAlike(Value value, double sign, double bound) const {
  llvm::SetVector<Operation *> cone;
  cone.insert(value.getDefiningOp());
  for (size_t i = 0; i != cone.size(); ++i)
    for (Value operand : cone[i]->getOperands())
      if (Operation *op = operand.getDefiningOp();
          op && region.operations.contains(op))
        cone.insert(op);
  auto chooses = [](Operation *op) {
    return isa<act::AbsOp, act::SignOp, act::MinOp, act::MaxOp, act::ClipOp,
               act::ClampOp, act::CmpOp>(op);
  };
  if (!llvm::any_of(cone, chooses))
    return true;
  RegionSample first(region, sign * bound * 1.000001L);
  for (int exponent : {1, 3, 6, 10, 20, 40, 80, 120, 300, 1000}) {
    RegionSample sample(region, sign * std::ldexp(bound, exponent));
    for (Operation *op : cone)
      if (chooses(op) && getChoice(op, sample) != getChoice(op, first))
        return false;
  }
  return true;
}

/// Whether the two have the same terms but for their signs: those of `left`
/// are `factor` times those of `right`, alternately so where `alternates`.
bool areEqual(const TailSeries &left, const TailSeries &right, double factor,
              bool alternates) {
  const auto &x = left.fit.coefficients, &y = right.fit.coefficients;
  if (left.variable != right.variable || !(left.power == right.power) ||
      left.fit.radius != right.fit.radius || x.size() != y.size())
    return false;
  double scale = 1, limit = std::fabs(x[0].toDouble()) * 0x1p-64;
  for (size_t i = 0; i != x.size(); ++i, scale *= left.fit.radius) {
    bool isOpposite = (factor < 0) != (alternates && i % 2 != 0);
    Real difference = isOpposite ? x[i] + y[i] : x[i] - y[i];
    if (!(std::fabs(difference.toDouble()) * scale <= limit))
      return false;
  }
  return true;
}

/// One series for both sides at v, or at |v|; null where there is none.
std::optional<RealValue> emitForBoth(const Sides &sides, const RealValue &v) {
  if (!sides.negative || !sides.positive)
    return std::nullopt;
  const TailSeries &left = *sides.negative, &right = *sides.positive;
  bool inSquares = right.variable == TailSeries::Variable::InverseSquare;
  double parity = std::fmod(right.power.toDouble(), 2) == 0 ? 1.0 : -1.0;
  if (right.power.isInteger() && areEqual(left, right, parity, !inSquares))
    return emitTailSeries(right, v);
  for (double factor : {1.0, -1.0})
    if (areEqual(left, right, factor, /*alternates=*/false)) {
      RealValue even = emitTailSeries(right, act::abs(v));
      return factor < 0 ? act::sign(v) * even : even;
    }
  return std::nullopt;
}

void FarExpander::replace(Value value, const Sides &sides) const {
  mlir::OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  RealValue v(builder, value.getLoc(), region.variable);
  RealValue chosen = v.with(value);
  Operation *first = nullptr;
  auto select = [&](act::CmpPredicate predicate, const RealValue &argument,
                    double bound, const RealValue &series) {
    Value isFar = act::compare(predicate, argument, v.constant(bound));
    chosen = v.with(act::WhereOp::create(builder, value.getLoc(), isFar,
                                         series.getValue(), chosen.getValue()));
    if (!first)
      first = chosen.getValue().getDefiningOp();
  };
  if (auto both = emitForBoth(sides, v)) {
    select(act::CmpPredicate::gt, act::abs(v), sides.positive->getBound(),
           *both);
  } else {
    if (sides.negative)
      select(act::CmpPredicate::lt, v, -sides.negative->getBound(),
             emitTailSeries(*sides.negative, -v));
    if (sides.positive)
      select(act::CmpPredicate::gt, v, sides.positive->getBound(),
             emitTailSeries(*sides.positive, v));
  }
  value.replaceUsesWithIf(chosen.getValue(), [&](mlir::OpOperand &use) {
    return use.getOwner() != first &&
           (sides.isPart || !region.operations.contains(use.getOwner()));
  });
  if (listener)
    listener("a series far from 0, where the terms cancel", value.getLoc());
}

} // namespace

void expandAtInfinity(mlir::func::FuncOp function, bool isF64,
                      RewriteListener listener) {
  unsigned numLeft = maxSeries;
  for (const Region &region : findRegions(function.front(), isSmoothFarOut))
    FarExpander(region, isF64, listener).run(numLeft);
  eraseDeadCode(function.front());
}

namespace {
struct ExpandAtInfinityPass
    : impl::ActExpandAtInfinityBase<ExpandAtInfinityPass> {
  using ActExpandAtInfinityBase::ActExpandAtInfinityBase;

  void runOnOperation() override { expandAtInfinity(getOperation(), isF64); }
};
} // namespace

} // namespace actin
