//===- Target.cpp - The machine that code is made for ---------------------===//

#include "CodeGen/Target.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

#include <mutex>

namespace actin {

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
  });
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const Target &target) {
  initializeTargets();
  std::string error;
  llvm::Triple triple(target.triple);
  const llvm::Target *llvmTarget =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!llvmTarget)
    return llvm::createStringError(error);
  llvm::TargetOptions options;
  // What the lowering wrote is what runs; FMA is spelled out.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine(llvmTarget->createTargetMachine(
      triple, target.cpu, target.features, options, llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
  if (!machine)
    return llvm::createStringError("no code generator for " + target.triple);
  return machine;
}

TargetTraits getTraits(const llvm::TargetMachine &machine) {
  const llvm::MCSubtargetInfo &subtarget = *machine.getMCSubtargetInfo();
  TargetTraits traits;
  if (!machine.getTargetTriple().isX86()) {
    traits.hasFma = true; // AArch64 always has it.
    return traits;
  }
  traits.hasFma = subtarget.checkFeatures("+fma");
  traits.hasF16c = subtarget.checkFeatures("+f16c");
  traits.hasAvx512 =
      subtarget.checkFeatures("+avx512f,+avx512dq,+avx512bw,+avx512vl");
  bool hasAvx2 = subtarget.checkFeatures("+avx2");
  traits.vectorBits = traits.hasAvx512 ? 512 : hasAvx2 ? 256 : 128;
  return traits;
}

} // namespace actin
