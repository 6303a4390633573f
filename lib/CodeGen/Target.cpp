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
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
}

/// The number in "sm_90" or "sm_90a"; 0 for other names.
static unsigned getGpuVersion(llvm::StringRef cpu) {
  unsigned version = 0;
  if (!cpu.consume_front("sm_") || cpu.consumeInteger(10, version))
    return 0;
  return version;
}

/// The first GPU that kernels are made for.
static constexpr unsigned minGpuVersion = 75;

static llvm::Expected<Target> resolveGpu(llvm::StringRef cpu) {
  initializeTargets();
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError(error);
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      target->createMCSubtargetInfo(triple, "", ""));
  if (getGpuVersion(cpu) < minGpuVersion || !subtarget->isCPUStringValid(cpu))
    return llvm::createStringError(
        "unknown GPU '" + cpu.str() +
        "'; known are sm_75, sm_80, sm_89, sm_90, sm_100, sm_120 and others "
        "from sm_75 on");
  return Target{triple.str(), cpu.str(), {}};
}

llvm::Expected<Target> resolveTarget(llvm::StringRef name) {
  if (name.consume_front("nvptx:") || name.starts_with("sm_"))
    return resolveGpu(name);
  return resolveHostTarget(name);
}

bool isGpu(const Target &target) {
  return llvm::Triple(target.triple).isNVPTX();
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
  if (machine.getTargetTriple().isNVPTX()) {
    traits.hasFma = traits.hasF16c = true;
    traits.hasBf16 = getGpuVersion(machine.getTargetCPU()) >= 80;
    return traits;
  }
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
