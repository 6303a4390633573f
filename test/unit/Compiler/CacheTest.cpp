//===- CacheTest.cpp - One compilation a key, code freed ------------------===//

#include "KernelFixture.h"

#include <fstream>
#include <thread>

using namespace actin;
using namespace actin::test;

namespace {

float runOnce(const Kernel &kernel, float x) {
  float y = -1;
  KernelArguments arguments;
  arguments.inputs = {view(&x, {})};
  arguments.out = view(&y, {});
  EXPECT_TRUE(kernel.run(arguments));
  return y;
}

TEST(CacheTest, EqualRequestsShareCode) {
  Compiler compiler;
  Kernel first =
      compileOrFail(compiler, parseOne("activation f(x) = x + 1"), {});
  // Another text and another graph, the same formula.
  Kernel second =
      compileOrFail(compiler, parseOne("activation f(x)   = (x) + 1"), {});
  CacheStatistics statistics = compiler.getCacheStatistics();
  EXPECT_EQ(statistics.misses, 1u);
  EXPECT_EQ(statistics.hits, 1u);
  EXPECT_EQ(statistics.entries, 1u);
}

TEST(CacheTest, CopiesShareTheirHandle) {
  Compiler compiler;
  Activation activation = parseOne("activation f(x) = x + 1"),
             copy = activation;
  Kernel first = compileOrFail(compiler, activation, {});
  Kernel second = compileOrFail(compiler, copy, {});
  EXPECT_EQ(compiler.getCacheStatistics().misses, 1u);
  EXPECT_EQ(compiler.getCacheStatistics().hits, 1u);
}

TEST(CacheTest, OneBuilderManyActivations) {
  // One graph and one body, but not one signature.
  Compiler compiler;
  ActivationBuilder builder("f");
  Expr x = builder.input("x");
  Expected<Activation> plain = builder.build(x * 2.0);
  builder.gradient("x", builder.constant(7));
  Expected<Activation> surrogate = builder.build(x * 2.0);
  KernelOutputs gradient{false, {"x"}, {}};
  Kernel first = compileOrFail(compiler, *plain, gradient);
  Kernel second = compileOrFail(compiler, *surrogate, gradient);
  auto run = [](const Kernel &kernel) {
    float in = 1, dout = 1, dx = 0;
    KernelArguments arguments;
    arguments.inputs = {view(&in, {})};
    arguments.dout = view(&dout, {});
    arguments.gradients = {view(&dx, {})};
    EXPECT_TRUE(kernel.run(arguments));
    return dx;
  };
  EXPECT_EQ(run(first), 2);
  EXPECT_EQ(run(second), 7);
}

TEST(CacheTest, EveryOptionIsPartOfTheKey) {
  Compiler compiler;
  Activation activation = parseOne("activation f(x; b) = b * x * x");
  std::vector<Kernel> kernels;
  auto add = [&](const KernelOutputs &outputs, const CompileOptions &options) {
    kernels.push_back(compileOrFail(compiler, activation, outputs, options));
  };
  add({}, {});
  add({true, {"x"}, {}}, {});
  add({true, {"b"}, {}}, {});
  add({false, {"x"}, {}}, {});
  add({true, {}, {"x"}}, {});
  CompileOptions options;
  options.type = DataType::F64;
  add({}, options);
  options = {};
  options.target = getHostLevels().front();
  add({}, options);
  options = {};
  options.math = MathMode::Fast;
  add({}, options);
  options = {};
  options.stabilize = StabilizeMode::Off;
  add({}, options);
  EXPECT_EQ(compiler.getCacheStatistics().misses, kernels.size());
  EXPECT_EQ(compiler.getCacheStatistics().hits, 0u);
  EXPECT_EQ(compiler.getCacheStatistics().entries, kernels.size());
}

TEST(CacheTest, CodeGoesWithItsLastHandle) {
  Compiler compiler;
  Activation activation = parseOne("activation f(x) = x * 2");
  Kernel copy;
  {
    Kernel kernel = compileOrFail(compiler, activation, {});
    copy = kernel;
  }
  EXPECT_EQ(compiler.getCacheStatistics().entries, 1u);
  EXPECT_EQ(runOnce(copy, 3), 6);
  copy = Kernel();
  EXPECT_EQ(compiler.getCacheStatistics().entries, 0u);
  Kernel again = compileOrFail(compiler, activation, {});
  EXPECT_EQ(compiler.getCacheStatistics().misses, 2u);
  EXPECT_EQ(runOnce(again, 4), 8);
}

TEST(CacheTest, KernelsOutliveTheirCompiler) {
  Kernel kernel;
  {
    Compiler compiler;
    kernel = compileOrFail(compiler, parseOne("activation f(x) = x * 3"), {});
  }
  EXPECT_EQ(runOnce(kernel, 5), 15);
}

TEST(CacheTest, ThreadsShareOneCompilation) {
  Compiler compiler;
  Activation activation = parseOne("activation f(x) = exp(x) * x + tanh(x)");
  constexpr int numThreads = 16;
  std::vector<Kernel> kernels(numThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i != numThreads; ++i)
    threads.emplace_back([&, i] {
      Expected<Kernel> kernel = compiler.compile(activation, {});
      if (kernel)
        kernels[i] = *kernel;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(compiler.getCacheStatistics().misses, 1u);
  EXPECT_EQ(compiler.getCacheStatistics().hits, numThreads - 1u);
  EXPECT_EQ(compiler.getCacheStatistics().entries, 1u);
  for (const Kernel &kernel : kernels) {
    ASSERT_TRUE(kernel);
    EXPECT_EQ(runOnce(kernel, 0), 0);
  }
}

TEST(CacheTest, ManyThreadsManyKernels) {
  Compiler compiler;
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i != 8; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round != 12; ++round) {
        int k = (i + round) % 4;
        Activation activation =
            parseOne("activation f(x) = x * " + std::to_string(k) + " + 1");
        Expected<Kernel> kernel = compiler.compile(activation, {});
        wrong += !kernel || runOnce(*kernel, 2) != 2 * k + 1;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(compiler.getCacheStatistics().entries, 0u);
}

TEST(CacheTest, AHitIsCheap) {
  Compiler compiler;
  Activation activation = parseOne("activation f(x) = gelu(x)");
  Kernel kernel = compileOrFail(compiler, activation, {});
  StageTimes times;
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i != 100; ++i)
    ASSERT_TRUE(compiler.compile(activation, {}, {}, &times));
  auto passed = std::chrono::steady_clock::now() - start;
  EXPECT_TRUE(times.empty()) << "a stage ran";
  EXPECT_LT(passed, std::chrono::milliseconds(50));
}

size_t residentBytes() {
  std::ifstream file("/proc/self/statm");
  size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TEST(CacheTest, MemoryDoesNotGrow) {
  Compiler compiler;
  auto round = [&](int number) {
    Activation activation = parseOne("activation f(x) = x * exp(x) + " +
                                     std::to_string(number) + ".125");
    ASSERT_TRUE(compiler.compile(activation, {}));
  };
  int number = 0;
  for (; number != 150; ++number)
    round(number);
  size_t before = residentBytes();
  for (; number != 450; ++number)
    round(number);
  size_t after = residentBytes();
  EXPECT_LT(double(after), double(before) + 6e6)
      << (after - before) / 300 << " bytes a compilation";
}

} // namespace
