//===- CacheEntryTest.cpp - Damage is seen --------------------------------===//

#include "Cache/CacheEntry.h"
#include "Cache/CacheBundle.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

const CacheEntry entry{"some key", {std::string(100, '\x90'), 16}};

TEST(CacheEntryTest, ReadsBack) {
  auto decoded = CacheEntry::decode(entry.encode());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->key, entry.key);
  EXPECT_EQ(decoded->image.bytes, entry.image.bytes);
  EXPECT_EQ(decoded->image.entryOffset, 16u);
}

TEST(CacheEntryTest, EveryBitCounts) {
  const std::string bytes = entry.encode();
  for (size_t i = 0; i != bytes.size(); ++i)
    for (int bit = 0; bit != 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] ^= 1 << bit;
      ASSERT_FALSE(CacheEntry::decode(damaged)) << "byte " << i;
    }
}

TEST(CacheEntryTest, EveryLengthCounts) {
  const std::string bytes = entry.encode();
  for (size_t size = 0; size != bytes.size(); ++size)
    ASSERT_FALSE(CacheEntry::decode(bytes.substr(0, size))) << size;
  EXPECT_FALSE(CacheEntry::decode(bytes + '\0'));
}

/// An entry with a right checksum around wrong contents.
std::string seal(std::string bytes) { return bytes + getChecksum(bytes); }

TEST(CacheEntryTest, SealedNonsenseIsRefused) {
  std::string bytes = entry.encode();
  bytes.resize(bytes.size() - getChecksum("").size());
  ASSERT_TRUE(CacheEntry::decode(seal(bytes)));
  for (size_t i = 8; i != 40; ++i)
    for (int value : {0xff, 0x80, 0x7f}) {
      std::string wrong = bytes;
      wrong[i] = char(value);
      EXPECT_FALSE(CacheEntry::decode(seal(wrong))) << "byte " << i;
    }
  EXPECT_FALSE(CacheEntry::decode(seal("ACTINKRN")));
  EXPECT_FALSE(CacheEntry::decode(seal("")));
}

TEST(CacheEntryTest, NamesAreDigestsOfKeys) {
  EXPECT_EQ(getCacheFileName(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            ".kernel");
  EXPECT_NE(getCacheFileName("a"), getCacheFileName("b"));
  EXPECT_TRUE(isCacheFileName(getCacheFileName("a")));
  EXPECT_FALSE(isCacheFileName(getCacheFileName("a") + "x"));
  EXPECT_FALSE(isCacheFileName("../" + getCacheFileName("a").substr(3)));
  EXPECT_FALSE(isCacheFileName(""));
}

TEST(CacheBundleTest, ReadsBack) {
  std::vector<std::string> entries = {
      entry.encode(), CacheEntry{"other", {"code", 0}}.encode()};
  std::string bundle = encodeBundle(entries);
  auto decoded = decodeBundle(bundle);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::vector<std::string>(decoded->begin(), decoded->end()),
            entries);
  std::string empty = encodeBundle({});
  EXPECT_TRUE(decodeBundle(empty)->empty());
}

TEST(CacheBundleTest, DamageIsSeen) {
  std::string bundle = encodeBundle({entry.encode()});
  for (size_t i = 0; i != bundle.size(); ++i) {
    std::string damaged = bundle;
    damaged[i] ^= 1;
    ASSERT_FALSE(decodeBundle(damaged)) << "byte " << i;
    ASSERT_FALSE(decodeBundle(bundle.substr(0, i))) << i;
  }
}

TEST(CacheBundleTest, ABadEntrySpoilsAll) {
  std::string bad = entry.encode();
  bad.back() ^= 1;
  EXPECT_FALSE(decodeBundle(encodeBundle({entry.encode(), bad})));
}

} // namespace
