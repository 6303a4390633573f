//===- RangeSamples.cpp - Magnitudes at sample points ---------------------===//

#include "Lowering/RangeAnalysis.h"

#include "Lowering/OperationForms.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

namespace actin {

template <typename T> void RangeAnalysis<T>::checkSample() {
  observe(/*isFiniteInput=*/true);
  findLargeFactors();
  if (isF32)
    findFactorsOfZero();
  findVanishingFactors();
  checkMantissas();
  recordScales();
}

/// What mantissas and exponents may be beside what was seen of them.
static constexpr int spareBits = 12;

/// 2^n for a node that has the exponent n at the current sample, else 1.
template <typename T> T RangeAnalysis<T>::computePower(unsigned index) const {
  if (!withExponent[index])
    return T(1);
  const Node &node = function.getNode(index);
  auto operand = [&](unsigned k) { return powers[node.operands[k]]; };
  mlir::Operation *op = node.value.getDefiningOp();
  switch (node.kind) {
  case ExprKind::Mul:
    return operand(0) * operand(1);
  case ExprKind::Div:
    return operand(0) / operand(1);
  case ExprKind::Neg:
    return operand(0);
  case ExprKind::Where:
    return powers[getChosen(node)];
  case ExprKind::Pow:
    return std::pow(operand(0), function.getValue(node.operands[1]));
  case ExprKind::Sigmoid: // Its mantissa is the smaller, up to where it is 1.
    return std::exp(std::min(function.getValue(node.operands[0]), T(60)));
  default:
    if (getSlopeAtZero(op) && !producesExponent(op))
      return operand(0);
    return held[index] > T(0)
               ? std::fabs(function.getValue(index)) / held[index]
               : T(1);
  }
}

/// The mantissas and exponents of the current sample.
template <typename T> void RangeAnalysis<T>::recordScales() {
  powers.resize(function.size());
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    powers[i] = computePower(i);
    T value = std::fabs(function.getValue(i));
    if (!withExponent[i] || std::isnan(value) || std::isnan(powers[i]))
      continue;
    Scale &scale = scales[i];
    scale.value = std::max(scale.value, value);
    scale.power = std::max(scale.power, powers[i]);
    if (powers[i] <
        std::ldexp(T(1), int(ScaleBounds::vanishingExponent) + spareBits))
      scale.mantissa = std::max(scale.mantissa, held[i]);
  }
}

/// What an operation has for any argument; nullopt where that depends.
static std::optional<ScaleBounds> findOwnBounds(mlir::Operation *op) {
  if (isa<act::ExpOp, act::Exp2Op>(op) && isNonPositive(op->getOperand(0)))
    return ScaleBounds{16, 1, 1};
  if (isa<act::SigmoidOp>(op)) // Its argument is held to 60.
    return ScaleBounds{1, 88, 1};
  if (isa<act::SoftplusOp>(op))
    return ScaleBounds{1, 1, std::numeric_limits<double>::infinity()};
  if (isa<act::NormcdfOp, act::NormpdfOp, act::ErfcOp>(op))
    return ScaleBounds{2, 1, 2};
  return std::nullopt;
}

/// Of functions of one input, as parameters may be anything. A mantissa may be
/// less than what is known of it, and be larger between two samples; not so
/// where a factor of it was taken to be held, and is not.
template <typename T> void RangeAnalysis<T>::storeScaleBounds() {
  std::vector<bool> isUnknown(function.size());
  for (auto [index, k, isNegative] : vanishing) {
    mlir::Operation *op = function.getNode(index).value.getDefiningOp();
    if (plan.getFactorBound(op->getOpOperand(k), isNegative) == 0)
      isUnknown[index] = true;
  }
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    const Node &node = function.getNode(i);
    for (unsigned k = 0; k != node.numOperands; ++k)
      if (isUnknown[node.operands[k]])
        isUnknown[i] = true;
    if (!withExponent[i] || isUnknown[i])
      continue;
    if (auto own = findOwnBounds(node.value.getDefiningOp())) {
      plan.setScaleBounds(node.value, *own);
      continue;
    }
    if (!isOfOneInput[i])
      continue;
    ScaleBounds bounds;
    auto findBound = [](T most) {
      return std::ceil(double(std::log2(most))) + spareBits;
    };
    // In coarse steps: values of one exponent share what is made of it.
    bounds.mostVanishing = 16 * std::ceil(findBound(scales[i].mantissa) / 16);
    bounds.mostExponent = findBound(scales[i].power);
    bounds.mostProduct = findBound(scales[i].value);
    plan.setScaleBounds(node.value, bounds);
  }
}

