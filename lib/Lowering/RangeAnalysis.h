//===- RangeAnalysis.h - Where a range would not do -------------*- C++ -*-===//
//
// The part of the precision analysis that looks at magnitudes: at which samples
// and extreme points values leave the range of the compute type, or make a NaN
// of a limit that exists, and what is to be planned against it.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_RANGEANALYSIS_H
#define ACTIN_LOWERING_RANGEANALYSIS_H

#include "Lowering/ErrorBudget.h"
#include "Lowering/PrecisionAnalysis.h"
#include "Lowering/SampledFunction.h"

#include "llvm/ADT/SmallVector.h"

#include <array>
#include <set>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace actin {

/// `T` is a type wider than the compute type: double or long double. Marks in
/// `plan` what it finds; the references must outlive it.
template <typename T> class RangeAnalysis {
public:
  using Node = typename SampledFunction<T>::Node;

  RangeAnalysis(SampledFunction<T> &function, const ComputeFormat &format,
                PrecisionPlan &plan);

  /// Looks at all values of the sample point that `function` is at.
  void checkSample();
  /// After all samples: evaluates the extreme points, and tells the plan what
  /// was observed.
  void finish();

  /// True for values that are lowered to a mantissa and an exponent: they
  /// neither overflow nor lose bits as subnormals.
  bool hasExponent(unsigned index) const { return withExponent[index]; }
  /// True for what overflows nowhere: an argument, but for its sign and a
  /// moderate constant.
  bool isBounded(unsigned index) const { return bounded[index]; }
  /// What is lost of a number below the format's.
  T underflow() const {
    return T(format.smallestNormal) * T(format.unitRoundoff);
  }
  /// f64 is wide enough for whatever f32 makes; f64 itself gets exponents
  /// apart, where the operation and one that uses it have such a form; where
  /// `isInfinite`, what uses another one is told of infinity. False where
  /// nothing has such a form.
  bool extendRange(const Node &node, bool isInfinite = false,
                   bool isTiny = false);

private:
  bool computeHasExponent(const Node &node) const;
  /// Of which one may be large where another one makes something vanish.
  bool hasSeveralInputs() const { return function.getInputs().size() > 1; }
  bool computeIsBounded(const Node &node) const;
  void findThoseOfOneInput();
  void observe(bool isFiniteInput);
  void storeObservations();
  void findLargeFactors();
  void findFactorsOfZero();
  void extendFactorsOfZero();
  bool scalesWith(const Node &node, unsigned k) const;
  bool isPartOf(unsigned index, T least, T most, bool asFactor) const;
  bool isInfiniteFactor(unsigned product, unsigned k) const;
  bool makeRoom(unsigned index);
  T holdFactor(unsigned product, unsigned k) const;
  bool hasFixedExponent(unsigned index) const;
  bool vanishesForGood(unsigned product, unsigned k) const;
  void findVanishingFactors();
  void boundFactors();
  bool losesMantissa(unsigned index) const;
  void checkMantissas();
  T computePower(unsigned index) const;
  void recordScales();
  void storeScaleBounds();
  T computeHeld(unsigned index) const;

  void checkExtreme(size_t index);
  llvm::SmallVector<T> evaluateHeld(size_t index, bool holdAngles);
  llvm::SmallVector<T> findLimits(size_t index, T &beyond);
  llvm::SmallVector<T> getResultValues() const;
  T dropTail(unsigned index, T value) const;
  T saturate(unsigned index, const Node &node, T value) const;
  T keepOperandsFinite(unsigned index, bool holdAngles);
  bool dependsOnAngle(unsigned index) const;
  T roundRange(T value) const;
  bool hasLimit(T held, T exact) const;
  void checkEnd(unsigned result);
  bool isExact(unsigned index) const;
  unsigned getChosen(const Node &where) const;
  bool orderOverflows(const std::vector<bool> &overflows);
  bool extendOverflows(unsigned result, const std::vector<bool> &held = {});

  static constexpr bool isF32 = std::is_same_v<T, double>;
  /// Stand for infinity: the cube of the first is still a number, and the sixth
  /// power of the second.
  static constexpr T beyondAll = isF32 ? 0x1p300L : 0x1p3000L;
  static constexpr T lessFarBeyond = isF32 ? 0x1p160L : 0x1p2000L;
  /// A product below is 0 in the format, also times two numbers of it.
  static constexpr T leastOfFactors = isF32 ? 0x1p-410L : 0x1p-3130L;
  /// Is none of the numbers that an exponential makes 0 of so far.
  static constexpr T factorBound = 0x1p24L;

  SampledFunction<T> &function;
  const ComputeFormat &format;
  PrecisionPlan &plan;
  // By node.
  std::vector<bool> withExponent;
  std::vector<bool> bounded;
  std::vector<bool> dependsOnOneInput;
  std::vector<bool> isOfOneInput; ///< And on no parameter.
  std::vector<T> powers;          ///< Of two, at the current sample.
  std::vector<T> held;            ///< At the current sample.
  struct Scale {
    T mantissa = T(1); ///< Where the value may vanish.
    T power = T(1), value = T(1);
  };
  std::vector<Scale> scales;       ///< The largest, of those with an exponent.
  std::vector<bool> heldOverflows; ///< At the extreme that was held last.
  std::vector<bool> heldTruths;    ///< There, of comparisons.
  std::vector<PrecisionPlan::Observation> observations;
  std::vector<std::array<bool, 2>> mayBeLarger; ///< Of sums: by operand.
  struct HeldOperand {
    mlir::OpOperand *operand;
    bool isNegative;
    std::optional<unsigned> factor; ///< The node that it is multiplied by.
  };
  llvm::SmallVector<HeldOperand> heldOperands;
  /// Of which product, its operand's number, whether it is negative.
  using Factor = std::tuple<unsigned, unsigned, bool>;
  /// Those beyond the range beside one that is 0 at some sample.
  std::set<Factor> factorsOfZero;
  /// Large ones, beside what makes 0 of them at some sample; and beside what
  /// does not.
  std::set<Factor> vanishing, lasting;
};

} // namespace actin

#endif // ACTIN_LOWERING_RANGEANALYSIS_H
