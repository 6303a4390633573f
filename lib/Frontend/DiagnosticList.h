//===- DiagnosticList.h - The errors of one run -----------------*- C++ -*-===//

#ifndef ACTIN_FRONTEND_DIAGNOSTICLIST_H
#define ACTIN_FRONTEND_DIAGNOSTICLIST_H

#include "actin/Diagnostic.h"

#include <algorithm>

namespace actin {

/// Collects errors in the order of the text: each once, and no more than a
/// reader can use.
class DiagnosticList {
public:
  static constexpr size_t maxErrors = 20;

  /// An empty `note` is none. `noteLocation` is the other place involved, if
  /// there is one.
  void error(SourceLocation location, std::string message,
             std::string note = {}, SourceLocation noteLocation = {}) {
    if (isFull())
      return;
    for (const Diagnostic &known : diagnostics)
      if (known.location == location && known.message == message)
        return;
    Diagnostic diagnostic{Severity::Error, location, std::move(message), {}};
    if (!note.empty())
      diagnostic.notes.push_back(
          {Severity::Note, noteLocation, std::move(note), {}});
    auto isBefore = [](const Diagnostic &a, const Diagnostic &b) {
      return a.location.line != b.location.line
                 ? a.location.line < b.location.line
                 : a.location.column < b.location.column;
    };
    diagnostics.insert(std::upper_bound(diagnostics.begin(), diagnostics.end(),
                                        diagnostic, isBefore),
                       std::move(diagnostic));
  }
  bool hasErrors() const { return !diagnostics.empty(); }
  /// The reader has enough: nothing more is taken.
  bool isFull() const { return diagnostics.size() >= maxErrors; }

  Diagnostics take() {
    if (isFull())
      diagnostics.back().notes.push_back(
          {Severity::Note,
           {},
           "too many errors; what follows was not checked",
           {}});
    return std::move(diagnostics);
  }

private:
  Diagnostics diagnostics;
};

} // namespace actin

#endif // ACTIN_FRONTEND_DIAGNOSTICLIST_H
