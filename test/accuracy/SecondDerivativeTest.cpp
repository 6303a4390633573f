//===- SecondDerivativeTest.cpp - Second derivatives on samples -----------===//
//
// Those of the standard library and of formulas.act against exact values,
// within the contract's row for formulas without a name, but for what
// seconds-over-contract.txt lists; and some against second differences of the
// exact value, which know nothing of how derivatives are made.
//
//===----------------------------------------------------------------------===//

#include "Verify/ExactFormula.h"

#include "actin/Module.h"
#include "actin/Verify.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

namespace actin::test {
namespace {

bool canRun() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v4");
}

/// "name type: reason" a line; "#" begins a comment.
std::set<std::string> readLeftOut() {
  std::ifstream file(ACTIN_SECONDS_OVER);
  EXPECT_TRUE(file.good()) << ACTIN_SECONDS_OVER;
  std::set<std::string> leftOut;
  for (std::string line; std::getline(file, line);)
    if (size_t colon = line.find(':'); line[0] != '#' && colon != line.npos)
      leftOut.insert(line.substr(0, colon));
  return leftOut;
}

std::vector<Activation> readPaperFormulas() {
  std::ifstream file(ACTIN_PAPER_FORMULAS);
  std::stringstream text;
  text << file.rdbuf();
  auto module = parseModule(text.str());
  if (!module)
    throw std::runtime_error("cannot read formulas.act");
  return module->getActivations();
}

struct Case {
  const char *name;
  bool isLibrary;
  DataType type;
  size_t numSamples;
};

class SecondDerivatives : public testing::TestWithParam<Case> {};

/// Whether all are within the contract; fails where one is not, unless it
/// `mayBeOver`.
bool check(Compiler &compiler, const Activation &activation, const Case &one,
           bool mayBeOver) {
  VerifyOptions options;
  options.compile.type = one.type;
  options.compile.target = "x86-64-v4";
  options.numSamples = one.numSamples;
  options.firsts = false;
  options.seconds = true;
  auto report = verify(compiler, activation, options);
  EXPECT_TRUE(report.has_value());
  bool isGood = report.has_value();
  for (const VerifiedOutput &output : report->outputs) {
    isGood &= output.isGood();
    EXPECT_TRUE(mayBeOver || output.isGood())
        << activation.getName() << " " << getTypeName(one.type) << " "
        << output.name << ": " << output.numOver << " over, worst "
        << output.firstOver.ulps << " ulp at " << std::hexfloat
        << output.firstOver.inputs[0] << ": got " << output.firstOver.actual
        << ", exactly " << output.firstOver.exact;
  }
  return isGood;
}

TEST_P(SecondDerivatives, KeepTheContract) {
  if (!canRun())
    GTEST_SKIP() << "this machine cannot run x86-64-v4";
  std::set<std::string> leftOut = readLeftOut();
  Compiler compiler;
  for (const Activation &activation :
       GetParam().isLibrary ? getStandardLibrary().getActivations()
                            : readPaperFormulas()) {
    std::string key =
        activation.getName() + std::string(" ") + getTypeName(GetParam().type);
    bool mayBeOver = leftOut.contains(key);
    if (check(compiler, activation, GetParam(), mayBeOver) && mayBeOver)
      std::printf("within the contract: %s\n", key.c_str());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Samples, SecondDerivatives,
    testing::Values(Case{"library_f32", true, DataType::F32, 1000},
                    Case{"library_f64", true, DataType::F64, 30},
                    Case{"paper_f32", false, DataType::F32, 500},
                    Case{"paper_f64", false, DataType::F64, 30}),
    [](const auto &info) { return std::string(info.param.name); });

//===----------------------------------------------------------------------===//
// Second differences
//===----------------------------------------------------------------------===//

/// The second derivative of `formula` at x by differences of exact values at
/// distances of `step` and half of it, the error of both cancelled by
/// Richardson's rule: a relative error of about step^4.
double differenceTwice(ExactFormula &formula, double x, double step) {
  auto at = [&](double offset) {
    ExactValue value = formula.evaluate({x + offset}).value;
    return (long double)value.high + value.low;
  };
  auto difference = [&](double h) {
    return (at(h) - 2 * at(0) + at(-h)) / ((long double)h * h);
  };
  return double((4 * difference(step / 2) - difference(step)) / 3);
}

class Differences : public testing::TestWithParam<const char *> {};

TEST_P(Differences, AgreeWithTheKernel) {
  auto module = parseModule(GetParam());
  ASSERT_TRUE(module.has_value());
  const Activation &activation = module->getActivations().front();
  CompileOptions options;
  options.type = DataType::F64;
  KernelOutputs outputs;
  outputs.forward = false;
  outputs.seconds = {"x"};
  Compiler compiler;
  auto kernel = compiler.compile(activation, outputs, options);
  ASSERT_TRUE(kernel.has_value()) << kernel.error().front().message;
  // Sums with the steps are exact.
  std::vector<double> x = {-6.25, -3.5, -1.75, -0.625, 0.4375, 1.125, 2.5, 5};
  std::vector<double> second(x.size());
  KernelArguments arguments;
  arguments.inputs = {{x.data(), DataType::F64, {int64_t(x.size())}}};
  arguments.seconds = {{second.data(), DataType::F64, {int64_t(x.size())}}};
  ASSERT_TRUE(kernel->run(arguments).has_value());
  ExactFormula exact(activation.getBody(), DataType::F64);
  for (size_t i = 0; i != x.size(); ++i) {
    double expected = differenceTwice(exact, x[i], 0x1p-9);
    double magnitude = std::max(std::fabs(expected), 0x1p-20);
    EXPECT_NEAR(second[i], expected, 1e-7 * magnitude)
        << GetParam() << " at " << x[i];
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formulas, Differences,
    testing::Values("activation f(x) = x / (1 + exp(-x))",
                    "activation f(x) = 0.5 * x * (1 + erf(x / sqrt(2)))",
                    "activation f(x) = x * tanh(log(1 + exp(x)))",
                    "activation f(x) = log(log(1 + exp(x)))",
                    "activation f(x) = exp(x * x) * erfc(x)",
                    "activation f(x) = log(normcdf(x))",
                    "activation f(x) = tanh(x) ** 3",
                    "activation f(x) = sin(x) * exp(-x ** 2)",
                    "activation f(x) = exp(-(x + exp(-x)))"));

} // namespace
} // namespace actin::test