template <typename T> void RangeAnalysis<T>::findThoseOfOneInput() {
  isOfOneInput.resize(function.size());
  dependsOnOneInput.resize(function.size());
  llvm::SmallVector<std::set<unsigned>> arguments(function.size());
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    const Node &node = function.getNode(i);
    if (node.isArgument)
      arguments[i].insert(i);
    for (unsigned k = 0; k != node.numOperands; ++k)
      arguments[i].insert(arguments[node.operands[k]].begin(),
                          arguments[node.operands[k]].end());
    dependsOnOneInput[i] = llvm::count_if(arguments[i], [&](unsigned argument) {
                             return function.isInput(argument);
                           }) == 1;
    isOfOneInput[i] = dependsOnOneInput[i] && arguments[i].size() == 1;
  }
}

/// Whether the exponent of a node is that of one input, whatever parameters
/// are.
template <typename T>
bool RangeAnalysis<T>::hasFixedExponent(unsigned index) const {
  if (!withExponent[index] || isOfOneInput[index])
    return true;
  const Node &node = function.getNode(index);
  return (node.kind == ExprKind::Mul || node.kind == ExprKind::Div ||
          node.kind == ExprKind::Neg) &&
         hasFixedExponent(node.operands[0]) &&
         (node.numOperands == 1 || hasFixedExponent(node.operands[1]));
}

/// True where a product that is 0 with operand `k` at a sample is so with any
/// parameters: they are factors, if anything, and leastOfFactors is far below
/// the inverse of the largest.
template <typename T>
bool RangeAnalysis<T>::vanishesForGood(unsigned product, unsigned k) const {
  return dependsOnOneInput[product] &&
         isOfOneInput[function.getNode(product).operands[k]] &&
         hasFixedExponent(product);
}

template <typename T> void RangeAnalysis<T>::observe(bool isFiniteInput) {
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    T value = function.getValue(i), magnitude = std::fabs(value);
    observations[i].least = std::min(observations[i].least, double(value));
    observations[i].most = std::max(observations[i].most, double(value));
    if (isFiniteInput)
      observations[i].largestFinite =
          std::max(observations[i].largestFinite, double(magnitude));
    observations[i].isFinite &= magnitude <= T(format.largest);
    observations[i].isNormal &=
        magnitude >= T(format.smallestNormal) / T(format.unitRoundoff);
    const Node &node = function.getNode(i);
    if (node.kind != ExprKind::Add && node.kind != ExprKind::Sub)
      continue;
    T x = std::fabs(function.getValue(node.operands[0]));
    T y = std::fabs(function.getValue(node.operands[1]));
    mayBeLarger[i][0] &= x >= y || x == T(0);
    mayBeLarger[i][1] &= y >= x || y == T(0);
  }
}

template <typename T> void RangeAnalysis<T>::storeObservations() {
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    mlir::Value value = function.getNode(i).value;
    // Parameters and incoming gradients are sampled at a few places only.
    if (!function.getNode(i).isArgument)
      plan.setObservation(value, observations[i]);
    for (unsigned k : {0u, 1u})
      if (mlir::Operation *op = value.getDefiningOp();
          isa_and_nonnull<act::AddOp, act::SubOp>(op) && mayBeLarger[i][k])
        plan.setLargerOperand(op, k);
  }
}

