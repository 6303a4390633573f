//===- Real.cpp - A real constant -----------------------------------------===//
//
// Arithmetic is APFloat's; the functions are MPFR's, with enough extra bits
// that the one rounding to 113 bits at the end is all that shows.
//
//===----------------------------------------------------------------------===//

#include "Support/Real.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Error.h"

#include <cmath>
#include <mpfr.h>

using llvm::APFloat;

namespace actin {

static constexpr auto nearestEven = APFloat::rmNearestTiesToEven;

namespace {
/// An MPFR number with a lifetime. 256 bits hold every intermediate here.
class BigFloat {
public:
  BigFloat() { mpfr_init2(number, 256); }
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

  Real toReal() const {
    if (mpfr_nan_p(number))
      return Real(APFloat::getNaN(APFloat::IEEEquad()));
    bool negative = mpfr_signbit(number);
    if (mpfr_inf_p(number))
      return Real(APFloat::getInf(APFloat::IEEEquad(), negative));
    if (mpfr_zero_p(number))
      return Real(APFloat::getZero(APFloat::IEEEquad(), negative));
    char *text = nullptr;
    mpfr_asprintf(&text, "%Ra", number);
    APFloat result(APFloat::IEEEquad());
    auto status = result.convertFromString(text, nearestEven);
    mpfr_free_str(text);
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

std::optional<Real> Real::parse(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  APFloat result(APFloat::IEEEquad());
  auto status =
      result.convertFromString(llvm::StringRef(text.data(), text.size()),
                               nearestEven);
  if (!status) {
    llvm::consumeError(status.takeError());
    return std::nullopt;
  }
  if (*status & (APFloat::opOverflow | APFloat::opInvalidOp) ||
      !result.isFinite())
    return std::nullopt;
  return Real(result);
}

Real Real::pi() {
  BigFloat result;
  mpfr_const_pi(result, MPFR_RNDN);
  return result.toReal();
}

Real Real::e() { return evaluateUnary("exp", Real(1.0)); }

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

/// "4.4715E-2" as 0.044715, "3.0E+1" as 30; far from 1 as 1.5e-30.
static std::string layOut(llvm::StringRef scientific) {
  auto [mantissa, exponentText] = scientific.split('E');
  int exponent = 0;
  (void)llvm::StringRef(exponentText).ltrim('+').getAsInteger(10, exponent);
  bool negative = mantissa.consume_front("-");
  auto [whole, fraction] = mantissa.split('.');
  std::string digits = (whole + fraction.rtrim('0')).str();
  int point = int(whole.size()) + exponent; // Digits before the point.
  std::string text;
  if (point > 17 || point < -4) {
    text = digits.substr(0, 1);
    if (digits.size() > 1)
      text += "." + digits.substr(1);
    text += "e" + std::to_string(point - 1);
  } else if (point <= 0) {
    text = "0." + std::string(-point, '0') + digits;
  } else if (size_t(point) >= digits.size()) {
    text = digits + std::string(point - digits.size(), '0');
  } else {
    text = digits.substr(0, point) + "." + digits.substr(point);
  }
  return (negative ? "-" : "") + text;
}

std::string Real::toString() const {
  if (isNaN())
    return "nan";
  if (isInfinity())
    return isNegative() ? "-inf" : "inf";
  if (isZero())
    return isNegative() ? "-0" : "0";
  llvm::SmallString<64> text;
  for (unsigned digits = 1; digits <= 36; ++digits) {
    text.clear();
    // Scientific notation here; layOut makes it readable.
    value.toString(text, digits, /*FormatMaxPadding=*/0,
                   /*TruncateZero=*/true);
    std::optional<Real> back =
        parse(std::string_view(text.data(), text.size()));
    if (back && *back == *this)
      break;
  }
  return layOut(text);
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

using MpfrFunction = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

/// The functions that MPFR has itself.
static MpfrFunction findMpfrFunction(llvm::StringRef name) {
  return llvm::StringSwitch<MpfrFunction>(name)
      .Case("exp", mpfr_exp)
      .Case("exp2", mpfr_exp2)
      .Case("expm1", mpfr_expm1)
      .Case("log", mpfr_log)
      .Case("log2", mpfr_log2)
      .Case("log10", mpfr_log10)
      .Case("log1p", mpfr_log1p)
      .Case("sqrt", mpfr_sqrt)
      .Case("rsqrt", mpfr_rec_sqrt)
      .Case("floor",
            [](mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t) {
              return mpfr_floor(r, x);
            })
      .Case("ceil",
            [](mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t) {
              return mpfr_ceil(r, x);
            })
      .Case("round",
            [](mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t) {
              return mpfr_roundeven(r, x);
            })
      .Case("sin", mpfr_sin)
      .Case("cos", mpfr_cos)
      .Case("tan", mpfr_tan)
      .Case("asin", mpfr_asin)
      .Case("acos", mpfr_acos)
      .Case("atan", mpfr_atan)
      .Case("sinh", mpfr_sinh)
      .Case("cosh", mpfr_cosh)
      .Case("tanh", mpfr_tanh)
      .Case("asinh", mpfr_asinh)
      .Case("acosh", mpfr_acosh)
      .Case("atanh", mpfr_atanh)
      .Case("erf", mpfr_erf)
      .Case("erfc", mpfr_erfc)
      .Default(nullptr);
}

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

Real evaluateUnary(std::string_view name, const Real &operand) {
  llvm::StringRef function(name.data(), name.size());
  BigFloat x(operand), result;
  if (function == "abs")
    return operand.isNegative() ? -operand : operand;
  if (function == "sign")
    return operand.isZero() || operand.isNaN()
               ? operand
               : Real(operand.isNegative() ? -1.0 : 1.0);
  if (MpfrFunction direct = findMpfrFunction(function)) {
    direct(result, x, MPFR_RNDN);
  } else if (function == "sigmoid") {
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
  return result.toReal();
}

Real pow(const Real &base, const Real &exponent) {
  BigFloat x(base), y(exponent), result;
  mpfr_pow(result, x, y, MPFR_RNDN);
  return result.toReal();
}

} // namespace actin
