//===- CompileForCuda.cpp - Activations to kernels of a GPU ---------------===//

#include "Runtime/CudaKernelImpl.h"

#include <array>

namespace actin {

/// The GPUs that code is made for, as 10 * major + minor of their compute
/// capability; one between them runs the code of that before it.
static constexpr std::array<int, 6> knownGpus = {120, 100, 90, 89, 80, 75};

/// "sm_90" for the GPU of the current context.
static Expected<std::string> getNativeGpu() {
  auto driver = CudaDriver::get();
  if (!driver)
    return tl::make_unexpected(driver.error());
  auto context = (*driver)->requireContext();
  if (!context)
    return tl::make_unexpected(context.error());
  auto major = (*driver)->getAttribute(CudaDriver::ComputeCapabilityMajor);
  auto minor = (*driver)->getAttribute(CudaDriver::ComputeCapabilityMinor);
  if (!major || !minor)
    return tl::make_unexpected(major ? minor.error() : major.error());
  for (int known : knownGpus)
    if (known <= *major * 10 + *minor)
      return "sm_" + std::to_string(known);
  return makeError("this GPU is older than sm_75: its compute capability is " +
                   std::to_string(*major) + "." + std::to_string(*minor));
}

Expected<CudaKernel> compileForCuda(Compiler &compiler,
                                    const Activation &activation,
                                    const KernelOutputs &outputs,
                                    const CompileOptions &options) {
  CompileOptions resolved = options;
  if (options.target == "native") {
    auto target = getNativeGpu();
    if (!target)
      return tl::make_unexpected(target.error());
    resolved.target = *target;
  }
  const std::string symbol = "actin_kernel";
  auto ptx =
      compiler.emit(activation, outputs, resolved, EmitKind::PTX, symbol);
  if (!ptx)
    return tl::make_unexpected(ptx.error());
  KernelSignature signature(activation, outputs, options.type);
  return CudaKernel(std::make_shared<const CudaKernelImpl>(
      std::move(signature), std::move(*ptx), symbol));
}

} // namespace actin
