//===- DiskStore.h - Kernels from disk, kernels to disk ---------*- C++ -*-===//

#ifndef ACTIN_CACHE_DISKSTORE_H
#define ACTIN_CACHE_DISKSTORE_H

#include "Cache/CacheDirectory.h"
#include "Cache/CacheEntry.h"
#include "actin/Cache.h"

#include <atomic>

namespace actin {

/// What a compiler asks of the disk. Nothing here fails: what goes wrong is
/// logged under "cache", and a kernel that is not found is compiled.
/// Thread-safe. Holds no file open, so that processes may fork.
class DiskStore {
public:
  explicit DiskStore(DiskCacheOptions options);

  /// The code of the kernel whose key has this text, if it is there, whole, and
  /// made of instructions that this machine has.
  std::optional<CodeImage> load(const std::string &key);

  /// Keeps it, and drops what was not used for long where space is short.
  void save(const std::string &key, const CodeImage &image);

private:
  std::optional<CacheDirectory> open();
  void warnOnce(const Diagnostics &fault);
  void pruneNowAndThen(const CacheDirectory &folder, uint64_t bytesAdded);

  DiskCacheOptions options;
  std::atomic<bool> hasWarned = false;
  /// Since the folder was last measured. The first entry measures it.
  std::atomic<uint64_t> bytesWritten;
};

/// Removes the least recently used entries until the rest is no larger than
/// `maxSizeBytes`, and abandoned temporary files.
CacheSummary pruneFolder(const CacheDirectory &folder, uint64_t maxSizeBytes);

/// The instruction set extensions that the entry's key says its code needs, and
/// this machine lacks, comma-separated.
std::string findMissingFeatures(const CacheEntry &entry);

} // namespace actin

#endif // ACTIN_CACHE_DISKSTORE_H
