//===- AnalyzeReport.cpp - What actin analyze prints ----------------------===//

#include "AnalyzeReport.h"

#include "Report.h"

#include <nlohmann/json.hpp>

namespace actin::tool {
namespace {

using nlohmann::ordered_json;

std::string formatRange(const Range &range) {
  return std::isnan(range.lower)
             ? "nowhere defined"
             : "[" + format(range.lower) + ", " + format(range.upper) + "]";
}

std::string line(const std::string &label, const std::string &text) {
  std::string result = "  " + label;
  result.resize(16, ' ');
  return result + text + "\n";
}

const char *getName(Trend trend) {
  switch (trend) {
  case Trend::Rising:
    return "rising";
  case Trend::Falling:
    return "falling";
  case Trend::Constant:
    return "constant";
  case Trend::Undefined:
    return "undefined";
  case Trend::Unproven:
    break;
  }
  return "unproven";
}

std::string formatHeading(const Activation &activation,
                          const AnalyzeOptions &options) {
  std::string text = activation.getName() + ":";
  for (size_t i = 0; i < options.ranges.size(); ++i)
    text += (i ? ", " : " ") + activation.getInputs()[i] + " in " +
            formatRange(options.ranges[i]);
  for (size_t i = 0; i < options.parameters.size(); ++i)
    text += ", " + activation.getParameters()[i].name + " = " +
            format(options.parameters[i]);
  return text + "\n";
}

std::string formatDefinition(const AnalyzeReport &report,
                             const Activation &activation) {
  if (report.numUndefined > 0)
    return "not at " + std::to_string(report.numUndefined) + " of " +
           std::to_string(report.numPoints) + " points, the first at " +
           formatPoint(report.undefinedAt, activation);
  return report.isDefined ? "everywhere (proven)"
                          : "at all sampled points; a pole or an argument "
                            "outside of a domain is not excluded";
}

std::string formatInput(const InputAnalysis &input,
                        const Activation &activation) {
  char shares[96];
  std::snprintf(shares, sizeof shares,
                "vanishing (< 1e-3) %.1f %%, exploding (> 1e3) %.1f %%",
                100 * input.vanishing, 100 * input.exploding);
  std::string sampled = "sampled " + format(input.sampledLipschitz);
  if (!input.sampledAt.empty())
    sampled += " at " + formatPoint(input.sampledAt, activation);
  return line("by " + input.name, "slope in " + formatRange(input.slope)) +
         line("", "Lipschitz constant <= " + format(input.lipschitz) +
                      " (proven), " + sampled) +
         line("", std::string("gradient ") + shares);
}

std::string formatTrends(const AnalyzeReport &report) {
  std::string text;
  for (const TrendPiece &piece : report.trends)
    text += line(getName(piece.trend), formatRange(piece.where));
  return text;
}

/// The place of a kink; 0 rather than something beside it.
double getPlace(const Range &where) {
  return where.lower <= 0 && where.upper >= 0
             ? 0
             : where.lower / 2 + where.upper / 2;
}

std::string formatKinks(const AnalyzeReport &report) {
  std::string text;
  for (const Kink &kink : report.kinks)
    text += line(kink.isJump ? "jump" : "kink",
                 "at " + format(getPlace(kink.where)) + ", slope " +
                     format(kink.slopeBefore) + " before, " +
                     format(kink.slopeAfter) + " after");
  return text.empty() ? line("kinks", "none") : text;
}

std::string formatTail(const Saturation &tail, bool isLeft) {
  std::string text;
  if (!std::isnan(tail.until))
    text = std::string("|slope| < 1e-3 ") + (isLeft ? "below " : "above ") +
           format(tail.until);
  if (!std::isnan(tail.limit))
    text += (text.empty() ? "tends to " : ", tends to ") + format(tail.limit);
  return line(isLeft ? "left" : "right", text.empty() ? "no saturation" : text);
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

ordered_json toJson(const Range &range) {
  return {toJson(range.lower), toJson(range.upper)};
}

ordered_json toJson(const InputAnalysis &input) {
  return {{"name", input.name},
          {"slope", toJson(input.slope)},
          {"lipschitz",
           {{"bound", toJson(input.lipschitz)},
            {"at_least", toJson(input.lipschitzAtLeast)},
            {"sampled", toJson(input.sampledLipschitz)},
            {"sampled_at", input.sampledAt}}},
          {"vanishing", input.vanishing},
          {"exploding", input.exploding}};
}

ordered_json toJson(const Saturation &tail) {
  return {{"until", toJson(tail.until)}, {"limit", toJson(tail.limit)}};
}

void addCurve(const AnalyzeReport &report, ordered_json &result) {
  result["trends"] = ordered_json::array();
  for (const TrendPiece &piece : report.trends)
    result["trends"].push_back(
        {{"range", toJson(piece.where)}, {"trend", getName(piece.trend)}});
  result["kinks"] = ordered_json::array();
  for (const Kink &kink : report.kinks)
    result["kinks"].push_back({{"range", toJson(kink.where)},
                               {"slope_before", toJson(kink.slopeBefore)},
                               {"slope_after", toJson(kink.slopeAfter)},
                               {"jump", kink.isJump}});
  result["saturation"] = {{"left", toJson(report.left)},
                          {"right", toJson(report.right)}};
  result["complete"] = report.isComplete;
}

} // namespace

std::string toText(const AnalyzeReport &report, const Activation &activation,
                   const AnalyzeOptions &options) {
  std::string text =
      formatHeading(activation, options) +
      line("values", formatRange(report.values) + " (proven), sampled " +
                         formatRange(report.sampledValues)) +
      line("defined", formatDefinition(report, activation));
  for (const InputAnalysis &input : report.inputs)
    text += formatInput(input, activation);
  if (report.inputs.size() == 1)
    text += formatTrends(report) + formatKinks(report) +
            formatTail(report.left, true) + formatTail(report.right, false);
  else if (!report.jumpsExcluded)
    text += line("note", "jumps of the value are not excluded; the Lipschitz "
                         "bounds hold between them");
  if (!report.isComplete)
    text += line("note", "too much to list: the lists stop early");
  return text;
}

ordered_json toJson(const AnalyzeReport &report, const Activation &activation,
                    const AnalyzeOptions &options) {
  ordered_json ranges = ordered_json::object(),
               parameters = ordered_json::object();
  for (size_t i = 0; i < options.ranges.size(); ++i)
    ranges[activation.getInputs()[i]] = toJson(options.ranges[i]);
  for (size_t i = 0; i < options.parameters.size(); ++i)
    parameters[activation.getParameters()[i].name] = options.parameters[i];
  ordered_json result = {{"activation", activation.getName()},
                         {"ranges", ranges},
                         {"parameters", parameters},
                         {"points", report.numPoints},
                         {"values",
                          {{"bound", toJson(report.values)},
                           {"sampled", toJson(report.sampledValues)}}},
                         {"defined",
                          {{"proven", report.isDefined},
                           {"undefined_points", report.numUndefined},
                           {"undefined_at", report.undefinedAt}}},
                         {"continuous", report.jumpsExcluded},
                         {"inputs", ordered_json::array()}};
  for (const InputAnalysis &input : report.inputs)
    result["inputs"].push_back(toJson(input));
  if (report.inputs.size() == 1)
    addCurve(report, result);
  return result;
}

} // namespace actin::tool
