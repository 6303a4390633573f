//===- BigReal.cpp - An MPFR number without limits of its exponent --------===//

#include "Verify/BigReal.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace actin {

namespace {
/// A GMP integer with a lifetime.
struct Integer {
  Integer() { mpz_init(value); }
  ~Integer() { mpz_clear(value); }
  Integer(const Integer &) = delete;
  Integer &operator=(const Integer &) = delete;
  mpz_t value;
};
} // namespace

/// Arguments of exp up to 2^this are reduced; beyond, bounds are enough.
static constexpr mpfr_exp_t maxReducedExponent = 1 << 15;
/// Of the scale that stands for "beyond everything".
static constexpr unsigned beyondBits = 62;

BigReal::BigReal(mpfr_prec_t precision) {
  freeMpfrCacheAtThreadExit();
  mpfr_init2(significand, precision);
  mpz_init(scale);
}

BigReal::BigReal(const BigReal &other) : BigReal(other.getPrecision()) {
  mpfr_set(significand, other.significand, MPFR_RNDN);
  mpz_set(scale, other.scale);
}

BigReal::~BigReal() {
  mpfr_clear(significand);
  mpz_clear(scale);
}

void BigReal::swap(BigReal &other) noexcept {
  mpfr_swap(significand, other.significand);
  mpz_swap(scale, other.scale);
}

/// Moves the exponent to where it belongs.
void BigReal::normalize() {
  if (!isRegular()) {
    mpz_set_ui(scale, 0);
    return;
  }
  mpfr_exp_t exponent = mpfr_get_exp(significand);
  if (mpz_sgn(scale) == 0 && std::abs(exponent) <= maxPlainExponent)
    return;
  Integer total;
  mpz_set_si(total.value, exponent);
  mpz_add(total.value, total.value, scale);
  if (mpz_cmpabs_ui(total.value, maxPlainExponent) <= 0) {
    mpfr_set_exp(significand, mpz_get_si(total.value));
    mpz_set_ui(scale, 0);
  } else {
    mpfr_set_exp(significand, 0);
    mpz_swap(scale, total.value);
  }
}

void BigReal::set(double value, mpfr_rnd_t rounding) {
  mpfr_set_d(significand, value, rounding);
  mpz_set_ui(scale, 0);
}

void BigReal::set(const Real &value, mpfr_rnd_t rounding) {
  // 113 bits are three doubles, but for the smallest numbers of binary128.
  double high = value.toDouble(), middle = value.lowPart();
  mpz_set_ui(scale, 0);
  // A formula's pi and e are no rounded numbers.
  if (value == Real::pi() || value == Real::e()) {
    if (value == Real::pi()) {
      mpfr_const_pi(significand, rounding);
    } else {
      mpfr_set_ui(significand, 1, rounding);
      mpfr_exp(significand, significand, rounding);
    }
    return;
  }
  if (!std::isfinite(high) || middle == 0) {
    mpfr_set_d(significand, high, rounding);
    return;
  }
  Real rest = value - Real(high) - Real(middle);
  mpfr_t exact;
  mpfr_init2(exact, 256);
  mpfr_set_d(exact, high, MPFR_RNDN);
  mpfr_add_d(exact, exact, middle, MPFR_RNDN);
  mpfr_add_d(exact, exact, rest.toDouble(), MPFR_RNDN);
  mpfr_set(significand, exact, rounding);
  mpfr_clear(exact);
}

void BigReal::set(const BigReal &value, mpfr_rnd_t rounding) {
  mpfr_set(significand, value.significand, rounding);
  mpz_set(scale, value.scale);
  normalize();
}

void BigReal::setPowerOfTwo(long exponent) {
  mpfr_set_ui_2exp(significand, 1, exponent, MPFR_RNDN);
  mpz_set_ui(scale, 0);
}

int64_t BigReal::getExponent() const {
  if (mpz_sgn(scale) == 0)
    return mpfr_get_exp(significand);
  if (mpz_sizeinbase(scale, 2) > beyondBits)
    return int64_t(mpz_sgn(scale)) << beyondBits;
  return mpz_get_si(scale);
}

