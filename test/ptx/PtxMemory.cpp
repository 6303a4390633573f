//===- PtxMemory.cpp - A GPU's global memory ------------------------------===//

#include "PtxMemory.h"

#include "PtxText.h"

#include <cstring>

namespace actin::test {

/// What undefined bytes are: a NaN of every format.
static constexpr uint8_t undefinedByte = 0xff;
/// At the least, between two blocks.
static constexpr uint64_t gapBytes = 1 << 16;

static std::string describe(uint64_t address, size_t sizeBytes) {
  char text[64];
  std::snprintf(text, sizeof(text), "%zu bytes at 0x%llx", sizeBytes,
                static_cast<unsigned long long>(address));
  return text;
}

uint64_t PtxMemory::allocate(size_t sizeBytes, size_t offsetBytes) {
  uint64_t address = nextBase + offsetBytes;
  nextBase = (address + sizeBytes + 2 * gapBytes) / gapBytes * gapBytes;
  blocks[address].assign(sizeBytes, undefinedByte);
  return address;
}

void PtxMemory::release(uint64_t address) {
  if (blocks.erase(address) == 0)
    throw PtxError("no block begins at " + describe(address, 0));
}

const uint8_t *PtxMemory::find(uint64_t address, size_t sizeBytes) const {
  auto block = blocks.upper_bound(address);
  if (block == blocks.begin())
    throw PtxError("outside of every block: " + describe(address, sizeBytes));
  --block;
  uint64_t offset = address - block->first;
  if (offset + sizeBytes > block->second.size())
    throw PtxError("outside of every block: " + describe(address, sizeBytes) +
                   "; the last before it has " +
                   describe(block->first, block->second.size()));
  return block->second.data() + offset;
}

void PtxMemory::write(uint64_t address, const void *bytes, size_t sizeBytes) {
  if (sizeBytes != 0)
    std::memcpy(const_cast<uint8_t *>(find(address, sizeBytes)), bytes,
                sizeBytes);
}

void PtxMemory::read(uint64_t address, void *bytes, size_t sizeBytes) const {
  if (sizeBytes != 0)
    std::memcpy(bytes, find(address, sizeBytes), sizeBytes);
}

uint8_t *PtxMemory::access(uint64_t address, size_t sizeBytes) {
  if (address % sizeBytes != 0)
    throw PtxError("not aligned: " + describe(address, sizeBytes));
  return const_cast<uint8_t *>(find(address, sizeBytes));
}

} // namespace actin::test
