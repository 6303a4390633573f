//===- EncloseFunction.h - Bounds of functions of one argument --*- C++ -*-===//
//
// The part of `enclose` that deals with the built-in functions, and the pieces
// that both parts are made of. `result` is none of the operands; its precision
// is that of the work. Operands are bounded.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_VERIFY_ENCLOSEFUNCTION_H
#define ACTIN_VERIFY_ENCLOSEFUNCTION_H

#include "Verify/Enclosure.h"

namespace actin {

/// A function of one argument.
void encloseFunction(Enclosure &result, ExprKind kind, const Enclosure &x);

void encloseInteger(Enclosure &result, long lower, long upper);
void copyEnclosure(Enclosure &result, const Enclosure &source);
void encloseSum(Enclosure &result, const Enclosure &a, const Enclosure &b);
void encloseNegative(Enclosure &result, const Enclosure &a);
void encloseProduct(Enclosure &result, const Enclosure &a, const Enclosure &b);
void encloseQuotient(Enclosure &result, const Enclosure &a, const Enclosure &b);

/// Bounded, or unknown where an end is a NaN.
void settle(Enclosure &result);
/// An enclosure of the same precision.
Enclosure makeWorkspace(const Enclosure &like);

} // namespace actin

#endif // ACTIN_VERIFY_ENCLOSEFUNCTION_H
