//===- CudaDriver.h - The CUDA driver, found at run time --------*- C++ -*-===//

#ifndef ACTIN_RUNTIME_CUDADRIVER_H
#define ACTIN_RUNTIME_CUDADRIVER_H

#include "actin/Expected.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace actin {

/// The functions of libcuda.so.1 that Actin calls, with the driver's own types
/// spelled out: a CUresult and a CUdevice are ints, a CUdeviceptr 64 bits.
struct CudaDriver {
  using Context = struct CudaContext *;
  using Module = struct CudaModule *;
  using Function = struct CudaFunction *;
  using Result = int; ///< 0: done.

  Result (*init)(unsigned flags);
  Result (*getErrorName)(Result, const char **);
  Result (*getErrorString)(Result, const char **);
  Result (*getCurrentContext)(Context *);
  Result (*pushContext)(Context);
  Result (*popContext)(Context *);
  Result (*getCurrentDevice)(int *);
  Result (*getDeviceAttribute)(int *value, int attribute, int device);
  Result (*loadModule)(Module *, const void *image, unsigned numOptions,
                       int *options, void **values);
  Result (*unloadModule)(Module);
  Result (*getFunction)(Function *, Module, const char *name);
  Result (*launchKernel)(Function, unsigned gridX, unsigned gridY,
                         unsigned gridZ, unsigned blockX, unsigned blockY,
                         unsigned blockZ, unsigned sharedBytes, void *stream,
                         void **arguments, void **extra);
  Result (*allocate)(uint64_t *, size_t sizeBytes);
  Result (*release)(uint64_t);
  Result (*allocateAsync)(uint64_t *, size_t sizeBytes, void *stream);
  Result (*releaseAsync)(uint64_t, void *stream);
  Result (*copyToDevice)(uint64_t, const void *, size_t sizeBytes);

  enum Attribute {
    NumMultiprocessors = 16,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
  };

  /// Loaded and initialised once a process; the same error ever after where
  /// that fails. Thread-safe.
  static Expected<const CudaDriver *> get();

  /// `result` as an error: "cannot WHAT: CUDA_ERROR_…, …".
  Expected<void> check(Result result, std::string_view what) const;

  /// The context of the calling thread; an error where it has none.
  Expected<Context> requireContext() const;
  /// Of the GPU of the current context.
  Expected<int> getAttribute(Attribute attribute) const;
};

} // namespace actin

#endif // ACTIN_RUNTIME_CUDADRIVER_H
