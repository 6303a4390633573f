//===- main.cpp - actinc: formulas to objects and C headers ---------------===//
//
// In: activations, passes and targets. Out: one file without dependencies that
// holds a C function for each activation and pass, and the header that declares
// them.
//
//===----------------------------------------------------------------------===//

#include "CHeader.h"
#include "FileIO.h"
#include "Options.h"
#include "Report.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <set>

namespace {

using namespace actin;
using namespace actin::tool;

struct CompileFlags : CommonOptions {
  std::vector<std::string> formulas;
  std::vector<std::string> targets = {"native"};
  std::string cpu, features;
  std::vector<std::string> passes = {"forward"};
  std::string output, header, dependencies;
  std::string kind = "obj";
  std::string name, prefix;
  int optimization = 2;
  bool writeDependencies = false, debugInfo = false;
};

const std::map<std::string, EmitKind> emitKinds = {
    {"obj", EmitKind::Object}, {"asm", EmitKind::Assembly},
    {"llvm", EmitKind::LLVM},  {"bc", EmitKind::Bitcode},
    {"mlir", EmitKind::MLIR},  {"ptx", EmitKind::PTX}};

/// What debuggers are told that standard activations stand in: a file that is
/// installed in share/actin.
constexpr const char *libraryFile = "library.act";

KernelOutputs getOutputs(const Activation &activation,
                         const std::string &pass) {
  if (pass == "backward")
    return backwardOutputs(activation);
  return pass == "fused" ? fusedOutputs(activation) : KernelOutputs{};
}

std::vector<LoadedActivation> load(const CompileFlags &flags) {
  if (!flags.source.expression.empty() || flags.formulas.empty()) {
    if (flags.formulas.size() > 1)
      failUsage("-e takes the place of a file: give one or the other");
    SourceSpec spec = flags.source;
    if (!flags.formulas.empty())
      spec.formula = flags.formulas.front();
    return loadActivations(spec);
  }
  std::vector<LoadedActivation> all;
  for (const std::string &formula : flags.formulas)
    for (LoadedActivation &loaded : loadActivations({formula, ""}))
      all.push_back(std::move(loaded));
  return all;
}

std::vector<HeaderFunction>
makeFunctions(const std::vector<LoadedActivation> &loaded,
              const CompileFlags &flags) {
  if (!flags.name.empty() && loaded.size() > 1)
    failUsage("--name is for one activation, not for " +
                  std::to_string(loaded.size()),
              "--prefix puts a text before each name");
  std::vector<HeaderFunction> functions;
  for (const LoadedActivation &one : loaded)
    for (const std::string &pass : flags.passes) {
      std::string name =
          flags.name.empty() ? one.activation.getName() : flags.name;
      bool isStandard = one.source.empty();
      functions.push_back({{one.activation, getOutputs(one.activation, pass),
                            flags.prefix + name + "_" + pass,
                            isStandard ? libraryFile : one.fileName},
                           isStandard});
    }
  return functions;
}

/// --target, -mcpu and -mattr as the library has them: TRIPLE:CPU:FEATURES.
std::vector<std::string> getTargets(const CompileFlags &flags) {
  std::vector<std::string> targets = flags.targets;
  if (!flags.cpu.empty()) {
    if (targets.size() > 1)
      failUsage("-mcpu is for one target; a list of targets names levels or "
                "CPUs itself");
    if (targets.front() == "native")
      targets.front() = flags.cpu;
    else
      targets.front() += ":" + flags.cpu;
  }
  if (flags.features.empty())
    return targets;
  bool isSigned = flags.features[0] == '+' || flags.features[0] == '-';
  for (std::string &target : targets)
    target += (isSigned ? ":" : ":+") + flags.features;
  return targets;
}

ObjectOptions getOptions(const CompileFlags &flags) {
  ObjectOptions options;
  options.compile =
      getCompileOptions(flags, getDataType(flags).value_or(DataType::F32));
  options.targets = getTargets(flags);
  options.optimization = flags.optimization;
  options.debugInfo = flags.debugInfo;
  return options;
}

/// A file's name as make reads it.
std::string escapeForMake(const std::string &name) {
  std::string text;
  for (char c : name) {
    if (c == ' ' || c == '#')
      text += '\\';
    text += c;
    if (c == '$')
      text += '$';
  }
  return text;
}

std::string makeDependencies(const std::vector<LoadedActivation> &loaded,
                             const CompileFlags &flags) {
  std::string text = escapeForMake(flags.output);
  if (!flags.header.empty())
    text += " " + escapeForMake(flags.header);
  text += ":";
  std::set<std::string> seen;
  for (const LoadedActivation &one : loaded)
    if (!one.source.empty() && one.fileName.front() != '<' &&
        seen.insert(one.fileName).second)
      text += " " + escapeForMake(one.fileName);
  return text + "\n";
}

/// gelu.o: gelu.d, beside it.
std::string getDependencyFile(const CompileFlags &flags) {
  if (!flags.dependencies.empty())
    return flags.dependencies;
  size_t slash = flags.output.rfind('/');
  size_t dot = flags.output.rfind('.');
  bool hasSuffix = dot != std::string::npos &&
                   (slash == std::string::npos || dot > slash + 1);
  return (hasSuffix ? flags.output.substr(0, dot) : flags.output) + ".d";
}

struct OutputFile {
  std::string path, text;
};

/// All of them or, where one cannot be written, none: a build system takes a
/// file that is there for a good one.
void writeFiles(const std::vector<OutputFile> &files) {
  for (size_t i = 0; i != files.size(); ++i) {
    Expected<void> done = writeFile(files[i].path, {files[i].text});
    for (size_t k = 0; !done && k != i; ++k)
      if (std::filesystem::is_regular_file(files[k].path))
        std::filesystem::remove(files[k].path);
    unwrap(std::move(done));
  }
}

/// All is made before anything is written.
void compile(const CompileFlags &flags) {
  if (flags.output.empty())
    failUsage("no output file: give -o FILE, or -o - for standard output");
  bool wantsDependencies =
      flags.writeDependencies || !flags.dependencies.empty();
  if (flags.output == "-" && flags.writeDependencies &&
      flags.dependencies.empty())
    failUsage("-MD needs -MF FILE where the output has no name");
  std::vector<LoadedActivation> loaded = load(flags);
  std::vector<HeaderFunction> declared = makeFunctions(loaded, flags);
  ObjectOptions options = getOptions(flags);
  std::vector<ObjectFunction> functions;
  for (const HeaderFunction &one : declared)
    functions.push_back(one.function);
  std::string header = makeHeader(declared, options);
  std::string output = header;
  if (flags.kind != "header")
    output = withSource(loaded.front(), [&] {
      Compiler compiler;
      return unwrap(
          compiler.emitObject(functions, options, emitKinds.at(flags.kind)));
    });
  std::vector<OutputFile> files = {{flags.output, output}};
  if (!flags.header.empty())
    files.push_back({flags.header, header});
  if (wantsDependencies)
    files.push_back(
        {getDependencyFile(flags), makeDependencies(loaded, flags)});
  writeFiles(files);
}

std::string checkIdentifier(const std::string &name) {
  bool isName =
      !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0]));
  for (unsigned char c : name)
    isName &= std::isalnum(c) || c == '_';
  return isName ? "" : "'" + name + "' is no C identifier";
}

