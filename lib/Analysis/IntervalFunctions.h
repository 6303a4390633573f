//===- IntervalFunctions.h - Functions of one interval ----------*- C++ -*-===//
//
// The part of evaluateInterval that deals with the built-in functions of one
// argument and with powers.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_ANALYSIS_INTERVALFUNCTIONS_H
#define ACTIN_ANALYSIS_INTERVALFUNCTIONS_H

#include "Analysis/Interval.h"

namespace actin {

/// The values of a function of one argument; `x` is not empty.
Interval evaluateFunction(ExprKind kind, const Interval &x);
/// The values of base ** exponent; neither is empty.
Interval evaluatePower(const Interval &base, const Interval &exponent);

} // namespace actin

#endif // ACTIN_ANALYSIS_INTERVALFUNCTIONS_H
