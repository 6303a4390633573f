//===- CudaFixture.cpp - Device memory for tests --------------------------===//

#include "CudaFixture.h"

#include "Runtime/CudaDriver.h"
#include "actin/Diagnostic.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <dlfcn.h>
#include <stdexcept>

namespace actin::test {
namespace {

void check(int result, const char *what) {
  if (result != 0)
    throw std::runtime_error(std::string(what) + " gives " +
                             std::to_string(result));
}

/// Calls the driver's function `name`.
template <typename... Arguments>
int call(const char *name, Arguments... arguments) {
  auto function =
      reinterpret_cast<int (*)(Arguments...)>(CudaDevice::find(name));
  return function ? function(arguments...) : -1;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

template <typename T> void put(std::vector<uint8_t> &bytes, T value) {
  uint8_t raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  bytes.insert(bytes.end(), raw, raw + sizeof(T));
}

/// bf16: the nearest, by way of f32 (values of tests are exact in it).
uint16_t toBrain(double value) {
  uint32_t bits = std::bit_cast<uint32_t>(float(value));
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

std::vector<uint8_t> toBytes(DataType type, const std::vector<double> &values) {
  std::vector<uint8_t> bytes;
  for (double value : values) {
    if (type == DataType::F64)
      put(bytes, value);
    else if (type == DataType::F32)
      put(bytes, float(value));
    else if (type == DataType::F16)
      put(bytes, static_cast<_Float16>(value));
    else
      put(bytes, toBrain(value));
  }
  return bytes;
}

template <typename T> T get(const uint8_t *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

double toValue(DataType type, const uint8_t *bytes) {
  if (type == DataType::F64)
    return get<double>(bytes);
  if (type == DataType::F32)
    return get<float>(bytes);
  if (type == DataType::F16)
    return double(get<_Float16>(bytes));
  return std::bit_cast<float>(uint32_t(get<uint16_t>(bytes)) << 16);
}

} // namespace

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

void *CudaDevice::find(const char *name) {
  static void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  return library ? dlsym(library, name) : nullptr;
}

std::string CudaDevice::select(int number) {
  auto driver = CudaDriver::get();
  if (!driver)
    return driver.error().front().message;
  int count = 0;
  if (call("cuDeviceGetCount", &count) != 0 || number >= count)
    return "there is no GPU number " + std::to_string(number);
  int device = 0;
  CudaDriver::Context context = nullptr;
  check(call("cuDeviceGet", &device, number), "cuDeviceGet");
  check(call("cuDevicePrimaryCtxRetain", &context, device),
        "cuDevicePrimaryCtxRetain");
  check(call("cuCtxSetCurrent", context), "cuCtxSetCurrent");
  return "";
}

void CudaDevice::deselect() {
  check(call("cuCtxSetCurrent", CudaDriver::Context(nullptr)),
        "cuCtxSetCurrent");
}

int CudaDevice::getCapability() {
  const CudaDriver &driver = **CudaDriver::get();
  return *driver.getAttribute(CudaDriver::ComputeCapabilityMajor) * 10 +
         *driver.getAttribute(CudaDriver::ComputeCapabilityMinor);
}

//===----------------------------------------------------------------------===//
// DeviceArray
//===----------------------------------------------------------------------===//

DeviceArray::DeviceArray(DataType type, const std::vector<double> &values,
                         size_t offset)
    : type(type), size(values.size()), offset(offset) {
  if (size == 0)
    return;
  std::vector<uint8_t> bytes = toBytes(type, values);
  size_t front = offset * getSizeBytes(type);
  const CudaDriver &driver = **CudaDriver::get();
  check(driver.allocate(&block, front + bytes.size()), "cuMemAlloc");
  check(driver.copyToDevice(block + front, bytes.data(), bytes.size()),
        "cuMemcpyHtoD");
}

DeviceArray::~DeviceArray() {
  if (block)
    (*CudaDriver::get())->release(block);
}

DeviceArray::DeviceArray(DeviceArray &&other) noexcept
    : type(other.type), size(other.size), offset(other.offset),
      block(std::exchange(other.block, 0)) {}

std::vector<uint8_t> DeviceArray::readBytes() const {
  std::vector<uint8_t> bytes(size * getSizeBytes(type));
  if (size == 0)
    return bytes;
  check(call("cuCtxSynchronize"), "cuCtxSynchronize");
  check(call("cuMemcpyDtoH_v2", static_cast<void *>(bytes.data()),
             uint64_t(block + offset * getSizeBytes(type)), bytes.size()),
        "cuMemcpyDtoH");
  return bytes;
}

std::vector<double> DeviceArray::read() const {
  std::vector<uint8_t> bytes = readBytes();
  std::vector<double> values(size);
  for (size_t i = 0; i != size; ++i)
    values[i] = toValue(type, &bytes[i * getSizeBytes(type)]);
  return values;
}

TensorView DeviceArray::view(std::vector<int64_t> shape) const {
  uint64_t address = block ? block + offset * getSizeBytes(type) : 0;
  return {reinterpret_cast<void *>(uintptr_t(address)), type, std::move(shape)};
}

} // namespace actin::test
