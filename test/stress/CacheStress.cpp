//===- CacheStress.cpp - Many processes on one cache ----------------------===//
//
// Each round forks processes whose threads compile overlapping formulas with
// one cold folder, and check every result. With --kill, about half of the
// processes are killed (SIGKILL) at random moments. After each round every
// entry of the cache must be sound. --folder keeps the cache of the last
// rounds, for `actin cache verify`. Exit status: 0 all was right, 1 not.
//
//===----------------------------------------------------------------------===//

#include "actin/Compiler.h"
#include "actin/Module.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;

namespace {

constexpr int numFormulas = 12;
/// A process that needs longer hangs.
constexpr unsigned timeoutSeconds = 120;

struct Options {
  int numProcesses = 64;
  int numThreads = 8;
  int numRounds = 1;
  /// Rounds that share a folder: later ones find entries of earlier ones.
  int roundsPerFolder = 4;
  bool kill = false;
  unsigned seed = 1;
  /// A new one, which stays; empty: a temporary one.
  std::string folder;
};

/// Compiles formula `k` and looks at what it computes.
bool isRight(actin::Compiler &compiler, int k) {
  auto module = actin::parseModule("activation f(x) = x * " +
                                   std::to_string(k + 2) + " + 1");
  auto kernel = compiler.compile(module->getActivations().front(), {});
  if (!kernel)
    return false;
  float x[5] = {-2, -1, 0, 1, 3}, y[5] = {};
  actin::KernelArguments arguments;
  arguments.inputs = {{x, actin::DataType::F32, {5}}};
  arguments.out = {y, actin::DataType::F32, {5}};
  bool right = kernel->run(arguments).has_value();
  for (int i = 0; i != 5; ++i)
    right &= y[i] == x[i] * float(k + 2) + 1;
  return right;
}

/// The work of one process.
bool runThreads(const Options &options, const std::string &folder,
                unsigned seed) {
  actin::DiskCacheOptions cache;
  cache.directory = folder;
  actin::Compiler compiler(cache);
  std::atomic<int> numWrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t != options.numThreads; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(seed + unsigned(t));
      for (int i = 0; i != numFormulas; ++i)
        numWrong += !isRight(compiler, int(random() % numFormulas));
    });
  for (std::thread &thread : threads)
    thread.join();
  return numWrong == 0;
}

class Stress {
public:
  explicit Stress(const Options &options)
      : options(options), random(options.seed),
        folder(options.folder.empty()
                   ? fs::temp_directory_path() /
                         ("actin-stress-" + std::to_string(getpid()))
                   : fs::path(options.folder)) {}
  ~Stress() {
    if (options.folder.empty())
      fs::remove_all(folder);
  }

  /// Whether everything was right.
  bool run();

private:
  std::vector<pid_t> startProcesses();
  std::vector<bool> killSome(const std::vector<pid_t> &processes);
  bool runRound();
  bool isCacheSound();

  const Options options;
  std::mt19937 random;
  const fs::path folder;
  uint64_t numStarted = 0, numKilled = 0;
};

std::vector<pid_t> Stress::startProcesses() {
  std::vector<pid_t> processes;
  for (int i = 0; i != options.numProcesses; ++i) {
    unsigned seed = random();
    pid_t process = fork();
    if (process == 0) {
      alarm(timeoutSeconds);
      _exit(runThreads(options, folder, seed) ? 0 : 1);
    }
    processes.push_back(process);
    ++numStarted;
  }
  return processes;
}

/// Kills each process with even odds, spread over the time of a round.
std::vector<bool> Stress::killSome(const std::vector<pid_t> &processes) {
  std::vector<bool> killed;
  for (pid_t process : processes) {
    killed.push_back(random() % 2 == 0);
    if (!killed.back())
      continue;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
    kill(process, SIGKILL);
    ++numKilled;
  }
  return killed;
}

bool Stress::isCacheSound() {
  actin::DiskCacheOptions cache;
  cache.directory = folder;
  auto entries = actin::listCache(cache);
  if (!entries) {
    std::fprintf(stderr, "%s\n", entries.error().front().message.c_str());
    return false;
  }
  bool sound = true;
  for (const actin::CacheEntryInfo &entry : *entries) {
    if (!entry.fault.empty())
      std::fprintf(stderr, "%s: %s\n", entry.name.c_str(), entry.fault.c_str());
    sound &= entry.fault.empty();
  }
  return sound;
}

bool Stress::runRound() {
  std::vector<pid_t> processes = startProcesses();
  std::vector<bool> killed(processes.size(), false);
  if (options.kill)
    killed = killSome(processes);
  bool right = true;
  for (size_t i = 0; i != processes.size(); ++i) {
    int status = 0;
    waitpid(processes[i], &status, 0);
    bool isDone = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    bool isKilled = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (isDone || (killed[i] && isKilled))
      continue;
    std::fprintf(stderr, "a process ended with status %#x\n", unsigned(status));
    right = false;
  }
  return isCacheSound() && right;
}

bool Stress::run() {
  // Loaded once, before the forks; only that makes thousands of them quick.
  actin::Compiler compiler{actin::DiskCacheOptions{}};
  if (!isRight(compiler, 0))
    return false;
  int numWrong = 0;
  for (int round = 0; round != options.numRounds; ++round) {
    if (round % options.roundsPerFolder == 0)
      fs::remove_all(folder);
    numWrong += !runRound();
  }
  std::printf("%d rounds of %d processes x %d threads: %llu started, %llu "
              "killed, %d rounds wrong\n",
              options.numRounds, options.numProcesses, options.numThreads,
              static_cast<unsigned long long>(numStarted),
              static_cast<unsigned long long>(numKilled), numWrong);
  return numWrong == 0;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Many processes and threads compile with one cold cache.");
  app.add_option("--processes", options.numProcesses)
      ->check(CLI::Range(1, 1000));
  app.add_option("--threads", options.numThreads)->check(CLI::Range(1, 1000));
  app.add_option("--rounds", options.numRounds)->check(CLI::Range(1, 1000000));
  app.add_flag("--kill", options.kill, "Kill half of the processes");
  app.add_option("--seed", options.seed);
  app.add_option("--folder", options.folder, "Where the cache is kept")
      ->check(CLI::NonexistentPath);
  CLI11_PARSE(app, argc, argv);
  return Stress(options).run() ? 0 : 1;
}
