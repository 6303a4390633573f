//===- Cache.h - Kernels kept on disk ---------------------------*- C++ -*-===//
//
// Compiled kernels survive their process in a folder of their user. A kernel
// that is found there is mapped and called: nothing of the compiler is loaded.
//
// The folder must belong to the user and be closed to all others (0700), for
// what lies in it is executed. One file is one entry; entries are replaced as a
// whole, so that any number of processes may share the folder, over NFS too,
// without a lock. An entry that is damaged, was made by another build, or needs
// instructions that this machine lacks is compiled again. No fault of the
// folder ever fails a compilation.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CACHE_H
#define ACTIN_CACHE_H

#include "actin/Expected.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actin {

struct DiskCacheOptions {
  std::string directory; ///< Empty: no cache on disk. Made where missing.
  /// The least recently used entries go when all are larger than this.
  uint64_t maxSizeBytes = uint64_t(256) << 20;
  bool readOnly = false; ///< Entries are used; nothing is written.

  /// What the user says: ACTIN_CACHE_DIR, else $XDG_CACHE_HOME/actin, else
  /// ~/.cache/actin; ACTIN_CACHE_MAX_SIZE (bytes, or with K, M or G);
  /// ACTIN_CACHE_READONLY=1; ACTIN_CACHE=off for none. A value that cannot be
  /// understood is logged and ignored.
  static DiskCacheOptions fromEnvironment();
};

/// "4096", "64K", "256M", "2G" as bytes; nullopt for anything else.
std::optional<uint64_t> parseSizeBytes(std::string_view text);

/// One file of the cache.
struct CacheEntryInfo {
  std::string name; ///< Of the file.
  uint64_t sizeBytes = 0;
  int64_t lastUsed = 0; ///< Seconds since 1970.
  /// What is wrong with the file; empty: nothing, and the rest is known.
  std::string fault;
  /// The fields of its key: "formula", "type", "cpu", …
  std::vector<std::pair<std::string, std::string>> fields;
  uint64_t codeSizeBytes = 0;
  /// Instruction set extensions that it needs and this machine lacks,
  /// comma-separated.
  std::string missingFeatures;
};

/// How many files a command has dealt with, and their bytes.
struct CacheSummary {
  uint64_t numEntries = 0;
  uint64_t sizeBytes = 0;
};

// All of these are safe while other processes use the folder. Errors: the
// folder cannot be used (not there, another's, open to others), or what is said
// with each.

/// Every entry, read and checked in full, most recently used first.
Expected<std::vector<CacheEntryInfo>>
listCache(const DiskCacheOptions &options);

/// Removes the least recently used entries until the rest is no larger than
/// `maxSizeBytes`, and what killed processes have left half-written. Returns
/// what was removed.
Expected<CacheSummary> pruneCache(const DiskCacheOptions &options);

/// Removes every entry, and nothing that is not the cache's.
Expected<CacheSummary> clearCache(const DiskCacheOptions &options);

/// Writes all sound entries into one file, to ship with a deployment. Errors:
/// the file cannot be written.
Expected<CacheSummary> exportCache(const DiskCacheOptions &options,
                                   const std::string &path);

/// Adds the entries of a file that exportCache wrote. Everything is checked
/// before anything is written. A bundle is code: import only what you would
/// execute. Errors: the file cannot be read, is damaged, or is none; the cache
/// is read-only.
Expected<CacheSummary> importCache(const DiskCacheOptions &options,
                                   const std::string &path);

} // namespace actin

#endif // ACTIN_CACHE_H
