//===- Npy.h - Arrays in NumPy's .npy files ---------------------*- C++ -*-===//
//
// Reads and writes the .npy format, versions 1.0 to 3.0: little-endian f2, f4,
// f8, and u2 as the carrier of bfloat16. Files are not trusted: every length is
// checked before memory is taken for it.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TOOLS_NPY_H
#define ACTIN_TOOLS_NPY_H

#include "actin/Expected.h"
#include "actin/Tensor.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace actin::tool {

/// An array that owns its elements: row-major, contiguous.
struct NpyArray {
  DataType type = DataType::F32;
  std::vector<int64_t> shape;
  std::vector<std::byte> data;

  int64_t getNumElements() const;
  /// Valid while this array lives and is not resized.
  TensorView view() { return {data.data(), type, shape}; }
};

/// A zero-filled array. `shape` must hold no negative dimension.
NpyArray makeArray(DataType type, std::vector<int64_t> shape);

/// What a header says.
struct NpyHeader {
  DataType type = DataType::F32;
  std::vector<int64_t> shape;
  int64_t numBytes = 0; ///< Of all elements together.
};

/// Reads the dictionary of an .npy header (the text after the length field).
/// Errors: no such dictionary, a type other than those above, Fortran order
/// where it differs from C order, more than 64 dimensions, more than 2^62
/// bytes.
Expected<NpyHeader> parseNpyHeader(std::string_view dictionary);

/// The magic string, version, length and dictionary, padded to 64 bytes.
std::string formatNpyHeader(DataType type, const std::vector<int64_t> &shape);

/// Reads the file at `path` ("-": standard input). A `u2` array is given back
/// as BF16. Errors: those of parseNpyHeader, an unreadable file, more or fewer
/// bytes than the header promises.
Expected<NpyArray> readNpy(const std::string &path);

/// Writes `array` to `path` ("-": standard output). An existing regular file is
/// replaced in one step (temporary file, then rename): a reader sees the old or
/// the new one, never a part. BF16 is written as `u2`.
Expected<void> writeNpy(const std::string &path, const NpyArray &array);

} // namespace actin::tool

#endif // ACTIN_TOOLS_NPY_H
