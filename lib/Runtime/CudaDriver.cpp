//===- CudaDriver.cpp - The CUDA driver, found at run time ----------------===//

#include "Runtime/CudaDriver.h"

#include "actin/Diagnostic.h"

#include <dlfcn.h>

namespace actin {

static constexpr const char *driverLibrary = "libcuda.so.1";

/// Never closed: a driver cannot be loaded again once it has been initialised.
static Expected<CudaDriver> loadDriver() {
  void *library = dlopen(driverLibrary, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return makeError(std::string("there is no CUDA driver: ") + dlerror());
  CudaDriver driver{};
  std::string missing;
  auto find = [&](auto &function, const char *name) {
    void *address = dlsym(library, name);
    if (!address && missing.empty())
      missing = name;
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(address);
  };
  find(driver.init, "cuInit");
  find(driver.getErrorName, "cuGetErrorName");
  find(driver.getErrorString, "cuGetErrorString");
  find(driver.getCurrentContext, "cuCtxGetCurrent");
  find(driver.pushContext, "cuCtxPushCurrent_v2");
  find(driver.popContext, "cuCtxPopCurrent_v2");
  find(driver.getCurrentDevice, "cuCtxGetDevice");
  find(driver.getDeviceAttribute, "cuDeviceGetAttribute");
  find(driver.loadModule, "cuModuleLoadDataEx");
  find(driver.unloadModule, "cuModuleUnload");
  find(driver.getFunction, "cuModuleGetFunction");
  find(driver.launchKernel, "cuLaunchKernel");
  find(driver.allocate, "cuMemAlloc_v2");
  find(driver.release, "cuMemFree_v2");
  find(driver.allocateAsync, "cuMemAllocAsync");
  find(driver.releaseAsync, "cuMemFreeAsync");
  find(driver.copyToDevice, "cuMemcpyHtoD_v2");
  if (!missing.empty())
    return makeError(std::string(driverLibrary) + " is too old: it lacks " +
                     missing);
  if (auto done = driver.check(driver.init(0), "initialise the CUDA driver");
      !done)
    return tl::make_unexpected(done.error());
  return driver;
}

Expected<const CudaDriver *> CudaDriver::get() {
  static const Expected<CudaDriver> driver = loadDriver();
  if (!driver)
    return tl::make_unexpected(driver.error());
  return &*driver;
}

Expected<void> CudaDriver::check(Result result, std::string_view what) const {
  if (result == 0)
    return {};
  const char *name = nullptr, *text = nullptr;
  getErrorName(result, &name);
  getErrorString(result, &text);
  return makeError("cannot " + std::string(what) + ": " +
                   (name ? name : "CUDA error " + std::to_string(result)) +
                   (text ? std::string(", ") + text : ""));
}

Expected<CudaDriver::Context> CudaDriver::requireContext() const {
  Context context = nullptr;
  if (auto done = check(getCurrentContext(&context), "find the CUDA context");
      !done)
    return tl::make_unexpected(done.error());
  if (!context)
    return makeError("no CUDA context is current on this thread; cudaSetDevice "
                     "or cuCtxSetCurrent makes one so");
  return context;
}

Expected<int> CudaDriver::getAttribute(Attribute attribute) const {
  int device = 0, value = 0;
  Result result = getCurrentDevice(&device);
  if (result == 0)
    result = getDeviceAttribute(&value, attribute, device);
  if (auto done = check(result, "ask for the GPU's properties"); !done)
    return tl::make_unexpected(done.error());
  return value;
}

} // namespace actin
