//===- CpuDispatch.h - Which of several targets a machine is ----*- C++ -*-===//

#ifndef ACTIN_CODEGEN_CPUDISPATCH_H
#define ACTIN_CODEGEN_CPUDISPATCH_H

#include "CodeGen/HostTarget.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/Module.h"

namespace actin {

/// Adds to `module` an internal function without arguments that gives, as i32,
/// the last number of those of `targets` whose instructions the machine has and
/// whose registers its operating system saves; 0 if none but the first, which
/// is not checked. It asks the processor alone: CPUID and XGETBV on x86; on
/// AArch64 the identification registers, which Linux (since 4.11) lets programs
/// read, and in which it hides what it does not support. Fails where a target
/// wants what cannot be asked for, and on AArch64 without Linux.
llvm::Expected<llvm::Function *>
buildTargetSelector(llvm::Module &module, llvm::ArrayRef<Target> targets);

} // namespace actin

#endif // ACTIN_CODEGEN_CPUDISPATCH_H
