//===- SamplePoints.h - Inputs worth a look ---------------------*- C++ -*-===//
//
// A fixed sequence of points that covers the whole range of a type: special
// numbers first, then every binade of both signs in turn, with the binades in
// which activations bend more often. A point depends on its number alone.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_VERIFY_SAMPLEPOINTS_H
#define ACTIN_VERIFY_SAMPLEPOINTS_H

#include "Expr/ExprGraph.h"
#include "actin/Tensor.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <vector>

namespace actin {

/// The numbers of a type without NaN, in their order: 0 is number 0, the
/// smallest positive one 1, and negative ones mirror them.
int64_t getOrdinal(double value, DataType type);
double getNumber(int64_t ordinal, DataType type);

class SamplePoints {
public:
  /// Specials are, beside those of the type, the constants of `activation` and
  /// their neighbours.
  SamplePoints(const Activation &activation, DataType type, size_t numSamples);

  /// Adds the neighbours of places where `classify` changes between samples:
  /// where a kernel saturates, or a gradient changes its sign. Only for one
  /// input.
  void addTransitions(llvm::function_ref<int(double x)> classify);

  size_t size() const;
  /// Sets `inputs`, one a number.
  void getPoint(size_t index, llvm::MutableArrayRef<double> inputs) const;

private:
  void addNeighbours(double value, int64_t reach);
  void addConstants(const Activation &activation);
  double getRandom(uint64_t seed) const;

  DataType type;
  size_t numInputs, numSamples;
  std::vector<double> specials;
  std::vector<int> binades; ///< Exponents, some more than once.
};

} // namespace actin

#endif // ACTIN_VERIFY_SAMPLEPOINTS_H
