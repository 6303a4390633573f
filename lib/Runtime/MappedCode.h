//===- MappedCode.h - Machine code in this process --------------*- C++ -*-===//

#ifndef ACTIN_RUNTIME_MAPPEDCODE_H
#define ACTIN_RUNTIME_MAPPEDCODE_H

#include "CodeGen/CodeImage.h"
#include "actin/KernelCall.h"
#include "actin/Expected.h"

#include <memory>

namespace actin {

/// Code that can be called for as long as this handle lives. Its pages are
/// private and anonymous: no file behind them that could change or shrink.
/// They are writable first and executable then, never both.
class MappedCode {
public:
  /// A copy of `image`. Errors: no memory; a system that forbids new code.
  static Expected<std::shared_ptr<const MappedCode>>
  map(const CodeImage &image);

  MappedCode(void *pages, size_t mappedBytes, const CodeImage &image)
      : pages(pages), mappedBytes(mappedBytes), sizeBytes(image.bytes.size()),
        function(reinterpret_cast<KernelFunction>(static_cast<char *>(pages) +
                                                  image.entryOffset)) {}
  ~MappedCode();
  MappedCode(const MappedCode &) = delete;
  MappedCode &operator=(const MappedCode &) = delete;

  KernelFunction getFunction() const { return function; }
  size_t getSizeBytes() const { return sizeBytes; }

private:
  void *pages;
  size_t mappedBytes, sizeBytes;
  KernelFunction function;
};

} // namespace actin

#endif // ACTIN_RUNTIME_MAPPEDCODE_H
