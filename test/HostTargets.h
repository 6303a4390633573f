//===- HostTargets.h - Targets of the machine that tests run on -*- C++ -*-===//

#ifndef ACTIN_TEST_HOSTTARGETS_H
#define ACTIN_TEST_HOSTTARGETS_H

#include <string>
#include <vector>

namespace actin::test {

/// The levels of this architecture, of which every machine has the first.
inline const std::vector<std::string> &getHostLevels() {
#ifdef __aarch64__
  static const std::vector<std::string> levels = {"neon", "sve", "sve2"};
#else
  static const std::vector<std::string> levels = {"x86-64-v2", "x86-64-v3",
                                                  "x86-64-v4"};
#endif
  return levels;
}

/// An extension that every machine of this architecture has.
inline const char *getBaselineFeature() {
#ifdef __aarch64__
  return "neon";
#else
  return "sse2";
#endif
}

/// CPUs of this architecture; no machine can stand in for all of them.
inline const std::vector<std::string> &getIrreconcilableCpus() {
#ifdef __aarch64__
  // Its FP8 is in a register which is not asked.
  static const std::vector<std::string> cpus = {"olympus"};
#else
  // AMD's FMA4, Intel's AMX.
  static const std::vector<std::string> cpus = {"bdver4", "sapphirerapids"};
#endif
  return cpus;
}

} // namespace actin::test

#endif // ACTIN_TEST_HOSTTARGETS_H
