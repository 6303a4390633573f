//===- Process.cpp - Running a command in a test --------------------------===//

#include "Process.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

extern char **environ;

namespace actin::test {

TemporaryFolder::TemporaryFolder() {
  static std::atomic<int> next = 0;
  folder =
      fs::temp_directory_path() / ("actin-test-" + std::to_string(::getpid()) +
                                   "-" + std::to_string(next++));
  fs::create_directories(folder);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(folder, error);
}

std::string TemporaryFolder::write(const std::string &name,
                                   const std::string &text) const {
  std::ofstream(folder / name, std::ios::binary) << text;
  return path(name);
}

std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Files, not pipes: no deadlock however much is written.
ProcessResult runProcess(const std::vector<std::string> &command,
                         const std::string &input) {
  TemporaryFolder folder;
  std::string in = folder.write("in", input);
  std::string out = folder.path("out"), err = folder.path("err");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT,
                                   0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT,
                                   0600);
  std::vector<char *> arguments;
  for (const std::string &argument : command)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);

  ProcessResult result;
  auto start = std::chrono::steady_clock::now();
  pid_t pid;
  int status = 0;
  if (::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(),
                    environ) == 0 &&
      ::waitpid(pid, &status, 0) == pid)
    result.status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  posix_spawn_file_actions_destroy(&actions);
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  result.seconds = elapsed.count();
  result.out = readFile(out);
  result.err = readFile(err);
  return result;
}

ProcessResult runActin(std::vector<std::string> arguments,
                       const std::string &input) {
  arguments.insert(arguments.begin(), ACTIN_COMMAND);
  return runProcess(arguments, input);
}

} // namespace actin::test
