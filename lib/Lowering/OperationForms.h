//===- OperationForms.h - What an operation is to the lowering --*- C++ -*-===//
//
// Questions that the form of an operation, and of those around it, answers:
// which carriers of a value it takes and gives, and whether it is part of
// something that is computed as one. The precision analysis and the lowering
// ask the same ones and must get the same answers.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_OPERATIONFORMS_H
#define ACTIN_LOWERING_OPERATIONFORMS_H

#include "Support/Real.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace actin {

/// True for a table of polynomials times an exponential, the first operand's.
bool isScaledPiecewise(mlir::Operation *op);
/// True for the functions that take their argument as a pair at little cost:
/// exp and its relatives.
bool acceptsPair(mlir::Operation *op);
/// True for those of them that need no more range in the argument than f32 has.
bool narrowsArgument(mlir::Operation *op);
/// True for the functions whose result can be a pair at little cost.
bool producesPair(mlir::Operation *op);
/// True for the operations whose result comes with an exponent of its own.
bool producesExponent(mlir::Operation *op);
/// True where one input may be infinite and another one finite.
bool hasSeveralInputs(mlir::func::FuncOp kernel);
/// True where `value` is a product, `depth` operations deep at the most, with
/// something that has an exponent apart.
bool hasScaledFactor(mlir::Value value, unsigned depth = 4);
/// True for the operations that take and give a mantissa and an exponent.
bool passesExponent(mlir::Operation *op);
/// The derivative at 0 of a function that is 0 there, with a second derivative
/// that does not exceed 1 near it; null for others.
std::optional<double> getSlopeAtZero(mlir::Operation *op);
/// True for sums, products and roots, which can be computed on mantissas and
/// exponents throughout.
bool isAlgebraic(mlir::Operation *op);
/// True for those, and for the functions that can give their result so: powers,
/// the ones that grow as an exponential does, and those that are linear at 0.
bool hasExtendedForm(mlir::Operation *op);
/// True for the operations that use a mantissa and an exponent beyond the
/// range, or, where `isTiny`, below it.
bool takesExtended(mlir::Operation *op, bool isTiny);
/// True for the functions that are infinite at infinity alone, but far behind
/// their argument.
bool isLogarithmic(mlir::Operation *op);
/// True for a power that is computed by way of a logarithm.
bool isGeneralPower(mlir::Operation *op);
/// True where a logarithm takes the result of `op`, or such a power: but with
/// an exponent apart that they know of, they take a number of the type.
bool losesExponent(mlir::Operation *op);
/// Twice the exponent of such a power.
std::optional<int64_t> matchHalfPower(mlir::Operation *op);
/// The exponent of a power that a mantissa and an exponent are raised to.
std::optional<int64_t> matchPowerOfScaled(mlir::Operation *op);
/// The a of normcdf(-a), where 0 <= a <= 65 by its form; null for others.
mlir::Value matchNormcdfTail(mlir::Operation *op);
/// The a of normcdf(-a) - a normpdf(a), likewise.
mlir::Value matchTailMinusMoment(mlir::Operation *op);
/// True for the incoming gradient: of any size, whatever the derivative's.
bool isDout(mlir::Value value);
/// True for the factor that one product with the incoming gradient takes.
bool isFactorBesideDout(mlir::Operation *op);
/// True for a product that is computed with the sum that takes it, in one
/// rounding.
bool isFusedProduct(mlir::Operation *op);
/// True for the terms of normcdf(-a) - a normpdf(a), and normpdf(a), where
/// nothing else takes them.
bool isPartOfTailMinusMoment(mlir::Operation *op);
/// NaN may be among the values.
bool isNonNegative(mlir::Value value);
bool isNonPositive(mlir::Value value);
/// True where a choice by the sign of `value` drops what `op`, through products
/// alone, makes of positive ones.
bool isDroppedWherePositive(mlir::Operation *op, mlir::Value value);
/// angle + eighths pi/4: `argument`, the argument of a sine.
struct TurnedAngle {
  mlir::Value angle;
  int eighths; ///< 0, 1 or -1.
};
TurnedAngle matchTurnedAngle(mlir::Value argument);
/// The product of `scale` and `factors`, in quarters of a turn: `angle`, the
/// argument of a sine, where the scale is a number of f64.
struct QuarterTurns {
  double scale;
  llvm::SmallVector<mlir::Value, 3> factors;
};
std::optional<QuarterTurns> matchQuarterTurns(mlir::Value angle);
/// The factors of a product that is the argument of a sine in f64, which is
/// reduced also where it is beyond the range; empty for other values.
llvm::SmallVector<mlir::Value> collectUnboundedFactors(mlir::Value argument);
/// An exponential's argument held to `most` from above, and maybe from below.
struct UpperBound {
  mlir::Value value; ///< What is held.
  double least;      ///< Or minus infinity.
  double most;       ///< 64 or less.
};
std::optional<UpperBound> matchUpperBound(mlir::Operation *exp);
/// True for the constant 0.
bool isZero(mlir::Value value);
/// c of base^2 + c, where it is not negative.
std::optional<Real> matchSquarePlusConstant(mlir::Value sum, mlir::Value base);
/// True for sums, products and powers of constants and one number that is held
/// by constants to both sides.
bool isPolynomialOfHeld(mlir::Value value);
/// The parameters, scalar ones and those of channels, and what depends on them
/// and constants alone; with all constants.
llvm::DenseSet<mlir::Value> collectUniformValues(mlir::func::FuncOp kernel);
/// True for the operations that the pair arithmetic covers.
bool isPairArithmetic(mlir::Operation *op);

} // namespace actin

#endif // ACTIN_LOWERING_OPERATIONFORMS_H
