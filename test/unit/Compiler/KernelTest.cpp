//===- KernelTest.cpp - Elementwise kernels on all kinds of memory --------===//
//
// The formulas and values are exact in floating point, so every result is
// compared for equality.
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

#include <cfenv>

using namespace actin;
using namespace actin::test;

namespace {

struct Case {
  std::string target;
  DataType type;
};

class KernelTest : public testing::TestWithParam<Case> {
protected:
  void SetUp() override {
    options.target = GetParam().target;
    options.type = GetParam().type;
    if (!canRun(options.target))
      GTEST_SKIP() << "this machine cannot run " << options.target;
  }

  template <typename Check> void withElement(Check check) {
    if (options.type == DataType::F64)
      check(double());
    else
      check(float());
  }

  Compiler compiler;
  CompileOptions options;
};

// Small bodies are unrolled; the long one is pipelined.
const char *smallFormula = "activation f(x, g) = 2 * x + g";

std::string longFormula(int numTerms = 40) {
  std::string text = "activation f(x, g) = 2 * x + g";
  for (int i = 1; i <= numTerms; ++i)
    text += " + max(x - " + std::to_string(i) + ", 0) * max(g - " +
            std::to_string(i) + ", 0)";
  return text;
}

/// Of any number of terms from 40 on: x is at most 16.
double longReference(double x, double g) {
  double sum = 2 * x + g;
  for (int i = 1; i <= 40; ++i)
    sum += std::max(x - i, 0.0) * std::max(g - i, 0.0);
  return sum;
}

template <typename T>
void runGuarded(const Kernel &kernel, size_t count,
                typename GuardedBuffer<T>::Guard guard, bool inPlace,
                bool isLong) {
  GuardedBuffer<T> x(count, guard), g(count, guard), y(count, guard);
  std::vector<T> wanted(count);
  constexpr size_t period = 33 * 17; // Of x and g together.
  for (size_t i = 0; i != count; ++i) {
    x[i] = T(int(i * 7 % 33) - 16);
    g[i] = T(int(i * 5 % 17));
    wanted[i] = i >= period ? wanted[i - period]
                : isLong    ? T(longReference(x[i], g[i]))
                            : 2 * x[i] + g[i];
  }
  T *out = inPlace ? x.data() : y.data();
  std::vector<int64_t> shape = {int64_t(count)};
  KernelArguments arguments;
  arguments.inputs = {view(x.data(), shape), view(g.data(), shape)};
  arguments.out = view(out, shape);
  Expected<void> result = kernel.run(arguments);
  ASSERT_TRUE(result) << messages(result.error());
  for (size_t i = 0; i != count; ++i)
    ASSERT_EQ(out[i], wanted[i]) << "element " << i << " of " << count;
}

TEST_P(KernelTest, EverySizeBetweenGuardPages) {
  for (bool isLong : {false, true}) {
    Kernel kernel = compileOrFail(
        compiler, parseOne(isLong ? longFormula() : smallFormula), {}, options);
    ASSERT_TRUE(kernel);
    std::vector<size_t> counts;
    for (size_t count = 0; count <= 130; ++count)
      counts.push_back(count);
    counts.insert(counts.end(), {1023, 8191, 8192, 8193, 1000003});
    withElement([&](auto element) {
      using T = decltype(element);
      using Guard = typename GuardedBuffer<T>::Guard;
      for (size_t count : counts)
        for (Guard guard : {Guard::Behind, Guard::Before})
          for (bool inPlace : {false, true})
            runGuarded<T>(kernel, count, guard, inPlace, isLong);
    });
  }
}

TEST_P(KernelTest, LargerThanTheCache) {
  for (bool isLong : {false, true}) {
    Kernel kernel = compileOrFail(
        compiler, parseOne(isLong ? longFormula() : smallFormula), {}, options);
    ASSERT_TRUE(kernel);
    // Element-aligned starts, neither vector- nor line-aligned ones.
    withElement([&](auto element) {
      using T = decltype(element);
      for (bool inPlace : {false, true})
        runGuarded<T>(kernel, 9000001, GuardedBuffer<T>::Guard::Behind, inPlace,
                      isLong);
    });
  }
}

// Past where the code generator optimizes.
TEST(VeryLongKernelTest, EveryTarget) {
  Compiler compiler;
  for (const std::string &target : getHostLevels()) {
    if (!canRun(target))
      continue;
    CompileOptions options;
    options.target = target;
    Kernel kernel =
        compileOrFail(compiler, parseOne(longFormula(1500)), {}, options);
    ASSERT_TRUE(kernel);
    for (size_t count : {1, 15, 16, 17, 1000})
      runGuarded<float>(kernel, count, GuardedBuffer<float>::Guard::Behind,
                        /*inPlace=*/false, /*isLong=*/true);
  }
}

// Lanes that hold no element compute as well, of numbers that do not trap.
TEST_P(KernelTest, OrdinaryNumbersRaiseNoException) {
  Kernel kernel = compileOrFail(
      compiler, parseOne("activation f(x) = x / (exp(x) + x * x) / tanh(x)"),
      {}, options);
  ASSERT_TRUE(kernel);
  withElement([&](auto element) {
    using T = decltype(element);
    for (int64_t count : {1, 15, 16, 17, 100}) {
      std::vector<T> x(count, T(0.5)), y(count);
      KernelArguments arguments;
      arguments.inputs = {view(x.data(), {count})};
      arguments.out = view(y.data(), {count});
      std::feclearexcept(FE_ALL_EXCEPT);
      Expected<void> result = kernel.run(arguments);
      int raised = std::fetestexcept(FE_INVALID | FE_DIVBYZERO);
      ASSERT_TRUE(result) << messages(result.error());
      EXPECT_EQ(raised, 0) << count << " elements";
    }
  });
}

/// a * x + b with a and b by channel, on every class of iteration space.
template <typename T>
void runChannels(const Kernel &kernel, std::vector<int64_t> shape, int axis,
                 bool scalarB) {
  int64_t count = 1, inner = 1;
  for (int64_t extent : shape)
    count *= extent;
  for (size_t i = axis + 1; i < shape.size(); ++i)
    inner *= shape[i];
  int64_t channels = shape[axis];
  using Guard = typename GuardedBuffer<T>::Guard;
  for (Guard guard : {Guard::Behind, Guard::Before}) {
    GuardedBuffer<T> x(count, guard), y(count, guard), a(channels, guard),
        b(scalarB ? 1 : channels, guard);
    for (int64_t c = 0; c != channels; ++c)
      a[c] = T(c % 7 - 3);
    for (size_t c = 0; c != b.size(); ++c)
      b[c] = T(c % 11);
    for (int64_t i = 0; i != count; ++i)
      x[i] = T(i % 100 - 50);
    KernelArguments arguments;
    arguments.inputs = {view(x.data(), shape)};
    arguments.parameters = {view(a.data(), {channels}),
                            scalarB ? view(b.data(), {})
                                    : view(b.data(), {channels})};
    arguments.out = view(y.data(), shape);
    arguments.channelAxis = axis;
    for (int threads : {1, 3}) {
      std::fill_n(y.data(), count, T(-77));
      Expected<void> result = kernel.run(arguments, threads);
      ASSERT_TRUE(result) << messages(result.error());
      for (int64_t i = 0; i != count; ++i) {
        int64_t c = i / inner % channels;
        ASSERT_EQ(y[i], a[c] * x[i] + b[scalarB ? 0 : c])
            << "element " << i << " of " << count << ", channel " << c;
      }
    }
  }
}

TEST_P(KernelTest, ChannelParametersOnEveryShape) {
  Activation activation =
      parseOne("activation f(x; a[channel], b[channel]) = a * x + b");
  Kernel kernel = compileOrFail(compiler, activation, {}, options);
  ASSERT_TRUE(kernel);
  std::vector<std::pair<std::vector<int64_t>, int>> shapes = {
      {{5, 1}, 1},         {{1, 3}, 1},       {{64, 3}, 1},
      {{37, 10}, 1},       {{16, 16}, 1},     {{9, 33}, 1},
      {{3, 1001}, 1},      {{2, 20000}, 1},   {{7, 5, 3}, 1},
      {{24, 5, 7}, 1},     {{8, 3, 7, 7}, 1}, {{3, 5, 40}, 1},
      {{2, 3, 17, 19}, 1}, {{2, 3, 9001}, 1}, {{5, 6, 7}, 0},
      {{5, 6, 7}, 2},      {{4, 0, 3}, 1},    {{0, 4}, 1}};
  withElement([&](auto element) {
    for (const auto &[shape, axis] : shapes)
      for (bool scalarB : {false, true}) {
        SCOPED_TRACE(testing::PrintToString(shape));
        runChannels<decltype(element)>(kernel, shape, axis, scalarB);
      }
  });
}

TEST_P(KernelTest, RanksAndDefaults) {
  Activation activation =
      parseOne("activation f(x; a[channel] = 3, b = 0.5) = a * x + b");
  Kernel kernel = compileOrFail(compiler, activation, {}, options);
  ASSERT_TRUE(kernel);
  withElement([&](auto element) {
    using T = decltype(element);
    T x[6] = {1, 2, 3, 4, 5, 6}, y[6];
    for (std::vector<int64_t> shape :
         {std::vector<int64_t>{}, {6}, {2, 3}, {1, 2, 3}}) {
      KernelArguments arguments;
      arguments.inputs = {view(x, shape)};
      arguments.out = view(y, shape);
      arguments.channelAxis = shape.size() > 1 ? -1 : 1;
      Expected<void> result = kernel.run(arguments);
      ASSERT_TRUE(result) << messages(result.error());
      for (int i = 0; i != (shape.empty() ? 1 : 6); ++i)
        EXPECT_EQ(y[i], 3 * x[i] + T(0.5));
    }
  });
}

std::vector<Case> getTestCases() {
  std::vector<Case> cases = {{"native", DataType::F32}};
  for (const std::string &level : getHostLevels())
    for (DataType type : {DataType::F32, DataType::F64})
      cases.push_back({level, type});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Targets, KernelTest, testing::ValuesIn(getTestCases()),
                         [](const testing::TestParamInfo<Case> &info) {
                           std::string name = info.param.target;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name + (info.param.type == DataType::F64
                                              ? "_f64"
                                              : "_f32");
                         });

} // namespace
