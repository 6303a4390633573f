//===- Frontend.cpp - Text to activations ---------------------------------===//

#include "Frontend/Frontend.h"

#include "Frontend/Parser.h"

namespace actin {

const Activation *Module::find(std::string_view name) const {
  for (const Activation &activation : activations)
    if (activation.getName() == name)
      return &activation;
  return nullptr;
}

Expected<Module> parseModuleWith(std::string_view source,
                                 const SemaOptions &options) {
  constexpr size_t maxSourceBytes = 1 << 20;
  DiagnosticList diagnostics;
  if (source.size() > maxSourceBytes) {
    diagnostics.error({1, 1}, "the text is longer than 1 MiB");
    return tl::make_unexpected(diagnostics.take());
  }
  ast::Module module = parseAst(source, diagnostics);
  std::vector<Activation> activations = analyze(module, options, diagnostics);
  if (activations.empty() && !diagnostics.hasErrors())
    diagnostics.error({1, 1}, "the text defines no activation",
                      "write: activation f(x) = …");
  if (diagnostics.hasErrors())
    return tl::make_unexpected(diagnostics.take());
  return Module(std::move(activations));
}

} // namespace actin
