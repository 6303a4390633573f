//===- FlatProduct.h - Products taken apart ---------------------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_FLATPRODUCT_H
#define ACTIN_TRANSFORMS_FLATPRODUCT_H

#include "Support/Real.h"

#include "mlir/IR/Value.h"

#include "llvm/ADT/MapVector.h"

#include <optional>

namespace actin {

/// coefficient times powers, of which some may be 0.
struct FlatProduct {
  Real coefficient = Real(1.0);
  llvm::SmallMapVector<mlir::Value, int, 8> powers;

  /// Times value^power; products, quotients, signs and squares are taken apart.
  /// False where it is too long.
  bool multiply(mlir::Value value, int power, unsigned depth = 12);

  /// Whether it is one of numbers and a function's arguments alone.
  bool isOfArguments() const;
  /// The number that it is; nullopt where it has other factors.
  std::optional<Real> asConstant() const;
  /// 1 or -1 where it is that number.
  std::optional<int> asSign() const;
};

} // namespace actin

#endif // ACTIN_TRANSFORMS_FLATPRODUCT_H
