//===- LowerExtended.cpp - Arithmetic on mantissas and exponents ----------===//
//
// Sums, products and roots of numbers beyond the range of f64: x^2 of a large
// x, on the way to x / sqrt(1 + x^2), or e^x of any x. Every value is a
// mantissa times 2^(exponent + far); infinity is a number beyond all others, so
// that quotients and differences of infinities come out as the limits that they
// stand for. Mantissas are pairs where the plan, or an operand, has them.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathLowering.h"

using mlir::Operation;

namespace actin {

/// far + far', of which either may be null.
static Value addFar(VectorBuilder &b, Value x, Value y) {
  return x && y ? b.add(x, y) : x ? x : y;
}

namespace {
/// Mantissas of one exponent: the larger one decides, and what is far smaller
/// vanishes.
struct Aligned {
  Aligned(VectorBuilder &b, const ExtendedPair &x, const ExtendedPair &y) {
    Value ahead = b.sub(x.exponent, y.exponent), zero = b.like(ahead, 0.0);
    if (x.far || y.far)
      ahead = b.add(ahead, b.sub(x.far ? x.far : zero, y.far ? y.far : zero));
    Value behind = b.neg(ahead);
    first = align(b, x.mantissa, b.minFast(ahead, zero));
    second = align(b, y.mantissa, b.minFast(behind, zero));
    Value isFirst = b.compare(VectorBuilder::Compare::GT, ahead, zero);
    top = b.select(isFirst, x.exponent, y.exponent);
    if (x.far || y.far)
      far = b.select(isFirst, x.far ? x.far : zero, y.far ? y.far : zero);
  }

  static ValuePair align(VectorBuilder &b, const ValuePair &mantissa,
                         Value shift) {
    const auto &[high, low] = mantissa;
    return {b.scale(high, shift), low ? b.scale(low, shift) : Value()};
  }

