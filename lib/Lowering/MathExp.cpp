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

static constexpr double ln2HighF32 = 0x1.62e4p-1, ln2LowF32 = 0x1.7f7d1cp-20;
static constexpr double ln2HighF64 = 0x1.62e42fefa38p-1,
                        ln2LowF64 = 0x1.ef35793c7673p-45;
static constexpr double log2e = 0x1.71547652b82fep0,
                        log2eLow = 0x1.777d0ffda0d24p-56;
static constexpr double ln2 = 0x1.62e42fefa39efp-1;

// exp(r) = 1 + r + r^2 Q(r), |r| <= 1.004 ln(2)/2.
// f32: relative error 2^-26.6; f64: 2^-62.
static constexpr double expQ32[] = {0x1p-1, 0x1.5554dcp-3, 0x1.55556cp-5,
                                    0x1.120cc6p-7, 0x1.6cab26p-10};
static constexpr double expQ64[] = {0x1p-1,
                                    0x1.5555555555557p-3,
                                    0x1.5555555555551p-5,
                                    0x1.1111111110022p-7,
                                    0x1.6c16c16c1919p-10,
                                    0x1.a01a01ac42d64p-13,
                                    0x1.a01a0194e7303p-16,
                                    0x1.71de0123badbdp-19,
                                    0x1.27e507085d9bp-22,
                                    0x1.af500320ae1fap-26,
                                    0x1.1f29a739a3aa9p-29};
// 2^f = 1 + f P(f), |f| <= 1/2: relative error 2^-27.6.
static constexpr double exp2P32[] = {0x1.62e43p-1,   0x1.ebfbdep-3,
                                     0x1.c6af9ep-5,  0x1.3b2c58p-7,
                                     0x1.5ef4acp-10, 0x1.427932p-13};

std::pair<double, double> splitLn2(bool f64) {
  return f64 ? std::pair(ln2HighF64, ln2LowF64)
             : std::pair(ln2HighF32, ln2LowF32);
}

static llvm::ArrayRef<double> expCoefficients(Value model) {
  return VectorBuilder::isF64(model) ? llvm::ArrayRef<double>(expQ64)
                                     : llvm::ArrayRef<double>(expQ32);
}

double leastExp(bool f64) { return f64 ? -746.0 : -104.0; }
double farthestExp(bool f64) { return f64 ? -1e9 : -1e5; }

Value atLeast(VectorBuilder &b, Value x, double limit) {
  return b.maxFast(b.like(x, limit), x);
}
Value atMost(VectorBuilder &b, Value x, double limit) {
  return b.minFast(b.like(x, limit), x);
}

Value orSign(VectorBuilder &b, Value x, Value sign) {
  Value mask = b.toBits(b.like(x, -0.0));
  return b.fromBits(b.intOr(b.toBits(x), b.intAnd(b.toBits(sign), mask)));
}

/// log2(e), to twice the precision of `model`.
static ValuePair log2ePair(VectorBuilder &b, Value model) {
  if (VectorBuilder::isF64(model))
    return {b.like(model, log2e), b.like(model, log2eLow)};
  return {b.like(model, float(log2e)), b.like(model, log2e - float(log2e))};
}

ReducedExp reduceExpBy(VectorBuilder &b, const ValuePair &x, Value n,
                       bool withLow, double scale) {
  auto [ln2High, ln2Low] = splitLn2(VectorBuilder::isF64(x.high));
  // Constants take the minus: of n it may be an operation.
  Value high = b.like(n, -ln2High / scale), low = b.like(n, -ln2Low / scale);
  Value first = b.fma(n, high, x.high);
  if (!withLow) // One rounding: `first` is exact.
    return {n,
            x.low ? b.add(first, b.fma(n, low, x.low)) : b.fma(n, low, first),
            Value()};
  Value r = b.fma(n, low, first);
  Value rest = b.fma(n, low, b.sub(first, r));
  if (!x.low)
    return {n, r, rest};
  // Far from 0 an x.low may be large beside r.
  Value sum = b.add(r, x.low);
  return {n, sum, b.add(rest, b.sub(x.low, b.sub(sum, r)))};
}

ReducedExp reduceExp(VectorBuilder &b, const ValuePair &x, bool withLow) {
  Value n = b.roundProduct(x.high, b.like(x.high, log2e));
  return reduceExpBy(b, x, n, withLow);
}

/// `value` with that many significant bits.
static double roundBits(double value, int bits) {
  int exponent;
  double fraction = std::frexp(value, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, bits)),
                    exponent - bits);
}

