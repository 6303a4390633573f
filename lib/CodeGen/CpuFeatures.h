//===- CpuFeatures.h - What processors have and say -------------*- C++ -*-===//
//
// Names of CPUs and of levels of them, the instruction set extensions of each,
// and which of them this machine has.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CODEGEN_CPUFEATURES_H
#define ACTIN_CODEGEN_CPUFEATURES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/TargetParser/Triple.h"

#include <set>
#include <string>

namespace actin {

/// A name for what many CPUs have in common.
struct CpuLevel {
  const char *name;
  llvm::Triple::ArchType arch;
  const char *cpu;      ///< As LLVM has it.
  const char *features; ///< Beyond those of `cpu`, in LLVM's form.
  const char *description;
};

/// Of each architecture, the least first.
llvm::ArrayRef<CpuLevel> getCpuLevels();

/// Null where `arch` (or, if that is UnknownArch, any) has none of that name.
const CpuLevel *findCpuLevel(llvm::StringRef name, llvm::Triple::ArchType arch);

/// Whether LLVM has a CPU of that name; levels of x86 are among them.
bool isKnownCpu(llvm::Triple::ArchType arch, llvm::StringRef name);

/// The extensions which code for a known CPU may use; tuning flags, and what is
/// for systems alone, do not count.
std::set<std::string> getCpuFeatures(llvm::Triple::ArchType arch,
                                     llvm::StringRef cpu);

/// The features of a known CPU with `features` ("+a,+b") added, and all that
/// those imply.
llvm::StringMap<bool> getImpliedFeatures(llvm::Triple::ArchType arch,
                                         llvm::StringRef cpu,
                                         llvm::StringRef features);

/// Registers that tell programs what an AArch64 processor has; the system hides
/// in them what it does not let programs use.
enum class AArch64Register { Pfr0, Zfr0, Isar0, Isar1 };

/// The four bits of `reg` from `shift` on are a number; the processor has the
/// extension if that is at least `least`.
struct AArch64Feature {
  const char *name;
  AArch64Register reg;
  unsigned shift;
  unsigned least;
};

/// Every extension that arithmetic may use.
llvm::ArrayRef<AArch64Feature> getAArch64Features();

/// True for what every AArch64 machine has that kernels are made for.
bool isAArch64Baseline(llvm::StringRef feature);

/// What this machine has and its operating system lets programs use, by LLVM's
/// names; what it lacks may be there as false.
llvm::StringMap<bool> detectHostFeatures();

} // namespace actin

#endif // ACTIN_CODEGEN_CPUFEATURES_H
