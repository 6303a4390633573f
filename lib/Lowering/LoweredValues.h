//===- LoweredValues.h - One real value, several carriers -------*- C++ -*-===//
//
// What the lowering knows of each !act.real value: the vectors that carry it. A
// value is produced in one form (rounded, scaled, pair, wide or extended) and
// converted, once, to each further form that a user asks for.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_LOWEREDVALUES_H
#define ACTIN_LOWERING_LOWEREDVALUES_H

#include "Lowering/PrecisionAnalysis.h"
#include "Lowering/VectorBuilder.h"
#include "Support/Real.h"

#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace actin {

/// What stands in f64, of several inputs, for a tail of f32 that is less and
/// for an exponential that is more.
constexpr double leastWideTail = 0x1p-1000, largestWideGrowth = 0x1p1000;

/// True for a tail, on one side of a choice at least, that is positive.
bool isPositiveTail(mlir::Value real);

class LoweredValues {
public:
  /// `isF64`: the compute type. `plan`, which must outlive this, is what the
  /// values' exponents are bounded by.
  LoweredValues(VectorBuilder &builder, bool isF64, const PrecisionPlan &plan)
      : b(builder), isF64(isF64), plan(plan) {}

  /// Whether tails that are wide are no 0, however far out: of several inputs
  /// another may be infinite.
  bool keepsTails = false;

  // How a value is produced; once each.
  void setPlain(Value real, Value vector) { forms[real].plain = vector; }
  void setScaled(Value real, const ScaledValue &scaled) {
    setScaledPair(real, {{scaled.mantissa, Value()}, scaled.exponent});
  }
  void setPair(Value real, const ValuePair &pair) {
    setScaledPair(real, {pair, Value()});
  }
  void setScaledPair(Value real, const ScaledPair &scaled);
  /// Of f32 only: a value held as f64.
  void setWide(Value real, Value vector);
  /// Of any size: mantissa in [1, 2^16), exponent an integer, or that of an
  /// infinity or zero (VectorBuilder::splitExponent).
  void setExtended(Value real, const ExtendedPair &extended);
  /// The same of a value that exists in another form as well.
  void addExtended(Value real, const ExtendedPair &extended) {
    forms[real].extended = extended;
  }
  /// Where `real` is widened, it is held to +-`bound`.
  void setHeld(Value real, double bound) { forms[real].held = bound; }
  void setMask(Value truth, Value mask) { forms[truth].mask = mask; }
  void setConstant(Value real, const Real &constant) {
    forms[real].constant = constant;
  }

  /// `wide` as what `real`, if it is a tail, is in f64. A tail is positive over
  /// the reals, and an exponential finite: times an infinite input the one is
  /// infinite, times 0 the other is 0. What stands for them is far outside of
  /// f32's range with any other input.
  Value keepTail(Value real, Value wide);

  // The forms that a user can ask for.
  Value getPlain(Value real);
  ScaledValue getScaled(Value real);
  ValuePair getPair(Value real);
  /// A pair with its exponent where it has one.
  ScaledPair getScaledPair(Value real);
  Value getWide(Value real);
  /// With a mantissa of at least 1 and an exponent beyond all for infinity;
  /// zero is a number smaller than all. NaN is a mantissa's.
  ExtendedPair getExtended(Value real);
  /// The same with a mantissa that is one of splitExponent's.
  ExtendedPair normalize(const ExtendedPair &extended);
  /// What an infinity is of: those of exponentials are beyond those of powers,
  /// and those of logarithms below them.
  enum class InfinityRank : uint8_t { Logarithm, Power, Exponential };
  ScaledPair extend(const ScaledPair &scaled, InfinityRank infinity);
  Value getMask(Value truth) { return forms[truth].mask; }
  /// The constant that a value is known to be.
  const Real *getConstant(Value real) const;
  /// True where the value exists as f64 already.
  bool hasWide(Value real) const;
  /// True where the value has an exponent of its own.
  bool hasExponent(Value real) { return bool(forms[real].scaled.exponent); }

private:
  struct Forms {
    Value plain, low, wide, mask;
    ScaledPair scaled;
    ExtendedPair extended;
    std::optional<Real> constant;
    bool isNativelyWide = false;
    double held = 0; ///< The most that it is where it is wide, or 0.
  };

  /// What ends where a tail of the normal distribution does.
  bool isNormalTail(Value real) const;
  Value hold(Value wide, const Forms &entry);
  Value addLow(Value wide, Value low);

  VectorBuilder &b;
  bool isF64;
  const PrecisionPlan &plan;
  llvm::DenseMap<Value, Forms> forms;
};

} // namespace actin

#endif // ACTIN_LOWERING_LOWEREDVALUES_H
