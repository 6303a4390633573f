//===- LinkImage.h - Object files to code images ----------------*- C++ -*-===//

#ifndef ACTIN_CODEGEN_LINKIMAGE_H
#define ACTIN_CODEGEN_LINKIMAGE_H

#include "CodeGen/CodeImage.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace actin {

/// The function `symbol` of `object` (ELF) and what it uses of it. Fails where
/// that refers to anything outside, holds data that can be written, or depends
/// on its address.
llvm::Expected<CodeImage> linkImage(llvm::ArrayRef<char> object,
                                    llvm::StringRef symbol);

} // namespace actin

#endif // ACTIN_CODEGEN_LINKIMAGE_H
