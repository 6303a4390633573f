//===- EnvironmentCommandTest.cpp - The variables that users set ----------===//

#include "Process.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

using namespace actin::test;

namespace {

/// Variables that hold while a test runs.
class EnvironmentCommandTest : public testing::Test {
protected:
  void set(const char *name, const std::string &value) {
    setenv(name, value.c_str(), 1);
    names.push_back(name);
  }
  void TearDown() override {
    for (const char *name : names)
      unsetenv(name);
  }

  /// Compiles one kernel, on disk in `folder`.
  ProcessResult compileOne() {
    set("ACTIN_CACHE", "on");
    set("ACTIN_CACHE_DIR", folder.path("cache"));
    return runActin({"bench", "-e", "activation f(x) = tanh(x)", "--elements",
                     "16", "--json"});
  }

  TemporaryFolder folder;
  std::vector<const char *> names;
};

TEST_F(EnvironmentCommandTest, SilentByDefault) {
  ProcessResult result = compileOne();
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
}

TEST_F(EnvironmentCommandTest, ProfileTellsCompilationsFromLoads) {
  set("ACTIN_VERBOSE", "profile");
  ProcessResult cold = compileOne();
  EXPECT_NE(cold.err.find("actin: profile: f: compile "), std::string::npos)
      << cold.err;
  EXPECT_NE(cold.err.find("codegen "), std::string::npos) << cold.err;
  ProcessResult warm = compileOne();
  EXPECT_NE(warm.err.find("actin: profile: f: load "), std::string::npos)
      << warm.err;
  EXPECT_EQ(warm.err.find("compile"), std::string::npos) << warm.err;
}

TEST_F(EnvironmentCommandTest, TheInstructionSetHasACeiling) {
  set("ACTIN_MAX_CPU_ISA", "x86-64-v2");
  set("ACTIN_VERBOSE", "dispatch");
  ProcessResult native = compileOne();
  ASSERT_EQ(native.status, 0) << native.err;
  EXPECT_NE(native.err.find("-avx,"), std::string::npos) << native.err;
  ProcessResult higher =
      runActin({"bench", "gelu", "--elements", "16", "--target", "x86-64-v3"});
  EXPECT_EQ(higher.status, 1);
  EXPECT_NE(higher.err.find("avx2"), std::string::npos) << higher.err;
}

TEST_F(EnvironmentCommandTest, AnUnknownCeilingIsIgnoredAloud) {
  set("ACTIN_MAX_CPU_ISA", "sse9");
  set("ACTIN_VERBOSE", "dispatch");
  ProcessResult result = compileOne();
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.err.find("warning: ACTIN_MAX_CPU_ISA='sse9' is ignored"),
            std::string::npos)
      << result.err;
}

TEST_F(EnvironmentCommandTest, TheCodeCanBeDumped) {
  std::string dumps = folder.path("dumps");
  std::filesystem::create_directory(dumps);
  set("ACTIN_JIT_DUMP", dumps);
  ASSERT_EQ(compileOne().status, 0);
  int numFiles = 0;
  for (const auto &file : std::filesystem::directory_iterator(dumps)) {
    ++numFiles;
    EXPECT_EQ(file.path().extension(), ".bin");
    EXPECT_GT(file.file_size(), 0u);
  }
  EXPECT_EQ(numFiles, 1);
  set("ACTIN_JIT_DUMP", folder.path("missing"));
  set("ACTIN_VERBOSE", "dump");
  ProcessResult result = compileOne();
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.err.find("cannot be written"), std::string::npos)
      << result.err;
}

} // namespace
