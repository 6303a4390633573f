//===- PtxasTable.cpp - What ptxas makes of the standard library ----------===//
//
// usage: PtxasTable [f32|f64|f16|bf16 …]
//
// Compiles every standard activation, forward and backward, for each GPU that
// code is made for, and has NVIDIA's assembler translate the PTX. Prints the
// registers that a thread of the largest kernel uses. Exit status: 0 where
// ptxas takes all of it without spilling a register, 77 where there is no
// ptxas ($PTXAS, the path, /usr/local/cuda/bin), else 1.
//
//===----------------------------------------------------------------------===//

#include "actin/Compiler.h"
#include "actin/Module.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace actin;

namespace {

constexpr const char *gpus[] = {"sm_75", "sm_80",  "sm_89",
                                "sm_90", "sm_100", "sm_120"};
constexpr int skipped = 77;

std::string runCommand(const std::string &command) {
  std::string output;
  FILE *pipe = popen(command.c_str(), "r");
  if (!pipe)
    return output;
  char buffer[4096];
  while (size_t size = fread(buffer, 1, sizeof(buffer), pipe))
    output.append(buffer, size);
  return pclose(pipe) == 0 ? output : "failed: " + output;
}

std::string findPtxas() {
  const char *given = std::getenv("PTXAS");
  for (std::string name :
       {given ? given : "", "ptxas", "/usr/local/cuda/bin/ptxas"})
    if (!name.empty() &&
        runCommand(name + " --version 2>/dev/null")
                .find("Ptx optimizing assembler") != std::string::npos)
      return name;
  return "";
}

struct Findings {
  int registers = 0;
  std::string fault;
};

class Assembler {
public:
  explicit Assembler(std::string ptxas)
      : ptxas(std::move(ptxas)),
        file(fs::temp_directory_path() /
             ("actin-" + std::to_string(getpid()) + ".ptx")) {}
  ~Assembler() { fs::remove(file); }

  Findings assemble(const std::string &ptx, const std::string &gpu) const {
    std::ofstream(file) << ptx;
    std::string report = runCommand(ptxas + " -v -arch=" + gpu +
                                    " -o /dev/null " + file.string() + " 2>&1");
    Findings findings;
    if (report.starts_with("failed"))
      findings.fault = report;
    static const std::regex used("Used ([0-9]+) registers");
    static const std::regex spill("([1-9][0-9]*) bytes spill");
    for (std::sregex_iterator it(report.begin(), report.end(), used), end;
         it != end; ++it)
      findings.registers =
          std::max(findings.registers, std::stoi((*it)[1].str()));
    if (std::regex_search(report, spill))
      findings.fault = "spills:\n" + report;
    if (findings.registers == 0 && findings.fault.empty())
      findings.fault = "no kernel found:\n" + report;
    return findings;
  }

private:
  const std::string ptxas;
  const fs::path file;
};

/// One line of the table; false where something is wrong.
bool printLine(Compiler &compiler, const Assembler &assembler,
               const Activation &activation, const KernelOutputs &outputs,
               const std::string &type, const CompileOptions &options) {
  std::printf("%-20s %-5s %-9s", activation.getName().c_str(), type.c_str(),
              outputs.forward ? "forward" : "backward");
  std::string faults;
  for (const char *gpu : gpus) {
    CompileOptions forGpu = options;
    forGpu.target = gpu;
    auto ptx = compiler.emit(activation, outputs, forGpu, EmitKind::PTX);
    Findings findings{0, ptx ? "" : ptx.error().front().message};
    if (ptx)
      findings = assembler.assemble(*ptx, gpu);
    std::printf(" %6d", findings.registers);
    if (!findings.fault.empty())
      faults += std::string(gpu) + ": " + findings.fault + "\n";
  }
  std::printf("\n%s", faults.c_str());
  std::fflush(stdout);
  return faults.empty();
}

} // namespace

int main(int argc, char **argv) {
  std::string ptxas = findPtxas();
  if (ptxas.empty()) {
    std::puts("skipped: there is no ptxas here");
    return skipped;
  }
  std::vector<std::string> types(argv + 1, argv + argc);
  if (types.empty())
    types = {"f32"};
  std::printf("Registers a thread\n%-20s %-5s %-9s", "activation", "type",
              "pass");
  for (const char *gpu : gpus)
    std::printf(" %6s", gpu);
  std::puts("");
  Assembler assembler(ptxas);
  Compiler compiler;
  bool isGood = true;
  for (DataType type :
       {DataType::F32, DataType::F64, DataType::F16, DataType::BF16}) {
    const std::string name = getTypeName(type);
    if (std::find(types.begin(), types.end(), name) == types.end())
      continue;
    CompileOptions options;
    options.type = type;
    for (const Activation &activation : getStandardLibrary().getActivations())
      for (const KernelOutputs &outputs :
           {KernelOutputs{}, backwardOutputs(activation)})
        isGood &=
            printLine(compiler, assembler, activation, outputs, name, options);
  }
  return isGood ? 0 : 1;
}
