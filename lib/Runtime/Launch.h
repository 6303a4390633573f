//===- Launch.h - Tensors to the calls of a kernel --------------*- C++ -*-===//
//
// In: what a user passes to Kernel::run. Out: checked pointers, the iteration
// space, the tiles; and after the tiles have run, the parameter sums.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_RUNTIME_LAUNCH_H
#define ACTIN_RUNTIME_LAUNCH_H

#include "Runtime/Tiling.h"
#include "actin/Compiler.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

#include <memory>

namespace actin {

/// What the operands of a kernel must look like.
struct KernelSignature {
  std::vector<std::string> inputs;
  std::vector<Parameter> parameters;
  KernelOutputs outputs;
  DataType type = DataType::F32;
  /// The parameters' defaults (0 where there is none) as float. Calls point to
  /// them, and to the defaults themselves.
  std::vector<float> narrowDefaults;

  KernelSignature(const Activation &activation, const KernelOutputs &outputs,
                  DataType type);

  bool needsDout() const { return !outputs.gradients.empty(); }
  /// The parameter of that name; nullptr where it is an input.
  const Parameter *findParameter(std::string_view name) const;
};

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
  struct Sum {
    void *output;
    bool perChannel;
  };

  bool checkTensors(const KernelSignature &signature,
                    const KernelArguments &arguments);
  bool checkTensor(const TensorView &view, const llvm::Twine &what,
                   const KernelArguments &arguments);
  bool resolveAxis(const KernelSignature &signature,
                   const KernelArguments &arguments);
  bool bindParameters(const KernelSignature &signature,
                      const KernelArguments &arguments);
  bool bindParameter(const Parameter &parameter, const float &narrowDefault,
                     const TensorView &view);
  bool bindGradients(const KernelSignature &signature,
                     const KernelArguments &arguments);
  bool bindGradient(const KernelSignature &signature,
                    const KernelArguments &arguments, size_t index);
  bool bindSum(const TensorView &view, const Parameter &parameter,
               const llvm::Twine &what);
  bool checkOverlap();
  void expandChannels();
  void chooseTiles();
  void chooseStreaming();
  bool fail(const llvm::Twine &message);

  DataType type = DataType::F32;
  bool streaming = false;
  int64_t numElements = 0;
  TensorExtents extents;
  Tiling tiling;
  llvm::SmallVector<const void *, 4> inputs;
  llvm::SmallVector<void *, 4> outputs;
  llvm::SmallVector<const void *, 4> parameters;
  llvm::SmallVector<int64_t, 4> parameterCounts;
  llvm::SmallVector<bool, 4> parameterIsChannel;
  llvm::SmallVector<std::unique_ptr<char[]>, 2> ownedParameters;
  llvm::SmallVector<Sum, 4> sums;
  std::string error;
};

} // namespace actin

#endif // ACTIN_RUNTIME_LAUNCH_H
