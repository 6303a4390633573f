//===- DigitData.cpp - The handwritten digits -----------------------------===//
//
// Reads, checks and unpacks digits.bin; splits it.
//
//===----------------------------------------------------------------------===//

#include "DigitData.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

using namespace digits;

static constexpr std::string_view magic = "DIGITS01";
static constexpr size_t headerBytes = 16;
static constexpr size_t bytesPerImage = 41;
static constexpr unsigned bitsPerPixel = 5;
static constexpr int maxPixel = 16;

static uint32_t readU32(const unsigned char *bytes) {
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 |
         static_cast<uint32_t>(bytes[3]) << 24;
}

static uint32_t hashFnv1a(const unsigned char *bytes, size_t count) {
  uint32_t hash = 0x811C9DC5u;
  for (size_t i = 0; i < count; ++i)
    hash = (hash ^ bytes[i]) * 0x01000193u;
  return hash;
}

/// False where a pixel or the label is out of range.
static bool unpackImage(const unsigned char *bytes, float *pixels, int &label) {
  for (unsigned i = 0; i < numPixels; ++i) {
    unsigned bit = i * bitsPerPixel;
    unsigned pair = bytes[bit / 8] | bytes[bit / 8 + 1] << 8;
    int pixel = pair >> (bit % 8) & ((1u << bitsPerPixel) - 1);
    if (pixel > maxPixel)
      return false;
    pixels[i] = static_cast<float>(pixel) / maxPixel;
  }
  label = bytes[bytesPerImage - 1];
  return label < numClasses;
}

actin::Expected<DigitSet> digits::loadDigits(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return actin::makeError("cannot read '" + path + "'");
  std::vector<unsigned char> bytes(std::istreambuf_iterator<char>(file), {});
  if (bytes.size() < headerBytes ||
      !std::equal(magic.begin(), magic.end(), bytes.begin()))
    return actin::makeError("'" + path + "' is not a file of digits");

  int64_t count = readU32(bytes.data() + magic.size());
  const unsigned char *body = bytes.data() + headerBytes;
  size_t bodyBytes = bytes.size() - headerBytes;
  if (count * bytesPerImage != bodyBytes ||
      hashFnv1a(body, bodyBytes) != readU32(bytes.data() + magic.size() + 4))
    return actin::makeError("'" + path + "' is damaged: its hash differs");

  DigitSet digits{Matrix(count, numPixels), std::vector<int>(count)};
  for (int64_t i = 0; i < count; ++i)
    if (!unpackImage(body + i * bytesPerImage, digits.images.row(i),
                     digits.labels[i]))
      return actin::makeError("'" + path + "': image " + std::to_string(i) +
                              " has a pixel or a label out of range");
  return digits;
}

DigitSet digits::selectDigits(const DigitSet &digits,
                              const std::vector<int64_t> &order, int64_t begin,
                              int64_t end) {
  DigitSet selected{Matrix(end - begin, numPixels),
                    std::vector<int>(end - begin)};
  for (int64_t i = begin; i < end; ++i) {
    std::copy_n(digits.images.row(order[i]), numPixels,
                selected.images.row(i - begin));
    selected.labels[i - begin] = digits.labels[order[i]];
  }
  return selected;
}

DigitSplit digits::splitDigits(const DigitSet &digits) {
  constexpr uint64_t splitSeed = 1797;
  int64_t count = digits.images.rows;
  int64_t numTest = count / 5;
  std::vector<int64_t> order = Random(splitSeed).permutation(count);
  return {selectDigits(digits, order, numTest, count),
          selectDigits(digits, order, 0, numTest)};
}
