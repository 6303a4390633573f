//===- MathTrig.cpp - sin, cos, tan ---------------------------------------===//
//
// All in f64; f32 is widened and rounded once at the end. The argument is
// reduced to [-pi/4, pi/4] by three parts of pi/2 (Cody and Waite) up to 2^30,
// beyond by Payne and Hanek's method in a branch that is taken only where some
// lane needs it. Coefficients: coefficients/trig.sollya.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathFunctions.h"
#include "Lowering/PairArithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace actin {

using Compare = VectorBuilder::Compare;

namespace {
/// x = n pi/2 + (r.high + r.low), |r| <= pi/4 and a little; n is integral.
struct ReducedAngle {
  Value n;
  ValuePair r;
};
} // namespace

static constexpr double piHalf[] = {0x1.921fb54442d18p0, 0x1.1a62633145c06p-54,
                                    0x1.c1cd129024e08p-107};
static constexpr double twoOverPi = 0x1.45f306dc9c883p-1;
static constexpr double largestMedium = 0x1p30;

/// |x| <= 2^30. x - n piHalf[0] is exact: n has 30 bits, the difference is a
/// multiple of the last bit of piHalf[0] and smaller than 1.
static ReducedAngle reduceMedium(VectorBuilder &b, Value x) {
  Value n = b.roundEven(b.mul(x, b.like(x, twoOverPi)));
  Value first;
  if (b.getTraits().hasFma) {
    first = b.fnma(n, b.like(x, piHalf[0]), x);
  } else {
    Value product = b.mul(n, b.like(x, piHalf[0]));
    Value error = b.productError(n, b.like(x, piHalf[0]), product);
    first = b.sub(b.sub(x, product), error);
  }
  Value product = b.mul(n, b.like(x, piHalf[1]));
  Value error = b.productError(n, b.like(x, piHalf[1]), product);
  ValuePair r = b.twoSum(first, b.neg(product));
  Value low = b.sub(r.low, error);
  low = b.fnma(n, b.like(x, piHalf[2]), low);
  return {n, b.fastTwoSum(r.high, low)};
}

/// 2/pi in digits of 26 bits: enough for arguments below 2^2100.
static constexpr double twoOverPiDigits[] = {
    0x28be60d.0p-26, 0x2e4e441.0p-26, 0x14a7f09.0p-26, 0x357d1f5.0p-26,
    0xd37703.0p-26,  0x1b62959.0p-26, 0x24f10e4.0p-26, 0x41fe51.0p-26,
    0x18eaf7a.0p-26, 0x3bc561b.0p-26, 0x1c91b8e.0p-26, 0x2424dd2.0p-26,
    0x3801924.0p-26, 0x2eea09d.0p-26, 0x64873f.0p-26,  0x21deb1c.0p-26,
    0x2c4a69c.0p-26, 0x3ee8823.0p-26, 0x17d4bae.0p-26, 0x34484e9.0p-26,
    0x271c09a.0p-26, 0x345f7e4.0p-26, 0x4e6475.0p-26,  0x2398353.0p-26,
    0xe7d272.0p-26,  0x45f8bb.0p-26,  0x37e4a0e.0p-26, 0x31ff897.0p-26,
    0x3ff7816.0p-26, 0x180fef2.0p-26, 0x3c462d6.0p-26, 0x20a6d1f.0p-26,
    0x1b4d9fb.0p-26, 0xf27cb0.0p-26,  0x26dd3d1.0p-26, 0x23f669e.0p-26,
    0x17fa8b5.0p-26, 0x3527bac.0p-26, 0x1faf97c.0p-26, 0x17b3d07.0p-26,
    0xe7de29.0p-26,  0x1292ea6.0p-26, 0x2fed7ec.0p-26, 0x11f8d5d.0p-26,
    0x21580c.0p-26,  0x3046fc7.0p-26, 0x2daeafc.0p-26, 0xcfbc20.0p-26,
    0x26bd0d8.0p-26, 0x1da9e39.0p-26, 0x5857b9.0p-26,  0x21b0865.0p-26,
    0x266157c.0p-26, 0x14a0684.0p-26, 0x237ff6.0p-26,  0x804d73.0p-26,
    0x9cc418.0p-26,  0x61556c.0p-26,  0x29cea32.0p-26, 0x160e27b.0p-26,
    0x30231ad.0p-26, 0x7c419c.0p-26,  0xd9f377.0p-26,  0xe8092a.0p-26,
    0x20d6711.0p-26, 0x368b961.0p-26, 0x329b76b.0p-26, 0x344d157.0p-26,
    0x6414fa.0p-26,  0x25ff070.0p-26, 0x14fdf8c.0p-26, 0x3e832c2.0p-26,
    0x3793e60.0p-26, 0x327dbbc.0p-26, 0xcf49bb.0p-26,  0x36b1e5e.0p-26,
    0x3e27ce8.0p-26, 0x1f35caf.0p-26, 0x9fc761.0p-26,  0x3f12190.0p-26,
    0x1f1f091.0p-26, 0x2afa6ed.0p-26, 0x15dcb4c.0p-26, 0x433b15.0p-26,
    0x31852d6.0p-26, 0x1d19c3c.0p-26, 0xb12b50.0p-26,  0x14d2c5d.0p-26,
};
/// Of which that many are used.
static constexpr unsigned numDigitsUsed = 9;

