//===- IncomingGradientTest.cpp - Gradients scale with dout ---------------===//
//
// A power of two as the incoming gradient changes nothing but the exponent of
// the result, as long as that is a normal number. Nothing on the way to it may
// overflow or vanish.
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

#include <cmath>

using namespace actin;
using namespace actin::test;

namespace {

template <typename T> std::vector<T> makePoints() {
  std::vector<T> points;
  for (T magnitude : {1e-30, 1e-4, 0.3, 1.1, 5.0, 17.0, 30.0, 60.0, 85.0})
    points.insert(points.end(), {magnitude, -magnitude});
  return points;
}

/// The gradient of the first input.
template <typename T>
Kernel differentiate(Compiler &compiler, const Activation &activation) {
  CompileOptions options;
  options.type = dataTypeOf<T>();
  KernelOutputs outputs{false, {activation.getInputs().front()}, {}};
  return compileOrFail(compiler, activation, outputs, options);
}

/// What the kernel gives at `x`, all other inputs being 0.7.
template <typename T>
std::vector<T> evaluate(const Kernel &kernel, const Activation &activation,
                        const std::vector<T> &x, T dout) {
  std::vector<int64_t> shape = {int64_t(x.size())};
  std::vector<T> other(x.size(), T(0.7)), douts(x.size(), dout), result(x);
  KernelArguments arguments;
  for (const std::string &input : activation.getInputs())
    arguments.inputs.push_back(
        view(input == activation.getInputs().front() ? x.data() : other.data(),
             shape));
  arguments.parameters.resize(activation.getParameters().size());
  arguments.dout = view(douts.data(), shape);
  arguments.gradients = {view(result.data(), shape)};
  arguments.channelAxis = 0;
  Expected<void> ran = kernel.run(arguments);
  EXPECT_TRUE(ran) << activation.getName() << messages(ran.error());
  return result;
}

template <typename T> void checkAll(int exponent) {
  Compiler compiler;
  std::vector<T> x = makePoints<T>();
  for (const Activation &activation : getStandardLibrary().getActivations()) {
    Kernel kernel = differentiate<T>(compiler, activation);
    std::vector<T> unit = evaluate<T>(kernel, activation, x, 1);
    std::vector<T> scaled =
        evaluate<T>(kernel, activation, x, std::ldexp(T(1), exponent));
    for (size_t i = 0; i != x.size(); ++i) {
      T expected = std::ldexp(unit[i], exponent);
      if (std::isnormal(unit[i]) && std::isnormal(expected)) {
        EXPECT_EQ(scaled[i], expected)
            << activation.getName() << " at " << x[i];
      }
    }
  }
}

TEST(IncomingGradient, Small) {
  checkAll<float>(-120);
  checkAll<double>(-1000);
}

TEST(IncomingGradient, Large) {
  checkAll<float>(120);
  checkAll<double>(1000);
}

} // namespace
