//===- CudaKernel.cpp - Running kernels on GPUs ---------------------------===//

#include "Runtime/CudaKernelImpl.h"

#include "actin/GpuKernelCall.h"

#include <cstring>

namespace actin {

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

/// The defaults of `parameters`, one after the other, of type T; 0 for none.
template <typename T>
static std::vector<std::byte>
packDefaults(const std::vector<Parameter> &parameters) {
  std::vector<std::byte> bytes(parameters.size() * sizeof(T));
  for (size_t i = 0; i != parameters.size(); ++i) {
    T value = T(parameters[i].defaultValue.value_or(0.0));
    std::memcpy(&bytes[i * sizeof(T)], &value, sizeof(T));
  }
  return bytes;
}

Expected<void> CudaKernelImpl::fill(const CudaDriver &driver,
                                    Loaded &loaded) const {
  auto number = driver.getAttribute(CudaDriver::NumMultiprocessors);
  if (!number)
    return tl::make_unexpected(number.error());
  loaded.numMultiprocessors = *number;
  auto done = driver.check(
      driver.loadModule(&loaded.module, ptx.c_str(), 0, nullptr, nullptr),
      "load the kernel's PTX");
  if (!done || signature.parameters.empty())
    return done;
  std::vector<std::byte> defaults =
      getComputeType(signature.type) == DataType::F64
          ? packDefaults<double>(signature.parameters)
          : packDefaults<float>(signature.parameters);
  done = driver.check(driver.allocate(&loaded.defaults, defaults.size()),
                      "allocate memory for a kernel's defaults");
  if (!done)
    return done;
  return driver.check(
      driver.copyToDevice(loaded.defaults, defaults.data(), defaults.size()),
      "copy a kernel's defaults");
}

void CudaKernelImpl::unload(const CudaDriver &driver,
                            const Loaded &loaded) const {
  if (loaded.defaults)
    driver.release(loaded.defaults);
  if (loaded.module)
    driver.unloadModule(loaded.module);
}

/// This kernel in the current context.
Expected<const CudaKernelImpl::Loaded *>
CudaKernelImpl::load(const CudaDriver &driver) const {
  auto context = driver.requireContext();
  if (!context)
    return tl::make_unexpected(context.error());
  std::lock_guard<std::mutex> lock(mutex);
  if (auto it = modules.find(*context); it != modules.end())
    return &it->second;
  Loaded loaded;
  if (auto done = fill(driver, loaded); !done) {
    unload(driver, loaded);
    return tl::make_unexpected(done.error());
  }
  // A map: what it holds stays where it is.
  return &modules.emplace(*context, loaded).first->second;
}

CudaKernelImpl::~CudaKernelImpl() {
  auto driver = CudaDriver::get();
  if (!driver)
    return;
  for (const auto &[context, loaded] : modules) {
    // A context that is gone has taken its modules along.
    if ((*driver)->pushContext(context) != 0)
      continue;
    unload(**driver, loaded);
    CudaDriver::Context popped;
    (*driver)->popContext(&popped);
  }
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

static uint64_t toAddress(const void *pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

Expected<void> CudaKernelImpl::launch(const CudaDriver &driver,
                                      const Loaded &loaded,
                                      std::string_view suffix,
                                      const GpuLaunch &launch,
                                      std::vector<uint64_t> arguments,
                                      CudaStream stream) const {
  std::string name = symbol + std::string(suffix);
  CudaDriver::Function function = nullptr;
  auto done =
      driver.check(driver.getFunction(&function, loaded.module, name.c_str()),
                   "find the kernel " + name);
  if (!done)
    return done;
  // A size is as wide as a pointer: every argument has 8 bytes.
  arguments.insert(arguments.end(), launch.sizes.begin(), launch.sizes.end());
  std::vector<void *> addresses;
  for (uint64_t &argument : arguments)
    addresses.push_back(&argument);
  return driver.check(
      driver.launchKernel(function, unsigned(launch.numBlocks), 1, 1,
                          unsigned(launch.threadsPerBlock), 1, 1, 0, stream,
                          addresses.data(), nullptr),
      "launch the kernel " + name);
}

/// Inputs, parameters and outputs, in the kernels' order.
std::vector<uint64_t> CudaKernelImpl::getPointers(const BoundArguments &bound,
                                                  const Loaded &loaded) const {
  size_t valueBytes = getSizeBytes(getComputeType(bound.type));
  std::vector<uint64_t> pointers;
  for (const void *input : bound.inputs)
    pointers.push_back(toAddress(input));
  for (size_t i = 0; i != bound.parameters.size(); ++i)
    pointers.push_back(bound.parameters[i].data
                           ? toAddress(bound.parameters[i].data)
                           : loaded.defaults + i * valueBytes);
  for (const void *output : bound.outputs)
    pointers.push_back(toAddress(output));
  return pointers;
}

/// Which parameters have a value a channel, a bit each.
static int64_t getVectors(const BoundArguments &bound) {
  uint64_t vectors = 0;
  for (size_t i = 0; i != bound.parameters.size(); ++i)
    if (bound.parameters[i].isChannel && bound.parameters[i].count != 1)
      vectors |= uint64_t(1) << i;
  return int64_t(vectors);
}

Expected<void> CudaKernelImpl::launchAll(const CudaDriver &driver,
                                         const Loaded &loaded,
                                         const BoundArguments &bound,
                                         const GpuPlan &plan, uint64_t partials,
                                         CudaStream stream) const {
  if (bound.numElements != 0) {
    std::vector<uint64_t> arguments = getPointers(bound, loaded);
    if (plan.numSums != 0)
      arguments.push_back(partials);
    GpuLaunch main = plan.main;
    if (plan.space != IterationSpace::Flat)
      main.sizes.push_back(getVectors(bound));
    auto done = launch(driver, loaded, plan.getSuffix(), main,
                       std::move(arguments), stream);
    if (!done)
      return done;
  }
  for (size_t i = 0; i != bound.sums.size(); ++i) {
    const BoundArguments::Sum &sum = bound.sums[i];
    uint64_t first =
        partials + uint64_t(plan.getFirstPartial(i)) * sizeof(double);
    auto done =
        launch(driver, loaded, "_finish", plan.planFinish(sum.perChannel),
               {first, toAddress(sum.output)}, stream);
    if (!done)
      return done;
  }
  return {};
}

/// The plan of a call, which must be one that the kernels can count.
static Expected<GpuPlan> makePlan(const BoundArguments &bound,
                                  int numMultiprocessors) {
  GpuPlan plan =
      GpuPlan::choose(bound.extents, bound.dependsOnChannel(),
                      int64_t(bound.sums.size()), numMultiprocessors);
  if (!plan.isCountable())
    return makeError("the tensors have more rows than a GPU's kernel counts");
  return plan;
}

Expected<void> CudaKernelImpl::run(const KernelArguments &arguments,
                                   CudaStream stream, void *workspace) const {
  BoundArguments bound;
  if (auto done = bound.bind(signature, arguments); !done)
    return tl::make_unexpected(done.error());
  auto driver = CudaDriver::get();
  if (!driver)
    return tl::make_unexpected(driver.error());
  auto loaded = load(**driver);
  if (!loaded)
    return tl::make_unexpected(loaded.error());
  auto plan = makePlan(bound, (*loaded)->numMultiprocessors);
  if (!plan)
    return tl::make_unexpected(plan.error());
  uint64_t partials = toAddress(workspace);
  size_t sizeBytes = size_t(plan->getNumPartials()) * sizeof(double);
  bool isOwned = sizeBytes != 0 && partials == 0;
  if (isOwned) {
    auto done =
        (*driver)->check((*driver)->allocateAsync(&partials, sizeBytes, stream),
                         "allocate a workspace");
    if (!done)
      return done;
  }
  auto done = launchAll(**driver, **loaded, bound, *plan, partials, stream);
  if (isOwned)
    (*driver)->releaseAsync(partials, stream);
  return done;
}

Expected<size_t>
CudaKernelImpl::getWorkspaceBytes(const KernelArguments &arguments) const {
  BoundArguments bound;
  if (auto done = bound.bind(signature, arguments); !done)
    return tl::make_unexpected(done.error());
  auto plan = makePlan(bound, /*numMultiprocessors=*/1);
  if (!plan)
    return tl::make_unexpected(plan.error());
  return size_t(plan->getNumPartials()) * sizeof(double);
}

//===----------------------------------------------------------------------===//
// CudaKernel
//===----------------------------------------------------------------------===//

Expected<void> CudaKernel::run(const KernelArguments &arguments,
                               CudaStream stream, void *workspace) const {
  if (!impl)
    return makeError("the kernel is empty");
  return impl->run(arguments, stream, workspace);
}

Expected<size_t>
CudaKernel::getWorkspaceBytes(const KernelArguments &arguments) const {
  if (!impl)
    return makeError("the kernel is empty");
  return impl->getWorkspaceBytes(arguments);
}

const std::string &CudaKernel::getPtx() const {
  static const std::string empty;
  return impl ? impl->getPtx() : empty;
}

} // namespace actin
