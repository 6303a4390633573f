//===- ExpReduction.cpp - Reductions and polynomials of e^x ---------------===//
//
// Cody and Waite's reduction to a multiple of ln 2, or of a part of it where
// registers hold a table of the powers of two between 1 and 2: that leaves r
// small, so that its roundings do not show, and a short polynomial. Minimax
// coefficients by coefficients/exp.sollya.
//
//===----------------------------------------------------------------------===//

#include "Lowering/ExpReduction.h"

#include "Lowering/PairArithmetic.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>

namespace actin {

static constexpr double ln2HighF32 = 0x1.62e4p-1, ln2LowF32 = 0x1.7f7d1cp-20;
static constexpr double ln2HighF64 = 0x1.62e42fefa38p-1,
                        ln2LowF64 = 0x1.ef35793c7673p-45;
static constexpr double log2eLow = 0x1.777d0ffda0d24p-56;

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

// Beside a table of size N, |r| <= 1.004 ln(2) / 2N: Taylor's, relative error
// 2^-30.5 (N = 32) and 2^-29.4 (N = 8).
static constexpr double expQOf32[] = {0x1p-1, 0x1.555556p-3};
static constexpr double expQOf8[] = {0x1p-1, 0x1.555556p-3, 0x1.555556p-5};
// 2^(k / 32), to nearest.
static constexpr double powersOfTwo[] = {0x1p0,
                                         0x1.059b0d3158574p0,
                                         0x1.0b5586cf9890fp0,
                                         0x1.11301d0125b51p0,
                                         0x1.172b83c7d517bp0,
                                         0x1.1d4873168b9aap0,
                                         0x1.2387a6e756238p0,
                                         0x1.29e9df51fdee1p0,
                                         0x1.306fe0a31b715p0,
                                         0x1.371a7373aa9cbp0,
                                         0x1.3dea64c123422p0,
                                         0x1.44e086061892dp0,
                                         0x1.4bfdad5362a27p0,
                                         0x1.5342b569d4f82p0,
                                         0x1.5ab07dd485429p0,
                                         0x1.6247eb03a5585p0,
                                         0x1.6a09e667f3bcdp0,
                                         0x1.71f75e8ec5f74p0,
                                         0x1.7a11473eb0187p0,
                                         0x1.82589994cce13p0,
                                         0x1.8ace5422aa0dbp0,
                                         0x1.93737b0cdc5e5p0,
                                         0x1.9c49182a3f09p0,
                                         0x1.a5503b23e255dp0,
                                         0x1.ae89f995ad3adp0,
                                         0x1.b7f76f2fb5e47p0,
                                         0x1.c199bdd85529cp0,
                                         0x1.cb720dcef9069p0,
                                         0x1.d5818dcfba487p0,
                                         0x1.dfc97337b9b5fp0,
                                         0x1.ea4afa2a490dap0,
                                         0x1.f50765b6e454p0};

std::pair<double, double> splitLn2(bool f64) {
  return f64 ? std::pair(ln2HighF64, ln2LowF64)
             : std::pair(ln2HighF32, ln2LowF32);
}

/// Q of exp(r) = 1 + r + r^2 Q(r) beside a table of that size.
static llvm::ArrayRef<double> expCoefficients(Value model,
                                              unsigned tableSize = 0) {
  if (VectorBuilder::isF64(model))
    return expQ64;
  return tableSize == 32  ? llvm::ArrayRef<double>(expQOf32)
         : tableSize == 8 ? llvm::ArrayRef<double>(expQOf8)
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

/// `value` in the bounds, both of them moved by `offset`.
static Value hold(VectorBuilder &b, Value value, const MultipleBounds &bounds,
                  double offset) {
  if (std::isfinite(bounds.most))
    value = bounds.keepsNaN
                ? atMost(b, value, bounds.most + offset)
                : b.minFast(value, b.like(value, bounds.most + offset));
  if (std::isfinite(bounds.least))
    value = atLeast(b, value, bounds.least + offset);
  return value;
}

ExpPlace findExpPlace(VectorBuilder &b, Value x, Value rate, unsigned tableSize,
                      const MultipleBounds &bounds) {
  if (tableSize == 0) {
    Value n = rate ? b.roundProduct(x, rate) : b.roundEven(x);
    n = hold(b, n, bounds, 0.0);
    return {n, n};
  }
  // So large that its last bits count parts of 1.
  double magic = 0x1.8p23 / tableSize;
  Value offset = b.like(x, magic);
  Value shifted = rate ? b.fma(x, rate, offset) : b.add(x, offset);
  shifted = hold(b, shifted, bounds, magic);
  Value multiple = b.sub(shifted, offset);
  return {multiple, b.floor(multiple), b.toBits(shifted), tableSize};
}

ReducedExp reduceExpBy(VectorBuilder &b, const ValuePair &x,
                       const ExpPlace &place, bool withLow, double scale) {
  auto [ln2High, ln2Low] = splitLn2(VectorBuilder::isF64(x.high));
  Value multiple = place.multiple;
  // Constants take the minus: of n it may be an operation.
  Value high = b.like(multiple, -ln2High / scale);
  Value low = b.like(multiple, -ln2Low / scale);
  Value first = b.fma(multiple, high, x.high);
  // Beside a table r's roundings are small.
  if (!withLow || place.index) // One rounding: `first` is exact.
    return {place,
            x.low ? b.add(first, b.fma(multiple, low, x.low))
                  : b.fma(multiple, low, first),
            Value()};
  Value r = b.fma(multiple, low, first);
  Value rest = b.fma(multiple, low, b.sub(first, r));
  if (!x.low)
    return {place, r, rest};
  // Far from 0 an x.low may be large beside r.
  Value sum = b.add(r, x.low);
  return {place, sum, b.add(rest, b.sub(x.low, b.sub(sum, r)))};
}

ReducedExp reduceExp(VectorBuilder &b, const ValuePair &x, bool withLow,
                     unsigned tableSize) {
  ExpPlace place = findExpPlace(b, x.high, b.like(x.high, log2e), tableSize);
  return reduceExpBy(b, x, place, withLow);
}

/// `value` with that many significant bits.
static double roundBits(double value, int bits) {
  int exponent;
  double fraction = std::frexp(value, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, bits)),
                    exponent - bits);
}

