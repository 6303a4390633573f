//===- Report.h - What a command prints -------------------------*- C++ -*-===//

#ifndef ACTIN_TOOLS_REPORT_H
#define ACTIN_TOOLS_REPORT_H

#include "ToolError.h"

#include "actin/Compiler.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace actin::tool {

/// Measures the stages of a command for --time, after one another.
class Stopwatch {
public:
  /// Ends a stage: the time since the last `lap` (or the start) is `name`'s.
  void lap(std::string name);
  /// Leaves the time since the last lap out.
  void skip() { last = std::chrono::steady_clock::now(); }
  /// Stages measured elsewhere.
  void append(const StageTimes &others);
  const StageTimes &getTimes() const { return times; }

private:
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
  StageTimes times;
};

/// One line a stage, in milliseconds, and their sum.
void printTimes(const StageTimes &times, std::FILE *stream);
/// [{"stage": …, "milliseconds": …}, …]
nlohmann::ordered_json toJson(const StageTimes &times);

/// The error for people, as said by `tool`.
std::string renderError(const ToolError &error, const char *tool);
/// {"errors": [{"file", "line", "column", "severity", "message", "notes"}]}
nlohmann::ordered_json toJson(const ToolError &error);

/// Six digits; no sign at zero.
std::string format(double value);
/// "x = 1.5, gate = 2": a value an input.
std::string formatPoint(const std::vector<double> &point,
                        const Activation &activation);

/// Writes `text` to standard output. Throws if it cannot be written.
void printText(std::string_view text);
/// The same, indented by two spaces.
void printJson(const nlohmann::ordered_json &value);

} // namespace actin::tool

#endif // ACTIN_TOOLS_REPORT_H
