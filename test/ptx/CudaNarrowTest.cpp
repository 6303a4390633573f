//===- CudaNarrowTest.cpp - f16 and bf16 on device memory -----------------===//
//
// Values and gradients for every number of the format, against the processor's
// f64 kernel: computed in f32 and rounded once they are within 0.51 ulp, or
// next to a gradient's root within the absolute bound of the contract.
//
//===----------------------------------------------------------------------===//

#include "CudaFixture.h"

#include "actin/Cuda.h"
#include "actin/Module.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

namespace actin::test {
namespace {

struct Format {
  DataType type;
  int mantissaBits, minExponent;
  double largest, besideRoot;
};
constexpr Format f16{DataType::F16, 10, -14, 65504.0, 0x1p-12};
constexpr Format bf16{DataType::BF16, 7, -126, 0x1.fep127, 0x1p-9};

/// Every number of the format.
std::vector<double> makeNumbers(const Format &format) {
  std::vector<double> numbers;
  for (uint32_t bits = 0; bits != 65536; ++bits) {
    double value = format.type == DataType::F16
                       ? double(std::bit_cast<_Float16>(uint16_t(bits)))
                       : double(std::bit_cast<float>(bits << 16));
    if (!std::isnan(value))
      numbers.push_back(value);
  }
  return numbers;
}

/// Errors in ulps of `format`; an overflow is as far off as its largest number.
double countUlps(double actual, double exact, const Format &format) {
  if (std::isnan(actual) || std::isnan(exact))
    return std::isnan(actual) && std::isnan(exact) ? 0 : HUGE_VAL;
  auto saturate = [&](double value) {
    return std::min(std::max(value, -format.largest), format.largest);
  };
  int exponent =
      exact == 0 ? format.minExponent
                 : std::max(std::ilogb(saturate(exact)), format.minExponent);
  return std::fabs(saturate(actual) - saturate(exact)) /
         std::ldexp(1.0, exponent - format.mantissaBits);
}

void check(const std::vector<double> &x, const std::vector<double> &actual,
           const std::vector<double> &exact, const Format &format,
           double absolute, const std::string &what) {
  size_t numBad = 0, worst = 0;
  double worstUlps = 0;
  for (size_t i = 0; i != x.size(); ++i) {
    double ulps = countUlps(actual[i], exact[i], format);
    if (ulps <= 0.51 || std::fabs(actual[i] - exact[i]) <= absolute)
      continue;
    ++numBad;
    if (ulps > worstUlps) {
      worst = i;
      worstUlps = ulps;
    }
  }
  EXPECT_EQ(numBad, 0u) << what << ": worst at " << x[worst] << ": got "
                        << actual[worst] << ", exact " << exact[worst] << ", "
                        << worstUlps << " ulp";
}

class CudaNarrowTest : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    std::string fault = CudaDevice::select();
    if (!fault.empty())
      GTEST_SKIP() << fault;
  }
  void checkAllNumbers(const Activation &activation, const Format &format);

  Compiler compiler;
};

void CudaNarrowTest::checkAllNumbers(const Activation &activation,
                                     const Format &format) {
  std::vector<double> x = makeNumbers(format);
  std::vector<double> y(x.size()), dx(x.size()), ones(x.size(), 1.0);
  KernelOutputs outputs{true, {"x"}, {}};
  auto onHost = [&](std::vector<double> &values) {
    return TensorView{values.data(), DataType::F64, {int64_t(values.size())}};
  };
  CompileOptions options;
  options.type = DataType::F64;
  auto exact = compiler.compile(activation, outputs, options);
  ASSERT_TRUE(exact.has_value());
  KernelArguments arguments;
  arguments.inputs = {onHost(x)};
  arguments.dout = onHost(ones);
  arguments.out = onHost(y);
  arguments.gradients = {onHost(dx)};
  ASSERT_TRUE(exact->run(arguments).has_value());

  options.type = format.type;
  options.target = GetParam();
  if (std::stoi(options.target.substr(3)) > CudaDevice::getCapability())
    GTEST_SKIP() << "this GPU cannot run " << options.target;
  auto kernel = compileForCuda(compiler, activation, outputs, options);
  ASSERT_TRUE(kernel.has_value());
  DeviceArray input(format.type, x), dout(format.type, ones);
  DeviceArray out(format.type, ones), slope(format.type, ones);
  arguments.inputs = {input.view()};
  arguments.dout = dout.view();
  arguments.out = out.view();
  arguments.gradients = {slope.view()};
  auto done = kernel->run(arguments);
  ASSERT_TRUE(done.has_value()) << done.error().front().message;
  std::string where =
      activation.getName() + " " + getTypeName(format.type) + " " + GetParam();
  check(x, out.read(), y, format, 0, where + " y");
  check(x, slope.read(), dx, format, format.besideRoot, where + " dx");
}

TEST_P(CudaNarrowTest, RoundOnce) {
  for (const char *name : {"gelu", "silu", "mish", "tanh", "softplus"})
    for (const Activation &activation : getStandardLibrary().getActivations())
      if (activation.getName() == name)
        for (const Format &format : {f16, bf16})
          checkAllNumbers(activation, format);
}

INSTANTIATE_TEST_SUITE_P(Gpus, CudaNarrowTest,
                         testing::Values("sm_75", "sm_90", "sm_120"));

} // namespace
} // namespace actin::test
