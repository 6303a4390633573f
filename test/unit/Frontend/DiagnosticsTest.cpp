//===- DiagnosticsTest.cpp - What wrong formulas are told -----------------===//

#include "actin/Module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace actin;
using testing::HasSubstr;

namespace {

std::string diagnose(const std::string &text) {
  Expected<Module> module = parseModule(text);
  return module ? "none" : render(module.error(), text, "f");
}

TEST(Diagnostics, SayTheMend) {
  struct {
    const char *text, *position, *said;
  } const cases[] = {
      {"activation f(x) = sigmid(x)", "f:1:19: error", "'sigmoid'"},
      {"activation f(x; beta) = bta * x", "f:1:25: error", "'beta'"},
      {"activation f(x) = x ^ 2", "f:1:21: error", "'**'"},
      {"activation f(x) = where(x > 0 && x < 1, x, 0)", "f:1:31: error",
       "'and'"},
      {"activation f(x) = np.exp(x)", "f:1:19: error", "write 'exp'"},
      {"activation f(x) = ln(x)", "f:1:19: error", "'log'"},
      {"activation f(x) = x if x > 0 else 0", "f:1:21: error", "where("},
      {"activation f(x) = max(x)", "f:1:19: error",
       "expected 2 arguments, got 1"},
      {"activation f(x) = x + (x > 0)", "f:1:26: error", "truth value"},
      {"activation f(x) = where(x, 1, 0)", "f:1:25: error", "truth value"},
      {"activation f(x) = x < 1 < 2", "f:1:25: error", "chain"},
      {"activation f(x) = clip(x, 1, -1)", "f:1:19: error", "empty"},
      {"activation f(x) = 2x", "f:1:20: error", "'*'"},
      {"activation f(x, x) = x", "f:1:17: error", "twice"},
      {"activation f(exp) = 1", "f:1:14: error", "built-in"},
      {"fn g(a) = g(a)\nactivation f(x) = g(x)", "f:1:11: error", "itself"},
      {"activation f(x) = x\ngradient z = 1", "f:2:10: error", "no input"},
      {"activation f(x) = elu(x, alhpa = 2)", "f:1:19: error", "'alpha'"},
      {"activation g(x) = round(x)\ngradient x = 1\nactivation f(x) = g(x)",
       "f:3:19: error", "gradient"},
      {"activation f(x) = x\n  + 1", "f:2:3: error", "parentheses"},
      {"activation f(x) {\n  let a == 3\n  return a\n}", "f:2:9: error", "'='"},
  };
  for (const auto &[text, position, said] : cases) {
    EXPECT_THAT(diagnose(text), HasSubstr(position)) << text;
    EXPECT_THAT(diagnose(text), HasSubstr(said)) << text;
  }
}

TEST(Diagnostics, OneMistakeOneMessage) {
  for (const char *text :
       {"activation f(x) = foo(x) + 1", "fn g(a) = (a\nactivation f(x) = g(x)",
        "activation f(x) {\n  let a = (x\n  return a + a\n}"}) {
    Expected<Module> module = parseModule(text);
    ASSERT_FALSE(module);
    EXPECT_EQ(module.error().size(), 1u) << diagnose(text);
  }
}

TEST(Diagnostics, SeveralInOrderAndAtMostTwenty) {
  std::string text;
  for (int i = 0; i < 30; ++i)
    text += "activation f" + std::to_string(i) + "(x) = y\n";
  Expected<Module> module = parseModule(text);
  ASSERT_FALSE(module);
  ASSERT_EQ(module.error().size(), 20u);
  for (uint32_t i = 0; i < 20; ++i)
    EXPECT_EQ(module.error()[i].location.line, i + 1);
}

TEST(Diagnostics, AcceptWhatIsRight) {
  for (const char *text :
       {"activation f(x) = x; activation g(x) = f(x) +\r\n  1 # more\r\n",
        "activation softplus(x; beta = 2.0) = log(1 + exp(beta * x)) / beta",
        "activation f(x) = softplus(x, 2) + elu(x, alpha = 2) + relu(x)",
        "activation f(x) = g(x)\nfn g(a) = a ** -2",
        "activation f(x) {\n  let e = exp(x clamp [-1, 1])\n  return e\n}"})
    EXPECT_EQ(diagnose(text), "none");
}

} // namespace
