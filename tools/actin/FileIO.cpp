//===- FileIO.cpp - Whole reads and one-step writes -----------------------===//

#include "FileIO.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace actin::tool {
namespace {

/// What one system call is asked to move at the most.
constexpr size_t maxChunk = size_t(1) << 30;

bool writeFully(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    size_t chunk = std::min(bytes.size(), maxChunk);
    ssize_t count = ::write(fd, bytes.data(), chunk);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

bool writeParts(int fd, const std::vector<std::string_view> &parts) {
  return std::all_of(parts.begin(), parts.end(), [fd](std::string_view part) {
    return writeFully(fd, part);
  });
}

/// A file to be written beside `path`, then moved onto it.
Expected<void> replaceFile(const std::string &path,
                           const std::vector<std::string_view> &parts) {
  std::string temporary = path + ".part" + std::to_string(::getpid());
  FileDescriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.isOpen())
    return makeSystemError(path, "write");
  if (!writeParts(file.get(), parts) || !file.close() ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = makeSystemError(path, "write");
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

} // namespace

bool FileDescriptor::close() {
  int closing = std::exchange(fd, -1);
  return closing <= 2 || ::close(closing) == 0;
}

ssize_t readFully(int fd, void *buffer, size_t size) {
  size_t done = 0;
  while (done < size) {
    size_t chunk = std::min(size - done, maxChunk);
    ssize_t count = ::read(fd, static_cast<char *>(buffer) + done, chunk);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return -1;
    if (count == 0)
      break;
    done += static_cast<size_t>(count);
  }
  return static_cast<ssize_t>(done);
}

tl::unexpected<Diagnostics> makeSystemError(const std::string &path,
                                            const char *action) {
  return makeError(std::string("cannot ") + action + " '" + path +
                   "': " + std::strerror(errno));
}

Expected<void> writeFile(const std::string &path,
                         const std::vector<std::string_view> &parts) {
  if (path == "-") {
    if (!writeParts(STDOUT_FILENO, parts))
      return makeSystemError("standard output", "write");
    return {};
  }
  std::error_code error;
  fs::file_status status = fs::status(path, error);
  // A device or a pipe must be written to, not replaced.
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.isOpen() || !writeParts(file.get(), parts) || !file.close())
      return makeSystemError(path, "write");
    return {};
  }
  // Through a symbolic link, so that the link stays.
  fs::path resolved = fs::weakly_canonical(path, error);
  return replaceFile(error ? path : resolved.string(), parts);
}

} // namespace actin::tool
