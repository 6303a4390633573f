//===- HalvingEnd.h - What functions vanish as ------------------*- C++ -*-===//

#ifndef ACTIN_LOWERING_HALVINGEND_H
#define ACTIN_LOWERING_HALVINGEND_H

#include "Lowering/Pieces.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace actin {

/// A function that far out is y = scale 2^(-|x| / step), or what a tail makes
/// of that.
struct HalvingEnd {
  double step = 0, scale = 0;
  std::optional<Pieces::Tail> tail;

  /// The function over y / scale.
  double getFactor(double x) const;
};

/// That of `function` for x beyond `from` steps in the direction of `sign`,
/// within `tolerance` of the value; nullopt where it is none.
std::optional<HalvingEnd>
findHalvingEnd(llvm::function_ref<double(double)> function, double step,
               int sign, int from, double tolerance);

} // namespace actin

#endif // ACTIN_LOWERING_HALVINGEND_H
