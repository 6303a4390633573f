//===- ExactArithmetic.h - Constant folding that loses nothing --*- C++ -*-===//
//
// A constant that was written as a decimal is held rounded to 113 bits. These
// functions fold such constants as the decimals that they stand for: 3 *
// 0.044715 is 0.134145 to the last bit. Where the result is no short decimal
// (1 / 3, 2 * pi, sqrt(2)) they give nullopt, and the formula keeps its shape.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_EXACTARITHMETIC_H
#define ACTIN_DIALECT_ACT_EXACTARITHMETIC_H

#include "Support/Real.h"

#include <optional>

namespace actin::act {

/// The decimal of at most 24 digits that `value` equals but for a few units in
/// its last place of 113 bits, rounded to 113 bits. Infinities are themselves;
/// -0 gives 0. nullopt where there is none, or where `value` is a NaN.
std::optional<Real> toShortDecimal(const Real &value);

// The operation on the decimals; nullopt where the result is no short decimal,
// or where finite operands give none that is finite.
std::optional<Real> addExactly(const Real &lhs, const Real &rhs);
std::optional<Real> subExactly(const Real &lhs, const Real &rhs);
std::optional<Real> mulExactly(const Real &lhs, const Real &rhs);
std::optional<Real> divExactly(const Real &lhs, const Real &rhs);
std::optional<Real> powExactly(const Real &base, const Real &exponent);

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_EXACTARITHMETIC_H
