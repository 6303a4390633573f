//===- ExactArithmetic.cpp - Constant folding that loses nothing ----------===//

#include "Dialect/Act/ExactArithmetic.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"

using llvm::APFloat;
using llvm::StringRef;

namespace actin::act {

/// Digits asked for, and digits that count as short. 113 bits hold 34 digits:
/// a number that agrees with a short decimal in all 30 of these is that
/// decimal but for one chance in 10^6.
static constexpr unsigned numDigits = 30;
static constexpr unsigned maxShortDigits = 24;

/// Significant digits of a decimal without trailing zeros.
static unsigned countDigits(StringRef text) {
  StringRef mantissa = text.take_until([](char c) { return c == 'E'; });
  std::string digits;
  for (char c : mantissa)
    if (llvm::isDigit(c))
      digits.push_back(c);
  return StringRef(digits).trim('0').size();
}

std::optional<Real> toShortDecimal(const Real &value) {
  if (value.isNaN())
    return std::nullopt;
  if (value.isInfinity())
    return value;
  if (value.isZero())
    return Real(0.0);
  // Digits beyond those asked for are cut off: 0.2383 * 4 ends in nines, and
  // only its upper neighbours are 0.9532.
  for (const Real &candidate : {value, value + value * Real(0x1p-108)}) {
    llvm::SmallString<64> text;
    candidate.getValue().toString(text, numDigits, /*FormatMaxPadding=*/0);
    if (countDigits(text) <= maxShortDigits)
      return Real::parse(text.str().str());
  }
  return std::nullopt;
}

/// `result` of operands of which `anyInfinite` tells whether one is infinite.
static std::optional<Real> finish(const Real &result, bool anyInfinite) {
  if (result.isInfinity() && !anyInfinite)
    return std::nullopt;
  return toShortDecimal(result);
}

static bool anyInfinite(const Real &lhs, const Real &rhs) {
  return lhs.isInfinity() || rhs.isInfinity();
}

std::optional<Real> addExactly(const Real &lhs, const Real &rhs) {
  // A cancellation leaves few correct digits: nothing beyond 2^-60 of the
  // operands is believed to be a decimal of its own.
  Real sum = lhs + rhs;
  if (!sum.isZero() && !sum.isInfinity() && !sum.isNaN()) {
    int lost = std::max(ilogb(lhs.getValue()), ilogb(rhs.getValue())) -
               ilogb(sum.getValue());
    if (lost > 60)
      return std::nullopt;
    if (lost > 8) { // Round to the digits that are left.
      llvm::SmallString<64> text;
      sum.getValue().toString(text, numDigits - 1 - lost * 3 / 10, 0);
      std::optional<Real> rounded = Real::parse(text.str().str());
      if (!rounded)
        return std::nullopt;
      sum = *rounded;
    }
  }
  return finish(sum, anyInfinite(lhs, rhs));
}

std::optional<Real> subExactly(const Real &lhs, const Real &rhs) {
  return addExactly(lhs, -rhs);
}

std::optional<Real> mulExactly(const Real &lhs, const Real &rhs) {
  if (lhs.isZero() || rhs.isZero())
    return Real(0.0);
  return finish(lhs * rhs, anyInfinite(lhs, rhs));
}

std::optional<Real> divExactly(const Real &lhs, const Real &rhs) {
  if (rhs.isZero())
    return std::nullopt;
  return finish(lhs / rhs, anyInfinite(lhs, rhs));
}

std::optional<Real> powExactly(const Real &base, const Real &exponent) {
  if (base.isZero() && exponent.isNegative())
    return std::nullopt;
  return finish(pow(base, exponent), anyInfinite(base, exponent));
}

} // namespace actin::act
