//===- Matrix.h - Row-major floats and seeded random numbers ----*- C++ -*-===//
//
// The little that the training needs beside Actin: a matrix that a TensorView
// can look at, and random numbers that are the same on every platform.
//
//===----------------------------------------------------------------------===//

#ifndef TRAIN_DIGITS_MATRIX_H
#define TRAIN_DIGITS_MATRIX_H

#include "actin/Tensor.h"

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace digits {

/// [rows, columns], row-major.
struct Matrix {
  Matrix() = default;
  Matrix(int64_t rows, int64_t columns)
      : rows(rows), columns(columns), values(rows * columns) {}

  float *row(int64_t index) { return values.data() + index * columns; }
  const float *row(int64_t index) const {
    return values.data() + index * columns;
  }
  /// A view of this memory; valid until the matrix is resized or destroyed.
  actin::TensorView view() {
    return {values.data(), actin::DataType::F32, {rows, columns}};
  }

  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<float> values;
};

/// The standard's distributions differ between libraries; its engines do not.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}

  /// In [-bound, bound).
  float uniform(float bound) {
    float unit = static_cast<float>(engine() >> 40) * 0x1p-24f;
    return bound * (2 * unit - 1);
  }

  /// 0 .. count - 1 in random order (Fisher and Yates).
  std::vector<int64_t> permutation(int64_t count) {
    std::vector<int64_t> order(count);
    for (int64_t i = 0; i < count; ++i)
      order[i] = i;
    for (int64_t i = count - 1; i > 0; --i)
      std::swap(order[i], order[engine() % (i + 1)]);
    return order;
  }

private:
  std::mt19937_64 engine;
};

} // namespace digits

#endif // TRAIN_DIGITS_MATRIX_H
