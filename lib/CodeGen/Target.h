//===- Target.h - The machine that code is made for -------------*- C++ -*-===//

#ifndef ACTIN_CODEGEN_TARGET_H
#define ACTIN_CODEGEN_TARGET_H

#include "CodeGen/HostTarget.h"
#include "Lowering/VectorBuilder.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace actin {

/// The target of that name, one of
/// - "native": this machine;
/// - a level: x86-64-v2, x86-64-v3, x86-64-v4, neon, sve, sve2, or an NVIDIA
/// GPU
///   from sm_75 on (for this machine's system where the architecture is its
///   own, else Linux);
/// - a CPU that LLVM knows of x86-64 or AArch64, likewise;
/// - a triple, such as aarch64-linux-gnu: the least CPU that kernels are made
///   for;
/// - `TRIPLE:CPU`, the CPU possibly a level (also "nvptx:sm_75").
/// Each may be followed by `:FEATURES`, comma-separated with + or -.
///
/// Fails on an architecture without kernels, on systems, CPUs and features that
/// LLVM does not know, and where the CPU lacks what the least kernels need
/// (SSE4.1; NEON). Thread-safe.
llvm::Expected<Target> resolveTarget(llvm::StringRef name);

/// A list for people of what resolveTarget takes, a line each.
std::string describeTargets();

/// True where kernels are NVIDIA's PTX.
bool isGpu(const Target &target);

/// The number in "sm_90" or "sm_90a"; 0 for other names.
unsigned getGpuVersion(llvm::StringRef cpu);

/// A target machine for `target`: position-independent code. Initialises the
/// LLVM targets on first use; thread-safe.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(
    const Target &target,
    llvm::CodeGenOptLevel level = llvm::CodeGenOptLevel::Default);

/// What LLVM knows of `target`'s CPU. Fails on a triple without a code
/// generator. Initialises as createTargetMachine does.
llvm::Expected<std::unique_ptr<llvm::MCSubtargetInfo>>
createSubtarget(const Target &target);

/// What the lowering must know of it.
TargetTraits getTraits(const llvm::TargetMachine &machine);

} // namespace actin

#endif // ACTIN_CODEGEN_TARGET_H
