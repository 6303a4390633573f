//===- Commands.h - The subcommands of actin --------------------*- C++ -*-===//
//
// Each function adds one subcommand, with its flags, to the application; the
// subcommand runs from CLI11's callback and reports failure by ToolError.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TOOLS_COMMANDS_H
#define ACTIN_TOOLS_COMMANDS_H

namespace CLI {
class App;
}

namespace actin::tool {

void addAuditCommand(CLI::App &app);
void addAnalyzeCommand(CLI::App &app);
void addVerifyCommand(CLI::App &app);
void addRunCommand(CLI::App &app);
void addGradCommand(CLI::App &app);
void addListCommand(CLI::App &app);
void addBenchCommand(CLI::App &app);
void addCacheCommand(CLI::App &app);

} // namespace actin::tool

#endif // ACTIN_TOOLS_COMMANDS_H
