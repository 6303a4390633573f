//===- DiskCacheOptions.cpp - Where the user wants kernels kept -----------===//

#include "Support/Environment.h"
#include "Support/Log.h"
#include "actin/Cache.h"

#include "llvm/ADT/StringExtras.h"

#include <filesystem>

namespace actin {

static bool isOneOf(llvm::StringRef value,
                    std::initializer_list<llvm::StringRef> words) {
  return llvm::any_of(words, [&](llvm::StringRef word) {
    return value.equals_insensitive(word);
  });
}

/// A switch; nullopt where it is neither on nor off.
static std::optional<bool> parseSwitch(llvm::StringRef value) {
  if (isOneOf(value, {"1", "on", "yes", "true"}))
    return true;
  if (isOneOf(value, {"0", "off", "no", "false"}))
    return false;
  return std::nullopt;
}

static bool getSwitch(const char *name, bool otherwise) {
  std::string value = getEnvironment(name);
  std::optional<bool> parsed = parseSwitch(value);
  if (!value.empty() && !parsed)
    log(LogLevel::Warning, "cache",
        std::string(name) + "='" + value + "' is ignored: say on or off");
  return parsed.value_or(otherwise);
}

std::optional<uint64_t> parseSizeBytes(std::string_view text) {
  llvm::StringRef digits(text.data(), text.size());
  unsigned shift = 0;
  for (auto [unit, unitShift] : {std::pair("k", 10), {"m", 20}, {"g", 30}})
    if (digits.consume_back_insensitive(unit)) {
      shift = unitShift;
      break;
    }
  uint64_t size = 0;
  if (digits.getAsInteger(10, size) || size > (UINT64_MAX >> shift))
    return std::nullopt;
  return size << shift;
}

/// The folder that the variables name; empty where they name none.
static std::string getDirectory() {
  namespace fs = std::filesystem;
  std::error_code error;
  if (std::string given = getEnvironment("ACTIN_CACHE_DIR"); !given.empty()) {
    fs::path path = fs::absolute(given, error).lexically_normal();
    // A slash at the end would follow a symbolic link.
    return (path.has_filename() ? path : path.parent_path()).string();
  }
  fs::path base = getEnvironment("XDG_CACHE_HOME");
  if (!base.is_absolute()) // Such a value is void, says its specification.
    base = fs::path(getEnvironment("HOME")) / ".cache";
  return base.is_absolute() ? (base / "actin").string() : "";
}

DiskCacheOptions DiskCacheOptions::fromEnvironment() {
  DiskCacheOptions options;
  if (!getSwitch("ACTIN_CACHE", true))
    return options;
  options.directory = getDirectory();
  options.readOnly = getSwitch("ACTIN_CACHE_READONLY", false);
  std::string size = getEnvironment("ACTIN_CACHE_MAX_SIZE");
  if (auto parsed = parseSizeBytes(size))
    options.maxSizeBytes = *parsed;
  else if (!size.empty())
    log(LogLevel::Warning, "cache",
        "ACTIN_CACHE_MAX_SIZE='" + size +
            "' is ignored: say a number of bytes, or one with K, M or G");
  return options;
}

} // namespace actin
