//===- Region.cpp - Values that depend on one variable --------------------===//

#include "Transforms/Region.h"

#include "Dialect/Act/ExprKinds.h"
#include "Expr/EvaluateNode.h"
#include "actin/Dialect/Act/Act.h"

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

/// Operations that round no more than their operands did.
static bool isExact(Operation *op) { return isa<act::NegOp>(op); }

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

} // namespace actin