double BigReal::toDouble(mpfr_rnd_t rounding) const {
  if (!isRegular() || mpz_sgn(scale) == 0)
    return mpfr_get_d(significand, rounding);
  return std::copysign(mpz_sgn(scale) > 0 ? INFINITY : 0.0, getSign());
}

std::optional<long> BigReal::asInteger() const {
  constexpr long limit = 1 << 20;
  if (!mpfr_integer_p(significand) || mpz_sgn(scale) != 0 ||
      mpfr_cmpabs_ui(significand, limit) > 0)
    return std::nullopt;
  return mpfr_get_si(significand, MPFR_RNDN);
}

int compare(const BigReal &a, const BigReal &b) {
  bool isPlain = mpz_sgn(a.scale) == 0 && mpz_sgn(b.scale) == 0;
  if (isPlain || !a.isRegular() || !b.isRegular() || a.getSign() != b.getSign())
    return mpfr_cmp(a.significand, b.significand);
  // One of the two is beyond the other's plain exponent, or both are scaled.
  int order = mpz_cmp(a.scale, b.scale);
  if (order == 0)
    return mpfr_cmp(a.significand, b.significand);
  return a.getSign() > 0 ? order : -order;
}

void add(BigReal &result, const BigReal &a, const BigReal &b,
         mpfr_rnd_t rounding) {
  bool isPlain = mpz_sgn(a.scale) == 0 && mpz_sgn(b.scale) == 0;
  if (isPlain || a.isInfinite() || b.isInfinite() || a.isNaN() || b.isNaN()) {
    mpfr_add(result.significand, a.significand, b.significand, rounding);
    mpz_set_ui(result.scale, 0);
    return result.normalize();
  }
  if (a.isZero() || b.isZero())
    return result.set(a.isZero() ? b : a, rounding);
  Integer exponent, distance;
  auto getTotal = [](mpz_t total, const BigReal &x) {
    mpz_set_si(total, mpfr_get_exp(x.significand));
    mpz_add(total, total, x.scale);
  };
  getTotal(exponent.value, a);
  getTotal(distance.value, b);
  bool isSecondLarger = mpz_cmp(distance.value, exponent.value) > 0;
  if (isSecondLarger)
    mpz_swap(distance.value, exponent.value);
  mpz_sub(distance.value, distance.value, exponent.value);
  // So far below the last bit only the sign of the smaller one counts.
  constexpr long far = -(1 << 26);
  long shift =
      mpz_cmp_si(distance.value, far) < 0 ? far : mpz_get_si(distance.value);
  BigReal larger = isSecondLarger ? b : a, smaller = isSecondLarger ? a : b;
  mpfr_set_exp(larger.significand, 0);
  mpfr_set_exp(smaller.significand, shift);
  mpfr_add(result.significand, larger.significand, smaller.significand,
           rounding);
  mpz_swap(result.scale, exponent.value);
  result.normalize();
}

void multiply(BigReal &result, const BigReal &a, const BigReal &b,
              mpfr_rnd_t rounding) {
  mpfr_mul(result.significand, a.significand, b.significand, rounding);
  mpz_add(result.scale, a.scale, b.scale);
  result.normalize();
}

void divide(BigReal &result, const BigReal &a, const BigReal &b,
            mpfr_rnd_t rounding) {
  mpfr_div(result.significand, a.significand, b.significand, rounding);
  mpz_sub(result.scale, a.scale, b.scale);
  result.normalize();
}

