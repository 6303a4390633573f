//===- Target.h - The machine that code is made for -------------*- C++ -*-===//

#ifndef ACTIN_CODEGEN_TARGET_H
#define ACTIN_CODEGEN_TARGET_H

#include "Lowering/VectorBuilder.h"

#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace actin {

/// A resolved target: never "native".
struct Target {
  std::string triple;
  std::string cpu;
  std::string features; ///< "+avx2,-sse4a,…", in LLVM's form; may be empty.

  bool operator==(const Target &) const = default;
};

/// `name` is "native", "x86-64-v2|v3|v4", or a CPU that LLVM knows for this
/// machine's architecture. Fails on an unknown name.
llvm::Expected<Target> resolveTarget(llvm::StringRef name);

/// A target machine for `target`: position-independent code, normal
/// optimisation. Initialises the LLVM targets on first use; thread-safe.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const Target &target);

/// What the lowering must know of it.
TargetTraits getTraits(const llvm::TargetMachine &machine);

/// The instruction set extensions that code for `machine` may use and this CPU
/// or its operating system does not have, comma-separated; empty where the
/// code can run here. Tuning flags do not count.
std::string findMissingFeatures(const llvm::TargetMachine &machine);

} // namespace actin

#endif // ACTIN_CODEGEN_TARGET_H
