//===- RunTest.cpp - Kernels on the host's tensors through C --------------===//

#include "Fixture.h"

#include <cmath>
#include <numeric>
#include <thread>

using namespace actin::test;
using testing::HasSubstr;

namespace {

/// The operands of f(x; a[channel], b) = a * x * x + b on [outer, 3, inner].
template <typename T> struct Operands {
  explicit Operands(std::vector<int64_t> dimensions)
      : shape(std::move(dimensions)) {
    size_t count = std::accumulate(shape.begin(), shape.end(), size_t(1),
                                   std::multiplies<>());
    for (auto *values : {&x, &dout, &y, &dx})
      values->resize(count);
    for (size_t i = 0; i != count; ++i) {
      x[i] = T(int(i % 7) - 3) / 2;
      dout[i] = T(int(i % 5) - 2);
    }
    views[0] = tensorOf(x, shape);
    views[1] = tensorOf(dout, shape);
    views[2] = tensorOf(y, shape);
    parameters[0] = tensorOf(a, channels);
    parameters[1] = tensorOf(b, scalar);
    gradients[0] = tensorOf(dx, shape);
    gradients[1] = tensorOf(da, channels);
    gradients[2] = tensorOf(db, scalar);
    call.inputs = views;
    call.num_inputs = 1;
    call.dout = &views[1];
    call.out = &views[2];
    call.parameters = parameters;
    call.num_parameters = 2;
    call.gradients = gradients;
    call.num_gradients = 3;
  }

  void expectRight() const {
    int64_t inner = shape[2];
    std::vector<T> sums(3);
    T total = 0;
    for (size_t i = 0; i != x.size(); ++i) {
      size_t channel = i / inner % 3;
      ASSERT_EQ(y[i], a[channel] * x[i] * x[i] + b[0]) << i;
      ASSERT_EQ(dx[i], dout[i] * 2 * a[channel] * x[i]) << i;
      sums[channel] += dout[i] * x[i] * x[i];
      total += dout[i];
    }
    EXPECT_EQ(da, sums);
    EXPECT_EQ(db[0], total);
  }

  std::vector<int64_t> shape, channels{3}, scalar;
  std::vector<T> x, dout, y, dx, a{1, 2, 4}, b{0.5}, da{0, 0, 0}, db{0};
  actin_tensor views[3], parameters[2], gradients[3];
  actin_call call = ACTIN_CALL_INIT;
};

const char *const formula =
    "activation f(x; a[channel] = 1, b = 0) = a * x * x + b";

class RunTest : public CAPITest {};

TEST_F(RunTest, FusedF32) {
  actin_kernel *kernel = compile(formula, ACTIN_PASS_FUSED);
  Operands<float> operands({5, 3, 41});
  EXPECT_EQ(take(actin_kernel_run(kernel, &operands.call)), "");
  operands.expectRight();
}

TEST_F(RunTest, FusedF64) {
  actin_compile_options options = ACTIN_COMPILE_OPTIONS_INIT;
  options.pass = ACTIN_PASS_FUSED;
  options.dtype = ACTIN_F64;
  actin_kernel *kernel = compile(formula, options);
  Operands<double> operands({5, 3, 41});
  EXPECT_EQ(take(actin_kernel_run(kernel, &operands.call)), "");
  operands.expectRight();
}

TEST_F(RunTest, SecondDerivative) {
  actin_compile_options options = ACTIN_COMPILE_OPTIONS_INIT;
  const char *names[] = {"x"};
  options.pass = ACTIN_PASS_CUSTOM;
  options.seconds = names;
  options.num_seconds = 1;
  actin_kernel *kernel = compile("activation f(x) = x ** 3", options);
  std::vector<float> x{1, -2, 3}, second(3);
  std::vector<int64_t> shape{3};
  actin_tensor in = tensorOf(x, shape), out = tensorOf(second, shape);
  actin_call call = ACTIN_CALL_INIT;
  call.inputs = &in;
  call.num_inputs = 1;
  call.seconds = &out;
  call.num_seconds = 1;
  ASSERT_EQ(take(actin_kernel_run(kernel, &call)), "");
  EXPECT_EQ(second, (std::vector<float>{6, -12, 18}));
}

void runOnTwoThreads(void *context, int64_t count, actin_parallel_body body,
                     void *bodyContext) {
  ++*static_cast<int *>(context);
  std::thread other([=] { body(bodyContext, count / 2, count); });
  body(bodyContext, 0, count / 2);
  other.join();
}

TEST_F(RunTest, ThreadsOfActinAndOfTheHost) {
  actin_kernel *kernel = compile(formula, ACTIN_PASS_FUSED);
  int numCalls = 0;
  for (int threads : {0, 1, 4, -1}) {
    Operands<float> operands({64, 3, 1000});
    operands.call.num_threads = std::max(threads, 0);
    if (threads == -1) {
      operands.call.parallel_for = runOnTwoThreads;
      operands.call.parallel_for_context = &numCalls;
    }
    ASSERT_EQ(take(actin_kernel_run(kernel, &operands.call)), "");
    operands.expectRight();
  }
  EXPECT_EQ(numCalls, 1);
}

TEST_F(RunTest, AnIncompleteHostLoopIsAnError) {
  actin_kernel *kernel = compile("activation f(x) = x + 1");
  Operands<float> operands({64, 3, 1000});
  operands.call.num_parameters = operands.call.num_gradients = 0;
  operands.call.parallel_for = [](void *, int64_t, actin_parallel_body,
                                  void *) {};
  actin_status *status = actin_kernel_run(kernel, &operands.call);
  EXPECT_EQ(actin_status_get_code(status), ACTIN_INVALID_ARGUMENT);
  EXPECT_THAT(take(status), HasSubstr("ran 0 of"));
}

TEST_F(RunTest, StridesMustBeThoseOfContiguousTensors) {
  actin_kernel *kernel = compile(formula, ACTIN_PASS_FUSED);
  Operands<float> operands({4, 3, 8});
  int64_t right[] = {24, 8, 1}, wrong[] = {48, 8, 1};
  operands.views[0].strides = right;
  EXPECT_EQ(take(actin_kernel_run(kernel, &operands.call)), "");
  operands.views[0].strides = wrong;
  EXPECT_THAT(take(actin_kernel_run(kernel, &operands.call)),
              HasSubstr("input number 0 is not contiguous"));
  // The stride of a dimension with one index says nothing.
  Operands<float> flat({1, 3, 8});
  flat.views[0].strides = wrong;
  EXPECT_EQ(take(actin_kernel_run(kernel, &flat.call)), "");
}

TEST_F(RunTest, FaultsOfACallAreNamed) {
  actin_kernel *kernel = compile(formula, ACTIN_PASS_FUSED);
  auto faultOf = [&](auto change) {
    Operands<float> operands({4, 3, 8});
    change(operands);
    actin_status *status = actin_kernel_run(kernel, &operands.call);
    EXPECT_EQ(actin_status_get_code(status), ACTIN_INVALID_ARGUMENT);
    return take(status);
  };
  EXPECT_THAT(faultOf([](auto &o) { o.views[0].dtype = 17; }),
              HasSubstr("unknown dtype 17"));
  EXPECT_THAT(faultOf([](auto &o) { o.views[0].rank = -1; }),
              HasSubstr("rank -1"));
  EXPECT_THAT(faultOf([](auto &o) { o.views[0].shape = nullptr; }),
              HasSubstr("no shape"));
  EXPECT_THAT(faultOf([](auto &o) { o.call.inputs = nullptr; }),
              HasSubstr("inputs are NULL"));
  EXPECT_THAT(faultOf([](auto &o) { o.call.dout = nullptr; }),
              HasSubstr("dout"));
  EXPECT_THAT(faultOf([](auto &o) { o.call.num_gradients = 2; }),
              HasSubstr("3 gradients"));
  EXPECT_THAT(faultOf([](auto &o) { o.call.channel_axis = 3; }),
              HasSubstr("channel axis"));
  EXPECT_THAT(faultOf([](auto &o) { o.call.num_threads = -1; }),
              HasSubstr("threads"));
  EXPECT_THAT(faultOf([](auto &o) { o.call.struct_size = 3; }),
              HasSubstr("header"));
  EXPECT_THAT(take(actin_kernel_run(nullptr, nullptr)), HasSubstr("NULL"));
}

TEST_F(RunTest, TheBareFunctionIsTheKernel) {
  actin_kernel *kernel = compile("activation f(x; a = 1) = a * x");
  actin_kernel_function function;
  ASSERT_EQ(
      take(actin_kernel_get_function(kernel, ACTIN_SPACE_FLAT, &function)), "");
  std::vector<float> x{1, 2, 3, 4, 5}, y(5);
  float a = 3;
  const void *inputs[] = {x.data()}, *parameters[] = {&a};
  void *outputs[] = {y.data()};
  actin_kernel_call call = {inputs, parameters, outputs, nullptr, 1, 1,
                            5,      1,          1,       5,       1, 1};
  function(&call, 0, 1);
  EXPECT_EQ(y, (std::vector<float>{3, 6, 9, 12, 15}));
  EXPECT_THAT(
      take(actin_kernel_get_function(kernel, actin_space(5), &function)),
      HasSubstr("space 5"));
}

TEST_F(RunTest, APreparedCallReadsItsTensorsEachTime) {
  actin_kernel *kernel = compile(formula, ACTIN_PASS_FUSED);
  Operands<float> operands({5, 3, 41});
  actin_prepared_call *prepared;
  ASSERT_EQ(take(actin_kernel_prepare(kernel, &operands.call, &prepared)), "");
  actin_prepared_call_run(prepared);
  operands.expectRight();
  for (float &x : operands.x)
    x += 1;
  actin_prepared_call_run(prepared);
  operands.expectRight();
  actin_prepared_call_destroy(prepared);
  operands.call.out = nullptr;
  EXPECT_THAT(take(actin_kernel_prepare(kernel, &operands.call, &prepared)),
              HasSubstr("output"));
  EXPECT_EQ(prepared, nullptr);
  actin_prepared_call_run(prepared);
  actin_prepared_call_destroy(prepared);
}

TEST_F(RunTest, KernelsOutliveTheirCompiler) {
  actin_kernel *kernel = compile(formula, ACTIN_PASS_FUSED);
  actin_compiler_destroy(compiler);
  compiler = nullptr;
  Operands<float> operands({5, 3, 41});
  EXPECT_EQ(take(actin_kernel_run(kernel, &operands.call)), "");
  operands.expectRight();
}

TEST_F(RunTest, OneKernelOnManyThreads) {
  actin_kernel *kernel = compile(formula, ACTIN_PASS_FUSED);
  std::vector<std::thread> threads;
  for (int i = 0; i != 8; ++i)
    threads.emplace_back([=] {
      for (int round = 0; round != 50; ++round) {
        actin_kernel_retain(kernel);
        Operands<float> operands({5, 3, 41});
        EXPECT_EQ(take(actin_kernel_run(kernel, &operands.call)), "");
        operands.expectRight();
        actin_kernel_release(kernel);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
}

} // namespace
