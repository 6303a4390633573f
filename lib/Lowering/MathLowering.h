//===- MathLowering.h - Operations to vectors, one by one ----- -*- C++ -*-===//
//
// What MathToVector walks a function with: the values so far, the precision
// that the plan asks for, and one member a kind of operation. Each takes an
// operation whose operands have been lowered; `wide` says to compute in f64
// for f32.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_MATHLOWERING_H
#define ACTIN_LOWERING_MATHLOWERING_H

#include "Lowering/LoweredValues.h"
#include "Lowering/MathFunctions.h"
#include "Lowering/MathToVector.h"
#include "Lowering/OperationForms.h"
#include "Lowering/PairArithmetic.h"
#include "Lowering/PrecisionAnalysis.h"

#include "actin/Dialect/Act/Act.h"

namespace actin {

class MathLowering {
public:
  /// `widens`: arguments and results of f32 are computed in f64.
  MathLowering(mlir::OpBuilder &builder, mlir::func::FuncOp kernel,
               const MathLoweringOptions &options, bool widens)
      : b(builder, kernel.getLoc(), options.traits, options.numLanes),
        values(b, options.isF64 || widens, plan),
        isF64(options.isF64 || widens), widens(widens) {
    if (options.analyzePrecision)
      plan = analyzePrecision(kernel,
                              widens          ? ComputePrecision::F64ForF32
                              : options.isF64 ? ComputePrecision::F64
                                              : ComputePrecision::F32,
                              b.getFastTableSize(isF64));
    uniform = collectUniformValues(kernel);
    values.keepsTails = hasSeveralInputs(kernel);
  }

  void setArgument(Value argument, Value vector) {
    if (widens)
      vector = b.widen(vector);
    values.setPlain(argument, vector);
    if (act::getRole(cast<mlir::BlockArgument>(argument)) == "input")
      inputs.push_back(vector);
    if (double bound = plan.getHeldBound(argument))
      values.setHeld(argument, bound);
  }
  mlir::LogicalResult lower(mlir::Operation &op);
  /// `keepsWide`: as f64 where it is that.
  Value getResult(Value real, bool keepsWide);

private:
  mlir::LogicalResult lowerAsPlanned(mlir::Operation &op);
  /// The level to compute at: no operand that is held more precisely may be
  /// rounded on its way in.
  Precision computeLevel(mlir::Operation &op) const;
  Value emitComparison(act::CmpOp cmp);
  /// Of the pairs that `x` and `y` are carried as.
  Value comparePairs(VectorBuilder::Compare predicate, Value x, Value y);
  bool emitTruth(mlir::Operation &op);
  bool isLoosePair(mlir::Operation &op, unsigned depth) const;
  bool leavesRounding(mlir::Operation &op) const;
  bool emitPair(mlir::Operation &op);
  ValuePair emitPlainPair(mlir::Operation &op);
  /// True where every sample is, also at infinite inputs.
  bool areFinite(mlir::ValueRange reals) const;
  ValuePair addPairs(mlir::Operation &sum, const ValuePair &x,
                     const ValuePair &y);
  ValuePair emitPairDivision(mlir::Operation &op, const ValuePair &x,
                             const ValuePair &y);
  ScaledPair emitScaledPair(mlir::Operation &op);
  ValuePair emitPairPower(const ValuePair &base, std::optional<int64_t> halves);
  /// 2^-bits x and an exponent for it where `mask`.
  ScaledPair shiftWhere(Value mask, const ScaledPair &x, int bits);
  /// Which of a product's factors gets room: the one that the plan names, or
  /// the one without an exponent.
  unsigned getRoomyFactor(mlir::Operation &product,
                          bool hasFirstExponent) const;
  /// The room that the plan wants for `product`, above the mantissa of its
  /// factor x where that is large, and below where it is small.
  ScaledPair makeRoom(mlir::Operation &product, ScaledPair x);
  void emitExtended(mlir::Operation &op);
  ExtendedPair emitExtendedProduct(mlir::Operation &op, bool isPair);
  ExtendedPair emitExtendedFunction(mlir::Operation &op);
  ExtendedPair emitExtendedGrowth(mlir::Operation &op,
                                  const ExtendedPair &plain);
  void extendExponential(mlir::Operation &op);
  bool emitArithmetic(mlir::Operation &op, bool wide);
  bool emitPairFunction(mlir::Operation &op);
  bool emitFunction(mlir::Operation &op, bool wide);
  bool emitPiecewise(mlir::Operation &op);
  const Angle &getAngle(mlir::Operation &op, bool wide);
  bool isInexact(Value real) const;
  void emitPairOperands(Value real);
  ValuePair emitWidePair(Value real);
  ScaledPair emitWideArgument(mlir::Operation &op, Value argument);
  ValuePair emitPairFactor(Value real);
  ValuePair emitProductOfAngle(mlir::Operation &op,
                               llvm::ArrayRef<Value> factors);
  ScaledPair emitUnboundedProduct(llvm::ArrayRef<Value> factors,
                                  bool isLimited);
  void passTinyExponent(mlir::Operation &op);
  Value isAnyInputInfinite();
  void takeExtendedLogarithm(mlir::Operation &op);
  bool emitPower(mlir::Operation &op, bool wide);
  bool emitScaledPower(mlir::Operation &op, bool wide);
  Value emitGeneralPower(mlir::Operation &op, bool wide);
  Value addLowPower(mlir::Operation &op, Value power);
  ExtendedPair emitExtendedPower(mlir::Operation &op);
  void emitMultiply(mlir::Operation &op, bool wide);
  bool emitWholeConstantProduct(mlir::Operation &op);
  /// Both parts of one sign, so that infinities do not meet, and a product does
  /// not overflow by the rounding of the first.
  ValuePair splitTowardZero(const Real &constant, Value model);
  void holdToLargest(mlir::Operation &op);
  bool isTailOverUniform(act::DivOp op) const;
  Value divideTail(const ScaledValue &x, Value y);
  void emitDivision(act::DivOp op, bool wide);
  Value getNeededLow(mlir::Operation &op, unsigned k);
  void emitAddition(mlir::Operation &op, bool wide, bool subtract);
  /// Operand `k` of a sum or difference as it is added, with its exponent.
  ScaledPair getTerm(mlir::Operation &sum, unsigned k);
  /// Gives both the exponent that is returned, the larger of theirs.
  Value alignTerms(ScaledPair &x, ScaledPair &y);
  Value emitMinMax(mlir::Operation &op, bool wide, bool isMax);
  Value emitClip(mlir::Operation &op, bool wide);

