//===- LowerAngles.cpp - Arguments of sines -------------------------------===//
//
// A large angle is one of the whole circle by its last digits: beyond those of
// f64 it is reduced as the product, or the sum, that it is.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathLowering.h"
#include "Lowering/PairArithmetic.h"

#include <limits>

using mlir::Operation;

namespace actin {

/// True for a sum, and for a multiple with a constant that f64 does not hold:
/// f32 numbers have products that it does.
bool MathLowering::isInexact(Value real) const {
  Operation *op = real.getDefiningOp();
  if (isa_and_nonnull<act::MulOp>(op))
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      const Real *constant = values.getConstant(operand);
      return constant && constant->lowPart() != 0;
    });
  return isa_and_nonnull<act::AddOp, act::SubOp>(op);
}

/// Makes what emitWidePair uses, before a branch that others are not in.
void MathLowering::emitPairOperands(Value real) {
  if (values.getConstant(real))
    return;
  if (!isInexact(real)) {
    values.getWide(real);
    return;
  }
  for (Value operand : real.getDefiningOp()->getOperands())
    emitPairOperands(operand);
}

/// A sum or a multiple of f32 numbers as a pair of f64.
ValuePair MathLowering::emitWidePair(Value real) {
  if (const Real *constant = values.getConstant(real))
    return {b.constant(/*f64=*/true, constant->toDouble()),
            b.constant(/*f64=*/true, constant->lowPart())};
  if (!isInexact(real))
    return {values.getWide(real), Value()};
  Operation *op = real.getDefiningOp();
  ValuePair x = emitWidePair(op->getOperand(0));
  ValuePair y = emitWidePair(op->getOperand(1));
  if (isa<act::MulOp>(op))
    return mulPairs(b, x, y);
  return actin::addPairs(b, x, isa<act::SubOp>(op) ? negPair(b, y) : y);
}

/// The same of the operand `argument` of `op`.
ScaledPair MathLowering::emitWideArgument(Operation &op, Value argument) {
  auto [high, low] = emitWidePair(argument);
  high = keepFinite(op, 0, high);
  // That of an infinity is no number.
  Value isNumber =
      b.compare(VectorBuilder::Compare::LT, b.abs(low), b.abs(high));
  return {{high, b.select(isNumber, low, b.like(low, 0.0))}, Value()};
}

/// With its whole low part, where the plan has one.
ValuePair MathLowering::emitPairFactor(Value real) {
  if (plan.get(real) == Precision::Single)
    return {values.getPlain(real), Value()};
  ValuePair pair = values.getPair(real);
  return pair.low ? dropNaNLow(b, pair) : pair;
}

/// The product of `factors` of the argument of `op`, in f64. Beyond the range,
/// that of numbers is a multiple of a large power of two, as good as another.
ValuePair MathLowering::emitProductOfAngle(Operation &op,
                                           llvm::ArrayRef<Value> factors) {
  using Compare = VectorBuilder::Compare;
  ValuePair product;
  Value rounded, largest; // The largest magnitude of a factor.
  for (Value factor : factors) {
    ValuePair next = isF64 ? emitPairFactor(factor) : emitWidePair(factor);
    Value magnitude = b.abs(next.high);
    largest = largest ? b.maxFast(magnitude, largest) : magnitude;
    rounded = rounded ? b.mul(rounded, next.high) : next.high;
    product = product.high ? mulPairs(b, product, next) : next;
  }
  if (isF64 && factors.size() > 1) {
    Value limit = b.like(rounded, 0x1p1000);
    Value isBeyond = b.compare(Compare::GT, b.abs(rounded), limit);
    Value isInfinite =
        b.compare(Compare::EQ, largest,
                  b.like(largest, std::numeric_limits<double>::infinity()));
    product.high = b.select(isBeyond, limit, product.high);
    product.low = b.select(isBeyond, b.like(rounded, 0.0), product.low);
    product.high = b.select(isInfinite, rounded, product.high);
  }
  product.high = keepFinite(op, 0, product.high);
  return product;
}

/// The product of `factors`, each of them apart from its exponent, so that it
/// may be beyond the range. `isLimited`: infinite factors are large numbers;
/// else the product with one is no number.
ScaledPair MathLowering::emitUnboundedProduct(llvm::ArrayRef<Value> factors,
                                              bool isLimited) {
  ScaledPair product;
  for (Value factor : factors) {
    ScaledPair next = values.extend(values.getScaledPair(factor),
                                    LoweredValues::InfinityRank::Power);
    ValuePair &mantissa = product.mantissa;
    mantissa =
        mantissa.high ? mulPairs(b, mantissa, next.mantissa) : next.mantissa;
    product.exponent = product.exponent ? b.add(product.exponent, next.exponent)
                                        : next.exponent;
  }
  Value &high = product.mantissa.high, &exponent = product.exponent;
  if (!isLimited) {
    double infinite = VectorBuilder::infinityExponent / 2;
    Value isInfinite = b.compare(VectorBuilder::Compare::GE, exponent,
                                 b.like(exponent, infinite));
    double nan = std::numeric_limits<double>::quiet_NaN();
    high = b.select(isInfinite, b.like(high, nan), high);
  }
  exponent = b.minFast(b.like(exponent, Angle::largestExponent), exponent);
  return product;
}

/// The reduced argument of sin, cos or tan.
const Angle &MathLowering::getAngle(Operation &op, bool wide) {
  auto [argument, eighths] = matchTurnedAngle(op.getOperand(0));
  bool isPair = isF64 && plan.get(argument) == Precision::Pair;
  bool isWhole = eighths == 0 || isF64;
  if (!isWhole)
    argument = op.getOperand(0);
  ValuePair x = isPair ? keepFinite(op, 0, values.getPair(argument))
                       : ValuePair{keepFinite(op, 0,
                                              wide ? values.getWide(argument)
                                                   : values.getPlain(argument)),
                                   Value()};
  auto [known, isNew] = angles.try_emplace({x.high, 0});
  if (isNew) {
    llvm::SmallVector<Value> factors;
    if (isPair && !plan.getObservation(argument).isFinite)
      factors = collectUnboundedFactors(argument);
    for (Value factor : factors) // Before the branch: others may use it.
      values.getScaledPair(factor);
    bool isLimited = plan.mustBeFinite(op.getOpOperand(0), false) ||
                     plan.mustBeFinite(op.getOpOperand(0), true);
    auto emitProduct = [&] { return emitUnboundedProduct(factors, isLimited); };
    auto emitPair = [&] { return emitWideArgument(op, argument); };
    if (auto quarters = matchQuarterTurns(argument)) {
      known->second =
          Angle::reduceQuarters(b, emitProductOfAngle(op, quarters->factors),
                                quarters->scale, VectorBuilder::isF64(x.high));
    } else if (!factors.empty()) {
      known->second = Angle::reduce(b, x, emitProduct);
    } else if (wide && !isF64 && isInexact(argument)) {
      emitPairOperands(argument);
      known->second = Angle::reduce(b, x, emitPair);
    } else {
      known->second = Angle::reduce(b, x);
    }
  }
  if (eighths == 0 || !isWhole)
    return known->second;
  auto [turned, isFirst] = angles.try_emplace({x.high, eighths});
  if (isFirst)
    turned->second = angles.lookup({x.high, 0}).turn(b, eighths);
  return turned->second;
}

} // namespace actin
