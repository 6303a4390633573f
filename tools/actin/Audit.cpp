//===- Audit.cpp - actin audit: what can go wrong as written --------------===//

#include "Bindings.h"
#include "Commands.h"
#include "Options.h"
#include "Report.h"

#include "actin/Audit.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <memory>

namespace actin::tool {
namespace {

using nlohmann::ordered_json;

struct AuditFlags : CommonOptions {
  std::vector<std::string> parameters;
};

/// What the compiler rewrites in one output.
struct OutputRewrites {
  std::string output; ///< "value", or "gradient x".
  std::vector<Rewrite> rewrites;
};

/// "file:line:col", or the file alone.
std::string formatPlace(const LoadedActivation &loaded,
                        const SourceLocation &location) {
  if (!location.isValid())
    return loaded.fileName;
  return loaded.fileName + ":" + std::to_string(location.line) + ":" +
         std::to_string(location.column);
}

const char *getName(HazardKind kind) {
  switch (kind) {
  case HazardKind::Overflow:
    return "overflow";
  case HazardKind::Underflow:
    return "underflow";
  case HazardKind::Cancellation:
    return "cancellation";
  case HazardKind::Pole:
    return "pole";
  case HazardKind::Undefined:
    break;
  }
  return "undefined";
}

std::string formatHazard(const Hazard &hazard, const Activation &activation) {
  std::string text =
      std::string("    as written: ") + getName(hazard.kind) +
      (hazard.kind == HazardKind::Cancellation
           ? " of " + format(std::round(hazard.bitsLost)) + " bits"
           : "");
  return text + ", at " + formatPoint(hazard.at, activation) + "\n";
}

std::string formatEffect(const std::string &bound, const ClampEffect &effect,
                         const Activation &activation) {
  std::string text = "    " + bound + " bound: ";
  if (effect.numActive == 0)
    return text + "not reached\n";
  if (effect.numChanged == 0)
    return text + "changes no sampled value by more than 2 ulp\n";
  return text + "changes results, first at " +
         formatPoint(effect.firstAt, activation) + "; at " +
         formatPoint(effect.worstAt, activation) + " it is " +
         format(effect.worstClamped) + ", without the clamp " +
         (std::isnan(effect.worstExact)
              ? "undefined\n"
              : format(effect.worstExact) + " (" + format(effect.worstUlps) +
                    " ulp)\n");
}

/// "value, gradient by x".
std::string joinNames(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// What the compiler does with one bound, the outputs of one verdict together.
std::string formatVerdicts(const std::string &bound, Rewrite::Subject subject,
                           const AuditedClamp &clamp,
                           const std::vector<OutputRewrites> &outputs) {
  std::map<std::pair<bool, std::string>, std::vector<std::string>> verdicts;
  for (const OutputRewrites &output : outputs)
    for (const Rewrite &rewrite : output.rewrites)
      if (rewrite.subject == subject && rewrite.location == clamp.location)
        verdicts[{rewrite.isKept, rewrite.reason}].push_back(output.output);
  std::string text;
  for (const auto &[verdict, names] : verdicts)
    text += "    " + bound +
            " bound: " + (verdict.first ? "kept in the " : "left out of the ") +
            joinNames(names) + ": " + verdict.second + "\n";
  return text;
}

std::string formatClamp(const AuditedClamp &clamp,
                        const std::vector<OutputRewrites> &outputs,
                        const Activation &activation) {
  using Subject = Rewrite::Subject;
  return formatEffect("lower", clamp.lower, activation) +
         formatVerdicts("lower", Subject::LowerBound, clamp, outputs) +
         formatEffect("upper", clamp.upper, activation) +
         formatVerdicts("upper", Subject::UpperBound, clamp, outputs);
}

std::string toText(const AuditReport &report,
                   const std::vector<OutputRewrites> &outputs,
                   const LoadedActivation &loaded, const std::string &type) {
  const Activation &activation = loaded.activation;
  std::string text = activation.getName() + ": " + type +
                     ", every finite input; ranges are proven, hazards found "
                     "by sampling\n";
  for (const AuditedNode &node : report.nodes) {
    text += formatPlace(loaded, node.location) + ": " + node.text + "  in [" +
            format(node.lower) + ", " + format(node.upper) + "]\n";
    for (const Hazard &hazard : node.hazards)
      text += formatHazard(hazard, activation);
    for (const AuditedClamp &clamp : report.clamps)
      if (clamp.text == node.text && clamp.location == node.location)
        text += formatClamp(clamp, outputs, activation);
  }
  for (const OutputRewrites &output : outputs)
    for (const Rewrite &rewrite : output.rewrites)
      if (rewrite.subject == Rewrite::Subject::Form)
        text += formatPlace(loaded, rewrite.location) + ": rewritten in the " +
                output.output + ": " + rewrite.reason + "\n";
  if (!report.isComplete)
    text += "note: too long to audit whole\n";
  return text;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// JSON has no infinities.
ordered_json toJson(double value) {
  if (std::isnan(value))
    return nullptr;
  if (std::isinf(value))
    return value > 0 ? "inf" : "-inf";
  return value;
}

ordered_json toJson(const std::vector<double> &point) {
  ordered_json result = ordered_json::array();
  for (double value : point)
    result.push_back(toJson(value));
  return result;
}

ordered_json toJson(const AuditedNode &node) {
  ordered_json hazards = ordered_json::array();
  for (const Hazard &hazard : node.hazards) {
    ordered_json entry = {{"kind", getName(hazard.kind)}, {"at", hazard.at}};
    if (hazard.kind == HazardKind::Cancellation)
      entry["bits"] = hazard.bitsLost;
    hazards.push_back(std::move(entry));
  }
  return {{"line", node.location.line},
          {"column", node.location.column},
          {"text", node.text},
          {"range", {toJson(node.lower), toJson(node.upper)}},
          {"hazards", hazards}};
}

ordered_json toJson(const ClampEffect &effect) {
  ordered_json result = {{"active_points", effect.numActive},
                         {"changed_points", effect.numChanged}};
  if (effect.numChanged == 0)
    return result;
  result["first_at"] = toJson(effect.firstAt);
  result["worst"] = {{"at", toJson(effect.worstAt)},
                     {"clamped", toJson(effect.worstClamped)},
                     {"exact", toJson(effect.worstExact)},
                     {"ulps", toJson(effect.worstUlps)}};
  return result;
}

ordered_json toJson(const ClampEffect &effect, Rewrite::Subject subject,
                    const AuditedClamp &clamp,
                    const std::vector<OutputRewrites> &outputs) {
  ordered_json result = toJson(effect);
  result["compiled"] = ordered_json::array();
  for (const OutputRewrites &output : outputs)
    for (const Rewrite &rewrite : output.rewrites)
      if (rewrite.subject == subject && rewrite.location == clamp.location)
        result["compiled"].push_back({{"output", output.output},
                                      {"left_out", !rewrite.isKept},
                                      {"reason", rewrite.reason}});
  return result;
}

ordered_json toJson(const AuditedClamp &clamp,
                    const std::vector<OutputRewrites> &outputs) {
  using Subject = Rewrite::Subject;
  return {{"line", clamp.location.line},
          {"column", clamp.location.column},
          {"text", clamp.text},
          {"lower", toJson(clamp.lower, Subject::LowerBound, clamp, outputs)},
          {"upper", toJson(clamp.upper, Subject::UpperBound, clamp, outputs)}};
}

ordered_json toJson(const AuditReport &report,
                    const std::vector<OutputRewrites> &outputs,
                    const LoadedActivation &loaded, const std::string &type) {
  ordered_json result = {{"activation", loaded.activation.getName()},
                         {"file", loaded.fileName},
                         {"dtype", type},
                         {"expressions", ordered_json::array()},
                         {"clamps", ordered_json::array()},
                         {"rewrites", ordered_json::array()},
                         {"complete", report.isComplete}};
  for (const AuditedNode &node : report.nodes)
    result["expressions"].push_back(toJson(node));
  for (const AuditedClamp &clamp : report.clamps)
    result["clamps"].push_back(toJson(clamp, outputs));
  for (const OutputRewrites &output : outputs)
    for (const Rewrite &rewrite : output.rewrites)
      if (rewrite.subject == Rewrite::Subject::Form)
        result["rewrites"].push_back({{"output", output.output},
                                      {"line", rewrite.location.line},
                                      {"column", rewrite.location.column},
                                      {"reason", rewrite.reason}});
  return result;
}

std::vector<OutputRewrites> listRewrites(const Activation &activation,
                                         const CompileOptions &options) {
  Compiler compiler;
  std::vector<OutputRewrites> result = {
      {"value", unwrap(compiler.listRewrites(activation, {}, options))}};
  for (const std::string &input : activation.getInputs()) {
    KernelOutputs gradient{false, {input}, {}};
    result.push_back(
        {"gradient by " + input,
         unwrap(compiler.listRewrites(activation, gradient, options))});
  }
  return result;
}

void runAudit(const AuditFlags &flags) {
  LoadedActivation loaded = loadActivation(flags.source);
  const Activation &activation = loaded.activation;
  // f16 and bf16 are computed in f32.
  DataType type = getComputeType(getDataType(flags).value_or(DataType::F32));
  AuditOptions options{type == DataType::F64,
                       bindNumbers(flags.parameters, activation)};
  AuditReport report =
      withSource(loaded, [&] { return unwrap(audit(activation, options)); });
  auto outputs = withSource(loaded, [&] {
    return listRewrites(activation, getCompileOptions(flags, type));
  });
  std::string typeName = getTypeName(type);
  if (flags.json)
    printJson(toJson(report, outputs, loaded, typeName));
  else
    printText(toText(report, outputs, loaded, typeName));
}

} // namespace

void addAuditCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "audit", "What overflows, underflows or cancels as written, and what is "
               "rewritten");
  auto flags = std::make_shared<AuditFlags>();
  addSourceOptions(*command, *flags);
  addCompileOptions(*command, *flags);
  command
      ->add_option("--param", flags->parameters,
                   "A parameter's value, NAME=NUMBER")
      ->allow_extra_args(false);
  command->add_flag("--json", flags->json, "Report in JSON, errors too");
  command->callback([flags] { runAudit(*flags); });
}

} // namespace actin::tool
