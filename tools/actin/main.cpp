//===- main.cpp - The actin command ---------------------------------------===//
//
// Reads the command line, runs one subcommand, and turns what went wrong into a
// message and an exit status.
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Report.h"
#include "Source.h"

#include "actin/Log.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>

namespace {

using namespace actin::tool;

/// The arguments in CLI11's order (last first), with "-:NAME", which it would
/// take for a flag, put another way.
std::vector<std::string> getArguments(int argc, char **argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string &argument : arguments)
    if (argument.starts_with("-:"))
      argument.replace(0, 1, standardInputName);
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

int report(const ToolError &error, bool json) {
  if (error.isReported)
    return static_cast<int>(error.status);
  std::string text = renderError(error, "actin");
  std::fwrite(text.data(), 1, text.size(), stderr);
  if (json)
    printJson(toJson(error));
  return static_cast<int>(error.status);
}

/// The innermost command that was given, or `app` itself.
const CLI::App &getGivenCommand(const CLI::App &app) {
  std::vector<CLI::App *> given = app.get_subcommands();
  return given.empty() ? app : getGivenCommand(*given.front());
}

/// What to say where `command` lacks the name of one of its own commands, or
/// has an unknown one.
std::string describeMissingCommand(const CLI::App &command) {
  std::string names;
  for (const CLI::App *choice : command.get_subcommands(nullptr))
    names += (names.empty() ? "" : ", ") + choice->get_name();
  std::vector<std::string> rest = command.remaining();
  std::string problem = rest.empty() || rest.front().starts_with("-")
                            ? "a command is missing"
                            : "'" + rest.front() + "' is not a command";
  return problem + "; 'actin" +
         (command.get_parent() ? " " + command.get_name() : "") + "' has " +
         names;
}

int reportUsage(const CLI::App &app, const CLI::ParseError &error, bool json) {
  if (error.get_exit_code() == 0)
    return app.exit(error); // --help, --version
  const CLI::App &command = getGivenCommand(app);
  bool lacksCommand = command.get_require_subcommand_min() > 0 &&
                      command.get_subcommands().empty();
  actin::Diagnostic diagnostic{
      actin::Severity::Error,
      {},
      lacksCommand ? describeMissingCommand(command) : error.what(),
      {{actin::Severity::Note, {}, "'actin --help' shows the flags", {}}}};
  return report({ExitStatus::BadCommandLine, {diagnostic}, {}, {}}, json);
}

int run(CLI::App &app, std::vector<std::string> arguments) {
  bool json = std::find(arguments.begin(), arguments.end(), "--json") !=
              arguments.end();
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError &error) {
    return reportUsage(app, error, json);
  } catch (const ToolError &error) {
    return report(error, json);
  }
  return static_cast<int>(ExitStatus::Done);
}

} // namespace

/// What the library would not print of itself.
static void showWarning(actin::LogLevel level, std::string_view topic,
                        std::string_view message) {
  if (level == actin::LogLevel::Warning)
    std::fprintf(stderr, "actin: warning: %s\n", std::string(message).c_str());
}

int main(int argc, char **argv) {
  actin::setLogCallback(showWarning);
  CLI::App app("Fused activation functions and their gradients, from formulas",
               "actin");
  app.require_subcommand(1);
  addRunCommand(app);
  addGradCommand(app);
  addListCommand(app);
  addAuditCommand(app);
  addAnalyzeCommand(app);
  addVerifyCommand(app);
  addBenchCommand(app);
  addCacheCommand(app);
  try {
    return run(app, getArguments(argc, argv));
  } catch (const ToolError &) {
    return static_cast<int>(ExitStatus::BadInput); // stdout is gone
  } catch (const std::exception &error) {          // out of memory
    std::fprintf(stderr, "actin: error: %s\n", error.what());
    return static_cast<int>(ExitStatus::BadInput);
  }
}
