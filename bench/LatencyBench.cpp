//===- LatencyBench.cpp - What calling a known kernel costs ---------------===//

#include "LatencyBench.h"

#include "actin/Compiler.h"
#include "actin/Module.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace actin::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// A user's own formula: it is parsed, not looked up.
constexpr const char *formula = "activation f(x; beta = 1.5) = x / (1 + "
                                "exp(-beta * x))";
constexpr int numElements = 16;

double nanosSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

double getMedian(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// One call's operands.
struct Operands {
  std::vector<float> x = std::vector<float>(numElements, 0.5f),
                     y = std::vector<float>(numElements);
  KernelArguments arguments;

  Operands() {
    arguments.inputs = {{x.data(), DataType::F32, {numElements}}};
    arguments.out = {y.data(), DataType::F32, {numElements}};
  }
};

/// Median nanoseconds of one `work`, over rounds of many.
template <typename Work> double timeInLoop(int numRounds, Work work) {
  constexpr int numRepeats = 20000;
  std::vector<double> nanos;
  for (int round = -1; round != numRounds; ++round) {
    auto start = Clock::now();
    for (int i = 0; i != numRepeats; ++i)
      work();
    if (round >= 0)
      nanos.push_back(nanosSince(start) / numRepeats);
  }
  return getMedian(nanos);
}

/// Runs this program with `flag`; its wall time, or -1 where it failed.
double timeProcess(const char *flag) {
  char program[] = "/proc/self/exe";
  std::string argument = flag;
  char *arguments[] = {program, argument.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  auto start = Clock::now();
  pid_t process;
  int status = -1;
  if (posix_spawn(&process, program, &actions, nullptr, arguments, environ) ==
      0)
    waitpid(process, &status, 0);
  double nanos = nanosSince(start);
  posix_spawn_file_actions_destroy(&actions);
  return status == 0 ? nanos : -1;
}

/// New processes beside ones that do nothing, in turn.
Expected<void> measureProcesses(int numRounds, std::vector<Latency> &results) {
  std::string folder =
      std::filesystem::temp_directory_path() / "actin-latency-XXXXXX";
  if (!mkdtemp(folder.data()))
    return makeError("no temporary folder");
  setenv("ACTIN_CACHE_DIR", (folder + "/cache").c_str(), 1);
  setenv("ACTIN_CACHE", "on", 1);
  bool failed = timeProcess(freshProcessFlag) < 0; // Fills the cache.
  std::vector<double> fresh, empty;
  for (int round = 0; round != numRounds && !failed; ++round) {
    empty.push_back(timeProcess(emptyProcessFlag));
    fresh.push_back(timeProcess(freshProcessFlag));
    failed = fresh.back() < 0 || empty.back() < 0;
  }
  std::filesystem::remove_all(folder);
  if (failed)
    return makeError("a new process failed");
  results.push_back({"a process that does nothing", getMedian(empty)});
  results.push_back({"text to result with a kernel from disk, beyond that",
                     getMedian(fresh) - getMedian(empty)});
  return {};
}

} // namespace

int runFreshProcess() {
  auto start = Clock::now();
  Expected<Module> module = parseModule(formula);
  Compiler compiler;
  Expected<Kernel> kernel =
      compiler.compile(module->getActivations().front(), {});
  Operands operands;
  if (!kernel || !kernel->run(operands.arguments))
    return 1;
  std::printf("%.0f\n", nanosSince(start));
  return 0;
}

Expected<std::vector<Latency>> measureLatencies(int numRounds) {
  std::vector<Latency> results;
  if (auto done = measureProcesses(numRounds, results); !done)
    return tl::make_unexpected(done.error());
  Compiler compiler{DiskCacheOptions{}};
  Expected<Module> module = parseModule(formula);
  const Activation &activation = module->getActivations().front();
  Expected<Kernel> kernel = compiler.compile(activation, {});
  if (!kernel)
    return tl::make_unexpected(kernel.error());
  Operands operands;
  double hit = timeInLoop(numRounds,
                          [&] { *kernel = *compiler.compile(activation, {}); });
  results.push_back({"memory hit: activation to kernel", hit});
  double run =
      timeInLoop(numRounds, [&] { (void)kernel->run(operands.arguments); });

  Expected<KernelFunction> function = kernel->getFunction(IterationSpace::Flat);
  Expected<PreparedCall> prepared = kernel->prepare(operands.arguments);
  if (!function || !prepared)
    return makeError("the kernel cannot be called");
  float beta = 1.5f;
  const void *inputs[] = {operands.x.data()}, *parameters[] = {&beta};
  void *outputs[] = {operands.y.data()};
  KernelCall call{inputs,      parameters, outputs, nullptr,     1, 1,
                  numElements, 1,          1,       numElements, 1, 1};
  double bare = timeInLoop(numRounds, [&] { (*function)(&call, 0, 1); });
  double kept = timeInLoop(numRounds, [&] { prepared->run(); });
  results.push_back({"Kernel::run: tensor descriptors to call", run - bare});
  results.push_back({"bare function, 16 elements", bare});
  results.push_back({"PreparedCall::run, beyond that", kept - bare});
  return results;
}

} // namespace actin::bench
