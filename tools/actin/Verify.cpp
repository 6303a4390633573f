//===- Verify.cpp - actin verify: how exact the kernels are ---------------===//

#include "VerifyReport.h"

#include "Bindings.h"
#include "Commands.h"
#include "Options.h"
#include "Report.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <csignal>
#include <memory>

#include <unistd.h>

namespace actin::tool {
namespace {

struct VerifyFlags : CommonOptions {
  std::vector<std::string> parameters;
  std::string contract;
  size_t numSamples = 0;
  bool exhaustive = false;
  bool second = false;
};

/// Set by the first interrupt; a second one ends the process.
std::atomic<bool> isInterrupted = false;

class InterruptHandler {
public:
  InterruptHandler() : previous(std::signal(SIGINT, note)) {}
  ~InterruptHandler() { std::signal(SIGINT, previous); }
  InterruptHandler(const InterruptHandler &) = delete;
  InterruptHandler &operator=(const InterruptHandler &) = delete;

private:
  static void note(int) {
    isInterrupted = true;
    std::signal(SIGINT, SIG_DFL);
  }
  void (*previous)(int);
};

/// On standard error, where that is a terminal.
class ProgressBar {
public:
  ~ProgressBar() {
    if (shown >= 0)
      std::fputs("\r\033[K", stderr);
  }
  bool operator()(double done) {
    int percent = static_cast<int>(100 * done);
    if (isTerminal && percent != shown) {
      constexpr int width = 40;
      std::string bar(static_cast<size_t>(width * done), '#');
      std::fprintf(stderr, "\r[%-*s] %3d %%", width, bar.c_str(), percent);
      shown = percent;
    }
    return !isInterrupted;
  }

private:
  bool isTerminal = ::isatty(STDERR_FILENO) != 0;
  int shown = -1;
};

VerifyOptions makeOptions(const VerifyFlags &flags,
                          const Activation &activation) {
  DataType type = getDataType(flags).value_or(DataType::F32);
  VerifyOptions options;
  options.compile = getCompileOptions(flags, type);
  options.row = flags.contract == "named"   ? ContractRow::Named
                : flags.contract == "other" ? ContractRow::Other
                                            : getContractRow(activation);
  bool isSmall = type == DataType::F16 || type == DataType::BF16;
  bool isSampled = flags.numSamples != 0;
  options.exhaustive = flags.exhaustive || (isSmall && !isSampled &&
                                            activation.getInputs().size() == 1);
  if (isSampled)
    options.numSamples = flags.numSamples;
  options.seconds = flags.second;
  options.numThreads = flags.numThreads;
  if (!flags.parameters.empty())
    options.parameterSets = {bindNumbers(flags.parameters, activation)};
  return options;
}

void runVerify(const VerifyFlags &flags) {
  LoadedActivation loaded = loadActivation(flags.source);
  VerifyOptions options = makeOptions(flags, loaded.activation);
  Stopwatch stopwatch;
  stopwatch.append({{"parse", loaded.parseNanos}});
  VerifyReport report = withSource(loaded, [&] {
    Compiler compiler;
    InterruptHandler interrupts;
    ProgressBar bar;
    return unwrap(verify(compiler, loaded.activation, options,
                         [&](double done) { return bar(done); }));
  });
  stopwatch.lap("verify");
  if (flags.json) {
    nlohmann::ordered_json result = toJson(report, loaded.activation, options);
    if (flags.time)
      result["times"] = toJson(stopwatch.getTimes());
    printJson(result);
  } else {
    printText(toText(report, loaded.activation, options));
    if (flags.time)
      printTimes(stopwatch.getTimes(), stderr);
  }
  if (!report.isComplete)
    throw ToolError{ExitStatus::Interrupted, {}, {}, {}, /*isReported=*/true};
  if (!report.isGood())
    throw ToolError{ExitStatus::BadInput, {}, {}, {}, /*isReported=*/true};
}

} // namespace

void addVerifyCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "verify", "Measure errors against exact values, and hold them against "
                "the accuracy contract");
  auto flags = std::make_shared<VerifyFlags>();
  flags->numThreads = 0;
  addSourceOptions(*command, *flags);
  command->add_flag("--exhaustive", flags->exhaustive,
                    "Every number of f32, f16 or bf16; f16 and bf16 without "
                    "--samples anyway");
  command->add_option("--samples", flags->numSamples, "Points to sample")
      ->check(CLI::Range(size_t(1), size_t(1) << 40));
  command->add_flag("--second", flags->second, "Second derivatives too");
  command
      ->add_option("--param", flags->parameters,
                   "A parameter's value, NAME=NUMBER (default: the declared "
                   "one, and samples of others)")
      ->allow_extra_args(false);
  command
      ->add_option("--contract", flags->contract,
                   "The bounds of what has a name, or of other formulas "
                   "(default: named for the standard library and single "
                   "functions)")
      ->check(CLI::IsMember({"named", "other"}));
  addCompileOptions(*command, *flags);
  addThreadsOption(*command, *flags);
  addReportOptions(*command, *flags);
  command->callback([flags] { runVerify(*flags); });
}

} // namespace actin::tool
