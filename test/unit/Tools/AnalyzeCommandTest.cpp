//===- AnalyzeCommandTest.cpp - actin analyze -----------------------------===//

#include "Process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace actin::test;
using nlohmann::json;

namespace {

json analyze(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "analyze");
  arguments.push_back("--json");
  ProcessResult result = runActin(arguments);
  EXPECT_EQ(result.status, 0) << result.err;
  return json::parse(result.out, nullptr, false);
}

struct KnownConstant {
  std::string name;
  double lipschitz;
};

class KnownConstants : public testing::TestWithParam<KnownConstant> {};

TEST_P(KnownConstants, ProvenAndTight) {
  const auto &[name, expected] = GetParam();
  json report = analyze({name});
  ASSERT_TRUE(report.is_object());
  const json &lipschitz = report["inputs"][0]["lipschitz"];
  EXPECT_GE(lipschitz["bound"].get<double>(), expected * (1 - 1e-9));
  EXPECT_LE(lipschitz["bound"].get<double>(), expected * (1 + 1e-4));
  EXPECT_LE(lipschitz["sampled"].get<double>(),
            lipschitz["bound"].get<double>());
  EXPECT_GE(lipschitz["sampled"].get<double>(), expected * (1 - 1e-2));
  EXPECT_EQ(report["defined"]["proven"], true);
  EXPECT_EQ(report["continuous"], true);
}

// By root finding on the second derivative with 40 digits.
INSTANTIATE_TEST_SUITE_P(
    Analyze, KnownConstants,
    testing::Values(KnownConstant{"gelu", 1.12890414},
                    KnownConstant{"silu", 1.09983937},
                    KnownConstant{"mish", 1.08849891},
                    KnownConstant{"sigmoid", 0.25}, KnownConstant{"tanh", 1},
                    KnownConstant{"relu", 1}, KnownConstant{"hardswish", 1.5},
                    KnownConstant{"softsign", 1}, KnownConstant{"siren", 30}),
    [](const auto &info) { return info.param.name; });

TEST(Analyze, TrendsAndValues) {
  json report = analyze({"silu"});
  ASSERT_EQ(report["trends"].size(), 2u) << report;
  EXPECT_EQ(report["trends"][0]["trend"], "falling");
  EXPECT_NEAR(report["trends"][0]["range"][1].get<double>(), -1.2784645, 1e-5);
  EXPECT_NEAR(report["values"]["bound"][0].get<double>(), -0.2784645, 1e-5);
  EXPECT_EQ(report["saturation"]["left"]["limit"], 0);
  EXPECT_TRUE(report["saturation"]["right"]["limit"].is_null());
}

TEST(Analyze, ConstantPartsAndKinks) {
  json report = analyze({"relu"});
  ASSERT_EQ(report["trends"].size(), 2u) << report["trends"];
  EXPECT_EQ(report["trends"][0]["trend"], "constant");
  EXPECT_EQ(report["trends"][1]["trend"], "rising");
  ASSERT_EQ(report["kinks"].size(), 1u);
  EXPECT_NEAR(report["kinks"][0]["range"][0].get<double>(), 0, 1e-9);
  EXPECT_EQ(report["kinks"][0]["slope_before"], 0);
  EXPECT_EQ(report["kinks"][0]["slope_after"], 1);
  EXPECT_EQ(report["inputs"][0]["vanishing"], 0.5);
}

TEST(Analyze, AJumpHasNoLipschitzConstant) {
  json report = analyze({"-e", "activation f(x) = where(x > 1, x, 0)"});
  EXPECT_EQ(report["continuous"], false);
  EXPECT_EQ(report["inputs"][0]["lipschitz"]["bound"], "inf");
  ASSERT_EQ(report["kinks"].size(), 1u);
  EXPECT_EQ(report["kinks"][0]["jump"], true);
}

TEST(Analyze, PolesAndDomainsAreSaid) {
  json report = analyze({"-e", "activation f(x) = log(x)"});
  EXPECT_EQ(report["defined"]["proven"], false);
  EXPECT_EQ(report["defined"]["undefined_points"], 500);
  EXPECT_EQ(report["trends"][0]["trend"], "undefined");
  report = analyze({"-e", "activation f(x) = 1 / x"});
  EXPECT_EQ(report["values"]["bound"][1], "inf");
  EXPECT_EQ(report["inputs"][0]["lipschitz"]["bound"], "inf");
}

/// A clamp bounds the values, and so their slope; the gradient it leaves alone.
TEST(Analyze, ClampsAndOwnGradients) {
  json report = analyze(
      {"-e", "activation f(x) {\n let z = x clamp [-1, 1]\n return z\n}"});
  EXPECT_EQ(report["values"]["bound"][1], 1);
  EXPECT_EQ(report["kinks"].size(), 2u);
  EXPECT_EQ(report["inputs"][0]["vanishing"], 0);
  report = analyze(
      {"-e", "activation f(x) = sign(x)\ngradient x = 2000", "--points", "10"});
  EXPECT_EQ(report["inputs"][0]["exploding"], 1);
}

TEST(Analyze, SeveralInputsAndParameters) {
  json report = analyze({"-e", "activation f(x, g; a = 1) = a * x * sigmoid(g)",
                         "--param", "a=2", "--range", "-1", "1"});
  ASSERT_EQ(report["inputs"].size(), 2u);
  double byX = report["inputs"][0]["lipschitz"]["bound"];
  EXPECT_NEAR(byX, 2 / (1 + std::exp(-1.0)), 1e-4);
  EXPECT_NEAR(report["inputs"][1]["lipschitz"]["bound"].get<double>(), 0.5,
              1e-3);
}

TEST(Analyze, WrongCommandLines) {
  using Arguments = std::vector<std::string>;
  for (const Arguments &arguments : {Arguments{"--points", "0"},
                                     {"--points", "1000000000"},
                                     {"--range", "5", "-5"},
                                     {"--range", "1"},
                                     {"--range", "0", "1e999"},
                                     {"--param", "beta=1"},
                                     {"--param", "beta"}}) {
    Arguments all = {"analyze", "gelu"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    ProcessResult result = runActin(all);
    EXPECT_EQ(result.status, 2) << arguments[0] << result.err;
  }
  EXPECT_EQ(runActin({"analyze", "gleu"}).status, 1);
  EXPECT_EQ(runActin({"analyze", "swish", "--param", "beta=x"}).status, 2);
}

} // namespace