  Value operand(mlir::Operation &op, unsigned k, bool wide) {
    Value real = op.getOperand(k);
    Value vector = wide ? values.getWide(real) : values.getPlain(real);
    return keepFinite(op, k, vector);
  }
  ScaledValue scaledOperand(mlir::Operation &op, unsigned k, bool wide) {
    ScaledValue scaled;
    if (wide)
      scaled.mantissa = values.getWide(op.getOperand(k));
    else if (passesExponent(&op))
      scaled = values.getScaled(op.getOperand(k));
    else
      scaled.mantissa = values.getPlain(op.getOperand(k));
    scaled.mantissa = keepFinite(op, k, scaled.mantissa);
    return scaled;
  }
  /// With the low part only where the plan carries one.
  ValuePair pairOperand(mlir::Operation &op, unsigned k, bool wide) {
    return argumentPair(op.getOperand(k), wide);
  }
  ValuePair argumentPair(Value real, bool wide) {
    if (wide)
      return {values.getWide(real), Value()};
    if (plan.get(real) == Precision::Single)
      return {values.getPlain(real), Value()};
    return sanitizeLow(b, values.getPair(real));
  }
  ExpArgument expOperand(mlir::Operation &op, bool wide);
  bool isHeldArgument(mlir::Operation &op) const;
  bool isBoundedArgument(mlir::Operation &op) const;
  /// A sigmoid that one product needs: held as 2^exponent / mantissa.
  bool isReciprocal(Value real) const;
  /// A tail that one product of finite numbers needs: held as a sum, which that
  /// product rounds.
  bool isUnroundedTail(Value real) const;
  /// True where all users are computed without it, as parts of one function.
  bool isTakenInByUsers(mlir::Operation &op) const;
  /// a, where `product` is a normcdf(-a) that is computed as one.
  Value matchFastTailMoment(act::MulOp product) const;
  bool hidesUnderflow(mlir::Operation &sum) const;
  void collectTerms(Value sum, unsigned depth,
                    llvm::SmallVectorImpl<Value> &terms) const;
  bool emitTimesSum(mlir::Operation &op);
  /// The one product, with an exponent, that takes `real`; null where there is
  /// none.
  act::MulOp getOnlyProduct(Value real) const;
  bool meetsOtherFactor(mlir::Operation &function) const;
  Value keepFinite(mlir::Operation &op, unsigned k, Value vector);
  /// Without a low part where the high one is held.
  ValuePair keepFinite(mlir::Operation &op, unsigned k, const ValuePair &pair);
  void set(mlir::Operation &op, Value vector, bool wide) {
    if (wide)
      values.setWide(op.getResult(0), vector);
    else
      values.setPlain(op.getResult(0), vector);
  }
  void setScaled(mlir::Operation &op, const ScaledValue &scaled, bool wide) {
    if (wide)
      values.setWide(op.getResult(0),
                     values.keepTail(op.getResult(0), b.materialize(scaled)));
    else
      values.setScaled(op.getResult(0), scaled);
  }

  VectorBuilder b;
  LoweredValues values;
  PrecisionPlan plan;
  /// Values that depend on parameters and constants alone.
  llvm::DenseSet<Value> uniform;
  /// By the vector that was reduced, and the eighths of a turn added to it.
  llvm::DenseMap<std::pair<Value, int>, Angle> angles;
  bool isF64, widens;
  llvm::SmallVector<Value, 2> inputs; ///< As they are computed with.
};

} // namespace actin

#endif // ACTIN_LOWERING_MATHLOWERING_H
