//===- SamplePoints.cpp - Inputs worth a look -----------------------------===//

#include "Verify/SamplePoints.h"

#include "Analysis/IntervalEvaluator.h"
#include "Verify/Contract.h"
#include "actin/Elements.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace actin {

int64_t getOrdinal(double value, DataType type) {
  int64_t bits = 0;
  storeElement(reinterpret_cast<std::byte *>(&bits), type, std::fabs(value));
  return std::signbit(value) ? -bits : bits;
}

double getNumber(int64_t ordinal, DataType type) {
  int64_t bits = std::abs(ordinal);
  double magnitude =
      loadElement(reinterpret_cast<const std::byte *>(&bits), type);
  return ordinal < 0 ? -magnitude : magnitude;
}

SamplePoints::SamplePoints(const Activation &activation, DataType type,
                           size_t numSamples)
    : type(type), numInputs(activation.getInputs().size()),
      numSamples(numSamples) {
  const NumberFormat &format = getNumberFormat(type);
  for (int e = format.minExponent - format.precision + 1;
       e <= format.maxExponent; ++e)
    binades.insert(binades.end(), e >= -12 && e <= 7 ? 8 : 1, e);
  specials = {NAN, INFINITY, -INFINITY, 0.0, -0.0};
  int64_t reach = numInputs == 1 ? 8 : 1;
  addNeighbours(getNumber(getOrdinal(INFINITY, type) - 1 - reach, type), reach);
  addNeighbours(std::ldexp(1.0, format.minExponent), reach);
  addNeighbours(getNumber(1 + reach, type), reach);
  for (double value : {1.0, 2.0})
    addNeighbours(value, reach);
  addConstants(activation);
}

void SamplePoints::addNeighbours(double value, int64_t reach) {
  int64_t last = getOrdinal(INFINITY, type) - 1;
  int64_t middle = getOrdinal(std::fabs(value), type);
  for (int64_t o = std::max<int64_t>(middle - reach, 0);
       o <= std::min(middle + reach, last); ++o)
    specials.insert(specials.end(), {getNumber(o, type), -getNumber(o, type)});
}

/// A long formula's constants are not all of interest.
void SamplePoints::addConstants(const Activation &activation) {
  constexpr size_t maxConstants = 40;
  const ExprGraph &graph = *activation.getBody().getGraph();
  size_t count = 0;
  for (NodeId id : graph.listReachable(activation.getBody().getId()))
    if (graph.getNode(id).kind == ExprKind::Constant &&
        ++count <= maxConstants &&
        std::isfinite(graph.getConstant(id).toDouble()))
      addNeighbours(graph.getConstant(id).toDouble(), numInputs == 1 ? 3 : 0);
}

void SamplePoints::addTransitions(llvm::function_ref<int(double x)> classify) {
  constexpr int64_t pointsPerBinade = 16;
  constexpr size_t maxTransitions = 64;
  int64_t step = std::max<int64_t>(
      (int64_t(1) << (getNumberFormat(type).precision - 1)) / pointsPerBinade,
      1);
  int64_t last = getOrdinal(INFINITY, type) - 1;
  size_t count = 0;
  std::vector<double> found;
  auto bisect = [&](int64_t low, int64_t high) {
    int wanted = classify(getNumber(low, type));
    while (high - low > 1) {
      int64_t middle = low + (high - low) / 2;
      (classify(getNumber(middle, type)) == wanted ? low : high) = middle;
    }
    for (int64_t o = low - 8; o <= low + 9; ++o)
      if (std::abs(o) <= last)
        found.push_back(getNumber(o, type));
  };
  int64_t previous = -last;
  for (int64_t o = -last; count < maxTransitions;) {
    if (classify(getNumber(previous, type)) != classify(getNumber(o, type))) {
      bisect(previous, o);
      ++count;
    }
    previous = o;
    if (o == last)
      break;
    o = o > last - step ? last : o + step;
  }
  specials.insert(specials.end(), found.begin(), found.end());
}

size_t SamplePoints::size() const {
  // With several inputs specials take part in the mixture.
  return numInputs == 1 ? specials.size() + numSamples : numSamples;
}

/// Mixes all bits (splitmix64).
static uint64_t mix(uint64_t seed) {
  seed += 0x9e3779b97f4a7c15;
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
  seed = (seed ^ (seed >> 27)) * 0x94d049bb133111eb;
  return seed ^ (seed >> 31);
}

/// A number of the binade and the sign that are this one's turn.
double SamplePoints::getRandom(uint64_t seed) const {
  int exponent = binades[seed / 2 % binades.size()];
  double fraction = double(mix(seed) >> 12) * 0x1p-52;
  double value = roundTo(std::ldexp(1 + fraction, exponent), type);
  if (std::isinf(value))
    value = getNumber(getOrdinal(INFINITY, type) - 1, type);
  return seed % 2 ? -value : value;
}

void SamplePoints::getPoint(size_t index,
                            llvm::MutableArrayRef<double> inputs) const {
  if (numInputs == 1) {
    inputs[0] = index < specials.size() ? specials[index]
                                        : getRandom(index - specials.size());
    return;
  }
  // A quarter specials, mixed with the rest.
  for (size_t i = 0; i != inputs.size(); ++i) {
    uint64_t seed = mix(index * inputs.size() + i + (uint64_t(i) << 40));
    inputs[i] = seed % 4 == 0 ? specials[seed / 4 % specials.size()]
                              : getRandom(seed >> 8);
  }
}

} // namespace actin
