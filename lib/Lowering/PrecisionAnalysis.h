//===- PrecisionAnalysis.h - Where rounding would show ----------*- C++ -*-===//
//
// In: a function over !act.real that is about to be lowered. Out: the values
// whose rounding to the compute type would show in a result.
//
// A first-order error analysis, run at sample points: each value of the
// function is evaluated in a wider type; an adjoint sweep then tells how much
// an error of each value moves each result. Where the sum of all rounding
// errors exceeds what the accuracy contract leaves, the largest contributors
// are carried with more precision (and range). It steers the lowering and
// proves nothing; the accuracy tests do that.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_PRECISIONANALYSIS_H
#define ACTIN_LOWERING_PRECISIONANALYSIS_H

#include "Lowering/VectorBuilder.h"
#include "Support/Real.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace actin {

/// How a value is carried, from cheap to safe.
enum class Precision : uint8_t {
  Single, ///< One vector of the compute type.
  Pair,   ///< An unevaluated sum of two: twice the bits, the same range.
  Wide,   ///< f64 (for f32 only): 29 bits and 8 times the exponent range more.
};

class PrecisionPlan {
public:
  Precision get(mlir::Value value) const { return levels.lookup(value); }
  /// Never lowers a level.
  void raise(mlir::Value value, Precision level);

  /// Where an infinite operand would make a NaN of a limit that exists (inf *
  /// 0, inf - inf, inf / inf): it is to be held to the largest finite number.
  /// `negative`: where it is minus infinity. `isWide`: asks of an operation in
  /// f64, where none is infinite if all infinities are of an input that is held
  /// (`alsoWide` false).
  bool mustBeFinite(mlir::OpOperand &operand, bool negative,
                    bool isWide = false) const {
    auto &operands = negative ? negativeOperands : positiveOperands;
    auto it = operands.find(&operand);
    return it != operands.end() && (!isWide || it->second);
  }
  void setMustBeFinite(mlir::OpOperand &operand, bool negative, bool alsoWide) {
    (negative ? negativeOperands : positiveOperands)[&operand] |= alsoWide;
  }

  /// A factor beside an exponent: from this magnitude on the product is 0,
  /// whatever it is multiplied by, and the factor held to it. 0: there is none.
  double getFactorBound(mlir::OpOperand &factor, bool negative) const {
    return (negative ? negativeBounds : positiveBounds).lookup(&factor);
  }
  void setFactorBound(mlir::OpOperand &factor, bool negative, double bound) {
    (negative ? negativeBounds : positiveBounds)[&factor] = bound;
  }

  /// What an input is to be at most where it is widened, far beyond f32's
  /// range: what is computed in f64 then has the limit of the formula at
  /// infinity. 0: as large as it is.
  double getHeldBound(mlir::Value input) const {
    return heldInputs.lookup(input);
  }
  void setHeldInput(mlir::Value input, double bound) {
    double &held = heldInputs[input];
    held = held == 0 ? bound : std::min(held, bound);
  }

  /// An operation that is computed with exponents apart, as its operands or its
  /// result may be beyond the range. Of f64 only, where nothing is wider.
  bool isExtended(mlir::Operation *op) const { return extended.contains(op); }
  void setExtended(mlir::Operation *op) { extended.insert(op); }

  /// How many bits more than the range has a product of mantissas may need, and
  /// which factor may be near the largest number while the product is not.
  struct Room {
    unsigned bits = 0; ///< 0: none.
    unsigned factor = 0;
  };
  Room getRoomInProduct(mlir::Operation *product) const {
    return roomInProducts.lookup(product);
  }
  void setRoomInProduct(mlir::Operation *product, Room room) {
    Room &known = roomInProducts[product];
    if (room.bits > known.bits)
      known = room;
  }

  /// An exponential whose argument is held to a bound, which a result shows to
  /// the last bits.
  bool showsBound(mlir::Operation *exp) const {
    return shownBounds.contains(exp);
  }
  void setShowsBound(mlir::Operation *exp) { shownBounds.insert(exp); }

  /// A product whose mantissa may be subnormal while a result of it is not.
  bool needsRoomBelow(mlir::Operation *product) const {
    return roomBelow.contains(product);
  }
  bool needsRoom(mlir::Operation *product) const {
    return getRoomInProduct(product).bits != 0 || needsRoomBelow(product);
  }
  void setNeedsRoomBelow(mlir::Operation *product) {
    roomBelow.insert(product);
  }

  /// A factor that may be near the largest number, or beyond, where the product
  /// is as well: one that is held must not be there.
  bool isLargeInProduct(mlir::OpOperand &factor, bool negative) const {
    return (negative ? negativeLarge : positiveLarge).contains(&factor);
  }
  void setIsLargeInProduct(mlir::OpOperand &factor, bool negative) {
    (negative ? negativeLarge : positiveLarge).insert(&factor);
  }