/// Adds `term` to `sum`, exactly.
static void addExactly(VectorBuilder &b, ValuePair &sum, Value term) {
  ValuePair next = b.twoSum(sum.high, term);
  sum = {next.high, b.add(sum.low, next.low)};
}

/// sum + part * digit, modulo 4. `part` has 26 bits and `digit` 27 or the other
/// way round, so that the product is exact.
static void addProductModulo4(VectorBuilder &b, ValuePair &sum, Value part,
                              Value digit) {
  Value product = b.mul(part, digit);
  Value fours = b.roundEven(b.mul(product, b.like(product, 0.25)));
  addExactly(b, sum, b.fnma(fours, b.like(product, 4.0), product));
}

/// The nine digits of 2/pi from the index on, times head + tail, modulo 4. A
/// loop: this is seldom run, but compiled with each sine.
static ValuePair multiplyDigits(VectorBuilder &b, Value index, Value head,
                                Value tail) {
  mlir::OpBuilder &builder = b.getOpBuilder();
  mlir::Location location = b.getLocation();
  auto constant = [&](int64_t value) -> Value {
    return mlir::arith::ConstantIntOp::create(builder, location, value, 32);
  };
  Value zero = b.like(head, 0.0);
  auto loop = mlir::scf::ForOp::create(
      builder, location, constant(0), constant(numDigitsUsed), constant(1),
      mlir::ValueRange{zero, zero, b.like(head, 1.0), index});
  mlir::OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(loop.getBody());
  ValuePair sum{loop.getRegionIterArg(0), loop.getRegionIterArg(1)};
  Value unit = loop.getRegionIterArg(2), at = loop.getRegionIterArg(3);
  Value digit = b.mul(b.lookUp(head, twoOverPiDigits, at), unit);
  for (Value part : {head, tail})
    addProductModulo4(b, sum, part, digit);
  mlir::scf::YieldOp::create(
      builder, location,
      mlir::ValueRange{sum.high, sum.low, b.mul(unit, b.like(unit, 0x1p-26)),
                       b.intAdd(at, b.intLike(head, 1))});
  return {loop.getResult(0), loop.getResult(1)};
}

/// x 2^n of any size below 2^2100. The digits of 2/pi whose product with it is
/// a multiple of 4 are skipped; the next nine suffice.
static ReducedAngle reduceHuge(VectorBuilder &b, Value x, Value n) {
  Value bits = b.toBits(b.abs(x));
  Value exponent = b.fromInt(b.shiftRightLogical(bits, 52));
  exponent = b.add(b.sub(exponent, b.like(x, 1023.0)), n);
  Value skipped =
      b.floor(b.mul(b.sub(exponent, b.like(x, 54.0)), b.like(x, 1.0 / 26.0)));
  constexpr unsigned most = std::size(twoOverPiDigits) - numDigitsUsed;
  skipped = b.minFast(b.like(x, most), b.maxFast(b.like(x, 0.0), skipped));
  Value index = b.toInt(skipped);
  Value scaled = b.scale(x, b.fma(skipped, b.like(x, -26.0), n));
  Value head = b.fromBits(
      b.intAnd(b.toBits(scaled), b.intLike(x, 0xfffffffff8000000ull)));
  Value tail = b.sub(scaled, head);
  ValuePair sum = multiplyDigits(b, index, head, tail);
  Value turns = b.roundEven(sum.high);
  ValuePair fraction = b.twoSum(b.sub(sum.high, turns), sum.low);
  ValuePair scale{b.like(x, piHalf[0]), b.like(x, piHalf[1])};
  return {turns, mulPairs(b, fraction, scale)};
}

