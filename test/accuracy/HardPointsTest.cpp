//===- HardPointsTest.cpp - Numbers that only all of f32 show -------------===//
//
// Where kernels were once more than 2 ulp off, found by runs over all numbers;
// samples miss them. The exact values are those of `actin verify`. And ends of
// f32 where formulas were wrong by any factor.
//
//===----------------------------------------------------------------------===//

#include "actin/Compiler.h"
#include "actin/Module.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace actin::test {
namespace {

struct HardPoint {
  const char *formula;
  bool isGradient;
  const char *target;
  float x;
  double exact;
  float parameter = NAN;   ///< Of the formula's one; NaN: its default.
  const char *input = "x"; ///< What a gradient is by.
};

void PrintTo(const HardPoint &point, std::ostream *out) {
  *out << point.formula << " at " << point.x << " on " << point.target;
}

bool canRun(const std::string &target) {
  __builtin_cpu_init();
  return target == "x86-64-v4" ? __builtin_cpu_supports("x86-64-v4")
                               : __builtin_cpu_supports("x86-64-v3");
}

class HardPoints : public testing::TestWithParam<HardPoint> {};

TEST_P(HardPoints, WithinTwoUlp) {
  const HardPoint &point = GetParam();
  if (!canRun(point.target))
    GTEST_SKIP() << "this machine has no " << point.target;
  auto module = parseModule(point.formula);
  ASSERT_TRUE(module);
  CompileOptions options;
  options.target = point.target;
  KernelOutputs outputs;
  outputs.forward = !point.isGradient;
  if (point.isGradient)
    outputs.gradients = {point.input};
  Compiler compiler;
  auto kernel = compiler.compile(module->getActivations()[0], outputs, options);
  ASSERT_TRUE(kernel);
  float x = point.x, dout = 1, result = 0;
  KernelArguments arguments;
  arguments.inputs = {{&x, DataType::F32, {1}}};
  float parameter = point.parameter;
  if (!std::isnan(parameter))
    arguments.parameters = {{&parameter, DataType::F32, {}}};
  TensorView view{&result, DataType::F32, {1}};
  if (point.isGradient) {
    arguments.dout = {&dout, DataType::F32, {1}};
    arguments.gradients = {view};
  } else {
    arguments.out = view;
  }
  ASSERT_TRUE(kernel->run(arguments));
  if (point.exact == 0) {
    EXPECT_EQ(result, 0);
    return;
  }
  int exponent;
  std::frexp(point.exact, &exponent);
  double ulp = std::ldexp(1.0, std::max(exponent - 24, -149));
  EXPECT_LE(std::fabs(result - point.exact), 2 * ulp);
}

constexpr const char *quickGelu = "activation f(x) = x * sigmoid(1.702 * x)";
constexpr const char *halfSwish = "activation f(x) = x * sigmoid(0.5 * x)";
constexpr const char *mish = "activation f(x) = x * tanh(softplus(x))";
constexpr const char *geluTanh =
    "activation f(x) = 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * "
    "x**3)))";
constexpr const char *geluByErf =
    "activation f(x) = 0.5 * x * (1 + erf(x / sqrt(2)))";

constexpr const char *asinhGate =
    "activation f(x) = x * sigmoid(1.5 * asinh(x))";
constexpr const char *squareOfAsinh =
    "activation f(x) = x * x * exp(-2 * abs(asinh(0.05 * x))) / abs(0.05 * x)";
constexpr const char *squareplusGate =
    "activation f(x; a = 1.5) = x * sigmoid(a * (sqrt(x ** 2 + 4) + x) / 2)";
constexpr const char *logOverLine =
    "activation f(x) = max(log(1 + abs(3 * x)), 0.541 * x)";
constexpr const char *eluOverLine =
    "activation f(x) = max(where(x > 0, 3 * x, expm1(3 * x)), 1.2 * x)";
constexpr const char *mishOverLine =
    "activation f(x) = max(x * tanh(softplus(x)), 1.5 * x)";

constexpr const char *shiftedGelu =
    "activation f(x) = x * normcdf(0.7 * x - 0.3)";

INSTANTIATE_TEST_SUITE_P(
    F32Ends, HardPoints,
    testing::Values(
        HardPoint{shiftedGelu, true, "x86-64-v3", -0x1.28e370p4f,
                  -2.3177433241296807e-38},
        HardPoint{shiftedGelu, true, "x86-64-v4", -0x1.273c76p4f,
                  -6.0070649163217374e-38},
        HardPoint{asinhGate, false, "x86-64-v4", -0x1.0df77ep127f,
                  -2.6394601663233541e-20},
        HardPoint{squareOfAsinh, false, "x86-64-v4", -0x1.c363ccp127f,
                  6.6666666544494317e-36},
        HardPoint{squareplusGate, true, "x86-64-v4", -INFINITY, 0.5},
        HardPoint{logOverLine, true, "x86-64-v4", INFINITY, 0.541},
        HardPoint{eluOverLine, true, "x86-64-v3", 0x1.fffffep127f, 3.0},
        HardPoint{mishOverLine, false, "x86-64-v4", -INFINITY, 0},
        HardPoint{mishOverLine, true, "x86-64-v3", INFINITY, 1.5}));

constexpr const char *erfcx = "activation f(x) = exp(x * x) * erfc(x)";
constexpr const char *flat = "activation f(x) = exp(-1 / x**2)";
constexpr const char *flatRamp = "activation f(x) = x**2 * exp(-1 / abs(x))";

INSTANTIATE_TEST_SUITE_P(
    AtPolesAndFarOut, HardPoints,
    testing::Values(HardPoint{flat, true, "x86-64-v4", 0, 0},
                    HardPoint{flat, true, "x86-64-v3", -0.0f, 0},
                    HardPoint{flat, true, "x86-64-v4", 0x1p-30f, 0},
                    HardPoint{flat, true, "x86-64-v3", 0.125f,
                              1024 * 1.6038108905486378529760870341e-28},
                    HardPoint{erfcx, true, "x86-64-v4", 0x1.6a7d400000000p+14f,
                              -1.04827404396156792e-9},
                    HardPoint{flatRamp, true, "x86-64-v4", 0, 0},
                    HardPoint{flatRamp, true, "x86-64-v3", 0x1p-149f, 0}));

constexpr const char *growth =
    "activation f(x) = log(1 + exp(x) * tanh(0.85 * x))";
constexpr const char *growthOverSquare =
    "activation f(x) = log(1 + exp(x) / (1 + x**2))";
constexpr const char *growthLessConstant =
    "activation f(x) = log(exp(abs(x)) - 1 + 1e-6)";
constexpr const char *spikingRate =
    "activation f(x) = 1 / (0.02 + 0.2 * log(1 + 1 / (0.1 * log(1 + "
    "exp((x - 1) / 0.1)))))";
constexpr const char *rootOfSoftplus = "activation f(x) = log(1 + exp(x))**0.3";
constexpr const char *pade =
    "activation f(x) = (x + 0.3 * x**5) / (1 + abs(x) + "
    "abs(0.9 * x**4))";

INSTANTIATE_TEST_SUITE_P(
    BeyondF64, HardPoints,
    testing::Values(
        HardPoint{growth, false, "x86-64-v4", 0x1.8p13f, 12288},
        HardPoint{growth, true, "x86-64-v3", 0x1.6p80f, 1},
        HardPoint{growthOverSquare, false, "x86-64-v4", 0x1.8p13f,
                  12269.167243082602},
        HardPoint{growthOverSquare, true, "x86-64-v3", 0x1.8p13f,
                  0.99983723958441125},
        HardPoint{growthLessConstant, false, "x86-64-v3", -0x1.fffffep127f,
                  0x1.fffffep127},
        HardPoint{growthLessConstant, true, "x86-64-v4", -0x1.fffffep127f, -1},
        HardPoint{spikingRate, false, "x86-64-v4", -500,
                  0.00099752562072131244},
        HardPoint{spikingRate, true, "x86-64-v3", -500, 1.9901147279908794e-6},
        HardPoint{rootOfSoftplus, true, "x86-64-v4", -200,
                  2.6269532288089561e-27},
        HardPoint{rootOfSoftplus, true, "x86-64-v3", -0x1.4p12f, 0},
        HardPoint{pade, false, "x86-64-v4", 0x1.fffffep127f, 0x1.555554p126},
        HardPoint{pade, true, "x86-64-v3", 0x1.fffffep127f,
                  0.33333333333333333}));

constexpr const char *rootOfProduct =
    "activation f(x) = sqrt((x - 3) ** 2 * (1 + x * x))";
constexpr const char *rootOfVersine = "activation f(x) = sqrt(1 - cos(x - 1))";
constexpr const char *rootOfHardswish =
    "activation f(x) = tanh(x) * sqrt(abs(hardswish(x - 4)))";
constexpr const char *shiftedNormcdf =
    "activation f(x) = sqrt(abs(x - 2)) * normcdf(x - 2)";

INSTANTIATE_TEST_SUITE_P(
    NextToRoots, HardPoints,
    testing::Values(HardPoint{rootOfProduct, true, "x86-64-v3", 3, 0},
                    HardPoint{rootOfProduct, true, "x86-64-v4", 3, 0},
                    HardPoint{rootOfVersine, true, "x86-64-v3", 1, 0},
                    HardPoint{rootOfHardswish, true, "x86-64-v3", 4, 0},
                    HardPoint{shiftedNormcdf, true, "x86-64-v3", 2, 0}));

constexpr const char *decay =
    "activation f(x; c = 1) = exp(c - abs(x)) * tanh(x)";
constexpr const char *softplus =
    "activation f(x; b = 1) = log(1 + exp(b * x)) / b";
constexpr const char *wavelet =
    "activation f(x; c = 0.5) = c * x * exp(-x * x / 2)";

INSTANTIATE_TEST_SUITE_P(
    FarFromDefaults, HardPoints,
    testing::Values(
        HardPoint{decay, true, "x86-64-v3", 0, 5.54062238439351e34, 80},
        HardPoint{decay, true, "x86-64-v4", 0, 5.54062238439351e34, 80},
        HardPoint{softplus, false, "x86-64-v3", -0x1.03ee2p10f,
                  7.006528806528847e-45, 0.1f},
        HardPoint{softplus, true, "x86-64-v3", -0x1.03f57ap10f,
                  -7.271692986713846e-42, 0.1f, "b"},
        HardPoint{softplus, true, "x86-64-v3", 0x1.387c6ep8f,
                  -2.0371606950032395e-38, 0.3f, "b"},
        HardPoint{wavelet, true, "x86-64-v3", -0x1.fffffep127f, 0, 80},
        HardPoint{wavelet, true, "x86-64-v4", -0x1.fffffep127f, 0, 80}));

INSTANTIATE_TEST_SUITE_P(
    F32, HardPoints,
    testing::Values(HardPoint{quickGelu, false, "x86-64-v4", -0x1.771d72p4f,
                              -1.0976210259724126e-16},
                    HardPoint{halfSwish, false, "x86-64-v4", -0x1.6e73aap4f,
                              -0.00024351026274020452},
                    HardPoint{geluTanh, false, "x86-64-v4", -0x1.7d49e8p1f,
                              -0.0038900065465588035},
                    HardPoint{geluTanh, true, "x86-64-v4", -0x1.b55cbp0f,
                              -0.11521459423617149},
                    HardPoint{geluByErf, false, "x86-64-v4", -0x1.dc3222p0f,
                              -0.05846952474744094},
                    HardPoint{quickGelu, true, "x86-64-v3", -0x1.6a8a04p1f,
                              -0.0302460087422084},
                    HardPoint{geluTanh, true, "x86-64-v3", -0x1.36c844p2f,
                              -3.812534182418898e-06},
                    HardPoint{mish, false, "x86-64-v3", -0x1.a9dc1ep-7f,
                              -0.007743644139266289},
                    HardPoint{mish, true, "x86-64-v3", -0x1.311d5ep-1f,
                              0.23711160679034515}));

} // namespace
} // namespace actin::test
