//===- MathLog.h - What logarithms and powers share -------------*- C++ -*-===//

#ifndef ACTIN_LOWERING_MATHLOG_H
#define ACTIN_LOWERING_MATHLOG_H

#include "Lowering/VectorBuilder.h"

namespace actin {

/// x = 2^k (1 + f), k integral, f in [sqrt(1/2) - 1, sqrt 2 - 1].
struct LogReduction {
  Value k, f;
};

/// For x > 0, finite; subnormals too. Else garbage.
LogReduction reduceLog(VectorBuilder &b, Value x);

/// log(2^k (1 + f)) as high + low, low up to a few ulp of high: 0.6 ulp where
/// added up.
ValuePair emitLogPair(VectorBuilder &b, const LogReduction &x);

} // namespace actin

#endif // ACTIN_LOWERING_MATHLOG_H
