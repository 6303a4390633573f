//===- Real.cpp - A real constant -----------------------------------------===//
//
// Arithmetic is APFloat's; the functions are MPFR's, with enough extra bits
// that the one rounding to 113 bits at the end is all that shows. The numbers
// that people write are read and printed without MPFR: its first use costs a
// process as much as all the rest of a formula.
//
//===----------------------------------------------------------------------===//

#include "Support/Real.h"

#include "Support/MpfrFunctions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <charconv>
#include <cmath>
#include <cstdint>

using llvm::APFloat;

namespace actin {

static constexpr auto nearestEven = APFloat::rmNearestTiesToEven;

/// Bits of a binary128 significand.
static constexpr mpfr_prec_t realPrecision = 113;

namespace {
/// An MPFR number with a lifetime. 256 bits hold every intermediate here.
class BigFloat {
public:
  explicit BigFloat(mpfr_prec_t precision = 256) {
    freeMpfrCacheAtThreadExit();
    mpfr_init2(number, precision);
  }
  explicit BigFloat(const Real &real) : BigFloat() {
    char buffer[64];
    real.getValue().convertToHexString(buffer, 0, false, nearestEven);
    if (real.isNaN())
      mpfr_set_nan(number);
    else if (real.isInfinity())
      mpfr_set_inf(number, real.isNegative() ? -1 : 1);
    else
      mpfr_set_str(number, buffer, 0, MPFR_RNDN);
  }
  ~BigFloat() { mpfr_clear(number); }
  BigFloat(const BigFloat &) = delete;
  BigFloat &operator=(const BigFloat &) = delete;

  operator mpfr_ptr() { return number; }
  mpfr_srcptr get() const { return number; }

