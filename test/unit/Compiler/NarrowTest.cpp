//===- NarrowTest.cpp - f16 and bf16 tensors ------------------------------===//
//
// Every input is widened exactly and every result rounded once, to nearest,
// ties to even: compared with arithmetic in double.
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

#include <cmath>

using namespace actin;
using namespace actin::test;

namespace {

struct Format {
  DataType type;
  int mantissaBits, minExponent, maxExponent; ///< Of normal numbers.
};
constexpr Format f16{DataType::F16, 10, -14, 15};
constexpr Format bf16{DataType::BF16, 7, -126, 127};

double decode(uint16_t bits, const Format &format) {
  int exponentBits = 15 - format.mantissaBits;
  int exponent = bits >> format.mantissaBits & ((1 << exponentBits) - 1);
  double mantissa = bits & ((1 << format.mantissaBits) - 1);
  double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == (1 << exponentBits) - 1)
    return mantissa == 0 ? sign * HUGE_VAL : std::nan("");
  if (exponent == 0)
    return sign *
           std::ldexp(mantissa, format.minExponent - format.mantissaBits);
  return sign *
         std::ldexp(mantissa + (1 << format.mantissaBits),
                    format.minExponent + exponent - 1 - format.mantissaBits);
}

/// The nearest value of the format, ties to even.
double roundTo(double value, const Format &format) {
  if (std::isnan(value) || std::isinf(value) || value == 0)
    return value;
  int exponent = std::max(std::ilogb(value), format.minExponent);
  double unit = std::ldexp(1.0, exponent - format.mantissaBits);
  double rounded = std::nearbyint(value / unit) * unit;
  double largest = std::ldexp(2.0 - std::ldexp(1.0, -format.mantissaBits),
                              format.maxExponent);
  return std::fabs(rounded) > largest ? std::copysign(HUGE_VAL, value)
                                      : rounded;
}

/// scale * x over all 65,536 inputs, the product exact in f32 or rounded there
/// first.
void checkAllInputs(const Format &format, const std::string &target,
                    float scale) {
  if (!canRun(target))
    GTEST_SKIP() << "this machine cannot run " << target;
  Compiler compiler;
  CompileOptions options;
  options.type = format.type;
  options.target = target;
  Kernel kernel = compileOrFail(
      compiler, parseOne("activation f(x; s) = s * x"), {}, options);
  ASSERT_TRUE(kernel);
  std::vector<uint16_t> x(65536), y(65536);
  for (size_t i = 0; i != x.size(); ++i)
    x[i] = uint16_t(i);
  KernelArguments arguments;
  std::vector<int64_t> shape = {65535}; // The last one by itself: a tail.
  arguments.inputs = {{x.data(), format.type, shape}};
  arguments.out = {y.data(), format.type, shape};
  arguments.parameters = {view(&scale, {})};
  Expected<void> result = kernel.run(arguments);
  ASSERT_TRUE(result) << messages(result.error());
  for (size_t i = 0; i != 65535; ++i) {
    float product = float(decode(x[i], format)) * scale;
    double wanted = roundTo(product, format), got = decode(y[i], format);
    if (std::isnan(wanted))
      ASSERT_TRUE(std::isnan(got)) << i;
    else
      ASSERT_TRUE(wanted == got && std::signbit(wanted) == std::signbit(got))
          << i << ": " << product << " gave " << got << ", not " << wanted;
  }
}

TEST(NarrowTest, HalfRoundsOnce) {
  for (const std::string &target : getHostLevels())
    for (float scale : {1.0f, 0.3f, 1.7f, 0.00123f, 0.5f})
      checkAllInputs(f16, target, scale);
}

TEST(NarrowTest, BFloatRoundsOnce) {
  for (const std::string &target : getHostLevels())
    for (float scale : {1.0f, 0.3f, 1.7f, 0.00123f, 0.5f})
      checkAllInputs(bf16, target, scale);
}

} // namespace
