//===- LowerFunctions.cpp - Powers and functions of one argument ----------===//

#include "Lowering/ExpReduction.h"
#include "Lowering/MathLowering.h"
#include "Lowering/MathPiecewise.h"
#include "Lowering/PiecewiseFunction.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using mlir::Operation;

namespace actin {

/// What the low part of an exponent adds to `power`, whose exponent may be
/// apart: that of 1/3 shows where the logarithm is large.
Value MathLowering::addLowPower(Operation &op, Value power) {
  Value low = plan.get(op.getOperand(1)) == Precision::Pair
                  ? values.getPair(op.getOperand(1)).low
                  : Value();
  if (!low)
    return power;
  // base^low = 1 + low log(base), or no number where it does not matter.
  Value base = operand(op, 0, /*wide=*/false);
  Value growth = b.mul(low, emitLog(b, b.abs(base)));
  auto isBelow = [&](Value value, double bound) {
    return b.compare(VectorBuilder::Compare::LT, b.abs(value),
                     b.like(value, bound));
  };
  Value isSmall =
      b.maskAnd(isBelow(growth, 0x1p-10),
                isBelow(power, std::numeric_limits<double>::infinity()));
  return b.select(isSmall, b.fma(power, growth, power), power);
}

Value MathLowering::emitGeneralPower(Operation &op, bool wide) {
  Value base = operand(op, 0, wide), exponent = operand(op, 1, wide);
  Value power = emitPow(b, base, exponent);
  return wide ? power : addLowPower(op, power);
}

/// A power with an exponent apart, which is beyond the range of f64.
ExtendedPair MathLowering::emitExtendedPower(Operation &op) {
  ExtendedPair power = emitPowOfAnySize(b, values.getExtended(op.getOperand(0)),
                                        operand(op, 1, /*wide=*/false));
  power.mantissa.high = addLowPower(op, power.mantissa.high);
  return values.normalize(power);
}

/// An integral power of a value that has an exponent apart.
bool MathLowering::emitScaledPower(Operation &op, bool wide) {
  std::optional<int64_t> n = matchPowerOfScaled(&op);
  ScaledValue base = n ? scaledOperand(op, 0, wide) : ScaledValue();
  if (!base.exponent)
    return false;
  setScaled(op,
            {emitPowInteger(b, base.mantissa, *n),
             b.mul(base.exponent, b.like(base.exponent, double(*n)))},
            wide);
  return true;
}

bool MathLowering::emitPower(Operation &op, bool wide) {
  if (!isa<act::PowOp>(op))
    return false;
  if (emitScaledPower(op, wide))
    return true;
  const Real *exponent = values.getConstant(op.getOperand(1));
  Value base = operand(op, 0, wide);
  if (!exponent) {
    set(op, emitGeneralPower(op, wide), wide);
    return true;
  }
  Value one = b.like(base, 1.0);
  if (std::optional<int64_t> n = exponent->asInteger(); n && std::abs(*n) <= 64)
    set(op, emitPowInteger(b, base, *n), wide);
  else if (*exponent == Real(0.5))
    set(op, b.sqrt(base), wide);
  else if (*exponent == Real(-0.5))
    set(op, b.div(one, b.sqrt(base)), wide);
  else if (*exponent == Real(1.5))
    set(op, b.mul(base, b.sqrt(base)), wide);
  else
    set(op, emitGeneralPower(op, wide), wide);
  return true;
}

/// x where x is zero or NaN, else 1 with x's sign.
static Value emitSign(VectorBuilder &b, Value x) {
  Value zero = b.like(x, 0.0);
  Value nonZero = b.maskOr(b.compare(VectorBuilder::Compare::LT, x, zero),
                           b.compare(VectorBuilder::Compare::GT, x, zero));
  return b.select(nonZero, b.copySign(b.like(x, 1.0), x), x);
}

/// As a product where it is one, but for one that is held to a bound which
/// shows: a product is held only so far that it stays in range.
ExpArgument MathLowering::expOperand(Operation &op, bool wide) {
  Value argument = op.getOperand(0);
  std::optional<UpperBound> bound = matchUpperBound(&op);
  bool isHeld = isHeldArgument(op), isLoose = bound && !plan.showsBound(&op);
  if (isLoose)
    argument = bound->value;
  bool isNegative = false, isMagnitude = false;
  while (isa_and_nonnull<act::NegOp, act::AbsOp>(argument.getDefiningOp())) {
    // -|u| is |u| from inside; signs within a magnitude do not matter.
    isNegative ^= !isMagnitude && argument.getDefiningOp<act::NegOp>();
    isMagnitude |= bool(argument.getDefiningOp<act::AbsOp>());
    argument = argument.getDefiningOp()->getOperand(0);
  }
  if (wide || !b.getTraits().hasFma)
    return pairOperand(op, 0, wide);
  auto makeProduct = [&](Value base, Value factor, std::optional<Real> scale) {
    Value vector = values.getPlain(base);
    ValuePair pair = values.getPair(factor);
    if (isMagnitude) {
      vector = b.abs(vector);
      pair = absPair(b, pair);
      if (scale && scale->isNegative())
        scale = -*scale;
    }
    if (isNegative && scale)
      scale = -*scale;
    else if (isNegative)
      vector = b.neg(vector);
    ExpArgument product(values.getPlain(op.getOperand(0)), vector, pair, scale);
    if (scale)
      product.squareOffset = matchSquarePlusConstant(factor, base);
    // What a bound is on is not held itself.
    product.isHeldBelow = isHeld && !bound;
    if (isLoose)
      product.most = bound->most;
    return product;
  };
  if (auto exact = matchExactProduct(argument, plan))
    return makeProduct(exact->base, exact->factor, exact->scale);
  auto product = argument.getDefiningOp<act::MulOp>();
  for (unsigned k : {0u, 1u})
    if (product && uniform.contains(product->getOperand(k)) &&
        plan.get(product->getOperand(k)) != Precision::Wide &&
        plan.get(product->getOperand(1 - k)) == Precision::Single)
      return makeProduct(product->getOperand(1 - k), product->getOperand(k),
                         /*scale=*/std::nullopt);
  ExpArgument plain = pairOperand(op, 0, wide);
  plain.isHeldBelow = (bound && bound->least >= farthestExp(isF64)) || isHeld;
  return plain;
}

/// Of a positive argument nothing is used.
static bool isNegativeArgument(Operation &op) {
  return isNonPositive(op.getOperand(0)) ||
         isDroppedWherePositive(&op, op.getOperand(0));
}

/// True where an exponential's argument is a polynomial of numbers that are
/// held to both sides by constants, and as such neither above 64 nor far below
/// 0: samples show as much of one number.
bool MathLowering::isHeldArgument(Operation &op) const {
  const PrecisionPlan::Observation &seen =
      plan.getObservation(op.getOperand(0));
  return (isa<act::ExpOp>(op) || isScaledPiecewise(&op)) &&
         isPolynomialOfHeld(op.getOperand(0)) && seen.most <= 60 &&
         seen.least >= farthestExp(isF64) * 1.001;
}

bool MathLowering::isBoundedArgument(Operation &op) const {
  return isNegativeArgument(op) || matchUpperBound(&op) || isHeldArgument(op);
}

/// `argument` and, through signs and products, its factors.
static llvm::DenseSet<Value> collectFactors(Value argument) {
  llvm::DenseSet<Value> factors;
  llvm::SmallVector<Value> work = {argument};
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (!factors.insert(value).second)
      continue;
    if (Operation *op = value.getDefiningOp();
        isa_and_nonnull<act::NegOp, act::AbsOp, act::MulOp>(op))
      llvm::append_range(work, op->getOperands());
  }
  return factors;
}

