//===- VerifyReport.cpp - What actin verify prints ------------------------===//

#include "VerifyReport.h"

#include "Report.h"

#include "actin/Elements.h"

#include <nlohmann/json.hpp>

#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace actin::tool {

using nlohmann::ordered_json;

/// The shortest text that tells numbers of `type` apart.
static std::string formatNumber(double value, DataType type) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", type == DataType::F64 ? 17 : 9,
                value);
  return text;
}

static std::string formatBits(double value, DataType type) {
  uint64_t bits = 0;
  storeElement(reinterpret_cast<std::byte *>(&bits), type, value);
  char text[24];
  std::snprintf(text, sizeof text, "0x%0*" PRIx64, int(2 * getSizeBytes(type)),
                bits);
  return text;
}

static const char *getName(ContractRow row) {
  return row == ContractRow::Named ? "named" : "other";
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// "x = 1.5 (0x3fc00000), beta = 2".
static std::string formatPlace(const VerifiedPoint &point,
                               const Activation &activation, DataType type) {
  std::string text;
  for (size_t i = 0; i != point.inputs.size(); ++i)
    text += (i ? ", " : "") + activation.getInputs()[i] + " = " +
            formatNumber(point.inputs[i], type) + " (" +
            formatBits(point.inputs[i], type) + ")";
  for (size_t i = 0; i != point.parameters.size(); ++i)
    text += ", " + activation.getParameters()[i].name + " = " +
            formatNumber(point.parameters[i], type);
  return text;
}

static std::string formatBound(const ErrorBound &bound) {
  std::string text = format(bound.ulps) + " ulp";
  if (bound.absolute != 0)
    text += ", or " + format(bound.absolute) +
            (bound.absoluteNextToRootOnly ? " next to a root" : "");
  if (bound.conditioned != 0)
    text += ", or " + format(bound.conditioned) +
            " x (|f| + |x f'|) where ill-conditioned";
  return text;
}

static std::string formatCount(uint64_t count, const char *what) {
  return count == 0 ? "" : "    " + std::to_string(count) + " " + what + "\n";
}

static std::string toText(const VerifiedOutput &output,
                          const Activation &activation, DataType type) {
  auto describe = [&](const VerifiedPoint &point) {
    return " at " + formatPlace(point, activation, type) + ": " +
           formatNumber(point.actual, output.type) + ", exactly " +
           formatNumber(point.exact, output.type) + "\n";
  };
  std::string text = "  " + output.name + ": " +
                     (output.isGood() ? "good" : "NOT WITHIN THE CONTRACT") +
                     ", " + std::to_string(output.numPoints) +
                     " points, bound " + formatBound(output.bound) + "\n";
  if (!output.worstRegular.inputs.empty())
    text += "    worst " + format(output.worstRegular.ulps) + " ulp" +
            describe(output.worstRegular);
  if (output.worst.ulps > output.worstRegular.ulps)
    text += "    " + format(output.worst.ulps) +
            " ulp next to a root or where ill-conditioned," +
            describe(output.worst);
  if (!output.worstAbsolute.inputs.empty())
    text += "    largest absolute error " +
            format(output.worstAbsolute.absolute) +
            describe(output.worstAbsolute);
  text += formatCount(output.numOver, "over the contract");
  text += formatCount(output.numByOracle,
                      "of those by the f64 kernel's word alone");
  text += formatCount(output.numNaN, "NaN where a number belongs");
  text += formatCount(output.numInfinite,
                      "infinities where a finite number belongs");
  text += formatCount(output.numNaNLost, "NaN in, and none out");
  text += formatCount(output.numNextToRoot,
                      "within the absolute bound next to a root");
  text += formatCount(output.numIllConditioned,
                      "within the bound where ill-conditioned");
  text += formatCount(output.numUndefined, "without an exact value");
  text += formatCount(output.numUndecided, "undecided");
  return text;
}

std::string toText(const VerifyReport &report, const Activation &activation,
                   const VerifyOptions &options) {
  DataType type = options.compile.type;
  std::string text = activation.getName() + ", " + getTypeName(type) + " on " +
                     options.compile.target + ": " +
                     (report.isExhaustive ? "every number" : "samples") +
                     ", contract of " + getName(options.row) + " formulas" +
                     (report.isComplete ? "" : " (stopped)") + "\n";
  for (const VerifiedOutput &output : report.outputs)
    text += toText(output, activation, type);
  for (const VerifiedOutput &output : report.oracle) {
    text += "  the f64 kernel, by which numbers are judged: " + output.name +
            " within " + format(output.worst.ulps) + " ulp of " +
            getTypeName(output.type) + " on " +
            std::to_string(output.numPoints) + " samples";
    if (!output.isGood())
      text +=
          ", " + std::to_string(output.numOver) + " TOO FAR OFF TO JUDGE BY";
    text += "\n";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// null where JSON has no number.
static ordered_json toNumber(double value) {
  if (std::isfinite(value))
    return value;
  return std::isnan(value) ? ordered_json("nan")
                           : ordered_json(value < 0 ? "-inf" : "inf");
}

static ordered_json toJson(const VerifiedPoint &point, DataType type) {
  if (point.inputs.empty())
    return nullptr;
  ordered_json at = ordered_json::array(), bits = ordered_json::array(),
               parameters = ordered_json::array();
  for (double value : point.inputs) {
    at.push_back(toNumber(value));
    bits.push_back(formatBits(value, type));
  }
  for (double value : point.parameters)
    parameters.push_back(toNumber(value));
  return {{"at", at},
          {"bits", bits},
          {"parameters", parameters},
          {"actual", toNumber(point.actual)},
          {"exact", toNumber(point.exact)},
          {"ulps", toNumber(point.ulps)},
          {"absolute", toNumber(point.absolute)}};
}

static ordered_json toJson(const VerifiedOutput &output, DataType type) {
  return {{"output", output.name},
          {"dtype", getTypeName(output.type)},
          {"good", output.isGood()},
          {"bound",
           {{"ulps", output.bound.ulps},
            {"absolute", output.bound.absolute},
            {"next_to_root_only", output.bound.absoluteNextToRootOnly},
            {"conditioned", output.bound.conditioned}}},
          {"points", output.numPoints},
          {"worst", toJson(output.worstRegular, type)},
          {"worst_of_all", toJson(output.worst, type)},
          {"largest_absolute", toJson(output.worstAbsolute, type)},
          {"over", output.numOver},
          {"worst_over", toJson(output.firstOver, type)},
          {"over_by_oracle", output.numByOracle},
          {"nan", output.numNaN},
          {"infinite", output.numInfinite},
          {"nan_lost", output.numNaNLost},
          {"next_to_root", output.numNextToRoot},
          {"ill_conditioned", output.numIllConditioned},
          {"undefined", output.numUndefined},
          {"undecided", output.numUndecided}};
}

ordered_json toJson(const VerifyReport &report, const Activation &activation,
                    const VerifyOptions &options) {
  DataType type = options.compile.type;
  ordered_json result = {
      {"activation", activation.getName()},
      {"dtype", getTypeName(type)},
      {"target", options.compile.target},
      {"math", options.compile.math == MathMode::Fast ? "fast" : "accurate"},
      {"stabilize",
       options.compile.stabilize == StabilizeMode::Off ? "off" : "auto"},
      {"contract", getName(options.row)},
      {"exhaustive", report.isExhaustive},
      {"complete", report.isComplete},
      {"good", report.isGood()},
      {"parameters", report.parameterSets},
      {"outputs", ordered_json::array()},
      {"oracle", ordered_json::array()}};
  for (const VerifiedOutput &output : report.outputs)
    result["outputs"].push_back(toJson(output, type));
  for (const VerifiedOutput &output : report.oracle)
    result["oracle"].push_back(toJson(output, type));
  return result;
}

} // namespace actin::tool
