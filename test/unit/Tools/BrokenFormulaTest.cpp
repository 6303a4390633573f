//===- BrokenFormulaTest.cpp - Wrong formulas on the command line ---------===//
//
// Each gives exit status 1 and a diagnostic with a position, within a second.
//
//===----------------------------------------------------------------------===//

#include "Process.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>

using namespace actin::test;

namespace {

std::string repeat(const std::string &text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i)
    result += text;
  return result;
}

/// Expects every command that takes a formula to refuse `formula` so;
/// `message` is a part of what it must say, in any case.
void expectRefused(const std::string &formula, const std::string &message) {
  TemporaryFolder folder;
  std::string file = folder.write("broken.act", formula);
  for (std::string command : {"run", "grad", "bench"}) {
    ProcessResult result = runActin({command, file});
    EXPECT_EQ(result.status, 1) << result.err.substr(0, 500);
    EXPECT_LT(result.seconds, 1.0);
    EXPECT_EQ(result.out, "");
    std::regex located(R"(broken\.act:\d+:\d+: error: )");
    EXPECT_TRUE(std::regex_search(result.err.substr(0, 2000), located))
        << result.err.substr(0, 500);
    std::regex said(message, std::regex::icase);
    EXPECT_TRUE(std::regex_search(result.err.substr(0, 2000), said))
        << result.err.substr(0, 500);
    // What is said must be readable, however large the formula.
    EXPECT_LT(result.err.size(), 20000u);
  }
}

TEST(BrokenFormula, Unfinished) {
  expectRefused("activation f(x) = x +", "expected|unexpected");
  expectRefused("activation f(x) = (x + 1", "expected|unclosed|unexpected");
  expectRefused("activation f(x", "expected|unexpected");
  expectRefused("activation f(x) {\n  let y = x\n", "expected|unexpected");
  expectRefused("activation", "expected|unexpected");
  expectRefused("activation f(x) = x * 1e", "");
}

TEST(BrokenFormula, UnknownNames) {
  expectRefused("activation f(x) = x * sigmid(x)", "'sigmoid'");
  expectRefused("activation f(x; beta) = x * bta", "'beta'");
  expectRefused("activation f(x) = x\n  gradient z = 1", "'?z'?");
}

TEST(BrokenFormula, WrongArity) {
  expectRefused("activation f(x) = exp(x, x)", "argument");
  expectRefused("activation f(x) = max(x)", "argument");
  expectRefused("activation f(x) = clip(x, 1)", "argument");
  expectRefused("fn g(a, b) = a + b\nactivation f(x) = g(x)", "argument");
}

TEST(BrokenFormula, KindsMixedUp) {
  expectRefused("activation f(x) = x + (x > 0)", "");
  expectRefused("activation f(x) = where(x, 1, 2)", "");
  expectRefused("activation f(x) = exp(x < 1)", "");
  expectRefused("activation f(x) = x > 0", "");
  expectRefused("activation f(x) = where(x and x > 0, 1, 2)", "");
}

TEST(BrokenFormula, Recursion) {
  expectRefused("fn g(a) = g(a)\nactivation f(x) = g(x)", "recurs");
  expectRefused("fn g(a) = h(a)\nfn h(a) = g(a)\nactivation f(x) = g(x)", "");
}

TEST(BrokenFormula, Duplicates) {
  expectRefused("activation f(x, x) = x", "x");
  expectRefused("activation f(x; x = 1) = x", "x");
  expectRefused("activation f(x) = x\nactivation f(x) = 2 * x", "f");
  expectRefused("activation f(x) = x\n gradient x = 1\n gradient x = 2", "x");
}

TEST(BrokenFormula, EmptyClampInterval) {
  expectRefused("activation f(x) {\n  let z = x clamp [1, -1]\n  return z\n}",
                "clamp|interval|bound");
}

TEST(BrokenFormula, TooDeep) {
  expectRefused("activation f(x) = " + repeat("(", 20000) + "x" +
                    repeat(")", 20000),
                "nest|deep");
  expectRefused("activation f(x) = x" + repeat(" ** x", 20000), "nest|deep");
  expectRefused("activation f(x) = " + repeat("exp(", 20000) + "x",
                "nest|deep");
}

TEST(BrokenFormula, TooLarge) {
  std::string sum = "activation f(x) = x";
  for (int i = 0; i < 70000; ++i)
    sum += " + " + std::to_string(i) + "*x";
  expectRefused(sum, "65,?536|large|many|1 MiB");
  std::string doubling = "fn g0(a) = a * a + a\n";
  for (int i = 1; i < 60; ++i)
    doubling += "fn g" + std::to_string(i) + "(a) = g" + std::to_string(i - 1) +
                "(a + 1) * g" + std::to_string(i - 1) + "(a * 3)\n";
  expectRefused(doubling + "activation f(x) = g59(x)", "65,?536|large|many");
  expectRefused("activation f(x) = x" + std::string(2 << 20, ' '),
                "MiB|large|long");
}

TEST(BrokenFormula, BinaryNoise) {
  std::mt19937 generator(11);
  for (size_t size : {1, 10, 1000, 100000}) {
    std::string noise;
    for (size_t i = 0; i < size; ++i)
      noise += static_cast<char>(generator());
    noise[0] = '\x01';
    expectRefused(noise, "");
  }
  expectRefused(std::string("activation f(x) = x\0+ 1", 23), "");
}

TEST(BrokenFormula, NothingInIt) {
  for (std::string text : {"", "# only a comment\n", "fn g(a) = a\n"}) {
    ProcessResult result = runActin({"grad", "-"}, text);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("error: "), std::string::npos) << result.err;
  }
}

TEST(BrokenFormula, SeveralErrorsInOneRun) {
  ProcessResult result = runActin(
      {"grad", "-e", "activation f(x) = expp(x)\nactivation g(x) = y + 1\n"});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("<expression>:1:19: error:"), std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("<expression>:2:19: error:"), std::string::npos)
      << result.err;
}

TEST(BrokenFormula, JsonHasThePosition) {
  ProcessResult result =
      runActin({"grad", "--json", "-e", "activation f(x) = expp(x)"});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.out.find("\"line\": 1"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\"column\": 19"), std::string::npos);
  EXPECT_NE(result.out.find("\"severity\": \"error\""), std::string::npos);
}

} // namespace
