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
