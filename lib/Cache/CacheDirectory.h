//===- CacheDirectory.h - The files of the disk cache -----------*- C++ -*-===//
//
// The only place that talks to the file system about the cache. Everything goes
// through the descriptor of a folder that has been checked: it belongs to this
// user, nobody else may enter it, and it is no symbolic link. Files are checked
// the same way after they are opened, and read as a whole.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CACHE_CACHEDIRECTORY_H
#define ACTIN_CACHE_CACHEDIRECTORY_H

#include "actin/Expected.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actin {

/// Closes its descriptor.
class FileDescriptor {
public:
  explicit FileDescriptor(int number) : number(number) {}
  FileDescriptor(FileDescriptor &&other)
      : number(std::exchange(other.number, -1)) {}
  FileDescriptor &operator=(FileDescriptor &&) = delete;
  ~FileDescriptor();

  int get() const { return number; }
  bool isOpen() const { return number >= 0; }
  /// Closes now; false where that finds that data was lost.
  bool close();

private:
  int number;
};

class CacheDirectory {
public:
  /// `create`: the folder and those above it are made where they are missing.
  /// Errors: it cannot be opened, or is not safe to run code from.
  static Expected<CacheDirectory> open(const std::string &path, bool create);

  /// The contents of a file; nullopt where there is none of that name. Errors:
  /// it is no plain file, or not this user's alone to write, or cannot be read.
  Expected<std::optional<std::string>> read(const std::string &name) const;

  /// Puts `bytes` in the place of the file as a whole: whoever reads it, now or
  /// after this process was killed, finds all or nothing of it.
  Expected<void> write(const std::string &name, std::string_view bytes) const;

  /// Notes that the file was used now. (Not more often than once a minute.)
  void touch(const std::string &name) const;

  /// Whether it was there and is gone.
  bool remove(const std::string &name) const;

  struct File {
    std::string name;
    uint64_t sizeBytes;
    int64_t lastUsedNanos; ///< Since 1970.
  };
  /// The files called as entries are.
  std::vector<File> listEntries() const;
  /// What `write` has left in killed processes; `all`: and in live ones.
  std::vector<File> listTemporaries(bool all) const;

private:
  explicit CacheDirectory(FileDescriptor folder) : folder(std::move(folder)) {}
  std::vector<File> list(bool (*isWanted)(std::string_view name)) const;

  FileDescriptor folder;
};

} // namespace actin

#endif // ACTIN_CACHE_CACHEDIRECTORY_H
