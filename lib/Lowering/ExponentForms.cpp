//===- ExponentForms.cpp - Which operations have exponents apart ----------===//

#include "Lowering/OperationForms.h"

#include "actin/Dialect/Act/Act.h"

#include <cmath>

namespace actin {

bool producesExponent(mlir::Operation *op) {
  if (auto piecewise = dyn_cast<act::PiecewiseOp>(op))
    return (piecewise.getExponent() || piecewise.getHalving()) &&
           !piecewise.getComplement();
  return matchTailMinusMoment(op) ||
         isa<act::ExpOp, act::Exp2Op, act::SigmoidOp, act::SoftplusOp,
             act::ErfcOp, act::NormcdfOp, act::NormpdfOp>(op);
}

bool isZero(mlir::Value value) {
  auto constant = value.getDefiningOp<act::ConstantOp>();
  return constant && constant.getValue().getValue().isZero();
}

/// True for what is 0 on one side: max(u, 0) and the like, and products with
/// it.
static bool isCutOff(mlir::Value value, unsigned depth = 4) {
  mlir::Operation *op = value.getDefiningOp();
  auto isConstant = [](mlir::Value operand) {
    return bool(operand.getDefiningOp<act::ConstantOp>());
  };
  if (auto where = dyn_cast_or_null<act::WhereOp>(op);
      where && isConstant(where.getOnTrue()) && isConstant(where.getOnFalse()))
    return false;
  if (isa_and_nonnull<act::MaxOp, act::MinOp, act::WhereOp>(op))
    return llvm::any_of(op->getOperands(), isZero);
  return depth != 0 && isa_and_nonnull<act::NegOp, act::MulOp>(op) &&
         llvm::any_of(op->getOperands(), [&](mlir::Value operand) {
           return isCutOff(operand, depth - 1);
         });
}

/// True for a sum that is the one operand where the other is cut off: `value`
/// may be all of it, and subnormal.
static bool isSumWithCutOff(mlir::Operation *op, mlir::Value value) {
  return isa<act::AddOp, act::SubOp>(op) &&
         isCutOff(op->getOperand(op->getOperand(0) == value ? 1 : 0));
}

/// True for a sum of `value` and what has an exponent as well: both may end
/// together, and the sum with them.
static bool isSumOfTails(mlir::Operation *op, mlir::Value value) {
  if (!isa<act::AddOp, act::SubOp>(op))
    return false;
  mlir::Value other = op->getOperand(op->getOperand(0) == value ? 1 : 0);
  auto isTail = [](mlir::Value term) {
    mlir::Operation *definition = term.getDefiningOp();
    return definition && producesExponent(definition);
  };
  auto product = other.getDefiningOp<act::MulOp>();
  return isTail(other) ||
         (product && llvm::any_of(product->getOperands(), isTail));
}

std::optional<double> getSlopeAtZero(mlir::Operation *op) {
  if (isa<act::Expm1Op, act::Log1pOp, act::SinOp, act::TanOp, act::AsinOp,
          act::AtanOp, act::SinhOp, act::TanhOp, act::AsinhOp, act::AtanhOp>(
          op))
    return 1.0;
  if (isa<act::ErfOp>(op))
    return 1.1283791670955126; // 2 / sqrt(pi)
  return std::nullopt;
}

bool hasScaledFactor(mlir::Value value, unsigned depth) {
  mlir::Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return false;
  return producesExponent(op) ||
         (isa<act::MulOp, act::DivOp, act::NegOp, act::WhereOp>(op) &&
          llvm::any_of(op->getOperands(), [&](mlir::Value operand) {
            return hasScaledFactor(operand, depth - 1);
          }));
}

std::optional<int64_t> matchPowerOfScaled(mlir::Operation *op) {
  std::optional<int64_t> halves = matchHalfPower(op);
  if (!halves || *halves % 2 != 0 || *halves <= 0 || *halves > 8 ||
      !hasScaledFactor(op->getOperand(0)))
    return std::nullopt;
  return *halves / 2;
}

/// True for a sum of two tails that what is no constant divides: it ends where
/// they do, and the quotient may elsewhere.
static bool isDividedSumOfTails(mlir::Operation *op) {
  bool isSum = isa<act::AddOp, act::SubOp>(op) && op->hasOneUse();
  auto quotient =
      isSum ? dyn_cast<act::DivOp>(*op->getUsers().begin()) : act::DivOp();
  return quotient && quotient.getLhs() == op->getResult(0) &&
         !quotient.getRhs().getDefiningOp<act::ConstantOp>() &&
         hasScaledFactor(op->getOperand(0)) &&
         hasScaledFactor(op->getOperand(1));
}

/// True for what is held from above, or a multiple of that.
static bool isHeldAbove(mlir::Value value, unsigned depth = 3) {
  mlir::Operation *op = value.getDefiningOp();
  if (isNonPositive(value) || isa_and_nonnull<act::MinOp>(op))
    return true;
  return depth != 0 &&
         isa_and_nonnull<act::MaxOp, act::MulOp, act::DivOp>(op) &&
         llvm::any_of(op->getOperands(), [&](mlir::Value operand) {
           return isHeldAbove(operand, depth - 1);
         });
}

/// c e^u with a constant or a parameter c: e^u may overflow before it.
static bool isScaledGrowth(mlir::Operation *product) {
  for (unsigned k : {0u, 1u}) {
    mlir::Value factor = product->getOperand(1 - k);
    auto exp = product->getOperand(k).getDefiningOp<act::ExpOp>();
    bool isUniform = factor.getDefiningOp<act::ConstantOp>() ||
                     act::getRole(factor) == "parameter" ||
                     act::getRole(factor) == "channel";
    if (exp && isUniform && !isHeldAbove(exp.getOperand()))
      return true;
  }
  return false;
}

bool passesExponent(mlir::Operation *op) {
  if (isDividedSumOfTails(op))
    return true;
  if (!isa<act::MulOp, act::DivOp, act::NegOp, act::WhereOp>(op) &&
      !getSlopeAtZero(op) && !matchPowerOfScaled(op))
    return false;
  // A mantissa may be small; its product with a small gradient would vanish
  // before the exponent brings it back.
  if (llvm::any_of(op->getOperands(), isDout))
    return false;
  if (isa<act::MulOp>(op) &&
      llvm::any_of(op->getUsers(), [&](mlir::Operation *user) {
        return isSumWithCutOff(user, op->getResult(0));
      }))
    return true;
  // Not where every user adds: that takes the plain value, and a product
  // fused with a sum is cheaper.
  if (isa<act::MulOp>(op) && isScaledGrowth(op))
    return true;
  return llvm::any_of(op->getUsers(), [&](mlir::Operation *user) {
    return isSumOfTails(user, op->getResult(0)) || isDividedSumOfTails(user) ||
           isa<mlir::func::ReturnOp, act::MulOp, act::DivOp, act::NegOp,
               act::WhereOp>(user) ||
           getSlopeAtZero(user) || matchPowerOfScaled(user);
  });
}

std::optional<int64_t> matchHalfPower(mlir::Operation *op) {
  auto pow = dyn_cast<act::PowOp>(op);
  auto exponent =
      pow ? pow.getRhs().getDefiningOp<act::ConstantOp>() : act::ConstantOp();
  if (!exponent)
    return std::nullopt;
  std::optional<int64_t> halves =
      (exponent.getValue().getValue() * Real(2.0)).asInteger();
  return halves && std::abs(*halves) <= 16 ? halves : std::nullopt;
}

bool isAlgebraic(mlir::Operation *op) {
  // These leave no range that their operands are in.
  if (isa<act::MinOp, act::MaxOp>(op))
    return llvm::any_of(op->getOperands(), [](mlir::Value operand) {
      mlir::Operation *definition = operand.getDefiningOp();
      return definition && isAlgebraic(definition);
    });
  return isa<act::AddOp, act::SubOp, act::MulOp, act::DivOp, act::NegOp,
             act::AbsOp, act::SqrtOp, act::WhereOp>(op) ||
         matchHalfPower(op);
}

bool hasExtendedForm(mlir::Operation *op) {
  return isAlgebraic(op) || getSlopeAtZero(op) ||
         isa<act::CoshOp, act::PowOp, act::ExpOp, act::Exp2Op>(op);
}

bool isGeneralPower(mlir::Operation *op) {
  return isa<act::PowOp>(op) && !matchHalfPower(op);
}

bool losesExponent(mlir::Operation *op) {
  return llvm::any_of(op->getUses(), [](mlir::OpOperand &use) {
    return isLogarithmic(use.getOwner()) ||
           (isGeneralPower(use.getOwner()) && use.getOperandNumber() == 0);
  });
}

bool isLogarithmic(mlir::Operation *op) {
  return isa<act::LogOp, act::Log2Op, act::Log10Op, act::Log1pOp, act::AsinhOp,
             act::AcoshOp>(op);
}

bool takesExtended(mlir::Operation *op, bool isTiny) {
  return isAlgebraic(op) || isLogarithmic(op) || isGeneralPower(op) ||
         (isTiny && getSlopeAtZero(op));
}

} // namespace actin
