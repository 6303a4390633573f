//===- Launch.h - Tensors to the calls of a kernel --------------*- C++ -*-===//
//
// In: what a user passes to Kernel::run. Out: checked pointers, the iteration
// space, the tiles; and after the tiles have run, the parameter sums.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_RUNTIME_LAUNCH_H
#define ACTIN_RUNTIME_LAUNCH_H

#include "Runtime/BoundArguments.h"

#include <memory>

namespace actin {

/// One checked call. Nothing is taken from the heap for one of few operands.
class Launch {
public:
  /// Once an object; `signature` must outlive it. Errors: as Kernel::run lists
  /// them.
  Expected<void> prepare(const KernelSignature &signature,
                         const KernelArguments &arguments);

  IterationSpace getSpace() const { return tiling.space; }
  /// Stores should go past the caches.
  bool isStreaming() const { return streaming; }
  int64_t getNumTiles() const { return tiling.getNumTiles(); }
  int64_t getNumPartials() const { return tiling.getNumPartials(); }

  /// What to call the kernel with; sums go to `partials`. It points into this
  /// object.
  KernelCall getCall(double *partials) const;
  /// Adds the partial sums up, in an order that depends on the shape alone, and
  /// stores them.
  void finish(const double *partials) const;

private:
  void bindParameters(const KernelSignature &signature);
  void expandChannels();
  void chooseStreaming();

  BoundArguments bound;
  Tiling tiling;
  bool streaming = false;
  llvm::SmallVector<const void *, 4> parameters;
  llvm::SmallVector<std::unique_ptr<char[]>, 2> ownedParameters;
};

} // namespace actin

#endif // ACTIN_RUNTIME_LAUNCH_H
