//===- ExponentialBases.h - Exponentials that are powers --------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_EXPONENTIALBASES_H
#define ACTIN_TRANSFORMS_EXPONENTIALBASES_H

#include "Support/Real.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace actin {

/// Writes the arguments of exponentials that are multiples of one product, and
/// grouped otherwise, as multiples of one value: (2 a) x as 2 (a x) beside a x.
void shareExponents(mlir::func::FuncOp function);

/// E^exponent, where E is e^(factor term), the base of this number of its term.
struct PowerOfBase {
  mlir::Value term;
  unsigned base;
  Real factor;
  int64_t exponent; ///< Not 0.
};

/// The exponentials of a function, also those that others are made of, as small
/// integer powers of few: of those of one term with the smallest factors.
class ExponentialBases {
public:
  explicit ExponentialBases(mlir::func::FuncOp function);

  /// The natural exponential of `op`: e^u of exp(u), sigmoid(u) or softplus(u),
  /// e^2u of tanh(u). Nullopt for operations that have none.
  std::optional<PowerOfBase> find(mlir::Operation &op) const;

private:
  llvm::MapVector<mlir::Value, llvm::SmallVector<Real, 1>> factors; // By term.
};

} // namespace actin

#endif // ACTIN_TRANSFORMS_EXPONENTIALBASES_H
