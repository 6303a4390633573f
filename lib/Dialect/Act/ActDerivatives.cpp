//===- ActDerivatives.cpp - The derivative rules --------------------------===//
//
// One rule an operation. For a function of one argument the rule is f'(x) from
// x and y = f(x); for the others it is the tangent of the result from the
// tangents of the operands. Behaviour at kinks stands in ActOps.td.
//
//===----------------------------------------------------------------------===//

#include "Dialect/Act/ActFolds.h"
#include "Dialect/Act/RealBuilder.h"

using namespace mlir;

namespace actin::act {

//===----------------------------------------------------------------------===//
// Functions of one argument
//===----------------------------------------------------------------------===//

#define RULE(OpTy, formula)                                                    \
  RealValue OpTy::buildDerivative([[maybe_unused]] const RealValue &x,         \
                                  [[maybe_unused]] const RealValue &y) {       \
    return formula;                                                            \
  }

RULE(ExpOp, y)
RULE(Exp2Op, log(x.constant(2.0)) * y)
RULE(Expm1Op, exp(x))
RULE(LogOp, 1.0 / x)
RULE(Log2Op, 1.0 / (x * log(x.constant(2.0))))
RULE(Log10Op, 1.0 / (x * log(x.constant(10.0))))
RULE(Log1pOp, 1.0 / (1.0 + x))
RULE(SqrtOp, 0.5 / y)
RULE(RsqrtOp, -0.5 * y / x)
RULE(AbsOp, sign(x))
RULE(SinOp, cos(x))
RULE(CosOp, -sin(x))
RULE(TanOp, 1.0 + square(y))
RULE(AsinOp, 1.0 / sqrt(1.0 - square(x)))
RULE(AcosOp, -1.0 / sqrt(1.0 - square(x)))
RULE(AtanOp, 1.0 / (1.0 + square(x)))
RULE(SinhOp, cosh(x))
RULE(CoshOp, sinh(x))
RULE(TanhOp, 1.0 - square(y))
RULE(AsinhOp, 1.0 / sqrt(1.0 + square(x)))
RULE(AcoshOp, 1.0 / sqrt(square(x) - 1.0))
RULE(AtanhOp, 1.0 / (1.0 - square(x)))
RULE(ErfOp, 2.0 * exp(-square(x)) / sqrt(x.constant(Real::pi())))
RULE(ErfcOp, -2.0 * exp(-square(x)) / sqrt(x.constant(Real::pi())))
RULE(SigmoidOp, y * (1.0 - y))
RULE(LogsigmoidOp, sigmoid(-x))
RULE(SoftplusOp, sigmoid(x))
RULE(NormcdfOp, normpdf(x))
RULE(NormpdfOp, -x *y)

#undef RULE

Value applyChainRule(OpBuilder &builder, Operation *op, Value tangent,
                     RealValue (*derivative)(const RealValue &,
                                             const RealValue &)) {
  if (!tangent)
    return {};
  RealValue x(builder, op->getLoc(), op->getOperand(0));
  RealValue slope = derivative(x, x.with(op->getResult(0)));
  return TangentBuilder(x).scale(slope, tangent).getValue();
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// Value number `index` of `op`'s operands, to build with.
static RealValue operand(OpBuilder &builder, Operation *op, unsigned index) {
  return RealValue(builder, op->getLoc(), op->getOperand(index));
}

Value AddOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  TangentBuilder build(operand(builder, *this, 0));
  return build.add(tangents[0], tangents[1]).getValue();
}

Value SubOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  TangentBuilder build(operand(builder, *this, 0));
  return build.sub(tangents[0], tangents[1]).getValue();
}

Value NegOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  TangentBuilder build(operand(builder, *this, 0));
  return build.neg(tangents[0]).getValue();
}

/// a' b + a b'
Value MulOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  RealValue a = operand(builder, *this, 0), b = operand(builder, *this, 1);
  TangentBuilder build(a);
  Tangent left = build.scale(b, tangents[0]);
  return build.add(left, build.scale(a, tangents[1])).getValue();
}

/// a' / b - a / b**2 * b'
Value DivOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  RealValue a = operand(builder, *this, 0), b = operand(builder, *this, 1);
  TangentBuilder build(a);
  Tangent left = build.divide(tangents[0], b);
  if (!tangents[1])
    return left.getValue();
  return build.sub(left, build.scale(a / square(b), tangents[1])).getValue();
}

/// b a**(b - 1) a' + log(a) a**b b'
Value PowOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  RealValue a = operand(builder, *this, 0), b = operand(builder, *this, 1);
  RealValue zero = a.constant(0.0);
  TangentBuilder build(a);
  Tangent ofBase, ofExponent;
  if (tangents[0]) {
    RealValue slope = b * pow(a, b - 1.0);
    // For b = 0 the power is 1 even at a = 0, where a**-1 is infinite.
    if (!getConstant(b.getValue()))
      slope = where(compare(CmpPredicate::eq, b, zero), zero, slope);
    ofBase = build.scale(slope, tangents[0]);
  }
  if (tangents[1]) {
    RealValue slope = log(a) * a.with(getResult());
    if (!getConstant(a.getValue()))
      slope = where(compare(CmpPredicate::eq, a, zero), zero, slope);
    ofExponent = build.scale(slope, tangents[1]);
  }
  return build.add(ofBase, ofExponent).getValue();
}

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

