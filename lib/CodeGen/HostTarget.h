//===- HostTarget.h - What this machine is and can run ----------*- C++ -*-===//
//
// Answers from the processor and from tables alone: no code generator is
// initialised, so that a kernel out of the cache needs none.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CODEGEN_HOSTTARGET_H
#define ACTIN_CODEGEN_HOSTTARGET_H

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace actin {

/// A resolved target: never "native".
struct Target {
  std::string triple;
  std::string cpu;
  std::string features; ///< "+avx2,-sse4a,…", in LLVM's form; may be empty.

  bool operator==(const Target &) const = default;
};

/// The target of that name on this machine: "native", or a level
/// ("x86-64-v2|v3|v4", "neon|sve|sve2") or CPU of this machine's architecture
/// that LLVM knows. Whether the machine can
/// run code for it is another question. Fails on any other name. Thread-safe.
llvm::Expected<Target> resolveHostTarget(llvm::StringRef name);

/// The instruction set extensions that code for `target` may use, sorted.
/// Tuning flags do not count.
std::vector<std::string> getRequiredFeatures(const Target &target);

/// Those of `required` that this processor lacks, or that its operating system
/// does not let programs use (it saves no wide registers); comma-separated,
/// empty where the code can run here. A feature that is not known counts as
/// missing.
std::string findMissingFeatures(const std::vector<std::string> &required);

} // namespace actin

#endif // ACTIN_CODEGEN_HOSTTARGET_H