/// The angle of the sum, |r| <= pi/4 and a little again.
static ReducedAngle addAngles(VectorBuilder &b, const ReducedAngle &x,
                              const ReducedAngle &y) {
  ValuePair r = addPairs(b, x.r, y.r);
  Value turns = b.roundEven(b.mul(r.high, b.like(r.high, twoOverPi)));
  ValuePair quarter{b.like(turns, -piHalf[0]), b.like(turns, -piHalf[1])};
  r = addPairs(b, r, mulPairs(b, {turns, Value()}, quarter));
  return {b.add(b.add(x.n, y.n), turns), r};
}

/// The same of a pair, whose low part adds an angle of its own.
static ReducedAngle reduceHugePair(VectorBuilder &b, const ScaledPair &x) {
  Value n = x.exponent ? x.exponent : b.like(x.mantissa.high, 0.0);
  ReducedAngle angle = reduceHuge(b, x.mantissa.high, n);
  if (!x.mantissa.low)
    return angle;
  return addAngles(b, angle, reduceHuge(b, x.mantissa.low, n));
}

/// `x.low` is null or a finite number, of half an ulp of x.high at the most.
/// `unbounded`: as of Angle::reduce.
static ReducedAngle reduceAngle(VectorBuilder &b, const ValuePair &x,
                                llvm::function_ref<ScaledPair()> unbounded) {
  mlir::OpBuilder &builder = b.getOpBuilder();
  mlir::Location location = b.getLocation();
  Value isHuge =
      b.compare(Compare::GT, b.abs(x.high), b.like(x.high, largestMedium));
  Value anyHuge = mlir::vector::ReductionOp::create(
      builder, location, mlir::vector::CombiningKind::OR, isHuge);
  ReducedAngle medium = reduceMedium(b, x.high);
  if (x.low)
    medium.r = b.fastTwoSum(medium.r.high, b.add(medium.r.low, x.low));
  mlir::Type type = x.high.getType();
  auto branch = mlir::scf::IfOp::create(builder, location,
                                        mlir::TypeRange{type, type, type},
                                        anyHuge, /*withElseRegion=*/true);
  {
    mlir::OpBuilder::InsertionGuard guard(builder);
    auto yield = [&](const ReducedAngle &angle) {
      mlir::scf::YieldOp::create(
          builder, location,
          mlir::ValueRange{angle.n, angle.r.high, angle.r.low});
    };
    builder.setInsertionPointToStart(branch.thenBlock());
    ReducedAngle huge =
        reduceHugePair(b, unbounded ? unbounded() : ScaledPair{x, Value()});
    yield({b.select(isHuge, huge.n, medium.n),
           selectPairs(b, isHuge, huge.r, medium.r)});
    builder.setInsertionPointToStart(branch.elseBlock());
    yield(medium);
  }
  return {branch.getResult(0), {branch.getResult(1), branch.getResult(2)}};
}

static constexpr double sinCoefficients[] = {
    -0x1.5555555555555p-3, 0x1.1111111110c78p-7,   -0x1.a01a019e9e16ep-13,
    0x1.71de37ad7fd05p-19, -0x1.ae601c62e7881p-26, 0x1.5e0fdbacfa1cap-33};
static constexpr double cosCoefficients[] = {
    0x1.5555555555555p-5,   -0x1.6c16c16c168c7p-10, 0x1.a01a019f3748ap-16,
    -0x1.27e4fa017dd67p-22, 0x1.1eeb563bdaa43p-29,  -0x1.90724d2e62137p-37};

/// sin of a reduced angle: r + r^3 P(r^2), the low part to first order.
static ValuePair sinReduced(VectorBuilder &b, const ValuePair &r,
                            Value square) {
  Value cube = b.mul(r.high, square);
  Value low = b.fnma(b.mul(square, b.like(square, 0.5)), r.low, r.low);
  return {r.high, b.fma(cube, b.estrin(square, sinCoefficients), low)};
}

