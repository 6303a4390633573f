//===- ConstantDivision.h - Division without a division ---------*- C++ -*-===//

#ifndef ACTIN_LOWERING_CONSTANTDIVISION_H
#define ACTIN_LOWERING_CONSTANTDIVISION_H

#include "Lowering/VectorBuilder.h"
#include "Support/Real.h"

namespace actin {

/// True where neither the inverse of `divisor` nor its tail leaves the range of
/// normal numbers.
bool isDivisorInvertible(const Real &divisor);

/// x / divisor by the inverse in two parts: with FMA it rounds as a division
/// does but for about one x in 2^20, then to the other neighbour; without, max
/// error 1 ulp. The parts have one sign, so that infinities stay what they are;
/// NaN stays NaN. `divisor` must be invertible.
Value divideByConstant(VectorBuilder &b, Value x, const Real &divisor);

} // namespace actin

#endif // ACTIN_LOWERING_CONSTANTDIVISION_H
