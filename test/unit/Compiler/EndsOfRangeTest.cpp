//===- EndsOfRangeTest.cpp - Inputs at their ends -------------------------===//
//
// Where products overflow on the way to a finite result, or to 0.
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

/// f(x) or f(x, gate), or its gradient by the gate.
template <typename T> class Evaluator {
public:
  Evaluator(const char *text, bool isGradient) : isGradient(isGradient) {
    Compiler compiler;
    CompileOptions options;
    options.type = dataTypeOf<T>();
    KernelOutputs outputs;
    outputs.forward = !isGradient;
    if (isGradient)
      outputs.gradients = {"gate"};
    kernel = compileOrFail(compiler, parseOne(text), outputs, options);
  }

  T operator()(T x) const { return evaluate({x}); }
  T operator()(T x, T gate) const { return evaluate({x, gate}); }

private:
  T evaluate(std::vector<T> inputs) const {
    T result = 0, dout = 1;
    std::vector<int64_t> shape = {1};
    KernelArguments arguments;
    for (T &input : inputs)
      arguments.inputs.push_back(view(&input, shape));
    if (isGradient) {
      arguments.dout = view(&dout, shape);
      arguments.gradients = {view(&result, shape)};
    } else {
      arguments.out = view(&result, shape);
    }
    Expected<void> ran = kernel.run(arguments);
    EXPECT_TRUE(ran) << messages(ran.error());
    return result;
  }

  bool isGradient;
  Kernel kernel;
};

template <typename T> void test() {
  constexpr T most = std::numeric_limits<T>::max();
  const char *gelu = "activation f(x, gate) = x * (gate * normcdf(gate))";
  Evaluator<T> swishGradient(
      "activation f(x, gate) = x * gate / (1 + exp(-1.2 * gate))", true);
  Evaluator<T> geluValue(gelu, false), geluGradient(gelu, true);
  Evaluator<T> linearGradient("activation f(x, gate) = x * gate * exp(gate)",
                              true);
  Evaluator<T> relu("activation f(x, gate) = x * max(gate, 0)", false);
  for (T x : {most, -most, most / 4, T(-1e30)}) {
    EXPECT_EQ(swishGradient(x, -most), T(0)) << x;
    EXPECT_EQ(geluValue(x, -most), T(0)) << x;
    EXPECT_EQ(geluGradient(x, -most), T(0)) << x;
    EXPECT_EQ(linearGradient(x, -most), T(0)) << x;
    EXPECT_EQ(relu(x, T(0.125)), x / 8) << x;
    EXPECT_EQ(relu(x, T(-1)), T(0)) << x;
  }
}

TEST(EndsOfRange, ProductsThatVanishAreZeroInF32) { test<float>(); }
TEST(EndsOfRange, ProductsThatVanishAreZeroInF64) { test<double>(); }

/// The mantissas alone overflow, beside an exponential that goes to a constant.
TEST(EndsOfRange, SquareBesideAModerateExponential) {
  const char *text = "activation f(x) = exp(-2.5 * sigmoid(x)) * "
                     "log(1 + exp(x)) * (0.25 + abs(x))";
  Evaluator<float> single(text, false);
  for (float x : {1e19f, 1.6e19f, 2.5e19f, 6e19f})
    EXPECT_FLOAT_EQ(single(x), float(std::exp(-2.5) * x * double(x))) << x;
  Evaluator<double> twice(text, false);
  for (double x : {1e154, 1.5e154, 4e154})
    EXPECT_DOUBLE_EQ(twice(x), std::exp(-2.5) * x * x) << x;
}

/// Exact quotients have a remainder, which has no limit.
template <typename T> void testInfinity() {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  Evaluator<T> decay("activation f(x) = erf(x) / (1 + abs(x)) * 2", false);
  Evaluator<T> growth("activation f(x) = exp(-1 / sqrt(1 + x ** 2)) * tanh(x)",
                      false);
  for (T sign : {1, -1}) {
    EXPECT_EQ(decay(sign * infinity), T(0));
    EXPECT_EQ(growth(sign * infinity), sign);
  }
}

TEST(EndsOfRange, QuotientsByInfinityAreZeroInF32) { testInfinity<float>(); }
TEST(EndsOfRange, QuotientsByInfinityAreZeroInF64) { testInfinity<double>(); }

/// Both are finite: (x^gate - 1) / gate and (e^(gate x) - 1) / gate.
TEST(EndsOfRange, QuotientOfWhatOverflowsInF64) {
  Evaluator<double> power("activation f(x, gate) = (x ** gate - 1) / gate",
                          false);
  EXPECT_DOUBLE_EQ(power(0x1.2611186bae675p819, 1.25), 0x1.999999999999ap1023);
  Evaluator<double> growth("activation f(x, gate) = (exp(gate * x) - 1) / gate",
                           false);
  EXPECT_DOUBLE_EQ(growth(0x1.1be9bff2e94cp9, 1.25), 0x1.9999999999c22p1023);
}

} // namespace
