//===- ExpReduction.h - What the exponential family shares ------*- C++ -*-===//
//
// x = n ln 2 + r with integral n and |r| <= ln(2)/2, and the polynomials in r.
// Internal to the vector math; emitted inline, without branches.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_EXPREDUCTION_H
#define ACTIN_LOWERING_EXPREDUCTION_H

#include "Lowering/MathFunctions.h"

namespace actin {

inline constexpr double log2e = 0x1.71547652b82fep0;
inline constexpr double ln2 = 0x1.62e42fefa39efp-1;

/// x next to a multiple of ln(2) / tableSize, or of ln 2 where that is 0.
struct ExpPlace {
  Value multiple; ///< Of 1 / tableSize, in the float type.
  Value n;        ///< Integral: the multiple, rounded downwards.
  Value index{};  ///< Its last bits: what is left of it. Null without a table.
  unsigned tableSize = 0;
};

/// exp(x) = 2^multiple exp(unit r).
struct ReducedExp : ExpPlace {
  Value r; ///< Rounded.
  /// What `r` misses, null unless asked for, and beside a table, where that
  /// does not show.
  Value low;
  double unit = 1.0;
};

/// ln 2 in two parts; n times the first is exact for n < 2^9 (f32) and 2^11
/// (f64).
std::pair<double, double> splitLn2(bool f64);

/// The least x whose exponential matters.
double leastExp(bool f64);

/// Where an exponential with its exponent apart ends: any product of numbers
/// with it is 0, be they f64 and many. A few bits of r are left there.
double farthestExp(bool f64);

/// Max and min with a constant; NaN stays NaN.
Value atLeast(VectorBuilder &b, Value x, double limit);
Value atMost(VectorBuilder &b, Value x, double limit);

/// What a multiple is held to, integral.
struct MultipleBounds {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool keepsNaN = true; ///< Else that becomes finite.
};
/// The place of the exponential that is 2^(rate x); a null `rate` is 1.
/// `tableSize`: 0, or VectorBuilder::getFastTableSize.
ExpPlace findExpPlace(VectorBuilder &b, Value x, Value rate, unsigned tableSize,
                      const MultipleBounds &bounds = {});

/// |x.high| <= 2200 (f64), 400 (f32), or NaN, which both r and n keep; r is
/// less exact down to farthestExp. Where `withLow`, x.low goes to `low`, else
/// into `r`.
ReducedExp reduceExp(VectorBuilder &b, const ValuePair &x, bool withLow,
                     unsigned tableSize = 0);
/// The second half of it, for a place chosen by the caller. x = multiple ln(2)
/// / scale + r for a power of two `scale`: exp(scale x) is reduced.
ReducedExp reduceExpBy(VectorBuilder &b, const ValuePair &x,
                       const ExpPlace &place, bool withLow, double scale = 1.0);

/// x held to [least, most], of which one may be infinite; NaN stays NaN. `low`
/// is null, but for an argument that is no product where `withLow`.
ReducedExp reduceBoundedExp(VectorBuilder &b, const ExpArgument &x,
                            double least, double most, bool withLow,
                            unsigned tableSize);
/// The argument -|x|.
ExpArgument minusMagnitude(VectorBuilder &b, const ExpArgument &x);

/// whole + factor * rest, the product less than 0.42 of the whole; beside a
/// table of 32 (8) powers, 1/90 (1/22) of it.
struct ExpTerm {
  Value whole, factor, rest;
};
/// exp(x) / 2^n, or its inverse where `isNegative`: for a sum that takes in the
/// last step's rounding. Relative error, with exact r: f32 2^-26.1, beside a
/// table 2^-29; f64 2^-54.5.
ExpTerm expTermOfReduced(VectorBuilder &b, const ReducedExp &x,
                         bool isNegative = false);
/// exp(x) / 2^n; max error 0.75 ulp with exact r (f32 0.85, beside a table
/// 0.53).
Value expOfReduced(VectorBuilder &b, const ReducedExp &x);
/// The same to more digits: whole + rest.
struct ExpPairTerm {
  Value whole;
  ValuePair rest;
};
ExpPairTerm expPairTermOfReduced(VectorBuilder &b, ReducedExp x,
                                 bool isNegative = false);
/// expm1(unit r), |unit r| <= 0.348, `unit` a power of two; max error 1 ulp.
Value expm1OfReduced(VectorBuilder &b, Value r, double unit);
/// exp(x) = 2^floor(exponent) (1 + growth), -0.3 <= growth <= 0.42, for x
/// reduced beside a table, or in units of 1. Max error of the growth: 2^-26
/// beside a table, else 2^-25.4, both with exact r.
struct ExpGrowth {
  Value exponent, growth;
};
ExpGrowth expGrowthOfReduced(VectorBuilder &b, const ReducedExp &x);
/// expm1(r + low) - r, |r| <= 0.348, `low` may be null.
Value expm1Tail(VectorBuilder &b, Value r, Value low);
/// x with the sign bit of `sign` set as well: where the sign is equal or x is
/// zero, this is copySign at less cost.
Value orSign(VectorBuilder &b, Value x, Value sign);

} // namespace actin

#endif // ACTIN_LOWERING_EXPREDUCTION_H
