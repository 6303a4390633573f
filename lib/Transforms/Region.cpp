//===- Region.cpp - Values that depend on one variable --------------------===//

#include "Transforms/Region.h"

#include "Dialect/Act/ExprKinds.h"
#include "Expr/EvaluateNode.h"
#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/MapVector.h"

#include <algorithm>
#include <cmath>

namespace actin {

using mlir::Operation;
using mlir::Value;

static bool isConstant(Value value) {
  return bool(value.getDefiningOp<act::ConstantOp>());
}

Real Region::evaluate(Value end, const Real &at) const {
  llvm::DenseMap<Value, Real> values;
  values[variable] = at;
  for (Operation *op : operations) {
    llvm::SmallVector<Real, 3> operands;
    for (Value operand : op->getOperands()) {
      auto constant = operand.getDefiningOp<act::ConstantOp>();
      operands.push_back(constant ? constant.getValue().getValue()
                                  : values.lookup(operand));
    }
    Value value = op->getResult(0);
    values[value] = evaluateNode(*act::getExprKind(op), operands);
    if (value == end)
      break;
  }
  return values.lookup(end);
}

bool isSmooth(Operation *op, bool throughMagnitudes) {
  std::optional<ExprKind> kind = act::getExprKind(op);
  if (throughMagnitudes && isa<act::AbsOp, act::SignOp>(op))
    return true;
  if (!kind ||
      isa<act::AbsOp, act::SignOp, act::FloorOp, act::CeilOp, act::RoundOp>(op))
    return false;
  return !getFunctionName(*kind).empty() ||
         isa<act::AddOp, act::SubOp, act::MulOp, act::DivOp, act::NegOp,
             act::PowOp>(op);
}

bool isSmoothFarOut(Operation *op) {
  return isSmooth(op, /*throughMagnitudes=*/true) ||
         isa<act::CmpOp, act::AndOp, act::OrOp, act::NotOp, act::WhereOp,
             act::MinOp, act::MaxOp, act::ClipOp, act::ClampOp>(op);
}

llvm::SmallVector<Region>
findRegions(mlir::Block &block, llvm::function_ref<bool(Operation *)> belongs) {
  llvm::DenseMap<Value, Value> variables;
  auto getVariable = [&](Value value) {
    Value variable = variables.lookup(value);
    return variable ? variable : value;
  };
  llvm::MapVector<Value, Region> regions;
  for (Operation &op : block.without_terminator()) {
    if (!belongs(&op))
      continue;
    Value variable;
    bool isAlone = true;
    for (Value operand : op.getOperands()) {
      if (operand.getDefiningOp<act::ConstantOp>())
        continue;
      isAlone &= !variable || variable == getVariable(operand);
      variable = getVariable(operand);
    }
    if (!variable || !isAlone)
      continue;
    variables[op.getResult(0)] = variable;
    Region &region = regions[variable];
    region.variable = variable;
    region.operations.insert(&op);
  }
  llvm::SmallVector<Region> result;
  for (auto &[variable, region] : regions)
    result.push_back(std::move(region));
  return result;
}

/// Operations that round no more than their operands did.
static bool isExact(Operation *op) {
  return isa<act::NegOp, act::AbsOp, act::WhereOp, act::MinOp, act::MaxOp>(op);
}

RegionSample::RegionSample(const Region &region, T variable) : region(region) {
  values[region.variable] = variable;
  for (Operation *op : region.operations)
    values[op->getResult(0)] =
        estimateNode<T>(*act::getExprKind(op), getOperands(op));
}

bool RegionSample::isFinite(Value value) const {
  return std::isfinite(values.lookup(value));
}

llvm::DenseMap<Value, RegionSample::T> RegionSample::amplify(Value end,
                                                             T exact) {
  llvm::DenseMap<Value, T> adjoints, result;
  adjoints[end] = 1;
  for (Operation *op : llvm::reverse(region.operations)) {
    Value value = op->getResult(0);
    T adjoint = adjoints.lookup(value);
    if (adjoint == 0)
      continue;
    result[value] = std::fabs(adjoint * values[value] / exact);
    llvm::SmallVector<T, 3> operands = getOperands(op);
    for (auto [k, operand] : llvm::enumerate(op->getOperands()))
      if (!isConstant(operand))
        adjoints[operand] +=
            adjoint * differentiateNode<T>(*act::getExprKind(op), operands,
                                           values[value], k);
  }
  condition = std::fabs(adjoints.lookup(region.variable) *
                        values[region.variable] / exact);
  return result;
}

llvm::SmallVector<RegionSample::T, 3> RegionSample::getOperands(Operation *op) {
  llvm::SmallVector<T, 3> operands;
  for (Value operand : op->getOperands()) {
    auto constant = operand.getDefiningOp<act::ConstantOp>();
    if (!constant) {
      operands.push_back(values.lookup(operand));
      continue;
    }
    const Real &real = constant.getValue().getValue();
    operands.push_back(T(real.toDouble()) +
                       (real.isInfinity() ? T(0) : T(real.lowPart())));
  }
  return operands;
}

// Two samples are a factor of 16 apart.
CancellationTest::CancellationTest(const Region &region)
    : far(region, std::ldexp(1.0L, -10)), near(region, std::ldexp(1.0L, -14)),
      mirrored(region, -std::ldexp(1.0L, -14)) {}

bool CancellationTest::cancels(Value end) {
  if (!near.isFinite(end) || !mirrored.isFinite(end))
    return false;
  llvm::DenseMap<Value, long double> before = far.amplify(end);
  for (auto [value, amplification] : near.amplify(end))
    if (!isExact(value.getDefiningOp()) && amplification > 1000 &&
        amplification > 8 * before.lookup(value))
      return true;
  return false;
}

//===----------------------------------------------------------------------===//
// Far from 0
//===----------------------------------------------------------------------===//

// Two samples are a factor of 16 apart.
static constexpr int nearExponent = 10, farExponent = 14;

FarCancellationTest::FarCancellationTest(const Region &region, double sign)
    : region(region), sign(sign), near(region, std::ldexp(sign, nearExponent)),
      far(region, std::ldexp(sign, farExponent)) {
  // Stands for infinity: the eighth power is a number, but none of f64.
  constexpr int exponent = 2000;
  constexpr long double infinite = 0x1p1100L, zero = 1 / infinite;
  RegionSample beyond(region, std::ldexp((long double)(sign), exponent));
  auto isProductOf = [&](Value x, Value y) {
    return std::fabs(beyond.get(x)) < zero &&
           std::fabs(beyond.get(y)) > infinite && !isConstant(x) &&
           !isConstant(y);
  };
  for (Operation *op : region.operations) {
    if (!isa<act::MulOp>(op))
      continue;
    Value x = op->getOperand(0), y = op->getOperand(1),
          value = op->getResult(0);
    if ((isProductOf(x, y) || isProductOf(y, x)) &&
        std::fabs(beyond.get(value)) > 0x1p-100L)
      lostLimits.push_back(value);
  }
}

static long double
getMost(const llvm::DenseMap<Value, long double> &amplifications) {
  long double most = 0;
  for (auto [value, amplification] : amplifications)
    if (!isExact(value.getDefiningOp()))
      most = amplification <= most ? most : amplification; // A NaN is more.
  return most;
}

long double FarCancellationTest::extrapolate(Value end, double distance) {
  auto measure = [&](RegionSample &sample, int exponent) {
    Real exact = region.evaluate(end, Real(std::ldexp(sign, exponent)));
    return std::log2(getMost(sample.amplify(end, exact.toDouble())));
  };
  long double before = measure(near, nearExponent);
  long double after = measure(far, farExponent);
  long double slope = (after - before) / (farExponent - nearExponent);
  return std::exp2(after + slope * (std::log2(distance) - farExponent));
}

FarCancellationTest::Verdict FarCancellationTest::judge(Value end) {
  long double before = near.get(end), after = far.get(end);
  if (!std::isfinite(before) || before == 0 || !std::isfinite(after))
    return Verdict::Unknown;
  long double mostBefore = getMost(near.amplify(end));
  bool grows = !(mostBefore <= 64 * std::max(1.0L, near.getCondition()));
  if (!grows && lostLimits.empty())
    return Verdict::Fine;
  llvm::DenseMap<Value, long double> errors = far.amplify(end);
  long double most = getMost(errors);
  for (Value product : lostLimits)
    if (errors.lookup(product) > 0x1p-10L)
      return Verdict::Cancels;
  if (!grows)
    return Verdict::Fine;
  // What rounding leaves of the condition, in long double.
  constexpr long double maxCondition = 16, noise = 0x1p-58L;
  bool isAlgebraic = !(far.getCondition() > maxCondition + noise * most);
  return isAlgebraic && most > 1000 && most > 8 * mostBefore ? Verdict::Cancels
                                                             : Verdict::Unknown;
}

} // namespace actin
