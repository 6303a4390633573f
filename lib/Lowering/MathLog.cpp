//===- MathLog.cpp - Logarithms -------------------------------------------===//
//
// x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt 2; log x = k ln 2 + log(1 + f). In
// f64 log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f), as in
// Sun's fdlibm; in f32 a polynomial in f. Coefficients:
// coefficients/log.sollya.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathLog.h"

#include "Lowering/MathFunctions.h"
#include "Lowering/PairArithmetic.h"

#include <cmath>
#include <limits>

namespace actin {

using Compare = VectorBuilder::Compare;

static constexpr double logF64[] = {0x1.5555555555558p-1, 0x1.999999999526ap-2,
                                    0x1.2492492e060d4p-2, 0x1.c71c62c812985p-3,
                                    0x1.7462bd54af049p-3, 0x1.39fd3df050e31p-3,
                                    0x1.2b664a9e20956p-3};
static constexpr double logF32[] = {
    0x1.555554p-2,  -0x1.ffffe6p-3, 0x1.999d2ap-3,
    -0x1.556286p-3, 0x1.23de36p-3,  -0x1.fbbfbap-4,
    0x1.dc77fcp-4,  -0x1.ddae94p-4, 0x1.2ca65cp-4};

// ln 2 in two parts; the products of the first with k are exact.
static constexpr double ln2High[] = {0x1.62e4p-1, 0x1.62e42fefa38p-1};
static constexpr double ln2Low[] = {0x1.7f7d1cp-20, 0x1.ef35793c7673p-45};

/// log1p(f) without the leading f, |f| <= 0.42.
static Value log1pTail(VectorBuilder &b, Value f) {
  Value square = b.mul(f, f);
  if (!VectorBuilder::isF64(f)) {
    Value cube = b.mul(f, square);
    Value tail = b.mul(cube, b.horner(f, logF32));
    return b.fnma(square, b.like(f, 0.5), tail);
  }
  Value half = b.mul(square, b.like(f, 0.5));
  Value s = b.div(f, b.add(f, b.like(f, 2.0)));
  Value s2 = b.mul(s, s);
  Value series = b.mul(s2, b.horner(s2, logF64));
  return b.sub(b.mul(s, b.add(half, series)), half);
}

ValuePair emitLogPair(VectorBuilder &b, const LogReduction &x) {
  bool isF64 = VectorBuilder::isF64(x.f);
  Value high = b.like(x.f, ln2High[isF64]), low = b.like(x.f, ln2Low[isF64]);
  Value tail = log1pTail(b, x.f);
  ValuePair sum = b.fastTwoSum(b.mul(x.k, high), x.f);
  // Where k is 0 the order is the other way round, and exact all the same.
  return {sum.high, b.add(sum.low, b.fma(x.k, low, tail))};
}

/// The same for normal x, f = (x 2^-k) - 1.
static LogReduction splitExponent(VectorBuilder &b, Value x) {
  bool isF64 = VectorBuilder::isF64(x);
  // Adding the distance from sqrt(1/2) to 1 carries into the exponent for the
  // mantissas from sqrt 2 on.
  Value rootHalf = b.intLike(x, isF64 ? 0x3fe6a09e667f3bcdull : 0x3f3504f3u);
  Value offset = b.intSub(b.toBits(x), rootHalf);
  Value k = b.fromInt(b.shiftRightArithmetic(offset, isF64 ? 52 : 23));
  Value mantissaMask =
      b.intLike(x, isF64 ? 0x000fffffffffffffull : 0x007fffffu);
  Value m = b.fromBits(b.intAdd(b.intAnd(offset, mantissaMask), rootHalf));
  return {k, b.sub(m, b.like(m, 1.0))};
}

LogReduction reduceLog(VectorBuilder &b, Value x) {
  bool isF64 = VectorBuilder::isF64(x);
  double tiny = isF64 ? std::numeric_limits<double>::min()
                      : std::numeric_limits<float>::min();
  Value isTiny = b.compare(Compare::LT, x, b.like(x, tiny));
  Value lifted = b.mul(x, b.like(x, isF64 ? 0x1p54 : 0x1p25));
  LogReduction reduced = splitExponent(b, b.select(isTiny, lifted, x));
  Value k = b.sub(reduced.k, b.like(x, isF64 ? 54.0 : 25.0));
  return {b.select(isTiny, k, reduced.k), reduced.f};
}

/// NaN below 0, -inf at 0, x itself at infinity and NaN.
static Value fixSpecial(VectorBuilder &b, Value x, Value result) {
  Value zero = b.like(x, 0.0);
  double infinity = std::numeric_limits<double>::infinity();
  result = b.select(b.compare(Compare::LT, x, b.like(x, infinity)), result, x);
  result =
      b.select(b.compare(Compare::EQ, x, zero), b.like(x, -infinity), result);
  return b.select(b.compare(Compare::LT, x, zero),
                  b.like(x, std::numeric_limits<double>::quiet_NaN()), result);
}

static Value sumOf(VectorBuilder &b, const ValuePair &pair) {
  return b.add(pair.high, pair.low);
}

/// Natural logarithm, all inputs: NaN below 0, -inf at +-0. Max error: f32 0.81
/// ulp, f64 0.79 ulp.
Value emitLog(VectorBuilder &b, Value x) {
  return fixSpecial(b, x, sumOf(b, emitLogPair(b, reduceLog(b, x))));
}

/// Where `special` is not what `pair` adds up to, that alone.
static ValuePair fixPair(VectorBuilder &b, const ValuePair &pair, Value sum,
                         Value special) {
  ValuePair normal = b.fastTwoSum(pair.high, pair.low);
  Value isPlain = b.compare(Compare::EQ, sum, special);
  return {b.select(isPlain, normal.high, special),
          b.select(isPlain, normal.low, b.like(sum, 0.0))};
}

/// As emitLog, with an error of 0.2 ulp beyond that of the rounding.
ValuePair emitLogAsPair(VectorBuilder &b, Value x) {
  ValuePair log = emitLogPair(b, reduceLog(b, x));
  Value sum = sumOf(b, log);
  return fixPair(b, log, sum, fixSpecial(b, x, sum));
}

/// log(x) * scale in f64, scale a pair.
static Value emitLogBase(VectorBuilder &b, Value x, double scaleHigh,
                         double scaleLow) {
  bool isF32 = !VectorBuilder::isF64(x);
  Value wide = isF32 ? b.widen(x) : x;
  ValuePair log = emitLogPair(b, reduceLog(b, wide));
  log = b.fastTwoSum(log.high, log.low);
  ValuePair scale{b.like(wide, scaleHigh), b.like(wide, scaleLow)};
  Value result = fixSpecial(b, wide, sumOf(b, mulPairs(b, log, scale)));
  return isF32 ? b.narrow(result) : result;
}

/// k + log1p(f) / ln 2, exact at powers of 2; specials as of log. Max error:
/// f32 0.501 ulp (in f64), f64 0.79 ulp.
Value emitLog2(VectorBuilder &b, Value x) {
  bool isF32 = !VectorBuilder::isF64(x);
  Value wide = isF32 ? b.widen(x) : x;
  LogReduction reduced = reduceLog(b, wide);
  Value zero = b.like(wide, 0.0);
  ValuePair log = emitLogPair(b, {zero, reduced.f});
  log = b.fastTwoSum(log.high, log.low);
  ValuePair scale{b.like(wide, 0x1.71547652b82fep0),
                  b.like(wide, 0x1.777d0ffda0d24p-56)};
  ValuePair part = mulPairs(b, log, scale);
  ValuePair sum = b.twoSum(reduced.k, part.high);
  Value result = fixSpecial(b, wide, b.add(sum.high, b.add(sum.low, part.low)));
  return isF32 ? b.narrow(result) : result;
}

/// log(x) / ln 10, specials as of log. Max error: f32 0.501 ulp (in f64), f64
/// 0.69 ulp.
Value emitLog10(VectorBuilder &b, Value x) {
  return emitLogBase(b, x, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57);
}

/// log(1 + x): k is that of 1 + x, and f = 2^-k x + (2^-k - 1) needs one
/// rounding, whose error is in `low`.
static ValuePair log1pPair(VectorBuilder &b, Value x, bool withLow) {
  Value one = b.like(x, 1.0);
  Value k = splitExponent(b, b.add(one, x)).k;
  // By 4 * 2^-k and x / 4: the largest x have a 2^-k below normal numbers.
  Value inverse = b.exp2Integer(b.sub(b.like(k, 2.0), k));
  Value offset = b.fma(inverse, b.like(x, 0.25), b.neg(one));
  Value quarter = b.mul(x, b.like(x, 0.25));
  Value f = b.fma(quarter, inverse, offset);
  ValuePair log = emitLogPair(b, {k, f});
  if (!withLow)
    return log;
  // By the slope 1 / (1 + f), about 1 - f.
  Value rest = b.fma(quarter, inverse, b.sub(offset, f));
  return {log.high, b.add(log.low, b.fnma(rest, f, rest))};
}

/// -inf at -1, NaN below; x itself where it is tiny, infinite or NaN.
static Value fixLog1p(VectorBuilder &b, Value x, Value result) {
  Value one = b.like(x, 1.0);
  double infinity = std::numeric_limits<double>::infinity();
  Value isTiny =
      b.compare(Compare::LT, b.abs(x),
                b.like(x, VectorBuilder::isF64(x) ? 0x1p-54 : 0x1p-25));
  Value isPlain = b.maskAnd(b.maskNot(isTiny),
                            b.compare(Compare::LT, x, b.like(x, infinity)));
  result = b.select(isPlain, result, x);
  Value nan = b.like(x, std::numeric_limits<double>::quiet_NaN());
  Value special = b.select(b.compare(Compare::EQ, x, b.neg(one)),
                           b.like(x, -infinity), nan);
  return b.select(b.compare(Compare::LE, x, b.neg(one)), special, result);
}

/// log(1 + x), all inputs: NaN below -1, -inf at -1; log1p(+-0) = +-0. Max
/// error: f32 1.41 ulp, f64 1.3 ulp.
Value emitLog1p(VectorBuilder &b, Value x) {
  return fixLog1p(b, x, sumOf(b, log1pPair(b, x, /*withLow=*/false)));
}

/// As emitLog1p, with an error of 0.3 ulp beyond that of the rounding.
ValuePair emitLog1pAsPair(VectorBuilder &b, Value x) {
  ValuePair log = log1pPair(b, x, /*withLow=*/true);
  Value sum = sumOf(b, log);
  return fixPair(b, log, sum, fixLog1p(b, x, sum));
}

} // namespace actin
