//===- PiecewiseFunction.h - What act.piecewise stands for ------*- C++ -*-===//

#ifndef ACTIN_LOWERING_PIECEWISEFUNCTION_H
#define ACTIN_LOWERING_PIECEWISEFUNCTION_H

#include "Lowering/PiecewiseFit.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/ArrayRef.h"

namespace actin {

/// exp(exponent) p(x), as an operation has it.
struct PiecewiseFunction {
  /// What |x| stands for, where the pieces begin at 0.
  enum class Symmetry {
    None,
    Even,
    Odd,
    ComplementAbove, ///< complement - f(|x|) for x > 0, f(|x|) else.
    ComplementBelow, ///< The other way round.
  };

  Pieces pieces;
  PieceSide exponentSide = PieceSide::All; ///< Where the exponential counts.
  Symmetry symmetry = Symmetry::None;
  double complement = 0;

  PiecewiseFunction() = default;
  explicit PiecewiseFunction(act::PiecewiseOp op);

  /// Of the x that |x| stands for.
  int getSign() const { return symmetry == Symmetry::ComplementAbove ? -1 : 1; }
  bool hasComplement() const {
    return symmetry == Symmetry::ComplementAbove ||
           symmetry == Symmetry::ComplementBelow;
  }

  /// `exponent` may be null.
  mlir::Value create(mlir::OpBuilder &builder, mlir::Location location,
                     mlir::Value exponent, mlir::Value x) const;

  /// `operands` are those of the operation.
  template <typename T> T evaluate(llvm::ArrayRef<T> operands) const;
  /// By operand number `k`.
  template <typename T>
  T differentiate(llvm::ArrayRef<T> operands, unsigned k) const;

private:
  template <typename T> T getFactor(llvm::ArrayRef<T> operands) const;
  template <typename T> T getPart(llvm::ArrayRef<T> operands) const;
};

} // namespace actin

#endif // ACTIN_LOWERING_PIECEWISEFUNCTION_H
