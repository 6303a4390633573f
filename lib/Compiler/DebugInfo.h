//===- DebugInfo.h - What debuggers are told of a kernel --------*- C++ -*-===//

#ifndef ACTIN_COMPILER_DEBUGINFO_H
#define ACTIN_COMPILER_DEBUGINFO_H

#include "Compiler/SourceMap.h"

#include "mlir/Dialect/LLVMIR/LLVMAttrs.h"
#include "mlir/IR/BuiltinOps.h"

namespace actin {

/// Makes a subprogram of every function of `module`, and gives its operations,
/// whose places are those of the printed formula, places in the source. What
/// stands in no formula, such as a loop, is of the activation's declaration.
/// Does nothing where `source` has no file. PTX gets `DebugDirectivesOnly`:
/// all else needs a later version of it than the first GPUs are made for.
void addDebugInfo(mlir::ModuleOp module, const SourceMap &source,
                  mlir::LLVM::DIEmissionKind kind);

} // namespace actin

#endif // ACTIN_COMPILER_DEBUGINFO_H
