//===- CompileSoak.cpp - Compiling without end ----------------------------===//
//
// Every round compiles a formula that no round had before, runs it, and frees
// it. Shows memory and threads as it goes. Exit status: 1 where a result was
// wrong, where a thread was left, or where resident memory still grew in the
// second half; else 0.
//
//===----------------------------------------------------------------------===//

#include "actin/Compiler.h"
#include "actin/Module.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace {

struct Usage {
  double residentMiB = 0;
  int numThreads = 0;
};

Usage getUsage() {
  std::ifstream file("/proc/self/statm");
  size_t total = 0, resident = 0;
  file >> total >> resident;
  Usage usage{double(resident) * double(sysconf(_SC_PAGESIZE)) / 0x1p20, 0};
  for ([[maybe_unused]] const auto &task :
       std::filesystem::directory_iterator("/proc/self/task"))
    ++usage.numThreads;
  return usage;
}

/// Compiles and runs formula `round`, forward and with its gradient.
bool isRight(actin::Compiler &compiler, int round) {
  auto module =
      actin::parseModule("activation f(x) = x * x + " + std::to_string(round));
  const actin::Activation &activation = module->getActivations().front();
  auto kernel = compiler.compile(activation, {true, {"x"}, {}});
  if (!kernel)
    return false;
  float x = 3, dout = 2, y = 0, dx = 0;
  auto view = [](float &value) {
    return actin::TensorView{&value, actin::DataType::F32, {1}};
  };
  actin::KernelArguments arguments;
  arguments.inputs = {view(x)};
  arguments.dout = view(dout);
  arguments.out = view(y);
  arguments.gradients = {view(dx)};
  return kernel->run(arguments) && y == 9 + float(round) && dx == 12;
}

int soak(int numRounds) {
  constexpr int numReports = 20;
  // What growth is measured against: a new MLIR context every 256 rounds makes
  // memory rise and fall.
  constexpr double allowedMiB = 4;
  actin::Compiler compiler{actin::DiskCacheOptions{}};
  double firstHalf = 0, secondHalf = 0;
  bool right = true;
  int numThreads = getUsage().numThreads;
  for (int round = 0; round != numRounds; ++round) {
    right &= isRight(compiler, round);
    Usage usage = getUsage();
    right &= usage.numThreads == numThreads;
    double &peak = round < numRounds / 2 ? firstHalf : secondHalf;
    peak = std::max(peak, usage.residentMiB);
    if ((round + 1) % std::max(1, numRounds / numReports) == 0)
      std::printf("%7d rounds: %6.1f MiB resident, %d threads\n", round + 1,
                  usage.residentMiB, usage.numThreads);
    std::fflush(stdout);
  }
  std::printf("largest in the first half %.1f MiB, in the second %.1f MiB\n",
              firstHalf, secondHalf);
  return right && secondHalf <= firstHalf + allowedMiB ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  int numRounds = 2000;
  CLI::App app("Compiles and frees without end, and watches memory.");
  app.add_option("--rounds", numRounds)->check(CLI::Range(2, 100000000));
  CLI11_PARSE(app, argc, argv);
  return soak(numRounds);
}
