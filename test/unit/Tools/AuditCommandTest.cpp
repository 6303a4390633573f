//===- AuditCommandTest.cpp - actin audit ---------------------------------===//

#include "Process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace actin::test;
using nlohmann::json;

namespace {

json audit(const std::string &formula,
           const std::vector<std::string> &flags = {}) {
  std::vector<std::string> arguments = {"audit", "-e", formula, "--json"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  ProcessResult result = runActin(arguments);
  EXPECT_EQ(result.status, 0) << result.err;
  return json::parse(result.out, nullptr, false);
}

/// The hazard of `kind` in the sub-expression `text`; null if there is none.
json findHazard(const json &report, const std::string &text,
                const std::string &kind) {
  for (const json &expression : report["expressions"])
    for (const json &hazard : expression["hazards"])
      if (expression["text"] == text && hazard["kind"] == kind)
        return hazard;
  return nullptr;
}

TEST(Audit, OverflowAndUnderflowWithTheirPlace) {
  json report = audit("activation f(x) = 1 / (1 + exp(-x))");
  ASSERT_TRUE(report.is_object());
  json overflow = findHazard(report, "exp(-x)", "overflow");
  ASSERT_FALSE(overflow.is_null()) << report;
  double at = overflow["at"][0];
  EXPECT_LT(at, -88.72);
  EXPECT_GT(at, -92);
  EXPECT_FALSE(findHazard(report, "exp(-x)", "underflow").is_null());
  const json &whole = report["expressions"].back();
  EXPECT_EQ(whole["range"], json({0, 1}));
  EXPECT_EQ(whole["line"], 1);
  EXPECT_EQ(whole["column"], 21);
  // In f64 there is more room.
  report = audit("activation f(x) = 1 / (1 + exp(-x))", {"--dtype", "f64"});
  EXPECT_LT(findHazard(report, "exp(-x)", "overflow")["at"][0], -709);
}

TEST(Audit, CancellationAndItsRewrite) {
  json report = audit("activation f(x) = 0.5 * x * (1 + erf(x / sqrt(2)))");
  json hazard = findHazard(report, "1 + erf(x / sqrt(2))", "cancellation");
  ASSERT_FALSE(hazard.is_null()) << report;
  EXPECT_LT(hazard["at"][0], -3);
  EXPECT_GE(hazard["bits"], 20);
  bool isRewritten = false;
  for (const json &rewrite : report["rewrites"])
    isRewritten |=
        rewrite["output"] == "value" && rewrite["column"] == 32 &&
        std::string(rewrite["reason"]).find("erfc") != std::string::npos;
  EXPECT_TRUE(isRewritten) << report["rewrites"];
  report = audit("activation f(x) = 1 + erf(x)", {"--stabilize", "off"});
  EXPECT_TRUE(report["rewrites"].empty());
}

TEST(Audit, ClampsThatChangeResults) {
  json report = audit("activation f(x) {\n"
                      "  let s = log1p(exp(x clamp [-88, 88]))\n"
                      "  return x * tanh(s)\n}");
  ASSERT_EQ(report["clamps"].size(), 1u);
  const json &clamp = report["clamps"][0];
  EXPECT_EQ(clamp["line"], 2);
  EXPECT_EQ(clamp["lower"]["compiled"][0]["left_out"], false);
  EXPECT_EQ(clamp["upper"]["compiled"][0]["left_out"], true);
  EXPECT_LT(clamp["lower"]["first_at"][0], -88);
  EXPECT_GT(clamp["lower"]["worst"]["ulps"], 1e6);
  EXPECT_EQ(clamp["upper"]["changed_points"], 0); // tanh is 1 long before.
}

TEST(Audit, SoftplusClampedSaturates) {
  json report = audit("activation f(x) = log1p(exp(x clamp [-200, 88]))");
  const json &upper = report["clamps"][0]["upper"];
  EXPECT_NEAR(upper["worst"]["clamped"].get<double>(), 88, 1e-6);
  // softplus(x) is x there.
  EXPECT_EQ(upper["worst"]["exact"], upper["worst"]["at"][0]);
  EXPECT_GT(upper["worst"]["exact"], 1000);
}

TEST(Audit, ClampsThatAreLeftOut) {
  json report = audit("activation f(x) = tanh(x) clamp [-1, 1]");
  const json &clamp = report["clamps"][0];
  EXPECT_EQ(clamp["lower"]["active_points"], 0);
  const json &verdict = clamp["lower"]["compiled"][0];
  EXPECT_EQ(verdict["output"], "value");
  EXPECT_EQ(verdict["left_out"], true);
  EXPECT_EQ(verdict["reason"], "never reached (proven)");
  report = audit("activation f(x) = tanh(x) clamp [-1, 0.5]");
  EXPECT_EQ(report["clamps"][0]["upper"]["compiled"][0]["left_out"], false);
  // e^-200 is a number of f64.
  const char *sigmoid = "activation f(x) = sigmoid(x clamp [-200, 200])";
  for (bool isF64 : {false, true}) {
    report = audit(sigmoid, {"--dtype", isF64 ? "f64" : "f32"});
    for (const json &compiled : report["clamps"][0]["lower"]["compiled"])
      EXPECT_EQ(compiled["left_out"], !isF64) << compiled;
  }
  // As written it is what it says.
  report = audit(sigmoid, {"--stabilize", "off"});
  EXPECT_TRUE(report["clamps"][0]["lower"]["compiled"].empty());
}

TEST(Audit, ClampsInText) {
  ProcessResult active = runActin(
      {"audit", "-e", "activation f(x) = log1p(exp(x clamp [-200, 88]))"});
  EXPECT_NE(active.out.find("<expression>:1:31: x clamp [-200, 88]"),
            std::string::npos)
      << active.out;
  EXPECT_NE(active.out.find("upper bound: changes results, first at x = "),
            std::string::npos)
      << active.out;
  EXPECT_NE(active.out.find("it is 88, without the clamp "), std::string::npos)
      << active.out;
}

TEST(Audit, PolesAndDomainsAreSaid) {
  json report = audit("activation f(x) = log(x) + 1 / x");
  EXPECT_FALSE(findHazard(report, "log(x)", "undefined").is_null());
  EXPECT_FALSE(findHazard(report, "1 / x", "pole").is_null());
}

TEST(Audit, NothingToSayOfAStableFormula) {
  json report = audit("activation f(x) = max(x, 0)");
  ASSERT_EQ(report["expressions"].size(), 1u);
  EXPECT_TRUE(report["expressions"][0]["hazards"].empty());
  EXPECT_TRUE(report["rewrites"].empty());
}

TEST(Audit, TextNamesFileLineAndColumn) {
  ProcessResult result =
      runActin({"audit", "-e", "activation f(x) = log(1 + exp(x))"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("<expression>:1:27: exp(x)"), std::string::npos)
      << result.out;
  EXPECT_NE(result.out.find("overflow, at x ="), std::string::npos);
}

TEST(Audit, WrongCommandLines) {
  EXPECT_EQ(runActin({"audit", "gelu", "--param", "a=1"}).status, 2);
  EXPECT_EQ(runActin({"audit", "gelu", "--dtype", "f128"}).status, 2);
  EXPECT_EQ(runActin({"audit", "gleu"}).status, 1);
}

} // namespace