/// cos of a reduced angle: 1 - r^2/2 + r^4 P(r^2), the rounding of 1 - r^2/2
/// made good.
static ValuePair cosReduced(VectorBuilder &b, const ValuePair &r,
                            Value square) {
  Value one = b.like(square, 1.0);
  Value half = b.mul(square, b.like(square, 0.5));
  Value head = b.sub(one, half);
  Value rest = b.sub(b.sub(one, head), half);
  rest = b.fnma(r.high, r.low, rest);
  Value fourth = b.mul(square, square);
  return {head, b.fma(fourth, b.estrin(square, cosCoefficients), rest)};
}

Angle Angle::make(VectorBuilder &b, bool isF64, Value x, Value quarterTurns,
                  const ValuePair &rest) {
  Value square = b.mul(rest.high, rest.high);
  return {isF64,
          x,
          quarterTurns,
          rest,
          sinReduced(b, rest, square),
          cosReduced(b, rest, square)};
}

Angle Angle::reduce(VectorBuilder &b, const ValuePair &x,
                    llvm::function_ref<ScaledPair()> unbounded) {
  bool isF64 = VectorBuilder::isF64(x.high);
  Value wide = isF64 ? x.high : b.widen(x.high), low = isF64 ? x.low : Value();
  if (low) // That of an infinity is no number.
    low = b.select(b.compare(Compare::LT, b.abs(low), b.abs(wide)), low,
                   b.like(low, 0.0));
  ReducedAngle angle = reduceAngle(b, {wide, low}, unbounded);
  return make(b, isF64, wide, angle.n, angle.r);
}

Angle Angle::reduceQuarters(VectorBuilder &b, const ValuePair &x, double factor,
                            bool isF64) {
  Value scale = b.like(x.high, factor);
  // What would overflow is whole turns, and stays that.
  Value isLarge = b.compare(Compare::GT, b.abs(x.high), b.like(scale, 0x1p900));
  Value high =
      b.select(isLarge, b.mul(x.high, b.like(scale, 0x1p-100)), x.high);
  Value product = b.mul(high, scale);
  ValuePair quarters{product, b.productError(high, scale, product)};
  if (x.low)
    quarters.low = b.fma(x.low, scale, quarters.low);
  Value turns = b.roundEven(quarters.high);
  ValuePair fraction = b.twoSum(b.sub(quarters.high, turns), quarters.low);
  Value next = b.roundEven(fraction.high); // Of a low part beyond 1.
  fraction.high = b.sub(fraction.high, next);
  ValuePair quarter{b.like(scale, piHalf[0]), b.like(scale, piHalf[1])};
  ValuePair rest = mulPairs(b, fraction, quarter);
  // Next to the end of the range a low part is no number of use.
  Value isTiny =
      b.compare(Compare::LT, b.abs(fraction.high), b.like(scale, 0x1p-500));
  rest.high = b.select(isTiny, b.mul(fraction.high, quarter.high), rest.high);
  rest.low = b.select(isTiny, b.like(scale, 0.0), rest.low);
  // Small, whatever is added to it.
  auto modulo4 = [&](Value n) {
    Value whole = b.roundEven(b.mul(n, b.like(scale, 0.25)));
    return b.fnma(whole, b.like(scale, 4.0), n);
  };
  turns = b.add(modulo4(turns), modulo4(next));
  return make(b, isF64, b.like(scale, 1.0), turns, rest);
}

Angle Angle::turn(VectorBuilder &b, int eighths) const {
  auto part = [&](double value) { return b.like(x, eighths * value); };
  ReducedAngle by{b.like(x, 0.0), {part(piHalf[0] / 2), part(piHalf[1] / 2)}};
  ReducedAngle sum = addAngles(b, {quarterTurns, rest}, by);
  // Where the sum is tiny, its rest is exact, and not the rounded sum.
  return make(b, isF64, b.like(x, 1.0), sum.n, sum.r);
}