/// base * factor log2(e) = multiple + r, the product exact but for r's
/// rounding.
static ReducedExp reduceProduct(VectorBuilder &b, Value base, ValuePair factor,
                                unsigned tableSize) {
  double limit = VectorBuilder::isF64(base) ? 0x1p1023 : 0x1p127;
  factor.high = atLeast(b, atMost(b, factor.high, limit), -limit);
  ValuePair rate = mulPairsLoosely(b, factor, log2ePair(b, base));
  // Splitting a huge factor, where there is no FMA, gives no number.
  rate.low = b.select(b.isNaN(rate.low), b.like(base, 0.0), rate.low);
  ExpPlace place = findExpPlace(b, base, rate.high, tableSize);
  Value r = b.fma(base, rate.high, b.neg(place.multiple));
  return {place, b.fma(base, rate.low, r), Value(), ln2};
}

/// base * factor = multiple ln(2) / scale + r, likewise, both held to their
/// ranges.
static ReducedExp reduceVaryingProduct(VectorBuilder &b, const ExpArgument &x,
                                       double least, double most,
                                       unsigned tableSize) {
  bool f64 = VectorBuilder::isF64(x.base);
  double scale = x.scale->toDouble();
  Value product = b.mul(x.base, x.factor.high);
  ExpPlace place =
      findExpPlace(b, product, b.like(product, scale * log2e), tableSize,
                   {std::floor(least * log2e), std::ceil(most * log2e)});
  Value multiple = place.multiple;
  // As many bits as n times them is exact with.
  // The polynomial's unit is one number of the type; the factor takes in what
  // it is off.
  Real unit(f64 ? x.scale->toDouble() : double(x.scale->toFloat()));
  Real step = evaluateUnary("log", Real(2.0)) / unit;
  int highBits = f64 ? 41 : 15 - llvm::Log2_32(std::max(tableSize, 1u));
  double high = roundBits(step.toDouble(), highBits);
  double low = (step - Real(high)).toDouble();
  Value r =
      b.fma(x.base, x.factor.high, b.mul(multiple, b.like(multiple, -high)));
  Value factorLow = x.factor.low;
  if (double rest = (*x.scale / unit - Real(1.0)).toDouble(); rest != 0.0) {
    Value share = b.like(multiple, rest);
    factorLow = factorLow ? b.fma(x.factor.high, share, factorLow)
                          : b.mul(x.factor.high, share);
  }
  // What is small comes together first: one rounding of r less.
  Value rest = b.mul(multiple, b.like(multiple, -low));
  if (factorLow)
    rest = b.fma(x.base, factorLow, rest);
  r = b.add(r, rest);
  scale = unit.toDouble();
  if (x.isHeldBelow && !std::isfinite(most))
    return {place, r, Value(), scale};
  // Beyond the bounds of n it may be anything, NaN too.
  double limit = 0.7 / std::fabs(scale);
  r = b.minFast(r, b.like(r, limit));
  r = b.maxFast(r, b.like(r, -limit));
  // vscalefps takes the NaN from n.
  if (!b.getTraits().hasAvx512)
    r = b.select(b.isNaN(multiple), multiple, r);
  return {place, r, Value(), scale};
}

