//===- Module.h - Activations from text -------------------------*- C++ -*-===//
//
// Text in the Actin language to checked activations, and the standard library.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_MODULE_H
#define ACTIN_MODULE_H

#include "actin/Expr.h"

namespace actin {

/// The activations of one source text, in order.
class Module {
public:
  explicit Module(std::vector<Activation> activations)
      : activations(std::move(activations)) {}

  const std::vector<Activation> &getActivations() const { return activations; }
  /// nullptr where there is none of that name.
  const Activation *find(std::string_view name) const;

private:
  std::vector<Activation> activations;
};

/// Parses and checks `source`. Limits: 1 MiB of text, 256 levels of nesting,
/// 65,536 nodes an activation after inlining; time linear in the text and the
/// nodes. Every error found is reported, with its position (at most 20).
Expected<Module> parseModule(std::string_view source);

/// The activations that ship with Actin, in alphabetical order.
const Module &getStandardLibrary();

} // namespace actin

#endif // ACTIN_MODULE_H
