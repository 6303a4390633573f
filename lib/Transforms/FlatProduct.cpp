//===- FlatProduct.cpp - Products taken apart -----------------------------===//

#include "Transforms/FlatProduct.h"

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

using mlir::Operation;
using mlir::Value;

namespace actin {

bool FlatProduct::multiply(Value value, int power, unsigned depth) {
  if (depth == 0)
    return false;
  if (std::optional<Real> constant = getConstant(value)) {
    coefficient = coefficient * pow(*constant, Real(double(power)));
    return true;
  }
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<act::MulOp, act::DivOp>(op))
    return multiply(op->getOperand(0), power, depth - 1) &&
           multiply(op->getOperand(1), isa<act::DivOp>(op) ? -power : power,
                    depth - 1);
  if (isa_and_nonnull<act::NegOp>(op)) {
    if (power % 2 != 0)
      coefficient = -coefficient;
    return multiply(op->getOperand(0), power, depth - 1);
  }
  auto square = value.getDefiningOp<act::PowOp>();
  if (square && getConstant(square.getRhs()) == Real(2.0))
    return multiply(square.getLhs(), 2 * power, depth - 1);
  powers[value] += power;
  return true;
}

bool FlatProduct::isOfArguments() const {
  return llvm::all_of(powers, [](const auto &factor) {
    return mlir::isa<mlir::BlockArgument>(factor.first);
  });
}

std::optional<Real> FlatProduct::asConstant() const {
  for (auto [base, power] : powers)
    if (power != 0)
      return std::nullopt;
  return coefficient;
}

std::optional<int> FlatProduct::asSign() const {
  std::optional<Real> constant = asConstant();
  return constant == Real(1.0)    ? std::optional(1)
         : constant == Real(-1.0) ? std::optional(-1)
                                  : std::nullopt;
}

} // namespace actin