/// The b for which b (b^2 + offset) is `value`.
static double solveCubic(double offset, double value) {
  double root = 0, step = std::cbrt(std::fabs(value));
  for (; root + step > root; step /= 2)
    if (double next = root + step;
        next * (next * next + offset) <= std::fabs(value))
      root = next;
  return std::copysign(root, value);
}

/// scale base (base^2 + offset) likewise, in fixed point: base^2 + offset, times
/// the scale, is rounded to a multiple of so little that the rest takes no part
/// in the choice of n; that rest is a difference of few digits, and exact.
/// nullopt where there are not enough digits for that.
static std::optional<ReducedExp> reduceCubic(VectorBuilder &b,
                                             const ExpArgument &x, double least,
                                             double most, unsigned tableSize) {
  bool f64 = VectorBuilder::isF64(x.base);
  auto number = [&](const Real &value) {
    return f64 ? value.toDouble() : double(value.toFloat());
  };
  Real slope = *x.scale / evaluateUnary("log", Real(2.0));
  double scale = x.scale->toDouble(), offset = x.squareOffset->toDouble();
  auto findBase = [&](double argument) {
    return solveCubic(offset, argument / scale);
  };
  // Beyond these the argument is held already, or the result not used.
  double first = findBase(std::max(least, 1.001 * farthestExp(f64)));
  double last = findBase(std::min(most, 64.0));
  double farthest = std::max(std::fabs(first), std::fabs(last));
  double factor = std::fabs(slope.toDouble()) * (farthest * farthest + offset);
  if (!(factor < 0x1p20))
    return std::nullopt;
  // What is added to it, of its sign and less, leaves its exponent alone.
  double magic = std::copysign(std::ldexp(1, std::ilogb(factor) + 1), scale);
  double grid = std::ldexp(magic, f64 ? -52 : -23);
  double mattering = findBase(leastExp(f64));
  if (!(std::fabs(grid * mattering) <= 0x1p-8))
    return std::nullopt;

  Value base = x.base;
  if (std::isfinite(scale < 0 ? least : most))
    base = atMost(b, base, number(scale < 0 ? first : last));
  if (std::isfinite(scale < 0 ? most : least))
    base = atLeast(b, base, number(scale < 0 ? last : first));
  Real constant = slope * *x.squareOffset;
  double shiftedConstant = number(Real(magic) + constant);
  Real constantLow = constant - (Real(shiftedConstant) - Real(magic));
  Value a = b.like(base, number(slope));
  Value square = b.mul(base, base);
  Value shifted = b.fma(a, square, b.like(base, shiftedConstant));
  Value high = b.sub(shifted, b.like(base, magic));
  Value low = b.fma(a, square, b.sub(b.like(base, shiftedConstant), shifted));
  Value rest = b.fma(b.like(base, number(slope - Real(number(slope)))), square,
                     b.like(base, number(constantLow)));
  rest = b.fma(a, b.productError(base, base, square), rest);
  low = b.add(low, rest);
  ExpPlace place = findExpPlace(b, base, high, tableSize);
  Value r = b.fma(base, high, b.neg(place.multiple));
  return ReducedExp{place, b.fma(base, low, r), Value(), ln2};
}

ReducedExp reduceBoundedExp(VectorBuilder &b, const ExpArgument &x,
                            double least, double most, bool withLow,
                            unsigned tableSize) {
  if (!x.base) {
    Value high = x.value.high;
    if (std::isfinite(most))
      high = atMost(b, high, most);
    if (std::isfinite(least))
      high = atLeast(b, high, least);
    return reduceExp(b, {high, x.value.low}, withLow, tableSize);
  }
  if (x.squareOffset)
    if (auto reduced = reduceCubic(b, x, least, most, tableSize))
      return *reduced;
  if (x.scale)
    return reduceVaryingProduct(b, x, least, most, tableSize);
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
  return reduceProduct(b, base, x.factor, tableSize);
}

ExpArgument minusMagnitude(VectorBuilder &b, const ExpArgument &x) {
  Value high = b.neg(b.abs(x.value.high));
  std::optional<Real> scale = x.scale;
  if (scale && scale->isNegative())
    scale = -*scale;
  if (x.base) {
    ExpArgument result(high, b.neg(b.abs(x.base)), absPair(b, x.factor), scale);
    result.squareOffset = x.squareOffset;
    return result;
  }
  if (!x.value.low)
    return ValuePair{high, Value()};
  Value positive = b.compare(VectorBuilder::Compare::GT, x.value.high,
                             b.like(x.value.high, 0.0));
  return ValuePair{high, b.select(positive, b.neg(x.value.low), x.value.low)};
}