  /// A product that is beyond the range in the end, where its constant factor's
  /// low part shows: finite or not.
  bool needsWholeConstant(mlir::Operation *product) const {
    return wholeConstants.contains(product);
  }
  void setNeedsWholeConstant(mlir::Operation *product) {
    wholeConstants.insert(product);
  }

  /// A sum or product of rounded numbers that is beyond the range in the end:
  /// what is so by a rounding only is the largest number.
  bool passesEnd(mlir::Operation *op) const { return passingEnd.contains(op); }
  void setPassesEnd(mlir::Operation *op) { passingEnd.insert(op); }
  /// A pair of which this operation takes the high part alone: what the low one
  /// adds there does not show.
  bool dropsLow(mlir::OpOperand &operand) const {
    return droppedLows.contains(&operand);
  }
  void setDropsLow(mlir::OpOperand &operand) { droppedLows.insert(&operand); }

  /// What was seen of a value wherever the function was sampled, infinite
  /// inputs included. Pairs take a short cut by it: where a parameter breaks
  /// it, low parts are lost.
  struct Observation {
    bool isFinite = false;
    bool isNormal = false; ///< Far from subnormal, and never 0.
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    /// Magnitude, of finite inputs.
    double largestFinite = std::numeric_limits<double>::infinity();
  };
  Observation getObservation(mlir::Value value) const {
    return observations.lookup(value);
  }
  void setObservation(mlir::Value value, Observation observation) {
    observations[value] = observation;
  }

  /// What was seen of the mantissa and the exponent of a value that has one
  /// apart, where the function was sampled, with bits to spare.
  ScaleBounds getScaleBounds(mlir::Value value) const {
    return scaleBounds.lookup(value);
  }
  void setScaleBounds(mlir::Value value, const ScaleBounds &bounds) {
    scaleBounds[value] = bounds;
  }

  /// The operand of a sum or difference that is 0 or the larger one wherever it
  /// was sampled; nullopt where that depends.
  std::optional<unsigned> getLargerOperand(mlir::Operation *sum) const {
    auto it = largerOperands.find(sum);
    return it == largerOperands.end() ? std::nullopt
                                      : std::optional(it->second);
  }
  void setLargerOperand(mlir::Operation *sum, unsigned k) {
    largerOperands[sum] = k;
  }

private:
  llvm::DenseMap<mlir::Value, Precision> levels;
  llvm::DenseMap<mlir::Value, Observation> observations;
  llvm::DenseMap<mlir::Value, ScaleBounds> scaleBounds;
  llvm::DenseMap<mlir::Operation *, unsigned> largerOperands;
  llvm::DenseMap<mlir::Operation *, Room> roomInProducts;
  llvm::DenseSet<mlir::Operation *> extended, wholeConstants, passingEnd,
      roomBelow, shownBounds;
  llvm::DenseMap<mlir::Value, double> heldInputs;
  llvm::DenseMap<mlir::OpOperand *, double> negativeBounds, positiveBounds;
  llvm::DenseMap<mlir::OpOperand *, bool> negativeOperands, positiveOperands;
  llvm::DenseSet<mlir::OpOperand *> negativeLarge, positiveLarge, droppedLows;
};

/// What is computed in, and what for.
enum class ComputePrecision : uint8_t { F32, F64, F64ForF32 };

/// The plan for `kernel` (act.role attributes on arguments and results, as
/// planKernel makes them) compiled for `precision`, by functions that have
/// tables of `tableSize` (VectorBuilder::getFastTableSize).
/// Deterministic. Time: a few hundred evaluations of the function, twice as
/// many where it needs pairs, about 10 ns an operation.
PrecisionPlan analyzePrecision(mlir::func::FuncOp kernel,
                               ComputePrecision precision, unsigned tableSize);

/// A step of analyzePrecision: levels that fit each other.
void settleLevels(mlir::func::FuncOp kernel, bool isF64, PrecisionPlan &plan);

/// value = scale * base * factor.
struct ExactProduct {
  mlir::Value base;   ///< No pair.
  mlir::Value factor; ///< A pair.
  Real scale = Real(1.0);
  llvm::SmallVector<mlir::Operation *, 3> products; ///< What it is made of.
};

/// The product that an exponential takes without rounding it; nullopt for other
/// values.
std::optional<ExactProduct> matchExactProduct(mlir::Value value,
                                              const PrecisionPlan &plan);

} // namespace actin

#endif // ACTIN_LOWERING_PRECISIONANALYSIS_H
