//===- LoweredValues.cpp - One real value, several carriers ---------------===//

#include "Lowering/LoweredValues.h"

#include "Lowering/OperationForms.h"

#include "actin/Dialect/Act/Act.h"

#include <limits>

namespace actin {

void LoweredValues::setScaledPair(Value real, const ScaledPair &scaled) {
  Forms &entry = forms[real];
  if (scaled.exponent) {
    entry.scaled = scaled;
    return;
  }
  entry.plain = scaled.mantissa.high;
  entry.low = scaled.mantissa.low;
}

void LoweredValues::setWide(Value real, Value vector) {
  forms[real].wide = vector;
  forms[real].isNativelyWide = true;
}

void LoweredValues::setExtended(Value real, const ExtendedPair &extended) {
  forms[real].extended = extended;
  setScaledPair(real, {extended.mantissa, b.addExponents(extended)});
}

const Real *LoweredValues::getConstant(Value real) const {
  auto it = forms.find(real);
  return it != forms.end() && it->second.constant ? &*it->second.constant
                                                  : nullptr;
}

bool LoweredValues::hasWide(Value real) const {
  auto it = forms.find(real);
  return it != forms.end() && it->second.wide;
}

Value LoweredValues::getPlain(Value real) {
  Forms &entry = forms[real];
  if (entry.plain)
    return entry.plain;
  if (entry.constant)
    entry.plain = b.constant(isF64, isF64 ? entry.constant->toDouble()
                                          : entry.constant->toFloat());
  else if (entry.scaled.exponent)
    entry.plain =
        b.materialize({entry.scaled.mantissa.high, entry.scaled.exponent},
                      plan.getScaleBounds(real));
  else
    entry.plain = b.narrow(entry.wide);
  return entry.plain;
}

ScaledValue LoweredValues::getScaled(Value real) {
  const ScaledPair &scaled = forms[real].scaled;
  if (scaled.exponent)
    return {scaled.mantissa.high, scaled.exponent};
  return {getPlain(real), Value()};
}

ScaledPair LoweredValues::getScaledPair(Value real) {
  const ScaledPair &scaled = forms[real].scaled;
  return scaled.exponent ? scaled : ScaledPair{getPair(real), Value()};
}

/// The part of `constant` below its rounding to the compute type.
static double constantTail(const Real &constant, bool isF64) {
  if (isF64)
    return constant.lowPart();
  return (constant - Real(double(constant.toFloat()))).toFloat();
}

ValuePair LoweredValues::getPair(Value real) {
  Value high = getPlain(real);
  Forms &entry = forms[real];
  if (!entry.low && entry.constant && !entry.constant->isInfinity()) {
    double tail = constantTail(*entry.constant, isF64);
    if (tail != 0.0)
      entry.low = b.constant(isF64, tail);
  } else if (!entry.low && entry.isNativelyWide) {
    entry.low = b.narrow(b.sub(entry.wide, b.widen(high)));
  } else if (!entry.low && entry.scaled.mantissa.low) {
    entry.low =
        b.materialize({entry.scaled.mantissa.low, entry.scaled.exponent},
                      plan.getScaleBounds(real));
  }
  return {high, entry.low};
}

Value LoweredValues::hold(Value wide, const Forms &entry) {
  if (entry.held == 0)
    return wide;
  Value bound = b.constant(/*f64=*/true, entry.held);
  return b.minFast(bound, b.maxFast(b.neg(bound), wide));
}

/// The low part of an infinity is no number, or the other infinity.
Value LoweredValues::addLow(Value wide, Value low) {
  if (!low)
    return wide;
  double infinity = std::numeric_limits<double>::infinity();
  Value isNumber =
      b.compare(VectorBuilder::Compare::LT, b.abs(low), b.like(low, infinity));
  return b.add(wide, b.widen(b.select(isNumber, low, b.like(low, 0.0))));
}

bool LoweredValues::isNormalTail(Value real) const {
  mlir::Operation *op = real.getDefiningOp();
  if (auto where = mlir::dyn_cast_or_null<act::WhereOp>(op)) {
    auto isOther = [&](Value side) {
      auto it = forms.find(side);
      return it == forms.end() || !it->second.scaled.exponent;
    };
    Value x = where.getOnTrue(), y = where.getOnFalse();
    return (isNormalTail(x) && (isOther(y) || isNormalTail(y))) ||
           (isNormalTail(y) && isOther(x));
  }
  if (auto neg = mlir::dyn_cast_or_null<act::NegOp>(op))
    return isNormalTail(neg.getOperand());
  return isa_and_nonnull<act::NormcdfOp, act::NormpdfOp, act::ErfcOp>(op);
}

bool isPositiveTail(Value real) {
  mlir::Operation *op = real.getDefiningOp();
  auto isPositive = [](Value side) {
    auto constant = side.getDefiningOp<act::ConstantOp>();
    return constant ? Real(0.0) < constant.getValue().getValue()
                    : isPositiveTail(side);
  };
  if (auto where = mlir::dyn_cast_or_null<act::WhereOp>(op))
    return isPositive(where.getOnTrue()) && isPositive(where.getOnFalse());
  return isa_and_nonnull<act::ExpOp, act::Exp2Op, act::SigmoidOp,
                         act::SoftplusOp, act::ErfcOp, act::NormcdfOp,
                         act::NormpdfOp>(op);
}

Value LoweredValues::keepTail(Value real, Value wide) {
  if (!keepsTails || !isPositiveTail(real))
    return wide;
  if (isa<act::ExpOp, act::Exp2Op, act::SoftplusOp>(real.getDefiningOp()))
    wide = b.minFast(b.like(wide, largestWideGrowth), wide);
  return b.maxFast(b.like(wide, leastWideTail), wide);
}

Value LoweredValues::getWide(Value real) {
  Forms &entry = forms[real];
  if (entry.wide)
    return entry.wide;
  if (entry.constant) {
    entry.wide = b.constant(true, entry.constant->toDouble());
  } else if (entry.scaled.exponent) {
    Value mantissa =
        addLow(b.widen(entry.scaled.mantissa.high), entry.scaled.mantissa.low);
    Value exponent = b.widen(entry.scaled.exponent);
    Value wide = keepTail(real, b.scale(mantissa, exponent));
    // These stay what they are from 20 on, 2^-294: the input may be held far
    // beyond the inverse of that.
    if (isNormalTail(real)) {
      Value isEnd = b.compare(VectorBuilder::Compare::LT, exponent,
                              b.like(exponent, -288.0));
      double end = keepsTails && isPositiveTail(real) ? leastWideTail : 0.0;
      // NaN stays NaN.
      wide = b.select(isEnd, b.mul(mantissa, b.like(mantissa, end)), wide);
    }
    entry.wide = hold(wide, entry);
  } else {
    entry.wide = addLow(hold(b.widen(entry.plain), entry), entry.low);
  }
  return entry.wide;
}

ScaledPair LoweredValues::extend(const ScaledPair &scaled,
                                 InfinityRank infinity) {
  auto [high, low] = scaled.mantissa;
  if (low) { // All that is left of a sum that cancels may be in the low part.
    Value zero = b.like(low, 0.0);
    Value isLeft = b.maskAnd(
        b.compare(VectorBuilder::Compare::EQ, high, zero),
        b.compare(VectorBuilder::Compare::LT, b.abs(low), b.like(low, 1.0)));
    high = b.select(isLeft, low, high);
    low = b.select(isLeft, zero, low);
  }
  ScaledValue extended = b.splitExponent(high);
  if (low) { // That of an infinity is no number.
    Value isInfinite = b.compare(VectorBuilder::Compare::GT, extended.exponent,
                                 b.like(low, 1100));
    low = b.select(isInfinite, b.like(low, 0.0),
                   b.scale(low, b.neg(extended.exponent)));
  }
  Value n = scaled.exponent ? scaled.exponent : extended.exponent;
  if (infinity == InfinityRank::Logarithm)
    n = b.minFast(n, b.like(n, VectorBuilder::infiniteLogExponent));
  if (infinity == InfinityRank::Exponential) {
    // Apart, an exponential ends at 2^3000; else, at infinity.
    Value most = b.like(n, 2900);
    Value beyond = b.like(n, VectorBuilder::infiniteExpExponent);
    n = b.select(b.compare(VectorBuilder::Compare::GT, n, most), beyond, n);
    if (scaled.exponent)
      n = b.select(b.compare(VectorBuilder::Compare::LT, n, b.neg(most)),
                   b.neg(beyond), n);
  }
  if (scaled.exponent)
    n = b.add(extended.exponent, n);
  return {{extended.mantissa, low}, n};
}

ExtendedPair LoweredValues::normalize(const ExtendedPair &extended) {
  const auto &[mantissa, exponent, far] = extended;
  ScaledPair normal = extend({mantissa, exponent}, InfinityRank::Power);
  return {normal.mantissa, normal.exponent, far};
}

ExtendedPair LoweredValues::getExtended(Value real) {
  if (forms[real].extended.mantissa.high)
    return forms[real].extended;
  ScaledPair scaled = getScaledPair(real);
  mlir::Operation *op = real.getDefiningOp();
  bool isExponential =
      scaled.exponent ||
      isa_and_nonnull<act::Expm1Op, act::SinhOp, act::CoshOp>(op);
  InfinityRank infinity = isExponential             ? InfinityRank::Exponential
                          : op && isLogarithmic(op) ? InfinityRank::Logarithm
                                                    : InfinityRank::Power;
  ScaledPair extended = extend(scaled, infinity);
  return forms[real].extended = {extended.mantissa, extended.exponent, Value()};
}

} // namespace actin
