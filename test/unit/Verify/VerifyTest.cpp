//===- VerifyTest.cpp - Kernels held against exact values -----------------===//

#include "actin/Verify.h"

#include "actin/Module.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

Activation parse(const std::string &text) {
  return parseModule(text)->getActivations()[0];
}

VerifyReport run(const std::string &text, const VerifyOptions &options,
                 const VerifyProgress &progress = {}) {
  Compiler compiler;
  auto report = verify(compiler, parse(text), options, progress);
  EXPECT_TRUE(report.has_value()) << report.error().front().message;
  return report ? *report : VerifyReport();
}

const char *const naiveMish = "activation f(x) = x * tanh(log(1 + exp(x)))";

TEST(Verify, OutputsOfAFormula) {
  VerifyOptions options;
  options.numSamples = 200;
  options.seconds = true;
  VerifyReport report = run("activation f(x; a = 2) = x / (a + x**2)", options);
  ASSERT_EQ(report.outputs.size(), 4u);
  EXPECT_EQ(report.outputs[0].name, "value");
  EXPECT_EQ(report.outputs[1].name, "gradient x");
  EXPECT_EQ(report.outputs[2].name, "gradient a");
  EXPECT_EQ(report.outputs[3].name, "second derivative x");
  EXPECT_EQ(report.parameterSets.size(), 3u);
  EXPECT_TRUE(report.isComplete);
}

/// As written it overflows and cancels: that must be seen.
TEST(Verify, WithoutStabilizationMishIsWrong) {
  VerifyOptions options;
  options.numSamples = 2000;
  EXPECT_TRUE(run(naiveMish, options).outputs[0].isGood());
  options.compile.stabilize = StabilizeMode::Off;
  VerifyReport report = run(naiveMish, options);
  EXPECT_FALSE(report.isGood());
  EXPECT_GT(report.outputs[0].numOver, 50u);
  EXPECT_GT(report.outputs[0].firstOver.ulps, 1e6);
}

TEST(Verify, ExhaustiveFindsWhatSamplesFind) {
  VerifyOptions options;
  options.compile.type = DataType::BF16;
  options.exhaustive = true;
  VerifyReport report = run(naiveMish, options);
  EXPECT_TRUE(report.isGood());
  EXPECT_EQ(report.outputs[0].numPoints + report.outputs[0].numUndefined,
            65536u - 2 * 127); // All but NaNs.
  EXPECT_EQ(report.oracle.size(), 2u);
  options.compile.stabilize = StabilizeMode::Off;
  EXPECT_FALSE(run(naiveMish, options).isGood());
}

/// A replaced gradient is what the gradient should be.
TEST(Verify, ReplacedGradients) {
  VerifyOptions options;
  options.numSamples = 500;
  VerifyReport report = run("activation f(x) = sign(x)\n"
                            "  gradient x = exp(-x**2)",
                            options);
  EXPECT_LE(report.outputs[1].worstRegular.ulps, 4);
  EXPECT_GT(report.outputs[1].numPoints, 500u);
}

TEST(Verify, SeveralInputs) {
  VerifyOptions options;
  options.numSamples = 2000;
  VerifyReport report = run("activation f(x, g) = x - 2 * g", options);
  EXPECT_TRUE(report.outputs[1].isGood());
  EXPECT_EQ(report.outputs[1].worst.exact, 1);
  EXPECT_EQ(report.outputs[2].worst.exact, -2);
}

TEST(Verify, StopsWhenToldTo) {
  VerifyOptions options;
  options.numSamples = 100000;
  options.numThreads = 1;
  VerifyReport report =
      run(naiveMish, options, [](double done) { return done < 0.02; });
  EXPECT_FALSE(report.isComplete);
  EXPECT_LT(report.outputs[0].numPoints, 20000u);
}

/// Whatever the number of threads.
TEST(Verify, Deterministic) {
  VerifyOptions options;
  options.numSamples = 3000;
  options.numThreads = 1;
  VerifyReport one = run(naiveMish, options);
  options.numThreads = 4;
  VerifyReport four = run(naiveMish, options);
  EXPECT_EQ(one.outputs[1].worst.inputs, four.outputs[1].worst.inputs);
  EXPECT_EQ(one.outputs[1].worst.ulps, four.outputs[1].worst.ulps);
  EXPECT_EQ(one.outputs[1].numPoints, four.outputs[1].numPoints);
}

TEST(Verify, Errors) {
  Compiler compiler;
  VerifyOptions options;
  options.exhaustive = true;
  EXPECT_FALSE(verify(compiler, parse("activation f(x, y) = x * y"), options));
  options.compile.type = DataType::F64;
  EXPECT_FALSE(verify(compiler, parse("activation f(x) = x"), options));
  options = {};
  options.parameterSets = {{1}};
  EXPECT_FALSE(verify(compiler, parse("activation f(x) = x"), options));
  options = {};
  options.compile.target = "nonsense";
  EXPECT_FALSE(verify(compiler, parse("activation f(x) = x"), options));
}

TEST(Verify, RowsOfTheContract) {
  EXPECT_EQ(getContractRow(*getStandardLibrary().find("gelu")),
            ContractRow::Named);
  EXPECT_EQ(getContractRow(parse("activation f(x) = erfc(x)")),
            ContractRow::Named);
  EXPECT_EQ(getContractRow(parse("activation gelu(x) = x * erf(x)")),
            ContractRow::Other);
}

} // namespace
