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

/// A byte that continues a UTF-8 character.
static bool isContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Bytes of the UTF-8 character at the start of `text`; 0 if it is none.
static size_t measureCharacter(std::string_view text) {
  unsigned char first = text.front();
  size_t length = first < 0x80                    ? 1
                  : first >= 0xc2 && first < 0xe0 ? 2
                  : first >= 0xe0 && first < 0xf0 ? 3
                  : first >= 0xf0 && first < 0xf5 ? 4
                                                  : 0;
  if (length > text.size())
    return 0;
  for (size_t i = 1; i < length; ++i)
    if (!isContinuation(text[i]))
      return 0;
  unsigned char second = length > 2 ? text[1] : 0;
  // Overlong forms, surrogates, and what is past the last character.
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90))
    return 0;
  return length;
}

/// The source line, cut to a readable length around the column, and the caret.
/// What a terminal could take for a command, or is no text, shows as '?'.
static void appendSnippet(std::string &text, std::string_view line,
                          uint32_t column) {
  constexpr size_t maxWidth = 160;
  size_t position = std::min<size_t>(column ? column - 1 : 0, line.size());
  size_t begin = position > maxWidth / 2 && line.size() > maxWidth
                     ? position - maxWidth / 2
                     : 0;
  while (begin < position && isContinuation(line[begin]))
    ++begin;
  std::string shown, indent;
  for (size_t i = begin; i < line.size() && i < begin + maxWidth;) {
    size_t length = measureCharacter(line.substr(i));
    unsigned char c = line[i];
    bool isControl = (c < 0x20 && c != '\t') || c == 0x7f ||
                     (c == 0xc2 && length == 2 && line[i + 1] < '\xa0');
    if (length == 0 || isControl)
      shown += '?';
    else
      shown += line.substr(i, length);
    if (i < position)
      indent += c == '\t' ? '\t' : ' ';
    i += std::max<size_t>(length, 1);
  }
  text += "  " + shown + "\n  " + indent + "^\n";
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
