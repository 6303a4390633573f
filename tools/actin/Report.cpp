//===- Report.cpp - What a command prints ---------------------------------===//

#include "Report.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>

namespace actin::tool {

using nlohmann::ordered_json;

void Stopwatch::lap(std::string name) {
  auto now = std::chrono::steady_clock::now();
  using std::chrono::nanoseconds;
  times.emplace_back(
      std::move(name),
      std::chrono::duration_cast<nanoseconds>(now - last).count());
  last = now;
}

void Stopwatch::append(const StageTimes &others) {
  times.insert(times.end(), others.begin(), others.end());
  skip();
}

void printTimes(const StageTimes &times, std::FILE *stream) {
  int64_t total = 0;
  for (const auto &[stage, nanos] : times) {
    std::fprintf(stream, "%-24s %10.3f ms\n", stage.c_str(), nanos * 1e-6);
    total += nanos;
  }
  std::fprintf(stream, "%-24s %10.3f ms\n", "total", total * 1e-6);
}

ordered_json toJson(const StageTimes &times) {
  ordered_json result = ordered_json::array();
  for (const auto &[stage, nanos] : times)
    result.push_back({{"stage", stage}, {"milliseconds", nanos * 1e-6}});
  return result;
}

std::string renderError(const ToolError &error, const char *tool) {
  if (!error.fileName.empty())
    return render(error.diagnostics, error.source, error.fileName);
  std::string text, prefix = std::string(tool) + ": ";
  for (const Diagnostic &diagnostic : error.diagnostics) {
    text += prefix + "error: " + diagnostic.message + "\n";
    for (const Diagnostic &note : diagnostic.notes)
      text += prefix + "note: " + note.message + "\n";
  }
  return text;
}

static const char *getName(Severity severity) {
  switch (severity) {
  case Severity::Warning:
    return "warning";
  case Severity::Note:
    return "note";
  case Severity::Error:
    break;
  }
  return "error";
}

static ordered_json toJson(const Diagnostic &diagnostic,
                           const std::string &fileName) {
  ordered_json result;
  result["file"] = fileName;
  result["line"] = diagnostic.location.line;
  result["column"] = diagnostic.location.column;
  result["severity"] = getName(diagnostic.severity);
  result["message"] = diagnostic.message;
  result["notes"] = ordered_json::array();
  for (const Diagnostic &note : diagnostic.notes)
    result["notes"].push_back({{"line", note.location.line},
                               {"column", note.location.column},
                               {"message", note.message}});
  return result;
}

ordered_json toJson(const ToolError &error) {
  ordered_json errors = ordered_json::array();
  for (const Diagnostic &diagnostic : error.diagnostics)
    errors.push_back(toJson(diagnostic, error.fileName));
  return {{"errors", errors}};
}

std::string format(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value == 0 ? 0 : value);
  return text;
}

std::string formatPoint(const std::vector<double> &point,
                        const Activation &activation) {
  std::string text;
  for (size_t i = 0; i < point.size(); ++i)
    text +=
        (i ? ", " : "") + activation.getInputs()[i] + " = " + format(point[i]);
  return text;
}

void printText(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
      std::fflush(stdout) != 0)
    failInput(std::string("cannot write to standard output: ") +
              std::strerror(errno));
}

void printJson(const ordered_json &value) {
  // A formula's text may hold bytes that are no UTF-8: replace, do not throw.
  printText(value.dump(2, ' ', false, ordered_json::error_handler_t::replace) +
            "\n");
}

} // namespace actin::tool