/// True of a number beyond the range where the product does not vanish: where
/// it does, the factor is held to the range.
template <typename T>
bool RangeAnalysis<T>::isInfiniteFactor(unsigned product, unsigned k) const {
  unsigned operand = function.getNode(product).operands[k];
  mlir::Value value = function.getNode(operand).value;
  mlir::Operation *op = value.getDefiningOp();
  return !withExponent[operand] && plan.get(value) != Precision::Wide &&
         !(op && plan.isExtended(op)) &&
         std::fabs(function.getValue(operand)) > T(format.largest) &&
         !(std::fabs(function.getValue(product)) < underflow());
}

/// The magnitude of what holds a factor of a product with an exponent. An
/// exponential's mantissa is at most 2, also where its value is less than 1:
/// beside a large number that shows unless the product vanishes.
template <typename T>
T RangeAnalysis<T>::holdFactor(unsigned product, unsigned k) const {
  unsigned operand = function.getNode(product).operands[k];
  T factor = held[operand], value = std::fabs(function.getValue(product));
  if (withExponent[operand]) {
    bool isBelowMantissa =
        std::fabs(function.getValue(operand)) < T(1) && !(value < underflow());
    bool isModerate = hasSeveralInputs() && value < T(format.largest) / 16;
    return isBelowMantissa || isModerate ? 2 * factor : factor;
  }
  if (isInfiniteFactor(product, k))
    return std::fabs(function.getValue(operand));
  return value < leastOfFactors && vanishesForGood(product, k)
             ? std::min(factor, factorBound)
             : factor;
}

/// The magnitude of what holds a node: of its mantissa where it has one.
template <typename T> T RangeAnalysis<T>::computeHeld(unsigned index) const {
  const Node &node = function.getNode(index);
  mlir::Operation *op = node.value.getDefiningOp();
  if (op && plan.isExtended(op))
    return T(1);
  // One number beyond the range is held to it where an exponent makes 0 of
  // it.
  if (!withExponent[index] || plan.get(node.value) == Precision::Wide)
    return std::min(std::fabs(function.getValue(index)), T(format.largest));
  if (isa_and_nonnull<act::PiecewiseOp>(op))
    return T(512); // Tails grow, but slowly.
  if (op && matchTailMinusMoment(op))
    return T(128); // Times the argument, which is held.
  if (isa_and_nonnull<act::SoftplusOp>(op))
    return std::max(T(1), std::fabs(function.getValue(index)));
  auto operand = [&](unsigned k) { return held[node.operands[k]]; };
  switch (node.kind) {
  case ExprKind::Mul:
    return holdFactor(index, 0) * holdFactor(index, 1);
  case ExprKind::Div:
    return operand(0) / operand(1);
  case ExprKind::Neg:
    return operand(0);
  case ExprKind::Where:
    return held[getChosen(node)];
  case ExprKind::Pow:
    return std::pow(operand(0), operand(1));
  case ExprKind::Add:
  case ExprKind::Sub: {
    // Where the common exponent is below 0, some of it leaves room for them.
    constexpr T room = isF32 ? 0x1p-64L : 0x1p-512L;
    T most = std::max(operand(0), operand(1));
    T scale = std::fabs(function.getValue(index)) / most;
    return std::max(T(1), most * std::min(T(1), std::max(scale, room)));
  }
  default: { // What is linear at 0 passes a mantissa on there.
    if (!getSlopeAtZero(op) || !passesExponent(op))
      return T(1);
    constexpr double tiny = 0x1p-20;
    T value = std::fabs(function.getValue(index));
    return value < T(tiny) ? operand(0)
                           : std::min(operand(0), std::max(T(1), value));
  }
  }
}

