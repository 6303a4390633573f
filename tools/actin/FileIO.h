//===- FileIO.h - Whole reads and one-step writes ---------------*- C++ -*-===//

#ifndef ACTIN_TOOLS_FILEIO_H
#define ACTIN_TOOLS_FILEIO_H

#include "actin/Expected.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace actin::tool {

/// Closes on destruction, standard streams aside.
class FileDescriptor {
public:
  explicit FileDescriptor(int fd) : fd(fd) {}
  ~FileDescriptor() { close(); }
  FileDescriptor(const FileDescriptor &) = delete;
  FileDescriptor &operator=(const FileDescriptor &) = delete;

  bool isOpen() const { return fd >= 0; }
  int get() const { return fd; }
  /// False where what was written could not be kept; errno says why.
  bool close();

private:
  int fd;
};

/// Reads up to `size` bytes; fewer only at the end of the file. -1 on error
/// (errno says which).
ssize_t readFully(int fd, void *buffer, size_t size);

/// "cannot read 'x.npy': No such file or directory", from errno.
tl::unexpected<Diagnostics> makeSystemError(const std::string &path,
                                            const char *action);

/// Writes the `parts`, one after another, to `path` ("-": standard output). A
/// regular file is replaced in one step (temporary file, then rename): a reader
/// sees the old or the new one, never a part. Errors: those of the file system.
Expected<void> writeFile(const std::string &path,
                         const std::vector<std::string_view> &parts);

} // namespace actin::tool

#endif // ACTIN_TOOLS_FILEIO_H