/// unit, unit^2 c[0], unit^3 c[1] …: those of (exp(unit r) - 1) / r.
static llvm::SmallVector<double> factorCoefficients(Value model, double unit,
                                                    unsigned tableSize = 0) {
  if (std::fabs(unit) == ln2 && !VectorBuilder::isF64(model) &&
      tableSize == 0) {
    llvm::SmallVector<double> ofTwo(std::begin(exp2P32), std::end(exp2P32));
    for (size_t k = 0; unit < 0 && k < ofTwo.size(); k += 2)
      ofTwo[k] = -ofTwo[k];
    return ofTwo;
  }
  llvm::SmallVector<double> coefficients = {unit};
  double power = unit;
  for (double coefficient : expCoefficients(model, tableSize))
    coefficients.push_back(coefficient * (power *= unit));
  return coefficients;
}

ExpTerm expTermOfReduced(VectorBuilder &b, const ReducedExp &x,
                         bool isNegative) {
  Value factor = b.horner(
      x.r, factorCoefficients(x.r, isNegative ? -x.unit : x.unit, x.tableSize));
  if (!x.index)
    return {b.like(x.r, 1.0), x.r, factor};
  // The power as one float, and what it is off, relative to it.
  llvm::SmallVector<double> powers, errors;
  for (unsigned k = 0; k != x.tableSize; ++k) {
    unsigned step = std::size(powersOfTwo) / x.tableSize * k;
    double power = !isNegative || step == 0
                       ? powersOfTwo[step]
                       : powersOfTwo[std::size(powersOfTwo) - step] / 2;
    powers.push_back(float(power));
    errors.push_back((power - float(power)) / float(power));
  }
  Value power = b.lookUp(x.r, powers, x.index);
  Value error = b.lookUp(x.r, errors, x.index);
  return {power, power, b.fma(x.r, factor, error)};
}

Value expOfReduced(VectorBuilder &b, const ReducedExp &x) {
  ExpTerm term = expTermOfReduced(b, x);
  return b.fma(term.factor, term.rest, term.whole);
}

Value expm1OfReduced(VectorBuilder &b, Value r, double unit) {
  return b.mul(r, b.horner(r, factorCoefficients(r, unit)));
}

/// (2^f - 1) + 2^f (exp(unit r) - 1), -1/2 <= f < 1/2.
ExpGrowth expGrowthOfReduced(VectorBuilder &b, const ReducedExp &x) {
  Value r = x.r;
  if (!x.index) {
    assert(x.unit == 1.0);
    return {x.n, b.fma(b.mul(r, r), b.horner(r, expCoefficients(r)), r)};
  }
  unsigned size = x.tableSize, total = std::size(powersOfTwo);
  // Each as one float, and what the first is off, relative to the second.
  llvm::SmallVector<double> growths(size), powers(size), errors(size);
  for (unsigned k = 0; k != size; ++k) {
    double power = powersOfTwo[total / size * k] / (k < size / 2 ? 1 : 2);
    powers[k] = float(power);
    growths[k] = float(power - 1);
    errors[k] = (power - 1 - growths[k]) / power;
  }
  Value rest = b.fma(r, b.horner(r, factorCoefficients(r, x.unit, size)),
                     b.lookUp(r, errors, x.index));
  Value growth =
      b.fma(b.lookUp(r, powers, x.index), rest, b.lookUp(r, growths, x.index));
  return {b.add(x.multiple, b.like(r, 0.5)), growth};
}

Value expm1Tail(VectorBuilder &b, Value r, Value low) {
  Value q = b.horner(r, expCoefficients(r));
  Value square = b.mul(r, r);
  return low ? b.fma(square, q, low) : b.mul(square, q);
}

/// expm1(unit (r + low)) as a pair.
static ValuePair expm1PairOfReduced(VectorBuilder &b, const ReducedExp &x) {
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

ExpPairTerm expPairTermOfReduced(VectorBuilder &b, ReducedExp x,
                                 bool isNegative) {
  if (x.index) {
    ExpTerm term = expTermOfReduced(b, x, isNegative);
    return {term.whole, {b.mul(term.factor, term.rest), Value()}};
  }
  if (isNegative) {
    x.r = b.neg(x.r);
    x.low = x.low ? b.neg(x.low) : Value();
  }
  return {b.like(x.r, 1.0), expm1PairOfReduced(b, x)};
}

} // namespace actin
