//===- KernelImpl.h - The code variants of one kernel -----------*- C++ -*-===//

#ifndef ACTIN_COMPILER_KERNELIMPL_H
#define ACTIN_COMPILER_KERNELIMPL_H

#include "Compiler/Engine.h"
#include "Runtime/Launch.h"

#include <array>

namespace actin {

/// A kernel is a family: the code for an iteration space is compiled when a
/// call first needs it; that for flat tensors right away.
class KernelImpl {
public:
  KernelImpl(std::shared_ptr<Engine> engine, const Activation &activation,
             const KernelOutputs &outputs, const CompileOptions &options,
             TargetHandle target)
      : engine(std::move(engine)), activation(activation), options(options),
        target(std::move(target)),
        signature(activation, outputs, options.type) {}

  /// The code of one variant, which lives as long as this does.
  Expected<const MappedCode *> getCode(IterationSpace space, bool streaming,
                                       StageTimes *times = nullptr) const;
  const KernelSignature &getSignature() const { return signature; }

private:
  std::shared_ptr<Engine> engine;
  Activation activation;
  CompileOptions options;
  TargetHandle target;
  KernelSignature signature;
  /// By space and streaming. Once set, a variant stays.
  mutable std::array<std::atomic<const MappedCode *>, 6> variants = {};
  mutable std::mutex mutex;
  mutable std::array<CodeHandle, 6> owned;
};

} // namespace actin

#endif // ACTIN_COMPILER_KERNELIMPL_H
