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
        target(std::move(target)) {
    signature = {activation.getInputs(), activation.getParameters(), outputs,
                 options.type};
  }

  Expected<CodeHandle> getCode(IterationSpace space, bool streaming,
                               StageTimes *times = nullptr) const;
  const KernelSignature &getSignature() const { return signature; }

private:
  std::shared_ptr<Engine> engine;
  Activation activation;
  CompileOptions options;
  TargetHandle target;
  KernelSignature signature;
  mutable std::mutex mutex;
  mutable std::array<CodeHandle, 6> variants; ///< By space and streaming.
};

} // namespace actin

#endif // ACTIN_COMPILER_KERNELIMPL_H
