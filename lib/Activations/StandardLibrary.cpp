//===- StandardLibrary.cpp - The activations that ship --------------------===//
//
// The .act files beside this one, embedded when Actin is built.
//
//===----------------------------------------------------------------------===//

#include "Activations/EmbeddedSources.inc"
#include "Frontend/Frontend.h"
#include "actin/Module.h"

#include <algorithm>

namespace actin {

/// The files in one text: they may call each other's activations. A fault in
/// them is found by the unit tests; here it would leave the library empty.
static Module parseLibrary() {
  Expected<Module> module = parseModuleWith(embeddedSources, {});
  if (!module)
    return Module({});
  std::vector<Activation> activations = module->getActivations();
  std::sort(activations.begin(), activations.end(),
            [](const Activation &a, const Activation &b) {
              return a.getName() < b.getName();
            });
  return Module(std::move(activations));
}

const Module &getStandardLibrary() {
  static const Module library = parseLibrary();
  return library;
}

Expected<Module> parseModule(std::string_view source) {
  SemaOptions options;
  options.library = getStandardLibrary;
  return parseModuleWith(source, options);
}

} // namespace actin