/// True where a product takes the mantissa of `function` and a factor that may
/// be of any size, whatever the argument's is, or the argument's twice.
bool MathLowering::meetsOtherFactor(Operation &function) const {
  llvm::DenseSet<Value> tied = collectFactors(function.getOperand(0));
  llvm::DenseMap<Operation *, unsigned> numTied = {{&function, 0}};
  llvm::SmallVector<Operation *> work = {&function};
  while (!work.empty()) {
    Operation *op = work.pop_back_val();
    for (mlir::OpOperand &use : op->getResult(0).getUses()) {
      Operation *user = use.getOwner();
      if (!passesExponent(user))
        continue;
      unsigned number = numTied[op];
      if (isa<act::MulOp, act::DivOp>(user)) {
        Value other = user->getOperand(1 - use.getOperandNumber());
        if (!values.getConstant(other) && !tied.contains(other))
          return true;
        number += tied.contains(other) && isa<act::MulOp>(user);
      }
      if (number > 1)
        return true;
      auto [known, isNew] = numTied.try_emplace(user, number);
      if (!isNew && known->second >= number)
        continue;
      known->second = number;
      work.push_back(user);
    }
  }
  return false;
}

/// Next to 0 the function is its tangent to the last bit, which keeps an
/// argument's exponent below the type's.
void MathLowering::passTinyExponent(Operation &op) {
  std::optional<double> slope = getSlopeAtZero(&op);
  if (!slope || !passesExponent(&op))
    return;
  Value argument = op.getOperand(0), result = op.getResult(0);
  ScaledPair x = values.getScaledPair(argument);
  if (!x.exponent)
    return;
  ValuePair plain = values.getPair(result), tangent = x.mantissa;
  bool isF64 = VectorBuilder::isF64(plain.high);
  Value zero = b.like(plain.high, 0.0);
  Value isTiny =
      b.compare(VectorBuilder::Compare::LT, b.abs(values.getPlain(argument)),
                b.like(zero, isF64 ? 0x1p-60 : 0x1p-30));
  if (*slope != 1.0) {
    double high = isF64 ? *slope : double(float(*slope)), low = *slope - high;
    Value product = b.mul(tangent.high, b.like(zero, low == 0 ? high : low));
    if (low != 0) // Half an ulp of 2 / sqrt(pi) in f32.
      product = b.fma(tangent.high, b.like(zero, high), product);
    tangent = {product, Value()};
  }
  if (plan.get(result) != Precision::Pair)
    tangent.low = Value();
  values.setScaledPair(result, {selectPairs(b, isTiny, tangent, plain),
                                b.select(isTiny, x.exponent, zero)});
}

