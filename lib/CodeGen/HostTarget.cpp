//===- HostTarget.cpp - What this machine is and can run ------------------===//

#include "CodeGen/HostTarget.h"

#include "Support/Environment.h"
#include "Support/Log.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <set>

namespace actin {

bool isKnownX86Cpu(llvm::StringRef name) {
  return llvm::X86::parseArchX86(name, /*Only64Bit=*/true) !=
         llvm::X86::CK_None;
}

/// Leaves of `features` those that the CPU of that name has as well.
static void limitFeatures(llvm::StringMap<bool> &features,
                          llvm::StringRef cpu) {
  if (!isKnownX86Cpu(cpu)) {
    log(LogLevel::Warning, "dispatch",
        "ACTIN_MAX_CPU_ISA='" + cpu.str() +
            "' is ignored: say x86-64-v2, x86-64-v3 or x86-64-v4");
    return;
  }
  llvm::SmallVector<llvm::StringRef> own;
  llvm::X86::getFeaturesForCPU(cpu, own);
  own.push_back("64bit"); // Every one has it; LLVM leaves it out.
  llvm::StringMap<bool> allowed;
  for (llvm::StringRef feature : own) {
    allowed[feature] = true;
    llvm::X86::updateImpliedFeatures(feature, /*Enabled=*/true, allowed);
  }
  for (auto &feature : features)
    feature.second &= allowed.lookup(feature.first());
}

/// The host's features as the operating system lets them be used: LLVM asks
/// CPUID, and XGETBV for what has registers of its own. The user may allow
/// fewer (ACTIN_MAX_CPU_ISA), for the whole process.
static const llvm::StringMap<bool> &getHostFeatures() {
  static const llvm::StringMap<bool> features = [] {
    llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
    std::string most = getEnvironment("ACTIN_MAX_CPU_ISA");
    if (!most.empty())
      limitFeatures(host, most);
    return host;
  }();
  return features;
}

/// Sorted, so that equal hosts give equal cache keys.
static std::string getHostFeatureString() {
  std::vector<std::string> parts;
  for (const auto &feature : getHostFeatures())
    parts.push_back((feature.second ? "+" : "-") + feature.first().str());
  llvm::sort(parts, [](const std::string &a, const std::string &b) {
    return a.substr(1) < b.substr(1);
  });
  return llvm::join(parts, ",");
}

static Target makeNativeTarget() {
  return {llvm::sys::getDefaultTargetTriple(),
          llvm::sys::getHostCPUName().str(), getHostFeatureString()};
}

llvm::Expected<Target> resolveHostTarget(llvm::StringRef name) {
  // The processor answers slowly, in a virtual machine above all.
  static const Target native = makeNativeTarget();
  if (name == "native")
    return native;
  if (llvm::Triple(native.triple).isX86() && isKnownX86Cpu(name))
    return Target{native.triple, name.str(), {}};
  return llvm::createStringError(
      "unknown target '" + name.str() +
      "'; kernels run on native, x86-64-v2, x86-64-v3, x86-64-v4 and the CPU "
      "names of LLVM (--emit and actinc make code for other machines)");
}

std::vector<std::string> getRequiredFeatures(const Target &target) {
  std::set<std::string> required;
  if (llvm::Triple(target.triple).isX86() && isKnownX86Cpu(target.cpu)) {
    llvm::SmallVector<llvm::StringRef> features;
    llvm::X86::getFeaturesForCPU(target.cpu, features);
    for (llvm::StringRef feature : features)
      if (feature != "x87") // Every one has it; LLVM does not ask for it.
        required.insert(feature.str());
  }
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
