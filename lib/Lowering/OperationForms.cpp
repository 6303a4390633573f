//===- OperationForms.cpp - What an operation is to the lowering ----------===//

#include "Lowering/OperationForms.h"

#include "actin/Dialect/Act/Act.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>
#include <limits>

namespace actin {

bool isNonNegative(mlir::Value value) {
  if (auto min = value.getDefiningOp<act::MinOp>())
    return isNonNegative(min.getLhs()) && isNonNegative(min.getRhs());
  if (auto max = value.getDefiningOp<act::MaxOp>())
    return isNonNegative(max.getLhs()) || isNonNegative(max.getRhs());
  if (auto constant = value.getDefiningOp<act::ConstantOp>())
    return !constant.getValue().getValue().isNegative();
  return bool(value.getDefiningOp<act::AbsOp>());
}

bool isNonPositive(mlir::Value value) {
  auto neg = value.getDefiningOp<act::NegOp>();
  return neg && isNonNegative(neg.getOperand());
}

/// The operand of `where` that is dropped where `value` > 0; null if it is not
/// known to be.
static mlir::OpOperand *getDropped(act::WhereOp where, mlir::Value value) {
  auto cmp = where.getCondition().getDefiningOp<act::CmpOp>();
  auto zero =
      cmp ? cmp.getRhs().getDefiningOp<act::ConstantOp>() : act::ConstantOp();
  if (!zero || cmp.getLhs() != value || !zero.getValue().getValue().isZero())
    return nullptr;
  switch (cmp.getPredicate()) {
  case act::CmpPredicate::gt:
  case act::CmpPredicate::ge:
    return &where->getOpOperand(2);
  case act::CmpPredicate::lt:
  case act::CmpPredicate::le:
    return &where->getOpOperand(1);
  default:
    return nullptr;
  }
}

/// Looks through `depth` products.
static bool isDroppedWherePositive(mlir::Operation *op, mlir::Value value,
                                   unsigned depth) {
  return llvm::all_of(op->getUses(), [&](mlir::OpOperand &use) {
    mlir::Operation *user = use.getOwner();
    if (auto where = dyn_cast<act::WhereOp>(user))
      return getDropped(where, value) == &use;
    return depth != 0 && isa<act::MulOp, act::DivOp, act::NegOp>(user) &&
           isDroppedWherePositive(user, value, depth - 1);
  });
}

bool isDroppedWherePositive(mlir::Operation *op, mlir::Value value) {
  return isDroppedWherePositive(op, value, /*depth=*/3);
}

bool isScaledPiecewise(mlir::Operation *op) {
  auto piecewise = dyn_cast<act::PiecewiseOp>(op);
  return piecewise && piecewise.getExponent();
}

std::optional<UpperBound> matchUpperBound(mlir::Operation *exp) {
  if (!isa<act::ExpOp>(exp) && !isScaledPiecewise(exp))
    return std::nullopt;
  mlir::Value argument = exp->getOperand(0);
  double least = -std::numeric_limits<double>::infinity();
  if (auto max = argument.getDefiningOp<act::MaxOp>())
    if (auto below = max.getRhs().getDefiningOp<act::ConstantOp>()) {
      argument = max.getLhs();
      least = below.getValue().getValue().toDouble();
    }
  auto min = argument.getDefiningOp<act::MinOp>();
  auto bound =
      min ? min.getRhs().getDefiningOp<act::ConstantOp>() : act::ConstantOp();
  if (!bound || Real(64.0) < bound.getValue().getValue())
    return std::nullopt;
  return UpperBound{min.getLhs(), least,
                    bound.getValue().getValue().toDouble()};
}

/// Signs do not matter.
static bool isSquareOf(mlir::Value value, mlir::Value base) {
  auto isBase = [&](mlir::Value of) {
    auto neg = of.getDefiningOp<act::NegOp>();
    return (neg ? neg.getOperand() : of) == base;
  };
  if (auto mul = value.getDefiningOp<act::MulOp>())
    return mul.getLhs() == mul.getRhs() && isBase(mul.getLhs());
  auto pow = value.getDefiningOp<act::PowOp>();
  auto exponent =
      pow ? pow.getRhs().getDefiningOp<act::ConstantOp>() : act::ConstantOp();
  return exponent && isBase(pow.getLhs()) &&
         exponent.getValue().getValue() == Real(2.0);
}

std::optional<Real> matchSquarePlusConstant(mlir::Value sum, mlir::Value base) {
  auto add = sum.getDefiningOp<act::AddOp>();
  for (unsigned k = 0; add && k != 2; ++k) {
    auto constant = add->getOperand(k).getDefiningOp<act::ConstantOp>();
    if (constant && isSquareOf(add->getOperand(1 - k), base) &&
        !constant.getValue().getValue().isNegative())
      return constant.getValue().getValue();
  }
  return std::nullopt;
}

/// Of a max of a min, or the other way round, with constants; or of a min of
/// what is not negative.
static bool isHeldToBothSides(mlir::Value value) {
  auto isBound = [](mlir::Operation *op) {
    return op->getOperand(1).getDefiningOp<act::ConstantOp>() != nullptr;
  };
  mlir::Operation *outer = value.getDefiningOp();
  if (!isa_and_nonnull<act::MaxOp, act::MinOp>(outer) || !isBound(outer))
    return false;
  if (isa<act::MinOp>(outer) && isNonNegative(outer->getOperand(0)))
    return true;
  mlir::Operation *inner = outer->getOperand(0).getDefiningOp();
  return isa_and_nonnull<act::MaxOp, act::MinOp>(inner) && isBound(inner) &&
         isa<act::MaxOp>(inner) != isa<act::MaxOp>(outer);
}

static bool isPolynomialOfHeld(mlir::Value value, mlir::Value &held,
                               unsigned depth) {
  mlir::Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return false;
  if (isa<act::ConstantOp>(op))
    return true;
  if (isHeldToBothSides(value)) {
    bool isOne = !held || held == value;
    held = value;
    return isOne;
  }
  return isa<act::AddOp, act::SubOp, act::MulOp, act::NegOp, act::PowOp>(op) &&
         llvm::all_of(op->getOperands(), [&](mlir::Value operand) {
           return isPolynomialOfHeld(operand, held, depth - 1);
         });
}

bool isPolynomialOfHeld(mlir::Value value) {
  mlir::Value held;
  return isPolynomialOfHeld(value, held, /*depth=*/8);
}

mlir::Value matchNormcdfTail(mlir::Operation *op) {
  auto normcdf = dyn_cast<act::NormcdfOp>(op);
  auto neg =
      normcdf ? normcdf.getOperand().getDefiningOp<act::NegOp>() : act::NegOp();
  auto min = neg ? neg.getOperand().getDefiningOp<act::MinOp>() : act::MinOp();
  auto bound =
      min ? min.getRhs().getDefiningOp<act::ConstantOp>() : act::ConstantOp();
  if (!bound || Real(65.0) < bound.getValue().getValue() || !isNonNegative(min))
    return {};
  return min;
}

mlir::Value matchTailMinusMoment(mlir::Operation *op) {
  auto sub = dyn_cast<act::SubOp>(op);
  mlir::Operation *tail = sub ? sub.getLhs().getDefiningOp() : nullptr;
  mlir::Value a = tail ? matchNormcdfTail(tail) : mlir::Value();
  auto moment = a ? sub.getRhs().getDefiningOp<act::MulOp>() : act::MulOp();
  auto density = moment ? moment.getRhs().getDefiningOp<act::NormpdfOp>()
                        : act::NormpdfOp();
  return density && moment.getLhs() == a && density.getOperand() == a
             ? a
             : mlir::Value();
}

bool acceptsPair(mlir::Operation *op) {
  return isa<act::PiecewiseOp, act::ExpOp, act::Exp2Op, act::Expm1Op,
             act::TanhOp, act::SigmoidOp, act::SoftplusOp, act::LogsigmoidOp,
             act::ErfcOp, act::NormcdfOp, act::NormpdfOp>(op);
}

bool producesPair(mlir::Operation *op) {
  return isa<act::ExpOp, act::Expm1Op, act::SigmoidOp, act::TanhOp, act::LogOp,
             act::Log1pOp, act::SinOp, act::CosOp>(op);
}

TurnedAngle matchTurnedAngle(mlir::Value argument) {
  mlir::Operation *op = argument.getDefiningOp();
  bool isSum = isa_and_nonnull<act::AddOp, act::SubOp>(op);
  for (unsigned k = 0; isSum && k != 2; ++k) {
    auto constant = op->getOperand(k).getDefiningOp<act::ConstantOp>();
    bool isNegated = isa<act::SubOp>(op);
    if (!constant || (isNegated && k == 0))
      continue;
    Real eighths = constant.getValue().getValue() / (Real::pi() / Real(4.0));
    for (int sign : {1, -1}) // To the digits that constants are folded to.
      if (std::fabs((eighths - Real(sign)).toDouble()) < 0x1p-100)
        return {op->getOperand(1 - k), isNegated ? -sign : sign};
  }
  return {argument, 0};
}

std::optional<QuarterTurns> matchQuarterTurns(mlir::Value angle) {
  constexpr size_t mostFactors = 3;
  Real scale = Real(1.0) / (Real::pi() / Real(2.0));
  llvm::SmallVector<mlir::Value, 3> factors;
  llvm::SmallVector<mlir::Value, 4> work = {angle};
  while (!work.empty()) {
    mlir::Value value = work.pop_back_val();
    mlir::Operation *op = value.getDefiningOp();
    if (auto constant = dyn_cast_or_null<act::ConstantOp>(op)) {
      scale = scale * constant.getValue().getValue();
    } else if (isa_and_nonnull<act::NegOp>(op)) {
      scale = -scale;
      work.push_back(op->getOperand(0));
    } else if (isa_and_nonnull<act::MulOp>(op)) {
      llvm::append_range(work, op->getOperands());
    } else {
      factors.push_back(value);
    }
    if (factors.size() > mostFactors || work.size() > mostFactors)
      return std::nullopt;
  }
  double rounded = scale.toDouble();
  // To the digits that constants are folded to.
  bool isNumber =
      rounded != 0 &&
      std::fabs((scale / Real(rounded) - Real(1.0)).toDouble()) < 0x1p-100;
  return isNumber && !factors.empty()
             ? std::optional(QuarterTurns{rounded, std::move(factors)})
             : std::nullopt;
}

llvm::SmallVector<mlir::Value> collectUnboundedFactors(mlir::Value argument) {
  argument = matchTurnedAngle(argument).angle;
  constexpr size_t most = 4; // The digits of 2/pi end at some exponent.
  llvm::SmallVector<mlir::Value> factors = {argument};
  for (size_t i = 0; i != factors.size();) {
    auto mul = factors[i].getDefiningOp<act::MulOp>();
    if (!mul || factors.size() == most) {
      ++i;
      continue;
    }
    factors[i] = mul.getLhs();
    factors.push_back(mul.getRhs());
  }
  if (factors.size() == 1)
    factors.clear();
  return factors;
}

llvm::DenseSet<mlir::Value> collectUniformValues(mlir::func::FuncOp kernel) {
  llvm::DenseSet<mlir::Value> uniform;
  auto isUniform = [&](mlir::Value value) { return uniform.contains(value); };
  for (mlir::BlockArgument argument : kernel.getArguments()) {
    llvm::StringRef role = act::getRole(argument);
    if (role == "parameter" || role == "channel")
      uniform.insert(argument);
  }
  for (mlir::Operation &op : kernel.front().without_terminator())
    if (llvm::all_of(op.getOperands(), isUniform))
      uniform.insert(op.getResults().begin(), op.getResults().end());
  return uniform;
}

bool isPairArithmetic(mlir::Operation *op) {
  return isa<act::ConstantOp, act::AddOp, act::SubOp, act::MulOp, act::DivOp,
             act::NegOp, act::AbsOp, act::WhereOp, act::SqrtOp, act::PowOp,
             act::MinOp, act::MaxOp, act::ClipOp, act::ClampOp>(op);
}

bool isDout(mlir::Value value) { return act::getRole(value) == "dout"; }

/// Null where there are several.
static mlir::Operation *getOnlyUser(mlir::Operation *op) {
  return op->hasOneUse() ? *op->getUsers().begin() : nullptr;
}

bool isFactorBesideDout(mlir::Operation *op) {
  mlir::Operation *user = getOnlyUser(op);
  return isa_and_nonnull<act::MulOp>(user) &&
         llvm::any_of(user->getOperands(), isDout);
}

bool isFusedProduct(mlir::Operation *op) {
  return isa<act::MulOp>(op) &&
         isa_and_nonnull<act::AddOp, act::SubOp>(getOnlyUser(op));
}

bool isPartOfTailMinusMoment(mlir::Operation *op) {
  mlir::Operation *user = getOnlyUser(op);
  if (isa_and_nonnull<act::MulOp>(user) && isa<act::NormpdfOp>(op))
    user = getOnlyUser(user);
  if (!user || !matchTailMinusMoment(user))
    return false;
  // What another operation needs as well may be raised for it, and the
  // difference with it.
  auto moment = user->getOperand(1).getDefiningOp<act::MulOp>();
  return user->getOperand(0).hasOneUse() && moment->hasOneUse() &&
         moment.getRhs().hasOneUse();
}

bool hasSeveralInputs(mlir::func::FuncOp kernel) {
  return llvm::count_if(kernel.getArguments(), [](mlir::Value argument) {
           return act::getRole(argument) == "input";
         }) > 1;
}

/// Functions that are at their limits where a wide argument is out of f32's
/// range: they take it as a pair of f32.
bool narrowsArgument(mlir::Operation *op) {
  return acceptsPair(op) && !isa<act::SoftplusOp, act::LogsigmoidOp>(op);
}

} // namespace actin
