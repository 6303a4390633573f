//===- CacheEntry.cpp - A compiled kernel as bytes ------------------------===//

#include "Cache/CacheEntry.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/xxhash.h"

namespace actin {

static constexpr std::string_view magic = "ACTINKRN", extension = ".kernel";
/// Another form of the file, or another way of calling the code.
static constexpr uint32_t formatVersion = 1;
static constexpr size_t checksumBytes = 16, digestDigits = 64;

static llvm::ArrayRef<uint8_t> toBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

void appendNumber(std::string &bytes, uint64_t value, size_t sizeBytes) {
  for (size_t i = 0; i != sizeBytes; ++i)
    bytes.push_back(char(value >> (8 * i)));
}

std::optional<uint64_t> takeNumber(std::string_view &bytes, size_t sizeBytes) {
  if (bytes.size() < sizeBytes)
    return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i != sizeBytes; ++i)
    value |= uint64_t(uint8_t(bytes[i])) << (8 * i);
  bytes.remove_prefix(sizeBytes);
  return value;
}

std::string getChecksum(std::string_view bytes) {
  llvm::XXH128_hash_t hash = llvm::xxh3_128bits(toBytes(bytes));
  std::string checksum;
  appendNumber(checksum, hash.low64, 8);
  appendNumber(checksum, hash.high64, 8);
  return checksum;
}

std::string getCacheFileName(std::string_view key) {
  return llvm::toHex(llvm::SHA256::hash(toBytes(key)), /*LowerCase=*/true) +
         std::string(extension);
}

bool isCacheFileName(std::string_view name) {
  return name.size() == digestDigits + extension.size() &&
         name.ends_with(extension) &&
         llvm::all_of(name.substr(0, digestDigits), [](char c) {
           return llvm::isHexDigit(c) && !llvm::isUpper(c);
         });
}

std::string CacheEntry::encode() const {
  std::string bytes(magic);
  appendNumber(bytes, formatVersion, 4);
  appendNumber(bytes, 0, 4);
  appendNumber(bytes, key.size(), 8);
  appendNumber(bytes, image.entryOffset, 8);
  appendNumber(bytes, image.bytes.size(), 8);
  bytes += key;
  bytes += image.bytes;
  return bytes + getChecksum(bytes);
}

Expected<CacheEntry> CacheEntry::decode(std::string_view bytes) {
  if (!bytes.starts_with(magic) || bytes.size() < checksumBytes)
    return makeError("it is no entry, or cut short");
  std::string_view checksum = bytes.substr(bytes.size() - checksumBytes);
  bytes.remove_suffix(checksumBytes);
  if (getChecksum(bytes) != checksum)
    return makeError("its checksum is wrong");
  bytes.remove_prefix(magic.size());
  auto format = takeNumber(bytes, 4), zero = takeNumber(bytes, 4);
  if (format != formatVersion || zero != 0)
    return makeError("it has the form of another version");
  auto keyBytes = takeNumber(bytes, 8), entryOffset = takeNumber(bytes, 8),
       codeBytes = takeNumber(bytes, 8);
  if (!keyBytes || !entryOffset || !codeBytes || *keyBytes > bytes.size() ||
      *codeBytes != bytes.size() - *keyBytes || *entryOffset >= *codeBytes)
    return makeError("its parts do not fit");
  return CacheEntry{std::string(bytes.substr(0, *keyBytes)),
                    {std::string(bytes.substr(*keyBytes)), *entryOffset}};
}

} // namespace actin
