//===- CacheCommandTest.cpp - actin cache, and what a hit loads -----------===//

#include "Process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace actin::test;
namespace fs = std::filesystem;

namespace {

/// Runs actin with a cache of its own.
class CacheCommandTest : public testing::Test {
protected:
  ProcessResult run(std::vector<std::string> arguments,
                    std::vector<std::string> variables = {}) {
    std::vector<std::string> command = {"/usr/bin/env", "ACTIN_CACHE=on",
                                        "ACTIN_CACHE_DIR=" + directory};
    command.insert(command.end(), variables.begin(), variables.end());
    command.push_back(ACTIN_COMMAND);
    command.insert(command.end(), arguments.begin(), arguments.end());
    return runProcess(command);
  }
  /// Compiles a kernel, or loads it. (No elements, but code.)
  ProcessResult runKernel(const std::string &formula,
                          std::vector<std::string> variables = {}) {
    return run(
        {"bench", "-e", "activation f(x) = " + formula, "--elements", "1"},
        std::move(variables));
  }
  nlohmann::json list() {
    return nlohmann::json::parse(run({"cache", "list", "--json"}).out);
  }

  TemporaryFolder folder;
  const std::string directory = folder.path("cache");
};

TEST_F(CacheCommandTest, AHitLoadsNoCompiler) {
  ProcessResult cold = runKernel("x + 1", {"LD_DEBUG=files"});
  ASSERT_EQ(cold.status, 0) << cold.err;
  EXPECT_NE(cold.err.find("libLLVM"), std::string::npos);
  EXPECT_NE(cold.err.find("libactin-compiler"), std::string::npos);
  ProcessResult warm = runKernel("x + 1", {"LD_DEBUG=files"});
  ASSERT_EQ(warm.status, 0) << warm.err;
  EXPECT_NE(warm.err.find("libc.so"), std::string::npos);
  for (const char *library : {"libLLVM", "libMLIR", "libactin-compiler"})
    EXPECT_EQ(warm.err.find(library), std::string::npos) << library;
}

TEST_F(CacheCommandTest, ListsAndClears) {
  ASSERT_EQ(runKernel("x + 1").status, 0);
  ASSERT_EQ(runKernel("x + 2").status, 0);
  nlohmann::json listed = list();
  EXPECT_EQ(listed["directory"], directory);
  ASSERT_EQ(listed["entries"].size(), 2u);
  EXPECT_EQ(listed["entries"][0]["fault"], "");
  ProcessResult text = run({"cache", "list"});
  EXPECT_NE(text.out.find("activation f(x) = x + 2"), std::string::npos);
  EXPECT_NE(text.out.find("2 entries"), std::string::npos);
  EXPECT_EQ(run({"cache", "clear"}).status, 0);
  EXPECT_EQ(list()["entries"].size(), 0u);
}

TEST_F(CacheCommandTest, VerifyFindsDamageAndUseMendsIt) {
  ASSERT_EQ(runKernel("x + 1").status, 0);
  EXPECT_EQ(run({"cache", "verify"}).status, 0);
  for (const auto &file : fs::directory_iterator(directory))
    fs::resize_file(file.path(), fs::file_size(file.path()) - 1);
  ProcessResult bad = run({"cache", "verify"});
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.err.find("checksum"), std::string::npos) << bad.err;
  ProcessResult mended = runKernel("x + 1", {"ACTIN_VERBOSE=cache"});
  EXPECT_EQ(mended.status, 0);
  EXPECT_NE(mended.err.find("is not used: its checksum"), std::string::npos);
  EXPECT_EQ(run({"cache", "verify"}).status, 0);
}

TEST_F(CacheCommandTest, ShipsBundles) {
  ASSERT_EQ(runKernel("x + 1").status, 0);
  std::string bundle = folder.path("bundle");
  EXPECT_EQ(run({"cache", "export", bundle}).status, 0);
  EXPECT_EQ(run({"cache", "prune", "--max-size", "0"}).status, 0);
  EXPECT_EQ(list()["entries"].size(), 0u);
  ProcessResult imported = run({"cache", "import", bundle});
  EXPECT_EQ(imported.out.substr(0, 16), "imported 1 entry");
  ProcessResult warm = runKernel("x + 1", {"LD_DEBUG=files"});
  EXPECT_EQ(warm.err.find("libLLVM"), std::string::npos);
}

TEST_F(CacheCommandTest, MistakesAreDiagnosed) {
  EXPECT_EQ(run({"cache"}).status, 2);
  EXPECT_EQ(run({"cache", "prune", "--max-size", "big"}).status, 2);
  EXPECT_EQ(run({"cache", "import", folder.path("missing")}).status, 1);
  EXPECT_EQ(run({"cache", "list"}, {"ACTIN_CACHE=off"}).status, 1);
}

TEST_F(CacheCommandTest, AnUnsafeFolderIsNamedAndNotUsed) {
  ASSERT_EQ(runKernel("x + 1").status, 0);
  fs::permissions(directory, fs::perms::all);
  ProcessResult result = runKernel("x + 1");
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.err.find("warning: the cache folder"), std::string::npos);
}

} // namespace
