//===- ExpandTails.cpp - Series where terms cancel far from 0 -------------===//
//
// Far from 0 the errors of the values that a result is made of are compared at
// two distances, as ExpandNearZero.cpp does next to 0. The logarithm of the
// result, at a few distances, shows which power of |x| or of e^|x| leads; what
// is left has a limit, and must be a polynomial in t.
//
//===----------------------------------------------------------------------===//

#include "Transforms/ExpandTails.h"

#include "Transforms/Region.h"
#include "Transforms/Simplify.h"
#include "Transforms/TailSeries.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

#include <cmath>

namespace actin {

using act::RealValue;
using mlir::Operation;
using mlir::Value;

namespace {

constexpr size_t maxOperations = 256;

/// The operations that `result` depends on, and the one argument; nothing
/// where there are several.
std::optional<Region> findCone(Value result) {
  Region region;
  llvm::DenseSet<Operation *> needed;
  llvm::SmallVector<Value> work = {result};
  while (!work.empty()) {
    Value value = work.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (!op) {
      if (region.variable && region.variable != value)
        return std::nullopt;
      region.variable = value;
    } else if (needed.insert(op).second) {
      llvm::append_range(work, op->getOperands());
    }
  }
  if (!region.variable || needed.size() > maxOperations)
    return std::nullopt;
  for (Operation &op : *region.variable.getParentBlock())
    if (needed.contains(&op) && !isa<act::ConstantOp>(op))
      region.operations.insert(&op);
  return region;
}

/// A function in 113 bits.
class DerivedFunction {
public:
  DerivedFunction(const Region &region, Value result)
      : region(region), result(result) {}

  Real evaluate(const Real &variable) const {
    return region.evaluate(result, variable);
  }

private:
  const Region &region;
  Value result;
};

class TailExpander {
public:
  /// `sign`: of x, in the tail.
  TailExpander(const DerivedFunction &function, double sign, bool isF64)
      : function(function), sign(sign), isF64(isF64) {}

  bool cancels(const Region &region, Value end) const;
  std::optional<TailSeries> findSeries() const;

private:
  Real evaluate(const Real &a) const {
    return function.evaluate(Real(sign) * a);
  }
  /// d log|f| / d log a, or / da, between two distances.
  double getSlope(double from, double to, bool isExponential) const;
  std::optional<double> findPower(bool isExponential) const;
  std::optional<TailSeries> fit(TailSeries::Variable variable,
                                double power) const;

  const DerivedFunction &function;
  double sign;
  bool isF64;
};

/// Whether an error on the way to `end` is amplified beyond what the input's
/// own is, and the more so the farther; or whether there is no number far off.
bool TailExpander::cancels(const Region &region, Value end) const {
  constexpr double distances[] = {10, 30};
  double amplification[2];
  for (auto [k, distance] : llvm::enumerate(distances)) {
    Real exact = evaluate(distance);
    Real moved = evaluate(distance * (1 + 0x1p-20));
    double condition = ((moved / exact - Real(1.0)) * Real(0x1p20)).toDouble();
    double value = exact.toDouble();
    if (!(std::fabs(value) > 0) || !std::isfinite(condition))
      return false;
    long double most = 0;
    RegionSample sample(region, sign * distance);
    for (auto [_, error] : sample.amplify(end, value))
      most = error <= most ? most : error; // A NaN is more.
    amplification[k] = most / std::max(1.0, std::fabs(condition));
  }
  bool isNumber = !std::isnan(RegionSample(region, sign * 1e5).get(end));
  return !isNumber || (!(amplification[1] < 256) &&
                       !(amplification[1] < 4 * amplification[0]));
}

double TailExpander::getSlope(double from, double to,
                              bool isExponential) const {
  Real ratio = evaluate(to) / evaluate(from);
  double growth = std::log(std::fabs(ratio.toDouble()));
  return growth / (isExponential ? to - from : std::log(to / from));
}

/// The power of e^a, or of a, that leads; nullopt where there is none.
std::optional<double> TailExpander::findPower(bool isExponential) const {
  double near = isExponential ? getSlope(10, 14, true) : getSlope(8, 12, false);
  double far = isExponential ? getSlope(18, 22, true) : getSlope(40, 60, false);
  double power = std::round(2 * far) / 2;
  double tolerance = isExponential ? 0.01 : 0.1;
  if (!(std::fabs(far - power) < tolerance) ||
      !(std::fabs(near - power) < 5 * tolerance) || std::fabs(power) > 8)
    return std::nullopt;
  return power;
}

std::optional<TailSeries> TailExpander::fit(TailSeries::Variable variable,
                                            double power) const {
  using Variable = TailSeries::Variable;
  auto function = [&](const Real &a) { return evaluate(a); };
  int most = variable == Variable::InverseSquare ? -2 : -1;
  SeriesLimits limits = SeriesLimits::get(isF64, -8, most);
  auto series = fitTailSeries(function, variable, Real(power), limits);
  if (series || variable != Variable::Exponential)
    return series;
  // Farther off there may be nothing but the leading term.
  limits.maxTerms = 1;
  limits.least = limits.most = -int(limits.bits) - 8;
  return fitTailSeries(function, variable, Real(power), limits);
}

std::optional<TailSeries> TailExpander::findSeries() const {
  using Variable = TailSeries::Variable;
  if (auto power = findPower(/*isExponential=*/true))
    if (auto series = fit(Variable::Exponential, *power))
      return series;
  auto power = findPower(/*isExponential=*/false);
  if (!power)
    return std::nullopt;
  auto series = fit(Variable::InverseSquare, *power);
  return series ? series : fit(Variable::Inverse, *power);
}

} // namespace

static bool isSecond(mlir::func::FuncOp kernel, unsigned result) {
  auto role =
      kernel.getResultAttrOfType<mlir::StringAttr>(result, act::roleAttrName);
  return role && role.getValue() == "second";
}

mlir::OwningOpRef<mlir::func::FuncOp> copyForTails(mlir::func::FuncOp kernel) {
  return hasSecondDerivative(kernel) ? kernel.clone() : nullptr;
}

void expandTails(mlir::func::FuncOp kernel, mlir::func::FuncOp derived,
                 bool isF64, RewriteListener listener) {
  Operation *terminator = kernel.front().getTerminator();
  mlir::OpBuilder builder(terminator);
  for (unsigned i = 0, e = kernel.getNumResults(); i != e; ++i) {
    Value end = terminator->getOperand(i);
    Value exact = derived.front().getTerminator()->getOperand(i);
    auto cone = isSecond(kernel, i) ? findCone(end) : std::nullopt;
    auto derivedCone = cone ? findCone(exact) : std::nullopt;
    if (!derivedCone)
      continue;
    DerivedFunction function(*derivedCone, exact);
    for (double sign : {-1.0, 1.0}) {
      TailExpander expander(function, sign, isF64);
      auto series = expander.cancels(*cone, end) ? expander.findSeries()
                                                 : std::optional<TailSeries>();
      if (!series)
        continue;
      RealValue x(builder, kernel.getLoc(), cone->variable);
      Value isTail =
          act::compare(sign < 0 ? act::CmpPredicate::lt : act::CmpPredicate::gt,
                       x, x.constant(sign * series->getBound()));
      Value chosen = act::where(isTail, emitTailSeries(*series, act::abs(x)),
                                x.with(terminator->getOperand(i)))
                         .getValue();
      terminator->setOperand(i, chosen);
      if (listener)
        listener("a series far from 0, where the terms cancel",
                 kernel.getLoc());
    }
  }
}

} // namespace actin
