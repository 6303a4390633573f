//===- PtxMemory.h - A GPU's global memory ----------------------*- C++ -*-===//

#ifndef ACTIN_TEST_PTX_PTXMEMORY_H
#define ACTIN_TEST_PTX_PTXMEMORY_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace actin::test {

/// Blocks of bytes at addresses of their own, far apart from each other: an
/// access that is not wholly inside of one is an error, and so is one that is
/// not aligned to its size.
class PtxMemory {
public:
  /// The address of a new block of undefined bytes; `offsetBytes` behind a
  /// multiple of 256.
  uint64_t allocate(size_t sizeBytes, size_t offsetBytes = 0);
  /// Of the block that begins there. Throws PtxError where none does.
  void release(uint64_t address);

  void write(uint64_t address, const void *bytes, size_t sizeBytes);
  void read(uint64_t address, void *bytes, size_t sizeBytes) const;

  /// `sizeBytes` bytes as a kernel accesses them. Throws PtxError.
  uint8_t *access(uint64_t address, size_t sizeBytes);

private:
  const uint8_t *find(uint64_t address, size_t sizeBytes) const;

  std::map<uint64_t, std::vector<uint8_t>> blocks;
  uint64_t nextBase = 0x7000'0000'0000;
};

} // namespace actin::test

#endif // ACTIN_TEST_PTX_PTXMEMORY_H
