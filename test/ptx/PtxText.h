//===- PtxText.h - The parts of a PTX module --------------------*- C++ -*-===//
//
// In: PTX as text. Out: its kernels as statements, its variables. What this
// reader does not know it refuses.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_PTX_PTXTEXT_H
#define ACTIN_TEST_PTX_PTXTEXT_H

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace actin::test {

/// What is wrong with a module, or with what a kernel did.
struct PtxError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// "@!%p1 bra $L;" and the like.
struct PtxStatement {
  std::string guard; ///< The predicate's name; empty: always.
  bool isGuardNegated = false;
  std::string opcode;
  std::vector<std::string> operands; ///< "{a, b}" and "[a+8]" are one each.
  unsigned line = 0;
};

struct PtxVariable {
  std::string name;
  size_t sizeBytes = 0;
  std::vector<uint8_t> bytes; ///< Empty: not initialised.
};

struct PtxEntry {
  std::string name;
  std::vector<PtxVariable> parameters;
  unsigned maxThreads = 1024;
  std::vector<PtxVariable> shared;
  std::vector<PtxStatement> statements;
  std::map<std::string, size_t> labels; ///< The statement after each.
};

struct PtxText {
  std::string target; ///< "sm_90".
  std::vector<PtxVariable> globals;
  std::vector<PtxVariable> shared;
  std::vector<PtxEntry> entries;
};

/// Throws PtxError, with the line.
PtxText readPtx(std::string_view text);

} // namespace actin::test

#endif // ACTIN_TEST_PTX_PTXTEXT_H
