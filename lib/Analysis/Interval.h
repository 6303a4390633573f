//===- Interval.h - Enclosures of the values of a formula -------*- C++ -*-===//
//
// Interval arithmetic over the reals, with ends that are doubles rounded
// outwards: whatever values the operands take inside of their intervals, the
// exact result lies in the result's interval.
//
// An end that is infinite means "beyond the largest double, or unbounded". A
// set without members (`isEmpty`) is the result of a function all of whose
// operands lie outside of its domain. Truth values are sets of 0 and 1.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_ANALYSIS_INTERVAL_H
#define ACTIN_ANALYSIS_INTERVAL_H

#include "Expr/ExprGraph.h"

#include <cmath>

namespace actin {

struct Interval {
  double lower = -INFINITY;
  double upper = INFINITY;
  /// Some operand may lie outside of a domain, as in log(-1) or 0 / 0.
  bool mayBeUndefined = false;
  /// Some operand may lie on a pole, as in 1 / 0 or log(0).
  bool mayBePole = false;
  /// A selection, or a step such as floor, depends on where in its interval an
  /// operand lies: the value may jump.
  bool mayJump = false;
  /// The same of abs, min, max, clip and clamp: the slope may jump.
  bool mayKink = false;

  Interval() = default;
  Interval(double lower, double upper) : lower(lower), upper(upper) {}
  static Interval point(double value) { return {value, value}; }
  /// The doubles next to `value`.
  static Interval around(const Real &value);
  static Interval empty() { return {INFINITY, -INFINITY}; }

  bool isEmpty() const { return !(lower <= upper); }
  bool isPoint() const { return lower == upper; }
  bool contains(double value) const { return lower <= value && value <= upper; }
  bool isBounded() const {
    return !isEmpty() && std::isfinite(lower) && std::isfinite(upper);
  }
  /// The largest and the smallest absolute value; 0 where empty.
  double magnitude() const;
  double mignitude() const;
  double width() const { return isEmpty() ? 0 : upper - lower; }
};

/// The smallest interval that holds both, with the properties of both.
Interval hull(const Interval &a, const Interval &b);

/// The values of a node of `kind`, neither a constant nor an argument nor
/// ExpMax nor ExpMin, for all values of its operands. Where `sameOperands`, two
/// operands are the same value: x * x is a square.
Interval evaluateInterval(ExprKind kind, llvm::ArrayRef<Interval> operands,
                          bool sameOperands = false);

} // namespace actin

#endif // ACTIN_ANALYSIS_INTERVAL_H
