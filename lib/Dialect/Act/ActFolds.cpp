//===- ActFolds.cpp - Folders of the act dialect --------------------------===//
//
// Identities that need no new operation: constants, neutral elements. Constants
// fold only where the result is an exact decimal (see ExactArithmetic.h), so
// that 1/3 and sqrt(2) keep their shape.
//
//===----------------------------------------------------------------------===//

#include "Dialect/Act/ActFolds.h"

#include "Dialect/Act/ExactArithmetic.h"
#include "actin/Dialect/Act/Act.h"

using namespace mlir;

namespace actin::act {

std::optional<Real> getConstant(Value value) {
  if (auto constant = value.getDefiningOp<ConstantOp>())
    return constant.getValue().getValue();
  return std::nullopt;
}

bool isConstant(Value value, double expected) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant && constant.getValue().getValue().getValue().compare(
                         Real(expected).getValue()) == llvm::APFloat::cmpEqual;
}

static bool compare(CmpPredicate predicate, const Real &lhs, const Real &rhs) {
  llvm::APFloat::cmpResult order = lhs.getValue().compare(rhs.getValue());
  bool less = order == llvm::APFloat::cmpLessThan;
  bool equal = order == llvm::APFloat::cmpEqual;
  switch (predicate) {
  case CmpPredicate::lt:
    return less;
  case CmpPredicate::le:
    return less || equal;
  case CmpPredicate::gt:
    return order == llvm::APFloat::cmpGreaterThan;
  case CmpPredicate::ge:
    return order == llvm::APFloat::cmpGreaterThan || equal;
  case CmpPredicate::eq:
    return equal;
  case CmpPredicate::ne:
    return !equal;
  }
  llvm_unreachable("unknown predicate");
}

/// `depth` bounds the recursion: a deeper condition counts as unknown.
static std::optional<bool> getConstantCondition(Value condition, int depth) {
  if (depth == 0)
    return std::nullopt;
  Operation *op = condition.getDefiningOp();
  if (auto cmp = dyn_cast_or_null<CmpOp>(op)) {
    std::optional<Real> lhs = getConstant(cmp.getLhs());
    std::optional<Real> rhs = getConstant(cmp.getRhs());
    if (lhs && rhs)
      return compare(cmp.getPredicate(), *lhs, *rhs);
    return std::nullopt;
  }
  if (auto negation = dyn_cast_or_null<NotOp>(op)) {
    std::optional<bool> value =
        getConstantCondition(negation.getOperand(), depth - 1);
    return value ? std::optional<bool>(!*value) : std::nullopt;
  }
  if (!isa_and_nonnull<AndOp, OrOp>(op))
    return std::nullopt;
  bool deciding = isa<OrOp>(op); // The value that settles the result alone.
  std::optional<bool> lhs = getConstantCondition(op->getOperand(0), depth - 1);
  std::optional<bool> rhs = getConstantCondition(op->getOperand(1), depth - 1);
  if (lhs == deciding || rhs == deciding)
    return deciding;
  if (lhs && rhs)
    return !deciding;
  return std::nullopt;
}

std::optional<bool> getConstantCondition(Value condition) {
  return getConstantCondition(condition, /*depth=*/8);
}

OpFoldResult foldUnaryFunction(Operation *op, Attribute operand) {
  auto constant = dyn_cast_or_null<RealAttr>(operand);
  if (!constant)
    return {};
  StringRef name = op->getName().stripDialect();
  Real result = evaluateUnary(name, constant.getValue());
  if (result.isInfinity() && !constant.getValue().isInfinity())
    return {};
  if (std::optional<Real> exact = toShortDecimal(result))
    return RealAttr::get(op->getContext(), *exact);
  return {};
}

/// The result of `operation` on two constant attributes, if exact.
static OpFoldResult foldBinary(Attribute lhs, Attribute rhs,
                               std::optional<Real> (*operation)(const Real &,
                                                                const Real &)) {
  auto left = dyn_cast_or_null<RealAttr>(lhs);
  auto right = dyn_cast_or_null<RealAttr>(rhs);
  if (!left || !right)
    return {};
  if (std::optional<Real> value = operation(left.getValue(), right.getValue()))
    return RealAttr::get(left.getContext(), *value);
  return {};
}

