//===- MathToVector.cpp - Reals to vectors of floating point --------------===//
//
// Walks the function once. Each operation is emitted at the precision that the
// plan asks for: rounded to the compute type, as a pair, or (for f32) in f64.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathToVector.h"

#include "Lowering/ConstantDivision.h"
#include "Lowering/LoweredValues.h"
#include "Lowering/MathFunctions.h"
#include "Lowering/OperationForms.h"
#include "Lowering/PairArithmetic.h"
#include "Lowering/PrecisionAnalysis.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using mlir::Operation;

namespace actin {

namespace {

class MathLowering {
public:
  MathLowering(mlir::OpBuilder &builder, mlir::func::FuncOp kernel,
               const MathLoweringOptions &options)
      : b(builder, kernel.getLoc(), options.traits, options.numLanes),
        values(b, options.isF64), isF64(options.isF64) {
    if (options.analyzePrecision)
      plan = analyzePrecision(kernel, options.isF64);
    findUniformValues(kernel);
  }

  mlir::LogicalResult lower(Operation &op);
  LoweredValues &getValues() { return values; }

private:
  void findUniformValues(mlir::func::FuncOp kernel);
  /// The level to compute at: no operand that is held more precisely may be
  /// rounded on its way in.
  Precision computeLevel(Operation &op) const;
  bool emitTruth(Operation &op);
  bool isLoosePair(Operation &op, unsigned depth) const;
  bool emitPair(Operation &op);
  bool emitArithmetic(Operation &op, bool wide);
  bool emitFunction(Operation &op, bool wide);
  bool emitPower(Operation &op, bool wide);
  void emitMultiply(Operation &op, bool wide);
  void emitDivision(act::DivOp op, bool wide);
  void emitAddition(Operation &op, bool wide, bool subtract);
  Value emitMinMax(Operation &op, bool wide, bool isMax);
  Value emitClip(Operation &op, bool wide);

  Value operand(Operation &op, unsigned k, bool wide) {
    Value real = op.getOperand(k);
    Value vector = wide ? values.getWide(real) : values.getPlain(real);
    return keepFinite(op, k, vector);
  }
  ScaledValue scaledOperand(Operation &op, unsigned k, bool wide) {
    ScaledValue scaled;
    if (wide)
      scaled.mantissa = values.getWide(op.getOperand(k));
    else if (passesExponent(&op))
      scaled = values.getScaled(op.getOperand(k));
    else
      scaled.mantissa = values.getPlain(op.getOperand(k));
    scaled.mantissa = keepFinite(op, k, scaled.mantissa);
    return scaled;
  }
  /// With the low part only where the plan carries one.
  ValuePair pairOperand(Operation &op, unsigned k, bool wide) {
    return argumentPair(op.getOperand(k), wide);
  }
  ValuePair argumentPair(Value real, bool wide) {
    if (wide)
      return {values.getWide(real), Value()};
    if (plan.get(real) == Precision::Single)
      return {values.getPlain(real), Value()};
    return sanitizeLow(b, values.getPair(real));
  }
  ExpArgument expOperand(Operation &op, bool wide);
  /// A sigmoid that one product needs: held as 2^exponent / mantissa.
  bool isReciprocal(Value real) const;
  Value keepFinite(Operation &op, unsigned k, Value vector);
  void set(Operation &op, Value vector, bool wide) {
    if (wide)
      values.setWide(op.getResult(0), vector);
    else
      values.setPlain(op.getResult(0), vector);
  }
  void setScaled(Operation &op, const ScaledValue &scaled, bool wide) {
    if (wide)
      values.setWide(op.getResult(0), b.materialize(scaled));
    else
      values.setScaled(op.getResult(0), scaled);
  }

