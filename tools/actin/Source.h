//===- Source.h - The formula named on the command line ---------*- C++ -*-===//
//
// FILE[:NAME], "-" for standard input, -e TEXT, or the bare name of an
// activation of the standard library, to one activation.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TOOLS_SOURCE_H
#define ACTIN_TOOLS_SOURCE_H

#include "ToolError.h"

#include "actin/Module.h"

#include <string>
#include <string_view>
#include <vector>

namespace actin::tool {

/// Where the formula comes from, as the flags say it.
struct SourceSpec {
  std::string formula;    ///< The positional argument; may be empty.
  std::string expression; ///< -e; wins, and `formula` is then only a name.
};

/// The chosen activation and the text it came from.
struct LoadedActivation {
  Activation activation;
  std::string source; ///< Empty for the standard library.
  std::string fileName;
  int64_t parseNanos = 0;
};

/// Reads, parses and selects. Throws ToolError: no such file or activation,
/// errors in the text, a module of several activations without a NAME.
LoadedActivation loadActivation(const SourceSpec &spec);

/// The same, and all activations of a module where no NAME is given.
std::vector<LoadedActivation> loadActivations(const SourceSpec &spec);

/// `command` run; diagnostics with a place are attributed to the text of
/// `loaded`.
template <typename Function>
auto withSource(const LoadedActivation &loaded, Function command) {
  try {
    return command();
  } catch (ToolError &error) {
    if (error.fileName.empty() && error.hasPlace()) {
      error.source = loaded.source;
      error.fileName = loaded.fileName;
    }
    throw;
  }
}

/// "did you mean 'x'?" for the candidate nearest to `name`; empty if none is
/// near.
std::string suggest(std::string_view name,
                    const std::vector<std::string> &candidates);

/// "a, b, c".
std::string join(const std::vector<std::string> &names);

/// What `main` puts in place of a leading "-" of "-:NAME".
inline constexpr std::string_view standardInputName = "<stdin>";

} // namespace actin::tool

#endif // ACTIN_TOOLS_SOURCE_H
