//===- PtxOperations.h - What PTX instructions compute ----------*- C++ -*-===//
//
// The instructions that go from registers to one register, by their full
// names. Registers hold bits, as PTX's .b16, .b32 and .b64 do; a predicate is 0
// or 1. All of them round as IEEE 754 says: the compiler emits no approximate
// instruction, so none is known here.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_PTX_PTXOPERATIONS_H
#define ACTIN_TEST_PTX_PTXOPERATIONS_H

#include <cstdint>
#include <string_view>

namespace actin::test {

struct PtxOperation {
  unsigned numSources;
  uint64_t (*compute)(uint64_t a, uint64_t b, uint64_t c);
};

/// nullptr where `opcode` is not known.
const PtxOperation *findPtxOperation(std::string_view opcode);

} // namespace actin::test

#endif // ACTIN_TEST_PTX_PTXOPERATIONS_H
