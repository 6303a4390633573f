//===- HostTarget.cpp - What this machine is and can run ------------------===//

#include "CodeGen/HostTarget.h"

#include "CodeGen/CpuFeatures.h"
#include "Support/Environment.h"
#include "Support/Log.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <set>

namespace actin {

static const llvm::Triple &getHostTriple() {
  static const llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  return triple;
}

/// The target of a level or CPU of this machine's architecture.
static std::optional<Target> findTarget(llvm::StringRef name) {
  const llvm::Triple &triple = getHostTriple();
  if (const CpuLevel *level = findCpuLevel(name, triple.getArch()))
    return Target{triple.str(), level->cpu, level->features};
  if (isKnownCpu(triple.getArch(), name))
    return Target{triple.str(), name.str(), {}};
  return std::nullopt;
}

static std::string listLevels() {
  std::string text;
  for (const CpuLevel &level : getCpuLevels())
    if (level.arch == getHostTriple().getArch())
      text += std::string(text.empty() ? "" : ", ") + level.name;
  return text;
}

/// Leaves of `features` those that the level or CPU of that name has as well.
static void limitFeatures(llvm::StringMap<bool> &features,
                          llvm::StringRef name) {
  std::optional<Target> most = findTarget(name);
  if (!most) {
    log(LogLevel::Warning, "dispatch",
        "ACTIN_MAX_CPU_ISA='" + name.str() + "' is ignored: say one of " +
            listLevels());
    return;
  }
  llvm::StringMap<bool> allowed =
      getImpliedFeatures(getHostTriple().getArch(), most->cpu, most->features);
  for (auto &feature : features)
    feature.second &= allowed.lookup(feature.first());
}

/// What the user lets kernels have of the host's features
/// (ACTIN_MAX_CPU_ISA), for the whole process.
static const llvm::StringMap<bool> &getHostFeatures() {
  static const llvm::StringMap<bool> features = [] {
    llvm::StringMap<bool> host = detectHostFeatures();
    std::string most = getEnvironment("ACTIN_MAX_CPU_ISA");
    if (!most.empty())
      limitFeatures(host, most);
    return host;
  }();
  return features;
}

/// Sorted, so that equal hosts give equal cache keys. What CPUs of that name
/// have and this one was not asked about is left unused.
static std::string getHostFeatureString(const std::string &cpu) {
  llvm::StringMap<bool> features = getHostFeatures();
  llvm::Triple::ArchType arch = getHostTriple().getArch();
  if (isKnownCpu(arch, cpu))
    for (const std::string &name : getCpuFeatures(arch, cpu))
      features.try_emplace(name, false);
  std::vector<std::string> parts;
  for (const auto &feature : features)
    parts.push_back((feature.second ? "+" : "-") + feature.first().str());
  llvm::sort(parts, [](const std::string &a, const std::string &b) {
    return a.substr(1) < b.substr(1);
  });
  return llvm::join(parts, ",");
}

static Target makeNativeTarget() {
  std::string cpu = llvm::sys::getHostCPUName().str();
  return {getHostTriple().str(), cpu, getHostFeatureString(cpu)};
}

llvm::Expected<Target> resolveHostTarget(llvm::StringRef name) {
  // The processor answers slowly, in a virtual machine above all.
  static const Target native = makeNativeTarget();
  if (name == "native")
    return native;
  if (std::optional<Target> target = findTarget(name))
    return *target;
  return llvm::createStringError(
      "unknown target '" + name.str() + "'; kernels run on native, " +
      listLevels() +
      " and the CPU names of LLVM (--emit and actinc make code for other "
      "machines)");
}

std::vector<std::string> getRequiredFeatures(const Target &target) {
  llvm::Triple::ArchType arch = llvm::Triple(target.triple).getArch();
  std::set<std::string> required;
  if (isKnownCpu(arch, target.cpu))
    required = getCpuFeatures(arch, target.cpu);
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(target.features).split(parts, ',', -1, false);
  for (llvm::StringRef part : parts) {
    if (part.consume_front("+"))
      required.insert(part.str());
    else if (part.consume_front("-"))
      required.erase(part.str());
  }
  return {required.begin(), required.end()};
}

std::string findMissingFeatures(const std::vector<std::string> &required) {
  std::vector<std::string> missing;
  for (const std::string &feature : required)
    if (!getHostFeatures().lookup(feature))
      missing.push_back(feature);
  return llvm::join(missing, ", ");
}

} // namespace actin
