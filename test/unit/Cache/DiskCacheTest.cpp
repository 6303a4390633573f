//===- DiskCacheTest.cpp - Listing, shipping, what the user says ----------===//

#include "CacheFixture.h"

#include <cstdlib>

using namespace actin;
using namespace actin::test;
namespace fs = std::filesystem;

namespace {

using DiskCacheTest = CacheFixture;

TEST_F(DiskCacheTest, ListsWhatEntriesAreOf) {
  CacheKey wanted;
  wanted.formula = "activation f(x) = x";
  wanted.required = {"no-such-feature"};
  DiskStore(options).save(wanted.toString(), image);
  auto entries = listCache(options);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1u);
  const CacheEntryInfo &entry = entries->front();
  EXPECT_EQ(entry.fault, "");
  EXPECT_EQ(entry.fields, wanted.getFields());
  EXPECT_EQ(entry.codeSizeBytes, image.bytes.size());
  EXPECT_EQ(entry.missingFeatures, "no-such-feature");
}

TEST_F(DiskCacheTest, SaysWhatIsWrong) {
  DiskStore(options).save(key, image);
  writeFile(pathOf(key), readFile(pathOf(key)) + "x");
  fs::create_symlink("nowhere", pathOf(keyOf("link")));
  auto entries = listCache(options);
  ASSERT_EQ(entries->size(), 2u);
  for (const CacheEntryInfo &entry : *entries)
    EXPECT_NE(entry.fault, "");
}

TEST_F(DiskCacheTest, BundlesMove) {
  const std::string bundle = root / "bundle";
  DiskStore store(options);
  for (int i = 0; i != 5; ++i)
    store.save(keyOf(std::to_string(i)), image);
  EXPECT_EQ(exportCache(options, bundle)->numEntries, 5u);
  EXPECT_EQ(clearCache(options)->numEntries, 5u);
  EXPECT_EQ(importCache(options, bundle)->numEntries, 5u);
  EXPECT_TRUE(store.load(keyOf("3")));
}

TEST_F(DiskCacheTest, ABadBundleChangesNothing) {
  const std::string bundle = root / "bundle";
  DiskStore(options).save(key, image);
  ASSERT_TRUE(exportCache(options, bundle));
  ASSERT_TRUE(clearCache(options));
  std::string bytes = readFile(bundle);
  for (size_t i = 0; i < bytes.size(); i += 7) {
    std::string damaged = bytes;
    damaged[i] ^= 4;
    writeFile(bundle, damaged);
    ASSERT_FALSE(importCache(options, bundle)) << i;
  }
  EXPECT_EQ(listCache(options)->size(), 0u);
  EXPECT_FALSE(importCache(options, root / "missing"));
  EXPECT_FALSE(importCache(options, root));
  EXPECT_FALSE(importCache(options, "/dev/zero"));
  EXPECT_FALSE(exportCache(options, root / "no" / "such" / "folder"));
}

TEST_F(DiskCacheTest, ReadOnlyCommands) {
  DiskStore(options).save(key, image);
  ASSERT_TRUE(exportCache(options, root / "bundle"));
  options.readOnly = true;
  EXPECT_FALSE(clearCache(options) || pruneCache(options) ||
               importCache(options, root / "bundle"));
  EXPECT_EQ(listCache(options)->size(), 1u);
  EXPECT_FALSE(listCache({}));
}

/// The variables as given, restored at the end.
class Environment {
public:
  explicit Environment(std::vector<std::pair<const char *, const char *>> set) {
    for (const char *name :
         {"ACTIN_CACHE", "ACTIN_CACHE_DIR", "ACTIN_CACHE_MAX_SIZE",
          "ACTIN_CACHE_READONLY", "XDG_CACHE_HOME", "HOME"}) {
      const char *value = std::getenv(name);
      saved.emplace_back(name, value ? std::optional<std::string>(value)
                                     : std::nullopt);
      unsetenv(name);
    }
    for (auto [name, value] : set)
      setenv(name, value, 1);
  }
  ~Environment() {
    for (const auto &[name, value] : saved)
      value ? setenv(name, value->c_str(), 1) : unsetenv(name);
  }

private:
  std::vector<std::pair<const char *, std::optional<std::string>>> saved;
};

std::string
directoryWith(std::vector<std::pair<const char *, const char *>> variables) {
  Environment environment(std::move(variables));
  return DiskCacheOptions::fromEnvironment().directory;
}

TEST_F(DiskCacheTest, TheUserSaysWhere) {
  EXPECT_EQ(directoryWith({{"ACTIN_CACHE_DIR", "/a/b/"},
                           {"XDG_CACHE_HOME", "/x"},
                           {"HOME", "/h"}}),
            "/a/b");
  EXPECT_EQ(directoryWith({{"XDG_CACHE_HOME", "/x"}, {"HOME", "/h"}}),
            "/x/actin");
  EXPECT_EQ(directoryWith({{"HOME", "/h"}}), "/h/.cache/actin");
  EXPECT_EQ(directoryWith({{"XDG_CACHE_HOME", "x"}, {"HOME", "/h"}}),
            "/h/.cache/actin");
  EXPECT_EQ(directoryWith({{"ACTIN_CACHE_DIR", "r"}}),
            fs::current_path() / "r");
  EXPECT_EQ(directoryWith({}), "");
  EXPECT_EQ(directoryWith({{"HOME", "h"}}), "");
  for (const char *off : {"off", "0", "OFF", "no", "false"})
    EXPECT_EQ(directoryWith({{"ACTIN_CACHE", off}, {"HOME", "/h"}}), "");
  EXPECT_EQ(warnings, "");
  EXPECT_EQ(directoryWith({{"ACTIN_CACHE", "maybe"}, {"HOME", "/h"}}),
            "/h/.cache/actin");
  EXPECT_NE(warnings.find("'maybe'"), std::string::npos);
}

TEST_F(DiskCacheTest, TheUserSaysHow) {
  {
    Environment environment(
        {{"ACTIN_CACHE_MAX_SIZE", "64K"}, {"ACTIN_CACHE_READONLY", "1"}});
    DiskCacheOptions read = DiskCacheOptions::fromEnvironment();
    EXPECT_EQ(read.maxSizeBytes, 65536u);
    EXPECT_TRUE(read.readOnly);
  }
  Environment environment({{"ACTIN_CACHE_MAX_SIZE", "big"}});
  DiskCacheOptions read = DiskCacheOptions::fromEnvironment();
  EXPECT_EQ(read.maxSizeBytes, DiskCacheOptions().maxSizeBytes);
  EXPECT_NE(warnings.find("'big'"), std::string::npos);
}

TEST(ParseSizeBytesTest, NumbersWithUnits) {
  EXPECT_EQ(parseSizeBytes("0"), 0u);
  EXPECT_EQ(parseSizeBytes("123"), 123u);
  EXPECT_EQ(parseSizeBytes("2k"), 2048u);
  EXPECT_EQ(parseSizeBytes("3M"), 3u << 20);
  EXPECT_EQ(parseSizeBytes("4g"), uint64_t(4) << 30);
  for (const char *wrong : {"", "k", "-1", "1.5G", "1T", "1 K", "0x10", "1KK",
                            "18446744073709551616", "17179869184G"})
    EXPECT_FALSE(parseSizeBytes(wrong)) << wrong;
}

} // namespace
