//===- ToolError.h - Why a command stopped ----------------------*- C++ -*-===//
//
// The tools (never the library) report failure by throwing a ToolError, which
// `main` turns into a message and an exit status. CLI11 works the same way.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TOOLS_TOOLERROR_H
#define ACTIN_TOOLS_TOOLERROR_H

#include "actin/Expected.h"

#include <string>
#include <utility>

namespace actin::tool {

/// Exit statuses, as LANGUAGE.md fixes them.
enum class ExitStatus : int {
  Done = 0,
  BadInput = 1,       ///< A formula or an array was wrong; diagnosed.
  BadCommandLine = 2, ///< The flags were wrong, or do not fit the formula.
  Interrupted = 130   ///< By the user; what a shell says of SIGINT.
};

/// One or more diagnostics, with the text and the name of what they point into.
struct ToolError {
  ExitStatus status = ExitStatus::BadInput;
  Diagnostics diagnostics;
  std::string source;
  std::string fileName;
  bool isReported = false; ///< The command has said it all.

  /// Whether a diagnostic points into a text.
  bool hasPlace() const {
    for (const Diagnostic &diagnostic : diagnostics)
      if (diagnostic.location.isValid())
        return true;
    return false;
  }
};

[[noreturn]] inline void fail(ExitStatus status, std::string message,
                              std::string note = {}) {
  Diagnostic diagnostic{Severity::Error, {}, std::move(message), {}};
  if (!note.empty())
    diagnostic.notes.push_back({Severity::Note, {}, std::move(note), {}});
  throw ToolError{status, {std::move(diagnostic)}, {}, {}, false};
}

[[noreturn]] inline void failUsage(std::string message, std::string note = {}) {
  fail(ExitStatus::BadCommandLine, std::move(message), std::move(note));
}

[[noreturn]] inline void failInput(std::string message, std::string note = {}) {
  fail(ExitStatus::BadInput, std::move(message), std::move(note));
}

/// The value of `expected`; throws its diagnostics as bad input.
template <typename T> T unwrap(Expected<T> expected) {
  if (!expected)
    throw ToolError{
        ExitStatus::BadInput, std::move(expected.error()), {}, {}, false};
  return std::move(*expected);
}
inline void unwrap(Expected<void> expected) {
  if (!expected)
    throw ToolError{
        ExitStatus::BadInput, std::move(expected.error()), {}, {}, false};
}

} // namespace actin::tool

#endif // ACTIN_TOOLS_TOOLERROR_H
