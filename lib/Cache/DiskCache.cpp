//===- DiskCache.cpp - Looking after the disk cache -----------------------===//

#include "Cache/CacheBundle.h"
#include "Cache/CacheEntry.h"
#include "Cache/DiskStore.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace actin {

static Expected<CacheDirectory> openFolder(const DiskCacheOptions &options) {
  if (options.directory.empty())
    return makeError("there is no cache: it is switched off, or no variable "
                     "says where it is");
  return CacheDirectory::open(options.directory, !options.readOnly);
}

static CacheEntryInfo describe(const CacheDirectory &folder,
                               const CacheDirectory::File &file) {
  CacheEntryInfo info;
  info.name = file.name;
  info.sizeBytes = file.sizeBytes;
  info.lastUsed = file.lastUsedNanos / 1'000'000'000;
  auto bytes = folder.read(file.name);
  Expected<CacheEntry> entry = !bytes    ? tl::make_unexpected(bytes.error())
                               : !*bytes ? makeError("it has just gone")
                                         : CacheEntry::decode(**bytes);
  if (!entry) {
    info.fault = entry.error().front().message;
    return info;
  }
  auto fields = CacheKey::parseFields(entry->key);
  if (!fields)
    info.fault = "its key cannot be read";
  else if (getCacheFileName(entry->key) != file.name)
    info.fault = "it is another kernel's";
  else
    info.fields = std::move(*fields);
  info.missingFeatures = findMissingFeatures(*entry);
  info.codeSizeBytes = entry->image.bytes.size();
  return info;
}

Expected<std::vector<CacheEntryInfo>>
listCache(const DiskCacheOptions &options) {
  Expected<CacheDirectory> folder = openFolder(options);
  if (!folder)
    return tl::make_unexpected(folder.error());
  std::vector<CacheDirectory::File> files = folder->listEntries();
  std::sort(files.begin(), files.end(), [](const auto &a, const auto &b) {
    return a.lastUsedNanos > b.lastUsedNanos;
  });
  std::vector<CacheEntryInfo> entries;
  for (const CacheDirectory::File &file : files)
    entries.push_back(describe(*folder, file));
  return entries;
}

Expected<CacheSummary> pruneCache(const DiskCacheOptions &options) {
  if (options.readOnly)
    return makeError("the cache is read-only");
  Expected<CacheDirectory> folder = openFolder(options);
  if (!folder)
    return tl::make_unexpected(folder.error());
  return pruneFolder(*folder, options.maxSizeBytes);
}

Expected<CacheSummary> clearCache(const DiskCacheOptions &options) {
  if (options.readOnly)
    return makeError("the cache is read-only");
  Expected<CacheDirectory> folder = openFolder(options);
  if (!folder)
    return tl::make_unexpected(folder.error());
  for (const CacheDirectory::File &file : folder->listTemporaries(true))
    folder->remove(file.name);
  return pruneFolder(*folder, 0);
}

static tl::unexpected<Diagnostics> makeFileError(const std::string &path,
                                                 const std::string &fault) {
  return makeError("'" + path + "' " + fault);
}

Expected<CacheSummary> exportCache(const DiskCacheOptions &options,
                                   const std::string &path) {
  Expected<CacheDirectory> folder = openFolder(options);
  if (!folder)
    return tl::make_unexpected(folder.error());
  std::vector<std::string> entries;
  CacheSummary summary;
  for (const CacheDirectory::File &file : folder->listEntries()) {
    auto bytes = folder->read(file.name);
    if (!bytes || !*bytes || !CacheEntry::decode(**bytes))
      continue;
    summary.sizeBytes += (*bytes)->size();
    entries.push_back(std::move(**bytes));
  }
  summary.numEntries = entries.size();
  std::string bundle = encodeBundle(entries);
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(bundle.data(), bundle.size());
  stream.close();
  if (!stream)
    return makeFileError(path, "cannot be written");
  return summary;
}

Expected<CacheSummary> importCache(const DiskCacheOptions &options,
                                   const std::string &path) {
  if (options.readOnly)
    return makeError("the cache is read-only");
  std::error_code error;
  std::ifstream stream(path, std::ios::binary);
  if (!std::filesystem::is_regular_file(path, error) || !stream)
    return makeFileError(path, "cannot be read");
  std::ostringstream text;
  text << stream.rdbuf();
  std::string bytes = std::move(text).str();
  auto entries = decodeBundle(bytes);
  if (!entries)
    return makeFileError(path,
                         "is not imported: " + entries.error().front().message);
  Expected<CacheDirectory> folder = openFolder(options);
  if (!folder)
    return tl::make_unexpected(folder.error());
  CacheSummary summary;
  for (std::string_view entry : *entries) {
    std::string name = getCacheFileName(CacheEntry::decode(entry)->key);
    if (auto written = folder->write(name, entry); !written)
      return tl::make_unexpected(written.error());
    ++summary.numEntries;
    summary.sizeBytes += entry.size();
  }
  return summary;
}

} // namespace actin
