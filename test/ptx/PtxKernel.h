//===- PtxKernel.h - A kernel ready to run ----------------------*- C++ -*-===//

#ifndef ACTIN_TEST_PTX_PTXKERNEL_H
#define ACTIN_TEST_PTX_PTXKERNEL_H

#include "PtxMemory.h"
#include "PtxText.h"

#include <functional>

namespace actin::test {

/// What the threads of a block see of their surroundings.
struct PtxBlock {
  unsigned number = 0, numBlocks = 1, numThreads = 1;
  PtxMemory *global = nullptr;
  std::vector<uint8_t> shared;
  const std::vector<uint64_t> *arguments = nullptr;
};

struct PtxThread {
  unsigned number = 0; ///< In the block.
  PtxBlock *block = nullptr;
  std::vector<uint64_t> registers;
  size_t next = 0; ///< Instruction.
};

/// A value as an instruction names it.
struct PtxSource {
  enum Kind { Register, Constant, Tid, Ntid, Ctaid, Nctaid } kind = Constant;
  uint64_t value = 0; ///< Number of the register, or the bits.

  uint64_t read(const PtxThread &thread) const;
};

struct PtxInstruction {
  /// Shuffles and barriers need the other threads.
  enum Kind { Plain, Branch, Return, Shuffle, Barrier } kind = Plain;
  int guard = -1; ///< Register.
  bool isGuardNegated = false;
  std::function<void(PtxThread &)> run; ///< Plain.
  size_t target = 0;                    ///< Branch.
  unsigned destination = 0;             ///< Shuffle.
  PtxSource value;                      ///< Shuffle.
  unsigned distance = 0;                ///< Shuffle.
  unsigned line = 0;
};

struct PtxKernel {
  std::string name;
  unsigned maxThreads = 0, numParameters = 0, numRegisters = 0;
  size_t sharedBytes = 0;
  std::vector<PtxInstruction> instructions;
};

/// `globals`: the addresses of the module's variables. Throws PtxError on every
/// instruction, operand or modifier that is not known.
PtxKernel decodePtx(const PtxText &module, const PtxEntry &entry,
                    const std::map<std::string, uint64_t> &globals);

} // namespace actin::test

#endif // ACTIN_TEST_PTX_PTXKERNEL_H