/// base * factor log2(e) = n + r, the product exact but for r's rounding.
static ReducedExp reduceProduct(VectorBuilder &b, Value base,
                                ValuePair factor) {
  double limit = VectorBuilder::isF64(base) ? 0x1p1023 : 0x1p127;
  factor.high = atLeast(b, atMost(b, factor.high, limit), -limit);
  ValuePair rate = mulPairsLoosely(b, factor, log2ePair(b, base));
  // Splitting a huge factor, where there is no FMA, gives no number.
  rate.low = b.select(b.isNaN(rate.low), b.like(base, 0.0), rate.low);
  Value n = b.roundProduct(base, rate.high);
  Value r = b.fma(base, rate.high, b.neg(n));
  return {n, b.fma(base, rate.low, r), Value(), ln2};
}

/// base * factor = n ln(2) / scale + r, likewise, both held to their ranges.
static ReducedExp reduceVaryingProduct(VectorBuilder &b, const ExpArgument &x,
                                       double least, double most) {
  bool f64 = VectorBuilder::isF64(x.base);
  double scale = x.scale->toDouble();
  Value product = b.mul(x.base, x.factor.high);
  Value n = b.roundProduct(product, b.like(product, scale * log2e));
  if (std::isfinite(most))
    n = atMost(b, n, std::ceil(most * log2e));
  if (std::isfinite(least))
    n = atLeast(b, n, std::floor(least * log2e));
  // As many bits as n times them is exact with.
  // The polynomial's unit is one number of the type; the factor takes in what
  // it is off.
  Real unit(f64 ? x.scale->toDouble() : double(x.scale->toFloat()));
  Real step = evaluateUnary("log", Real(2.0)) / unit;
  double high =
      f64 ? roundBits(step.toDouble(), 41) : roundBits(step.toDouble(), 15);
  double low = (step - Real(high)).toDouble();
  Value multiple = b.mul(n, b.like(n, -high));
  Value r = b.fma(x.base, x.factor.high, multiple);
  Value factorLow = x.factor.low;
  if (double rest = (*x.scale / unit - Real(1.0)).toDouble(); rest != 0.0) {
    Value share = b.like(n, rest);
    factorLow = factorLow ? b.fma(x.factor.high, share, factorLow)
                          : b.mul(x.factor.high, share);
  }
  // What is small comes together first: one rounding of r less.
  Value rest = b.mul(n, b.like(n, -low));
  if (factorLow)
    rest = b.fma(x.base, factorLow, rest);
  r = b.add(r, rest);
  scale = unit.toDouble();
  if (x.isHeldBelow && !std::isfinite(most))
    return {n, r, Value(), scale};
  // Beyond the bounds of n it may be anything, NaN too.
  double limit = 0.7 / std::fabs(scale);
  r = b.minFast(r, b.like(r, limit));
  r = b.maxFast(r, b.like(r, -limit));
  // vscalefps takes the NaN from n.
  if (!b.getTraits().hasAvx512)
    r = b.select(b.isNaN(n), n, r);
  return {n, r, Value(), scale};
}

ReducedExp reduceBoundedExp(VectorBuilder &b, const ExpArgument &x,
                            double least, double most, bool withLow) {
  if (!x.base) {
    Value high = x.value.high;
    if (std::isfinite(most))
      high = atMost(b, high, most);
    if (std::isfinite(least))
      high = atLeast(b, high, least);
    return reduceExp(b, {high, x.value.low}, withLow);
  }
  if (x.scale)
    return reduceVaryingProduct(b, x, least, most);
  // The bounds of the base; NaN where the factor is 0 and needs none.
  Value toLeast = b.div(b.like(x.base, least), x.factor.high);
  Value toMost = b.div(b.like(x.base, most), x.factor.high);
  Value base = x.base;
  if (std::isfinite(least) && std::isfinite(most)) {
    base = b.maxFast(b.minFast(toLeast, toMost), base);
    base = b.minFast(b.maxFast(toLeast, toMost), base);
  } else {
    // One bound, of a product whose factor is not negative.
    base = std::isfinite(least) ? b.maxFast(toLeast, base)
                                : b.minFast(toMost, base);
  }
  return reduceProduct(b, base, x.factor);
}

ExpArgument minusMagnitude(VectorBuilder &b, const ExpArgument &x) {
  Value high = b.neg(b.abs(x.value.high));
  std::optional<Real> scale = x.scale;
  if (scale && scale->isNegative())
    scale = -*scale;
  if (x.base)
    return {high, b.neg(b.abs(x.base)), absPair(b, x.factor), scale};
  if (!x.value.low)
    return ValuePair{high, Value()};
  Value positive = b.compare(VectorBuilder::Compare::GT, x.value.high,
                             b.like(x.value.high, 0.0));
  return ValuePair{high, b.select(positive, b.neg(x.value.low), x.value.low)};
}

