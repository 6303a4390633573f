//===- CacheDirectory.cpp - The files of the disk cache -------------------===//

#include "Cache/CacheDirectory.h"

#include "Cache/CacheEntry.h"

#include <cerrno>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <random>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace actin {

static constexpr std::string_view temporaryPrefix = "new-";
static constexpr int64_t nanosPerSecond = 1'000'000'000;
/// A file that is being written is younger than this.
static constexpr int64_t abandonedNanos = 3600 * nanosPerSecond;
static constexpr int64_t touchIntervalNanos = 60 * nanosPerSecond;

FileDescriptor::~FileDescriptor() { close(); }

bool FileDescriptor::close() {
  int closing = std::exchange(number, -1);
  return closing < 0 || ::close(closing) == 0;
}

/// "WHAT: why the last system call failed".
static tl::unexpected<Diagnostics> makeSystemError(const std::string &what) {
  return makeError(what + ": " +
                   std::error_code(errno, std::generic_category()).message());
}

static int64_t toNanos(const timespec &time) {
  return time.tv_sec * nanosPerSecond + time.tv_nsec;
}

static int64_t getNowNanos() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return toNanos(now);
}

//===----------------------------------------------------------------------===//
// The folder
//===----------------------------------------------------------------------===//

/// Why code must not be run from a folder; empty: it may.
static std::string findDanger(const struct stat &status) {
  if (!S_ISDIR(status.st_mode))
    return "it is no folder";
  if (status.st_uid != geteuid())
    return "it belongs to another user";
  if ((status.st_mode & 077) != 0)
    return "others may enter it; 'chmod 700' mends that";
  return "";
}

/// Makes a folder, and those above it.
static bool makeFolder(const std::string &path) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(),
                                      ignored);
  return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST;
}

Expected<CacheDirectory> CacheDirectory::open(const std::string &path,
                                              bool create) {
  const std::string what = "the cache folder '" + path + "' is not used: ";
  auto open = [&] {
    return ::open(path.c_str(),
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  };
  int number = open();
  if (number < 0 && errno == ENOENT && create && makeFolder(path))
    number = open();
  FileDescriptor folder(number);
  // Linux calls a link ENOTDIR here, others ELOOP.
  if (!folder.isOpen() && (errno == ELOOP || errno == ENOTDIR))
    return makeError(what + "it is a symbolic link, or no folder");
  struct stat status;
  if (!folder.isOpen() || fstat(folder.get(), &status) != 0)
    return makeSystemError(what + "it cannot be opened");
  std::string danger = findDanger(status);
  if (!danger.empty())
    return makeError(what + danger);
  return CacheDirectory(std::move(folder));
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Why a file must not be run; empty: it may.
static std::string findFileDanger(const struct stat &status) {
  if (!S_ISREG(status.st_mode))
    return "it is no plain file";
  if (status.st_uid != geteuid())
    return "it belongs to another user";
  if ((status.st_mode & 022) != 0)
    return "others may write to it";
  if (uint64_t(status.st_size) > maxCacheEntryBytes)
    return "it is too large";
  return "";
}

Expected<std::optional<std::string>>
CacheDirectory::read(const std::string &name) const {
  // Without O_NONBLOCK a pipe of that name would keep us waiting.
  FileDescriptor file(openat(folder.get(), name.c_str(),
                             O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.isOpen() && errno == ENOENT)
    return std::nullopt;
  if (!file.isOpen() && errno == ELOOP)
    return makeError("it is a symbolic link");
  struct stat status;
  if (!file.isOpen() || fstat(file.get(), &status) != 0)
    return makeSystemError("it cannot be opened");
  std::string danger = findFileDanger(status);
  if (!danger.empty())
    return makeError(danger);
  std::string bytes(status.st_size, '\0');
  size_t numRead = 0;
  while (numRead != bytes.size()) {
    ssize_t count =
        ::read(file.get(), bytes.data() + numRead, bytes.size() - numRead);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return makeSystemError("it cannot be read");
    if (count == 0) // Cut short since fstat; the checksum will tell.
      break;
    numRead += count;
  }
  bytes.resize(numRead);
  return bytes;
}

void CacheDirectory::touch(const std::string &name) const {
  struct stat status;
  if (fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      getNowNanos() - toNanos(status.st_mtim) > touchIntervalNanos)
    utimensat(folder.get(), name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

/// Writes all of `bytes`; false with errno where that fails.
static bool writeAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    bytes.remove_prefix(count);
  }
  return true;
}

/// A name that no other process on any machine takes.
static std::string makeTemporaryName() {
  std::random_device random;
  std::string name(temporaryPrefix);
  for (int i = 0; i != 4; ++i)
    name += "-" + std::to_string(random());
  return name;
}

Expected<void> CacheDirectory::write(const std::string &name,
                                     std::string_view bytes) const {
  // The signal for a file beyond the limit would end the process.
  rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && bytes.size() > limit.rlim_cur)
    return makeError("an entry of " + std::to_string(bytes.size()) +
                     " bytes is beyond the limit on the size of files");
  std::string temporary = makeTemporaryName();
  FileDescriptor file(
      openat(folder.get(), temporary.c_str(),
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.isOpen())
    return makeSystemError("an entry cannot be made");
  // Not synchronised to the disk: should the machine fail, the checksum tells.
  if (writeAll(file.get(), bytes) && file.close() &&
      renameat(folder.get(), temporary.c_str(), folder.get(), name.c_str()) ==
          0)
    return {};
  auto error = makeSystemError("an entry cannot be written");
  remove(temporary);
  return error;
}

bool CacheDirectory::remove(const std::string &name) const {
  return unlinkat(folder.get(), name.c_str(), 0) == 0;
}

std::vector<CacheDirectory::File>
CacheDirectory::list(bool (*isWanted)(std::string_view name)) const {
  std::vector<File> files;
  // readdir moves the position of its descriptor, so it gets one of its own.
  int copy = openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::unique_ptr<DIR, int (*)(DIR *)> stream(fdopendir(copy), closedir);
  if (!stream) {
    FileDescriptor closing(copy);
    return files;
  }
  while (dirent *entry = readdir(stream.get())) {
    struct stat status;
    if (isWanted(entry->d_name) &&
        fstatat(folder.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
      files.push_back(
          {entry->d_name, uint64_t(status.st_size), toNanos(status.st_mtim)});
  }
  return files;
}

std::vector<CacheDirectory::File> CacheDirectory::listEntries() const {
  return list(isCacheFileName);
}

std::vector<CacheDirectory::File>
CacheDirectory::listTemporaries(bool all) const {
  std::vector<File> files = list(
      [](std::string_view name) { return name.starts_with(temporaryPrefix); });
  int64_t now = getNowNanos();
  if (!all)
    std::erase_if(files, [&](const File &file) {
      return now - file.lastUsedNanos < abandonedNanos;
    });
  return files;
}

} // namespace actin
