//===- Stages.h - The stages that every user of them shares -----*- C++ -*-===//

#ifndef ACTIN_COMPILER_STAGES_H
#define ACTIN_COMPILER_STAGES_H

#include "CodeGen/Target.h"
#include "Lowering/MathToVector.h"
#include "Transforms/ElideClamps.h"
#include "Transforms/Stabilize.h"
#include "actin/Compiler.h"

#include "mlir/IR/BuiltinOps.h"

namespace actin {

/// Who hears what stabilization does.
struct StabilizeListeners {
  RewriteListener rewrites = nullptr;
  ClampListener clamps = nullptr;
};

/// Makes the kernel over the reals, derived and stabilized, the only function
/// of `module`, which is empty. `mark` hears the name of each stage that is
/// done. Fails with an error at the module.
mlir::FailureOr<mlir::func::FuncOp>
planOverReals(const Activation &activation, const KernelOutputs &outputs,
              const CompileOptions &options, mlir::ModuleOp module,
              llvm::function_ref<void(const char *)> mark,
              StabilizeListeners listeners = {});

/// For whole vectors of a machine with `traits`.
MathLoweringOptions getMathOptions(const CompileOptions &options,
                                   const TargetTraits &traits);

} // namespace actin

#endif // ACTIN_COMPILER_STAGES_H
