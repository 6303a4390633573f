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
  DiagnosticList diagnostics;
  if (source.size() > options.maxSourceBytes) {
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

Expected<Activation> parsePrinted(std::string_view text) {
  SemaOptions options;
  options.maxSourceBytes = text.size();
  Expected<Module> module = parseModuleWith(text, options);
  if (!module)
    return tl::make_unexpected(std::move(module.error()));
  return module->getActivations().front();
}

} // namespace actin
