//===- Change.h - How far a change of one value moves another ---*- C++ -*-===//
//
// The arithmetic of the proof that a clamp may be left out: beside the interval
// of a value, bounds of how far it moves when another one does.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_ANALYSIS_CHANGE_H
#define ACTIN_ANALYSIS_CHANGE_H

#include "Analysis/Interval.h"

namespace actin {

/// A value before and after a change. The bounds are of a wider range than
/// double: e^-1000 is not 0.
struct ChangingValue {
  Interval values;            ///< Both, as `Interval` has them.
  long double magnitude = 0;  ///< |value| at the most.
  long double difference = 0; ///< |after - before| at the most.
  long double relative = 0;   ///< The same over |before|.
  /// The change may lead out of the domain of a function, or to a pole.
  bool losesDomain = false;

  /// One that stays what it is.
  static ChangingValue fixed(const Interval &values);
  /// One that may go from anywhere in `values` to anywhere in there.
  static ChangingValue within(const Interval &values);

  bool isFixed() const { return difference == 0 && !losesDomain; }
};

/// A node of `kind`, neither a constant nor an argument. A truth value that is
/// not fixed may change.
ChangingValue evaluateChange(ExprKind kind,
                             llvm::ArrayRef<ChangingValue> operands,
                             bool sameOperands = false);

} // namespace actin

#endif // ACTIN_ANALYSIS_CHANGE_H
