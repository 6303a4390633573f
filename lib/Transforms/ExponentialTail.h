//===- ExponentialTail.h - What vanishes or grows exponentially -*- C++ -*-===//
//
// The leading term of a value where a variable goes to infinity, found from the
// form of its definition: p(w) e^(n w) (1 + O(e^(g w))) as w goes to minus
// infinity, where w is the variable or its negative. e^x and e^-|x| are one
// tail on the negative side.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_EXPONENTIALTAIL_H
#define ACTIN_TRANSFORMS_EXPONENTIALTAIL_H

#include "Dialect/Act/RealBuilder.h"
#include "Support/Real.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace actin {

struct ExponentialTail {
  /// Coefficients by the power of w; the last one is not 0, and there is one.
  llvm::SmallVector<Real, 3> polynomial;
  double power = 0; ///< A multiple of 1 / 2.
  double gap = 1;   ///< To the next term's power.
  double bound = 0; ///< Of w: above, it is something else.

  bool isConstant() const { return polynomial.size() == 1; }
  bool vanishes() const { return power > 0; }
  bool grows() const { return power < 0; }
  /// Of w: below, the leading term is all of it in the compute type.
  double getBound(bool isF64) const;
};

std::optional<ExponentialTail> multiplyTails(const ExponentialTail &x,
                                             const ExponentialTail &y);

/// Where it goes to infinity.
struct TailVariable {
  mlir::Value u;
  bool isNegated; ///< w is -u.

  /// -1 or 1.
  double getSign() const { return isNegated ? -1 : 1; }
  /// The comparison of u with a bound that holds in the tail.
  act::CmpPredicate getPredicate() const {
    return isNegated ? act::CmpPredicate::gt : act::CmpPredicate::lt;
  }
};

/// The variables of the exponentials that `value` is made of, innermost ones
/// first, on those sides where they may be infinite.
llvm::SmallVector<TailVariable> findTailVariables(mlir::Value value);

class TailMatcher {
public:
  explicit TailMatcher(const TailVariable &variable) : variable(variable) {}

  /// nullopt where the form says nothing.
  std::optional<ExponentialTail> match(mlir::Value value);

private:
  using Tail = std::optional<ExponentialTail>;
  Tail compute(mlir::Value value);
  Tail ofFunction(mlir::Operation *op);
  Tail ofExponential(mlir::Operation *op, const ExponentialTail &argument);
  Tail ofLogistic(mlir::Operation *op, const ExponentialTail &argument);
  Tail ofSelection(mlir::Operation *where);

  TailVariable variable;
  llvm::DenseMap<mlir::Value, Tail> known;
};

/// The polynomial of `tail` at w, times e^(power w).
act::RealValue emitTail(const ExponentialTail &tail, const act::RealValue &w);

} // namespace actin

#endif // ACTIN_TRANSFORMS_EXPONENTIALTAIL_H
