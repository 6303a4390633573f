//===- EmbedTest.cpp - Activations in the code of a host ------------------===//

#include "HostCode.h"
#include "KernelFixture.h"

using namespace actin;
using namespace actin::test;
using testing::HasSubstr;

namespace {

const char *const formula =
    "activation f(x, g; a = 1.5, b) = x * sigmoid(a * x) + b * tanh(g)";

template <typename T> std::vector<T> makeInputs(size_t count, double scale) {
  std::vector<T> values(count);
  for (size_t i = 0; i != count; ++i)
    values[i] = T((double(i * 37 % 101) - 50) * scale);
  return values;
}

/// What a kernel computes of `formula`.
template <typename T> struct FusedResults { std::vector<T> y, dx, dg; };

template <typename T>
FusedResults<T> runKernel(const std::vector<T> &x, const std::vector<T> &g,
                          const std::vector<T> &dout, T a, T b) {
  Compiler compiler;
  CompileOptions options;
  options.type = dataTypeOf<T>();
  KernelOutputs outputs;
  outputs.gradients = {"x", "g"};
  Kernel kernel = compileOrFail(compiler, parseOne(formula), outputs, options);
  FusedResults<T> result{x, x, x};
  std::vector<int64_t> shape = {int64_t(x.size())};
  KernelArguments arguments;
  arguments.inputs = {view(x.data(), shape), view(g.data(), shape)};
  arguments.parameters = {view(&a, {}), view(&b, {})};
  arguments.dout = view(dout.data(), shape);
  arguments.out = view(result.y.data(), shape);
  arguments.gradients = {view(result.dx.data(), shape),
                         view(result.dg.data(), shape)};
  EXPECT_TRUE(kernel.run(arguments));
  return result;
}

/// Within 4 ulp: registers that hold fewer numbers hold no tables, and round
/// elsewhere.
template <typename T>
void expectClose(const std::vector<T> &values, const std::vector<T> &expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i != values.size(); ++i) {
    if constexpr (std::is_same_v<T, float>)
      EXPECT_FLOAT_EQ(values[i], expected[i]);
    else
      EXPECT_DOUBLE_EQ(values[i], expected[i]);
  }
}

template <typename T>
void checkType(const char *type, const char *scalar, size_t count) {
  SCOPED_TRACE(type);
  auto x = makeInputs<T>(count, 0.17), g = makeInputs<T>(count, -0.07),
       dout = makeInputs<T>(count, 0.01);
  T a = T(0.75), b = T(-2);
  FusedResults<T> expected = runKernel(x, g, dout, a, b);
  EmbedRequest request;
  request.source = formula;
  request.outputs.gradients = {"x", "g"};
  HostCode host;
  ASSERT_TRUE(host.build(request, {type, type, scalar, scalar, type}, 2))
      << host.getErrors();
  std::vector<T> y(count), dx(count), dg(count);
  host.run({x.data(), g.data(), &a, &b, dout.data()},
           {y.data(), dx.data(), dg.data()});
  expectClose(y, expected.y);
  expectClose(dx, expected.dx);
  expectClose(dg, expected.dg);
}

TEST(EmbedTest, ScalarsAndVectorsOfEveryLength) {
  checkType<float>("f32", "f32", 1);
  checkType<double>("f64", "f64", 1);
  checkType<float>("vector<1xf32>", "f32", 1);
  checkType<float>("vector<3xf32>", "f32", 3);
  checkType<float>("vector<16xf32>", "f32", 16);
  checkType<float>("vector<37xf32>", "f32", 37);
  checkType<double>("vector<5xf64>", "f64", 5);
  checkType<double>("vector<2x3x4xf64>", "f64", 24);
}

TEST(EmbedTest, AParameterMayHaveAValueAnElement) {
  EmbedRequest request;
  request.source = "activation f(x; a) = a * x";
  request.outputs.gradients = {"a"};
  HostCode host;
  ASSERT_TRUE(host.build(
      request, {"vector<5xf32>", "vector<5xf32>", "vector<5xf32>"}, 1))
      << host.getErrors();
  std::vector<float> x{1, 2, 3, 4, 5}, a{5, 4, 3, 2, 1}, dout{1, 2, 1, 2, 1},
      y(5), da(5);
  host.run({x.data(), a.data(), dout.data()}, {y.data(), da.data()});
  EXPECT_EQ(y, (std::vector<float>{5, 8, 9, 8, 5}));
  EXPECT_EQ(da, (std::vector<float>{1, 4, 3, 8, 5}));
}

