//===- DiskStore.cpp - Kernels from disk, kernels to disk -----------------===//

#include "Cache/DiskStore.h"

#include "Cache/CacheEntry.h"
#include "CodeGen/HostTarget.h"
#include "Support/Log.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

namespace actin {

static constexpr std::string_view topic = "cache";
/// The folder is measured again after this part of its size was written, and
/// then made so much smaller than it may be.
static constexpr uint64_t slackDivisor = 16;

DiskStore::DiskStore(DiskCacheOptions options)
    : options(std::move(options)), bytesWritten(UINT64_MAX / 2) {}

void DiskStore::warnOnce(const Diagnostics &fault) {
  if (!hasWarned.exchange(true))
    log(LogLevel::Warning, topic, fault.front().message);
}

std::optional<CacheDirectory> DiskStore::open() {
  if (options.directory.empty())
    return std::nullopt;
  Expected<CacheDirectory> folder =
      CacheDirectory::open(options.directory, !options.readOnly);
  if (folder)
    return std::move(*folder);
  warnOnce(folder.error());
  return std::nullopt;
}

std::string findMissingFeatures(const CacheEntry &entry) {
  auto fields = CacheKey::parseFields(entry.key);
  if (!fields)
    return "a key that can be read";
  for (const auto &[name, value] : *fields) {
    if (name != "required")
      continue;
    llvm::SmallVector<llvm::StringRef> parts;
    llvm::StringRef(value).split(parts, ',', -1, false);
    return actin::findMissingFeatures({parts.begin(), parts.end()});
  }
  return "";
}

/// The entry of `key` in `bytes`, if it may be run here.
static Expected<CodeImage> check(const std::string &bytes,
                                 const std::string &key) {
  Expected<CacheEntry> entry = CacheEntry::decode(bytes);
  if (!entry)
    return tl::make_unexpected(entry.error());
  if (entry->key != key)
    return makeError("it is another kernel's");
  std::string missing = findMissingFeatures(*entry);
  if (!missing.empty())
    return makeError("it needs " + missing);
  return std::move(entry->image);
}

std::optional<CodeImage> DiskStore::load(const std::string &key) {
  std::optional<CacheDirectory> folder = open();
  if (!folder)
    return std::nullopt;
  std::string name = getCacheFileName(key);
  Expected<std::optional<std::string>> bytes = folder->read(name);
  if (bytes && !*bytes)
    return std::nullopt;
  Expected<CodeImage> image =
      bytes ? check(**bytes, key) : tl::make_unexpected(bytes.error());
  if (!image) {
    log(LogLevel::Info, topic,
        "the entry " + name + " is not used: " + image.error().front().message);
    return std::nullopt;
  }
  if (!options.readOnly)
    folder->touch(name);
  return std::move(*image);
}

void DiskStore::save(const std::string &key, const CodeImage &image) {
  if (options.readOnly)
    return;
  std::optional<CacheDirectory> folder = open();
  if (!folder)
    return;
  std::string bytes = CacheEntry{key, image}.encode();
  if (bytes.size() >
      std::min<uint64_t>(options.maxSizeBytes, maxCacheEntryBytes))
    return;
  if (auto written = folder->write(getCacheFileName(key), bytes); !written)
    return warnOnce(written.error());
  pruneNowAndThen(*folder, bytes.size());
}

void DiskStore::pruneNowAndThen(const CacheDirectory &folder,
                                uint64_t bytesAdded) {
  uint64_t slack = options.maxSizeBytes / slackDivisor;
  if (bytesWritten.fetch_add(bytesAdded) + bytesAdded <= slack)
    return;
  bytesWritten = 0;
  uint64_t total = 0;
  for (const CacheDirectory::File &file : folder.listEntries())
    total += file.sizeBytes;
  if (total > options.maxSizeBytes)
    pruneFolder(folder, options.maxSizeBytes - slack);
}

CacheSummary pruneFolder(const CacheDirectory &folder, uint64_t maxSizeBytes) {
  std::vector<CacheDirectory::File> files = folder.listEntries();
  uint64_t total = 0;
  for (const CacheDirectory::File &file : files)
    total += file.sizeBytes;
  std::sort(files.begin(), files.end(), [](const auto &a, const auto &b) {
    return a.lastUsedNanos < b.lastUsedNanos;
  });
  CacheSummary removed;
  auto remove = [&](const CacheDirectory::File &file) {
    if (!folder.remove(file.name))
      return;
    ++removed.numEntries;
    removed.sizeBytes += file.sizeBytes;
  };
  for (const CacheDirectory::File &file : files) {
    if (total <= maxSizeBytes)
      break;
    remove(file);
    total -= file.sizeBytes;
  }
  for (const CacheDirectory::File &file : folder.listTemporaries(false))
    remove(file);
  return removed;
}

} // namespace actin
