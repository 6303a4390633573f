//===- Cuda.h - Kernels on NVIDIA's GPUs ------------------------*- C++ -*-===//
//
// An activation compiled to PTX and launched on device memory. The CUDA driver
// (libcuda.so.1) is loaded when it is first needed; nothing here links to CUDA,
// and programs run without it until they ask for a GPU.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CUDA_H
#define ACTIN_CUDA_H

#include "actin/Compiler.h"

namespace actin {

/// A CUstream or cudaStream_t; null is the default stream.
using CudaStream = void *;

class CudaKernelImpl;

/// PTX, and the modules that the driver made of it: one a CUDA context, loaded
/// by the first call there and unloaded with the last copy of the handle, which
/// no context may be destroyed before. Cheap to copy. Thread-safe: any number of threads may run one kernel.
class CudaKernel {
public:
  CudaKernel() = default;
  explicit CudaKernel(std::shared_ptr<const CudaKernelImpl> impl)
      : impl(std::move(impl)) {}
  explicit operator bool() const { return impl != nullptr; }

  /// Queues the work on `stream`, which belongs to the context that is current
  /// on the calling thread, and returns without waiting for it. `arguments` are
  /// as for Kernel::run, but that all data are device addresses: tensors,
  /// parameters and parameter gradients; no byte of them is touched here. They
  /// must stay valid until the work is done. An output may be the very memory
  /// of an input. Accesses are of 128 bits where all tensors begin at multiples
  /// of 16 bytes.
  ///
  /// Kernels with parameter gradients need a workspace of getWorkspaceBytes
  /// bytes of device memory, aligned to 8, untouched by others until the work
  /// is done. Without one (null) it comes from the stream's memory pool.
  ///
  /// Parameter gradients have the same bits in every run, whatever the GPU does
  /// beside it; those for tensors of another alignment may differ in the last.
  ///
  /// Errors: as Kernel::run has them; no driver or no current context; what the
  /// driver reports, by its name for it; tensors with 2^31 rows or more. An
  /// error of a kernel that runs is the stream's: the driver reports it to a
  /// later call, as always with CUDA.
  Expected<void> run(const KernelArguments &arguments,
                     CudaStream stream = nullptr,
                     void *workspace = nullptr) const;

  /// Bytes; 0 without parameter gradients. Errors: those of `arguments`.
  Expected<size_t> getWorkspaceBytes(const KernelArguments &arguments) const;

  /// The code, for those who launch it themselves. Empty for an empty handle.
  const std::string &getPtx() const;

private:
  std::shared_ptr<const CudaKernelImpl> impl;
};

/// Compiles with `compiler` for the GPU that `options.target` names (sm_75,
/// sm_80, sm_89, sm_90, sm_100, sm_120, …; later ones run the code as well), or
/// (native) for that of the current context. The driver translates the code
/// when it is first run. Errors: as Compiler::emit has them; for native: no
/// driver, no current context, or a GPU older than sm_75.
Expected<CudaKernel> compileForCuda(Compiler &compiler,
                                    const Activation &activation,
                                    const KernelOutputs &outputs,
                                    const CompileOptions &options = {});

} // namespace actin

#endif // ACTIN_CUDA_H