/// The tangent of the operand of which "operand 0 is chosen over operand 1"
/// holds: `strict` where it must differ, `loose` where a tie is its as well.
static Value buildExtremumTangent(OpBuilder &builder, Operation *op,
                                  ArrayRef<Value> tangents, CmpPredicate strict,
                                  CmpPredicate loose) {
  RealValue a = operand(builder, op, 0), b = operand(builder, op, 1);
  if (!tangents[0] && !tangents[1])
    return {};
  bool tieToSecond = getConstant(b.getValue()) && !getConstant(a.getValue());
  Value condition = compare(tieToSecond ? strict : loose, a, b);
  return TangentBuilder(a)
      .select(condition, tangents[0], tangents[1])
      .getValue();
}

Value MinOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  return buildExtremumTangent(builder, *this, tangents, CmpPredicate::lt,
                              CmpPredicate::le);
}

Value MaxOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  return buildExtremumTangent(builder, *this, tangents, CmpPredicate::gt,
                              CmpPredicate::ge);
}

Value ClipOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  RealValue x = operand(builder, *this, 0);
  RealValue lower = operand(builder, *this, 1);
  RealValue upper = operand(builder, *this, 2);
  TangentBuilder build(x);
  if (!tangents[1] && !tangents[2]) {
    if (!tangents[0])
      return {};
    Value inside = x.create<AndOp>(compare(CmpPredicate::ge, x, lower),
                                   compare(CmpPredicate::le, x, upper))
                       .getValue();
    return build.select(inside, tangents[0], {}).getValue();
  }
  Tangent aboveLower = build.select(compare(CmpPredicate::lt, x, lower),
                                    tangents[1], tangents[0]);
  return build
      .select(compare(CmpPredicate::gt, x, upper), tangents[2], aboveLower)
      .getValue();
}

/// A clamp is no part of the function: the operand's tangent.
Value ClampOp::buildTangent(OpBuilder &, ArrayRef<Value> tangents) {
  return tangents[0];
}

Value WhereOp::buildTangent(OpBuilder &builder, ArrayRef<Value> tangents) {
  TangentBuilder build(operand(builder, *this, 1));
  return build.select(getCondition(), tangents[1], tangents[2]).getValue();
}

//===----------------------------------------------------------------------===//
// TangentBuilder
//===----------------------------------------------------------------------===//

Tangent TangentBuilder::add(Tangent lhs, Tangent rhs) const {
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return (context.with(lhs.getValue()) + context.with(rhs.getValue()))
      .getValue();
}

Tangent TangentBuilder::sub(Tangent lhs, Tangent rhs) const {
  if (!rhs)
    return lhs;
  if (!lhs)
    return neg(rhs);
  return (context.with(lhs.getValue()) - context.with(rhs.getValue()))
      .getValue();
}

Tangent TangentBuilder::neg(Tangent operand) const {
  if (!operand)
    return {};
  return (-context.with(operand.getValue())).getValue();
}

/// How deep nested selections are looked into for zeros: a bound on the work.
static constexpr int maxSelectionDepth = 4;

Tangent TangentBuilder::mapBranches(
    Tangent tangent, llvm::function_ref<Value(const RealValue &)> operation,
    int depth) const {
  if (!tangent)
    return {};
  auto selection = tangent.getValue().getDefiningOp<WhereOp>();
  bool zeroOnTrue = selection && isConstant(selection.getOnTrue(), 0);
  bool zeroOnFalse = selection && isConstant(selection.getOnFalse(), 0);
  if ((!zeroOnTrue && !zeroOnFalse) || depth == maxSelectionDepth)
    return operation(context.with(tangent.getValue()));
  Tangent onTrue, onFalse;
  if (!zeroOnTrue)
    onTrue = mapBranches(selection.getOnTrue(), operation, depth + 1);
  if (!zeroOnFalse)
    onFalse = mapBranches(selection.getOnFalse(), operation, depth + 1);
  return select(selection.getCondition(), onTrue, onFalse);
}

Tangent TangentBuilder::scale(const RealValue &factor, Tangent tangent) const {
  return mapBranches(tangent, [&](const RealValue &branch) {
    return (factor * branch).getValue();
  });
}

Tangent TangentBuilder::divide(Tangent tangent,
                               const RealValue &divisor) const {
  return mapBranches(tangent, [&](const RealValue &branch) {
    return (branch / divisor).getValue();
  });
}

Tangent TangentBuilder::select(Value condition, Tangent onTrue,
                               Tangent onFalse) const {
  if (!onTrue && !onFalse)
    return {};
  RealValue zero = context.constant(0.0);
  // Selections of a zero within each other are one: a chain of them stays flat.
  if (onTrue && !onFalse)
    if (auto inner = onTrue.getValue().getDefiningOp<WhereOp>())
      if (isConstant(inner.getOnFalse(), 0)) {
        condition =
            context.create<AndOp>(condition, inner.getCondition()).getValue();
        onTrue = inner.getOnTrue();
      }
  RealValue whenTrue = onTrue ? context.with(onTrue.getValue()) : zero;
  RealValue whenFalse = onFalse ? context.with(onFalse.getValue()) : zero;
  return where(condition, whenTrue, whenFalse).getValue();
}

} // namespace actin::act
