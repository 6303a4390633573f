//===- CacheBundle.cpp - Many entries in one file -------------------------===//

#include "Cache/CacheBundle.h"

#include "Cache/CacheEntry.h"

namespace actin {

static constexpr std::string_view magic = "ACTINBDL";
static constexpr uint32_t formatVersion = 1;

std::string encodeBundle(const std::vector<std::string> &entries) {
  std::string bytes(magic);
  appendNumber(bytes, formatVersion, 4);
  appendNumber(bytes, 0, 4);
  appendNumber(bytes, entries.size(), 8);
  for (const std::string &entry : entries) {
    appendNumber(bytes, entry.size(), 8);
    bytes += entry;
  }
  return bytes + getChecksum(bytes);
}

Expected<std::vector<std::string_view>> decodeBundle(std::string_view bytes) {
  const size_t checksumBytes = getChecksum("").size();
  if (!bytes.starts_with(magic) || bytes.size() < checksumBytes)
    return makeError("it is no bundle of kernels, or cut short");
  std::string_view checksum = bytes.substr(bytes.size() - checksumBytes);
  bytes.remove_suffix(checksumBytes);
  if (getChecksum(bytes) != checksum)
    return makeError("its checksum is wrong");
  bytes.remove_prefix(magic.size());
  auto format = takeNumber(bytes, 4), zero = takeNumber(bytes, 4),
       count = takeNumber(bytes, 8);
  if (format != formatVersion || zero != 0 || !count)
    return makeError("it has the form of another version");
  std::vector<std::string_view> entries;
  while (!bytes.empty()) {
    auto size = takeNumber(bytes, 8);
    if (!size || *size > bytes.size())
      return makeError("its parts do not fit");
    entries.push_back(bytes.substr(0, *size));
    bytes.remove_prefix(*size);
    if (auto entry = CacheEntry::decode(entries.back()); !entry)
      return makeError("entry " + std::to_string(entries.size()) +
                       " is bad: " + entry.error().front().message);
  }
  if (entries.size() != *count)
    return makeError("entries are missing");
  return entries;
}

} // namespace actin
