//===- VerifyCommandTest.cpp - actin verify -------------------------------===//

#include "Process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace actin::test;
using nlohmann::json;

namespace {

const std::string mish = "activation f(x) = x * tanh(log(1 + exp(x)))";

TEST(VerifyCommand, ReportsInJson) {
  ProcessResult result =
      runActin({"verify", "sigmoid", "--samples", "1000", "--json"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  json report = json::parse(result.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << result.out;
  EXPECT_EQ(report["activation"], "sigmoid");
  EXPECT_EQ(report["contract"], "named");
  EXPECT_EQ(report["exhaustive"], false);
  EXPECT_EQ(report["good"], true);
  ASSERT_EQ(report["outputs"].size(), 2u);
  const json &value = report["outputs"][0];
  EXPECT_EQ(value["output"], "value");
  EXPECT_EQ(value["bound"]["ulps"], 2);
  EXPECT_GT(value["points"], 1000);
  EXPECT_LE(value["worst"]["ulps"], 2);
  EXPECT_EQ(value["worst"]["at"].size(), 1u);
  EXPECT_EQ(value["worst"]["bits"][0].get<std::string>().size(), 10u);
  for (const char *count : {"over", "nan", "infinite", "nan_lost", "undecided"})
    EXPECT_EQ(value[count], 0) << count;
}

TEST(VerifyCommand, SecondDerivativesOnDemand) {
  ProcessResult result = runActin(
      {"verify", "swiglu", "--samples", "200", "--json", "--second"});
  json report = json::parse(result.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << result.out;
  ASSERT_EQ(report["outputs"].size(), 5u);
  EXPECT_EQ(report["outputs"][4]["output"], "second derivative gate");
}

TEST(VerifyCommand, FailsWhereTheContractDoesNotHold) {
  ProcessResult result = runActin({"verify", "-e", mish, "--stabilize", "off",
                                   "--samples", "1000", "--json"});
  EXPECT_EQ(result.status, 1);
  json report = json::parse(result.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << result.out;
  EXPECT_EQ(report["good"], false);
  EXPECT_EQ(report["contract"], "other");
  EXPECT_GT(report["outputs"][0]["over"], 50);
  EXPECT_FALSE(report["outputs"][0]["worst_over"].is_null());
}

TEST(VerifyCommand, NarrowTypesAreTriedExhaustively) {
  ProcessResult result =
      runActin({"verify", "sigmoid", "--dtype", "f16", "--json"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  json report = json::parse(result.out, nullptr, false);
  EXPECT_EQ(report["exhaustive"], true);
  EXPECT_EQ(report["outputs"][0]["points"], 63490);
  EXPECT_LE(report["outputs"][0]["worst"]["ulps"], 0.51);
  // Its errors are in ulp of what it judges.
  EXPECT_EQ(report["oracle"][0]["dtype"], "f16");
  EXPECT_LE(report["oracle"][0]["worst"]["ulps"], 1e-6);
}

TEST(VerifyCommand, TextForPeople) {
  ProcessResult result = runActin({"verify", "relu", "--samples", "100"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_NE(result.out.find("value: good"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("gradient x: good"), std::string::npos);
  EXPECT_EQ(result.err, ""); // No progress bar where there is no terminal.
}

TEST(VerifyCommand, WrongCommandLines) {
  EXPECT_EQ(runActin({"verify", "gelu", "--samples", "0"}).status, 2);
  EXPECT_EQ(runActin({"verify", "gelu", "--dtype", "f128"}).status, 2);
  EXPECT_EQ(runActin({"verify", "gelu", "--param", "a=1"}).status, 2);
  EXPECT_EQ(runActin({"verify", "gleu"}).status, 1);
  ProcessResult result =
      runActin({"verify", "gelu", "--exhaustive", "--dtype", "f64"});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("f64"), std::string::npos);
  EXPECT_EQ(runActin({"verify", "glu", "--exhaustive"}).status, 1);
}

} // namespace
