//===- CudaFixture.h - Device memory for tests ------------------*- C++ -*-===//
//
// Tests on whatever libcuda.so.1 the loader finds: a GPU's, or the interpreted
// one of this folder. Where there is none they are skipped.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_PTX_CUDAFIXTURE_H
#define ACTIN_TEST_PTX_CUDAFIXTURE_H

#include "actin/Tensor.h"

#include <functional>
#include <string>
#include <vector>

namespace actin::test {

/// What tests need of the driver beyond what Actin uses.
class CudaDevice {
public:
  /// Empty where number `number` can be used; else why not. Makes its context
  /// current on this thread.
  static std::string select(int number = 0);
  /// No context is current after that.
  static void deselect();
  /// 90 for compute capability 9.0.
  static int getCapability();

  /// A function of the driver, nullptr where it has none of that name.
  static void *find(const char *name);
};

/// Elements in device memory, the last of them at the end of its block.
class DeviceArray {
public:
  /// `offset`: elements in front of the first, so that it is less aligned.
  DeviceArray(DataType type, const std::vector<double> &values,
              size_t offset = 0);
  ~DeviceArray();
  DeviceArray(DeviceArray &&other) noexcept;
  DeviceArray &operator=(DeviceArray &&) = delete;

  std::vector<double> read() const;
  std::vector<uint8_t> readBytes() const;
  TensorView view(std::vector<int64_t> shape) const;
  TensorView view() const { return view({int64_t(size)}); }

private:
  DataType type;
  size_t size, offset;
  uint64_t block = 0;
};

} // namespace actin::test

#endif // ACTIN_TEST_PTX_CUDAFIXTURE_H