  VectorBuilder b;
  LoweredValues values;
  PrecisionPlan plan;
  /// Values that depend on parameters and constants alone.
  llvm::DenseSet<Value> uniform;
  bool isF64;
};

} // namespace

Precision MathLowering::computeLevel(Operation &op) const {
  Precision level = plan.get(op.getResult(0));
  for (Value operand : op.getOperands()) {
    Precision held = plan.get(operand);
    if ((held == Precision::Pair && acceptsPair(&op)) || narrowsArgument(&op))
      continue;
    level = std::max(level, held);
    // What was computed wide and is out of range may come back into it.
    if (!isF64 && isa<act::AddOp, act::SubOp>(op) && values.hasWide(operand) &&
        !values.getConstant(operand))
      level = Precision::Wide;
  }
  if (isF64 && level == Precision::Wide)
    level = Precision::Pair;
  if (level == Precision::Pair && !isPairArithmetic(&op))
    level = Precision::Single;
  return level;
}

void MathLowering::findUniformValues(mlir::func::FuncOp kernel) {
  for (mlir::BlockArgument argument : kernel.getArguments()) {
    auto role = kernel.getArgAttrOfType<mlir::StringAttr>(
        argument.getArgNumber(), "act.role");
    if (role &&
        (role.getValue() == "parameter" || role.getValue() == "channel"))
      uniform.insert(argument);
  }
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (llvm::all_of(op.getOperands(),
                     [&](Value value) { return uniform.contains(value); }))
      uniform.insert(op.getResults().begin(), op.getResults().end());
}

mlir::LogicalResult MathLowering::lower(Operation &op) {
  if (auto constant = dyn_cast<act::ConstantOp>(op)) {
    values.setConstant(op.getResult(0), constant.getValue().getValue());
    return mlir::success();
  }
  Precision level = computeLevel(op);
  bool wide = level == Precision::Wide;
  if (level == Precision::Pair && emitPair(op))
    return mlir::success();
  if (emitTruth(op) || emitArithmetic(op, wide) || emitFunction(op, wide))
    return mlir::success();
  return op.emitError("no vector lowering for this operation");
}

/// NaN stays NaN: it is the second operand of both. A product whose other
/// factor is 0 wherever this one matters gets room for the mantissas of both;
/// an f32 exponential ends at 2^-398, which makes 0 of anything up to 2^240.
Value MathLowering::keepFinite(Operation &op, unsigned k, Value vector) {
  double largest = VectorBuilder::isF64(vector)
                       ? std::numeric_limits<double>::max()
                       : std::numeric_limits<float>::max();
  if (isa<act::MulOp>(op))
    largest = VectorBuilder::isF64(vector) && !isF64 ? 0x1p240 : largest / 16;
  if (plan.mustBeFinite(op.getOpOperand(k), /*negative=*/true))
    vector = b.maxFast(b.like(vector, -largest), vector);
  if (plan.mustBeFinite(op.getOpOperand(k), /*negative=*/false))
    vector = b.minFast(b.like(vector, largest), vector);
  return vector;
}

static VectorBuilder::Compare toCompare(act::CmpPredicate predicate) {
  switch (predicate) {
  case act::CmpPredicate::lt:
    return VectorBuilder::Compare::LT;
  case act::CmpPredicate::le:
    return VectorBuilder::Compare::LE;
  case act::CmpPredicate::gt:
    return VectorBuilder::Compare::GT;
  case act::CmpPredicate::ge:
    return VectorBuilder::Compare::GE;
  case act::CmpPredicate::eq:
    return VectorBuilder::Compare::EQ;
  case act::CmpPredicate::ne:
    return VectorBuilder::Compare::NE;
  }
  return VectorBuilder::Compare::EQ;
}

bool MathLowering::emitTruth(Operation &op) {
  auto mask = [&](unsigned k) { return values.getMask(op.getOperand(k)); };
  Value result =
      llvm::TypeSwitch<Operation *, Value>(&op)
          .Case([&](act::CmpOp cmp) {
            bool wide = !isF64 && (values.hasWide(op.getOperand(0)) ||
                                   values.hasWide(op.getOperand(1)));
            return b.compare(toCompare(cmp.getPredicate()),
                             operand(op, 0, wide), operand(op, 1, wide));
          })
          .Case([&](act::AndOp) { return b.maskAnd(mask(0), mask(1)); })
          .Case([&](act::OrOp) { return b.maskOr(mask(0), mask(1)); })
          .Case([&](act::NotOp) { return b.maskNot(mask(0)); })
          .Default([](Operation *) { return Value(); });
  if (result)
    values.setMask(op.getResult(0), result);
  return bool(result);
}

/// Where only products and functions follow, or sums before those, nobody reads
/// the high part alone.
bool MathLowering::isLoosePair(Operation &op, unsigned depth) const {
  return plan.get(op.getResult(0)) == Precision::Pair &&
         llvm::all_of(op.getUsers(), [&](Operation *user) {
           return acceptsPair(user) || isa<act::MulOp, act::NegOp>(user) ||
                  (depth != 0 && isa<act::AddOp, act::SubOp>(user) &&
                   isLoosePair(*user, depth - 1));
         });
}

bool MathLowering::emitPair(Operation &op) {
  auto pair = [&](unsigned k) {
    ValuePair held = values.getPair(op.getOperand(k));
    held.high = keepFinite(op, k, held.high);
    return held;
  };
  bool isLoose = isLoosePair(op, /*depth=*/3);
  auto multiply = [&](const ValuePair &x, const ValuePair &y) {
    return isLoose ? mulPairsLoosely(b, x, y) : mulPairs(b, x, y);
  };
  auto add = [&](const ValuePair &x, const ValuePair &y) {
    return isLoose ? addPairsLoosely(b, x, y) : addPairs(b, x, y);
  };
  auto power = [&](act::PowOp) -> ValuePair {
    const Real *exponent = values.getConstant(op.getOperand(1));
    std::optional<int64_t> n = exponent ? exponent->asInteger() : std::nullopt;
    if (!n || *n < 1 || *n > 8)
      return {};
    ValuePair result = pair(0);
    for (int64_t i = 1; i != *n; ++i)
      result = multiply(result, pair(0));
    return result;
  };
  ValuePair result =
      llvm::TypeSwitch<Operation *, ValuePair>(&op)
          .Case([&](act::AddOp) { return add(pair(0), pair(1)); })
          .Case([&](act::SubOp) { return add(pair(0), negPair(b, pair(1))); })
          .Case([&](act::MulOp) { return multiply(pair(0), pair(1)); })
          .Case([&](act::DivOp) { return divPairs(b, pair(0), pair(1)); })
          .Case([&](act::NegOp) { return negPair(b, pair(0)); })
          .Case([&](act::AbsOp) { return absPair(b, pair(0)); })
          .Case([&](act::SqrtOp) { return sqrtPair(b, pair(0)); })
          .Case([&](act::WhereOp) {
            return selectPairs(b, values.getMask(op.getOperand(0)), pair(1),
                               pair(2));
          })
          .Case<act::ClipOp, act::ClampOp>([&](auto) {
            return minPairs(b, maxPairs(b, pair(0), pair(1)), pair(2));
          })
          .Case([&](act::MinOp) { return minPairs(b, pair(0), pair(1)); })
          .Case([&](act::MaxOp) { return maxPairs(b, pair(0), pair(1)); })
          .Case(power)
          .Default([](Operation *) { return ValuePair{}; });
  if (!result.high)
    return false;
  // Not asked to be held as a pair: rounded, which the high part is.
  if (plan.get(op.getResult(0)) == Precision::Single)
    values.setPlain(op.getResult(0), result.high);
  else
    values.setPair(op.getResult(0), result);
  return true;
}

bool MathLowering::isReciprocal(Value real) const {
  auto sigmoid = real.getDefiningOp<act::SigmoidOp>();
  if (!sigmoid || !sigmoid->hasOneUse())
    return false;
  auto product = dyn_cast<act::MulOp>(*sigmoid->getUsers().begin());
  return product && computeLevel(*product) == Precision::Single &&
         (!product.getLhs().getDefiningOp<act::SigmoidOp>() ||
          !product.getRhs().getDefiningOp<act::SigmoidOp>());
}

void MathLowering::emitMultiply(Operation &op, bool wide) {
  for (unsigned k : {0u, 1u}) {
    if (!isReciprocal(op.getOperand(k)))
      continue;
    ScaledValue x = scaledOperand(op, 1 - k, wide);
    ScaledValue reciprocal = values.getScaled(op.getOperand(k));
    Value exponent = x.exponent ? b.add(x.exponent, reciprocal.exponent)
                                : reciprocal.exponent;
    values.setScaled(op.getResult(0),
                     {b.div(x.mantissa, reciprocal.mantissa), exponent});
    return;
  }
  ScaledValue x = scaledOperand(op, 0, wide), y = scaledOperand(op, 1, wide);
  if (plan.hasLargeFactor(&op) && !wide) {
    ScaledValue &scaled = x.exponent ? x : y;
    scaled.mantissa = b.mul(scaled.mantissa, b.like(scaled.mantissa, 0.25));
    scaled.exponent = b.add(scaled.exponent, b.like(scaled.mantissa, 2.0));
  }
  ScaledValue product{b.mul(x.mantissa, y.mantissa), x.exponent};
  if (y.exponent)
    product.exponent = x.exponent ? b.add(x.exponent, y.exponent) : y.exponent;
  setScaled(op, product, wide);
}

/// a * b + c in one rounding where the product has no other use.
void MathLowering::emitAddition(Operation &op, bool wide, bool subtract) {
  if (Value a = wide ? Value() : matchTailMinusMoment(&op)) {
    values.setScaled(op.getResult(0),
                     emitNormcdfTailMinusMomentScaled(b, values.getPlain(a)));
    return;
  }
  for (unsigned k : {0u, 1u}) {
    auto product = op.getOperand(k).getDefiningOp<act::MulOp>();
    if (!product || !product->hasOneUse() || wide ||
        values.getScaled(product.getResult()).exponent)
      continue;
    Value x = operand(*product, 0, wide), y = operand(*product, 1, wide);
    Value other = operand(op, 1 - k, wide);
    if (subtract && k == 0)
      set(op, b.fma(x, y, b.neg(other)), wide);
    else
      set(op, subtract ? b.fnma(x, y, other) : b.fma(x, y, other), wide);
    return;
  }
  Value x = operand(op, 0, wide), y = operand(op, 1, wide);
  set(op, subtract ? b.sub(x, y) : b.add(x, y), wide);
}

/// One instruction where a bound is a constant (never NaN): NaN then comes
/// through from the other operand.
Value MathLowering::emitMinMax(Operation &op, bool wide, bool isMax) {
  Value x = operand(op, 0, wide), y = operand(op, 1, wide);
  if (values.getConstant(op.getOperand(1)))
    std::swap(x, y);
  else if (!values.getConstant(op.getOperand(0)))
    return isMax ? b.maximum(x, y) : b.minimum(x, y);
  return isMax ? b.maxFast(x, y) : b.minFast(x, y);
}

Value MathLowering::emitClip(Operation &op, bool wide) {
  Value x = operand(op, 0, wide);
  x = b.maxFast(operand(op, 1, wide), x);
  return b.minFast(operand(op, 2, wide), x);
}

void MathLowering::emitDivision(act::DivOp op, bool wide) {
  ScaledValue x = scaledOperand(*op, 0, wide);
  const Real *divisor = values.getConstant(op.getRhs());
  if (divisor && isDivisorInvertible(*divisor)) {
    setScaled(*op, {divideByConstant(b, x.mantissa, *divisor), x.exponent},
              wide);
    return;
  }
  ScaledValue y = scaledOperand(*op, 1, wide);
  ScaledValue quotient{b.div(x.mantissa, y.mantissa), x.exponent};
  if (y.exponent)
    quotient.exponent =
        x.exponent ? b.sub(x.exponent, y.exponent) : b.neg(y.exponent);
  setScaled(*op, quotient, wide);
}

bool MathLowering::emitArithmetic(Operation &op, bool wide) {
  auto isOp = [&](auto tag) { return isa<decltype(tag)>(op); };
  if (isOp(act::AddOp()) || isOp(act::SubOp())) {
    emitAddition(op, wide, isOp(act::SubOp()));
  } else if (isOp(act::MulOp())) {
    emitMultiply(op, wide);
  } else if (auto division = dyn_cast<act::DivOp>(op)) {
    emitDivision(division, wide);
  } else if (isOp(act::NegOp())) {
    ScaledValue x = scaledOperand(op, 0, wide);
    setScaled(op, {b.neg(x.mantissa), x.exponent}, wide);
  } else if (isOp(act::WhereOp())) {
    Value mask = values.getMask(op.getOperand(0));
    ScaledValue x = scaledOperand(op, 1, wide), y = scaledOperand(op, 2, wide);
    ScaledValue chosen{b.select(mask, x.mantissa, y.mantissa), Value()};
    if (x.exponent || y.exponent) {
      Value zero = b.like(chosen.mantissa, 0.0);
      chosen.exponent = b.select(mask, x.exponent ? x.exponent : zero,
                                 y.exponent ? y.exponent : zero);
    }
    setScaled(op, chosen, wide);
  } else if (isOp(act::MinOp()) || isOp(act::MaxOp())) {
    set(op, emitMinMax(op, wide, isOp(act::MaxOp())), wide);
  } else if (isOp(act::ClipOp()) || isOp(act::ClampOp())) {
    set(op, emitClip(op, wide), wide);
  } else if (isOp(act::ExpMaxOp()) || isOp(act::ExpMinOp())) {
    // ln of the largest finite and of the smallest normal number, toward 0.
    bool isMax = isOp(act::ExpMaxOp());
    double f32 = isMax ? 0x1.62e42ep6 : -0x1.5d589ep6;
    double f64 = isMax ? 0x1.62e42fefa39efp9 : -0x1.6232bdd7abcd2p9;
    values.setConstant(op.getResult(0), Real(isF64 ? f64 : f32));
  } else {
    return emitPower(op, wide);
  }
  return true;
}

bool MathLowering::emitPower(Operation &op, bool wide) {
  if (!isa<act::PowOp>(op))
    return false;
  const Real *exponent = values.getConstant(op.getOperand(1));
  Value base = operand(op, 0, wide);
  if (!exponent) {
    set(op, emitPow(b, base, operand(op, 1, wide)), wide);
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
    set(op, emitPow(b, base, operand(op, 1, wide)), wide);
  return true;
}

/// x where x is zero or NaN, else 1 with x's sign.
static Value emitSign(VectorBuilder &b, Value x) {
  Value zero = b.like(x, 0.0);
  Value nonZero = b.maskOr(b.compare(VectorBuilder::Compare::LT, x, zero),
                           b.compare(VectorBuilder::Compare::GT, x, zero));
  return b.select(nonZero, b.copySign(b.like(x, 1.0), x), x);
}

/// As a product with a uniform factor where it is one.
ExpArgument MathLowering::expOperand(Operation &op, bool wide) {
  Value argument = op.getOperand(0);
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
    return ExpArgument(values.getPlain(op.getOperand(0)),
                       isNegative ? b.neg(vector) : vector, pair, scale);
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
  return pairOperand(op, 0, wide);
}

/// Of a positive argument nothing is used.
static bool isNegativeArgument(Operation &op) {
  return isNonPositive(op.getOperand(0)) ||
         isDroppedWherePositive(&op, op.getOperand(0));
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
  return llvm::TypeSwitch<Operation *, bool>(&op)
      .Case([&](act::ExpOp) {
        return isNegativeArgument(op) ? exponential(emitExpOfNegativeScaled)
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
      .Case([&](act::SinOp) { return plain(emitSin); })
      .Case([&](act::CosOp) { return plain(emitCos); })
      .Case([&](act::TanOp) { return plain(emitTan); })
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
      .Case([&](act::ErfcOp) { return scaled(emitErfcScaled); })
      .Case([&](act::SigmoidOp) {
        if (wide || !isReciprocal(op.getResult(0)))
          return exponential(emitSigmoidScaled);
        values.setScaled(op.getResult(0),
                         emitSigmoidReciprocal(b, expOperand(op, wide)));
        return true;
      })
      .Case([&](act::LogsigmoidOp) {
        set(op, emitLogsigmoid(b, expOperand(op, wide)), wide);
        return true;
      })
      .Case([&](act::SoftplusOp) {
        if (isNonPositive(op.getOperand(0)))
          return exponential(emitSoftplusOfNegativeScaled);
        if (llvm::any_of(op.getUsers(), passesExponent))
          return exponential(emitSoftplusScaled);
        set(op, emitSoftplus(b, expOperand(op, wide)), wide);
        return true;
      })
      .Case([&](act::NormcdfOp) {
        Value a = matchNormcdfTail(&op);
        if (!a || wide)
          return scaled(emitNormcdfScaled);
        values.setScaled(op.getResult(0),
                         emitNormcdfTailScaled(b, argumentPair(a, wide)));
        return true;
      })
      .Case([&](act::NormpdfOp) { return scaled(emitNormpdfScaled); })
      .Default([](Operation *) { return false; });
}

//===----------------------------------------------------------------------===//
// The function around the operations
//===----------------------------------------------------------------------===//

/// A sum keeps what it has beyond f32: its accumulators are f64.
static bool isSum(mlir::func::FuncOp kernel, unsigned result) {
  auto role = kernel.getResultAttrOfType<mlir::StringAttr>(result, "act.role");
  return role && role.getValue().ends_with("sum");
}

mlir::LogicalResult lowerMathToVector(mlir::func::FuncOp kernel,
                                      const MathLoweringOptions &options) {
  mlir::Block &reals = kernel.getBody().front();
  Operation *terminator = reals.getTerminator();
  mlir::OpBuilder builder(terminator);
  MathLowering lowering(builder, kernel, options);
  LoweredValues &values = lowering.getValues();

  mlir::VectorType vectorType =
      getVectorType(options.isF64 ? mlir::Type(builder.getF64Type())
                                  : mlir::Type(builder.getF32Type()),
                    options.numLanes, options.traits);
  mlir::Block *vectors = new mlir::Block();
  kernel.getBody().push_back(vectors);
  builder.setInsertionPointToEnd(vectors);
  for (mlir::BlockArgument argument : reals.getArguments())
    values.setPlain(argument,
                    vectors->addArgument(vectorType, argument.getLoc()));
  for (Operation &op : reals.without_terminator())
    if (mlir::failed(lowering.lower(op)))
      return mlir::failure();

  llvm::SmallVector<Value> results;
  for (unsigned i = 0, e = terminator->getNumOperands(); i != e; ++i) {
    Value real = terminator->getOperand(i);
    bool keepWide = isSum(kernel, i) && values.hasWide(real);
    results.push_back(keepWide ? values.getWide(real) : values.getPlain(real));
  }
  mlir::func::ReturnOp::create(builder, terminator->getLoc(), results);
  reals.erase();
  kernel.setFunctionType(builder.getFunctionType(
      vectors->getArgumentTypes(), mlir::ValueRange(results).getTypes()));
  return mlir::success();
}

} // namespace actin