void addTargetFlags(CLI::App &app, CompileFlags &flags) {
  app.add_option("--target", flags.targets,
                 "A triple, level or CPU (see --print-targets); several, "
                 "comma-separated, make one object that chooses when called")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  app.add_option("--mcpu", flags.cpu, "-mcpu=CPU: the CPU of the target");
  app.add_option("--mattr", flags.features,
                 "-mattr=+a,-b: features added and taken away");
  app.add_option("-O", flags.optimization,
                 "-O0 to -O3: the code generator's effort; no result changes")
      ->check(CLI::Range(0, 3))
      ->capture_default_str();
}

void addOutputFlags(CLI::App &app, CompileFlags &flags) {
  app.add_option("-o,--output", flags.output,
                 "The output file; '-' for standard output");
  app.add_option("-h,--header", flags.header, "The C header, written as well");
  app.add_option("--emit", flags.kind,
                 "obj, asm, llvm, bc, mlir, ptx or header")
      ->check(
          CLI::IsMember({"obj", "asm", "llvm", "bc", "mlir", "ptx", "header"}))
      ->capture_default_str();
  app.add_flag("-g", flags.debugInfo,
               "Debug information: the lines of the formulas' files");
  app.add_flag("--MD", flags.writeDependencies,
               "-MD: write a make rule beside the output");
  app.add_option("--MF", flags.dependencies, "-MF FILE: write it there");
}

void addFlags(CLI::App &app, CompileFlags &flags) {
  app.set_help_flag("--help", "Print this help message and exit");
  app.add_option("formulas", flags.formulas,
                 "FILE[:NAME], '-' for standard input, or the name of a "
                 "standard activation; without NAME all of the file");
  app.add_option("-e,--expression", flags.source.expression,
                 "The formula's text, in place of a file");
  addOutputFlags(app, flags);
  app.add_option("--pass", flags.passes,
                 "forward, backward or fused; several comma-separated")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"forward", "backward", "fused"}))
      ->capture_default_str();
  app.add_option("--name", flags.name,
                 "In place of the activation's name in the function's")
      ->check(checkIdentifier);
  app.add_option("--prefix", flags.prefix, "Before each function's name")
      ->check(checkIdentifier);
  addTargetFlags(app, flags);
  addMathOptions(app, flags);
  app.add_flag_callback(
      "--print-targets",
      [] {
        Compiler compiler;
        printText(unwrap(compiler.describeTargets()));
        throw CLI::Success();
      },
      "Print what --target takes and exit");
}

int report(const ToolError &error) {
  std::fputs(renderError(error, "actinc").c_str(), stderr);
  return static_cast<int>(error.status);
}

int run(CLI::App &app, CompileFlags &flags,
        std::vector<std::string> arguments) {
  try {
    std::reverse(arguments.begin(), arguments.end()); // As CLI11 wants it.
    app.parse(std::move(arguments));
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

/// clang's long flags have one dash; CLI11 knows them with two.
std::vector<std::string> readArguments(int argc, char **argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string &argument : arguments)
    for (const char *flag : {"-mcpu", "-mattr", "-MD", "-MF"})
      if (argument == flag || argument.starts_with(std::string(flag) + "="))
        argument.insert(0, "-");
  return arguments;
}

} // namespace

int main(int argc, char **argv) {
  CLI::App app("Compiles activations to an object file and a C header",
               "actinc");
  CompileFlags flags;
  addFlags(app, flags);
  try {
    return run(app, flags, readArguments(argc, argv));
  } catch (const std::exception &error) { // out of memory
    std::fprintf(stderr, "actinc: error: %s\n", error.what());
    return static_cast<int>(ExitStatus::BadInput);
  }
}
