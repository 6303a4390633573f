//===- Diagnostic.h - Positions and messages --------------------*- C++ -*-===//
//
// A diagnostic is one message about one place of a source text, with optional
// notes. `render` gives clang's shape: `file:line:col: error: …`, the source
// line, a caret, the notes.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIAGNOSTIC_H
#define ACTIN_DIAGNOSTIC_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace actin {

/// A place in a source text. Line and column count from 1, the column in
/// bytes; line 0 means "no place known".
struct SourceLocation {
  uint32_t line = 0;
  uint32_t column = 0;

  bool isValid() const { return line != 0; }
  bool operator==(const SourceLocation &) const = default;
};

enum class Severity { Error, Warning, Note };

struct Diagnostic {
  Severity severity = Severity::Error;
  SourceLocation location;
  std::string message;
  /// Each a further sentence: the mend, or another place involved.
  std::vector<Diagnostic> notes;
};

/// What went wrong, in source order; never empty where it stands for failure.
using Diagnostics = std::vector<Diagnostic>;

/// The text of `diagnostics` for people, each line ended by a newline.
/// `source` is the text that the locations refer to (it may be empty: no source
/// line and caret then), `fileName` its name in the message.
std::string render(const Diagnostics &diagnostics, std::string_view source,
                   std::string_view fileName);

} // namespace actin

#endif // ACTIN_DIAGNOSTIC_H
