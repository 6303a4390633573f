//===- CacheEntry.h - A compiled kernel as bytes ----------------*- C++ -*-===//
//
// The form of one entry, all numbers little-endian:
//
//   magic "ACTINKRN" | format (u32) | 0 (u32)
//   size of the key (u64) | offset of the entry (u64) | size of the code (u64)
//   key: the text of CacheKey::toString
//   code: a CodeImage
//   XXH3-128 of everything before (16 bytes)
//
// The checksum finds damage, not malice: that is what the permissions of the
// folder are for.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CACHE_CACHEENTRY_H
#define ACTIN_CACHE_CACHEENTRY_H

#include "Cache/CacheKey.h"
#include "CodeGen/CodeImage.h"

namespace actin {

/// No kernel comes near; a larger file is none of ours.
inline constexpr size_t maxCacheEntryBytes = size_t(64) << 20;

struct CacheEntry {
  std::string key; ///< As CacheKey::toString.
  CodeImage image;

  std::string encode() const;
  /// Errors: anything else than what `encode` gives.
  static Expected<CacheEntry> decode(std::string_view bytes);
};

/// The name of the file of an entry: a SHA-256 of its key.
std::string getCacheFileName(std::string_view key);
/// `name` has the form that getCacheFileName gives.
bool isCacheFileName(std::string_view name);

/// 16 bytes that tell `bytes` from any damaged copy.
std::string getChecksum(std::string_view bytes);

/// Little-endian numbers at the end of `bytes`, and taken from its front
/// (nullopt where it is too short).
void appendNumber(std::string &bytes, uint64_t value, size_t sizeBytes);
std::optional<uint64_t> takeNumber(std::string_view &bytes, size_t sizeBytes);

} // namespace actin

#endif // ACTIN_CACHE_CACHEENTRY_H
