//===- InterpretedDriver.cpp - libcuda.so.1 without a GPU -----------------===//
//
// The functions of the CUDA driver that Actin and its tests call, on top of the
// PTX interpreter: what is launched has run when the call returns. It stands
// for a machine with two GPUs: number 0 of compute capability 12.0, number 1 of
// 7.5. An error in a kernel is CUDA_ERROR_ILLEGAL_ADDRESS, and its text says
// what happened.
//
//===----------------------------------------------------------------------===//

#include "PtxMachine.h"

#include <cstdlib>
#include <memory>

using namespace actin::test;

namespace {

enum Result {
  Success = 0,
  InvalidValue = 1,
  InvalidContext = 201,
  NoBinaryForGpu = 209,
  InvalidPtx = 218,
  NotFound = 500,
  IllegalAddress = 700,
};

struct Context {
  int device;
};

struct Module {
  PtxMachine machine;
  std::map<std::string, std::unique_ptr<std::pair<Module *, std::string>>>
      functions;
  Module(std::string_view ptx, PtxMemory &memory) : machine(ptx, memory) {}
};
using Function = std::pair<Module *, std::string>;

constexpr int numDevices = 2;
constexpr int capabilities[numDevices] = {120, 75};

Context contexts[numDevices] = {{0}, {1}};
PtxMemory memory;
int numModules = 0, numBlocks = 0, numMultiprocessors = 2;
std::string lastError;
thread_local std::vector<Context *> current;

/// Runs `work`; a PtxError becomes `result`.
template <typename Work> int guarded(Result result, Work work) {
  try {
    work();
    return Success;
  } catch (const PtxError &error) {
    lastError = error.what();
    return result;
  }
}

int allocate(uint64_t *address, size_t sizeBytes) {
  if (current.empty())
    return InvalidContext;
  if (sizeBytes == 0)
    return InvalidValue;
  *address = memory.allocate(sizeBytes);
  ++numBlocks;
  return Success;
}

int release(uint64_t address) {
  return guarded(InvalidValue, [&] {
    memory.release(address);
    --numBlocks;
  });
}

} // namespace

extern "C" {

// For tests alone.
int interpretedCountModules() { return numModules; }
int interpretedCountBlocks() { return numBlocks; }
void interpretedSetMultiprocessors(int number) { numMultiprocessors = number; }

int cuInit(unsigned) { return Success; }

int cuGetErrorName(int result, const char **name) {
  switch (result) {
  case InvalidContext:
    return *name = "CUDA_ERROR_INVALID_CONTEXT", Success;
  case NoBinaryForGpu:
    return *name = "CUDA_ERROR_NO_BINARY_FOR_GPU", Success;
  case InvalidPtx:
    return *name = "CUDA_ERROR_INVALID_PTX", Success;
  case NotFound:
    return *name = "CUDA_ERROR_NOT_FOUND", Success;
  case IllegalAddress:
    return *name = "CUDA_ERROR_ILLEGAL_ADDRESS", Success;
  default:
    return *name = "CUDA_ERROR_INVALID_VALUE", Success;
  }
}

int cuGetErrorString(int, const char **text) {
  *text = lastError.c_str();
  return Success;
}

int cuDeviceGetCount(int *count) {
  *count = numDevices;
  return Success;
}

int cuDeviceGet(int *device, int number) {
  *device = number;
  return number < numDevices ? Success : InvalidValue;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
  switch (attribute) {
  case 16:
    return *value = numMultiprocessors, Success;
  case 75:
    return *value = capabilities[device] / 10, Success;
  case 76:
    return *value = capabilities[device] % 10, Success;
  default:
    return InvalidValue;
  }
}

int cuDevicePrimaryCtxRetain(Context **context, int device) {
  *context = &contexts[device];
  return Success;
}

int cuCtxSetCurrent(Context *context) {
  if (!current.empty())
    current.pop_back();
  if (context)
    current.push_back(context);
  return Success;
}

int cuCtxGetCurrent(Context **context) {
  *context = current.empty() ? nullptr : current.back();
  return Success;
}

int cuCtxPushCurrent_v2(Context *context) {
  current.push_back(context);
  return Success;
}

int cuCtxPopCurrent_v2(Context **context) {
  if (current.empty())
    return InvalidContext;
  *context = current.back();
  current.pop_back();
  return Success;
}

int cuCtxGetDevice(int *device) {
  if (current.empty())
    return InvalidContext;
  *device = current.back()->device;
  return Success;
}

int cuCtxSynchronize() { return Success; }

int cuModuleLoadDataEx(Module **module, const void *image, unsigned, int *,
                       void **) {
  if (current.empty())
    return InvalidContext;
  return guarded(InvalidPtx, [&] {
    auto loaded =
        std::make_unique<Module>(static_cast<const char *>(image), memory);
    const std::string &target = loaded->machine.getTarget();
    int capability = capabilities[current.back()->device];
    if (std::atoi(target.c_str() + 3) > capability)
      throw PtxError("the code is for " + target);
    *module = loaded.release();
    ++numModules;
  });
}

int cuModuleUnload(Module *module) {
  delete module;
  --numModules;
  return Success;
}

int cuModuleGetFunction(Function **function, Module *module, const char *name) {
  if (!module->machine.hasKernel(name))
    return NotFound;
  auto &slot = module->functions[name];
  if (!slot)
    slot = std::make_unique<Function>(module, name);
  *function = slot.get();
  return Success;
}

int cuLaunchKernel(Function *function, unsigned gridX, unsigned gridY,
                   unsigned gridZ, unsigned blockX, unsigned blockY,
                   unsigned blockZ, unsigned, void *, void **arguments,
                   void **) {
  if (gridY != 1 || gridZ != 1 || blockY != 1 || blockZ != 1)
    return InvalidValue;
  return guarded(IllegalAddress, [&] {
    PtxMachine &machine = function->first->machine;
    std::vector<uint64_t> values;
    for (unsigned i = 0; i != machine.countParameters(function->second); ++i)
      values.push_back(*static_cast<uint64_t *>(arguments[i]));
    machine.launch(function->second, gridX, blockX, values);
  });
}

int cuMemAlloc_v2(uint64_t *address, size_t sizeBytes) {
  return allocate(address, sizeBytes);
}
int cuMemAllocAsync(uint64_t *address, size_t sizeBytes, void *) {
  return allocate(address, sizeBytes);
}
int cuMemFree_v2(uint64_t address) { return release(address); }
int cuMemFreeAsync(uint64_t address, void *) { return release(address); }

int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t sizeBytes) {
  return guarded(InvalidValue, [&] { memory.write(to, from, sizeBytes); });
}
int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t sizeBytes) {
  return guarded(InvalidValue, [&] { memory.read(from, to, sizeBytes); });
}

} // extern "C"