  ValuePair first, second;
  Value top, far;
};
} // namespace

static ExtendedPair addExtended(VectorBuilder &b, const ExtendedPair &x,
                                const ExtendedPair &y, bool isPair) {
  Aligned aligned(b, x, y);
  const auto &[first, second, top, far] = aligned;
  ValuePair sum = isPair ? addPairs(b, first, second)
                         : ValuePair{b.add(first.high, second.high), Value()};
  ScaledValue normal = b.splitExponent(sum.high);
  if (sum.low)
    sum.low = b.scale(sum.low, b.neg(normal.exponent));
  return {{normal.mantissa, sum.low}, b.add(normal.exponent, top), far};
}

static ExtendedPair selectExtended(VectorBuilder &b, Value mask,
                                   const ExtendedPair &x,
                                   const ExtendedPair &y) {
  Value far;
  if (x.far || y.far) {
    Value zero = b.like(x.exponent, 0.0);
    far = b.select(mask, x.far ? x.far : zero, y.far ? y.far : zero);
  }
  return {selectPairs(b, mask, x.mantissa, y.mantissa),
          b.select(mask, x.exponent, y.exponent), far};
}

/// Min and max: `y` where that is before `x` in the order of `predicate`, or
/// NaN.
static ExtendedPair chooseExtended(VectorBuilder &b,
                                   VectorBuilder::Compare predicate,
                                   const ExtendedPair &x,
                                   const ExtendedPair &y) {
  Aligned aligned(b, x, y);
  Value isSecond = comparePairs(b, predicate, aligned.second, aligned.first);
  isSecond = b.maskOr(isSecond, b.isNaN(y.mantissa.high));
  return selectExtended(b, isSecond, y, x);
}

static ExtendedPair sqrtExtended(VectorBuilder &b, const ExtendedPair &x,
                                 bool isPair) {
  const auto &[high, low] = x.mantissa;
  auto halve = [&](Value n) { return b.roundEven(b.mul(n, b.like(n, 0.5))); };
  Value exponent = x.exponent, far;
  if (x.far) {
    far = halve(x.far);
    exponent = b.add(exponent, b.sub(x.far, b.add(far, far)));
  }
  Value half = halve(exponent);
  Value odd = b.sub(exponent, b.add(half, half)); // -1, 0 or 1.
  Value power = b.exp2Integer(odd);
  ValuePair scaled{b.mul(high, power), low ? b.mul(low, power) : Value()};
  // The root of -0, whose mantissa is -1, is one.
  Value isZero = b.compare(VectorBuilder::Compare::LT, x.exponent,
                           b.like(high, VectorBuilder::zeroExponent / 2));
  scaled.high = b.select(isZero, b.abs(scaled.high), scaled.high);
  if (isPair)
    return {sqrtPair(b, scaled), half, far};
  return {{b.sqrt(scaled.high), Value()}, half, far};
}

/// base^(halves / 2).
static ExtendedPair powExtended(VectorBuilder &b, const ExtendedPair &base,
                                int64_t halves, bool isPair) {
  ExtendedPair root = halves % 2 == 0 ? base : sqrtExtended(b, base, isPair);
  int64_t n = halves % 2 == 0 ? halves / 2 : halves;
  ValuePair power =
      isPair ? emitPowIntegerPair(b, root.mantissa, n)
             : ValuePair{emitPowInteger(b, root.mantissa.high, n), Value()};
  Value times = b.like(root.exponent, double(n));
  return {power, b.mul(root.exponent, times),
          root.far ? b.mul(root.far, times) : Value()};
}

ExtendedPair MathLowering::emitExtendedProduct(Operation &op, bool isPair) {
  ExtendedPair x = values.getExtended(op.getOperand(0));
  ExtendedPair y = values.getExtended(op.getOperand(1));
  bool isQuotient = isa<act::DivOp>(op);
  if (isQuotient) {
    y.exponent = b.neg(y.exponent);
    y.far = y.far ? b.neg(y.far) : Value();
  }
  Value exponent = b.add(x.exponent, y.exponent), far = addFar(b, x.far, y.far);
  if (isPair)
    return {isQuotient ? divPairs(b, x.mantissa, y.mantissa)
                       : mulPairs(b, x.mantissa, y.mantissa),
            exponent, far};
  Value high = isQuotient ? b.div(x.mantissa.high, y.mantissa.high)
                          : b.mul(x.mantissa.high, y.mantissa.high);
  return {{high, Value()}, exponent, far};
}

/// An exponential, or what has a tail of one, that something with exponents
/// apart takes: beyond where it ends else, its exponent is its own.
void MathLowering::extendExponential(Operation &op) {
  using Compare = VectorBuilder::Compare;
  Value result = op.getResult(0);
  if (isa<act::Expm1Op, act::SinhOp, act::CoshOp>(op))
    return values.addExtended(
        result, emitExtendedGrowth(op, values.getExtended(result)));
  ValuePair x = pairOperand(op, 0, /*wide=*/false);
  ExtendedPair infinity = values.getExtended(op.getOperand(0));
  ExtendedPair extended =
      values.normalize(isa<act::Exp2Op>(op) ? emitExp2OfAnySize(b, x, infinity)
                                            : emitExpOfAnySize(b, x, infinity));
  bool isTail = isa<act::SoftplusOp, act::SigmoidOp>(op);
  if (isTail || plan.get(result) == Precision::Pair) {
    ExtendedPair near = values.getExtended(result);
    Value isFar = b.compare(Compare::LT, x.high, b.like(x.high, -1000.0));
    if (!isTail)
      isFar = b.maskOr(isFar,
                       b.compare(Compare::GT, x.high, b.like(x.high, 1000.0)));
    extended = selectExtended(b, isFar, extended, near);
  }
  values.addExtended(result, extended);
}

/// expm1, sinh or cosh: `plain`, and far from 0 the exponential.
ExtendedPair MathLowering::emitExtendedGrowth(Operation &op,
                                              const ExtendedPair &plain) {
  Value x = operand(op, 0, /*wide=*/false), magnitude = b.abs(x);
  ExtendedPair infinity = values.getExtended(op.getOperand(0));
  infinity.mantissa.high = b.abs(infinity.mantissa.high);
  ExtendedPair large = values.normalize(emitExpOfAnySize(
      b, absPair(b, pairOperand(op, 0, /*wide=*/false)), infinity));
  Value &high = large.mantissa.high;
  if (!isa<act::Expm1Op>(op))
    large.exponent = b.sub(large.exponent, b.like(x, 1.0));
  if (isa<act::SinhOp>(op))
    high = b.copySign(high, x);
  Value isLarge =
      b.compare(VectorBuilder::Compare::GT,
                isa<act::Expm1Op>(op) ? x : magnitude, b.like(x, 600));
  return selectExtended(b, isLarge, large, plain);
}

/// A power, or a function that grows as an exponential does, or is linear at 0:
/// there an argument below the range is taken times the slope.
ExtendedPair MathLowering::emitExtendedFunction(Operation &op) {
  if (isa<act::PowOp>(op))
    return emitExtendedPower(op);
  if (!emitPairFunction(op))
    emitFunction(op, /*wide=*/false);
  takeExtendedLogarithm(op);
  if (isa<act::ExpOp, act::Exp2Op>(op))
    extendExponential(op);
  ExtendedPair result = values.getExtended(op.getResult(0));
  if (isa<act::Expm1Op, act::SinhOp, act::CoshOp>(op))
    result = emitExtendedGrowth(op, result);
  std::optional<double> slope = getSlopeAtZero(&op);
  if (!slope)
    return result;
  ExtendedPair x = values.getExtended(op.getOperand(0));
  if (*slope != 1.0)
    x.mantissa = {b.mul(x.mantissa.high, b.like(x.exponent, *slope)), Value()};
  Value isTiny = b.compare(VectorBuilder::Compare::LT, b.addExponents(x),
                           b.like(x.exponent, -60.0));
  return selectExtended(b, isTiny, x, result);
}

Value MathLowering::isAnyInputInfinite() {
  Value anyInfinite;
  for (Value x : inputs) {
    Value isInfinite =
        b.compare(VectorBuilder::Compare::EQ, b.abs(x),
                  b.like(x, std::numeric_limits<double>::infinity()));
    anyInfinite = anyInfinite ? b.maskOr(anyInfinite, isInfinite) : isInfinite;
  }
  return anyInfinite;
}

/// log(m 2^n) = log(m) + n log(2) where an extended argument is beyond the
/// range; log1p, asinh and acosh are logarithms there.
void MathLowering::takeExtendedLogarithm(Operation &op) {
  Operation *argument =
      isLogarithmic(&op) ? op.getOperand(0).getDefiningOp() : nullptr;
  if (!argument || !plan.isExtended(argument))
    return;
  ExtendedPair x = values.getExtended(op.getOperand(0));
  Value m = x.mantissa.high, n = b.addExponents(x), steps = n;
  if (isa<act::AsinhOp, act::AcoshOp>(op))
    steps = b.add(n, b.like(n, 1.0)); // log(2 m).
  bool isAsinh = isa<act::AsinhOp>(op);
  Value log = isAsinh ? emitLog(b, b.abs(m)) : emitLog(b, m);
  if (isa<act::Log2Op>(op))
    log = b.add(emitLog2(b, m), n);
  else if (isa<act::Log10Op>(op))
    log = b.fma(n, b.like(n, 0x1.34413509f79ffp-2), emitLog10(b, m));
  else
    log = b.fma(steps, b.like(n, 0x1.62e42fefa39efp-1), log);
  if (isAsinh)
    log = b.copySign(log, m);
  using Compare = VectorBuilder::Compare;
  // Beyond these, infinity and zero, of which the function itself knows.
  constexpr double most = 2 * VectorBuilder::largestExponent;
  Value isFar = b.maskAnd(b.compare(Compare::GT, n, b.like(n, 1000.0)),
                          b.compare(Compare::LT, n, b.like(n, most)));
  if (isa<act::LogOp, act::Log2Op, act::Log10Op>(op))
    isFar =
        b.maskOr(isFar, b.maskAnd(b.compare(Compare::LT, n, b.like(n, -1000.0)),
                                  b.compare(Compare::GT, n, b.like(n, -most))));
  isFar = b.maskAnd(isFar, b.maskNot(isAnyInputInfinite()));
  ValuePair plain = values.getPair(op.getResult(0));
  values.setPair(op.getResult(0), selectPairs(b, isFar, {log, Value()}, plain));
}

void MathLowering::emitExtended(Operation &op) {
  auto get = [&](unsigned k) { return values.getExtended(op.getOperand(k)); };
  auto negate = [&](ExtendedPair x) {
    x.mantissa = negPair(b, x.mantissa);
    return x;
  };
  bool isPair = plan.get(op.getResult(0)) == Precision::Pair ||
                llvm::any_of(op.getOperands(), [&](Value operand) {
                  return plan.get(operand) == Precision::Pair;
                });
  ExtendedPair result;
  if (!isAlgebraic(&op)) {
    result = emitExtendedFunction(op);
  } else if (isa<act::AddOp>(op)) {
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
    result =
        selectExtended(b, values.getMask(op.getOperand(0)), get(1), get(2));
  } else if (isa<act::MinOp>(op)) {
    result = chooseExtended(b, VectorBuilder::Compare::LT, get(0), get(1));
  } else if (isa<act::MaxOp>(op)) {
    result = chooseExtended(b, VectorBuilder::Compare::GT, get(0), get(1));
  } else {
    result = powExtended(b, get(0), *matchHalfPower(&op), isPair);
  }
  if (plan.get(op.getResult(0)) == Precision::Single)
    result.mantissa.low = Value();
  values.setExtended(op.getResult(0), result);
}

} // namespace actin