/// unit, unit^2 c[0], unit^3 c[1] …: those of (exp(unit r) - 1) / r.
static llvm::SmallVector<double> factorCoefficients(Value model, double unit) {
  if (std::fabs(unit) == ln2 && !VectorBuilder::isF64(model)) {
    llvm::SmallVector<double> ofTwo(std::begin(exp2P32), std::end(exp2P32));
    for (size_t k = 0; unit < 0 && k < ofTwo.size(); k += 2)
      ofTwo[k] = -ofTwo[k];
    return ofTwo;
  }
  llvm::SmallVector<double> coefficients = {unit};
  double power = unit;
  for (double coefficient : expCoefficients(model))
    coefficients.push_back(coefficient * (power *= unit));
  return coefficients;
}

Value expOfReduced(VectorBuilder &b, Value r, double unit) {
  llvm::SmallVector<double> coefficients = factorCoefficients(r, unit);
  coefficients.insert(coefficients.begin(), 1.0);
  return b.horner(r, coefficients);
}

Value expFactorOfNegative(VectorBuilder &b, Value r, double unit) {
  return b.horner(r, factorCoefficients(r, -unit));
}

Value expm1OfReduced(VectorBuilder &b, Value r, double unit) {
  return b.mul(r, b.horner(r, factorCoefficients(r, unit)));
}

/// unit r + r (unitLow + r (…)), the unit in two parts.
Value expm1OfReducedExact(VectorBuilder &b, Value r, double unit) {
  if (unit == 1.0)
    return b.fma(b.mul(r, r), b.horner(r, expCoefficients(r)), r);
  double high = VectorBuilder::isF64(r) ? unit : double(float(unit));
  llvm::SmallVector<double> coefficients = factorCoefficients(r, unit);
  coefficients.front() -= high;
  return b.fma(r, b.like(r, high), b.mul(r, b.horner(r, coefficients)));
}

Value expm1Tail(VectorBuilder &b, Value r, Value low) {
  Value q = b.horner(r, expCoefficients(r));
  Value square = b.mul(r, r);
  return low ? b.fma(square, q, low) : b.mul(square, q);
}

ValuePair expm1PairOfReduced(VectorBuilder &b, const ReducedExp &x) {
  Value high = x.r, low = x.low;
  if (x.unit != 1.0) {
    Value unit = b.like(x.r, x.unit);
    high = b.mul(x.r, unit);
    low = b.productError(x.r, unit, high);
    if (x.low)
      low = b.fma(x.low, unit, low);
  }
  return b.fastTwoSum(high, expm1Tail(b, high, low));
}

/// The first x whose exponential overflows.
static double mostExp(bool f64) { return f64 ? 710.0 : 89.0; }
/// |exponent| of a scaled result: several of them sum exactly.
static double maxExponent(bool f64) { return f64 ? 3000.0 : 400.0; }

//===----------------------------------------------------------------------===//
// exp, exp2
//===----------------------------------------------------------------------===//

/// 0 below `limit` (a tiny number is finite times infinity), else m.
static Value zeroBelow(VectorBuilder &b, Value x, double limit, Value m) {
  Value isBelow = b.compare(VectorBuilder::Compare::LT, x, b.like(x, limit));
  return b.select(isBelow, b.like(m, 0.0), m);
}

/// Integral n held to the range of scaled results, NaN to an end of it.
static Value clampExponent(VectorBuilder &b, Value n) {
  double limit = maxExponent(VectorBuilder::isF64(n));
  n = b.minFast(n, b.like(n, limit));
  return b.maxFast(n, b.like(n, -limit));
}

/// e^(high + low) = mantissa * 2^exponent, mantissa in [0.7, 1.42] for |high| <
/// 277 (f32) or 2079 (f64). Below, the mantissa is 0; above, it grows instead
/// of the exponent, up to infinity at infinity. NaN gives a NaN mantissa;
/// exponents are always finite. Max error of the mantissa: f32 0.95 ulp, f64
/// 0.76 ulp.
ScaledValue emitExpScaled(VectorBuilder &b, const ValuePair &x) {
  double limit = maxExponent(VectorBuilder::isF64(x.high));
  Value n = b.roundProduct(x.high, b.like(x.high, log2e));
  n = clampExponent(b, n);
  ReducedExp reduced = reduceExpBy(b, x, n, /*withLow=*/false);
  Value mantissa = expOfReduced(b, reduced.r);
  return {zeroBelow(b, x.high, -limit * 0.6931, mantissa), n};
}