  Real toReal() const {
    if (mpfr_nan_p(number))
      return Real(APFloat::getNaN(APFloat::IEEEquad()));
    bool negative = mpfr_signbit(number);
    if (mpfr_inf_p(number))
      return Real(APFloat::getInf(APFloat::IEEEquad(), negative));
    if (mpfr_zero_p(number))
      return Real(APFloat::getZero(APFloat::IEEEquad(), negative));
    // 256 bits are 64 hexadecimal digits; the exponent takes at most 20 more.
    char text[128];
    mpfr_snprintf(text, sizeof text, "%Ra", number);
    APFloat result(APFloat::IEEEquad());
    auto status = result.convertFromString(text, nearestEven);
    if (!status) {
      llvm::consumeError(status.takeError());
      return Real(APFloat::getNaN(APFloat::IEEEquad()));
    }
    return Real(result);
  }

private:
  mpfr_t number;
};
} // namespace

Real::Real(double number) : value(number) {
  bool losesInfo;
  value.convert(APFloat::IEEEquad(), nearestEven, &losesInfo);
}

/// Digits with at most one point, then an exponent; no sign.
static bool isWellFormed(llvm::StringRef text, bool isHex) {
  size_t numDigits = 0, i = 0;
  bool hasPoint = false;
  for (; i != text.size(); ++i) {
    if (isHex ? llvm::isHexDigit(text[i]) : llvm::isDigit(text[i]))
      ++numDigits;
    else if (text[i] == '.' && !hasPoint)
      hasPoint = true;
    else
      break;
  }
  if (numDigits == 0)
    return false;
  llvm::StringRef exponent = text.drop_front(i);
  if (exponent.empty())
    return true;
  if (!exponent.consume_front_insensitive(isHex ? "p" : "e"))
    return false;
  if (exponent.starts_with("+") || exponent.starts_with("-"))
    exponent = exponent.drop_front();
  return !exponent.empty() && llvm::all_of(exponent, llvm::isDigit);
}

bool isWellFormedNumber(std::string_view text) {
  llvm::StringRef digits(text.data(), text.size());
  digits.consume_front("-");
  bool isHex = digits.consume_front_insensitive("0x");
  return isWellFormed(digits, isHex);
}

/// A decimal of up to 15 digits without an exponent: two numbers that double
/// holds exactly, and one rounded division. nullopt for any other text.
static std::optional<Real> parseShortDecimal(llvm::StringRef text) {
  bool isNegative = text.consume_front("-");
  auto [whole, fraction] = text.split('.');
  if (text.size() > 16 || whole.size() + fraction.size() > 15 ||
      !llvm::all_of(whole, llvm::isDigit) ||
      !llvm::all_of(fraction, llvm::isDigit))
    return std::nullopt;
  double digits = 0, scale = 1;
  for (char digit : whole)
    digits = digits * 10 + (digit - '0');
  for (char digit : fraction) {
    digits = digits * 10 + (digit - '0');
    scale *= 10;
  }
  return Real(isNegative ? -digits : digits) / Real(scale);
}

std::optional<Real> Real::parse(std::string_view text) {
  if (!isWellFormedNumber(text))
    return std::nullopt;
  llvm::StringRef digits(text.data(), text.size());
  if (std::optional<Real> value = parseShortDecimal(digits))
    return value;
  BigFloat number(realPrecision);
  // Base 0: hexadecimal behind "0x".
  mpfr_set_str(number, std::string(text).c_str(), 0, MPFR_RNDN);
  Real result = number.toReal();
  bool isHex = digits.contains_insensitive("x");
  digits = digits.take_until([&](char c) {
    return isHex ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
  });
  bool isZero = digits.find_first_not_of("-0.xX") == llvm::StringRef::npos;
  if (result.isInfinity() || result.isNaN() || result.isZero() != isZero)
    return std::nullopt;
  return result;
}

Real Real::fromShortest(double number) {
  if (!std::isfinite(number))
    return Real(number);
  char text[32];
  char *end = std::to_chars(text, text + sizeof text, number).ptr;
  return parse(std::string_view(text, end - text)).value_or(Real(number));
}

/// A constant, given to 113 bits.
static Real parseExactly(const char *hexadecimal) {
  return Real(APFloat(APFloat::IEEEquad(), hexadecimal));
}

Real Real::pi() {
  static const Real value = parseExactly("0x1.921fb54442d18469898cc51701b8p+1");
  return value;
}

Real Real::e() {
  static const Real value = parseExactly("0x1.5bf0a8b1457695355fb8ac404e7ap+1");
  return value;
}

Real Real::infinity() { return Real(APFloat::getInf(APFloat::IEEEquad())); }

double Real::toDouble() const {
  APFloat copy = value;
  bool losesInfo;
  copy.convert(APFloat::IEEEdouble(), nearestEven, &losesInfo);
  return copy.convertToDouble();
}

float Real::toFloat() const {
  APFloat copy = value;
  bool losesInfo;
  copy.convert(APFloat::IEEEsingle(), nearestEven, &losesInfo);
  return copy.convertToFloat();
}

double Real::lowPart() const {
  double high = toDouble();
  return std::isfinite(high) ? (*this - Real(high)).toDouble() : 0.0;
}

std::optional<int64_t> Real::asInteger() const {
  if (!isInteger() || std::fabs(toDouble()) > 0x1p53)
    return std::nullopt;
  return int64_t(toDouble());
}

/// `digits` as a number: 0.d1d2d3… * 10^exponent, in plain notation while that
/// needs few zeros.
static std::string formatDigits(std::string digits, long exponent) {
  digits.resize(digits.find_last_not_of('0') + 1);
  long numDigits = digits.size();
  if (exponent > 0 && exponent <= std::max(numDigits, 7L)) {
    if (numDigits <= exponent)
      return digits + std::string(exponent - numDigits, '0');
    return digits.insert(exponent, ".");
  }
  if (exponent <= 0 && exponent > -5)
    return "0." + std::string(-exponent, '0') + digits;
  if (numDigits > 1)
    digits.insert(1, ".");
  return digits + "e" + std::to_string(exponent - 1);
}

/// The shortest decimal that reads back as `magnitude`, which is finite and not
/// zero.
static std::string formatExactly(const Real &magnitude) {
  BigFloat number(magnitude), back(realPrecision);
  char digits[48];
  mpfr_exp_t exponent = 0;
  auto readsBack = [&](size_t numDigits) {
    mpfr_get_str(digits, &exponent, 10, numDigits, number, MPFR_RNDN);
    std::string text =
        "0." + std::string(digits) + "e" + std::to_string(exponent);
    mpfr_set_str(back, text.c_str(), 10, MPFR_RNDN);
    return mpfr_equal_p(back, number) != 0;
  };
  // 36 digits tell any two values apart; where n digits do, n + 1 do too.
  size_t least = 1, most = 36;
  while (least < most) {
    size_t middle = (least + most) / 2;
    if (readsBack(middle))
      most = middle;
    else
      least = middle + 1;
  }
  readsBack(least);
  return formatDigits(digits, exponent);
}

/// The shortest decimal of the nearest double, where that reads back as
/// `magnitude`: a shorter one would be the double's as well. Empty otherwise.
static std::string formatAsDouble(const Real &magnitude) {
  char text[32];
  char *end = std::to_chars(text, text + sizeof text, magnitude.toDouble(),
                            std::chars_format::scientific)
                  .ptr;
  auto [digits, exponent] = llvm::StringRef(text, end - text).split('e');
  std::string plain = digits.str();
  std::erase(plain, '.');
  int power = 0;
  exponent.consume_front("+");
  if (exponent.getAsInteger(10, power))
    return "";
  std::string formatted = formatDigits(std::move(plain), power + 1);
  std::optional<Real> back = parseShortDecimal(formatted);
  return back && *back == magnitude ? formatted : "";
}

std::string Real::toString() const {
  if (isNaN())
    return "nan";
  if (isInfinity())
    return isNegative() ? "-inf" : "inf";
  if (isZero())
    return isNegative() ? "-0" : "0";
  Real magnitude = isNegative() ? -*this : *this;
  std::string text = formatAsDouble(magnitude);
  if (text.empty())
    text = formatExactly(magnitude);
  return (isNegative() ? "-" : "") + text;
}

Real Real::operator-() const { return Real(-value); }

#define ACTIN_REAL_OPERATOR(op, method)                                        \
  Real Real::operator op(const Real &other) const {                            \
    APFloat result = value;                                                    \
    result.method(other.value, nearestEven);                                   \
    return Real(result);                                                       \
  }
ACTIN_REAL_OPERATOR(+, add)
ACTIN_REAL_OPERATOR(-, subtract)
ACTIN_REAL_OPERATOR(*, multiply)
ACTIN_REAL_OPERATOR(/, divide)
#undef ACTIN_REAL_OPERATOR

/// log(1 + e^x) = max(x, 0) + log1p(e^-|x|).
static void computeSoftplus(BigFloat &result, BigFloat &x) {
  BigFloat z;
  mpfr_abs(z, x, MPFR_RNDN);
  mpfr_neg(z, z, MPFR_RNDN);
  mpfr_exp(z, z, MPFR_RNDN);
  mpfr_log1p(result, z, MPFR_RNDN);
  if (mpfr_sgn(static_cast<mpfr_ptr>(x)) > 0)
    mpfr_add(result, result, x, MPFR_RNDN);
}

/// 1 / (1 + e^-x).
static void computeSigmoid(BigFloat &result, BigFloat &x) {
  mpfr_neg(result, x, MPFR_RNDN);
  mpfr_exp(result, result, MPFR_RNDN);
  mpfr_add_ui(result, result, 1, MPFR_RNDN);
  mpfr_ui_div(result, 1, result, MPFR_RNDN);
}

/// erfc(-x / sqrt 2) / 2.
static void computeNormcdf(BigFloat &result, BigFloat &x) {
  BigFloat root;
  mpfr_sqrt_ui(root, 2, MPFR_RNDN);
  mpfr_div(result, x, root, MPFR_RNDN);
  mpfr_neg(result, result, MPFR_RNDN);
  mpfr_erfc(result, result, MPFR_RNDN);
  mpfr_div_ui(result, result, 2, MPFR_RNDN);
}

/// exp(-x^2 / 2) / sqrt(2 pi).
static void computeNormpdf(BigFloat &result, BigFloat &x) {
  BigFloat scale;
  mpfr_const_pi(scale, MPFR_RNDN);
  mpfr_mul_ui(scale, scale, 2, MPFR_RNDN);
  mpfr_rec_sqrt(scale, scale, MPFR_RNDN);
  mpfr_sqr(result, x, MPFR_RNDN);
  mpfr_div_si(result, result, -2, MPFR_RNDN);
  mpfr_exp(result, result, MPFR_RNDN);
  mpfr_mul(result, result, scale, MPFR_RNDN);
}

/// Sets `result` to the function at `x`, which it may use up. Returns false
/// where the result is known to be exact.
static bool computeUnary(llvm::StringRef function, BigFloat &result,
                         BigFloat &x) {
  if (MpfrFunction direct = findMpfrFunction(function))
    return direct(result, x, MPFR_RNDN) != 0;
  if (function == "abs") {
    mpfr_abs(result, x, MPFR_RNDN);
    return false;
  }
  if (function == "sign") {
    if (mpfr_nan_p(x.get()) || mpfr_zero_p(x.get()))
      mpfr_set(result, x, MPFR_RNDN);
    else
      mpfr_set_si(result, mpfr_signbit(x.get()) ? -1 : 1, MPFR_RNDN);
    return false;
  }
  if (function == "sigmoid") {
    computeSigmoid(result, x);
  } else if (function == "softplus") {
    computeSoftplus(result, x);
  } else if (function == "logsigmoid") {
    mpfr_neg(x, x, MPFR_RNDN);
    computeSoftplus(result, x);
    mpfr_neg(result, result, MPFR_RNDN);
  } else if (function == "normcdf") {
    computeNormcdf(result, x);
  } else if (function == "normpdf") {
    computeNormpdf(result, x);
  } else {
    mpfr_set_nan(result);
  }
  return true;
}

Real evaluateUnary(std::string_view name, const Real &operand) {
  BigFloat x(operand), result;
  computeUnary(llvm::StringRef(name.data(), name.size()), result, x);
  return result.toReal();
}

/// Bits for bounds in double: what rounding to nearest leaves out is far below
/// the step that is taken outwards.
static constexpr mpfr_prec_t boundPrecision = 96;

static DoubleBounds toBounds(mpfr_srcptr value, bool isInexact) {
  DoubleBounds bounds{mpfr_get_d(value, MPFR_RNDD),
                      mpfr_get_d(value, MPFR_RNDU)};
  if (!isInexact || mpfr_nan_p(value))
    return bounds;
  // An inexact infinity is a number beyond MPFR's own range; a step from it
  // leads to the largest double.
  if (!(mpfr_inf_p(value) && mpfr_sgn(value) < 0))
    bounds.lower = std::nextafter(bounds.lower, -INFINITY);
  if (!(mpfr_inf_p(value) && mpfr_sgn(value) > 0))
    bounds.upper = std::nextafter(bounds.upper, INFINITY);
  return bounds;
}

DoubleBounds boundUnary(std::string_view name, double operand) {
  BigFloat x(boundPrecision), result(boundPrecision);
  mpfr_set_d(x, operand, MPFR_RNDN);
  bool isInexact =
      computeUnary(llvm::StringRef(name.data(), name.size()), result, x);
  return toBounds(result, isInexact);
}

DoubleBounds boundPow(double base, double exponent) {
  BigFloat x(boundPrecision), y(boundPrecision), result(boundPrecision);
  mpfr_set_d(x, base, MPFR_RNDN);
  mpfr_set_d(y, exponent, MPFR_RNDN);
  bool isInexact = mpfr_pow(result, x, y, MPFR_RNDN) != 0;
  return toBounds(result, isInexact);
}

int64_t getQuadrant(double x) {
  // No double is nearer than 2^-120 to a multiple of pi / 2 but 0.
  BigFloat pi, quotient; // 256 bits: far more than that.
  mpfr_const_pi(pi, MPFR_RNDN);
  mpfr_set_d(quotient, x, MPFR_RNDN);
  mpfr_mul_2ui(quotient, quotient, 1, MPFR_RNDN);
  mpfr_div(quotient, quotient, pi, MPFR_RNDN);
  return mpfr_get_sj(quotient, MPFR_RNDD);
}

Real pow(const Real &base, const Real &exponent) {
  BigFloat x(base), y(exponent), result;
  mpfr_pow(result, x, y, MPFR_RNDN);
  return result.toReal();
}

} // namespace actin
