//===- MathPiecewise.h - Polynomials looked up in registers -----*- C++ -*-===//
//
// For f32 where registers hold tables (VectorBuilder::hasFastTables). Internal
// to the lowering.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_MATHPIECEWISE_H
#define ACTIN_LOWERING_MATHPIECEWISE_H

#include "Lowering/MathFunctions.h"
#include "Lowering/PiecewiseFit.h"

namespace actin {

/// p(x). NaN stays NaN. Max error: f32 1.7 ulp beside what `pieces` is to its
/// function.
Value emitPieces(VectorBuilder &b, const Pieces &pieces, const ValuePair &x);

/// The same of tables that halve, x >= 0 where they begin there. Max error: f32
/// 2 ulp, likewise.
ScaledValue emitHalvingPieces(VectorBuilder &b, const Pieces &pieces,
                              const ValuePair &x);

/// The same times e^exponent in the pieces of `side`, where the exponent is not
/// positive. Max error: f32 0.8 ulp more.
ScaledValue emitPiecesTimesExp(VectorBuilder &b, const Pieces &pieces,
                               const ValuePair &x, ExpArgument exponent,
                               PieceSide side);

} // namespace actin

#endif // ACTIN_LOWERING_MATHPIECEWISE_H
