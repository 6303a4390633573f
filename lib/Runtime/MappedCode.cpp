//===- MappedCode.cpp - Machine code in this process ----------------------===//

#include "Runtime/MappedCode.h"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace actin {

static tl::unexpected<Diagnostics> makeSystemError(const char *what) {
  return makeError(std::string(what) + ": " + std::strerror(errno));
}

Expected<std::shared_ptr<const MappedCode>>
MappedCode::map(const CodeImage &image) {
  if (image.entryOffset >= image.bytes.size())
    return makeError("the code image has no entry");
  size_t page = sysconf(_SC_PAGESIZE);
  size_t mappedBytes = (image.bytes.size() + page - 1) / page * page;
  void *pages = mmap(nullptr, mappedBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    return makeSystemError("no memory for machine code");
  auto *begin = static_cast<char *>(pages);
  std::memcpy(begin, image.bytes.data(), image.bytes.size());
  if (mprotect(pages, mappedBytes, PROT_READ | PROT_EXEC) != 0) {
    auto error = makeSystemError("memory cannot be made executable");
    munmap(pages, mappedBytes);
    return error;
  }
  __builtin___clear_cache(begin, begin + image.bytes.size());
  return std::make_shared<const MappedCode>(pages, mappedBytes, image);
}

MappedCode::~MappedCode() { munmap(pages, mappedBytes); }

} // namespace actin