TEST(EmbedTest, NarrowFormatsRoundOnce) {
  EmbedRequest request;
  request.source = "activation f(x) = x * (1 + 1 / 1024) + 1 / 4096";
  HostCode host;
  ASSERT_TRUE(host.build(request, {"vector<3xf16>"}, 1)) << host.getErrors();
  // 1, -2 and 65504, the largest.
  std::vector<uint16_t> x{0x3c00, 0xc000, 0x7bff}, y(3);
  host.run({x.data()}, {y.data()});
  EXPECT_EQ(y, (std::vector<uint16_t>{0x3c01, 0xc001, 0x7c00}));
  HostCode brain;
  request.source = "activation f(x) = x + 1 / 512";
  ASSERT_TRUE(brain.build(request, {"bf16"}, 1)) << brain.getErrors();
  uint16_t one = 0x3f80, sum = 0; // To even; 1 + 2^-9 is nearer to 1.
  brain.run({&one}, {&sum});
  EXPECT_EQ(sum, 0x3f80);
}

TEST(EmbedTest, TablesAreSharedByTheUsesOfAModule) {
  EmbedRequest request;
  request.source = "activation f(x) = sin(x)";
  request.options.target = "x86-64-v3";
  HostCode host;
  ASSERT_TRUE(host.build(request, {"vector<8xf32>"}, 1)) << host.getErrors();
  size_t numTables =
      llvm::range_size(host.getModule().getOps<mlir::LLVM::GlobalOp>());
  EXPECT_GT(numTables, 0u);
  auto function = *host.getModule().getOps<mlir::LLVM::LLVMFuncOp>().begin();
  mlir::OpBuilder builder(function.getBody().front().getTerminator());
  mlir::Value x;
  function.walk([&](mlir::LLVM::LoadOp load) {
    if (mlir::isa<mlir::VectorType>(load.getType()))
      x = load;
  });
  ASSERT_TRUE(succeeded(emitActivation(builder, function.getLoc(), request,
                                       {x, mlir::ValueRange(), {}})));
  EXPECT_EQ(llvm::range_size(host.getModule().getOps<mlir::LLVM::GlobalOp>()),
            numTables);
  EXPECT_TRUE(succeeded(host.getModule().verify())) << host.getErrors();
}

std::string errorOf(EmbedRequest request, llvm::ArrayRef<const char *> types,
                    size_t numInputs) {
  HostCode host;
  EXPECT_FALSE(host.build(request, types, numInputs));
  return host.getErrors();
}

TEST(EmbedTest, EachErrorIsADiagnosticOfTheHost) {
  EmbedRequest request;
  request.source = formula;
  EXPECT_THAT(errorOf(request, {"f32"}, 1), HasSubstr("expected 2 inputs"));
  EXPECT_THAT(errorOf(request, {"f32", "f64", "f32", "f32"}, 2),
              HasSubstr("input 'g' is 'f64'"));
  EXPECT_THAT(errorOf(request, {"i32", "i32"}, 2), HasSubstr("'i32'"));
  EXPECT_THAT(errorOf(request, {"f32", "f32"}, 2),
              HasSubstr("parameter 'b' is missing"));
  EXPECT_THAT(errorOf(request, {"f32", "f32", "f32", "f32", "f32"}, 2),
              HasSubstr("at most 2 parameters"));
  EXPECT_THAT(errorOf(request, {"vector<[4]xf32>", "vector<[4]xf32>"}, 2),
              HasSubstr("fixed shape"));
  EXPECT_THAT(errorOf(request, {"vector<9999xf32>", "vector<9999xf32>"}, 2),
              HasSubstr("4096"));
  request.source = "activation f(x) = y";
  EXPECT_THAT(errorOf(request, {"f32"}, 1), HasSubstr("<formula>:1:19: error"));
  request.source = "activation f(x) = x";
  request.options.target = "pdp-11";
  EXPECT_THAT(errorOf(request, {"f32"}, 1), HasSubstr("pdp-11"));
  request.options.target = "sm_80";
  EXPECT_THAT(errorOf(request, {"f32"}, 1), HasSubstr("GPU"));
  request.options.target = "native";
  request.outputs.seconds = {"z"};
  EXPECT_THAT(errorOf(request, {"f32"}, 1), HasSubstr("z"));
  request.name = "g";
  EXPECT_THAT(errorOf(request, {"f32"}, 1), HasSubstr("no activation 'g'"));
}

} // namespace
