//===- Npy.cpp - Reading and writing .npy files ---------------------------===//
//
// Bytes in, bytes out; the header's text is NpyHeader.cpp's business.
//
//===----------------------------------------------------------------------===//

#include "Npy.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace actin::tool {
namespace {

constexpr size_t maxHeaderBytes = size_t(1) << 20;

tl::unexpected<Diagnostics> systemError(const std::string &path,
                                        const char *action) {
  return makeError(std::string("cannot ") + action + " '" + path +
                   "': " + std::strerror(errno));
}

/// Closes on destruction, standard streams aside.
class FileDescriptor {
public:
  explicit FileDescriptor(int fd) : fd(fd) {}
  ~FileDescriptor() {
    if (fd > 2)
      ::close(fd);
  }
  FileDescriptor(const FileDescriptor &) = delete;
  FileDescriptor &operator=(const FileDescriptor &) = delete;

  bool isOpen() const { return fd >= 0; }
  int get() const { return fd; }
  bool close() { return fd <= 2 || ::close(std::exchange(fd, -1)) == 0; }

private:
  int fd;
};

/// Reads up to `size` bytes; fewer only at the end of the file. -1 on error.
ssize_t readFully(int fd, void *buffer, size_t size) {
  size_t done = 0;
  while (done < size) {
    size_t chunk = std::min(size - done, size_t(1) << 30);
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

bool writeFully(int fd, const void *buffer, size_t size) {
  size_t done = 0;
  while (done < size) {
    size_t chunk = std::min(size - done, size_t(1) << 30);
    ssize_t count =
        ::write(fd, static_cast<const char *>(buffer) + done, chunk);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    done += static_cast<size_t>(count);
  }
  return true;
}

/// The header's dictionary, read from the start of the file.
Expected<std::string> readDictionary(int fd) {
  unsigned char prefix[12];
  if (readFully(fd, prefix, 8) != 8 || std::memcmp(prefix, "\x93NUMPY", 6) != 0)
    return makeError("this is not an .npy file");
  unsigned major = prefix[6];
  if (major < 1 || major > 3)
    return makeError("the .npy format has no version " + std::to_string(major));
  ssize_t lengthBytes = major == 1 ? 2 : 4;
  if (readFully(fd, prefix + 8, lengthBytes) != lengthBytes)
    return makeError("the .npy header is cut short");
  size_t length = 0;
  for (ssize_t i = lengthBytes - 1; i >= 0; --i)
    length = length << 8 | prefix[8 + i];
  if (length > maxHeaderBytes)
    return makeError("the .npy header is too long");
  std::string dictionary(length, '\0');
  if (readFully(fd, dictionary.data(), length) != static_cast<ssize_t>(length))
    return makeError("the .npy header is cut short");
  return dictionary;
}

/// How many bytes are left in a regular file; -1 for pipes and the like.
int64_t countBytesLeft(int fd) {
  struct stat status;
  off_t position = ::lseek(fd, 0, SEEK_CUR);
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || position < 0)
    return -1;
  return status.st_size - position;
}

tl::unexpected<Diagnostics> sizeError(int64_t expected, int64_t actual) {
  return makeError(
      "the header promises " + std::to_string(expected) +
      " bytes of elements, the file holds " +
      (actual > expected ? "more" : "only " + std::to_string(actual)));
}

/// A regular file's length is known before memory is taken; a pipe is read in
/// growing steps, so that a false header costs no memory either.
Expected<std::vector<std::byte>> readElements(int fd, int64_t numBytes) {
  int64_t left = countBytesLeft(fd);
  if (left >= 0 && left != numBytes)
    return sizeError(numBytes, left);
  constexpr int64_t pipeStep = int64_t(1) << 26;
  std::vector<std::byte> data;
  while (static_cast<int64_t>(data.size()) < numBytes) {
    int64_t done = static_cast<int64_t>(data.size());
    int64_t step = numBytes - done;
    if (left < 0)
      step = std::min(step, std::max(done, pipeStep));
    data.resize(static_cast<size_t>(done + step));
    ssize_t count = readFully(fd, data.data() + done, step);
    if (count < 0)
      return makeError(std::strerror(errno));
    if (count != step)
      return sizeError(numBytes, done + count);
  }
  std::byte surplus;
  if (left < 0 && readFully(fd, &surplus, 1) > 0)
    return sizeError(numBytes, numBytes + 1);
  return data;
}

Expected<NpyArray> readArray(int fd) {
  Expected<std::string> dictionary = readDictionary(fd);
  if (!dictionary)
    return tl::make_unexpected(dictionary.error());
  Expected<NpyHeader> header = parseNpyHeader(*dictionary);
  if (!header)
    return tl::make_unexpected(header.error());
  Expected<std::vector<std::byte>> data = readElements(fd, header->numBytes);
  if (!data)
    return tl::make_unexpected(data.error());
  return NpyArray{header->type, header->shape, std::move(*data)};
}

bool writeArray(int fd, const NpyArray &array) {
  std::string header = formatNpyHeader(array.type, array.shape);
  return writeFully(fd, header.data(), header.size()) &&
         writeFully(fd, array.data.data(), array.data.size());
}

/// A file to be written beside `path`, then moved onto it.
Expected<void> replaceFile(const std::string &path, const NpyArray &array) {
  std::string temporary = path + ".part" + std::to_string(::getpid());
  FileDescriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.isOpen())
    return systemError(path, "write");
  if (!writeArray(file.get(), array) || !file.close() ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = systemError(path, "write");
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

} // namespace

int64_t NpyArray::getNumElements() const {
  return static_cast<int64_t>(data.size() / getSizeBytes(type));
}

NpyArray makeArray(DataType type, std::vector<int64_t> shape) {
  int64_t numBytes = static_cast<int64_t>(getSizeBytes(type));
  for (int64_t size : shape)
    numBytes *= size;
  return {type, std::move(shape),
          std::vector<std::byte>(static_cast<size_t>(numBytes))};
}

Expected<NpyArray> readNpy(const std::string &path) {
  FileDescriptor file(path == "-" ? 0
                                  : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.isOpen())
    return systemError(path, "read");
  Expected<NpyArray> array = readArray(file.get());
  if (!array)
    for (Diagnostic &diagnostic : array.error())
      diagnostic.message = "'" + path + "': " + diagnostic.message;
  return array;
}

Expected<void> writeNpy(const std::string &path, const NpyArray &array) {
  if (path == "-") {
    if (!writeArray(1, array))
      return systemError("standard output", "write");
    return {};
  }
  std::error_code error;
  fs::file_status status = fs::status(path, error);
  // A device or a pipe must be written to, not replaced.
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.isOpen() || !writeArray(file.get(), array) || !file.close())
      return systemError(path, "write");
    return {};
  }
  // Through a symbolic link, so that the link stays.
  fs::path resolved = fs::weakly_canonical(path, error);
  return replaceFile(error ? path : resolved.string(), array);
}

} // namespace actin::tool
