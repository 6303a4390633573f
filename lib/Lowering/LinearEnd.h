//===- LinearEnd.h - Functions that become linear ---------------*- C++ -*-===//

#ifndef ACTIN_LOWERING_LINEAREND_H
#define ACTIN_LOWERING_LINEAREND_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>

namespace actin {

/// A function that is c0 + c1 x for |x| >= from.
struct LinearEnd {
  double from = 0;
  double c0 = 0, c1 = 0;
};

/// That of `function` in the direction of `sign`, up to |x| = `end`, within
/// `tolerance` of the value, seen at points a factor of 1.1 apart; nullopt
/// where it is none, or becomes one so slowly that a table is worth nothing.
std::optional<LinearEnd>
findLinearEnd(llvm::function_ref<double(double)> function, int sign, double end,
              double tolerance);

} // namespace actin

#endif // ACTIN_LOWERING_LINEAREND_H
