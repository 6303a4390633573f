//===- Sema.h - Names, arities and kinds; the graph -------------*- C++ -*-===//

#ifndef ACTIN_FRONTEND_SEMA_H
#define ACTIN_FRONTEND_SEMA_H

#include "Frontend/Ast.h"
#include "Frontend/DiagnosticList.h"
#include "actin/Module.h"

namespace actin {

struct SemaOptions {
  /// Gives the activations that a formula may call beside those of its own
  /// module. Asked only where a formula does; may be null.
  const Module &(*library)() = nullptr;
  /// Longer texts are refused.
  size_t maxSourceBytes = 1 << 20;
};

/// The activations of `module`, as far as they are right; the rest is reported.
std::vector<Activation> analyze(const ast::Module &module,
                                const SemaOptions &options,
                                DiagnosticList &diagnostics);

} // namespace actin

#endif // ACTIN_FRONTEND_SEMA_H
