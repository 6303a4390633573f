//===- Grad.cpp - actin grad: the derived gradient as a formula -----------===//

#include "Commands.h"
#include "Options.h"
#include "Report.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace actin::tool {
namespace {

using nlohmann::ordered_json;

struct GradOptions : CommonOptions {
  std::vector<std::string> wrt;
  int order = 1;
};

std::vector<std::string> getArgumentNames(const Activation &activation) {
  std::vector<std::string> names = activation.getInputs();
  for (const Parameter &parameter : activation.getParameters())
    names.push_back(parameter.name);
  return names;
}

void checkName(const std::string &name, const Activation &activation) {
  std::vector<std::string> names = getArgumentNames(activation);
  if (std::find(names.begin(), names.end(), name) != names.end())
    return;
  std::string hint = suggest(name, names);
  failUsage("'" + activation.getName() + "' has no input or parameter '" +
                name + "'",
            hint.empty() ? "it has: " + join(names) : hint);
}

void print(const GradOptions &options, const std::vector<std::string> &names,
           const std::vector<std::string> &formulas, const StageTimes &times) {
  if (!options.json) {
    std::string text;
    for (const std::string &formula : formulas)
      text += (text.empty() ? "" : "\n") + formula;
    printText(text);
    if (options.time)
      printTimes(times, stderr);
    return;
  }
  ordered_json gradients = ordered_json::array();
  for (size_t i = 0; i < names.size(); ++i)
    gradients.push_back({{"wrt", names[i]},
                         {"order", options.order},
                         {"formula", formulas[i]}});
  ordered_json result = {{"gradients", gradients}};
  if (options.time)
    result["times"] = toJson(times);
  printJson(result);
}

void runGrad(const GradOptions &options) {
  LoadedActivation loaded = loadActivation(options.source);
  const Activation &activation = loaded.activation;
  for (const std::string &name : options.wrt)
    checkName(name, activation);
  std::vector<std::string> names =
      options.wrt.empty() ? getArgumentNames(activation) : options.wrt;

  Stopwatch stopwatch;
  stopwatch.append({{"parse", loaded.parseNanos}});
  Compiler compiler;
  std::vector<std::string> formulas;
  withSource(loaded, [&] {
    for (const std::string &name : names) {
      Activation gradient =
          unwrap(compiler.differentiate(activation, name, options.order));
      stopwatch.lap("differentiate " + name);
      std::string formula = gradient.print();
      if (!formula.ends_with('\n'))
        formula += '\n';
      formulas.push_back(std::move(formula));
      stopwatch.lap("print " + name);
    }
  });
  print(options, names, formulas, stopwatch.getTimes());
}

} // namespace

void addGradCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "grad", "Print the derived gradient as a formula of the language");
  auto options = std::make_shared<GradOptions>();
  addSourceOptions(*command, *options);
  command
      ->add_option("--wrt", options->wrt,
                   "The input or parameter; by default each, one after another")
      ->allow_extra_args(false);
  command->add_option("--order", options->order, "How often to differentiate")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  addReportOptions(*command, *options);
  command->callback([options] { runGrad(*options); });
}

} // namespace actin::tool
