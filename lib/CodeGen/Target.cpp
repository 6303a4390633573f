//===- Target.cpp - The machine that code is made for ---------------------===//

#include "CodeGen/Target.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

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

/// The host's features as the operating system lets them be used.
static const llvm::StringMap<bool> &getHostFeatures() {
  static const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  return features;
}

/// Sorted, so that equal hosts give equal cache keys.
static std::string getHostFeatureString() {
  std::vector<std::string> parts;
  for (const auto &feature : getHostFeatures())
    parts.push_back((feature.second ? "+" : "-") + feature.first().str());
  std::sort(parts.begin(), parts.end(),
            [](const std::string &a, const std::string &b) {
              return a.substr(1) < b.substr(1);
            });
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : ",") + part;
  return text;
}

llvm::Expected<Target> resolveTarget(llvm::StringRef name) {
  initializeTargets();
  Target target;
  target.triple = llvm::sys::getDefaultTargetTriple();
  if (name == "native") {
    target.cpu = llvm::sys::getHostCPUName().str();
    target.features = getHostFeatureString();
    return target;
  }
  target.cpu = name.str();
  std::string error;
  llvm::Triple triple(target.triple);
  const llvm::Target *llvmTarget =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!llvmTarget)
    return llvm::createStringError(error);
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      llvmTarget->createMCSubtargetInfo(triple, "", ""));
  if (name.empty() || !subtarget || !subtarget->isCPUStringValid(name))
    return llvm::createStringError(
        "unknown target '" + name.str() +
        "'; known are native, x86-64-v2, x86-64-v3, x86-64-v4 and the CPU "
        "names of LLVM");
  return target;
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

std::string findMissingFeatures(const llvm::TargetMachine &machine) {
  std::string missing;
  for (const llvm::SubtargetFeatureKV &feature :
       machine.getMCSubtargetInfo()->getEnabledProcessorFeatures()) {
    auto it = getHostFeatures().find(feature.Key);
    if (it != getHostFeatures().end() && !it->second)
      missing += (missing.empty() ? "" : ", ") + std::string(feature.Key);
  }
  return missing;
}

} // namespace actin
