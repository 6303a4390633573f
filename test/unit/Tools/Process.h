//===- Process.h - Running a command in a test ------------------*- C++ -*-===//

#ifndef ACTIN_TEST_UNIT_TOOLS_PROCESS_H
#define ACTIN_TEST_UNIT_TOOLS_PROCESS_H

#include <filesystem>
#include <string>
#include <vector>

namespace actin::test {

struct ProcessResult {
  /// The exit status; 128 + the signal where one ended the process.
  int status = -1;
  std::string out;
  std::string err;
  double seconds = 0;
};

/// Runs `command` (no shell) with `input` as its standard input, and waits.
ProcessResult runProcess(const std::vector<std::string> &command,
                         const std::string &input = {});

/// The actin of this build with these arguments.
ProcessResult runActin(std::vector<std::string> arguments,
                       const std::string &input = {});

/// A folder of its own, removed at the end.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  std::string path(const std::string &name) const {
    return (folder / name).string();
  }
  /// Writes a file and gives back its path.
  std::string write(const std::string &name, const std::string &text) const;

private:
  std::filesystem::path folder;
};

std::string readFile(const std::string &path);

} // namespace actin::test

#endif // ACTIN_TEST_UNIT_TOOLS_PROCESS_H
