//===- CudaKernelTest.cpp - Kernels on device memory ----------------------===//

#include "CudaFixture.h"

#include "actin/Cuda.h"
#include "actin/Module.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace actin::test {
namespace {

class CudaKernelTest : public testing::Test {
protected:
  void SetUp() override {
    std::string fault = CudaDevice::select();
    if (!fault.empty())
      GTEST_SKIP() << fault;
  }

  static Activation parse(const std::string &text) {
    auto module = parseModule(text);
    EXPECT_TRUE(module.has_value()) << text;
    return module->getActivations().front();
  }
  CudaKernel compile(const Activation &activation, const KernelOutputs &outputs,
                     DataType type = DataType::F32,
                     const std::string &target = "native") {
    CompileOptions options;
    options.type = type;
    options.target = target;
    auto kernel = compileForCuda(compiler, activation, outputs, options);
    EXPECT_TRUE(kernel.has_value()) << kernel.error().front().message;
    return kernel.value_or(CudaKernel());
  }

  Compiler compiler;
};

void expectDone(const Expected<void> &done) {
  EXPECT_TRUE(done.has_value()) << done.error().front().message;
}

/// Small integers and halves, exact in every format.
std::vector<double> makeValues(size_t count, int seed) {
  std::vector<double> values(count);
  for (size_t i = 0; i != count; ++i)
    values[i] = double(int((i * 7 + seed) % 23) - 11) / 2;
  return values;
}

constexpr DataType allTypes[] = {DataType::F32, DataType::F64, DataType::F16,
                                 DataType::BF16};

DataType computeTypeOf(DataType type) {
  return type == DataType::F64 ? DataType::F64 : DataType::F32;
}

/// Sums of products of halves: exact.
const char *const linear = "activation f(x; a = 2) = a * x + abs(x)";

/// Every size and alignment, in place and not: forward, dx and da of a formula
/// whose results are exact. The interpreter's memory ends with the arrays.
TEST_F(CudaKernelTest, SizesAlignmentsAndInPlace) {
  Activation activation = parse(linear);
  for (DataType type : allTypes) {
    CudaKernel kernel = compile(activation, fusedOutputs(activation), type);
    for (size_t size : {0, 1, 3, 4, 5, 8, 31, 1027, 4099})
      for (size_t offset : {0, 1})
        for (bool inPlace : {false, true}) {
          std::vector<double> x = makeValues(size, 3), g = makeValues(size, 8);
          DeviceArray input(type, x, offset), dout(type, g, offset);
          DeviceArray out(type, std::vector<double>(size, -1), offset);
          DeviceArray dx(type, std::vector<double>(size, -1), offset);
          DeviceArray da(computeTypeOf(type), {-1});
          KernelArguments arguments;
          arguments.inputs = {input.view()};
          arguments.dout = dout.view();
          arguments.out = inPlace ? input.view() : out.view();
          arguments.gradients = {inPlace ? dout.view() : dx.view(), da.view()};
          expectDone(kernel.run(arguments));
          std::vector<double> y = (inPlace ? input : out).read();
          std::vector<double> slope = (inPlace ? dout : dx).read();
          double sum = 0;
          for (size_t i = 0; i != size; ++i) {
            EXPECT_EQ(y[i], 2 * x[i] + std::fabs(x[i])) << i << " of " << size;
            double sign = x[i] > 0 ? 1 : x[i] < 0 ? -1 : 0;
            EXPECT_EQ(slope[i], g[i] * (2 + sign)) << i << " of " << size;
            sum += g[i] * x[i];
          }
          EXPECT_EQ(da.read()[0], sum) << size;
        }
  }
}

struct Shape {
  int64_t outer, channels, inner;
};

/// Channel parameters by rows and by lanes, aligned or not; a sum for each
/// channel, and one over all.
TEST_F(CudaKernelTest, ChannelParameters) {
  Activation activation =
      parse("activation f(x; a[channel] = 3, b = 1) = a * x + b * x");
  for (DataType type : {DataType::F32, DataType::F64, DataType::F16})
    for (Shape shape : {Shape{3, 5, 1}, Shape{2, 4, 64}, Shape{5, 3, 70},
                        Shape{64, 8, 2}, Shape{1, 7, 2500}, Shape{130, 32, 1},
                        Shape{4, 1, 9}, Shape{0, 4, 3}, Shape{2, 3, 0}}) {
      DataType compute = computeTypeOf(type);
      size_t size = shape.outer * shape.channels * shape.inner;
      std::vector<double> x = makeValues(size, 5), g = makeValues(size, 1);
      std::vector<double> a = makeValues(shape.channels, 9);
      DeviceArray input(type, x), dout(type, g);
      DeviceArray out(type, std::vector<double>(size, -1));
      DeviceArray alphas(compute, a);
      DeviceArray da(compute, std::vector<double>(shape.channels, -1));
      DeviceArray db(compute, {-1});
      std::vector<int64_t> extents = {shape.outer, shape.channels, shape.inner};
      KernelOutputs outputs{true, {"a", "b"}, {}};
      CudaKernel kernel = compile(activation, outputs, type);
      KernelArguments arguments;
      arguments.inputs = {input.view(extents)};
      arguments.dout = dout.view(extents);
      arguments.out = out.view(extents);
      arguments.parameters = {alphas.view()}; // b: its default.
      arguments.gradients = {da.view(), db.view()};
      expectDone(kernel.run(arguments));
      std::vector<double> y = out.read(), sums(shape.channels);
      for (size_t i = 0; i != size; ++i) {
        size_t channel = i / shape.inner % shape.channels;
        EXPECT_EQ(y[i], (a[channel] + 1) * x[i]) << i;
        sums[channel] += g[i] * x[i];
      }
      EXPECT_EQ(da.read(), sums);
      EXPECT_EQ(db.read()[0], std::accumulate(sums.begin(), sums.end(), 0.0));
    }
}

/// One value for a channel parameter serves every channel, beside another that
/// has one each.
TEST_F(CudaKernelTest, ScalarsForChannelParameters) {
  Activation activation =
      parse("activation f(x; a[channel] = 3, b[channel] = 1) = a * x + b");
  std::vector<double> x = makeValues(6 * 4, 5);
  DeviceArray input(DataType::F32, x);
  DeviceArray out(DataType::F32, x), b(DataType::F32, {1, 2, 3, 4});
  CudaKernel kernel = compile(activation, {});
  KernelArguments arguments;
  arguments.inputs = {input.view({6, 4})};
  arguments.out = out.view({6, 4});
  arguments.parameters = {{}, b.view()};
  expectDone(kernel.run(arguments));
  std::vector<double> y = out.read();
  for (size_t i = 0; i != x.size(); ++i)
    EXPECT_EQ(y[i], 3 * x[i] + double(i % 4 + 1));
}

/// Sums have the same bits in every run, and with a workspace of the caller.
TEST_F(CudaKernelTest, SumsAreReproducible) {
  Activation activation =
      parse("activation f(x; a = 1.5) = x * sigmoid(a * x)");
  KernelOutputs outputs{false, {"a"}, {}};
  DeviceArray input(DataType::F32, makeValues(10000, 2));
  DeviceArray dout(DataType::F32, makeValues(10000, 6));
  auto setMultiprocessors = reinterpret_cast<void (*)(int)>(
      CudaDevice::find("interpretedSetMultiprocessors"));
  std::vector<uint8_t> first;
  for (int multiprocessors : {2, 1, 7}) {
    if (setMultiprocessors)
      setMultiprocessors(multiprocessors); // Other grids.
    CudaKernel kernel = compile(activation, outputs);
    DeviceArray da(DataType::F32, {-1});
    KernelArguments arguments;
    arguments.inputs = {input.view()};
    arguments.dout = dout.view();
    arguments.gradients = {da.view()};
    auto sizeBytes = kernel.getWorkspaceBytes(arguments);
    ASSERT_TRUE(sizeBytes.has_value());
    EXPECT_EQ(*sizeBytes, 8u * 5);
    DeviceArray workspace(DataType::F64, std::vector<double>(5));
    expectDone(kernel.run(arguments, nullptr, workspace.view().data));
    if (first.empty())
      first = da.readBytes();
    EXPECT_EQ(da.readBytes(), first);
    expectDone(kernel.run(arguments));
    EXPECT_EQ(da.readBytes(), first);
  }
  if (setMultiprocessors)
    setMultiprocessors(2);
}

TEST_F(CudaKernelTest, InfinitiesAndSumsOfThem) {
  Activation activation = parse("activation f(x; a = 1) = a * x");
  for (DataType type : {DataType::F32, DataType::F64}) {
    CudaKernel kernel = compile(activation, {false, {"a"}, {}}, type);
    double huge = type == DataType::F64 ? 0x1.8p1023 : 0x1.8p127;
    DeviceArray input(type, std::vector<double>(40, huge));
    DeviceArray dout(type, std::vector<double>(40, 1)), da(type, {-1});
    KernelArguments arguments;
    arguments.inputs = {input.view()};
    arguments.dout = dout.view();
    arguments.gradients = {da.view()};
    expectDone(kernel.run(arguments));
    EXPECT_EQ(da.read()[0], INFINITY);
  }
}

TEST_F(CudaKernelTest, ErrorsAreValues) {
  Activation activation = parse("activation f(x) = x");
  CudaKernel kernel = compile(activation, {});
  DeviceArray input(DataType::F32, {1, 2, 3}), out(DataType::F32, {0, 0});
  KernelArguments arguments;
  arguments.inputs = {input.view()};
  arguments.out = out.view();
  auto done = kernel.run(arguments);
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().front().message.find("has the shape"),
            std::string::npos);
  EXPECT_FALSE(CudaKernel().run(arguments).has_value());
  EXPECT_EQ(CudaKernel().getPtx(), "");
  CompileOptions options;
  options.target = "x86-64-v3";
  EXPECT_FALSE(compileForCuda(compiler, activation, {}, options).has_value());
  CudaDevice::deselect();
  arguments.out = DeviceArray(DataType::F32, {}).view({3});
  EXPECT_FALSE(kernel.run(arguments).has_value());
}

