//===- Target.cpp - The machine that code is made for ---------------------===//

#include "CodeGen/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

#include <mutex>

namespace actin {

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser(); // For inline assembly.
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
}

static llvm::Expected<const llvm::Target *>
lookUpTarget(const llvm::Triple &triple) {
  initializeTargets();
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError(error);
  return target;
}

llvm::Expected<std::unique_ptr<llvm::MCSubtargetInfo>>
createSubtarget(const Target &target) {
  llvm::Triple triple(target.triple);
  auto llvmTarget = lookUpTarget(triple);
  if (!llvmTarget)
    return llvmTarget.takeError();
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      (*llvmTarget)
          ->createMCSubtargetInfo(triple, target.cpu, target.features));
}

bool isGpu(const Target &target) {
  return llvm::Triple(target.triple).isNVPTX();
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const Target &target, llvm::CodeGenOptLevel level) {
  llvm::Triple triple(target.triple);
  auto llvmTarget = lookUpTarget(triple);
  if (!llvmTarget)
    return llvmTarget.takeError();
  llvm::TargetOptions options;
  // What the lowering wrote is what runs; FMA is spelled out.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine(
      (*llvmTarget)
          ->createTargetMachine(triple, target.cpu, target.features, options,
                                llvm::Reloc::PIC_, llvm::CodeModel::Small,
                                level));
  if (!machine)
    return llvm::createStringError("no code generator for " + target.triple);
  return machine;
}

unsigned getGpuVersion(llvm::StringRef cpu) {
  unsigned version = 0;
  if (!cpu.consume_front("sm_") || cpu.consumeInteger(10, version))
    return 0;
  return version;
}

static bool isMadeByAmd(llvm::StringRef cpu) {
  static constexpr llvm::StringLiteral prefixes[] = {
      "znver",     "bdver", "btver",   "amdfam",
      "barcelona", "k8",    "opteron", "athlon"};
  return llvm::any_of(prefixes, [&](llvm::StringRef prefix) {
    return cpu.starts_with(prefix);
  });
}

/// Intel's cores fetch little ahead by themselves where stores go past the
/// caches: on Granite Rapids kernels with much arithmetic took twice as long
/// as with a prefetch 2 KiB ahead (1.5 to 4 made no difference, less was
/// slower, and so was one into the second level). Zen 5 is slower with any;
/// gradients on Zen 4 took up to 1.2 times as long with 2 KiB. What is for
/// every maker has them, having more to lose without.
///
/// They fetch ahead on each page by themselves, up to its end. With four places
/// at once, the quarters of the run, kernels on 32 Mi numbers took 0.83 times
/// as long on Emerald Rapids, and values at most 1.2 times as long as a copy
/// where it had been 1.5. (Closer together, by 4 KiB, gained half of that; by
/// what is no multiple of a page, nothing; two places little, eight no more
/// than four.) On Zen 4 gradients took 1.2 to 1.6 times as long with four.
static unsigned getPrefetchBytes(llvm::StringRef cpu) {
  return isMadeByAmd(cpu) ? 0 : 2048;
}

/// Zen 5 computes 512 bits at once and is done with a vector every 10 cycles or
/// so: stages of 15 cycles leave it too few in flight. With stages of 8 kernels
/// of nine activations took 0.94 times as long in cache (silu 0.92, gelu 0.96,
/// a gradient of mish 0.83); with more handed on than that, registers are
/// spilled. Past the caches the longer stages are faster, in sequence by up to
/// a tenth. Elsewhere shorter ones gained nothing.
static void setPipelines(llvm::StringRef cpu, TargetTraits &traits) {
  if (cpu != "znver5")
    return;
  traits.pipeline.leastLatency = 8;
  traits.pipeline.maxStages = 7;
  traits.pipeline.handedOnEighths = 7;
  traits.pipeline.inSequence = traits.streamingPipeline.inSequence = true;
}

TargetTraits getTraits(const llvm::TargetMachine &machine) {
  const llvm::MCSubtargetInfo &subtarget = *machine.getMCSubtargetInfo();
  TargetTraits traits;
  if (machine.getTargetTriple().isNVPTX()) {
    traits.hasFma = traits.hasF16c = true;
    traits.hasBf16 = getGpuVersion(machine.getTargetCPU()) >= 80;
    return traits;
  }
  if (machine.getTargetTriple().isAArch64()) {
    traits.hasFma = traits.hasF16c = traits.hasInt64Convert = true;
    traits.hasBf16 = subtarget.checkFeatures("+bf16");
    traits.isScalable = subtarget.checkFeatures("+sve");
    traits.hasMasks = traits.isScalable;
    traits.numRegisters = 32;
    return traits;
  }
  traits.hasFma = subtarget.checkFeatures("+fma");
  traits.hasF16c = subtarget.checkFeatures("+f16c");
  traits.hasAvx512 =
      subtarget.checkFeatures("+avx512f,+avx512dq,+avx512bw,+avx512vl");
  traits.hasMasks = traits.hasInt64Convert = traits.hasAvx512;
  traits.numRegisters = traits.hasAvx512 ? 32 : 16;
  bool hasAvx2 = subtarget.checkFeatures("+avx2");
  traits.vectorBits = traits.hasAvx512 ? 512 : hasAvx2 ? 256 : 128;
  traits.prefetchBytes = getPrefetchBytes(machine.getTargetCPU());
  traits.interleavesQuarters = !isMadeByAmd(machine.getTargetCPU());
  setPipelines(machine.getTargetCPU(), traits);
  return traits;
}

} // namespace actin
