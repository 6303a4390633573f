//===- Signs.cpp - What a value's form says of its sign -------------------===//

#include "Transforms/Signs.h"

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

using mlir::Value;

namespace actin {

bool isNonNegative(Value value, unsigned depth) {
  mlir::Operation *op = value.getDefiningOp();
  if (isPositive(value, depth) || isa_and_nonnull<act::AbsOp, act::SqrtOp>(op))
    return true;
  if (depth == 0)
    return false;
  if (isa_and_nonnull<act::MulOp, act::DivOp>(op))
    return op->getOperand(0) == op->getOperand(1) ||
           (isNonNegative(op->getOperand(0), depth - 1) &&
            isNonNegative(op->getOperand(1), depth - 1));
  // 1 with what is between -1 and 1.
  for (unsigned k : {0u, 1u}) {
    if (!isa_and_nonnull<act::AddOp, act::SubOp>(op))
      break;
    std::optional<Real> constant = getConstant(op->getOperand(k));
    mlir::Operation *other = op->getOperand(1 - k).getDefiningOp();
    if (constant && !(*constant < Real(1.0)) &&
        (k == 0 || isa<act::AddOp>(op)) &&
        isa_and_nonnull<act::SigmoidOp, act::NormcdfOp, act::TanhOp,
                        act::ErfOp>(other))
      return true;
  }
  if (auto pow = dyn_cast_or_null<act::PowOp>(op)) {
    std::optional<Real> exponent = getConstant(pow.getRhs());
    std::optional<int64_t> n = exponent ? exponent->asInteger() : std::nullopt;
    return n && *n % 2 == 0;
  }
  return isa_and_nonnull<act::AddOp>(op) &&
         isNonNegative(op->getOperand(0), depth - 1) &&
         isNonNegative(op->getOperand(1), depth - 1);
}

bool isPositive(Value value, unsigned depth) {
  if (std::optional<Real> constant = getConstant(value))
    return !constant->isNegative() && !constant->isZero() && !constant->isNaN();
  mlir::Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<act::ExpOp, act::CoshOp, act::SigmoidOp, act::SoftplusOp,
                      act::ErfcOp, act::NormcdfOp, act::NormpdfOp>(op))
    return true;
  if (depth == 0 || !isa_and_nonnull<act::AddOp>(op))
    return false;
  Value x = op->getOperand(0), y = op->getOperand(1);
  return (isPositive(x, depth - 1) && isNonNegative(y, depth - 1)) ||
         (isNonNegative(x, depth - 1) && isPositive(y, depth - 1));
}

} // namespace actin
