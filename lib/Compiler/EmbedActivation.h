//===- EmbedActivation.h - emitActivation, of a parsed formula --*- C++ -*-===//

#ifndef ACTIN_COMPILER_EMBEDACTIVATION_H
#define ACTIN_COMPILER_EMBEDACTIVATION_H

#include "Compiler/Stages.h"
#include "actin/Compiler.h"
#include "actin/Dialect/Act/Embed.h"

namespace actin {

/// As `emitActivation`, for a machine with `traits`.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
embedActivation(mlir::OpBuilder &builder, mlir::Location location,
                const Activation &activation, const KernelOutputs &outputs,
                const CompileOptions &options, const TargetTraits &traits,
                const EmbedOperands &operands);

/// Fills the empty `module` with the functions that EmitKind::InlineLLVM
/// describes, in the dialects of registerEmbeddedDialects. Fails with an error
/// in the module's context.
mlir::LogicalResult buildInlineFunctions(mlir::ModuleOp module,
                                         const Activation &activation,
                                         const KernelOutputs &outputs,
                                         const CompileOptions &options,
                                         const TargetTraits &traits,
                                         llvm::StringRef symbol);

} // namespace actin

#endif // ACTIN_COMPILER_EMBEDACTIVATION_H