/// What a change of the magnitude of one of its operands changes in proportion,
/// at the current point.
template <typename T>
bool RangeAnalysis<T>::scalesWith(const Node &node, unsigned k) const {
  switch (node.kind) {
  case ExprKind::Neg:
  case ExprKind::Abs:
  case ExprKind::Mul:
  case ExprKind::Div:
    return true;
  case ExprKind::Pow:
    return k == 0;
  case ExprKind::Where:
    return k != 0 && node.operands[k] == getChosen(node);
  default:
    return false;
  }
}

/// True where a result that node `index` is part of, or with `asFactor` a
/// factor of, is of a magnitude between these.
template <typename T>
bool RangeAnalysis<T>::isPartOf(unsigned index, T least, T most,
                                bool asFactor) const {
  std::vector<bool> isAfter(function.size());
  isAfter[index] = true;
  for (unsigned i = index + 1, e = function.size(); i < e; ++i) {
    const Node &node = function.getNode(i);
    for (unsigned k = 0; k != node.numOperands; ++k) {
      bool counts = asFactor ? scalesWith(node, k)
                             : node.kind != ExprKind::Where || k == 0 ||
                                   node.operands[k] == getChosen(node);
      if (isAfter[node.operands[k]] && counts)
        isAfter[i] = true;
    }
  }
  return llvm::any_of(function.getResults(), [&](const auto &result) {
    T magnitude = std::fabs(function.getValue(result.node));
    return isAfter[result.node] && magnitude >= least && magnitude <= most;
  });
}

/// A product of mantissas that overflows, or is subnormal, while its result is
/// not gets room for what they are beyond the range; false where that is too
/// much.
template <typename T> bool RangeAnalysis<T>::makeRoom(unsigned index) {
  const Node &node = function.getNode(index);
  constexpr int maxBits = isF32 ? 100 : 900;
  mlir::Operation *op = node.value.getDefiningOp();
  auto isExtended = [&](mlir::Value operand) {
    mlir::Operation *definition = operand.getDefiningOp();
    return definition && plan.isExtended(definition);
  };
  if (node.kind != ExprKind::Mul || llvm::any_of(op->getOperands(), isExtended))
    return false;
  for (unsigned k : {0u, 1u}) // Of infinity there is none.
    if (isInfiniteFactor(index, k))
      return false;
  if (held[index] <= T(format.largest)) {
    plan.setNeedsRoomBelow(op);
    return held[index] >= T(format.smallestNormal) * T(format.unitRoundoff);
  }
  // Of what is beyond the range itself that much may be lost.
  T magnitude = std::fabs(function.getValue(index)), most(format.largest);
  if (magnitude < held[index])
    most = std::max(most, magnitude);
  T excess = held[index] / most;
  if (!(excess < std::ldexp(T(1), maxBits)))
    return false;
  unsigned bits = unsigned(std::ilogb(excess) + 2);
  unsigned factor = held[node.operands[0]] < held[node.operands[1]] ? 1 : 0;
  plan.setRoomInProduct(op, {bits, factor});
  held[index] = T(format.largest);
  return true;
}

/// True where an exponent apart does not help, as a product of mantissas leaves
/// the range, and its result does not.
template <typename T>
bool RangeAnalysis<T>::losesMantissa(unsigned index) const {
  T magnitude = std::fabs(function.getValue(index));
  T largest(format.largest), smallest(format.smallestNormal);
  if (!withExponent[index] || std::isinf(magnitude))
    return false;
  // Between the last sample and this one, the mantissa left the range first.
  if (held[index] > largest)
    return magnitude <= largest || held[index] > 4 * magnitude ||
           isPartOf(index, T(0), largest, /*asFactor=*/false);
  // Samples are not dense enough to have the smallest number beside a mantissa
  // that is much less than the value.
  bool isSmall = held[index] < std::max(smallest, magnitude * T(0x1p-10L));
  return hasSeveralInputs() && isSmall && held[index] > T(0) &&
         function.getNode(index).kind == ExprKind::Mul &&
         isPartOf(index, smallest, largest, /*asFactor=*/true);
}

