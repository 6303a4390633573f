//===- MathMills.h - Normal tails from tables -------------------*- C++ -*-===//
//
// The tail of the normal distribution for f32 where registers hold tables
// (VectorBuilder::hasFastTables): no division, and half the operations of the
// formula that serves elsewhere. Internal to the vector math.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_MATHMILLS_H
#define ACTIN_LOWERING_MATHMILLS_H

#include "Lowering/ExpReduction.h"

namespace actin {

inline constexpr double inverseRootTwoPi = 0x1.9884533d43651p-2;

/// a^2 = n step + r, |r| <= |step| / 2, rounded once where n step is exact.
/// Needs FMA.
ReducedExp reduceSquareBy(VectorBuilder &b, Value a, double step);

/// The Mills ratio over sqrt(2 pi) of a + low as a pair, 0 <= a <= 22.4, that
/// of 22.4 beyond where `isBeyond`; `low` may be null. |low part| <= 0.43 high.
ValuePair emitMillsFromTable(VectorBuilder &b, Value a, Value low,
                             bool isBeyond);

/// normcdf(-a) - a normpdf(a), 0 <= a.high <= 22.4. Max error: f32 1.8 ulp away
/// from the root at 0.7518; near it, 2^-25.
ScaledValue emitTailMinusMomentFromTable(VectorBuilder &b, const ValuePair &a);

} // namespace actin

#endif // ACTIN_LOWERING_MATHMILLS_H
