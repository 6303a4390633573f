//===- MpfrFunctions.h - The functions that MPFR has itself -----*- C++ -*-===//

#ifndef ACTIN_SUPPORT_MPFRFUNCTIONS_H
#define ACTIN_SUPPORT_MPFRFUNCTIONS_H

#include "llvm/ADT/StringRef.h"

#include <mpfr.h>

namespace actin {

/// Correctly rounded; returns 0 where the result is exact.
using MpfrFunction = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

/// MPFR's own function of that name (a spelling of Functions.def); nullptr
/// where it has none.
MpfrFunction findMpfrFunction(llvm::StringRef name);

/// Gives back what MPFR keeps for the calling thread (its digits of pi and
/// log 2) when the thread ends. To be called by who keeps MPFR numbers.
void freeMpfrCacheAtThreadExit();

} // namespace actin

#endif // ACTIN_SUPPORT_MPFRFUNCTIONS_H