/// sin(x + offset pi/2) in f64.
static ValuePair emitSine(VectorBuilder &b, const Angle &angle, double offset) {
  // The quadrant modulo 4, small whatever n is.
  Value n = angle.quarterTurns;
  if (offset != 0.0)
    n = b.add(n, b.like(n, offset));
  Value turns = b.floor(b.mul(n, b.like(n, 0.25)));
  Value quadrant = b.fnma(turns, b.like(n, 4.0), n);
  Value odd = b.maskOr(b.compare(Compare::EQ, quadrant, b.like(n, 1.0)),
                       b.compare(Compare::EQ, quadrant, b.like(n, 3.0)));
  Value negative = b.compare(Compare::GE, quadrant, b.like(n, 2.0));
  auto choose = [&](Value sine, Value cosine) {
    Value value = b.select(odd, cosine, sine);
    return b.select(negative, b.neg(value), value);
  };
  return {choose(angle.sine.high, angle.cosine.high),
          choose(angle.sine.low, angle.cosine.low)};
}

/// The same rounded.
static Value emitRoundedSine(VectorBuilder &b, const Angle &angle,
                             double offset) {
  Angle rounded = angle;
  rounded.sine = {b.add(angle.sine.high, angle.sine.low), angle.sine.low};
  rounded.cosine = {b.add(angle.cosine.high, angle.cosine.low),
                    angle.cosine.low};
  return emitSine(b, rounded, offset).high;
}

/// An f32 result is rounded once.
static Value finish(VectorBuilder &b, const Angle &angle, Value value) {
  return angle.isF64 ? value : b.narrow(value);
}

static Value isTiny(VectorBuilder &b, const Angle &angle) {
  return b.compare(Compare::LT, b.abs(angle.x), b.like(angle.x, 0x1p-27));
}

static Value xWhereTiny(VectorBuilder &b, const Angle &angle, Value value) {
  return b.select(isTiny(b, angle), angle.x, value);
}

/// sin(+-0) = +-0, sin(+-inf) = NaN; any finite argument. Max error: f32 0.5001
/// ulp, f64 0.78 ulp.
Value Angle::emitSin(VectorBuilder &b) const {
  return finish(b, *this, xWhereTiny(b, *this, emitRoundedSine(b, *this, 0.0)));
}

/// cos(0) = 1, cos(+-inf) = NaN; any finite argument. Max error: f32 0.5001
/// ulp, f64 0.79 ulp.
Value Angle::emitCos(VectorBuilder &b) const {
  return finish(b, *this, emitRoundedSine(b, *this, 1.0));
}

/// sin and cos with what the rounding of r^2 takes from the latter.
static ValuePair emitSinePair(VectorBuilder &b, const Angle &angle,
                              double offset) {
  Value r = angle.rest.high, square = b.mul(r, r);
  Value error = b.productError(r, r, square);
  Angle precise = angle;
  precise.cosine.low = b.fnma(error, b.like(r, 0.5), angle.cosine.low);
  ValuePair sine = emitSine(b, precise, offset);
  return b.fastTwoSum(sine.high, sine.low);
}

ValuePair Angle::emitSinPair(VectorBuilder &b) const {
  Value tiny = isTiny(b, *this);
  ValuePair sine = emitSinePair(b, *this, 0.0);
  // -x^3/6 is the low part there; x may be a pair.
  return selectPairs(b, tiny, {x, b.sub(sine.low, b.sub(x, sine.high))}, sine);
}

ValuePair Angle::emitCosPair(VectorBuilder &b) const {
  return emitSinePair(b, *this, 1.0);
}

/// tan(+-0) = +-0, tan(+-inf) = NaN; any finite argument. Max error: f32 0.5001
/// ulp, f64 1.9 ulp, without FMA 2 ulp.
Value Angle::emitTan(VectorBuilder &b) const {
  Value half = b.mul(quarterTurns, b.like(x, 0.5));
  Value odd = b.compare(Compare::NE, half, b.floor(half));
  Value sin = b.add(sine.high, sine.low), cos = b.add(cosine.high, cosine.low);
  Value tangent =
      b.div(b.select(odd, b.neg(cos), sin), b.select(odd, sin, cos));
  return finish(b, *this, xWhereTiny(b, *this, tangent));
}

Value emitSin(VectorBuilder &b, Value x) {
  return Angle::reduce(b, {x, Value()}).emitSin(b);
}
Value emitCos(VectorBuilder &b, Value x) {
  return Angle::reduce(b, {x, Value()}).emitCos(b);
}
Value emitTan(VectorBuilder &b, Value x) {
  return Angle::reduce(b, {x, Value()}).emitTan(b);
}

} // namespace actin