static bool isReal(Attribute attribute, double expected) {
  auto real = dyn_cast_or_null<RealAttr>(attribute);
  return real && real.getValue().getValue().compare(
                     Real(expected).getValue()) == llvm::APFloat::cmpEqual;
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (isReal(adaptor.getRhs(), 0))
    return getLhs();
  if (isReal(adaptor.getLhs(), 0))
    return getRhs();
  return foldBinary(adaptor.getLhs(), adaptor.getRhs(), addExactly);
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (isReal(adaptor.getRhs(), 0))
    return getLhs();
  if (getLhs() == getRhs())
    return RealAttr::get(getContext(), 0.0);
  return foldBinary(adaptor.getLhs(), adaptor.getRhs(), subExactly);
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (isReal(adaptor.getLhs(), 0) || isReal(adaptor.getRhs(), 0))
    return RealAttr::get(getContext(), 0.0);
  if (isReal(adaptor.getRhs(), 1))
    return getLhs();
  if (isReal(adaptor.getLhs(), 1))
    return getRhs();
  return foldBinary(adaptor.getLhs(), adaptor.getRhs(), mulExactly);
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  if (isReal(adaptor.getRhs(), 1))
    return getLhs();
  if (isReal(adaptor.getLhs(), 0) && !isReal(adaptor.getRhs(), 0))
    return RealAttr::get(getContext(), 0.0);
  return foldBinary(adaptor.getLhs(), adaptor.getRhs(), divExactly);
}

OpFoldResult NegOp::fold(FoldAdaptor adaptor) {
  if (auto inner = getOperand().getDefiningOp<NegOp>())
    return inner.getOperand();
  if (auto constant = dyn_cast_or_null<RealAttr>(adaptor.getOperand())) {
    const Real &value = constant.getValue();
    return RealAttr::get(getContext(), value.isZero() ? Real(0.0) : -value);
  }
  return {};
}

OpFoldResult PowOp::fold(FoldAdaptor adaptor) {
  if (isReal(adaptor.getRhs(), 1))
    return getLhs();
  if (isReal(adaptor.getRhs(), 0) || isReal(adaptor.getLhs(), 1))
    return RealAttr::get(getContext(), 1.0);
  return foldBinary(adaptor.getLhs(), adaptor.getRhs(), powExactly);
}

static std::optional<Real> smaller(const Real &lhs, const Real &rhs) {
  return rhs < lhs ? rhs : lhs;
}

static std::optional<Real> larger(const Real &lhs, const Real &rhs) {
  return lhs < rhs ? rhs : lhs;
}

OpFoldResult MinOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs())
    return getLhs();
  return foldBinary(adaptor.getLhs(), adaptor.getRhs(), smaller);
}

OpFoldResult MaxOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs())
    return getLhs();
  return foldBinary(adaptor.getLhs(), adaptor.getRhs(), larger);
}

/// min(max(operand, lower), upper) of constants.
static OpFoldResult foldBounded(Attribute operand, Attribute lower,
                                Attribute upper) {
  OpFoldResult raised = foldBinary(operand, lower, larger);
  if (!raised)
    return {};
  return foldBinary(cast<Attribute>(raised), upper, smaller);
}

OpFoldResult ClipOp::fold(FoldAdaptor adaptor) {
  return foldBounded(adaptor.getOperand(), adaptor.getLower(),
                     adaptor.getUpper());
}

OpFoldResult ClampOp::fold(FoldAdaptor adaptor) {
  return foldBounded(adaptor.getOperand(), adaptor.getLower(),
                     adaptor.getUpper());
}

OpFoldResult WhereOp::fold(FoldAdaptor) {
  if (getOnTrue() == getOnFalse())
    return getOnTrue();
  if (std::optional<bool> condition = getConstantCondition(getCondition()))
    return *condition ? getOnTrue() : getOnFalse();
  return {};
}

} // namespace actin::act