/// A function whose result is carried as a pair; false where it is not.
bool MathLowering::emitPairFunction(Operation &op) {
  Value result = op.getResult(0);
  if (plan.get(result) != Precision::Pair || !producesPair(&op))
    return false;
  auto argument = [&] { return pairOperand(op, 0, /*wide=*/false); };
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](act::ExpOp) {
        values.setScaledPair(
            result, isBoundedArgument(op)
                        ? emitExpOfBoundedPair(b, expOperand(op, false))
                        : emitExpPair(b, argument()));
      })
      .Case([&](act::SigmoidOp) {
        values.setScaledPair(result, emitSigmoidPair(b, expOperand(op, false)));
      })
      .Case([&](act::Expm1Op) {
        values.setPair(result, emitExpm1Pair(b, argument()));
      })
      .Case([&](act::TanhOp) {
        values.setPair(result, emitTanhPair(b, argument()));
      })
      .Case([&](act::LogOp) {
        values.setPair(result, emitLogAsPair(b, operand(op, 0, false)));
      })
      .Case([&](act::Log1pOp) {
        values.setPair(result, emitLog1pAsPair(b, operand(op, 0, false)));
      })
      .Case([&](act::SinOp) {
        values.setPair(result, getAngle(op, /*wide=*/false).emitSinPair(b));
      })
      .Case([&](act::CosOp) {
        values.setPair(result, getAngle(op, /*wide=*/false).emitCosPair(b));
      });
  return true;
}

