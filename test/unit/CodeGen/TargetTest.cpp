//===- TargetTest.cpp - Targets are resolved and judged -------------------===//

#include "CodeGen/Target.h"
#include "CodeGen/CpuFeatures.h"
#include "HostTargets.h"

#include "llvm/ADT/StringExtras.h"

#include <gtest/gtest.h>

using namespace actin;
using namespace actin::test;

namespace {

std::unique_ptr<llvm::TargetMachine> machineFor(const char *name) {
  llvm::Expected<Target> target = resolveTarget(name);
  EXPECT_TRUE(bool(target)) << name;
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine =
      createTargetMachine(*target);
  EXPECT_TRUE(bool(machine)) << name;
  return std::move(*machine);
}

/// Of the target of that name, on this machine.
std::string missingFor(const std::string &name) {
  llvm::Expected<Target> target = resolveHostTarget(name);
  EXPECT_TRUE(bool(target)) << name;
  return findMissingFeatures(getRequiredFeatures(*target));
}

TEST(TargetTest, NativeIsResolved) {
  llvm::Expected<Target> target = resolveHostTarget("native");
  ASSERT_TRUE(bool(target));
  EXPECT_NE(target->cpu, "native");
  EXPECT_FALSE(target->cpu.empty());
  EXPECT_FALSE(target->features.empty());
  llvm::Expected<Target> again = resolveHostTarget("native");
  EXPECT_EQ(*target, *again);
  EXPECT_EQ(missingFor("native"), "");
}

TEST(TargetTest, LevelsHaveTheirTraits) {
  TargetTraits v2 = getTraits(*machineFor("x86-64-v2"));
  EXPECT_EQ(v2.vectorBits, 128u);
  EXPECT_FALSE(v2.hasFma || v2.hasAvx512 || v2.hasF16c);
  TargetTraits v3 = getTraits(*machineFor("x86-64-v3"));
  EXPECT_EQ(v3.vectorBits, 256u);
  EXPECT_TRUE(v3.hasFma && v3.hasF16c && !v3.hasAvx512);
  TargetTraits v4 = getTraits(*machineFor("x86-64-v4"));
  EXPECT_EQ(v4.vectorBits, 512u);
  EXPECT_TRUE(v4.hasFma && v4.hasF16c && v4.hasAvx512);
}

TEST(TargetTest, OnlyAmdDoesWithoutPrefetchesAndQuarters) {
  for (const char *name :
       {"x86-64-v2", "x86-64-v3", "x86-64-v4", "rocketlake", "graniterapids"}) {
    TargetTraits traits = getTraits(*machineFor(name));
    EXPECT_NE(traits.prefetchBytes, 0u) << name;
    EXPECT_TRUE(traits.interleavesQuarters) << name;
  }
  for (const char *name : {"znver1", "znver5", "bdver4"}) {
    TargetTraits traits = getTraits(*machineFor(name));
    EXPECT_EQ(traits.prefetchBytes, 0u) << name;
    EXPECT_FALSE(traits.interleavesQuarters) << name;
  }
  TargetTraits neon = getTraits(**createTargetMachine(*resolveTarget("neon")));
  EXPECT_EQ(neon.prefetchBytes, 0u);
  EXPECT_FALSE(neon.interleavesQuarters);
}

TEST(TargetTest, UnknownNamesFail) {
  for (const char *name : {"", "x86-64-v5", "sm_80", "help", "NATIVE"}) {
    llvm::Expected<Target> target = resolveHostTarget(name);
    EXPECT_FALSE(bool(target)) << name;
    if (!target)
      llvm::consumeError(target.takeError());
  }
}

TEST(TargetTest, GpusHaveTheirTraits) {
  for (const char *name : {"sm_75", "sm_89", "nvptx:sm_120", "sm_90a"}) {
    llvm::Expected<Target> target = resolveTarget(name);
    ASSERT_TRUE(bool(target)) << name;
    EXPECT_TRUE(isGpu(*target)) << name;
    EXPECT_NE(target->cpu.find("sm_"), std::string::npos) << target->cpu;
    auto machine = createTargetMachine(*target);
    ASSERT_TRUE(bool(machine)) << name;
    TargetTraits traits = getTraits(**machine);
    EXPECT_TRUE(traits.hasFma && traits.hasF16c && !traits.hasAvx512);
    EXPECT_EQ(traits.hasBf16, target->cpu != "sm_75");
  }
  EXPECT_FALSE(isGpu(*resolveTarget("native")));
}

TEST(TargetTest, UnknownGpusFail) {
  for (const char *name :
       {"sm_70", "sm_", "sm_999", "nvptx:", "nvptx:native"}) {
    llvm::Expected<Target> target = resolveTarget(name);
    EXPECT_FALSE(bool(target)) << name;
    if (!target)
      llvm::consumeError(target.takeError());
  }
}

/// What resolveTarget says against `name`; empty where it does not.
std::string faultOf(const char *name) {
  llvm::Expected<Target> target = resolveTarget(name);
  return target ? "" : llvm::toString(target.takeError());
}

TEST(TargetTest, OtherArchitecturesAreResolved) {
  Target neon = *resolveTarget("aarch64-linux-gnu:neoverse-v2:-sve");
  EXPECT_EQ(neon.triple, "aarch64-unknown-linux-gnu");
  EXPECT_EQ(neon.cpu, "neoverse-v2");
  EXPECT_EQ(neon.features, "-sve");
  TargetTraits traits = getTraits(**createTargetMachine(neon));
  EXPECT_TRUE(traits.hasFma && !traits.isScalable && traits.hasBf16);
  EXPECT_EQ(traits.vectorBits, 128u);
  EXPECT_TRUE(
      getTraits(**createTargetMachine(*resolveTarget("sve"))).isScalable);
  EXPECT_EQ(*resolveTarget("aarch64-linux-gnu"), *resolveTarget("neon"));
  for (const std::string &level : getHostLevels())
    EXPECT_EQ(*resolveTarget(level), *resolveHostTarget(level));
  EXPECT_EQ(resolveTarget("sve:+bf16")->features, "+sve,+bf16");
  EXPECT_EQ(resolveTarget("arm64-apple-macos")->cpu, "generic");
  EXPECT_EQ(resolveTarget("aarch64-none-elf:cortex-a72")->cpu, "cortex-a72");
}

TEST(TargetTest, FaultsAreNamed) {
  auto names = [](const char *name, const char *what) {
    EXPECT_NE(faultOf(name).find(what), std::string::npos)
        << name << ": " << faultOf(name);
  };
  names("x86-64-v5", "unknown target 'x86-64-v5'");
  names("riscv64-linux-gnu", "no kernels for 'riscv64-linux-gnu'");
  names("aarch64_be-linux-gnu", "no kernels for");
  names("x86_64-linux-gnux32", "no kernels for");
  names("aarch64-linux-gnux", "unknown environment");
  names("aarch64-lynux-gnu", "unknown system");
  names("aarch64-linux-gnu:cortex-a999", "unknown CPU 'cortex-a999'");
  names("aarch64-linux-gnu:x86-64-v3", "unknown CPU 'x86-64-v3'");
  names("neon:+svee", "unknown feature 'svee'");
  names("neon:+sve,fma", "unknown feature 'fma'");
  names("x86-64", "x86-64-v2 has it");
  names("x86-64-v3:-sse4.1", "SSE4.1");
  names("neon:-neon", "NEON");
}

TEST(TargetTest, TheListNamesLevelsAndCpus) {
  std::string text = describeTargets();
  for (const char *name :
       {"x86-64-v4", "sve2", "neoverse-v2", "sapphirerapids"})
    EXPECT_NE(text.find(name), std::string::npos) << name;
  EXPECT_EQ(text.find("penryn\n"), std::string::npos);
}

TEST(TargetTest, NamesWhatThisMachineLacks) {
  EXPECT_EQ(missingFor(getHostLevels().front()), "");
  std::string missing;
  for (const std::string &cpu : getIrreconcilableCpus())
    missing += missingFor(cpu);
  EXPECT_NE(missing, "");
}

TEST(TargetTest, TuningIsNoRequirement) {
  // Same instructions, other tuning: must run where v2 does.
  auto implied = getImpliedFeatures(llvm::Triple::x86_64, "x86-64-v2", "");
  for (const std::string &name : getRequiredFeatures(*resolveTarget("nehalem")))
    EXPECT_TRUE(implied.lookup(name)) << name;
}

TEST(TargetTest, CpusOfArmNeedWhatTheyHave) {
  auto needs = [](const char *name) {
    return llvm::join(getRequiredFeatures(*resolveTarget(name)), ",");
  };
  EXPECT_EQ(needs("neon"), "fp-armv8,neon");
  EXPECT_EQ(needs("sve"), "fp-armv8,neon,sve");
  // Not what only systems use: cortex-a76 also has its perfmon, ras and ssbs.
  EXPECT_EQ(needs("cortex-a76"), "aes,crc,dotprod,fp-armv8,fullfp16,lse,neon,"
                                 "rcpc,rdm,sha2");
  // Parts of its architecture's version, which LLVM's table leaves out.
  EXPECT_NE(needs("olympus").find("dotprod"), std::string::npos);
}

TEST(TargetTest, UnknownFeaturesAreMissing) {
  EXPECT_EQ(findMissingFeatures({getBaselineFeature(), "no-such-feature"}),
            "no-such-feature");
}

TEST(TargetTest, FeatureStringsAddAndTakeAway) {
  Target target = *resolveTarget("x86-64-v3");
  target.features = "+avx512f,-avx2";
  std::vector<std::string> features = getRequiredFeatures(target);
  auto has = [&](const char *name) {
    return std::find(features.begin(), features.end(), name) != features.end();
  };
  EXPECT_TRUE(has("avx512f") && has("fma"));
  EXPECT_FALSE(has("avx2"));
}

} // namespace
