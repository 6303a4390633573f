//===- ResolveTarget.cpp - Names of targets -------------------------------===//
//
// [TRIPLE:]CPU[:FEATURES] to a triple, a CPU and features that LLVM knows.
//
//===----------------------------------------------------------------------===//

#include "CodeGen/CpuFeatures.h"
#include "CodeGen/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"

namespace actin {
namespace {

using llvm::StringRef;
using llvm::Triple;

/// The first GPU that kernels are made for.
constexpr unsigned minGpuVersion = 75;

struct NameParts {
  StringRef triple, cpu, features;
};

llvm::Error makeUnknown(const char *what, StringRef name) {
  return llvm::createStringError("unknown " + std::string(what) + " '" +
                                 name.str() +
                                 "'; 'actinc --print-targets' shows all");
}

/// The architecture that a CPU or level is of.
Triple::ArchType findArch(StringRef cpu) {
  if (const CpuLevel *level = findCpuLevel(cpu, Triple::UnknownArch))
    return level->arch;
  for (Triple::ArchType arch : {Triple::x86_64, Triple::aarch64})
    if (isKnownCpu(arch, cpu))
      return arch;
  return cpu.starts_with("sm_") ? Triple::nvptx64 : Triple::UnknownArch;
}

NameParts splitName(StringRef name) {
  NameParts parts;
  auto [first, rest] = name.split(':');
  auto isFeatures = [](StringRef text) {
    return text.starts_with("+") || text.starts_with("-");
  };
  bool isCpu = rest.empty() || isFeatures(rest);
  if (isCpu && findArch(first) == Triple::UnknownArch && first.contains('-') &&
      Triple(first).getArch() != Triple::UnknownArch)
    isCpu = false; // A triple alone.
  (isCpu ? parts.cpu : parts.triple) = first;
  if (isCpu || isFeatures(rest))
    parts.features = rest;
  else
    std::tie(parts.cpu, parts.features) = rest.split(':');
  return parts;
}

/// The system that code for a CPU without a triple is made for.
Triple getDefaultTriple(Triple::ArchType arch) {
  if (arch == Triple::nvptx64)
    return Triple("nvptx64-nvidia-cuda");
  Triple host(llvm::sys::getDefaultTargetTriple());
  if (host.getArch() == arch)
    return host;
  return Triple(Triple::getArchTypeName(arch), "unknown", "linux", "gnu");
}

llvm::Error checkTriple(const Triple &triple, StringRef name) {
  bool isKnownArch = triple.isX86_64() || triple.isAArch64(64) ||
                     triple.getArch() == Triple::nvptx64;
  if (triple.getArch() == Triple::UnknownArch)
    return makeUnknown("target", name);
  if (!isKnownArch || !triple.isLittleEndian() || triple.isX32() ||
      triple.getEnvironment() == Triple::GNUILP32)
    return llvm::createStringError(
        "there are no kernels for '" + name.str() +
        "': known are 64-bit little-endian x86, AArch64 and NVPTX");
  auto isNone = [](StringRef part) {
    return part.empty() || part == "unknown" || part == "none" || part == "elf";
  };
  // A system that LLVM does not know is taken for the vendor, whose name is
  // free where there is a system as well.
  if (triple.getOS() == Triple::UnknownOS &&
      !(isNone(triple.getOSName()) && isNone(triple.getVendorName())))
    return makeUnknown("system in the triple", name);
  // LLVM reads "gnux" as "gnu"; what may follow is a version.
  StringRef environment = triple.getEnvironmentName();
  if (!isNone(environment) &&
      environment.rtrim("0123456789.") !=
          Triple::getEnvironmentTypeName(triple.getEnvironment())
              .rtrim("0123456789."))
    return makeUnknown("environment in the triple", name);
  return llvm::Error::success();
}

/// Given a known CPU: whether the features are known, and give the least that
/// kernels are made of.
llvm::Error checkFeatures(const Target &target) {
  // LLVM prints what it does not know, so it is asked without them first.
  auto plain = createSubtarget({target.triple, target.cpu, ""});
  if (!plain)
    return plain.takeError();
  llvm::SmallVector<StringRef> features;
  StringRef(target.features).split(features, ',', -1, false);
  for (StringRef feature : features) {
    bool isSigned = feature.consume_front("+") || feature.consume_front("-");
    auto known = (*plain)->getAllProcessorFeatures();
    if (!isSigned ||
        llvm::none_of(known, [&](const llvm::SubtargetFeatureKV &entry) {
          return feature == entry.Key;
        }))
      return makeUnknown("feature", feature);
  }
  auto subtarget = createSubtarget(target);
  if (!subtarget)
    return subtarget.takeError();
  Triple triple(target.triple);
  if (triple.isX86() && !(*subtarget)->checkFeatures("+64bit,+sse4.1"))
    return llvm::createStringError("kernels need SSE4.1, which '" + target.cpu +
                                   "' lacks; x86-64-v2 has it");
  if (triple.isAArch64() && !(*subtarget)->checkFeatures("+neon"))
    return llvm::createStringError("kernels need NEON, which '" + target.cpu +
                                   "' lacks");
  return llvm::Error::success();
}

llvm::Expected<bool> isCpuOf(const Triple &triple, StringRef cpu) {
  if (triple.isX86())
    return isKnownCpu(triple.getArch(), cpu);
  auto subtarget = createSubtarget({triple.str(), "", ""});
  if (!subtarget)
    return subtarget.takeError();
  if (triple.isNVPTX() && getGpuVersion(cpu) < minGpuVersion)
    return false;
  return (*subtarget)->isCPUStringValid(cpu);
}

StringRef getLeastCpu(const Triple &triple) {
  return triple.isX86()       ? "x86-64-v2"
         : triple.isAArch64() ? "generic"
                              : "sm_75";
}

llvm::Expected<Target> resolveParts(const NameParts &parts, StringRef name) {
  if (parts.triple.empty() && findArch(parts.cpu) == Triple::UnknownArch)
    return makeUnknown("target", name);
  StringRef tripleName =
      parts.triple == "nvptx" ? "nvptx64-nvidia-cuda" : parts.triple;
  Triple triple = tripleName.empty() ? getDefaultTriple(findArch(parts.cpu))
                                     : Triple(Triple::normalize(tripleName));
  if (llvm::Error error = checkTriple(triple, parts.triple))
    return error;
  StringRef cpu = parts.cpu.empty() ? getLeastCpu(triple) : parts.cpu;
  Target target{triple.str(), cpu.str(), parts.features.str()};
  if (const CpuLevel *level = findCpuLevel(cpu, triple.getArch())) {
    target.cpu = level->cpu;
    target.features = level->features;
    if (!target.features.empty() && !parts.features.empty())
      target.features += ",";
    target.features += parts.features;
  }
  llvm::Expected<bool> isKnown = isCpuOf(triple, target.cpu);
  if (!isKnown)
    return isKnown.takeError();
  if (!*isKnown && triple.isNVPTX())
    return llvm::createStringError(
        "unknown GPU '" + cpu.str() +
        "'; known are sm_75, sm_80, sm_89, sm_90, sm_100, sm_120 and others "
        "from sm_75 on");
  if (!*isKnown)
    return makeUnknown("CPU", cpu);
  if (llvm::Error error = checkFeatures(target))
    return error;
  return target;
}

} // namespace

llvm::Expected<Target> resolveTarget(StringRef name) {
  NameParts parts = splitName(name);
  if (parts.triple.empty() && parts.cpu == "native") {
    llvm::Expected<Target> target = resolveHostTarget("native");
    if (!target || parts.features.empty())
      return target;
    target->features += "," + parts.features.str();
    if (llvm::Error error = checkFeatures(*target))
      return error;
    return target;
  }
  return resolveParts(parts, name);
}

static void listCpus(llvm::raw_ostream &stream, const char *title,
                     llvm::ArrayRef<StringRef> names) {
  stream << title << ":\n";
  size_t column = 0;
  for (StringRef name : names) {
    if (column + name.size() > 76)
      column = 0;
    stream << (column == 0 ? "\n  " : " ") << name;
    column += name.size() + 1;
  }
  stream << "\n\n";
}

std::string describeTargets() {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "A target is native, a level, a CPU, a triple, or TRIPLE:CPU;\n"
            "each may be followed by :FEATURES, such as :+sve2,-bf16.\n\n"
            "Levels:\n\n";
  for (const CpuLevel &level : getCpuLevels())
    stream << "  " << llvm::left_justify(level.name, 12) << level.description
           << '\n';
  stream << "  " << llvm::left_justify("sm_75 ...", 12)
         << "GPUs of NVIDIA; code for one runs on every later one\n\n";
  llvm::SmallVector<StringRef> cpus;
  llvm::X86::fillValidCPUArchList(cpus, /*Only64Bit=*/true);
  llvm::erase_if(cpus, [](StringRef cpu) {
    llvm::Error error = checkFeatures({"x86_64-linux-gnu", cpu.str(), ""});
    bool isTooOld = bool(error);
    llvm::consumeError(std::move(error));
    return isTooOld;
  });
  listCpus(stream, "CPUs of x86-64", cpus);
  cpus.clear();
  llvm::AArch64::fillValidCPUArchList(cpus);
  listCpus(stream, "CPUs of AArch64", cpus);
  return text;
}

} // namespace actin
