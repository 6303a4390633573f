//===- List.cpp - actin list: the standard library ------------------------===//

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

/// The formula on one line: a statement may end at ';' as well as at a line's
/// end.
std::string toOneLine(const std::string &formula) {
  std::string line;
  size_t begin = 0;
  while (begin < formula.size()) {
    size_t end = std::min(formula.find('\n', begin), formula.size());
    std::string piece = formula.substr(begin, end - begin);
    piece.erase(0, piece.find_first_not_of(' '));
    bool needsNoSeparator =
        line.empty() || line.ends_with('{') || piece.starts_with('}');
    if (!piece.empty())
      line += (line.empty() ? "" : needsNoSeparator ? " " : "; ") + piece;
    begin = end + 1;
  }
  return line;
}

ordered_json toJson(const Activation &activation) {
  ordered_json parameters = ordered_json::array();
  for (const Parameter &parameter : activation.getParameters()) {
    ordered_json entry = {{"name", parameter.name},
                          {"channel", parameter.perChannel}};
    if (parameter.defaultValue)
      entry["default"] = *parameter.defaultValue;
    parameters.push_back(std::move(entry));
  }
  return {{"name", activation.getName()},
          {"inputs", activation.getInputs()},
          {"parameters", parameters},
          {"formula", activation.print()}};
}

void runList(bool json) {
  const std::vector<Activation> &activations =
      getStandardLibrary().getActivations();
  if (json) {
    ordered_json list = ordered_json::array();
    for (const Activation &activation : activations)
      list.push_back(toJson(activation));
    printJson({{"activations", list}});
    return;
  }
  size_t width = 0;
  for (const Activation &activation : activations)
    width = std::max(width, activation.getName().size());
  std::string text;
  for (const Activation &activation : activations) {
    std::string name = activation.getName();
    name.resize(width + 2, ' ');
    text += name + toOneLine(activation.print()) + "\n";
  }
  printText(text);
}

} // namespace

void addListCommand(CLI::App &app) {
  CLI::App *command =
      app.add_subcommand("list", "List the standard library's activations");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Report in JSON");
  command->callback([json] { runList(*json); });
}

} // namespace actin::tool
