//===- Region.h - Values that depend on one variable ------------*- C++ -*-===//
//
// A part of a function over !act.real that is itself a function of one value,
// and whether it loses its digits as that goes to 0.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_REGION_H
#define ACTIN_TRANSFORMS_REGION_H

#include "Support/Real.h"

#include "mlir/IR/Operation.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SetVector.h"

namespace actin {

/// Operations through which a power series passes; |u| and sign(u) do where
/// each side of 0 has one of its own, as a fit shows.
bool isSmooth(mlir::Operation *op, bool throughMagnitudes);

/// Those, and comparisons and selections: far from 0, one branch is taken.
bool isSmoothFarOut(mlir::Operation *op);

/// A variable and the values that depend on it alone, operands first.
struct Region {
  mlir::Value variable;
  llvm::SetVector<mlir::Operation *> operations;

  /// The value of `end` in 113 bits.
  Real evaluate(mlir::Value end, const Real &at) const;
};

/// The regions of `block` that hold an operation, of those that `belongs`
/// takes. Each value belongs to one: that of the variable that it depends on
/// alone through such operations.
llvm::SmallVector<Region>
findRegions(mlir::Block &block,
            llvm::function_ref<bool(mlir::Operation *)> belongs);

/// A region at one value of its variable, in long double.
class RegionSample {
public:
  using T = long double;

  RegionSample(const Region &region, T variable);

  T get(mlir::Value value) const { return values.lookup(value); }
  bool isFinite(mlir::Value value) const;

  /// For `end` and each operation before it: |d end / d value * value / end|,
  /// how much a relative error of the value is amplified.
  llvm::DenseMap<mlir::Value, T> amplify(mlir::Value end) {
    return amplify(end, values[end]);
  }
  /// The same where `end` has the value `exact`.
  llvm::DenseMap<mlir::Value, T> amplify(mlir::Value end, T exact);
  /// The same for the variable: the condition of `end`, as the last call of
  /// amplify found it.
  T getCondition() const { return condition; }

private:
  llvm::SmallVector<T, 3> getOperands(mlir::Operation *op);

  const Region &region;
  llvm::DenseMap<mlir::Value, T> values;
  T condition = 0;
};

/// Looks at a region, which must outlive it, next to 0.
class CancellationTest {
public:
  explicit CancellationTest(const Region &region);

  /// True where `end` is a finite number next to 0, and the error of a value
  /// before it grows without bound as the variable goes to 0.
  bool cancels(mlir::Value end);

private:
  RegionSample far, near, mirrored;
};

/// Looks at a region, which must outlive it, as its variable goes to infinity
/// on one side.
class FarCancellationTest {
public:
  /// `sign`: of the variable.
  FarCancellationTest(const Region &region, double sign);

  enum class Verdict {
    Fine,
    Cancels, ///< Errors of a value before it grow without bound, or the limit
             ///< is lost in a product of 0 and infinity.
    Unknown  ///< No algebraic function, as what vanishes exponentially.
  };
  Verdict judge(mlir::Value end);
  bool cancels(mlir::Value end) { return judge(end) == Verdict::Cancels; }

  /// RegionSample::amplify at the nearer of the places that are looked at.
  llvm::DenseMap<mlir::Value, long double> amplifyNear(mlir::Value end) {
    return near.amplify(end);
  }
  /// How much the errors of the values before `end` are amplified where the
  /// variable has the magnitude `distance`, beyond those that are looked at.
  long double extrapolate(mlir::Value end, double distance);

private:
  const Region &region;
  double sign;
  RegionSample near, far;
  /// Products of 0 and infinity, whose limit is not 0.
  llvm::SmallVector<mlir::Value> lostLimits;
};

} // namespace actin

#endif // ACTIN_TRANSFORMS_REGION_H
