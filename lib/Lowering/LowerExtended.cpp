//===- LowerExtended.cpp - Arithmetic on mantissas and exponents ----------===//
//
// Sums, products and roots of numbers beyond the range of f64: x^2 of a large
// x, on the way to x / sqrt(1 + x^2). Every value is mantissa * 2^exponent;
// infinity is a number beyond all others, so that quotients and differences of
// infinities come out as the limits that they stand for.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathLowering.h"

#include "llvm/ADT/TypeSwitch.h"

using mlir::Operation;

namespace actin {

/// The larger exponent decides; a term that is far smaller vanishes.
static ScaledValue addExtended(VectorBuilder &b, const ScaledValue &x,
                               const ScaledValue &y) {
  Value top = b.maxFast(x.exponent, y.exponent);
  Value sum = b.add(b.scale(x.mantissa, b.sub(x.exponent, top)),
                    b.scale(y.mantissa, b.sub(y.exponent, top)));
  ScaledValue normal = b.splitExponent(sum);
  return {normal.mantissa, b.add(normal.exponent, top)};
}

static ScaledValue sqrtExtended(VectorBuilder &b, const ScaledValue &x) {
  Value half = b.roundEven(b.mul(x.exponent, b.like(x.exponent, 0.5)));
  Value odd = b.sub(x.exponent, b.add(half, half)); // -1, 0 or 1.
  return {b.sqrt(b.mul(x.mantissa, b.exp2Integer(odd))), half};
}

/// base^(halves / 2).
ScaledValue MathLowering::emitExtendedPower(const ScaledValue &base,
                                            int64_t halves) {
  ScaledValue root = halves % 2 == 0 ? base : sqrtExtended(b, base);
  int64_t power = halves % 2 == 0 ? halves / 2 : halves;
  return {emitPowInteger(b, root.mantissa, power),
          b.mul(root.exponent, b.like(root.exponent, double(power)))};
}

void MathLowering::emitExtended(Operation &op) {
  auto get = [&](unsigned k) { return values.getExtended(op.getOperand(k)); };
  auto negate = [&](const ScaledValue &x) {
    return ScaledValue{b.neg(x.mantissa), x.exponent};
  };
  ScaledValue result =
      llvm::TypeSwitch<Operation *, ScaledValue>(&op)
          .Case([&](act::AddOp) { return addExtended(b, get(0), get(1)); })
          .Case([&](act::SubOp) {
            return addExtended(b, get(0), negate(get(1)));
          })
          .Case([&](act::MulOp) {
            ScaledValue x = get(0), y = get(1);
            return ScaledValue{b.mul(x.mantissa, y.mantissa),
                               b.add(x.exponent, y.exponent)};
          })
          .Case([&](act::DivOp) {
            ScaledValue x = get(0), y = get(1);
            return ScaledValue{b.div(x.mantissa, y.mantissa),
                               b.sub(x.exponent, y.exponent)};
          })
          .Case([&](act::NegOp) { return negate(get(0)); })
          .Case([&](act::AbsOp) {
            ScaledValue x = get(0);
            return ScaledValue{b.abs(x.mantissa), x.exponent};
          })
          .Case([&](act::SqrtOp) { return sqrtExtended(b, get(0)); })
          .Case([&](act::WhereOp) {
            Value mask = values.getMask(op.getOperand(0));
            ScaledValue x = get(1), y = get(2);
            return ScaledValue{b.select(mask, x.mantissa, y.mantissa),
                               b.select(mask, x.exponent, y.exponent)};
          })
          .Default([&](Operation *) {
            return emitExtendedPower(get(0), *matchHalfPower(&op));
          });
  values.setExtended(op.getResult(0), result);
}

} // namespace actin
