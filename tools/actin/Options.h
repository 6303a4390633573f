//===- Options.h - The flags that several commands share --------*- C++ -*-===//

#ifndef ACTIN_TOOLS_OPTIONS_H
#define ACTIN_TOOLS_OPTIONS_H

#include "Source.h"

#include "actin/Compiler.h"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace actin::tool {

struct CommonOptions {
  SourceSpec source;
  std::string target = "native";
  std::string math = "accurate";
  std::string stabilize = "auto";
  std::string dtype; ///< Empty: not given.
  std::string emit;  ///< Empty: run rather than print a stage.
  int numThreads = 1;
  bool time = false;
  bool json = false;
};

/// FILE[:NAME] and -e.
void addSourceOptions(CLI::App &app, CommonOptions &options);
/// --math, --stabilize, --dtype.
void addMathOptions(CLI::App &app, CommonOptions &options);
/// The same and --target.
void addCompileOptions(CLI::App &app, CommonOptions &options);
/// --emit.
void addEmitOption(CLI::App &app, CommonOptions &options);
/// --threads; ACTIN_NUM_THREADS is its default.
void addThreadsOption(CLI::App &app, CommonOptions &options);
/// --json, --time.
void addReportOptions(CLI::App &app, CommonOptions &options);

/// --dtype as a type; nullopt if it was not given.
std::optional<DataType> getDataType(const CommonOptions &options);
/// The options of a compilation for elements of `type`.
CompileOptions getCompileOptions(const CommonOptions &options, DataType type);
/// --emit as a stage.
EmitKind getEmitKind(const CommonOptions &options);

} // namespace actin::tool

#endif // ACTIN_TOOLS_OPTIONS_H
