//===- DiskStoreTest.cpp - What is never run, what never fails ------------===//

#include "CacheFixture.h"
#include "HostTargets.h"

#include <cstdio>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace actin;
using namespace actin::test;
namespace fs = std::filesystem;

namespace {

using DiskStoreTest = CacheFixture;

TEST_F(DiskStoreTest, KeepsWhatIsSaved) {
  {
    DiskStore store(options);
    EXPECT_FALSE(store.load(key));
    store.save(key, image);
  }
  DiskStore store(options);
  auto loaded = store.load(key);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->bytes, image.bytes);
  EXPECT_EQ(loaded->entryOffset, image.entryOffset);
  EXPECT_FALSE(store.load(key + "x"));
  EXPECT_EQ(warnings + infos, "");
}

TEST_F(DiskStoreTest, IsTheUsersAlone) {
  umask(0);
  DiskStore(options).save(key, image);
  struct stat status;
  ASSERT_EQ(stat(options.directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  ASSERT_EQ(stat(pathOf(key).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(DiskStoreTest, WithoutAFolderThereIsNothing) {
  DiskStore store({});
  store.save(key, image);
  EXPECT_FALSE(store.load(key));
  EXPECT_EQ(warnings + infos, "");
}

//===----------------------------------------------------------------------===//
// Entries that are not run
//===----------------------------------------------------------------------===//

/// Checks that the file is a logged miss, and is replaced.
#define EXPECT_BAD_AND_REPLACED(reason)                                        \
  do {                                                                         \
    infos.clear();                                                             \
    DiskStore store(options);                                                  \
    EXPECT_FALSE(store.load(key));                                             \
    EXPECT_NE(infos.find(reason), std::string::npos) << infos;                 \
    store.save(key, image);                                                    \
    EXPECT_TRUE(store.load(key));                                              \
  } while (false)

TEST_F(DiskStoreTest, DamagedEntries) {
  DiskStore(options).save(key, image);
  const std::string bytes = readFile(pathOf(key));
  for (size_t i = 0; i != bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 1;
    writeFile(pathOf(key), damaged);
    ASSERT_FALSE(DiskStore(options).load(key)) << "byte " << i;
    writeFile(pathOf(key), bytes.substr(0, i));
    ASSERT_FALSE(DiskStore(options).load(key)) << "cut to " << i;
  }
  EXPECT_BAD_AND_REPLACED("checksum");
}

TEST_F(DiskStoreTest, EntriesOfOtherKernels) {
  DiskStore(options).save(keyOf("another key"), image);
  fs::rename(pathOf(keyOf("another key")), pathOf(key));
  EXPECT_BAD_AND_REPLACED("another kernel's");
}

TEST_F(DiskStoreTest, EntriesOfOtherVersions) {
  DiskStore(options).save(key, image);
  CacheEntry entry = *CacheEntry::decode(readFile(pathOf(key)));
  size_t version = entry.key.find("]=");
  ++entry.key[version + 2];
  writeFile(pathOf(key), entry.encode());
  EXPECT_BAD_AND_REPLACED("another kernel's");
}

TEST_F(DiskStoreTest, EntriesOfOtherProcessors) {
  CacheKey other;
  other.required = {"no-such-feature", getBaselineFeature()};
  DiskStore store(options);
  store.save(other.toString(), image);
  EXPECT_FALSE(store.load(other.toString()));
  EXPECT_NE(infos.find("it needs no-such-feature"), std::string::npos) << infos;
  other.required = {getBaselineFeature()};
  store.save(other.toString(), image);
  EXPECT_TRUE(store.load(other.toString()));
}

TEST_F(DiskStoreTest, SymbolicLinks) {
  DiskStore(options).save(key, image);
  fs::rename(pathOf(key), root / "elsewhere");
  fs::create_symlink(root / "elsewhere", pathOf(key));
  EXPECT_BAD_AND_REPLACED("symbolic link");
  EXPECT_FALSE(fs::is_symlink(pathOf(key)));
}

TEST_F(DiskStoreTest, FilesThatOthersMayWrite) {
  DiskStore(options).save(key, image);
  ASSERT_EQ(chmod(pathOf(key).c_str(), 0602), 0);
  EXPECT_BAD_AND_REPLACED("others may write");
}

TEST_F(DiskStoreTest, FilesOfOthers) {
  if (geteuid() != 0)
    GTEST_SKIP() << "only root can give files away";
  DiskStore(options).save(key, image);
  ASSERT_EQ(chown(pathOf(key).c_str(), 12345, -1), 0);
  EXPECT_BAD_AND_REPLACED("another user");
}

TEST_F(DiskStoreTest, NoPlainFiles) {
  DiskStore(options).save(keyOf("make the folder"), image);
  ASSERT_EQ(mkfifo(pathOf(key).c_str(), 0600), 0);
  EXPECT_BAD_AND_REPLACED("no plain file");
  // A folder cannot be replaced by a file; it is a miss for good.
  fs::remove(pathOf(key));
  fs::create_directory(pathOf(key));
  DiskStore store(options);
  EXPECT_FALSE(store.load(key));
  store.save(key, image);
  EXPECT_FALSE(store.load(key));
}

TEST_F(DiskStoreTest, HugeFiles) {
  DiskStore(options).save(key, image);
  ASSERT_EQ(truncate(pathOf(key).c_str(), off_t(1) << 40), 0);
  EXPECT_BAD_AND_REPLACED("too large");
}

//===----------------------------------------------------------------------===//
// Folders that are not used
//===----------------------------------------------------------------------===//

/// Checks that the folder is not used, and that this is said once.
#define EXPECT_UNUSED(reason)                                                  \
  do {                                                                         \
    warnings.clear();                                                          \
    numWarnings = 0;                                                           \
    DiskStore store(options);                                                  \
    store.save(key, image);                                                    \
    EXPECT_FALSE(store.load(key));                                             \
    EXPECT_FALSE(store.load(key));                                             \
    EXPECT_EQ(numWarnings, 1);                                                 \
    EXPECT_NE(warnings.find(reason), std::string::npos) << warnings;           \
  } while (false)

TEST_F(DiskStoreTest, FoldersOpenToOthers) {
  DiskStore(options).save(key, image);
  for (int mode : {0701, 0710, 0720, 0702, 0750, 0755, 0777, 01777}) {
    ASSERT_EQ(chmod(options.directory.c_str(), mode), 0);
    EXPECT_UNUSED("others may enter it");
  }
  ASSERT_EQ(chmod(options.directory.c_str(), 0700), 0);
  EXPECT_TRUE(DiskStore(options).load(key));
}

TEST_F(DiskStoreTest, FoldersOfOthers) {
  if (geteuid() != 0)
    GTEST_SKIP() << "only root can give folders away";
  DiskStore(options).save(key, image);
  ASSERT_EQ(chown(options.directory.c_str(), 12345, -1), 0);
  EXPECT_UNUSED("another user");
}

TEST_F(DiskStoreTest, FoldersThatAreNone) {
  DiskCacheOptions real = options;
  real.directory = root / "real";
  DiskStore(real).save(key, image);
  fs::create_symlink(real.directory, options.directory);
  EXPECT_UNUSED("symbolic link");
  fs::remove(options.directory);
  writeFile(options.directory, "text");
  EXPECT_UNUSED("no folder");
  options.directory += "/below";
  EXPECT_UNUSED("not used");
}

//===----------------------------------------------------------------------===//
// Faults that nobody notices
//===----------------------------------------------------------------------===//

TEST_F(DiskStoreTest, AVanishedFolderIsMadeAgain) {
  DiskStore store(options);
  store.save(key, image);
  fs::remove_all(options.directory);
  EXPECT_FALSE(store.load(key));
  fs::remove_all(options.directory);
  store.save(key, image);
  EXPECT_TRUE(store.load(key));
  EXPECT_EQ(warnings, "");
}

TEST_F(DiskStoreTest, ReadOnlyWritesNothing) {
  DiskCacheOptions readOnly = options;
  readOnly.readOnly = true;
  DiskStore(readOnly).save(key, image);
  EXPECT_FALSE(fs::exists(options.directory));
  DiskStore(options).save(key, image);
  auto longAgo = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(pathOf(key), longAgo);
  EXPECT_TRUE(DiskStore(readOnly).load(key));
  EXPECT_EQ(fs::last_write_time(pathOf(key)), longAgo);
  DiskStore(readOnly).save(keyOf("other"), image);
  EXPECT_FALSE(fs::exists(pathOf(keyOf("other"))));
}

/// Whether `work` holds in a child process.
template <typename Work> bool holdsInChild(Work work) {
  std::fflush(nullptr); // ThreadSanitizer makes a child write what is left.
  pid_t child = fork();
  if (child == 0)
    _exit(work() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(DiskStoreTest, FoldersThatCannotBeWritten) {
  DiskStore(options).save(key, image);
  ASSERT_EQ(chmod(options.directory.c_str(), 0500), 0);
  EXPECT_TRUE(holdsInChild([&] {
    // To root every folder is writable; it is nobody's then.
    if (geteuid() == 0 &&
        (chmod(root.c_str(), 0755) != 0 ||
         chown(options.directory.c_str(), 65534, -1) != 0 ||
         chown(pathOf(key).c_str(), 65534, -1) != 0 || setuid(65534) != 0))
      return false;
    DiskStore store(options);
    store.save(keyOf("other"), image);
    return store.load(key) && !store.load(keyOf("other")) && numWarnings == 1;
  }));
}

TEST_F(DiskStoreTest, LimitsOnTheSizeOfFiles) {
  DiskStore(options).save(key, image);
  EXPECT_TRUE(holdsInChild([&] {
    rlimit limit{100, 100};
    setrlimit(RLIMIT_FSIZE, &limit);
    DiskStore store(options);
    store.save(keyOf("other"), image);
    return store.load(key) && !store.load(keyOf("other")) && numWarnings == 1;
  }));
}

TEST_F(DiskStoreTest, FullDisks) {
  fs::create_directory(root / "disk");
  if (mount("tmpfs", (root / "disk").c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "no right to mount a small disk";
  options.directory = root / "disk" / "cache";
  {
    DiskStore store(options);
    int numKept = 0;
    for (int i = 0; i != 64; ++i) {
      std::string name = keyOf(std::to_string(i));
      store.save(name, image);
      auto loaded = store.load(name);
      numKept += loaded && loaded->bytes == image.bytes;
    }
    EXPECT_GT(numKept, 0);
    EXPECT_LT(numKept, 64);
    EXPECT_EQ(numWarnings, 1);
    // Nothing half-written is left.
    EXPECT_EQ(CacheDirectory::open(options.directory, false)
                  ->listTemporaries(true)
                  .size(),
              0u);
  }
  umount((root / "disk").c_str());
}

//===----------------------------------------------------------------------===//
// Space
//===----------------------------------------------------------------------===//

TEST_F(DiskStoreTest, TheLeastRecentlyUsedGoFirst) {
  std::vector<std::string> keys;
  for (int i = 0; i != 9; ++i)
    keys.push_back(keyOf(std::to_string(i)));
  DiskStore(options).save(keys[0], image);
  uint64_t sizeBytes = fs::file_size(pathOf(keys[0]));
  options.maxSizeBytes = 8 * sizeBytes;
  auto now = fs::file_time_type::clock::now();
  DiskStore store(options);
  for (int i = 0; i != 8; ++i) {
    store.save(keys[i], image);
    fs::last_write_time(pathOf(keys[i]), now - std::chrono::minutes(100 - i));
  }
  EXPECT_TRUE(store.load(keys[0])); // Used, so it is the newest now.
  store.save(keys[8], image);
  EXPECT_TRUE(store.load(keys[0]) && store.load(keys[8]) &&
              store.load(keys[7]));
  EXPECT_FALSE(store.load(keys[1]) || store.load(keys[2]));
  EXPECT_LE(listCache(options)->size(), 8u);
}

TEST_F(DiskStoreTest, AnEntryLargerThanTheCacheIsNotKept) {
  options.maxSizeBytes = 100;
  DiskStore store(options);
  store.save(key, image);
  EXPECT_FALSE(store.load(key));
}

TEST_F(DiskStoreTest, AbandonedFilesGo) {
  DiskStore(options).save(key, image);
  std::string abandoned = options.directory + "/new-1-2-3-4",
              young = options.directory + "/new-5-6-7-8",
              foreign = options.directory + "/letter";
  for (const std::string &path : {abandoned, young, foreign})
    writeFile(path, "text");
  fs::last_write_time(abandoned,
                      fs::file_time_type::clock::now() - std::chrono::hours(2));
  EXPECT_EQ(pruneCache(options)->numEntries, 1u);
  EXPECT_FALSE(fs::exists(abandoned));
  EXPECT_TRUE(fs::exists(young) && fs::exists(pathOf(key)));
  EXPECT_EQ(clearCache(options)->numEntries, 1u);
  EXPECT_FALSE(fs::exists(young) || fs::exists(pathOf(key)));
  EXPECT_TRUE(fs::exists(foreign));
}

} // namespace
