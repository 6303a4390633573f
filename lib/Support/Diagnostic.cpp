//===- Diagnostic.cpp - Diagnostics as text for people --------------------===//

#include "actin/Diagnostic.h"

#include <algorithm>

namespace actin {

static std::string_view getName(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return "error";
  case Severity::Warning:
    return "warning";
  case Severity::Note:
    return "note";
  }
  return "error";
}

/// Line number `line` (from 1) of `source`, without its end.
static std::string_view getLine(std::string_view source, uint32_t line) {
  size_t begin = 0;
  for (uint32_t i = 1; i < line; ++i) {
    begin = source.find('\n', begin);
    if (begin == std::string_view::npos)
      return {};
    ++begin;
  }
  std::string_view rest = source.substr(std::min(begin, source.size()));
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r')
    rest.remove_suffix(1);
  return rest;
}

/// The source line, cut to a readable length around the column, and the caret.
static void appendSnippet(std::string &text, std::string_view line,
                          uint32_t column) {
  constexpr size_t maxWidth = 160;
  size_t position = std::min<size_t>(column ? column - 1 : 0, line.size());
  size_t begin = position > maxWidth / 2 && line.size() > maxWidth
                     ? position - maxWidth / 2
                     : 0;
  std::string shown(line.substr(begin, maxWidth));
  // What a terminal could take for a command is no part of a formula.
  for (char &c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = c == '\t' ? '\t' : '?';
  text += "  " + shown + "\n  ";
  for (size_t i = 0; i != position - begin; ++i)
    text += i < shown.size() && shown[i] == '\t' ? '\t' : ' ';
  text += "^\n";
}

static void renderOne(std::string &text, const Diagnostic &diagnostic,
                      std::string_view source, std::string_view fileName) {
  const SourceLocation &location = diagnostic.location;
  if (location.isValid())
    text += std::string(fileName) + ":" + std::to_string(location.line) + ":" +
            std::to_string(location.column) + ": ";
  text += std::string(getName(diagnostic.severity)) + ": " +
          diagnostic.message + "\n";
  if (location.isValid() && !source.empty())
    appendSnippet(text, getLine(source, location.line), location.column);
  for (const Diagnostic &note : diagnostic.notes)
    renderOne(text, note, source, fileName);
}

std::string render(const Diagnostics &diagnostics, std::string_view source,
                   std::string_view fileName) {
  std::string text;
  for (const Diagnostic &diagnostic : diagnostics)
    renderOne(text, diagnostic, source, fileName);
  return text;
}

} // namespace actin
