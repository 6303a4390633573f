//===- LowerArithmetic.cpp - Sums, products and their kin -----------------===//

#include "Lowering/MathLowering.h"

#include "Lowering/ConstantDivision.h"

#include <cmath>
#include <limits>

using mlir::Operation;

namespace actin {

act::MulOp MathLowering::getOnlyProduct(Value real) const {
  if (!real.hasOneUse())
    return {};
  auto product = dyn_cast<act::MulOp>(*real.getUsers().begin());
  return product && computeLevel(*product) == Precision::Single &&
                 !plan.isExtended(product) && passesExponent(product)
             ? product
             : act::MulOp();
}

bool MathLowering::isReciprocal(Value real) const {
  auto isSigmoid = [](Value value) {
    return isa_and_nonnull<act::SigmoidOp>(value.getDefiningOp());
  };
  act::MulOp product = isSigmoid(real) ? getOnlyProduct(real) : act::MulOp();
  return product &&
         !(isSigmoid(product.getLhs()) && isSigmoid(product.getRhs()));
}

Value MathLowering::matchFastTailMoment(act::MulOp product) const {
  for (unsigned k : {0u, 1u}) {
    Value a = product->getOperand(k), tail = product->getOperand(1 - k);
    mlir::Operation *op = tail.getDefiningOp();
    if (op && matchNormcdfTail(op) == a && getOnlyProduct(tail) == product &&
        plan.get(a) == Precision::Single && !plan.needsRoom(product) &&
        b.hasFastTables(isF64))
      return a;
  }
  return {};
}

bool MathLowering::isUnroundedTail(Value real) const {
  mlir::Operation *op = real.getDefiningOp();
  act::MulOp product =
      op && matchNormcdfTail(op) ? getOnlyProduct(real) : act::MulOp();
  return product && !plan.needsRoom(product) &&
         areFinite(product->getOperands());
}

ScaledPair MathLowering::shiftWhere(Value mask, const ScaledPair &x, int bits) {
  const auto &[high, low] = x.mantissa;
  auto constant = [&](double value) { return b.like(high, value); };
  Value exponent = b.select(mask, constant(bits), constant(0.0));
  Value factor =
      b.select(mask, constant(std::ldexp(1.0, -bits)), constant(1.0));
  return {{b.mul(high, factor), low ? b.mul(low, factor) : Value()},
          x.exponent ? b.add(x.exponent, exponent) : exponent};
}

unsigned MathLowering::getRoomyFactor(Operation &product,
                                      bool hasFirstExponent) const {
  PrecisionPlan::Room room = plan.getRoomInProduct(&product);
  return room.bits != 0 ? room.factor : hasFirstExponent ? 1 : 0;
}

ScaledPair MathLowering::makeRoom(Operation &product, ScaledPair x) {
  Value magnitude = b.abs(x.mantissa.high);
  bool ofF64 = VectorBuilder::isF64(magnitude);
  auto compare = [&](VectorBuilder::Compare predicate, int exponent) {
    return b.compare(predicate, magnitude,
                     b.like(magnitude, std::ldexp(1.0, exponent)));
  };
  // The other factor's mantissa may be large as well.
  if (int bits = int(plan.getRoomInProduct(&product).bits))
    x = shiftWhere(
        compare(VectorBuilder::Compare::GE, (ofF64 ? 400 : 40) - bits / 2), x,
        bits);
  if (plan.needsRoomBelow(&product))
    x = shiftWhere(compare(VectorBuilder::Compare::LT, ofF64 ? -760 : -80), x,
                   ofF64 ? -200 : -40);
  return x;
}

ValuePair MathLowering::splitTowardZero(const Real &constant, Value model) {
  auto round = [&](const Real &value) {
    return isF64 ? value.toDouble() : double(value.toFloat());
  };
  double high = round(constant);
  Real rest = constant - Real(high);
  if (!rest.isZero() && rest.isNegative() != constant.isNegative()) {
    high = isF64 ? std::nextafter(high, 0.0)
                 : double(std::nextafterf(float(high), 0.0f));
    rest = constant - Real(high);
  }
  return {b.like(model, high), b.like(model, round(rest))};
}

/// c x with both parts of the constant.
bool MathLowering::emitWholeConstantProduct(Operation &op) {
  for (unsigned k : {0u, 1u}) {
    const Real *constant = values.getConstant(op.getOperand(k));
    if (!constant)
      continue;
    ScaledValue x = scaledOperand(op, 1 - k, /*wide=*/false);
    auto [high, low] = splitTowardZero(*constant, x.mantissa);
    setScaled(op, {b.fma(x.mantissa, high, b.mul(x.mantissa, low)), x.exponent},
              /*wide=*/false);
    return true;
  }
  return false;
}

/// Where `op`, which has been lowered, is infinite but not when it is computed
/// at half the size, less two ulp: the largest number.
void MathLowering::holdToLargest(Operation &op) {
  Value result = op.getResult(0), y = values.getPlain(result);
  auto plain = [&](Operation &from, unsigned k) {
    return values.getPlain(from.getOperand(k));
  };
  auto shrink = [&](Value x) {
    double half = isF64 ? 0x1p-1 - 0x1p-53 : 0x1p-1 - 0x1p-24;
    return b.mul(x, b.like(x, half));
  };
  Value half;
  if (isa<act::MulOp>(op)) {
    half = b.mul(shrink(plain(op, 0)), plain(op, 1));
  } else {
    auto scaledTerm = [&](unsigned k) -> std::pair<Value, Value> {
      auto product = op.getOperand(k).getDefiningOp<act::MulOp>();
      if (!product || values.hasExponent(product))
        return {shrink(plain(op, k)), Value()};
      return {shrink(plain(*product, 0)), plain(*product, 1)};
    };
    auto [first, factor] = scaledTerm(0);
    auto [second, otherFactor] = scaledTerm(1);
    if (otherFactor)
      second = b.mul(second, otherFactor);
    if (isa<act::SubOp>(op))
      second = b.neg(second);
    half = factor ? b.fma(first, factor, second) : b.add(first, second);
  }
  double largest = isF64 ? std::numeric_limits<double>::max()
                         : std::numeric_limits<float>::max();
  double infinity = std::numeric_limits<double>::infinity();
  using Compare = VectorBuilder::Compare;
  Value isHeld =
      b.maskAnd(b.compare(Compare::EQ, b.abs(y), b.like(y, infinity)),
                b.compare(Compare::LE, b.abs(half), b.like(y, largest / 2)));
  Value held = b.copySign(b.like(y, largest), y);
  Value low = values.hasExponent(result) ? Value() : values.getPair(result).low;
  if (low) // Of an infinity: the other one, or no number.
    values.setPair(result, {b.select(isHeld, held, y),
                            b.select(isHeld, b.like(low, 0.0), low)});
  else
    values.setPlain(result, b.select(isHeld, held, y));
}

/// The terms of a sum that nothing else uses; its constants come first.
void MathLowering::collectTerms(Value sum, unsigned depth,
                                llvm::SmallVectorImpl<Value> &terms) const {
  auto add = sum.getDefiningOp<act::AddOp>();
  if (add && depth != 0 && sum.hasOneUse() && !plan.isExtended(add) &&
      computeLevel(*add) == Precision::Single) {
    collectTerms(add.getLhs(), depth - 1, terms);
    collectTerms(add.getRhs(), depth - 1, terms);
  } else if (values.getConstant(sum)) {
    terms.insert(terms.begin(), sum);
  } else {
    terms.push_back(sum);
  }
}

/// y (c + s + t) as y c + y s + y t, for a power of two c and a y that has an
/// exponent: one rounding less, and no more operations.
bool MathLowering::emitTimesSum(Operation &op) {
  for (unsigned k : {0u, 1u}) {
    mlir::OpOperand &sum = op.getOpOperand(1 - k);
    if (!values.hasExponent(op.getOperand(k)) || !b.getTraits().hasFma ||
        !areFinite(op.getOperand(k)))
      continue;
    llvm::SmallVector<Value> terms;
    collectTerms(sum.get(), /*depth=*/3, terms);
    const Real *constant = values.getConstant(terms.front());
    int exponent;
    if (terms.size() < 2 || !constant || !areFinite(terms) ||
        std::fabs(std::frexp(constant->toDouble(), &exponent)) != 0.5)
      continue;
    ScaledValue y = scaledOperand(op, k, /*wide=*/false);
    Value result = b.mul(y.mantissa, values.getPlain(terms.front()));
    for (Value term : llvm::drop_begin(terms))
      result = b.fma(y.mantissa, values.getPlain(term), result);
    values.setScaled(op.getResult(0), {result, y.exponent});
    return true;
  }
  return false;
}

void MathLowering::emitMultiply(Operation &op, bool wide) {
  if (!wide && plan.needsWholeConstant(&op) && emitWholeConstantProduct(op))
    return;
  bool needsRoom = plan.needsRoom(&op) && !wide;
  auto makeRoom = [&](const ScaledValue &x) {
    ScaledPair roomy = this->makeRoom(op, {{x.mantissa, Value()}, x.exponent});
    return ScaledValue{roomy.mantissa.high, roomy.exponent};
  };
  if (Value a = matchFastTailMoment(cast<act::MulOp>(op))) {
    values.setScaled(op.getResult(0),
                     emitNormcdfTailMoment(b, values.getPlain(a)));
    return;
  }
  for (unsigned k : {0u, 1u}) {
    if (!isReciprocal(op.getOperand(k)))
      continue;
    ScaledValue x = scaledOperand(op, 1 - k, wide);
    if (needsRoom)
      x = makeRoom(x);
    ScaledValue reciprocal = values.getScaled(op.getOperand(k));
    Value exponent = x.exponent ? b.add(x.exponent, reciprocal.exponent)
                                : reciprocal.exponent;
    values.setScaled(op.getResult(0),
                     {b.div(x.mantissa, reciprocal.mantissa), exponent});
    return;
  }
  for (unsigned k : {0u, 1u}) {
    if (!isUnroundedTail(op.getOperand(k)))
      continue;
    ScaledValue x = scaledOperand(op, 1 - k, wide);
    auto [tail, n] = values.getScaledPair(op.getOperand(k));
    Value low = b.mul(x.mantissa, tail.low);
    values.setScaled(op.getResult(0), {b.fma(x.mantissa, tail.high, low),
                                       x.exponent ? b.add(x.exponent, n) : n});
    return;
  }
  if (!wide && !needsRoom && emitTimesSum(op))
    return;
  ScaledValue x = scaledOperand(op, 0, wide), y = scaledOperand(op, 1, wide);
  if (needsRoom) {
    ScaledValue &roomy = getRoomyFactor(op, bool(x.exponent)) == 0 ? x : y;
    roomy = makeRoom(roomy);
  }
  ScaledValue product{b.mul(x.mantissa, y.mantissa), x.exponent};
  if (y.exponent)
    product.exponent = x.exponent ? b.add(x.exponent, y.exponent) : y.exponent;
  setScaled(op, product, wide);
}

/// True where a constant is added, here or next, beside which it does not show
/// what a product loses below the range.
bool MathLowering::hidesUnderflow(Operation &sum) const {
  auto addsConstant = [&](Operation &op) {
    return llvm::any_of(op.getOperands(), [&](Value addend) {
      const Real *constant = values.getConstant(addend);
      return constant && !constant->isInfinity() &&
             std::fabs(constant->toDouble()) > 0x1p-60;
    });
  };
  if (addsConstant(sum))
    return true;
  Operation *next = sum.hasOneUse() ? *sum.getUsers().begin() : nullptr;
  return isa_and_nonnull<act::AddOp, act::SubOp>(next) &&
         computeLevel(*next) == Precision::Single && addsConstant(*next);
}

/// The low part of a factor that is a pair; null where it has none, or none
/// that shows.
Value MathLowering::getNeededLow(Operation &op, unsigned k) {
  Value real = op.getOperand(k);
  if (plan.get(real) != Precision::Pair || plan.dropsLow(op.getOpOperand(k)) ||
      !areFinite(op.getOperands()))
    return {};
  return values.getPair(real).low;
}

ScaledPair MathLowering::getTerm(Operation &sum, unsigned k) {
  ScaledPair term = values.getScaledPair(sum.getOperand(k));
  if (plan.get(sum.getOperand(k)) == Precision::Single)
    term.mantissa.low = Value();
  term.mantissa = keepFinite(sum, k, term.mantissa);
  if (k == 1 && isa<act::SubOp>(sum))
    term.mantissa = negPair(b, term.mantissa);
  return term;
}

Value MathLowering::alignTerms(ScaledPair &x, ScaledPair &y) {
  if (!x.exponent && !y.exponent)
    return Value();
  Value zero = b.like(x.mantissa.high, 0.0);
  auto exponentOf = [&](const ScaledPair &term) {
    return term.exponent ? term.exponent : zero;
  };
  Value n = b.maximum(exponentOf(x), exponentOf(y));
  // A mantissa may be as large as any number, and what divides it small.
  Value room = b.like(n, VectorBuilder::isF64(n) ? 512.0 : 64.0);
  n = b.maxFast(n, b.minFast(zero, b.add(n, room)));
  for (ScaledPair *term : {&x, &y}) {
    Value shift = b.sub(exponentOf(*term), n);
    auto &[high, low] = term->mantissa;
    high = b.scale(high, shift);
    low = low ? b.scale(low, shift) : low;
    term->exponent = n;
  }
  return n;
}

/// a * b + c in one rounding where the product has no other use.
void MathLowering::emitAddition(Operation &op, bool wide, bool subtract) {
  if (Value a = wide ? Value() : matchTailMinusMoment(&op)) {
    values.setScaled(op.getResult(0), emitNormcdfTailMinusMomentScaled(
                                          b, argumentPair(a, wide)));
    return;
  }
  if (!wide && passesExponent(&op)) {
    ScaledPair x = getTerm(op, 0), y = getTerm(op, 1);
    Value n = alignTerms(x, y);
    values.setScaled(op.getResult(0),
                     {b.add(x.mantissa.high, y.mantissa.high), n});
    return;
  }
  for (unsigned k : {0u, 1u}) {
    auto product = op.getOperand(k).getDefiningOp<act::MulOp>();
    if (!product || !product->hasOneUse() || wide ||
        (values.hasExponent(product) &&
         !(hidesUnderflow(op) && areFinite(product->getOperands()))))
      continue;
    Value x = operand(*product, 0, wide), y = operand(*product, 1, wide);
    Value sum = operand(op, 1 - k, wide);
    if (subtract && k == 0)
      sum = b.neg(sum);
    auto addProduct = [&](Value left, Value right) {
      sum = subtract && k == 1 ? b.fnma(left, right, sum)
                               : b.fma(left, right, sum);
    };
    // Beside the other operand what is lost of it is least.
    if (Value low = getNeededLow(*product, 0))
      addProduct(low, y);
    if (Value low = getNeededLow(*product, 1))
      addProduct(x, low);
    addProduct(x, y);
    set(op, sum, wide);
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

/// True where a tail of at most 1, and normalized, is divided by what is the
/// same for all, for what takes the plain quotient.
bool MathLowering::isTailOverUniform(act::DivOp op) const {
  mlir::Operation *tail = op.getLhs().getDefiningOp();
  return isa_and_nonnull<act::SoftplusOp>(tail) &&
         isNonPositive(tail->getOperand(0)) && uniform.contains(op.getRhs()) &&
         !b.getTraits().hasAvx512 && !passesExponent(op);
}

/// x / y with both times a power of two that leaves the tail a normal number:
/// the quotient, which may be subnormal, is rounded once. Where y is so large
/// that a subnormal tail is 0 over it, as they are. Below the range the power
/// is 0, whose exponent is one below that of normal numbers.
Value MathLowering::divideTail(const ScaledValue &x, Value y) {
  bool ofF64 = VectorBuilder::isF64(y);
  Value magnitude = b.abs(y);
  auto choose = [&](double small, double medium, double large) {
    auto isBelow = [&](double bound) {
      return b.compare(VectorBuilder::Compare::LT, magnitude, b.like(y, bound));
    };
    return b.select(isBelow(1.0), b.like(y, small),
                    b.select(isBelow(ofF64 ? 0x1p500 : 0x1p60),
                             b.like(y, medium), b.like(y, large)));
  };
  Value shift = ofF64 ? choose(600, 56, 0) : choose(90, 27, 0);
  Value power = ofF64 ? choose(0x1p600, 0x1p56, 1) : choose(0x1p90, 0x1p27, 1);
  Value least = b.sub(b.like(y, ofF64 ? -1023.0 : -127.0), shift);
  Value n = b.add(b.maxFast(least, x.exponent), shift);
  return b.div(b.mul(x.mantissa, b.exp2Integer(n)), b.mul(y, power));
}

void MathLowering::emitDivision(act::DivOp op, bool wide) {
  if (ScaledValue tail = values.getScaled(op.getLhs());
      tail.exponent && !wide && isTailOverUniform(op)) {
    set(*op, divideTail(tail, operand(*op, 1, wide)), wide);
    return;
  }
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
    // The last operation of the second value can take the choice in.
    mlir::Operation *last = op.getOperand(2).getDefiningOp();
    bool isOver = op.getOperand(0).hasOneUse() && !x.exponent && !y.exponent &&
                  isa_and_nonnull<act::AddOp, act::SubOp, act::MulOp>(last) &&
                  last->hasOneUse();
    ScaledValue chosen{isOver ? b.selectOver(mask, x.mantissa, y.mantissa)
                              : b.select(mask, x.mantissa, y.mantissa),
                       Value()};
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

} // namespace actin
