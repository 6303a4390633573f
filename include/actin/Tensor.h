//===- Tensor.h - What a kernel reads and writes ----------------*- C++ -*-===//

#ifndef ACTIN_TENSOR_H
#define ACTIN_TENSOR_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace actin {

enum class DataType : uint8_t { F32, F64, F16, BF16 };

/// Bytes of one element.
constexpr size_t getSizeBytes(DataType type) {
  return type == DataType::F64 ? 8 : type == DataType::F32 ? 4 : 2;
}

/// "f32", "f64", "f16", "bf16".
constexpr const char *getTypeName(DataType type) {
  switch (type) {
  case DataType::F32:
    return "f32";
  case DataType::F64:
    return "f64";
  case DataType::F16:
    return "f16";
  case DataType::BF16:
    return "bf16";
  }
  return "unknown";
}

/// The type in which kernels of `type` compute, and hold parameters.
constexpr DataType getComputeType(DataType type) {
  return type == DataType::F64 ? DataType::F64 : DataType::F32;
}

/// A tensor in somebody else's memory: row-major and contiguous, any rank, any
/// alignment that suits the element type. `data` may be null where a dimension
/// is 0.
struct TensorView {
  void *data = nullptr;
  DataType type = DataType::F32;
  std::vector<int64_t> shape;
};

} // namespace actin

#endif // ACTIN_TENSOR_H