/// value with the sign of `sign` as well.
static Value multiplySign(VectorBuilder &b, Value value, Value sign) {
  Value mask = b.toBits(b.like(value, -0.0));
  return b.fromBits(b.intXor(b.toBits(value), b.intAnd(b.toBits(sign), mask)));
}

bool MathLowering::emitPiecewise(Operation &op) {
  auto piecewise = dyn_cast<act::PiecewiseOp>(op);
  if (!piecewise)
    return false;
  using Symmetry = PiecewiseFunction::Symmetry;
  PiecewiseFunction function(piecewise);
  ValuePair argument = argumentPair(piecewise.getOperand(), /*wide=*/false);
  Value x = argument.high;
  ValuePair part =
      function.symmetry == Symmetry::None ? argument : absPair(b, argument);
  ScaledValue result;
  if (function.pieces.isHalving)
    result = emitHalvingPieces(b, function.pieces, part);
  else if (piecewise.getExponent())
    result = emitPiecesTimesExp(b, function.pieces, part,
                                expOperand(op, /*wide=*/false),
                                function.exponentSide);
  else
    result.mantissa = emitPieces(b, function.pieces, part);
  if (function.symmetry == Symmetry::Odd)
    result.mantissa = multiplySign(b, result.mantissa, x);
  if (function.hasComplement()) {
    Value tail = b.materialize(result), zero = b.like(x, 0.0);
    Value isOther = b.compare(function.symmetry == Symmetry::ComplementAbove
                                  ? VectorBuilder::Compare::GT
                                  : VectorBuilder::Compare::LT,
                              x, zero);
    Value other = b.sub(b.like(x, function.complement), tail);
    result = {b.select(isOther, other, tail), Value()};
  }
  values.setScaled(piecewise.getResult(), result);
  return true;
}

