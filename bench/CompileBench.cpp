//===- CompileBench.cpp - How long from text to a callable kernel ---------===//
//
// In: the activations of the standard library, as text. Out: the median time
// from that text to a kernel that can be called, in a process that has compiled
// before, with its stages; a table, or JSON.
//
// With --latency instead: what calling a kernel costs that was compiled before.
//
// Every round compiles anew: a kernel leaves the cache with its last handle,
// and a round that was a cache hit is an error.
//
//===----------------------------------------------------------------------===//

#include "LatencyBench.h"

#include "actin/Compiler.h"
#include "actin/Module.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

using actin::Expected;

namespace {
struct Options {
  int numRounds = 15;
  std::string target = "native";
  std::vector<std::string> activations;
  bool json = false;
  bool latency = false;
};

struct Measurement {
  std::string activation;
  std::string pass;
  double totalMillis = 0; ///< Median.
  /// Medians, in the order of the stages; parse is the first.
  std::vector<std::pair<std::string, double>> stageMillis;
};

/// The times of one stage, a value a round.
class StageSamples {
public:
  void add(const std::string &stage, double millis) {
    if (samples.find(stage) == samples.end())
      order.push_back(stage);
    samples[stage].push_back(millis);
  }
  std::vector<std::pair<std::string, double>> getMedians();

private:
  std::vector<std::string> order;
  std::map<std::string, std::vector<double>> samples;
};
} // namespace

static double getMedian(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<std::pair<std::string, double>> StageSamples::getMedians() {
  std::vector<std::pair<std::string, double>> medians;
  for (const std::string &stage : order)
    medians.emplace_back(stage, getMedian(samples[stage]));
  return medians;
}

static double millisSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now() - start)
      .count();
}

/// One round: text to kernel. Returns its milliseconds.
static Expected<double> compileOnce(actin::Compiler &compiler,
                                    const std::string &text, bool fused,
                                    const actin::CompileOptions &options,
                                    StageSamples &samples) {
  uint64_t missesBefore = compiler.getCacheStatistics().misses;
  auto start = std::chrono::steady_clock::now();
  Expected<actin::Module> module = actin::parseModule(text);
  if (!module)
    return tl::make_unexpected(module.error());
  const actin::Activation &activation = module->getActivations().front();
  samples.add("parse", millisSince(start));

  actin::StageTimes times;
  actin::KernelOutputs outputs =
      fused ? actin::fusedOutputs(activation) : actin::KernelOutputs{};
  Expected<actin::Kernel> kernel =
      compiler.compile(activation, outputs, options, &times);
  double total = millisSince(start);
  if (!kernel)
    return tl::make_unexpected(kernel.error());
  if (compiler.getCacheStatistics().misses == missesBefore)
    return actin::makeError("the kernel came from the cache");
  for (const auto &[stage, nanos] : times)
    samples.add(stage, nanos * 1e-6);
  return total;
}

static Expected<Measurement> measure(actin::Compiler &compiler,
                                     const actin::Activation &activation,
                                     bool fused, const Options &options) {
  actin::CompileOptions compileOptions;
  compileOptions.target = options.target;
  std::string text = activation.print();
  StageSamples warmUp, samples;
  std::vector<double> totals;
  for (int round = -1; round < options.numRounds; ++round) {
    Expected<double> total = compileOnce(compiler, text, fused, compileOptions,
                                         round < 0 ? warmUp : samples);
    if (!total)
      return tl::make_unexpected(total.error());
    if (round >= 0)
      totals.push_back(*total);
  }
  return Measurement{activation.getName(), fused ? "fused" : "forward",
                     getMedian(totals), samples.getMedians()};
}

static void printTable(const std::vector<Measurement> &measurements) {
  for (const Measurement &measurement : measurements) {
    std::printf("%-18s %-8s %8.2f ms  =", measurement.activation.c_str(),
                measurement.pass.c_str(), measurement.totalMillis);
    for (const auto &[stage, millis] : measurement.stageMillis)
      std::printf("  %s %.2f", stage.c_str(), millis);
    std::printf("\n");
  }
  for (const char *pass : {"forward", "fused"}) {
    std::vector<double> totals;
    for (const Measurement &measurement : measurements)
      if (measurement.pass == pass)
        totals.push_back(measurement.totalMillis);
    if (totals.empty())
      continue;
    std::printf("%s: median %.2f ms, largest %.2f ms, %zu activations\n", pass,
                getMedian(totals),
                *std::max_element(totals.begin(), totals.end()), totals.size());
  }
}

static void printJson(const std::vector<Measurement> &measurements) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Measurement &measurement : measurements) {
    nlohmann::ordered_json stages = nlohmann::ordered_json::object();
    for (const auto &[stage, millis] : measurement.stageMillis)
      stages[stage] = millis;
    rows.push_back({{"activation", measurement.activation},
                    {"pass", measurement.pass},
                    {"median_ms", measurement.totalMillis},
                    {"stages_ms", stages}});
  }
  std::printf("%s\n", rows.dump(2).c_str());
}

static bool isWanted(const std::string &name, const Options &options) {
  const std::vector<std::string> &names = options.activations;
  return names.empty() ||
         std::find(names.begin(), names.end(), name) != names.end();
}

static int run(const Options &options) {
  actin::Compiler compiler{actin::DiskCacheOptions{}}; // None on disk.
  std::vector<Measurement> measurements;
  for (const actin::Activation &activation :
       actin::getStandardLibrary().getActivations()) {
    if (!isWanted(activation.getName(), options))
      continue;
    for (bool fused : {false, true}) {
      Expected<Measurement> measured =
          measure(compiler, activation, fused, options);
      if (!measured) {
        std::fprintf(
            stderr, "%s: %s", activation.getName().c_str(),
            actin::render(measured.error(), "", "actin-compile-bench").c_str());
        return 1;
      }
      measurements.push_back(std::move(*measured));
    }
  }
  (options.json ? printJson : printTable)(measurements);
  return 0;
}

static int runLatency(const Options &options) {
  auto latencies = actin::bench::measureLatencies(options.numRounds);
  if (!latencies) {
    std::fprintf(stderr, "%s\n", latencies.error().front().message.c_str());
    return 1;
  }
  if (options.json) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const auto &[what, nanos] : *latencies)
      rows.push_back({{"what", what}, {"median_ns", nanos}});
    std::printf("%s\n", rows.dump(2).c_str());
    return 0;
  }
  for (const auto &[what, nanos] : *latencies)
    std::printf("%-54s %12.1f ns\n", what.c_str(), nanos);
  return 0;
}

int main(int argc, char **argv) {
  using namespace actin::bench;
  if (argc == 2 && std::string_view(argv[1]) == emptyProcessFlag)
    return 0;
  if (argc == 2 && std::string_view(argv[1]) == freshProcessFlag)
    return runFreshProcess();
  Options options;
  CLI::App app("Times the way from text to a callable f32 kernel.");
  app.add_option("activations", options.activations,
                 "Of the standard library; all where none is named");
  app.add_option("--rounds", options.numRounds, "Medians are over this many")
      ->check(CLI::Range(1, 100000));
  app.add_option("--target", options.target);
  app.add_flag("--json", options.json);
  app.add_flag("--latency", options.latency,
               "Time calls of a kernel that is known, in place of compiling");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return options.latency ? runLatency(options) : run(options);
}
