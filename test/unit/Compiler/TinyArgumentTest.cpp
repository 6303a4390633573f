//===- TinyArgumentTest.cpp - Functions of numbers below the normal ones --===//
//
// A function that is linear at 0, of a number below the compute type's range,
// times a factor that brings the product back: no digit is lost in between.
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

#include <cmath>

using namespace actin;
using namespace actin::test;

namespace {

/// x f(exp(x)) at a few x below `first`, where f is its tangent.
template <typename T>
void check(const std::string &function, double slope, T first) {
  Activation activation =
      parseOne("activation g(x) = x * " + function + "(exp(x))");
  std::vector<T> x, y(16);
  for (int i = 0; i != 16; ++i)
    x.push_back(first - T(i) / 16);
  Compiler compiler;
  CompileOptions options;
  options.type = dataTypeOf<T>();
  Kernel kernel = compileOrFail(compiler, activation, {true, {}, {}}, options);
  KernelArguments arguments;
  std::vector<int64_t> shape = {16};
  arguments.inputs = {view(x.data(), shape)};
  arguments.out = view(y.data(), shape);
  Expected<void> ran = kernel.run(arguments);
  ASSERT_TRUE(ran) << messages(ran.error());
  for (int i = 0; i != 16; ++i) {
    long double exact = x[i] * std::exp((long double)x[i]) * slope;
    EXPECT_LE(std::fabs((long double)y[i] - exact),
              3 * std::numeric_limits<T>::denorm_min())
        << function << " at " << x[i];
  }
}

TEST(TinyArgument, KeepsItsExponentInF32) {
  for (std::string function : {"expm1", "log1p", "sin", "tan", "asin", "atan",
                               "sinh", "tanh", "asinh", "atanh"})
    check<float>(function, 1, -103);
  check<float>("erf", 2 / std::sqrt(M_PI), -103);
}

// Not the functions that are ill-conditioned or infinite elsewhere: what the
// analysis gives those in f64 carries no exponent.
TEST(TinyArgument, KeepsItsExponentInF64) {
  for (std::string function : {"log1p", "atan", "tanh", "asinh"})
    check<double>(function, 1, -744);
  check<double>("erf", 2 / std::sqrt(M_PI), -744);
}

} // namespace
