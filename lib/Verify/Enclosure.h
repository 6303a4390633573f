//===- Enclosure.h - Proven bounds of one value, at any precision *- C++
//-*-===//
//
// Two numbers between which the exact value of a node lies. The narrower the
// operands and the higher the precision, the narrower the result. Truth values
// are 0 and 1.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_VERIFY_ENCLOSURE_H
#define ACTIN_VERIFY_ENCLOSURE_H

#include "Expr/ExprGraph.h"
#include "Verify/BigReal.h"

namespace actin {

struct Enclosure {
  enum class State : uint8_t {
    Bounded,   ///< The value lies in [lower, upper].
    Undefined, ///< Proven to have none: a pole, or outside of a domain.
    Unknown,   ///< At this precision nothing can be said.
  };

  State state = State::Unknown;
  /// It depends on an infinite argument, and stands for a limit.
  bool isLimit = false;
  BigReal lower, upper;

  bool isBounded() const { return state == State::Bounded; }
  /// Exactly `value`.
  bool is(long value) const;
  bool isPoint() const { return isBounded() && compare(lower, upper) == 0; }
  void setPrecision(mpfr_prec_t precision) {
    lower.setPrecision(precision);
    upper.setPrecision(precision);
  }
};

/// `value`, in no more than the precision of `result`.
void encloseConstant(Enclosure &result, const Real &value);
/// The value of a node of `kind`, neither a constant nor an argument nor ExpMax
/// nor ExpMin. `result` has its precision, and is none of the operands.
void enclose(Enclosure &result, ExprKind kind,
             llvm::ArrayRef<const Enclosure *> operands);

} // namespace actin

#endif // ACTIN_VERIFY_ENCLOSURE_H
