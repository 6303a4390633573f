//===- CudaKernelImpl.h - PTX and its modules -------------------*- C++ -*-===//

#ifndef ACTIN_RUNTIME_CUDAKERNELIMPL_H
#define ACTIN_RUNTIME_CUDAKERNELIMPL_H

#include "Runtime/BoundArguments.h"
#include "Runtime/CudaDriver.h"
#include "Runtime/GpuPlan.h"
#include "actin/Cuda.h"

#include <map>
#include <mutex>

namespace actin {

class CudaKernelImpl {
public:
  CudaKernelImpl(KernelSignature signature, std::string ptx, std::string symbol)
      : signature(std::move(signature)), ptx(std::move(ptx)),
        symbol(std::move(symbol)) {}
  ~CudaKernelImpl();
  CudaKernelImpl(const CudaKernelImpl &) = delete;
  CudaKernelImpl &operator=(const CudaKernelImpl &) = delete;

  Expected<void> run(const KernelArguments &arguments, CudaStream stream,
                     void *workspace) const;
  Expected<size_t> getWorkspaceBytes(const KernelArguments &arguments) const;
  const std::string &getPtx() const { return ptx; }

private:
  /// What one context has of this kernel.
  struct Loaded {
    CudaDriver::Module module = nullptr;
    /// The parameters' defaults, of the compute type; 0 where there are none.
    uint64_t defaults = 0;
    int numMultiprocessors = 1;
  };

  Expected<const Loaded *> load(const CudaDriver &driver) const;
  Expected<void> fill(const CudaDriver &driver, Loaded &loaded) const;
  void unload(const CudaDriver &driver, const Loaded &loaded) const;
  Expected<void> launch(const CudaDriver &driver, const Loaded &loaded,
                        std::string_view suffix, const GpuLaunch &launch,
                        std::vector<uint64_t> arguments,
                        CudaStream stream) const;
  Expected<void> launchAll(const CudaDriver &driver, const Loaded &loaded,
                           const BoundArguments &bound, const GpuPlan &plan,
                           uint64_t partials, CudaStream stream) const;
  std::vector<uint64_t> getPointers(const BoundArguments &bound,
                                    const Loaded &loaded) const;

  const KernelSignature signature;
  const std::string ptx, symbol;
  mutable std::mutex mutex;
  mutable std::map<CudaDriver::Context, Loaded> modules;
};

} // namespace actin

#endif // ACTIN_RUNTIME_CUDAKERNELIMPL_H
