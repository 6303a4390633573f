//===- VectorConstants.h - Constants that instructions load -----*- C++ -*-===//

#ifndef ACTIN_CODEGEN_VECTORCONSTANTS_H
#define ACTIN_CODEGEN_VECTORCONSTANTS_H

#include "llvm/IR/Module.h"

namespace actin {

/// Puts what each loop's arithmetic takes from constant vectors into memory, as
/// whole vectors, from where x86's instructions take an operand at no cost. For
/// AVX without AVX-512: LLVM keeps one element there and broadcasts it by an
/// instruction of its own, for each use where registers are scarce. (AVX-512
/// broadcasts on the way; before AVX constants are whole vectors.)
void loadVectorConstants(llvm::Module &module);

} // namespace actin

#endif // ACTIN_CODEGEN_VECTORCONSTANTS_H
