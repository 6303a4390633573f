//===- DiagnosticList.h - The errors of one run -----------------*- C++ -*-===//

#ifndef ACTIN_FRONTEND_DIAGNOSTICLIST_H
#define ACTIN_FRONTEND_DIAGNOSTICLIST_H

#include "actin/Diagnostic.h"

#include <algorithm>

namespace actin {

/// Collects errors: each once, and no more than a reader can use.
class DiagnosticList {
public:
  static constexpr size_t maxErrors = 20;

  void error(SourceLocation location, std::string message,
             std::string note = {}) {
    if (diagnostics.size() >= maxErrors)
      return;
    for (const Diagnostic &known : diagnostics)
      if (known.location == location && known.message == message)
        return;
    Diagnostic diagnostic{Severity::Error, location, std::move(message), {}};
    if (!note.empty())
      diagnostic.notes.push_back({Severity::Note, {}, std::move(note), {}});
    diagnostics.push_back(std::move(diagnostic));
  }
  bool hasErrors() const { return !diagnostics.empty(); }
  bool isFull() const { return diagnostics.size() >= maxErrors; }

  /// In the order of the text.
  Diagnostics take() {
    std::stable_sort(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic &a, const Diagnostic &b) {
                       return a.location.line != b.location.line
                                  ? a.location.line < b.location.line
                                  : a.location.column < b.location.column;
                     });
    return std::move(diagnostics);
  }

private:
  Diagnostics diagnostics;
};

} // namespace actin

#endif // ACTIN_FRONTEND_DIAGNOSTICLIST_H
