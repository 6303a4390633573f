//===- PrinterTest.cpp - Text that reads back as itself -------------------===//

#include "actin/Module.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

std::string print(const std::string &text) {
  Expected<Module> module = parseModule(text);
  return module ? module->getActivations().back().print()
                : render(module.error(), text, "text");
}

void expectPrint(const std::string &text, const std::string &expected) {
  EXPECT_EQ(print(text), expected);
  EXPECT_EQ(print(expected), expected);
}

TEST(Printer, WritesFewParentheses) {
  for (const char *text :
       {"activation f(x) = -x**2 + (-3)**2 + 2**-x",
        "activation f(x) = x - (x - 3) * -x / (x / x)",
        "activation f(x) = (x + 1)**(x + 2)**x",
        "activation f(x) = where(not (x > 0 and x < 1) or x == 2, 1, 0)",
        "activation f(x) = exp(x clamp [exp_min, exp_max]) + pi + e",
        "activation f(x; a[channel] = 0.25, b) = a * x + b"})
    expectPrint(text, text);
}

TEST(Printer, NamesWhatIsShared) {
  expectPrint("activation f(x) = exp(x) / (1 + exp(x))\ngradient x = exp(x)",
              "activation f(x) {\n  let t1 = exp(x)\n  return t1 / (1 + t1)\n}"
              "\ngradient x = t1");
  expectPrint("activation f(x) {\n  let z = exp(x)\n  return z * z\n}",
              "activation f(x) {\n  let z = exp(x)\n  return z * z\n}");
}

TEST(Printer, MergesSigns) {
  expectPrint("activation f(x) = x + -3 - -4", "activation f(x) = x - 3 + 4");
}

TEST(Printer, StaysReadableWhereTextIsDeep) {
  std::string text = "fn g0(x, y) = y - exp(x)\n";
  for (int i = 1; i < 14; ++i) {
    std::string inner = "g" + std::to_string(i - 1);
    text += "fn g" + std::to_string(i) + "(x, y) = " + inner + "(" + inner +
            "(x, y), y)\n";
  }
  std::string printed = print(text + "activation f(x, y) = g13(x, y)");
  EXPECT_GT(printed.size(), 50000u);
  EXPECT_EQ(print(printed), printed);
}

TEST(Printer, NamesLongSharedConditions) {
  std::string condition = "a > 0";
  for (int i = 0; i < 20; ++i)
    condition += " and a < " + std::to_string(i);
  std::string text = "fn g(x, a) = where(" + condition +
                     ", x, 0)\nactivation f(x, a) = g(g(g(x, a), a), a)";
  std::string printed = print(text);
  EXPECT_LT(printed.size(), 2 * condition.size());
  EXPECT_EQ(print(printed), printed);
}

} // namespace
