//===- CpuFeatures.cpp - What processors have and say ---------------------===//

#include "CodeGen/CpuFeatures.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

using llvm::StringRef;
using llvm::Triple;

namespace actin {

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

static constexpr CpuLevel levels[] = {
    {"x86-64-v2", Triple::x86_64, "x86-64-v2", "", "x86-64 with SSE4.2"},
    {"x86-64-v3", Triple::x86_64, "x86-64-v3", "", "x86-64 with AVX2 and FMA"},
    {"x86-64-v4", Triple::x86_64, "x86-64-v4", "", "x86-64 with AVX-512"},
    {"neon", Triple::aarch64, "generic", "", "AArch64, every CPU"},
    {"sve", Triple::aarch64, "generic", "+sve",
     "AArch64 with SVE, vectors of any length"},
    {"sve2", Triple::aarch64, "generic", "+sve2",
     "AArch64 with SVE2, vectors of any length"},
};

llvm::ArrayRef<CpuLevel> getCpuLevels() { return levels; }

const CpuLevel *findCpuLevel(StringRef name, Triple::ArchType arch) {
  const CpuLevel *level = llvm::find_if(levels, [&](const CpuLevel &level) {
    return name == level.name &&
           (arch == Triple::UnknownArch || arch == level.arch);
  });
  return level == std::end(levels) ? nullptr : level;
}

bool isKnownCpu(Triple::ArchType arch, StringRef name) {
  if (arch == Triple::x86_64)
    return llvm::X86::parseArchX86(name, /*Only64Bit=*/true) !=
           llvm::X86::CK_None;
  return arch == Triple::aarch64 && llvm::AArch64::parseCpu(name);
}

//===----------------------------------------------------------------------===//
// Features of CPUs
//===----------------------------------------------------------------------===//

static constexpr AArch64Feature aarch64Features[] = {
    {"fullfp16", AArch64Register::Pfr0, 16, 1},
    {"sve", AArch64Register::Pfr0, 32, 1},
    {"sve2", AArch64Register::Zfr0, 0, 1},
    {"sve2p1", AArch64Register::Zfr0, 0, 2},
    {"sve-aes", AArch64Register::Zfr0, 4, 2},
    {"sve-bitperm", AArch64Register::Zfr0, 16, 1},
    {"sve-sha3", AArch64Register::Zfr0, 32, 1},
    {"sve-sm4", AArch64Register::Zfr0, 40, 1},
    {"f32mm", AArch64Register::Zfr0, 52, 1},
    {"f64mm", AArch64Register::Zfr0, 56, 1},
    {"aes", AArch64Register::Isar0, 4, 2},
    {"sha2", AArch64Register::Isar0, 12, 1},
    {"crc", AArch64Register::Isar0, 16, 1},
    {"lse", AArch64Register::Isar0, 20, 2},
    {"rdm", AArch64Register::Isar0, 28, 1},
    {"sha3", AArch64Register::Isar0, 32, 1},
    {"sm4", AArch64Register::Isar0, 40, 1},
    {"dotprod", AArch64Register::Isar0, 44, 1},
    {"fp16fml", AArch64Register::Isar0, 48, 1},
    {"flagm", AArch64Register::Isar0, 52, 1},
    {"altnzcv", AArch64Register::Isar0, 52, 2},
    {"jsconv", AArch64Register::Isar1, 12, 1},
    {"complxnum", AArch64Register::Isar1, 16, 1},
    {"rcpc", AArch64Register::Isar1, 20, 1},
    {"rcpc-immo", AArch64Register::Isar1, 20, 2},
    {"fptoint", AArch64Register::Isar1, 32, 1},
    {"bf16", AArch64Register::Isar1, 44, 1},
    {"i8mm", AArch64Register::Isar1, 52, 1},
};

llvm::ArrayRef<AArch64Feature> getAArch64Features() { return aarch64Features; }

bool isAArch64Baseline(StringRef feature) {
  return feature == "fp-armv8" || feature == "neon";
}

/// For systems, debuggers and atomics of 16 bytes: nothing that arithmetic is
/// made of, whatever CPU it is made for. SME's are in modes that kernels never
/// enter.
static bool isOfNoUse(StringRef feature) {
  static constexpr StringRef names[] = {
      "am",       "amvs",         "brbe",    "bti",     "btie",      "ccdp",
      "ccidx",    "ccpp",         "chk",     "clrbhb",  "dit",       "ecv",
      "ete",      "fgt",          "fpac",    "hcx",     "lor",       "ls64",
      "lse2",     "mec",          "mpam",    "mte",     "nv",        "pan",
      "pan-rwv",  "pauth",        "perfmon", "predres", "rand",      "ras",
      "rasv2",    "rme",          "sb",      "sel2",    "spe",       "spe-eef",
      "specres2", "specrestrict", "ssbs",    "tlb-rmi", "tracev8.4", "trbe",
      "uaops",    "vh",           "wfxt",    "xs"};
  return llvm::is_contained(names, feature) || feature.starts_with("sme");
}

static void addX86Features(StringRef cpu, StringRef added,
                           llvm::StringMap<bool> &implied) {
  llvm::SmallVector<StringRef> names;
  llvm::X86::getFeaturesForCPU(cpu, names);
  names.push_back("64bit"); // Every one has it; LLVM leaves it out.
  llvm::SmallVector<StringRef> more;
  added.split(more, ',', -1, false);
  for (StringRef name : more)
    if (name.consume_front("+"))
      names.push_back(name);
  for (StringRef name : names) {
    implied[name] = true;
    llvm::X86::updateImpliedFeatures(name, /*Enabled=*/true, implied);
  }
}

static void addAArch64Features(StringRef cpu, StringRef added,
                               llvm::StringMap<bool> &implied) {
  llvm::AArch64::CpuInfo info = *llvm::AArch64::parseCpu(cpu);
  llvm::AArch64::ExtensionSet extensions;
  extensions.addArchDefaults(info.Arch);
  extensions.addCPUDefaults(info);
  llvm::SmallVector<StringRef> more;
  added.split(more, ',', -1, false);
  for (StringRef name : more)
    if (name.consume_front("+"))
      extensions.parseModifier(name);
  for (const llvm::AArch64::ExtensionInfo &extension :
       llvm::AArch64::Extensions)
    if (extensions.Enabled.test(extension.ID))
      implied[extension.PosTargetFeature.drop_front()] = true;
}

llvm::StringMap<bool> getImpliedFeatures(Triple::ArchType arch, StringRef cpu,
                                         StringRef features) {
  llvm::StringMap<bool> implied;
  if (arch == Triple::x86_64)
    addX86Features(cpu, features, implied);
  else
    addAArch64Features(cpu, features, implied);
  return implied;
}

std::set<std::string> getCpuFeatures(Triple::ArchType arch, StringRef cpu) {
  std::set<std::string> features;
  if (arch == Triple::x86_64) {
    llvm::SmallVector<StringRef> names;
    llvm::X86::getFeaturesForCPU(cpu, names);
    for (StringRef name : names)
      if (name != "x87") // Every one has it; LLVM does not ask for it.
        features.insert(name.str());
    return features;
  }
  for (const auto &feature : getImpliedFeatures(arch, cpu, ""))
    if (!isOfNoUse(feature.first()))
      features.insert(feature.first().str());
  return features;
}

//===----------------------------------------------------------------------===//
// This machine
//===----------------------------------------------------------------------===//

#if defined(__aarch64__) && defined(__linux__)

/// The kernel answers in the processor's place.
static uint64_t readRegister(AArch64Register reg) {
  uint64_t value = 0;
  switch (reg) {
  case AArch64Register::Pfr0:
    asm("mrs %0, S3_0_C0_C4_0" : "=r"(value));
    break;
  case AArch64Register::Zfr0:
    asm("mrs %0, S3_0_C0_C4_4" : "=r"(value));
    break;
  case AArch64Register::Isar0:
    asm("mrs %0, S3_0_C0_C6_0" : "=r"(value));
    break;
  case AArch64Register::Isar1:
    asm("mrs %0, S3_0_C0_C6_1" : "=r"(value));
    break;
  }
  return value;
}

// LLVM's own answer is from /proc/cpuinfo, which emulators and sandboxes do not
// have or take from another machine.
llvm::StringMap<bool> detectHostFeatures() {
  constexpr unsigned long hwcapCpuid = 1ul << 11; // The registers can be read.
  bool canAsk = getauxval(AT_HWCAP) & hwcapCpuid;
  llvm::StringMap<bool> features = {{"fp-armv8", true}, {"neon", true}};
  for (const AArch64Feature &feature : aarch64Features)
    features[feature.name] =
        canAsk &&
        (readRegister(feature.reg) >> feature.shift & 15) >= feature.least;
  return features;
}

#else

// LLVM asks CPUID, and XGETBV for what has registers of its own.
llvm::StringMap<bool> detectHostFeatures() {
  return llvm::sys::getHostCPUFeatures();
}

#endif

} // namespace actin
