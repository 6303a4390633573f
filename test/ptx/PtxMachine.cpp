//===- PtxMachine.cpp - Runs PTX kernels without a GPU --------------------===//

#include "PtxMachine.h"

#include <algorithm>

namespace actin::test {
namespace {

constexpr unsigned threadsPerWarp = 32;
/// Instructions that a thread may execute in one launch.
constexpr uint64_t maxSteps = 100'000'000;

class WarpRun {
public:
  WarpRun(const PtxKernel &kernel, PtxBlock &block, unsigned firstThread)
      : kernel(kernel), threads(threadsPerWarp) {
    for (unsigned lane = 0; lane != threadsPerWarp; ++lane) {
      threads[lane].number = firstThread + lane;
      threads[lane].block = &block;
      threads[lane].registers.resize(kernel.numRegisters);
    }
  }

  /// To the next barrier, at which it stands then, or to the end.
  void run();
  bool isDone() const { return getKind() == PtxInstruction::Return; }
  size_t getPlace() const { return threads.front().next; }
  void passBarrier() {
    for (PtxThread &thread : threads)
      ++thread.next;
  }

private:
  PtxInstruction::Kind getKind() const {
    return kernel.instructions[getPlace()].kind;
  }
  void runThread(PtxThread &thread);
  void shuffle();

  const PtxKernel &kernel;
  std::vector<PtxThread> threads;
};

/// Up to what concerns other threads.
void WarpRun::runThread(PtxThread &thread) {
  for (uint64_t step = 0; step != maxSteps; ++step) {
    if (thread.next >= kernel.instructions.size())
      throw PtxError(kernel.name + ": runs past its end");
    const PtxInstruction &instruction = kernel.instructions[thread.next];
    bool isTaken =
        instruction.guard < 0 || (thread.registers[instruction.guard] != 0) !=
                                     instruction.isGuardNegated;
    if (!isTaken) {
      ++thread.next;
      continue;
    }
    switch (instruction.kind) {
    case PtxInstruction::Plain:
      try {
        instruction.run(thread);
      } catch (const PtxError &error) {
        throw PtxError(
            kernel.name + ", line " + std::to_string(instruction.line) +
            ", thread " + std::to_string(thread.number) + " of block " +
            std::to_string(thread.block->number) + ": " + error.what());
      }
      ++thread.next;
      break;
    case PtxInstruction::Branch:
      thread.next = instruction.target;
      break;
    default:
      return;
    }
  }
  throw PtxError(kernel.name + ": does not end");
}

void WarpRun::shuffle() {
  const PtxInstruction &instruction = kernel.instructions[getPlace()];
  std::vector<uint64_t> values;
  for (const PtxThread &thread : threads)
    values.push_back(instruction.value.read(thread));
  for (unsigned lane = 0; lane != threadsPerWarp; ++lane) {
    PtxThread &thread = threads[lane];
    thread.registers[instruction.destination] =
        uint32_t(values[lane ^ instruction.distance]);
    ++thread.next;
  }
}

void WarpRun::run() {
  while (true) {
    for (PtxThread &thread : threads)
      runThread(thread);
    // All returns are alike; all else is one place.
    for (const PtxThread &thread : threads)
      if (thread.next != getPlace() &&
          (!isDone() ||
           kernel.instructions[thread.next].kind != PtxInstruction::Return))
        throw PtxError(kernel.name + ": the lanes of a warp part at line " +
                       std::to_string(kernel.instructions[getPlace()].line));
    if (getKind() != PtxInstruction::Shuffle)
      return;
    shuffle();
  }
}

void runBlock(const PtxKernel &kernel, PtxBlock &block) {
  std::vector<WarpRun> warps;
  for (unsigned thread = 0; thread < block.numThreads; thread += threadsPerWarp)
    warps.emplace_back(kernel, block, thread);
  while (true) {
    for (WarpRun &warp : warps)
      warp.run();
    size_t numDone = std::count_if(warps.begin(), warps.end(),
                                   [](WarpRun &warp) { return warp.isDone(); });
    if (numDone == warps.size())
      return;
    size_t place = warps.front().getPlace();
    for (WarpRun &warp : warps) {
      if (numDone != 0 || warp.getPlace() != place)
        throw PtxError(kernel.name +
                       ": the warps of a block part at a barrier");
      warp.passBarrier();
    }
  }
}

} // namespace

PtxMachine::PtxMachine(std::string_view module, PtxMemory &memory)
    : memory(memory) {
  PtxText text = readPtx(module);
  target = text.target;
  std::map<std::string, uint64_t> globals;
  for (const PtxVariable &variable : text.globals) {
    uint64_t address = memory.allocate(variable.sizeBytes);
    memory.write(address, variable.bytes.data(), variable.bytes.size());
    globals[variable.name] = address;
  }
  for (const PtxEntry &entry : text.entries)
    kernels[entry.name] = decodePtx(text, entry, globals);
}

const PtxKernel &PtxMachine::getKernel(const std::string &name) const {
  auto it = kernels.find(name);
  if (it == kernels.end())
    throw PtxError("there is no kernel '" + name + "'");
  return it->second;
}

bool PtxMachine::hasKernel(const std::string &name) const {
  return kernels.contains(name);
}

unsigned PtxMachine::countParameters(const std::string &name) const {
  return getKernel(name).numParameters;
}

void PtxMachine::launch(const std::string &name, unsigned numBlocks,
                        unsigned threadsPerBlock,
                        const std::vector<uint64_t> &arguments) {
  const PtxKernel &kernel = getKernel(name);
  if (arguments.size() != kernel.numParameters)
    throw PtxError(name + " has " + std::to_string(kernel.numParameters) +
                   " parameters, got " + std::to_string(arguments.size()));
  if (threadsPerBlock % threadsPerWarp != 0 || threadsPerBlock == 0 ||
      threadsPerBlock > kernel.maxThreads || numBlocks == 0)
    throw PtxError(name + " cannot have blocks of " +
                   std::to_string(threadsPerBlock) + " threads");
  PtxBlock block;
  block.numBlocks = numBlocks;
  block.numThreads = threadsPerBlock;
  block.global = &memory;
  block.arguments = &arguments;
  for (; block.number != numBlocks; ++block.number) {
    block.shared.assign(kernel.sharedBytes, 0xff);
    runBlock(kernel, block);
  }
}

} // namespace actin::test
