//===- CommandsTest.cpp - actin, grad, list and bench ---------------------===//

#include "Process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace actin::test;
using nlohmann::json;

namespace {

json parseJson(const ProcessResult &result) {
  EXPECT_EQ(result.status, 0) << result.err;
  return json::parse(result.out, nullptr, false);
}

TEST(Grad, PrintsAFormulaThatParsesBack) {
  const std::string mish = "activation mish(x) = x * tanh(log(1 + exp(x)))";
  ProcessResult first = runActin({"grad", "-e", mish});
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(first.out.find("activation mish_dx(x)"), 0u) << first.out;
  ProcessResult second = runActin({"grad", "-"}, first.out);
  EXPECT_EQ(second.status, 0) << second.err;
  EXPECT_NE(second.out.find("mish_dx_dx"), std::string::npos) << second.out;
}

TEST(Grad, OfEverythingByDefault) {
  const std::string gated =
      "activation f(x, gate; beta = 1.5) = x * sigmoid(beta * gate)";
  ProcessResult all = runActin({"grad", "-e", gated});
  for (std::string name : {"f_dx(", "f_dgate(", "f_dbeta("})
    EXPECT_NE(all.out.find(name), std::string::npos) << all.out;
  ProcessResult one = runActin({"grad", "-e", gated, "--wrt", "beta"});
  EXPECT_EQ(one.out.find("f_dx("), std::string::npos);
  EXPECT_NE(one.out.find("f_dbeta("), std::string::npos);
}

TEST(Grad, OrderAndJson) {
  json result = parseJson(runActin(
      {"grad", "-e", "activation f(x) = x**3", "--order", "2", "--json"}));
  ASSERT_TRUE(result.is_object());
  EXPECT_EQ(result["gradients"][0]["wrt"], "x");
  EXPECT_EQ(result["gradients"][0]["order"], 2);
  std::string formula = result["gradients"][0]["formula"];
  EXPECT_NE(formula.find("6"), std::string::npos) << formula;
}

TEST(Grad, UnknownNameIsABadCommandLine) {
  ProcessResult result = runActin({"grad", "gelu", "--wrt", "z"});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("has no input or parameter 'z'"),
            std::string::npos);
  EXPECT_EQ(runActin({"grad", "gelu", "--order", "0"}).status, 2);
}

TEST(List, NamesTheLibrary) {
  ProcessResult result = runActin({"list"});
  EXPECT_EQ(result.status, 0);
  for (std::string name : {"gelu ", "mish ", "relu ", "silu ", "prelu "})
    EXPECT_TRUE(result.out.starts_with(name) ||
                result.out.find("\n" + name) != std::string::npos)
        << name;
  json list = parseJson(runActin({"list", "--json"}));
  ASSERT_TRUE(list.is_object());
  EXPECT_EQ(list["activations"].size(),
            static_cast<size_t>(
                std::count(result.out.begin(), result.out.end(), '\n')));
}

/// Each line of the list, its name aside, is a formula; all in one module are
/// the library again.
TEST(List, LinesAreFormulas) {
  ProcessResult result = runActin({"list"});
  std::string module, line;
  std::istringstream stream(result.out);
  while (std::getline(stream, line))
    module += line.substr(line.find("activation ")) + "\n";
  ProcessResult again = runActin({"grad", "-:mish"}, module);
  EXPECT_EQ(again.status, 0) << again.err;
}

TEST(Bench, ReportsTimesBesideACopy) {
  for (std::string pass : {"forward", "backward", "fused"}) {
    json report = parseJson(runActin(
        {"bench", "swiglu", "--pass", pass, "--elements", "4096", "--json"}));
    ASSERT_TRUE(report.is_object());
    EXPECT_GT(report["ns_per_element"].get<double>(), 0);
    EXPECT_GT(report["copy_ns_per_element"].get<double>(), 0);
    EXPECT_EQ(report["elements"], 4096);
    EXPECT_EQ(report["pass"], pass);
  }
}

TEST(Bench, WrongFlagsAreABadCommandLine) {
  EXPECT_EQ(runActin({"bench", "gelu", "--elements", "0"}).status, 2);
  EXPECT_EQ(runActin({"bench", "gelu", "--pass", "sideways"}).status, 2);
}

TEST(CommandLine, WithoutACommandNamesTheCommands) {
  ProcessResult bare = runActin({});
  EXPECT_EQ(bare.status, 2);
  EXPECT_EQ(bare.out, "");
  EXPECT_NE(bare.err.find("a command is missing; 'actin' has run, grad, list"),
            std::string::npos)
      << bare.err;
  EXPECT_NE(bare.err.find("'actin --help'"), std::string::npos) << bare.err;
  ProcessResult flag = runActin({"--json"});
  EXPECT_EQ(flag.status, 2);
  EXPECT_NE(flag.err.find("a command is missing"), std::string::npos)
      << flag.err;
  ProcessResult cache = runActin({"cache"});
  EXPECT_EQ(cache.status, 2);
  EXPECT_NE(cache.err.find("a command is missing; 'actin cache' has list, "
                           "verify, prune"),
            std::string::npos)
      << cache.err;
}

TEST(CommandLine, AnUnknownCommandIsNamed) {
  ProcessResult result = runActin({"frobnicate", "gelu"});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("'frobnicate' is not a command; 'actin' has run"),
            std::string::npos)
      << result.err;
  ProcessResult nested = runActin({"cache", "burn", "--json"});
  EXPECT_EQ(nested.status, 2);
  EXPECT_NE(nested.err.find("'burn' is not a command; 'actin cache' has list"),
            std::string::npos)
      << nested.err;
  json report = json::parse(nested.out, nullptr, false);
  EXPECT_FALSE(report.is_discarded()) << nested.out;
}

} // namespace