template <typename T> void RangeAnalysis<T>::checkMantissas() {
  held.resize(function.size());
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    held[i] = computeHeld(i);
    if (!losesMantissa(i) || makeRoom(i))
      continue;
    mlir::Operation *op = function.getNode(i).value.getDefiningOp();
    if (isF32)
      extendRange(function.getNode(i));
    else if (hasExtendedForm(op))
      plan.setExtended(op);
    extendOverflows(i);
    held[i] = computeHeld(i);
  }
}

/// A large factor of a function of one input, beside what makes 0 of it: where
/// it always does, a smaller one is as good, and no mantissa overflows.
template <typename T> void RangeAnalysis<T>::findVanishingFactors() {
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    const Node &node = function.getNode(i);
    if (!withExponent[i] || node.kind != ExprKind::Mul)
      continue;
    bool vanishes = std::fabs(function.getValue(i)) < leastOfFactors;
    for (unsigned k : {0u, 1u}) {
      T factor = function.getValue(node.operands[k]);
      if (!withExponent[node.operands[k]] && vanishesForGood(i, k) &&
          std::fabs(factor) > factorBound / 2)
        (vanishes ? vanishing : lasting).insert({i, k, std::signbit(factor)});
    }
  }
}

template <typename T> void RangeAnalysis<T>::boundFactors() {
  for (const Factor &factor : vanishing) {
    auto [index, k, isNegative] = factor;
    mlir::Operation *op = function.getNode(index).value.getDefiningOp();
    if (!lasting.count(factor))
      plan.setFactorBound(op->getOpOperand(k), isNegative, double(factorBound));
    else if (isF32)
      extendRange(function.getNode(index));
    else if (hasExtendedForm(op))
      plan.setExtended(op);
  }
}

/// A factor beyond the range beside one that vanishes: as infinity it would
/// make a NaN of their product.
template <typename T> void RangeAnalysis<T>::findFactorsOfZero() {
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    const Node &node = function.getNode(i);
    if (node.kind != ExprKind::Mul)
      continue;
    for (unsigned k : {0u, 1u}) {
      unsigned operand = node.operands[k];
      T value = function.getValue(operand), magnitude = std::fabs(value);
      T other = std::fabs(function.getValue(node.operands[1 - k]));
      if (!withExponent[operand] && std::isfinite(value) &&
          magnitude > T(format.largest) && other < underflow())
        factorsOfZero.insert({i, k, std::signbit(value)});
    }
  }
}

/// What is not held to the range gets more of it.
template <typename T> void RangeAnalysis<T>::extendFactorsOfZero() {
  for (auto [index, k, isNegative] : factorsOfZero) {
    const Node &product = function.getNode(index);
    mlir::OpOperand &use = product.value.getDefiningOp()->getOpOperand(k);
    if (!plan.mustBeFinite(use, isNegative))
      extendRange(function.getNode(product.operands[k]));
  }
}

/// A product of a number near the largest and a mantissa would overflow where
/// the exponent, applied later, brings it back; where that brings nothing back,
/// the factor must not be held.
template <typename T> void RangeAnalysis<T>::findLargeFactors() {
  T largest(format.largest);
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    const Node &node = function.getNode(i);
    T product = std::fabs(function.getValue(i));
    if (!withExponent[i] || node.kind != ExprKind::Mul ||
        !(product > underflow()))
      continue;
    mlir::Operation *op = node.value.getDefiningOp();
    for (unsigned k : {0u, 1u}) {
      T factor = function.getValue(node.operands[k]);
      if (withExponent[node.operands[k]])
        continue;
      if (std::fabs(factor) > largest / 4 && product < largest / 16)
        plan.setRoomInProduct(op, {2, k});
      if (std::fabs(factor) > largest / 16 && product > largest / 256)
        plan.setIsLargeInProduct(op->getOpOperand(k), std::signbit(factor));
    }
  }
}

template class RangeAnalysis<double>;
template class RangeAnalysis<long double>;

} // namespace actin
