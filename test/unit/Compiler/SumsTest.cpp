//===- SumsTest.cpp - Gradients of parameters -----------------------------===//

#include "KernelFixture.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

using namespace actin;
using namespace actin::test;

namespace {

/// Tensors, parameters and sums of a * x + b * x with a by channel.
template <typename T> struct SumCase {
  std::vector<int64_t> shape;
  std::vector<T> x, dout, y, dx, a, b{T(0.75)}, da, db{T(0)};

  SumCase(std::vector<int64_t> shape, unsigned seed) : shape(shape) {
    size_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    auto fill = [&](std::vector<T> &values, size_t n) {
      values.resize(n);
      for (T &value : values)
        value = T(normal(random));
    };
    fill(x, count), fill(dout, count), fill(a, shape.at(1));
    y.resize(count), dx.resize(count), da.resize(shape.at(1));
  }

  KernelArguments arguments() {
    KernelArguments result;
    result.inputs = {view(x.data(), shape)};
    result.parameters = {view(a.data(), {shape[1]}), view(b.data(), {})};
    result.dout = view(dout.data(), shape);
    result.out = view(y.data(), shape);
    result.gradients = {view(dx.data(), shape), view(da.data(), {shape[1]}),
                        view(db.data(), {})};
    return result;
  }
};

const char *formula = "activation f(x; a[channel], b) = a * x + b * x";
using Shapes = std::vector<std::vector<int64_t>>;
const Shapes shapes = {{1, 1},         {2000, 3},   {300, 70},   {50, 1000},
                       {3, 40000},     {40, 6, 5},  {9, 13, 50}, {2, 3, 20001},
                       {6, 4, 25, 30}, {100, 64, 2}};
const Shapes largerThanTheCache = {{1, 2, 2500001}};

template <typename T>
void checkSums(const std::string &target, const Shapes &shapes,
               double tolerance) {
  Compiler compiler;
  CompileOptions options;
  options.target = target;
  options.type = dataTypeOf<T>();
  if (!canRun(target))
    GTEST_SKIP() << "this machine cannot run " << target;
  Activation activation = parseOne(formula);
  Kernel kernel =
      compileOrFail(compiler, activation, fusedOutputs(activation), options);
  ASSERT_TRUE(kernel);
  for (const std::vector<int64_t> &shape : shapes) {
    SCOPED_TRACE(testing::PrintToString(shape));
    SumCase<T> data(shape, 1);
    Expected<void> result = kernel.run(data.arguments());
    ASSERT_TRUE(result) << messages(result.error());
    int64_t channels = shape[1], inner = data.x.size() / shape[0] / channels;
    std::vector<long double> da(channels), magnitude(channels);
    long double db = 0, total = 0;
    for (size_t i = 0; i != data.x.size(); ++i) {
      size_t c = i / inner % channels;
      long double term = (long double)(data.x[i]) * data.dout[i];
      da[c] += term, db += term;
      magnitude[c] += std::fabs(term), total += std::fabs(term);
      long double dx = (long double)(data.a[c] + data.b[0]) * data.dout[i];
      ASSERT_NEAR(data.dx[i], dx, 1e-6 * (1 + std::fabs(dx)));
    }
    for (int64_t c = 0; c != channels; ++c)
      ASSERT_NEAR(data.da[c], da[c], tolerance * (double)magnitude[c]);
    ASSERT_NEAR(data.db[0], db, tolerance * (double)total);
  }
}

TEST(SumsTest, RightOnEveryTargetAndShape) {
  for (const std::string &target : getHostLevels())
    for (const Shapes &set : {shapes, largerThanTheCache}) {
      SCOPED_TRACE(target);
      // f32: the terms are rounded to f32, their sum is not. f64: compensated.
      checkSums<float>(target, set, 1.2e-7);
      checkSums<double>(target, set, 3e-16);
    }
}

/// A host's parallel loop: the second half in a thread of its own.
void runBackwards(int64_t count,
                  const std::function<void(int64_t, int64_t)> &body) {
  std::thread other([&] { body(count / 2, count); });
  for (int64_t i = count / 2; i-- != 0;)
    body(i, i + 1);
  other.join();
}

TEST(SumsTest, AHostThatSkipsWorkIsTold) {
  Compiler compiler;
  Activation activation = parseOne(formula);
  Kernel kernel = compileOrFail(compiler, activation, fusedOutputs(activation));
  ASSERT_TRUE(kernel);
  SumCase<float> data({64, 3, 1000}, 1);
  auto incomplete = [](int64_t count, auto &body) { body(1, count); };
  auto outside = [](int64_t count, auto &body) { body(0, count + 1); };
  for (const ParallelFor &loop : {ParallelFor(incomplete), {outside}}) {
    Expected<void> result = kernel.run(data.arguments(), loop);
    ASSERT_FALSE(result);
    EXPECT_NE(messages(result.error()).find("tiles"), std::string::npos);
  }
}

template <typename T> void checkThreads() {
  Compiler compiler;
  CompileOptions options;
  options.type = dataTypeOf<T>();
  Activation activation = parseOne(formula);
  Kernel kernel =
      compileOrFail(compiler, activation, fusedOutputs(activation), options);
  ASSERT_TRUE(kernel);
  for (const std::vector<int64_t> &shape : shapes) {
    SCOPED_TRACE(testing::PrintToString(shape));
    SumCase<T> once(shape, 2);
    ASSERT_TRUE(kernel.run(once.arguments()));
    auto same = [&](const SumCase<T> &other) {
      return once.y == other.y && once.dx == other.dx && once.da == other.da &&
             once.db == other.db;
    };
    for (int threads : {2, 3, 8}) {
      SumCase<T> again(shape, 2);
      ASSERT_TRUE(kernel.run(again.arguments(), threads));
      EXPECT_TRUE(same(again)) << threads << " threads";
    }
    SumCase<T> hosted(shape, 2);
    ASSERT_TRUE(kernel.run(hosted.arguments(), runBackwards));
    EXPECT_TRUE(same(hosted)) << "the host's loop";
    // Tile by tile, backwards.
    SumCase<T> pieces(shape, 2);
    KernelArguments arguments = pieces.arguments();
    int64_t numTiles = kernel.getNumTiles(arguments).value();
    std::vector<double> partials(kernel.getNumPartials(arguments).value());
    for (int64_t tile = numTiles; tile-- != 0;)
      ASSERT_TRUE(kernel.runTiles(arguments, tile, tile + 1, partials.data()));
    ASSERT_TRUE(kernel.finish(arguments, partials.data()));
    EXPECT_TRUE(same(pieces)) << "tile by tile";
  }
}

TEST(SumsTest, SameBitsForEveryThreadCountF32) { checkThreads<float>(); }
TEST(SumsTest, SameBitsForEveryThreadCountF64) { checkThreads<double>(); }

TEST(SumsTest, EmptyTensorsSumToZero) {
  Compiler compiler;
  Activation activation = parseOne(formula);
  Kernel kernel = compileOrFail(compiler, activation, fusedOutputs(activation));
  ASSERT_TRUE(kernel);
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{0, 3}, {4, 3, 0}, {4, 0}}) {
    SumCase<float> data(shape, 1);
    std::fill(data.da.begin(), data.da.end(), 5.0f);
    data.db[0] = 5.0f;
    Expected<void> result = kernel.run(data.arguments(), 2);
    ASSERT_TRUE(result) << messages(result.error());
    EXPECT_EQ(data.db[0], 0.0f);
    for (float value : data.da)
      EXPECT_EQ(value, 0.0f);
  }
}

TEST(SumsTest, CancellationIsCompensatedInF64) {
  Compiler compiler;
  CompileOptions options;
  options.type = DataType::F64;
  KernelOutputs outputs;
  outputs.forward = false;
  outputs.gradients = {"b"};
  Kernel kernel = compileOrFail(
      compiler, parseOne("activation f(x; b) = b * x"), outputs, options);
  ASSERT_TRUE(kernel);
  // 1e17 + 1 - 1e17 + ...: a plain sum loses the ones.
  std::vector<double> x(4096), dout(x.size(), 1.0), b{1.0}, db{0.0};
  for (size_t i = 0; i != x.size(); ++i)
    x[i] = i / 64 % 2 ? 1.0 : (i / 128 % 2 ? -1e17 : 1e17);
  KernelArguments arguments;
  std::vector<int64_t> shape = {4096};
  arguments.inputs = {view(x.data(), shape)};
  arguments.parameters = {view(b.data(), {})};
  arguments.dout = view(dout.data(), shape);
  arguments.gradients = {view(db.data(), {})};
  ASSERT_TRUE(kernel.run(arguments));
  EXPECT_EQ(db[0], 2048.0);
}

} // namespace
