//===- main.cpp - actinc: formulas to objects and C headers ---------------===//
//
// In: one activation and a pass. Out: an object file without dependencies, and
// the C header to call it by.
//
//===----------------------------------------------------------------------===//

#include "CHeader.h"
#include "FileIO.h"
#include "Options.h"
#include "Report.h"

#include <CLI/CLI.hpp>

#include <exception>

namespace {

using namespace actin;
using namespace actin::tool;

struct CompileFlags : CommonOptions {
  std::string object;
  std::string header;
  std::string pass = "forward";
  std::string name;
};

KernelOutputs getOutputs(const Activation &activation,
                         const std::string &pass) {
  if (pass == "backward")
    return backwardOutputs(activation);
  return pass == "fused" ? fusedOutputs(activation) : KernelOutputs{};
}

void compile(const CompileFlags &flags) {
  LoadedActivation loaded = loadActivation(flags.source);
  const Activation &activation = loaded.activation;
  DataType type = getDataType(flags).value_or(DataType::F32);
  std::string function =
      (flags.name.empty() ? activation.getName() : flags.name) + "_" +
      flags.pass;
  KernelOutputs outputs = getOutputs(activation, flags.pass);
  withSource(loaded, [&] {
    Compiler compiler;
    std::string object = unwrap(
        compiler.emit(activation, outputs, getCompileOptions(flags, type),
                      EmitKind::Object, function + "_kernel"));
    unwrap(writeFile(flags.object, {object}));
    if (!flags.header.empty())
      unwrap(writeFile(flags.header, {makeHeader({activation, outputs, type,
                                                  function, flags.target})}));
  });
}

void addFlags(CLI::App &app, CompileFlags &flags) {
  app.set_help_flag("--help", "Print this help message and exit");
  addSourceOptions(app, flags);
  app.add_option("-o,--output", flags.object, "The object file")->required();
  app.add_option("-h,--header", flags.header, "The C header");
  app.add_option("--pass", flags.pass, "forward, backward or fused")
      ->check(CLI::IsMember({"forward", "backward", "fused"}))
      ->capture_default_str();
  app.add_option("--name", flags.name,
                 "Begins the functions' names (default: the activation's)")
      ->check([](const std::string &name) -> std::string {
        bool isName = !name.empty() && !std::isdigit(name[0]);
        for (unsigned char c : name)
          isName &= std::isalnum(c) || c == '_';
        return isName ? "" : "'" + name + "' is no C identifier";
      });
  addCompileOptions(app, flags);
}

int report(const ToolError &error) {
  std::fputs(renderError(error).c_str(), stderr);
  return static_cast<int>(error.status);
}

int run(CLI::App &app, CompileFlags &flags, int argc, char **argv) {
  try {
    app.parse(argc, argv);
    compile(flags);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0)
      return app.exit(error); // --help
    return report({ExitStatus::BadCommandLine,
                   {{Severity::Error, {}, error.what(), {}}},
                   {},
                   {}});
  } catch (const ToolError &error) {
    return report(error);
  }
  return static_cast<int>(ExitStatus::Done);
}

} // namespace

int main(int argc, char **argv) {
  CLI::App app("Compiles an activation to an object file and a C header",
               "actinc");
  CompileFlags flags;
  addFlags(app, flags);
  try {
    return run(app, flags, argc, argv);
  } catch (const std::exception &error) { // out of memory
    std::fprintf(stderr, "actinc: error: %s\n", error.what());
    return static_cast<int>(ExitStatus::BadInput);
  }
}
