//===- EncloseFunction.cpp - Bounds of functions of one argument ----------===//
//
// Monotone functions are bounded by their values at the ends. What MPFR does
// not have is put together from what it has.
//
//===----------------------------------------------------------------------===//

#include "Verify/EncloseFunction.h"

#include <cmath>

namespace actin {

using State = Enclosure::State;

static constexpr mpfr_rnd_t down = MPFR_RNDD, up = MPFR_RNDU;

/// Arguments up to 2^this are left to MPFR's own functions of exponential
/// growth.
static constexpr int64_t maxDirectExponent = 20;

static bool isWithin(const Enclosure &x, int64_t exponent) {
  return (!x.lower.isRegular() || x.lower.getExponent() <= exponent) &&
         (!x.upper.isRegular() || x.upper.getExponent() <= exponent) &&
         !x.lower.isInfinite() && !x.upper.isInfinite();
}

//===----------------------------------------------------------------------===//
// Monotone functions
//===----------------------------------------------------------------------===//

/// Where `isInside` the whole of `x` lies in the domain; otherwise none of it,
/// or a part.
static void encloseRising(Enclosure &result, MpfrFunction function,
                          const Enclosure &x) {
  apply(result.lower, function, x.lower, /*isBelow=*/true, down);
  apply(result.upper, function, x.upper, /*isBelow=*/false, up);
  settle(result);
}

static void encloseFalling(Enclosure &result, MpfrFunction function,
                           const Enclosure &x) {
  apply(result.lower, function, x.upper, /*isBelow=*/false, down);
  apply(result.upper, function, x.lower, /*isBelow=*/true, up);
  settle(result);
}

/// Whether `x` lies in [least, most] (or, where `isOpen`, between). If it does
/// not, the result says so.
static bool checkDomain(Enclosure &result, const Enclosure &x, double least,
                        double most, bool isOpen) {
  BigReal bottom, top;
  bottom.set(least, down);
  top.set(most, up);
  int margin = isOpen ? 1 : 0;
  if (compare(x.lower, bottom) >= margin && compare(top, x.upper) >= margin)
    return true;
  bool isOutside =
      compare(x.upper, bottom) < margin || compare(top, x.lower) < margin;
  result.state = isOutside ? State::Undefined : State::Unknown;
  return false;
}

static void encloseExp(Enclosure &result, const Enclosure &x) {
  exp(result.lower, x.lower, down);
  exp(result.upper, x.upper, up);
  settle(result);
}

static void encloseLog(Enclosure &result, const Enclosure &x) {
  if (!checkDomain(result, x, 0, INFINITY, /*isOpen=*/false))
    return;
  if (x.lower.isZero()) { // A pole, or close to one.
    result.state = x.upper.isZero() ? State::Undefined : State::Unknown;
    return;
  }
  log(result.lower, x.lower, down);
  log(result.upper, x.upper, up);
  settle(result);
}

//===----------------------------------------------------------------------===//
// Functions put together from others
//===----------------------------------------------------------------------===//

/// x + number.
static void encloseShifted(Enclosure &result, const Enclosure &x, long number) {
  Enclosure other = makeWorkspace(result);
  encloseInteger(other, number, number);
  encloseSum(result, x, other);
}

static void encloseScaled(Enclosure &result, const Enclosure &x,
                          const Enclosure &factor) {
  Enclosure copy = makeWorkspace(result);
  copyEnclosure(copy, x);
  encloseProduct(result, copy, factor);
}

static Enclosure encloseExact(const Enclosure &like, double value) {
  Enclosure result = makeWorkspace(like);
  encloseConstant(result, Real(value));
  return result;
}

static Enclosure logOf(const Enclosure &like, double number) {
  Enclosure result = makeWorkspace(like);
  encloseLog(result, encloseExact(like, number));
  return result;
}

/// e^(x log base).
static void encloseExpOfBase(Enclosure &result, const Enclosure &x,
                             double base) {
  Enclosure product = makeWorkspace(result);
  encloseProduct(product, x, logOf(result, base));
  encloseExp(result, product);
}

/// (e^x ± e^-x) / 2.
static void encloseHyperbolic(Enclosure &result, const Enclosure &x,
                              bool isSinh) {
  Enclosure negative = makeWorkspace(result), first = makeWorkspace(result),
            second = makeWorkspace(result), sum = makeWorkspace(result);
  encloseNegative(negative, x);
  encloseExp(first, x);
  encloseExp(second, negative);
  if (isSinh)
    encloseNegative(second, second);
  encloseSum(sum, first, second);
  encloseScaled(result, sum, encloseExact(result, 0.5));
}

static void encloseExpm1(Enclosure &result, const Enclosure &x) {
  if (isWithin(x, maxDirectExponent))
    return encloseRising(result, mpfr_expm1, x);
  Enclosure power = makeWorkspace(result);
  encloseExp(power, x);
  encloseShifted(result, power, -1);
}

static void encloseLog1p(Enclosure &result, const Enclosure &x) {
  if (!checkDomain(result, x, -1, INFINITY, /*isOpen=*/true))
    return;
  if (isWithin(x, BigReal::maxPlainExponent))
    return encloseRising(result, mpfr_log1p, x);
  Enclosure sum = makeWorkspace(result);
  encloseShifted(sum, x, 1);
  encloseLog(result, sum);
}

/// log(x) / log(base).
static void encloseLogOfBase(Enclosure &result, MpfrFunction function,
                             const Enclosure &x, double base) {
  Enclosure logarithm = makeWorkspace(result);
  encloseLog(logarithm, x);
  result.state = logarithm.state;
  if (!logarithm.isBounded())
    return;
  if (isWithin(x, BigReal::maxPlainExponent))
    return encloseRising(result, function, x); // Exact where it can be.
  encloseQuotient(result, logarithm, logOf(result, base));
}

/// 1 / (1 + e^-x).
static void encloseSigmoid(Enclosure &result, const Enclosure &x) {
  Enclosure power = makeWorkspace(result), sum = makeWorkspace(result);
  encloseNegative(sum, x);
  encloseExp(power, sum);
  encloseShifted(sum, power, 1);
  encloseQuotient(result, encloseExact(result, 1), sum);
}

/// log(1 + e^x).
static void encloseSoftplus(Enclosure &result, const Enclosure &x) {
  Enclosure power = makeWorkspace(result);
  encloseExp(power, x);
  encloseLog1p(result, power);
}

/// erfc(-x / sqrt 2) / 2.
static void encloseNormcdf(Enclosure &result, const Enclosure &x) {
  Enclosure root = makeWorkspace(result), scaled = makeWorkspace(result);
  encloseRising(root, mpfr_sqrt, encloseExact(result, 2));
  encloseQuotient(scaled, x, root);
  encloseNegative(scaled, scaled);
  encloseFalling(root, mpfr_erfc, scaled);
  encloseScaled(result, root, encloseExact(result, 0.5));
}

/// e^(-x^2 / 2) / sqrt(2 pi).
static void encloseNormpdf(Enclosure &result, const Enclosure &x) {
  Enclosure square = makeWorkspace(result), power = makeWorkspace(result),
            pi = makeWorkspace(result);
  encloseProduct(square, x, x);
  encloseScaled(square, square, encloseExact(result, -0.5));
  encloseExp(power, square);
  auto constPi = [](mpfr_ptr value, mpfr_srcptr, mpfr_rnd_t rounding) {
    return mpfr_const_pi(value, rounding);
  };
  encloseRising(pi, constPi, x);
  encloseScaled(square, pi, encloseExact(result, 2));
  sqrt(pi.lower, square.lower, down);
  sqrt(pi.upper, square.upper, up);
  encloseQuotient(result, power, pi);
}

//===----------------------------------------------------------------------===//
// Functions that rise and fall
//===----------------------------------------------------------------------===//

static void encloseAbs(Enclosure &result, const Enclosure &x) {
  if (x.lower.getSign() >= 0)
    return copyEnclosure(result, x);
  encloseNegative(result, x);
  if (x.upper.getSign() <= 0)
    return;
  if (compare(x.upper, result.upper) > 0)
    result.upper.set(x.upper, up);
  result.lower.set(0.0, down);
}

static void encloseCosh(Enclosure &result, const Enclosure &x) {
  Enclosure magnitude = makeWorkspace(result);
  encloseAbs(magnitude, x);
  if (isWithin(x, maxDirectExponent))
    return encloseRising(result, mpfr_cosh, magnitude);
  encloseHyperbolic(result, magnitude, /*isSinh=*/false);
}

/// sin or cos: their slope is at most 1. Arguments beyond every double stand
/// for an infinity, and nothing is known of them.
static void encloseWave(Enclosure &result, MpfrFunction function,
                        const Enclosure &x) {
  encloseInteger(result, -1, 1);
  constexpr int64_t maxExponent = 1100;
  if (!isWithin(x, maxExponent))
    return;
  Enclosure wave = makeWorkspace(result), width = makeWorkspace(result),
            sum = makeWorkspace(result);
  apply(wave.lower, function, x.lower, true, down);
  apply(wave.upper, function, x.lower, true, up);
  settle(wave);
  encloseNegative(sum, {State::Bounded, false, x.lower, x.lower});
  add(width.upper, x.upper, sum.upper, up);
  width.lower.set(width.upper, up);
  width.lower.negate();
  width.state = State::Bounded;
  encloseSum(sum, wave, width);
  if (compare(sum.lower, result.lower) > 0)
    result.lower.set(sum.lower, down);
  if (compare(sum.upper, result.upper) < 0)
    result.upper.set(sum.upper, up);
}

/// The quotient of sin and cos.
static void encloseTan(Enclosure &result, const Enclosure &x) {
  if (x.is(0))
    return encloseInteger(result, 0, 0);
  Enclosure sine = makeWorkspace(result), cosine = makeWorkspace(result);
  encloseWave(sine, mpfr_sin, x);
  encloseWave(cosine, mpfr_cos, x);
  result.state = sine.state;
  if (sine.isBounded() && cosine.isBounded())
    encloseQuotient(result, sine, cosine);
}

/// floor, ceil or round; beyond MPFR's range every number is an integer.
static void encloseStep(Enclosure &result, MpfrFunction function,
                        const Enclosure &x) {
  if (isWithin(x, BigReal::maxPlainExponent))
    return encloseRising(result, function, x);
  copyEnclosure(result, x);
}

static void encloseSqrt(Enclosure &result, const Enclosure &x) {
  if (!checkDomain(result, x, 0, INFINITY, /*isOpen=*/false))
    return;
  sqrt(result.lower, x.lower, down);
  sqrt(result.upper, x.upper, up);
  settle(result);
}

static void encloseRsqrt(Enclosure &result, const Enclosure &x) {
  Enclosure root = makeWorkspace(result);
  encloseSqrt(root, x);
  result.state = root.state;
  if (root.isBounded())
    encloseQuotient(result, encloseExact(result, 1), root);
}

/// Functions that rise on [least, most].
static bool getRisingDomain(ExprKind kind, double &least, double &most,
                            bool &isOpen) {
  least = -INFINITY, most = INFINITY, isOpen = false;
  switch (kind) {
  case ExprKind::Asin:
    least = -1, most = 1;
    return true;
  case ExprKind::Acosh:
    least = 1;
    return true;
  case ExprKind::Atanh:
    least = -1, most = 1, isOpen = true;
    return true;
  case ExprKind::Atan:
  case ExprKind::Asinh:
  case ExprKind::Tanh:
  case ExprKind::Erf:
    return true;
  default:
    return false;
  }
}

void encloseFunction(Enclosure &result, ExprKind kind, const Enclosure &x) {
  MpfrFunction direct = findMpfrFunction(getFunctionName(kind));
  double least, most;
  bool isOpen;
  if (getRisingDomain(kind, least, most, isOpen)) {
    if (checkDomain(result, x, least, most, isOpen))
      encloseRising(result, direct, x);
    return;
  }
  switch (kind) {
  case ExprKind::Exp:
    return encloseExp(result, x);
  case ExprKind::Exp2:
    return isWithin(x, maxDirectExponent) ? encloseRising(result, direct, x)
                                          : encloseExpOfBase(result, x, 2);
  case ExprKind::Expm1:
    return encloseExpm1(result, x);
  case ExprKind::Log:
    return encloseLog(result, x);
  case ExprKind::Log2:
    return encloseLogOfBase(result, direct, x, 2);
  case ExprKind::Log10:
    return encloseLogOfBase(result, direct, x, 10);
  case ExprKind::Log1p:
    return encloseLog1p(result, x);
  case ExprKind::Sqrt:
    return encloseSqrt(result, x);
  case ExprKind::Rsqrt:
    return encloseRsqrt(result, x);
  case ExprKind::Abs:
    return encloseAbs(result, x);
  case ExprKind::Sign:
    return encloseInteger(result,
                          x.lower.getSign() > 0   ? 1
                          : x.lower.getSign() < 0 ? -1
                                                  : 0,
                          x.upper.getSign() > 0   ? 1
                          : x.upper.getSign() < 0 ? -1
                                                  : 0);
  case ExprKind::Floor:
  case ExprKind::Ceil:
  case ExprKind::Round:
    return encloseStep(result, direct, x);
  case ExprKind::Sin:
  case ExprKind::Cos:
    return encloseWave(result, direct, x);
  case ExprKind::Tan:
    return encloseTan(result, x);
  case ExprKind::Acos:
    if (checkDomain(result, x, -1, 1, /*isOpen=*/false))
      encloseFalling(result, direct, x);
    return;
  case ExprKind::Erfc:
    return encloseFalling(result, direct, x);
  case ExprKind::Sinh:
    return isWithin(x, maxDirectExponent)
               ? encloseRising(result, direct, x)
               : encloseHyperbolic(result, x, /*isSinh=*/true);
  case ExprKind::Cosh:
    return encloseCosh(result, x);
  case ExprKind::Sigmoid:
    return encloseSigmoid(result, x);
  case ExprKind::Softplus:
    return encloseSoftplus(result, x);
  case ExprKind::Logsigmoid: {
    Enclosure negative = makeWorkspace(result);
    encloseNegative(negative, x);
    encloseSoftplus(result, negative);
    return encloseNegative(result, result);
  }
  case ExprKind::Normcdf:
    return encloseNormcdf(result, x);
  case ExprKind::Normpdf:
    return encloseNormpdf(result, x);
  default:
    result.state = State::Unknown;
  }
}

} // namespace actin
