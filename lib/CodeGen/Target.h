//===- Target.h - The machine that code is made for -------------*- C++ -*-===//

#ifndef ACTIN_CODEGEN_TARGET_H
#define ACTIN_CODEGEN_TARGET_H

#include "CodeGen/HostTarget.h"
#include "Lowering/VectorBuilder.h"

#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace actin {

/// The target of that name: one of this machine's architecture, as
/// resolveHostTarget has it, or an NVIDIA GPU from "sm_75" on (also
/// "nvptx:sm_75"). Fails on any other name.
llvm::Expected<Target> resolveTarget(llvm::StringRef name);

/// True where kernels are NVIDIA's PTX.
bool isGpu(const Target &target);

/// A target machine for `target`: position-independent code, normal
/// optimisation. Initialises the LLVM targets on first use; thread-safe.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const Target &target);

/// What the lowering must know of it.
TargetTraits getTraits(const llvm::TargetMachine &machine);

} // namespace actin

#endif // ACTIN_CODEGEN_TARGET_H
