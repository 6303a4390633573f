//===- CodeImage.h - Machine code that runs where it is put -----*- C++ -*-===//

#ifndef ACTIN_CODEGEN_CODEIMAGE_H
#define ACTIN_CODEGEN_CODEIMAGE_H

#include <cstddef>
#include <cstdint>
#include <string>

namespace actin {

/// One function with its constants in one block of memory. Nothing is left to
/// resolve: it runs from any address that is a multiple of `alignmentBytes`,
/// writes to nothing of its own and refers to nothing outside.
struct CodeImage {
  /// A page of every machine that Actin has code for.
  static constexpr size_t alignmentBytes = 4096;

  std::string bytes;
  uint64_t entryOffset = 0; ///< Of the function, in `bytes`.
};

} // namespace actin

#endif // ACTIN_CODEGEN_CODEIMAGE_H
