//===- DigitData.h - The handwritten digits ---------------------*- C++ -*-===//
//
// Loads digits.bin (DATA.md says where it comes from) and splits it.
//
// Format: "DIGITS01"; the number of images and the 32-bit FNV-1a hash of what
// follows, both little-endian u32; then 41 bytes an image: 64 pixels of 5 bits
// (0..16, row-major, lowest bits first) and one byte for the label (0..9).
//
//===----------------------------------------------------------------------===//

#ifndef TRAIN_DIGITS_DIGITDATA_H
#define TRAIN_DIGITS_DIGITDATA_H

#include "Matrix.h"

#include "actin/Expected.h"

#include <cstdint>
#include <string>
#include <vector>

namespace digits {

constexpr int64_t numPixels = 64;
constexpr int64_t numClasses = 10;

/// Images, one a row, each pixel scaled to [0, 1], and their labels.
struct DigitSet {
  Matrix images;
  std::vector<int> labels;
};

struct DigitSplit {
  DigitSet training;
  DigitSet test;
};

/// All images of `path`, in the file's order. Errors: a file that cannot be
/// read, that is not of this format, or whose hash does not match.
actin::Expected<DigitSet> loadDigits(const std::string &path);

/// A random fifth is for testing: the same one in every run, whatever the seed
/// of the training.
DigitSplit splitDigits(const DigitSet &digits);

/// The rows `order[begin, end)` of `digits`.
DigitSet selectDigits(const DigitSet &digits, const std::vector<int64_t> &order,
                      int64_t begin, int64_t end);

} // namespace digits

#endif // TRAIN_DIGITS_DIGITDATA_H
