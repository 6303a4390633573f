//===- MathExp.cpp - exp and its relatives --------------------------------===//
//
// exp(x) = 2^n exp(r), by Cody and Waite's reduction and a minimax polynomial.
// Errors are measured on stratified samples (f32 exhaustively); coefficients by
// coefficients/exp.sollya.
//
//===----------------------------------------------------------------------===//

#include "Lowering/ExpReduction.h"
#include "Lowering/MathFunctions.h"
#include "Lowering/PairArithmetic.h"

#include <cmath>
#include <limits>

namespace actin {

/// The first x whose exponential overflows.
static double mostExp(bool f64) { return f64 ? 710.0 : 89.0; }
/// |exponent| of a scaled result: several of them sum exactly. Beyond f64's
/// range: that of f32 may go on in f64.
static double maxExponent(bool f64) { return f64 ? 4500.0 : 2200.0; }

//===----------------------------------------------------------------------===//
// exp, exp2
//===----------------------------------------------------------------------===//

/// `end` below `limit`, else m.
static Value endBelow(VectorBuilder &b, Value x, double limit, Value m,
                      double end) {
  Value isBelow = b.compare(VectorBuilder::Compare::LT, x, b.like(x, limit));
  return b.select(isBelow, b.like(m, end), m);
}

/// What is left of an argument whose place may be the range's end: beyond that
/// the mantissa is what it is there, so that times 0 it is 0, and times
/// infinity infinity.
static Value holdReduced(VectorBuilder &b, Value r) {
  return atLeast(b, atMost(b, r, 0.5), -0.5);
}

/// The place of 2^(rate x), NaN at an end of the range of scaled results.
static ExpPlace findScaledPlace(VectorBuilder &b, Value x, Value rate) {
  double limit = maxExponent(VectorBuilder::isF64(x));
  return findExpPlace(b, x, rate, b.getFastTableSize(x),
                      {-limit, limit, /*keepsNaN=*/false});
}

/// e^(high + low) = mantissa * 2^exponent, mantissa in [0.6, 2]. Beyond |high|
/// = 1524 (f32) or 3119 (f64) it is that there, and out of range beside all
/// numbers. NaN gives a NaN mantissa; exponents are always finite. Max error of
/// the mantissa: f32 0.95 ulp (0.53 beside a table) for |high| < 354, f64 0.76
/// ulp for |high| < 1419.
ScaledValue emitExpScaled(VectorBuilder &b, const ValuePair &x) {
  ReducedExp reduced =
      reduceExpBy(b, x, findScaledPlace(b, x.high, b.like(x.high, log2e)),
                  /*withLow=*/false);
  reduced.r = holdReduced(b, reduced.r);
  return {expOfReduced(b, reduced), reduced.n};
}

/// The same for x <= 64 (garbage for others), with fewer steps: below
/// farthestExp the value is that there; the mantissa is never 0.
ScaledValue emitExpOfBoundedScaled(VectorBuilder &b, const ExpArgument &x) {
  double least = -std::numeric_limits<double>::infinity();
  if (!x.isHeldBelow)
    least = farthestExp(VectorBuilder::isF64(x.value.high));
  ReducedExp reduced = reduceBoundedExp(b, x, least, x.most, /*withLow=*/false,
                                        b.getFastTableSize(x.value.high));
  return {expOfReduced(b, reduced), reduced.n};
}

static ValuePair expPairOfReduced(VectorBuilder &b, const ReducedExp &x) {
  auto [whole, rest] = expPairTermOfReduced(b, x);
  ValuePair sum = b.fastTwoSum(whole, rest.high);
  return rest.low ? b.fastTwoSum(sum.high, b.add(sum.low, rest.low)) : sum;
}

/// As emitExpScaled. Max error beyond that of the rounding: 0.25 ulp, 0.02
/// beside a table.
ScaledPair emitExpPair(VectorBuilder &b, const ValuePair &x) {
  double limit = maxExponent(VectorBuilder::isF64(x.high));
  ReducedExp reduced =
      reduceExpBy(b, x, findScaledPlace(b, x.high, b.like(x.high, log2e)),
                  /*withLow=*/true);
  ValuePair mantissa = expPairOfReduced(b, reduced);
  // Far beyond the range, where parts are no numbers: as large as can be.
  mantissa.high = b.select(b.isNaN(mantissa.high), x.high, mantissa.high);
  double end = VectorBuilder::isF64(x.high) ? 0x1p-1000 : 0x1p-100;
  return {{endBelow(b, x.high, -limit * 0.6931, mantissa.high, end),
           endBelow(b, x.high, -limit * 0.6931, mantissa.low, 0.0)},
          reduced.n};
}

/// As emitExpOfBoundedScaled, with the errors of emitExpPair.
ScaledPair emitExpOfBoundedPair(VectorBuilder &b, const ExpArgument &x) {
  double least = farthestExp(VectorBuilder::isF64(x.value.high));
  ReducedExp reduced = reduceBoundedExp(b, x, least, x.most, /*withLow=*/true,
                                        b.getFastTableSize(x.value.high));
  return {expPairOfReduced(b, reduced), reduced.n};
}

/// 2^(x.high + x.low - place.multiple) is what is left.
static ReducedExp reduceExp2(VectorBuilder &b, const ValuePair &x,
                             const ExpPlace &place) {
  Value f = b.sub(x.high, place.multiple);
  if (x.low)
    f = b.add(f, x.low);
  if (VectorBuilder::isF64(f))
    return {place, b.mul(f, b.like(f, ln2)), Value()};
  return {place, f, Value(), ln2};
}

/// The exponential of `x`, which is 2^n, n any number, times what `reduce`
/// leaves.
static ExtendedPair
emitAnySize(VectorBuilder &b, const ValuePair &x, Value n,
            const ExtendedPair &infinity,
            llvm::function_ref<ReducedExp(const ExpPlace &)> reduce) {
  using Compare = VectorBuilder::Compare;
  Value zero = b.like(n, 0.0), magnitude = b.abs(n);
  ReducedExp reduced = reduce({n, n});
  // Of a huge argument, and of infinity, what is left is no number of use: the
  // mantissa is 1, also that of a multiple, whose exponent is one.
  Value isExact = b.compare(Compare::LE, magnitude, b.like(n, 0x1p52));
  reduced.r = b.select(isExact, reduced.r, zero);
  Value mantissa = expOfReduced(b, reduced);
  Value isNear = b.compare(Compare::LE, magnitude, b.like(n, 0x1p50));
  constexpr double most = VectorBuilder::largestExponent;
  Value far = b.minFast(b.maxFast(n, b.like(n, -most)), b.like(n, most));
  Value isInfinite =
      b.compare(Compare::EQ, b.abs(x.high),
                b.like(n, std::numeric_limits<double>::infinity()));
  // In proportion to what is infinite: e^(2 x) is beyond e^x.
  Value degree =
      b.sub(infinity.exponent, b.like(n, VectorBuilder::infinityExponent));
  if (infinity.far)
    degree = b.add(degree, infinity.far);
  degree = b.minFast(b.maxFast(degree, b.like(n, -8)), b.like(n, 16));
  Value beyond = b.mul(b.mul(b.like(n, VectorBuilder::infiniteExpExponent),
                             b.exp2Integer(degree)),
                       infinity.mantissa.high);
  far = b.select(isInfinite, beyond, far);
  return {{b.select(b.isNaN(x.high), x.high, mantissa), Value()},
          b.select(isNear, n, zero),
          b.select(isNear, zero, far)};
}

/// 2^(high + low), as emitExpScaled; the limits are |high| < 2200 (f32) and
/// 4500 (f64). Max error of the mantissa: f32 0.85 ulp (0.53 beside a table),
/// f64 0.78 ulp.
ScaledValue emitExp2Scaled(VectorBuilder &b, const ValuePair &x) {
  ReducedExp reduced =
      reduceExp2(b, x, findScaledPlace(b, x.high, /*rate=*/Value()));
  reduced.r = holdReduced(b, reduced.r);
  return {expOfReduced(b, reduced), reduced.n};
}

/// e^(high + low) of f64, mantissa in [0.7, 1.42]. Its exponent is held to
/// +-2^960; where the argument is infinite it is that of an infinite
/// exponential times what `infinity`, the argument as splitExponent has it or a
/// multiple, is beyond a plain one. NaN gives a NaN mantissa. Max error of the
/// mantissa: 0.76 ulp for |high| < 2^49; from 2^50 on only the exponent is
/// right.
ExtendedPair emitExpOfAnySize(VectorBuilder &b, const ValuePair &x,
                              const ExtendedPair &infinity) {
  return emitAnySize(b, x, b.roundEven(b.mul(x.high, b.like(x.high, log2e))),
                     infinity, [&](const ExpPlace &place) {
                       return reduceExpBy(b, x, place, /*withLow=*/false);
                     });
}

/// 2^(high + low), likewise.
ExtendedPair emitExp2OfAnySize(VectorBuilder &b, const ValuePair &x,
                               const ExtendedPair &infinity) {
  return emitAnySize(
      b, x, b.roundEven(x.high), infinity,
      [&](const ExpPlace &place) { return reduceExp2(b, x, place); });
}

/// e^(high + low) for all inputs: 0 at -infinity, infinity at +infinity, NaN at
/// NaN; subnormal results rounded once. Max error: f32 0.95 ulp (0.53 beside a
/// table), f64 0.76 ulp.
Value emitExp(VectorBuilder &b, const ValuePair &x) {
  bool f64 = VectorBuilder::isF64(x.high);
  Value clamped = atLeast(b, atMost(b, x.high, mostExp(f64)), leastExp(f64));
  ReducedExp reduced = reduceExp(b, {clamped, x.low}, /*withLow=*/false,
                                 b.getFastTableSize(clamped));
  return b.scaleNear(expOfReduced(b, reduced), reduced.n);
}

/// 2^(high + low) for all inputs, as emitExp. Max error: f32 0.85 ulp (0.53
/// beside a table), f64 0.78 ulp.
Value emitExp2(VectorBuilder &b, const ValuePair &x) {
  bool f64 = VectorBuilder::isF64(x.high);
  Value clamped = atMost(b, x.high, f64 ? 1025.0 : 129.0);
  clamped = atLeast(b, clamped, f64 ? -1080.0 : -155.0);
  ReducedExp reduced = reduceExp2(
      b, {clamped, x.low},
      findExpPlace(b, clamped, /*rate=*/Value(), b.getFastTableSize(clamped)));
  return b.scaleNear(expOfReduced(b, reduced), reduced.n);
}

//===----------------------------------------------------------------------===//
// expm1
//===----------------------------------------------------------------------===//

/// (1 - 2^-n + r + tail) * 2^n for n in [-60, 128] (f32), [-60, 1024] (f64),
/// without an intermediate overflow; at n = 0 it is r + tail, subnormals too.
static Value scaleExpm1(VectorBuilder &b, Value r, Value tail, Value n) {
  Value one = b.like(r, 1.0);
  // Near cancellation 1 - 2^-n + r is exact: `tail` comes last.
  if (b.getTraits().hasAvx512) {
    Value inverse = b.scale(one, b.neg(n));
    Value sum = b.add(b.add(b.sub(one, inverse), r), tail);
    return b.scale(sum, n);
  }
  // 2^(1-n) is 0 instead of subnormal at the largest n: it does not matter.
  Value twiceInverse = b.exp2Integer(b.sub(one, n));
  Value offset = b.fnma(twiceInverse, b.like(r, 0.5), one);
  Value sum = b.add(b.add(offset, r), tail);
  return b.mul(b.add(sum, sum), b.exp2Integer(b.sub(n, one)));
}

/// Held to where expm1 is -1 or infinite.
static ReducedExp reduceExpm1(VectorBuilder &b, const ValuePair &x) {
  bool f64 = VectorBuilder::isF64(x.high);
  Value clamped = atMost(b, x.high, f64 ? 709.79 : 88.73);
  clamped = atLeast(b, clamped, f64 ? -40.0 : -20.0);
  return reduceExp(b, {clamped, x.low}, /*withLow=*/true);
}

/// e^(high + low) - 1 for all inputs, with full relative accuracy around 0; -1
/// at -infinity, infinity at +infinity, NaN at NaN, zeros keep their sign.
/// Formula: expm1(r) 2^n + (2^n - 1). Max error: f32 1.3 ulp, f64 1.3 ulp.
Value emitExpm1(VectorBuilder &b, const ValuePair &x) {
  ReducedExp reduced = reduceExpm1(b, x);
  Value tail = expm1Tail(b, reduced.r, reduced.low);
  return orSign(b, scaleExpm1(b, reduced.r, tail, reduced.n), x.high);
}

/// (1 - 2^-n + r + tail) * 2^n in pairs; ranges as of scaleExpm1.
static ValuePair scaleExpm1Pair(VectorBuilder &b, Value r, Value tail,
                                Value n) {
  Value one = b.like(r, 1.0);
  bool scales = b.getTraits().hasAvx512;
  Value offset =
      scales ? b.sub(one, b.scale(one, b.neg(n)))
             : b.fnma(b.exp2Integer(b.sub(one, n)), b.like(r, 0.5), one);
  ValuePair sum = b.twoSum(offset, r);
  sum = b.fastTwoSum(sum.high, b.add(sum.low, tail));
  if (scales)
    return {b.scale(sum.high, n), b.scale(sum.low, n)};
  Value half = b.exp2Integer(b.sub(n, one));
  return {b.mul(b.add(sum.high, sum.high), half),
          b.mul(b.add(sum.low, sum.low), half)};
}

/// As emitExpm1. Max error: 0.45 ulp beyond the rounding's.
ValuePair emitExpm1Pair(VectorBuilder &b, const ValuePair &x) {
  ReducedExp reduced = reduceExpm1(b, x);
  Value tail = expm1Tail(b, reduced.r, reduced.low);
  ValuePair result = scaleExpm1Pair(b, reduced.r, tail, reduced.n);
  return {orSign(b, result.high, x.high), result.low};
}

/// exp and expm1 of x <= 0 (garbage for others) from one reduction; limits as
/// of emitExp and emitExpm1. Max error: exp f32 1.0 ulp, f64 0.9 ulp; expm1
/// f32 1.3 ulp, f64 1.3 ulp.
ExpPair emitExpAndExpm1(VectorBuilder &b, const ValuePair &x) {
  bool f64 = VectorBuilder::isF64(x.high);
  Value clamped = atLeast(b, x.high, leastExp(f64));
  ReducedExp reduced = reduceExp(b, {clamped, x.low}, /*withLow=*/true);
  Value p = b.add(reduced.r, expm1Tail(b, reduced.r, reduced.low));
  Value one = b.like(p, 1.0);
  // Where 2^n rounds to nothing beside 1 any small power will do.
  Value power = b.exp2Integer(atLeast(b, reduced.n, f64 ? -100.0 : -60.0));
  Value expm1 = b.fma(p, power, b.sub(power, one));
  return {b.scaleNear(b.add(one, p), reduced.n), orSign(b, expm1, x.high)};
}

} // namespace actin
