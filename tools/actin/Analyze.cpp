//===- Analyze.cpp - actin analyze: how a formula behaves on a range ------===//

#include "AnalyzeReport.h"
#include "Bindings.h"
#include "Commands.h"
#include "Options.h"
#include "Report.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace actin::tool {
namespace {

struct AnalyzeFlags : CommonOptions {
  std::vector<double> range = {-5, 5};
  std::vector<std::string> parameters;
  int numPoints = 1000;
};

void runAnalyze(const AnalyzeFlags &flags) {
  if (!std::isfinite(flags.range[0]) || !std::isfinite(flags.range[1]) ||
      !(flags.range[0] < flags.range[1]))
    failUsage("--range takes two finite numbers, the lower one first");
  LoadedActivation loaded = loadActivation(flags.source);
  const Activation &activation = loaded.activation;
  AnalyzeOptions options;
  options.ranges.assign(activation.getInputs().size(),
                        {flags.range[0], flags.range[1]});
  options.parameters = bindNumbers(flags.parameters, activation);
  options.numPoints = flags.numPoints;
  Stopwatch stopwatch;
  stopwatch.append({{"parse", loaded.parseNanos}});
  Compiler compiler;
  auto derive = [&](const Activation &function, std::string_view name) {
    return compiler.differentiate(function, name);
  };
  AnalyzeReport report = withSource(
      loaded, [&] { return unwrap(analyze(activation, options, derive)); });
  stopwatch.lap("analyze");
  if (flags.json) {
    nlohmann::ordered_json result = toJson(report, activation, options);
    if (flags.time)
      result["times"] = toJson(stopwatch.getTimes());
    printJson(result);
    return;
  }
  printText(toText(report, activation, options));
  if (flags.time)
    printTimes(stopwatch.getTimes(), stderr);
}

} // namespace

void addAnalyzeCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "analyze", "Lipschitz constants, range, trends, kinks and saturation");
  auto flags = std::make_shared<AnalyzeFlags>();
  addSourceOptions(*command, *flags);
  command
      ->add_option("--range", flags->range,
                   "The inputs' lowest and highest value")
      ->expected(2)
      ->capture_default_str();
  command
      ->add_option("--points", flags->numPoints,
                   "Points to sample beside the proven bounds")
      ->check(CLI::Range(2, AnalyzeOptions::maxPoints))
      ->capture_default_str();
  command
      ->add_option("--param", flags->parameters,
                   "A parameter's value, NAME=NUMBER")
      ->allow_extra_args(false);
  addReportOptions(*command, *flags);
  command->callback([flags] { runAnalyze(*flags); });
}

} // namespace actin::tool
