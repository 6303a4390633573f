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
#include "llvm/ADT/SetVector.h"

namespace actin {

/// Operations through which a power series passes; |u| and sign(u) do where
/// each side of 0 has one of its own, as a fit shows.
bool isSmooth(mlir::Operation *op, bool throughMagnitudes);

/// A variable and the values that depend on it alone, operands first.
struct Region {
  mlir::Value variable;
  llvm::SetVector<mlir::Operation *> operations;

  /// The value of `end` in 113 bits.
  Real evaluate(mlir::Value end, const Real &at) const;
};

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

private:
  llvm::SmallVector<T, 3> getOperands(mlir::Operation *op);

  const Region &region;
  llvm::DenseMap<mlir::Value, T> values;
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

} // namespace actin

#endif // ACTIN_TRANSFORMS_REGION_H
