//===- CacheFixture.h - A folder and the log for cache tests ----*- C++ -*-===//

#ifndef ACTIN_TEST_UNIT_CACHE_CACHEFIXTURE_H
#define ACTIN_TEST_UNIT_CACHE_CACHEFIXTURE_H

#include "Cache/DiskStore.h"
#include "actin/Log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace actin::test {

/// A cache in a folder of its own, which does not exist at first, and what the
/// library logs.
class CacheFixture : public testing::Test {
protected:
  CacheFixture() {
    std::string name =
        std::filesystem::temp_directory_path() / "actin-cache-test-XXXXXX";
    root = ::mkdtemp(name.data());
    options.directory = root / "cache";
    setLogCallback(
        [this](LogLevel level, std::string_view, std::string_view message) {
          (level == LogLevel::Warning ? warnings : infos) += message;
          numWarnings += level == LogLevel::Warning;
        });
  }
  ~CacheFixture() override {
    setLogCallback(nullptr);
    std::filesystem::permissions(root, std::filesystem::perms::owner_all);
    std::filesystem::remove_all(root);
  }

  /// The key of a kernel of this formula.
  static std::string keyOf(const std::string &formula) {
    CacheKey named;
    named.formula = formula;
    return named.toString();
  }
  std::string pathOf(const std::string &key) const {
    return options.directory + "/" + getCacheFileName(key);
  }
  static std::string readFile(const std::string &path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  static void writeFile(const std::string &path, const std::string &bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read |
                                           std::filesystem::perms::owner_write);
  }

  std::filesystem::path root;
  DiskCacheOptions options;
  std::string warnings, infos;
  int numWarnings = 0;
  /// No code, but the store does not run it.
  const CodeImage image{std::string(200, '\x90'), 64};
  const std::string key = keyOf("formula");
};

} // namespace actin::test

#endif // ACTIN_TEST_UNIT_CACHE_CACHEFIXTURE_H