bool MathLowering::emitFunction(Operation &op, bool wide) {
  if (op.getNumOperands() != 1)
    return false;
  using Plain = Value (*)(VectorBuilder &, Value);
  using Paired = Value (*)(VectorBuilder &, const ValuePair &);
  using Scaled = ScaledValue (*)(VectorBuilder &, const ValuePair &);
  using Exponential = ScaledValue (*)(VectorBuilder &, const ExpArgument &);
  auto plain = [&](Plain emit) {
    set(op, emit(b, operand(op, 0, wide)), wide);
    return true;
  };
  auto paired = [&](Paired emit) {
    set(op, emit(b, pairOperand(op, 0, wide)), wide);
    return true;
  };
  auto scaled = [&](Scaled emit) {
    setScaled(op, emit(b, pairOperand(op, 0, wide)), wide);
    return true;
  };
  auto exponential = [&](Exponential emit) {
    setScaled(op, emit(b, expOperand(op, wide)), wide);
    return true;
  };
  auto direct = [&](Value (VectorBuilder::*emit)(Value)) {
    set(op, (b.*emit)(operand(op, 0, wide)), wide);
    return true;
  };
  auto angular = [&](Value (Angle::*emit)(VectorBuilder &) const) {
    set(op, (getAngle(op, wide).*emit)(b), wide);
    return true;
  };
  return llvm::TypeSwitch<Operation *, bool>(&op)
      .Case([&](act::ExpOp) {
        return isBoundedArgument(op) ? exponential(emitExpOfBoundedScaled)
                                     : scaled(emitExpScaled);
      })
      .Case([&](act::Exp2Op) { return scaled(emitExp2Scaled); })
      .Case([&](act::Expm1Op) {
        return paired(isNegativeArgument(op) ? emitExpm1OfNegative : emitExpm1);
      })
      .Case([&](act::LogOp) { return plain(emitLog); })
      .Case([&](act::Log2Op) { return plain(emitLog2); })
      .Case([&](act::Log10Op) { return plain(emitLog10); })
      .Case([&](act::Log1pOp) { return plain(emitLog1p); })
      .Case([&](act::SqrtOp) { return direct(&VectorBuilder::sqrt); })
      .Case([&](act::RsqrtOp) { return plain(emitRsqrt); })
      .Case([&](act::AbsOp) { return direct(&VectorBuilder::abs); })
      .Case([&](act::SignOp) { return plain(emitSign); })
      .Case([&](act::FloorOp) { return direct(&VectorBuilder::floor); })
      .Case([&](act::CeilOp) { return direct(&VectorBuilder::ceil); })
      .Case([&](act::RoundOp) { return direct(&VectorBuilder::roundEven); })
      .Case([&](act::SinOp) { return angular(&Angle::emitSin); })
      .Case([&](act::CosOp) { return angular(&Angle::emitCos); })
      .Case([&](act::TanOp) { return angular(&Angle::emitTan); })
      .Case([&](act::AsinOp) { return plain(emitAsin); })
      .Case([&](act::AcosOp) { return plain(emitAcos); })
      .Case([&](act::AtanOp) { return plain(emitAtan); })
      .Case([&](act::SinhOp) { return plain(emitSinh); })
      .Case([&](act::CoshOp) { return plain(emitCosh); })
      .Case([&](act::TanhOp) { return paired(emitTanh); })
      .Case([&](act::AsinhOp) { return plain(emitAsinh); })
      .Case([&](act::AcoshOp) { return plain(emitAcosh); })
      .Case([&](act::AtanhOp) { return plain(emitAtanh); })
      .Case([&](act::ErfOp) { return plain(emitErf); })
      .Case([&](act::ErfcOp) {
        return scaled(!wide && meetsOtherFactor(op) ? emitErfcAsFactor
                                                    : emitErfcScaled);
      })
      .Case([&](act::SigmoidOp) {
        bool isBounded = !wide && meetsOtherFactor(op);
        if (wide || !isReciprocal(op.getResult(0)))
          return exponential(isBounded ? emitBoundedSigmoidScaled
                                       : emitSigmoidScaled);
        ExpArgument x = expOperand(op, wide);
        values.setScaled(op.getResult(0),
                         isBounded ? emitBoundedSigmoidReciprocal(b, x)
                                   : emitSigmoidReciprocal(b, x));
        return true;
      })
      .Case([&](act::LogsigmoidOp) {
        set(op, emitLogsigmoid(b, expOperand(op, wide)), wide);
        return true;
      })
      .Case([&](act::SoftplusOp) {
        if (isNonPositive(op.getOperand(0)))
          return exponential(emitSoftplusOfNegativeScaled);
        if (llvm::any_of(op.getUsers(), [&](Operation *user) {
              return passesExponent(user) || plan.isExtended(user) ||
                     plan.get(user->getResult(0)) == Precision::Wide;
            }))
          return exponential(emitSoftplusScaled);
        set(op, emitSoftplus(b, expOperand(op, wide)), wide);
        return true;
      })
      .Case([&](act::NormcdfOp) {
        Value a = matchNormcdfTail(&op);
        if (!a || wide)
          return scaled(!wide && meetsOtherFactor(op) ? emitNormcdfAsFactor
                                                      : emitNormcdfScaled);
        if (isUnroundedTail(op.getResult(0)))
          values.setScaledPair(op.getResult(0),
                               emitNormcdfTailSum(b, argumentPair(a, wide)));
        else
          values.setScaled(op.getResult(0),
                           emitNormcdfTailScaled(b, argumentPair(a, wide)));
        return true;
      })
      .Case([&](act::NormpdfOp) { return scaled(emitNormpdfScaled); })
      .Default([](Operation *) { return false; });
}

} // namespace actin
