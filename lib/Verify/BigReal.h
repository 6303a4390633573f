//===- BigReal.h - An MPFR number without limits of its exponent *- C++ -*-===//
//
// exp(1e300) is finite, and a quotient of two such numbers may be 1: no formula
// should lose its value for an intermediate result that MPFR cannot hold.
//
// Every operation rounds in the direction given, so that results are bounds:
// MPFR_RNDD gives a number not above the exact one, MPFR_RNDU not below. The
// precision is that of the result.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_VERIFY_BIGREAL_H
#define ACTIN_VERIFY_BIGREAL_H

#include "Support/MpfrFunctions.h"
#include "Support/Real.h"

namespace actin {

/// significand * 2^scale. The scale is 0 but for numbers beyond
/// 2^±maxPlainExponent, whose significand then lies in [0.5, 1).
class BigReal {
public:
  static constexpr mpfr_exp_t maxPlainExponent = mpfr_exp_t(1) << 28;

  /// NaN.
  explicit BigReal(mpfr_prec_t precision = 64);
  BigReal(const BigReal &other);
  BigReal(BigReal &&other) noexcept : BigReal() { swap(other); }
  BigReal &operator=(BigReal other) noexcept {
    swap(other);
    return *this;
  }
  ~BigReal();
  void swap(BigReal &other) noexcept;

  /// The value is lost.
  void setPrecision(mpfr_prec_t precision) {
    mpfr_set_prec(significand, precision);
  }
  mpfr_prec_t getPrecision() const { return mpfr_get_prec(significand); }

  void set(double value, mpfr_rnd_t rounding);
  /// Real::pi() and Real::e() stand for the numbers themselves.
  void set(const Real &value, mpfr_rnd_t rounding);
  void set(const BigReal &value, mpfr_rnd_t rounding);
  void setPowerOfTwo(long exponent);
  void setInfinity(int sign) { mpfr_set_inf(significand, sign); }

  bool isNaN() const { return mpfr_nan_p(significand); }
  bool isInfinite() const { return mpfr_inf_p(significand); }
  bool isZero() const { return mpfr_zero_p(significand); }
  /// Neither zero, infinite nor NaN.
  bool isRegular() const { return mpfr_regular_p(significand); }
  /// -1, 0 or 1; not of a NaN.
  int getSign() const { return mpfr_sgn(significand); }
  /// e where 2^(e - 1) <= |value| < 2^e, brought into ±2^62; of a regular
  /// number.
  int64_t getExponent() const;
  /// Out of range: 0 or an infinity, whatever the direction.
  double toDouble(mpfr_rnd_t rounding) const;
  /// The integer, if this is one of at most 2^20.
  std::optional<long> asInteger() const;

  void negate() { mpfr_neg(significand, significand, MPFR_RNDN); }

  friend int compare(const BigReal &a, const BigReal &b); // No NaN.
  friend void add(BigReal &result, const BigReal &a, const BigReal &b,
                  mpfr_rnd_t rounding);
  friend void multiply(BigReal &result, const BigReal &a, const BigReal &b,
                       mpfr_rnd_t rounding);
  friend void divide(BigReal &result, const BigReal &a, const BigReal &b,
                     mpfr_rnd_t rounding);
  friend void exp(BigReal &result, const BigReal &x, mpfr_rnd_t rounding);
  friend void log(BigReal &result, const BigReal &x, mpfr_rnd_t rounding);
  friend void sqrt(BigReal &result, const BigReal &x, mpfr_rnd_t rounding);
  /// A bound of `function` at x. It is monotone where x is out of MPFR's range,
  /// and then evaluated at a bound of x: below x where `isBelow`, else above.
  friend void apply(BigReal &result, MpfrFunction function, const BigReal &x,
                    bool isBelow, mpfr_rnd_t rounding);

private:
  void normalize();
  void expOfLarge(const BigReal &x, mpfr_rnd_t rounding);

  mpfr_t significand;
  mpz_t scale;
};

} // namespace actin

#endif // ACTIN_VERIFY_BIGREAL_H
