//===- KernelErrorsTest.cpp - What a kernel refuses -----------------------===//

#include "KernelFixture.h"

using namespace actin;
using namespace actin::test;

namespace {

class KernelErrorsTest : public testing::Test {
protected:
  void SetUp() override {
    Activation activation =
        parseOne("activation f(x; a[channel], b) = a * x + b");
    kernel = compileOrFail(compiler, activation, fusedOutputs(activation));
    ASSERT_TRUE(kernel);
    arguments.inputs = {view(x, shape)};
    arguments.parameters = {view(a, {3}), view(b, {})};
    arguments.dout = view(dout, shape);
    arguments.out = view(y, shape);
    arguments.gradients = {view(dx, shape), view(da, {3}), view(db, {})};
    Expected<void> result = kernel.run(arguments);
    ASSERT_TRUE(result) << messages(result.error());
  }

  void expectError(const std::string &part) {
    for (int threads : {1, 2}) {
      Expected<void> result = kernel.run(arguments, threads);
      ASSERT_FALSE(result) << "wanted: " << part;
      EXPECT_NE(messages(result.error()).find(part), std::string::npos)
          << messages(result.error());
    }
    EXPECT_FALSE(kernel.getNumTiles(arguments));
    EXPECT_FALSE(kernel.getNumPartials(arguments));
  }

  Compiler compiler;
  Kernel kernel;
  KernelArguments arguments;
  std::vector<int64_t> shape = {4, 3};
  float x[24] = {}, y[24], dout[12] = {}, dx[12], a[3] = {}, b[1] = {}, da[3],
        db[1];
};

TEST_F(KernelErrorsTest, NumberOfInputs) {
  arguments.inputs.push_back(view(x, shape));
  expectError("expected 1 input");
  arguments.inputs.clear();
  expectError("expected 1 input");
}

TEST_F(KernelErrorsTest, Shapes) {
  arguments.out = view(y, {3, 4});
  expectError("the output has the shape (3, 4)");
  arguments.out = view(y, {4, 3});
  arguments.dout = view(dout, {12});
  expectError("dout has the shape (12,)");
  arguments.dout = view(dout, shape);
  arguments.gradients[0] = view(dx, {4});
  expectError("the gradient of 'x'");
}

TEST_F(KernelErrorsTest, NegativeAndHugeShapes) {
  for (std::vector<int64_t> bad :
       {std::vector<int64_t>{-1, 3}, {INT64_MAX, 3}, {1 << 30, 1 << 30, 8}}) {
    arguments.inputs[0].shape = bad;
    EXPECT_FALSE(kernel.run(arguments));
  }
}

TEST_F(KernelErrorsTest, Types) {
  arguments.inputs[0].type = DataType::F64;
  expectError("input 'x' is f64");
}

TEST_F(KernelErrorsTest, MissingData) {
  arguments.out.data = nullptr;
  expectError("the output has no data");
  arguments.out.data = y;
  arguments.parameters[1].data = nullptr;
  expectError("parameter 'b' is missing and has no default");
}

TEST_F(KernelErrorsTest, ParameterLength) {
  arguments.parameters[0] = view(a, {2});
  expectError("one for each of 3 channels");
  arguments.parameters[0] = view(a, {3, 1});
  expectError("parameter 'a' has the shape (3, 1)");
  arguments.parameters[0] = view(a, {3});
  arguments.parameters[1] = view(a, {3});
  expectError("parameter 'b'");
}

TEST_F(KernelErrorsTest, ChannelAxis) {
  for (int64_t axis : {int64_t(2), int64_t(-3), INT64_MAX, INT64_MIN}) {
    arguments.channelAxis = axis;
    expectError("channel axis");
  }
}

TEST_F(KernelErrorsTest, GradientOfAParameter) {
  arguments.gradients[1] = view(da, {1});
  expectError("the gradient of 'a' must hold 3");
  arguments.gradients[1] = view(da, {3});
  arguments.gradients.pop_back();
  expectError("expected 3 gradients");
}

TEST_F(KernelErrorsTest, Overlap) {
  arguments.out = view(x + 1, shape);
  expectError("overlaps");
  arguments.out = view(x, shape);
  EXPECT_TRUE(kernel.run(arguments)) << "in place";
  arguments.out = view(dx, shape);
  expectError("two outputs overlap");
}

TEST_F(KernelErrorsTest, TileRanges) {
  std::vector<double> partials(kernel.getNumPartials(arguments).value());
  int64_t numTiles = kernel.getNumTiles(arguments).value();
  EXPECT_FALSE(kernel.runTiles(arguments, -1, 1, partials.data()));
  EXPECT_FALSE(kernel.runTiles(arguments, 0, numTiles + 1, partials.data()));
  EXPECT_FALSE(kernel.runTiles(arguments, 1, 0, partials.data()));
  EXPECT_FALSE(kernel.runTiles(arguments, 0, numTiles, nullptr));
  EXPECT_FALSE(kernel.finish(arguments, nullptr));
}

TEST(EmptyKernelTest, IsAnError) {
  EXPECT_FALSE(Kernel().run({}));
  EXPECT_EQ(Kernel().getCodeSizeBytes(), 0u);
}

} // namespace
