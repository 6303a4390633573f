//===- PairArithmetic.h - Arithmetic on unevaluated sums --------*- C++ -*-===//
//
// high + low with |low| <= ulp(high): about twice the significand of the
// element type. A null low part stands for zero and costs nothing. Sources:
// Dekker (1971); Joldes, Muller, Popescu, "Tight and rigorous error bounds for
// basic building blocks of double-word arithmetic" (2017). Relative error <=
// 2^-2p+4 each, p the significand's bits, where nothing overflows; where the
// high part is infinite the low part may be NaN: `sanitizeLow` before use.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_PAIRARITHMETIC_H
#define ACTIN_LOWERING_PAIRARITHMETIC_H

#include "Lowering/VectorBuilder.h"

namespace actin {

ValuePair addPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y);
/// As mulPairsLoosely; infinities may leave a low part that is no number.
ValuePair addPairsLoosely(VectorBuilder &b, const ValuePair &x,
                          const ValuePair &y);
/// The same for |x| >= |y| or x = 0.
ValuePair addOrderedPairsLoosely(VectorBuilder &b, const ValuePair &x,
                                 const ValuePair &y);
/// The last step of both: `sum`, of the high parts, with the low ones.
ValuePair withLowParts(VectorBuilder &b, const ValuePair &sum,
                       const ValuePair &x, const ValuePair &y);
ValuePair mulPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y);
/// The same without the last step: |low| may be a few ulp of high. Enough as
/// an argument of a function that takes pairs, or of another product.
ValuePair mulPairsLoosely(VectorBuilder &b, const ValuePair &x,
                          const ValuePair &y);
/// The product rounded, of finite numbers.
Value mulPairsRounded(VectorBuilder &b, const ValuePair &x, const ValuePair &y);
/// `isModerate`: y is far from subnormal, and so is its inverse.
ValuePair divPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y,
                   bool isModerate = false);
/// `inverse`: 1 / y, rounded; infinities as of addPairsLoosely.
ValuePair divPairsByConstant(VectorBuilder &b, const ValuePair &x,
                             const ValuePair &y, double inverse);
/// Relative error up to 2^-p-12; infinities as of addPairsLoosely.
ValuePair divPairsLoosely(VectorBuilder &b, const ValuePair &x,
                          const ValuePair &y, bool isModerate);
/// What the loose forms leave out: |low| <= ulp(high)/2, infinities kept, but
/// where the number `isFinite`.
ValuePair normalize(VectorBuilder &b, const ValuePair &x,
                    bool isFinite = false);
/// The high part of that.
Value roundPair(VectorBuilder &b, const ValuePair &x, bool isFinite = false);
ValuePair sqrtPair(VectorBuilder &b, const ValuePair &x);
ValuePair negPair(VectorBuilder &b, const ValuePair &x);
ValuePair absPair(VectorBuilder &b, const ValuePair &x);
ValuePair selectPairs(VectorBuilder &b, Value mask, const ValuePair &onTrue,
                      const ValuePair &onFalse);
/// Of normalized pairs; that of the high parts where they are infinite.
Value comparePairs(VectorBuilder &b, VectorBuilder::Compare predicate,
                   const ValuePair &x, const ValuePair &y);
/// `x` where it is NaN.
ValuePair minPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y);
ValuePair maxPairs(VectorBuilder &b, const ValuePair &x, const ValuePair &y);
/// `x`, whose low part is not null, with 0 in place of a low part that is NaN:
/// that of a quotient by infinity, which is 0.
ValuePair dropNaNLow(VectorBuilder &b, const ValuePair &x);
/// `x` with a low part in [-2^-10, 2^-10], also in place of NaN: for functions
/// whose argument's low part is below that wherever it matters (exp: |x| <
/// 2^10).
ValuePair sanitizeLow(VectorBuilder &b, const ValuePair &x);

} // namespace actin

#endif // ACTIN_LOWERING_PAIRARITHMETIC_H
