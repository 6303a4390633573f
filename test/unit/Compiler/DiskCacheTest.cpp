//===- DiskCacheTest.cpp - Kernels that outlive their compiler ------------===//

#include "KernelFixture.h"

#include <filesystem>
#include <fstream>

using namespace actin;
using namespace actin::test;
namespace fs = std::filesystem;

namespace {

class CompilerDiskCacheTest : public testing::Test {
protected:
  CompilerDiskCacheTest() {
    std::string name = fs::temp_directory_path() / "actin-kernels-test-XXXXXX";
    root = ::mkdtemp(name.data());
    options.directory = root / "cache";
  }
  ~CompilerDiskCacheTest() override { fs::remove_all(root); }

  fs::path onlyFile() const {
    return fs::directory_iterator(options.directory)->path();
  }

  fs::path root;
  DiskCacheOptions options;
};

/// Runs on a matrix with a value a channel: the gradients of x and b.
std::vector<float> runOnce(const Kernel &kernel) {
  std::vector<float> x = {-1.5f, 0.25f, 3, 1, 2, -4}, b = {0.5f, -2, 1},
                     dout = {1, 2, 3, 4, 5, 6}, results(9);
  KernelArguments arguments;
  arguments.inputs = {view(x.data(), {2, 3})};
  arguments.parameters = {view(b.data(), {3})};
  arguments.dout = view(dout.data(), {2, 3});
  arguments.gradients = {view(results.data(), {2, 3}),
                         view(results.data() + 6, {3})};
  EXPECT_TRUE(kernel.run(arguments));
  return results;
}

const KernelOutputs gradients{false, {"x", "b"}, {}};

Activation makeActivation() {
  return parseOne("activation f(x; b[channel] = 1) = tanh(x) * erf(b * x)");
}

TEST_F(CompilerDiskCacheTest, AnotherCompilerLoadsWhatOneCompiled) {
  std::vector<float> expected;
  {
    Compiler compiler(options);
    expected = runOnce(compileOrFail(compiler, makeActivation(), gradients));
    // The variant for flat tensors, and the one that the call needed.
    EXPECT_EQ(compiler.getCacheStatistics().misses, 2u);
    EXPECT_EQ(compiler.getCacheStatistics().diskHits, 0u);
  }
  Compiler compiler(options);
  StageTimes times;
  Expected<Kernel> kernel =
      compiler.compile(makeActivation(), gradients, {}, &times);
  ASSERT_TRUE(kernel);
  ASSERT_EQ(times.size(), 1u);
  EXPECT_EQ(times[0].first, "load");
  EXPECT_EQ(runOnce(*kernel), expected);
  EXPECT_EQ(compiler.getCacheStatistics().diskHits, 2u);
}

TEST_F(CompilerDiskCacheTest, EveryOptionIsPartOfTheKey) {
  Activation activation = parseOne("activation f(x; b = 1) = b * x * x");
  std::vector<std::pair<KernelOutputs, CompileOptions>> requests(9);
  requests[1].first = {true, {"x"}, {}};
  requests[2].first = {true, {"b"}, {}};
  requests[3].first = {false, {"x"}, {}};
  requests[4].first = {true, {}, {"x"}};
  requests[5].second.type = DataType::F64;
  requests[6].second.target = getHostLevels().front();
  requests[7].second.math = MathMode::Fast;
  requests[8].second.stabilize = StabilizeMode::Off;
  for (uint64_t expectedHits : {0, 9}) {
    Compiler compiler(options);
    for (const auto &[outputs, compileOptions] : requests)
      compileOrFail(compiler, activation, outputs, compileOptions);
    EXPECT_EQ(compiler.getCacheStatistics().diskHits, expectedHits);
  }
  EXPECT_EQ(listCache(options)->size(), 9u);
}

TEST_F(CompilerDiskCacheTest, ADamagedKernelIsCompiledAgain) {
  KernelOutputs forward;
  Activation activation = parseOne("activation f(x) = x * 2 + 1");
  {
    Compiler compiler(options);
    compileOrFail(compiler, activation, forward);
  }
  std::string bytes;
  {
    std::ifstream stream(onlyFile(), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(stream), {});
  }
  for (size_t i = 5; i < bytes.size(); i += 131) {
    std::string damaged = bytes;
    damaged[i] = ~damaged[i];
    std::ofstream(onlyFile(), std::ios::binary) << damaged;
    Compiler compiler(options);
    Kernel kernel = compileOrFail(compiler, activation, forward);
    EXPECT_EQ(compiler.getCacheStatistics().diskHits, 0u);
    float x = 3, y = 0;
    KernelArguments arguments;
    arguments.inputs = {view(&x, {})};
    arguments.out = view(&y, {});
    ASSERT_TRUE(kernel.run(arguments));
    EXPECT_EQ(y, 7);
  }
  EXPECT_EQ(listCache(options)->front().fault, "");
}

TEST_F(CompilerDiskCacheTest, AnUnusableFolderFailsNothing) {
  options.directory = "/proc/no/such/folder";
  Compiler compiler(options);
  EXPECT_EQ(
      runOnce(compileOrFail(compiler, makeActivation(), gradients)).size(), 9u);
}

} // namespace
