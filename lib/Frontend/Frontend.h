//===- Frontend.h - Text to activations -------------------------*- C++ -*-===//

#ifndef ACTIN_FRONTEND_FRONTEND_H
#define ACTIN_FRONTEND_FRONTEND_H

#include "Frontend/Sema.h"
#include "actin/Module.h"

namespace actin {

/// As `parseModule`, with a library of choice.
Expected<Module> parseModuleWith(std::string_view source,
                                 const SemaOptions &options);

/// The activation that wrote `text` with `Activation::print`: of any length,
/// and calling nothing but built-in functions.
Expected<Activation> parsePrinted(std::string_view text);

} // namespace actin

#endif // ACTIN_FRONTEND_FRONTEND_H
