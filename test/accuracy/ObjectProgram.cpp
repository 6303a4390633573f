//===- ObjectProgram.cpp - Objects in programs of other machines ----------===//

#include "ObjectProgram.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

namespace fs = std::filesystem;

namespace actin::test {

const std::vector<ObjectMachine> &getObjectMachines() {
  const char *x86 = ACTIN_X86_C_COMPILER, *arm = "aarch64-linux-gnu-gcc";
  const std::vector<std::string> levels = {"x86-64-v2", "x86-64-v3",
                                           "x86-64-v4"};
  auto qemuX86 = [](const char *cpu) {
    return std::vector<std::string>{"qemu-x86_64", "-cpu", cpu};
  };
  auto qemuArm = [](const char *cpu) {
    return std::vector<std::string>{"qemu-aarch64", "-cpu", cpu};
  };
  static const std::vector<ObjectMachine> machines = {
      {"host", levels, x86, {}},
      {"nehalem", levels, x86, qemuX86("Nehalem")},
      // QEMU 7 reads the inactive lanes of AVX2's masked loads too.
      {"haswell", levels, x86, qemuX86("Haswell"), 32},
      {"neon", {"neon", "sve"}, arm, qemuArm("cortex-a57")},
      {"sve128", {"neon", "sve"}, arm, qemuArm("max,sve128=on")},
      {"sve256", {"neon", "sve"}, arm, qemuArm("max,sve256=on")},
      {"sve512", {"neon", "sve"}, arm, qemuArm("max,sve512=on")},
  };
  return machines;
}

const ObjectMachine &getObjectMachine(const std::string &name) {
  return *std::find_if(
      getObjectMachines().begin(), getObjectMachines().end(),
      [&](const ObjectMachine &machine) { return machine.name == name; });
}

static int runCommand(const std::string &command) {
  int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool hasCommand(const std::string &name) {
  return runCommand("command -v " + name + " >/dev/null") == 0;
}

std::string findMissingTool(const ObjectMachine &machine) {
  if (!hasCommand(machine.compiler))
    return machine.compiler;
  if (!machine.runner.empty() && !hasCommand(machine.runner.front()))
    return machine.runner.front();
  return "";
}

ProgramFunction makeProgramFunction(const Activation &activation, bool fused) {
  ProgramFunction result{
      {activation, fused ? fusedOutputs(activation) : KernelOutputs{},
       activation.getName() + (fused ? "_fused" : "_forward")},
      std::string(activation.getInputs().size() + fused, 'i')};
  for (const Parameter &parameter : activation.getParameters())
    result.roles += parameter.perChannel ? 'c' : 's';
  result.roles += 'o';
  if (fused) {
    result.roles += std::string(activation.getInputs().size(), 'o');
    result.roles += std::string(activation.getParameters().size(), 'g');
  }
  return result;
}

/// The prototype, and a wrapper with untyped arguments.
static std::string declare(const ProgramFunction &function, DataType type,
                           std::string &wrapper) {
  std::string element = type == DataType::F64   ? "double"
                        : type == DataType::F32 ? "float"
                                                : "unsigned short";
  std::string compute = type == DataType::F64 ? "double" : "float";
  std::string prototype = "void " + function.function.symbol + "(";
  wrapper = "static void call_" + function.function.symbol +
            "(void **a, size_t n) {\n  " + function.function.symbol + "(";
  for (size_t i = 0; i != function.roles.size(); ++i) {
    char role = function.roles[i];
    std::string argument = "a[" + std::to_string(i) + "]";
    bool isElement = role == 'i' || role == 'o';
    prototype +=
        (isElement ? element : compute) + (role == 's' ? "" : " *") + ", ";
    wrapper +=
        (role == 's' ? "*(" + compute + " *)" + argument : argument) + ", ";
  }
  bool hasChannels = function.roles.find('c') != std::string::npos;
  wrapper += hasChannels ? "1, 1, n);\n}\n" : "n);\n}\n";
  return prototype + (hasChannels ? "size_t, size_t, size_t" : "size_t") +
         ");\n";
}

static void writeFile(const std::string &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

static std::string readFile(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

ObjectProgram::ObjectProgram(const ObjectMachine &machine, DataType type,
                             const std::vector<ProgramFunction> &functions)
    : type(type) {
  std::string pattern =
      (fs::temp_directory_path() / "actin-objects-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    throw std::runtime_error("no temporary folder");
  folder = pattern;
  ObjectOptions options;
  options.compile.type = type;
  options.targets = machine.targets;
  std::vector<ObjectFunction> wanted;
  std::string header = "#include <stddef.h>\n", wrappers,
              table = "static const struct function functions[] = {\n";
  for (const ProgramFunction &function : functions) {
    wanted.push_back(function.function);
    std::string wrapper, symbol = function.function.symbol;
    header += declare(function, type, wrapper);
    wrappers += wrapper;
    table += "  {\"" + symbol + "\", \"" + function.roles + "\", call_" +
             symbol + "},\n";
  }
  Compiler compiler;
  auto object = compiler.emitObject(wanted, options, EmitKind::Object);
  if (!object)
    throw std::runtime_error(render(object.error(), "", "formula"));
  writeFile(folder + "/functions.o", *object);
  writeFile(folder + "/functions.h", header);
  writeFile(folder + "/functions.inc", wrappers + table + "};\n");
  std::string command = std::string(machine.compiler) + " -O1 -static -I" +
                        folder + " " ACTIN_OBJECTS_SOURCE " " + folder +
                        "/functions.o -o " + folder + "/program";
  if (runCommand(command) != 0)
    throw std::runtime_error(command);
}

ObjectProgram::~ObjectProgram() { fs::remove_all(folder); }

std::string ObjectProgram::run(const ObjectMachine &machine,
                               const std::string &symbol,
                               const std::string &input) const {
  writeFile(folder + "/in", input);
  std::string command;
  for (const std::string &part : machine.runner)
    command += part + " ";
  command += folder + "/program " + symbol + " " +
             std::to_string(getSizeBytes(type)) + " " +
             std::to_string(machine.slackBytes) + " <" + folder + "/in >" +
             folder + "/out 2>" + folder + "/err";
  if (int status = runCommand(command))
    throw std::runtime_error(command + ": status " + std::to_string(status) +
                             ": " + readFile(folder + "/err"));
  return readFile(folder + "/out");
}

} // namespace actin::test
