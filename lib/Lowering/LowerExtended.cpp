//===- LowerExtended.cpp - Arithmetic on mantissas and exponents ----------===//
//
// Sums, products and roots of numbers beyond the range of f64: x^2 of a large
// x, on the way to x / sqrt(1 + x^2). Every value is mantissa * 2^exponent;
// infinity is a number beyond all others, so that quotients and differences of
// infinities come out as the limits that they stand for. Mantissas are pairs
// where the plan, or an operand, has them.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathLowering.h"

using mlir::Operation;

namespace actin {

/// The larger exponent decides; a term that is far smaller vanishes.
static ScaledPair addExtended(VectorBuilder &b, const ScaledPair &x,
                              const ScaledPair &y, bool isPair) {
  Value top = b.maxFast(x.exponent, y.exponent);
  auto align = [&](const ScaledPair &term) {
    Value shift = b.sub(term.exponent, top);
    const auto &[high, low] = term.mantissa;
    return ValuePair{b.scale(high, shift), low ? b.scale(low, shift) : Value()};
  };
  ValuePair first = align(x), second = align(y);
  ValuePair sum = isPair ? addPairs(b, first, second)
                         : ValuePair{b.add(first.high, second.high), Value()};
  ScaledValue normal = b.splitExponent(sum.high);
  if (sum.low)
    sum.low = b.scale(sum.low, b.neg(normal.exponent));
  return {{normal.mantissa, sum.low}, b.add(normal.exponent, top)};
}

static ScaledPair sqrtExtended(VectorBuilder &b, const ScaledPair &x,
                               bool isPair) {
  const auto &[high, low] = x.mantissa;
  Value half = b.roundEven(b.mul(x.exponent, b.like(x.exponent, 0.5)));
  Value odd = b.sub(x.exponent, b.add(half, half)); // -1, 0 or 1.
  Value power = b.exp2Integer(odd);
  ValuePair scaled{b.mul(high, power), low ? b.mul(low, power) : Value()};
  if (isPair)
    return {sqrtPair(b, scaled), half};
  return {{b.sqrt(scaled.high), Value()}, half};
}

/// base^(halves / 2).
static ScaledPair powExtended(VectorBuilder &b, const ScaledPair &base,
                              int64_t halves, bool isPair) {
  ScaledPair root = halves % 2 == 0 ? base : sqrtExtended(b, base, isPair);
  int64_t n = halves % 2 == 0 ? halves / 2 : halves;
  ValuePair power =
      isPair ? emitPowIntegerPair(b, root.mantissa, n)
             : ValuePair{emitPowInteger(b, root.mantissa.high, n), Value()};
  return {power, b.mul(root.exponent, b.like(root.exponent, double(n)))};
}

ScaledPair MathLowering::emitExtendedProduct(Operation &op, bool isPair) {
  ScaledPair x = values.getExtended(op.getOperand(0));
  ScaledPair y = values.getExtended(op.getOperand(1));
  bool isQuotient = isa<act::DivOp>(op);
  Value exponent = isQuotient ? b.sub(x.exponent, y.exponent)
                              : b.add(x.exponent, y.exponent);
  if (isPair)
    return {isQuotient ? divPairs(b, x.mantissa, y.mantissa)
                       : mulPairs(b, x.mantissa, y.mantissa),
            exponent};
  Value high = isQuotient ? b.div(x.mantissa.high, y.mantissa.high)
                          : b.mul(x.mantissa.high, y.mantissa.high);
  return {{high, Value()}, exponent};
}

ScaledPair MathLowering::emitExtendedChoice(Operation &op) {
  Value mask = values.getMask(op.getOperand(0));
  ScaledPair x = values.getExtended(op.getOperand(1));
  ScaledPair y = values.getExtended(op.getOperand(2));
  return {selectPairs(b, mask, x.mantissa, y.mantissa),
          b.select(mask, x.exponent, y.exponent)};
}

void MathLowering::emitExtended(Operation &op) {
  auto get = [&](unsigned k) { return values.getExtended(op.getOperand(k)); };
  auto negate = [&](ScaledPair x) {
    return ScaledPair{negPair(b, x.mantissa), x.exponent};
  };
  bool isPair = plan.get(op.getResult(0)) == Precision::Pair ||
                llvm::any_of(op.getOperands(), [&](Value operand) {
                  return plan.get(operand) == Precision::Pair;
                });
  ScaledPair result;
  if (isa<act::AddOp>(op)) {
    result = addExtended(b, get(0), get(1), isPair);
  } else if (isa<act::SubOp>(op)) {
    result = addExtended(b, get(0), negate(get(1)), isPair);
  } else if (isa<act::MulOp, act::DivOp>(op)) {
    result = emitExtendedProduct(op, isPair);
  } else if (isa<act::NegOp>(op)) {
    result = negate(get(0));
  } else if (isa<act::AbsOp>(op)) {
    result = get(0);
    result.mantissa = absPair(b, result.mantissa);
  } else if (isa<act::SqrtOp>(op)) {
    result = sqrtExtended(b, get(0), isPair);
  } else if (isa<act::WhereOp>(op)) {
    result = emitExtendedChoice(op);
  } else {
    result = powExtended(b, get(0), *matchHalfPower(&op), isPair);
  }
  if (plan.get(op.getResult(0)) == Precision::Single)
    result.mantissa.low = Value();
  values.setExtended(op.getResult(0), result);
}

} // namespace actin