/// e^x = 2^n e^(x - n log 2).
void BigReal::expOfLarge(const BigReal &x, mpfr_rnd_t rounding) {
  mpfr_prec_t working = getPrecision() + mpfr_get_exp(x.significand) + 32;
  mpfr_t logOfTwo, rest;
  mpfr_init2(logOfTwo, working);
  mpfr_init2(rest, working);
  Integer n;
  mpfr_const_log2(logOfTwo, MPFR_RNDN);
  mpfr_div(rest, x.significand, logOfTwo, MPFR_RNDN);
  mpfr_get_z(n.value, rest, MPFR_RNDN);
  // x - n log 2, rounded as e^x shall be: n log 2 the other way.
  mpfr_rnd_t opposite = rounding == MPFR_RNDD ? MPFR_RNDU : MPFR_RNDD;
  mpfr_const_log2(logOfTwo, mpz_sgn(n.value) > 0 ? opposite : rounding);
  mpfr_mul_z(rest, logOfTwo, n.value, opposite);
  mpfr_sub(rest, x.significand, rest, rounding);
  mpfr_exp(significand, rest, rounding);
  mpz_swap(scale, n.value);
  mpfr_clear(logOfTwo);
  mpfr_clear(rest);
  normalize();
}

void exp(BigReal &result, const BigReal &x, mpfr_rnd_t rounding) {
  constexpr mpfr_exp_t maxPlainArgument = 26;
  if (!x.isRegular() || x.getExponent() <= maxPlainArgument)
    return apply(result, mpfr_exp, x, rounding == MPFR_RNDD, rounding);
  if (x.getExponent() <= maxReducedExponent)
    return result.expOfLarge(x, rounding);
  // Beyond everything: a finite bound on one side, 0 or infinity on the other.
  bool isLarge = x.getSign() > 0;
  if (isLarge == (rounding == MPFR_RNDU)) {
    mpfr_set_inf(result.significand, 1);
    if (!isLarge)
      mpfr_set_zero(result.significand, 1);
    mpz_set_ui(result.scale, 0);
    return;
  }
  mpfr_set_ui_2exp(result.significand, 1, -1, MPFR_RNDN);
  mpz_set_ui(result.scale, 1);
  mpz_mul_2exp(result.scale, result.scale, beyondBits);
  if (!isLarge)
    mpz_neg(result.scale, result.scale);
}

void log(BigReal &result, const BigReal &x, mpfr_rnd_t rounding) {
  if (mpz_sgn(x.scale) == 0 || !x.isRegular())
    return apply(result, mpfr_log, x, true, rounding);
  // log(significand) + scale * log 2; `result` may be `x`.
  BigReal shift(result.getPrecision());
  bool isDown = (rounding == MPFR_RNDD) == (mpz_sgn(x.scale) > 0);
  mpfr_const_log2(shift.significand, isDown ? MPFR_RNDD : MPFR_RNDU);
  mpfr_mul_z(shift.significand, shift.significand, x.scale, rounding);
  mpfr_log(result.significand, x.significand, rounding);
  mpz_set_ui(result.scale, 0);
  add(result, result, shift, rounding);
}

void sqrt(BigReal &result, const BigReal &x, mpfr_rnd_t rounding) {
  BigReal even(x);
  if (mpz_odd_p(even.scale)) {
    mpfr_mul_2ui(even.significand, even.significand, 1, MPFR_RNDN);
    mpz_sub_ui(even.scale, even.scale, 1);
  }
  mpfr_sqrt(result.significand, even.significand, rounding);
  mpz_fdiv_q_2exp(result.scale, even.scale, 1);
  result.normalize();
}

void apply(BigReal &result, MpfrFunction function, const BigReal &x,
           bool isBelow, mpfr_rnd_t rounding) {
  if (mpz_sgn(x.scale) == 0 || !x.isRegular()) {
    function(result.significand, x.significand, rounding);
  } else {
    // 0 or the end of the plain numbers; infinity or that end.
    bool isAwayFromZero = isBelow == (x.getSign() < 0);
    mpfr_t bound;
    mpfr_init2(bound, 64);
    if (mpz_sgn(x.scale) > 0 && isAwayFromZero)
      mpfr_set_inf(bound, x.getSign());
    else if (mpz_sgn(x.scale) < 0 && !isAwayFromZero)
      mpfr_set_zero(bound, x.getSign());
    else
      mpfr_set_si_2exp(bound, x.getSign(),
                       mpz_sgn(x.scale) * BigReal::maxPlainExponent, MPFR_RNDN);
    function(result.significand, bound, rounding);
    mpfr_clear(bound);
  }
  mpz_set_ui(result.scale, 0);
  result.normalize();
}

} // namespace actin
