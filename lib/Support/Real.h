//===- Real.h - A real constant -------------------------------------------===//
//
// The constants of a formula. "Real" up to 113 bits of significand and 15 of
// exponent (IEEE binary128): 60 bits more than the widest compute type, so that
// folding constants never shows in a compiled result.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_SUPPORT_REAL_H
#define ACTIN_SUPPORT_REAL_H

#include "llvm/ADT/APFloat.h"

#include <optional>
#include <string>
#include <string_view>

namespace actin {

class Real {
public:
  Real() : Real(0.0) {}
  /// Exact.
  Real(double value);
  /// `value` must have IEEEquad semantics.
  explicit Real(llvm::APFloat value) : value(std::move(value)) {}

  /// A decimal or hexadecimal (0x1.8p3) number, rounded to nearest; nullopt
  /// where `text` is none, or is out of range.
  static std::optional<Real> parse(std::string_view text);
  /// What a person means by writing `value` in C++: the shortest decimal that
  /// reads back as it, so that 0.1 is one tenth, as in the language.
  static Real fromShortest(double value);
  static Real pi();
  static Real e();
  static Real infinity();

  const llvm::APFloat &getValue() const { return value; }
  /// Rounded to nearest-even; overflow gives an infinity.
  double toDouble() const;
  float toFloat() const;
  /// *this - toDouble(), rounded: the tail of a two-part constant.
  double lowPart() const;

  bool isZero() const { return value.isZero(); }
  bool isNegative() const { return value.isNegative(); }
  bool isInfinity() const { return value.isInfinity(); }
  bool isNaN() const { return value.isNaN(); }
  bool isInteger() const { return value.isInteger(); }
  /// The value, where it is an integer of magnitude <= 2^53.
  std::optional<int64_t> asInteger() const;

  /// The shortest decimal that parses back to this value ("0.044715").
  std::string toString() const;

  bool operator==(const Real &other) const { // By bits: 0 and -0 differ.
    return value.bitwiseIsEqual(other.value);
  }
  bool operator<(const Real &other) const { return value < other.value; }

  Real operator-() const;
  Real operator+(const Real &other) const;
  Real operator-(const Real &other) const;
  Real operator*(const Real &other) const;
  Real operator/(const Real &other) const;

private:
  llvm::APFloat value;
};

/// `text` has the form that `Real::parse` reads, whatever its magnitude.
bool isWellFormedNumber(std::string_view text);

/// The built-in function `name` (a spelling of Functions.def) at `operand`,
/// correctly rounded to 113 bits; a NaN outside of its domain.
Real evaluateUnary(std::string_view name, const Real &operand);
/// base ** exponent; a NaN outside of its domain.
Real pow(const Real &base, const Real &exponent);

/// Two doubles between which a real number lies; both are it where it is a
/// double that MPFR knows to be exact. NaN outside of a function's domain.
struct DoubleBounds {
  double lower, upper;
};
/// Around the function `name` at `operand`, at most 2 ulp apart.
DoubleBounds boundUnary(std::string_view name, double operand);
/// Around base ** exponent.
DoubleBounds boundPow(double base, double exponent);
/// The integer below 2 x / pi; |x| < 2^50.
int64_t getQuadrant(double x);

} // namespace actin

#endif // ACTIN_SUPPORT_REAL_H
