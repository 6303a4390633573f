//===- LowerPairs.cpp - Arithmetic with twice the digits ------------------===//
//
// Operations whose operands or result are carried as unevaluated sums.
// Products, quotients and choices keep an exponent that an operand has apart.
//
//===----------------------------------------------------------------------===//

#include "Lowering/ConstantDivision.h"
#include "Lowering/MathLowering.h"

#include "llvm/ADT/TypeSwitch.h"

using mlir::Operation;

namespace actin {

/// True where everything that takes the result makes up for a low part of some
/// ulp, and so does what takes it through choices and signs.
bool MathLowering::isLoosePair(Operation &op, unsigned depth) const {
  return plan.get(op.getResult(0)) == Precision::Pair &&
         llvm::all_of(op.getUses(), [&](mlir::OpOperand &use) {
           Operation *user = use.getOwner();
           // Apart from its exponent a high part of 0 has none.
           if (plan.dropsLow(use) || plan.isExtended(user))
             return false;
           if (isa<act::NegOp, act::AbsOp, act::WhereOp>(user))
             return depth != 0 && isLoosePair(*user, depth - 1);
           return acceptsPair(user) ||
                  isa<act::AddOp, act::SubOp, act::MulOp, act::DivOp,
                      act::SqrtOp, act::PowOp>(user);
         });
}

ValuePair MathLowering::keepFinite(Operation &op, unsigned k,
                                   const ValuePair &pair) {
  Value high = keepFinite(op, k, pair.high);
  if (!pair.low || plan.dropsLow(op.getOpOperand(k)))
    return {high, Value()};
  if (high == pair.high)
    return pair;
  Value isHeld = b.compare(VectorBuilder::Compare::NE, high, pair.high);
  return {high, b.select(isHeld, b.like(high, 0.0), pair.low)};
}

/// base^(halves / 2), loosely; no high part where there are too many factors.
ValuePair MathLowering::emitPairPower(const ValuePair &base,
                                      std::optional<int64_t> halves) {
  if (!halves)
    return {};
  if (*halves == 4)
    return mulPairsLoosely(b, base, base);
  ValuePair root = *halves % 2 == 0 ? base : sqrtPair(b, base);
  return emitPowIntegerPair(b, root, *halves % 2 == 0 ? *halves / 2 : *halves);
}

bool MathLowering::areFinite(mlir::ValueRange reals) const {
  return llvm::all_of(
      reals, [&](Value real) { return plan.getObservation(real).isFinite; });
}

ValuePair MathLowering::addPairs(Operation &sum, const ValuePair &x,
                                 const ValuePair &y) {
  std::optional<unsigned> larger = plan.getLargerOperand(&sum);
  // Beside a constant, which is the first operand so that NaN comes through,
  // max and min put the two in order: one step less than a sum in any order.
  for (unsigned k : {0u, 1u}) {
    const Real *constant = values.getConstant(sum.getOperand(k));
    double least = plan.getObservation(sum.getOperand(1 - k)).least;
    if (larger || !isa<act::AddOp>(sum) || !constant ||
        constant->isNegative() || !(least >= 0.0))
      continue;
    Value held = k == 0 ? x.high : y.high, other = k == 0 ? y.high : x.high;
    return withLowParts(
        b, b.fastTwoSum(b.maxFast(held, other), b.minFast(held, other)), x, y);
  }
  if (!larger)
    return addPairsLoosely(b, x, y);
  return *larger == 0 ? addOrderedPairsLoosely(b, x, y)
                      : addOrderedPairsLoosely(b, y, x);
}

Value MathLowering::comparePairs(VectorBuilder::Compare predicate, Value x,
                                 Value y) {
  ValuePair first = values.getPair(x), second = values.getPair(y);
  // A pair has the sign of its high part.
  return isZero(x) || isZero(y)
             ? b.compare(predicate, first.high, second.high)
             : actin::comparePairs(b, predicate, first, second);
}

/// Sums, roots and the like of pairs without exponents.
ValuePair MathLowering::emitPlainPair(Operation &op) {
  auto pair = [&](unsigned k) {
    return keepFinite(op, k, values.getPair(op.getOperand(k)));
  };
  return llvm::TypeSwitch<Operation *, ValuePair>(&op)
      .Case([&](act::AddOp) { return addPairs(op, pair(0), pair(1)); })
      .Case([&](act::SubOp) {
        return addPairs(op, pair(0), negPair(b, pair(1)));
      })
      .Case([&](act::AbsOp) { return absPair(b, pair(0)); })
      .Case([&](act::SqrtOp) { return sqrtPair(b, pair(0)); })
      .Case<act::ClipOp, act::ClampOp>([&](auto) {
        return minPairs(b, maxPairs(b, pair(0), pair(1)), pair(2));
      })
      .Case<act::MinOp, act::MaxOp>([&](auto extreme) {
        auto predicate = isa<act::MinOp>(op) ? VectorBuilder::Compare::LT
                                             : VectorBuilder::Compare::GT;
        Value x = extreme.getLhs(), y = extreme.getRhs();
        if (values.getConstant(x)) // NaN is the other one.
          std::swap(x, y);
        Value isSecond = comparePairs(predicate, y, x);
        if (!values.getConstant(y))
          isSecond = b.maskOr(isSecond, b.isNaN(values.getPlain(y)));
        return selectPairs(b, isSecond, values.getPair(y), values.getPair(x));
      })
      .Case([&](act::PowOp) {
        return emitPairPower(pair(0), matchHalfPower(&op));
      })
      .Default([](Operation *) { return ValuePair{}; });
}

/// True where no sum can make the digits beyond the first ones show.
static bool isForProducts(Operation &op) {
  return llvm::all_of(op.getUsers(), [](Operation *user) {
    return isa<mlir::func::ReturnOp, act::MulOp, act::DivOp>(user);
  });
}

ValuePair MathLowering::emitPairDivision(Operation &op, const ValuePair &x,
                                         const ValuePair &y) {
  const Real *divisor = values.getConstant(op.getOperand(1));
  if (divisor && isDivisorInvertible(*divisor))
    return divPairsByConstant(b, x, y, (Real(1.0) / *divisor).toDouble());
  auto seen = plan.getObservation(op.getOperand(1));
  double farFromInfinite = isF64 ? 0x1p900 : 0x1p100;
  bool isBounded = seen.least > -farFromInfinite && seen.most < farFromInfinite;
  bool isModerate = seen.isNormal && isBounded;
  ValuePair quotient = isForProducts(op) ? divPairsLoosely(b, x, y, isModerate)
                                         : divPairs(b, x, y, isModerate);
  return isBounded ? quotient : dropNaNLow(b, quotient);
}

/// The exponent of a choice: 0 for the one that has none.
static Value selectExponent(VectorBuilder &b, Value mask, Value x, Value y) {
  if (!x && !y)
    return Value();
  Value zero = b.like(x ? x : y, 0.0);
  return b.select(mask, x ? x : zero, y ? y : zero);
}

static Value addExponents(VectorBuilder &b, Value x, Value y) {
  return x && y ? b.add(x, y) : x ? x : y;
}

/// Products, quotients and choices: what passes an exponent on.
ScaledPair MathLowering::emitScaledPair(Operation &op) {
  auto scaled = [&](unsigned k) {
    Value operand = op.getOperand(k);
    ScaledPair held = passesExponent(&op)
                          ? values.getScaledPair(operand)
                          : ScaledPair{values.getPair(operand), Value()};
    held.mantissa = keepFinite(op, k, held.mantissa);
    return held;
  };
  return llvm::TypeSwitch<Operation *, ScaledPair>(&op)
      .Case([&](act::MulOp) {
        ScaledPair x = scaled(0), y = scaled(1);
        for (unsigned k : {0u, 1u})
          if (const Real *constant = values.getConstant(op.getOperand(k));
              constant && plan.needsWholeConstant(&op)) {
            ValuePair &held = (k == 0 ? x : y).mantissa;
            held = splitTowardZero(*constant, held.high);
          }
        if (plan.needsRoom(&op)) {
          ScaledPair &roomy = getRoomyFactor(op, bool(x.exponent)) == 0 ? x : y;
          roomy = makeRoom(op, roomy);
        }
        Value exponent = addExponents(b, x.exponent, y.exponent);
        bool isRounded = plan.get(op.getResult(0)) == Precision::Single &&
                         areFinite(op.getOperands());
        ValuePair product =
            isRounded
                ? ValuePair{mulPairsRounded(b, x.mantissa, y.mantissa), Value()}
                : mulPairsLoosely(b, x.mantissa, y.mantissa);
        return ScaledPair{product, exponent};
      })
      .Case([&](act::DivOp) {
        ScaledPair x = scaled(0), y = scaled(1);
        Value exponent = y.exponent ? b.neg(y.exponent) : Value();
        return ScaledPair{emitPairDivision(op, x.mantissa, y.mantissa),
                          addExponents(b, x.exponent, exponent)};
      })
      .Case([&](act::NegOp) {
        ScaledPair x = scaled(0);
        return ScaledPair{negPair(b, x.mantissa), x.exponent};
      })
      .Case<act::AddOp, act::SubOp>([&](auto) {
        if (!passesExponent(&op))
          return ScaledPair{};
        ScaledPair x = getTerm(op, 0), y = getTerm(op, 1);
        Value n = alignTerms(x, y);
        return ScaledPair{addPairs(op, x.mantissa, y.mantissa), n};
      })
      .Case([&](act::PowOp) {
        std::optional<int64_t> n = matchPowerOfScaled(&op);
        ScaledPair x = n ? scaled(0) : ScaledPair();
        if (!x.exponent)
          return ScaledPair{};
        return ScaledPair{emitPowIntegerPair(b, x.mantissa, *n),
                          b.mul(x.exponent, b.like(x.exponent, double(*n)))};
      })
      .Case([&](act::WhereOp) {
        Value mask = values.getMask(op.getOperand(0));
        ScaledPair x = scaled(1), y = scaled(2);
        return ScaledPair{selectPairs(b, mask, x.mantissa, y.mantissa),
                          selectExponent(b, mask, x.exponent, y.exponent)};
      })
      .Default([](Operation *) { return ScaledPair{}; });
}

/// True where the low part is the rounding error of the high one: of numbers
/// with none, or as that of the operands, which are no looser than the result.
bool MathLowering::leavesRounding(Operation &op) const {
  if (isa<act::NegOp, act::AbsOp, act::WhereOp, act::MinOp, act::MaxOp,
          act::ClipOp, act::ClampOp>(op))
    return true;
  return isa<act::AddOp, act::SubOp, act::MulOp>(op) &&
         llvm::all_of(op.getOpOperands(), [&](mlir::OpOperand &use) {
           const Real *constant = values.getConstant(use.get());
           bool isRounded =
               constant && !(Real(isF64 ? constant->toDouble()
                                        : constant->toFloat()) == *constant);
           return plan.dropsLow(use) ||
                  (plan.get(use.get()) == Precision::Single && !isRounded);
         });
}

bool MathLowering::emitPair(Operation &op) {
  ScaledPair result = emitScaledPair(op);
  if (!result.mantissa.high)
    result = {emitPlainPair(op), Value()};
  if (!result.mantissa.high)
    return false;
  bool isFinite = areFinite(op.getOperands()) && areFinite(op.getResults());
  if (plan.get(op.getResult(0)) == Precision::Single)
    result.mantissa = {roundPair(b, result.mantissa, isFinite), Value()};
  else if (!isLoosePair(op, /*depth=*/3) && !leavesRounding(op))
    result.mantissa = normalize(b, result.mantissa, isFinite);
  values.setScaledPair(op.getResult(0), result);
  return true;
}

} // namespace actin
