//===- Translations.h - Operations to LLVM IR -------------------*- C++ -*-===//
//
// What the lowering makes of arith, math, vector, scf and func is translated to
// LLVM IR as it stands. By the LLVM dialect, as MLIR would have it, every
// operation is made once more, which took a tenth of a kernel's compile time.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CODEGEN_TRANSLATIONS_H
#define ACTIN_CODEGEN_TRANSLATIONS_H

#include "mlir/IR/BuiltinOps.h"

namespace actin {

/// Of arith, math and vector: of vectors of one dimension, and of scalars.
void registerOperationTranslations(mlir::DialectRegistry &registry);

/// Of scf.for and scf.if, and of func's calls and returns.
void registerRegionTranslations(mlir::DialectRegistry &registry);

/// Makes func.func of `module` llvm.func, the only functions that MLIR's
/// translation takes. Their bodies stay.
void convertFunctions(mlir::ModuleOp module);

} // namespace actin

#endif // ACTIN_CODEGEN_TRANSLATIONS_H
