//===- Npy.cpp - Reading and writing .npy files ---------------------------===//
//
// Bytes in, bytes out; the header's text is NpyHeader.cpp's business.
//
//===----------------------------------------------------------------------===//

#include "Npy.h"

#include "FileIO.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace actin::tool {
namespace {

constexpr size_t maxHeaderBytes = size_t(1) << 20;

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
    return makeSystemError(path, "read");
  Expected<NpyArray> array = readArray(file.get());
  if (!array)
    for (Diagnostic &diagnostic : array.error())
      diagnostic.message = "'" + path + "': " + diagnostic.message;
  return array;
}

Expected<void> writeNpy(const std::string &path, const NpyArray &array) {
  std::string header = formatNpyHeader(array.type, array.shape);
  return writeFile(
      path, {header,
             std::string_view(reinterpret_cast<const char *>(array.data.data()),
                              array.data.size())});
}

} // namespace actin::tool