TEST_F(CudaKernelTest, WithoutContextNothingRuns) {
  Activation activation = parse("activation f(x) = x");
  CudaKernel kernel = compile(activation, {});
  DeviceArray input(DataType::F32, {1, 2, 3});
  CudaDevice::deselect();
  KernelArguments arguments;
  arguments.inputs = {input.view()};
  arguments.out = input.view();
  auto done = kernel.run(arguments);
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().front().message.find("no CUDA context"),
            std::string::npos);
  auto native = compileForCuda(compiler, activation, {});
  EXPECT_FALSE(native.has_value());
}

/// One module a context; all gone with the kernel.
TEST_F(CudaKernelTest, ModulesByDevice) {
  auto countModules =
      reinterpret_cast<int (*)()>(CudaDevice::find("interpretedCountModules"));
  auto countBlocks =
      reinterpret_cast<int (*)()>(CudaDevice::find("interpretedCountBlocks"));
  if (!countModules || !countBlocks)
    GTEST_SKIP() << "a real driver does not count its modules";
  int modules = countModules(), blocks = countBlocks();
  {
    Activation activation = parse("activation f(x; a = 2) = a * x");
    CudaKernel kernel =
        compile(activation, fusedOutputs(activation), DataType::F32, "sm_75");
    for (int device : {0, 1, 0, 1}) {
      ASSERT_EQ(CudaDevice::select(device), "");
      DeviceArray x(DataType::F32, {1, 2, 3}), da(DataType::F32, {0});
      KernelArguments arguments;
      arguments.inputs = {x.view()};
      arguments.dout = x.view();
      arguments.out = x.view();
      DeviceArray dx(DataType::F32, {0, 0, 0});
      arguments.gradients = {dx.view(), da.view()};
      expectDone(kernel.run(arguments));
    }
    EXPECT_EQ(countModules(), modules + 2);
    // Made for number 0 alone.
    ASSERT_EQ(CudaDevice::select(1), "");
    CudaKernel newer = compile(activation, {}, DataType::F32, "sm_120");
    DeviceArray x(DataType::F32, {1});
    KernelArguments arguments;
    arguments.inputs = {x.view()};
    arguments.out = x.view();
    auto done = newer.run(arguments);
    ASSERT_FALSE(done.has_value());
    EXPECT_NE(done.error().front().message.find("CUDA_ERROR"),
              std::string::npos);
  }
  EXPECT_EQ(countModules(), modules);
  EXPECT_EQ(countBlocks(), blocks);
}

} // namespace
} // namespace actin::test
