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

struct ReducedExp {
  Value n; ///< Integral, in the float type.
  Value r; ///< x - n ln 2, rounded.
  /// What `r` misses, null unless asked for.
  Value low;
  /// exp(x) = 2^n exp(unit r).
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

/// |x.high| <= 2200 (f64), 400 (f32), or NaN, which both r and n keep; r is
/// less exact down to farthestExp. Where `withLow`, x.low goes to `low`, else
/// into `r`.
ReducedExp reduceExp(VectorBuilder &b, const ValuePair &x, bool withLow);
/// The second half of it, for n chosen by the caller. x = n ln(2) / scale + r
/// for a power of two `scale`: exp(scale x) is reduced.
ReducedExp reduceExpBy(VectorBuilder &b, const ValuePair &x, Value n,
                       bool withLow, double scale = 1.0);

/// x held to [least, most], of which one may be infinite; NaN stays NaN. `low`
/// is null, but for an argument that is no product where `withLow`.
ReducedExp reduceBoundedExp(VectorBuilder &b, const ExpArgument &x,
                            double least, double most, bool withLow = false);
/// The argument -|x|.
ExpArgument minusMagnitude(VectorBuilder &b, const ExpArgument &x);

/// exp(unit r), |unit r| <= 0.348; max error 0.75 ulp (f32 0.85) with exact r.
Value expOfReduced(VectorBuilder &b, Value r, double unit = 1.0);
/// (exp(-unit r) - 1) / r: for a sum that takes in the last step's rounding.
Value expFactorOfNegative(VectorBuilder &b, Value r, double unit = 1.0);
/// expm1(unit r), |unit r| <= 0.348, `unit` a power of two; max error 1 ulp.
Value expm1OfReduced(VectorBuilder &b, Value r, double unit);
/// The same for any unit, one operation more where it is not 1; max error 0.6
/// ulp with exact r.
Value expm1OfReducedExact(VectorBuilder &b, Value r, double unit);
/// expm1(r + low) - r, |r| <= 0.348, `low` may be null.
Value expm1Tail(VectorBuilder &b, Value r, Value low);
/// expm1(unit (r + low)) as a pair; relative error 2^-55 beside 1 (f32 2^-26).
ValuePair expm1PairOfReduced(VectorBuilder &b, const ReducedExp &x);

/// x with the sign bit of `sign` set as well: where the sign is equal or x is
/// zero, this is copySign at less cost.
Value orSign(VectorBuilder &b, Value x, Value sign);

} // namespace actin

#endif // ACTIN_LOWERING_EXPREDUCTION_H