/// The same for x <= 64 (garbage for others), with fewer steps: below
/// farthestExp the value is that there; the mantissa is never 0.
ScaledValue emitExpOfBoundedScaled(VectorBuilder &b, const ExpArgument &x) {
  double least = -std::numeric_limits<double>::infinity();
  if (!x.isHeldBelow)
    least = farthestExp(VectorBuilder::isF64(x.value.high));
  ReducedExp reduced = reduceBoundedExp(b, x, least, x.most);
  return {expOfReduced(b, reduced.r, reduced.unit), reduced.n};
}

/// 1 + expm1(unit (r + low)).
static ValuePair expPairOfReduced(VectorBuilder &b, const ReducedExp &x) {
  ValuePair less = expm1PairOfReduced(b, x);
  ValuePair sum = b.fastTwoSum(b.like(x.r, 1.0), less.high);
  return b.fastTwoSum(sum.high, b.add(sum.low, less.low));
}

/// As emitExpScaled. Max error: 0.25 ulp beyond that of the rounding.
ScaledPair emitExpPair(VectorBuilder &b, const ValuePair &x) {
  double limit = maxExponent(VectorBuilder::isF64(x.high));
  Value n = b.roundProduct(x.high, b.like(x.high, log2e));
  n = clampExponent(b, n);
  ValuePair mantissa =
      expPairOfReduced(b, reduceExpBy(b, x, n, /*withLow=*/true));
  // Far beyond the range, where parts are no numbers: as large as can be.
  mantissa.high = b.select(b.isNaN(mantissa.high), x.high, mantissa.high);
  return {{zeroBelow(b, x.high, -limit * 0.6931, mantissa.high),
           zeroBelow(b, x.high, -limit * 0.6931, mantissa.low)},
          n};
}

/// As emitExpOfBoundedScaled, with the errors of emitExpPair.
ScaledPair emitExpOfBoundedPair(VectorBuilder &b, const ExpArgument &x) {
  double least = farthestExp(VectorBuilder::isF64(x.value.high));
  ReducedExp reduced = reduceBoundedExp(b, x, least, x.most, /*withLow=*/true);
  return {expPairOfReduced(b, reduced), reduced.n};
}

/// 2^f, |f| <= 1/2. f32 0.85 ulp, f64 0.78 ulp.
static Value exp2OfFraction(VectorBuilder &b, Value f) {
  if (VectorBuilder::isF64(f))
    return expOfReduced(b, b.mul(f, b.like(f, 0x1.62e42fefa39efp-1)));
  llvm::SmallVector<double> coefficients = {1.0};
  llvm::append_range(coefficients, exp2P32);
  return b.horner(f, coefficients);
}

/// 2^(high + low), as emitExpScaled; the limits are |high| < 400 (f32) and 3000
/// (f64). Max error of the mantissa: f32 0.85 ulp, f64 0.78 ulp.
ScaledValue emitExp2Scaled(VectorBuilder &b, const ValuePair &x) {
  double limit = maxExponent(VectorBuilder::isF64(x.high));
  Value n = clampExponent(b, b.roundEven(x.high));
  Value f = b.sub(x.high, n);
  if (x.low)
    f = b.add(f, x.low);
  return {zeroBelow(b, x.high, -limit, exp2OfFraction(b, f)), n};
}

/// e^(high + low) for all inputs: 0 at -infinity, infinity at +infinity, NaN at
/// NaN; subnormal results rounded once. Max error: f32 0.95 ulp, f64 0.76 ulp.
Value emitExp(VectorBuilder &b, const ValuePair &x) {
  bool f64 = VectorBuilder::isF64(x.high);
  Value clamped = atLeast(b, atMost(b, x.high, mostExp(f64)), leastExp(f64));
  ReducedExp reduced = reduceExp(b, {clamped, x.low}, /*withLow=*/false);
  return b.scaleNear(expOfReduced(b, reduced.r), reduced.n);
}

/// 2^(high + low) for all inputs, as emitExp. Max error: f32 0.85 ulp, f64 0.78
/// ulp.
Value emitExp2(VectorBuilder &b, const ValuePair &x) {
  bool f64 = VectorBuilder::isF64(x.high);
  Value clamped = atMost(b, x.high, f64 ? 1025.0 : 129.0);
  clamped = atLeast(b, clamped, f64 ? -1080.0 : -155.0);
  Value n = b.roundEven(clamped);
  Value f = b.sub(clamped, n);
  if (x.low)
    f = b.add(f, x.low);
  return b.scaleNear(exp2OfFraction(b, f), n);
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
