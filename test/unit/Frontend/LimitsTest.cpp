//===- LimitsTest.cpp - Large and hostile texts end soon ------------------===//

#include "actin/Module.h"

#include <chrono>
#include <gtest/gtest.h>

using namespace actin;

namespace {

std::string repeat(std::string_view text, size_t count) {
  std::string result;
  while (count-- > 0)
    result += text;
  return result;
}

/// Generous: these take a tenth of it on an idle machine.
void expectSoon(const std::string &text, bool isRight) {
  auto start = std::chrono::steady_clock::now();
  Expected<Module> module = parseModule(text);
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  EXPECT_LT(seconds.count(), 5.0) << text.substr(0, 100);
  EXPECT_EQ(module.has_value(), isRight) << text.substr(0, 100);
  if (module)
    (void)module->getActivations().back().print();
}

TEST(Limits, LongSumsAreRight) {
  expectSoon("activation f(x) = x" + repeat(" + x", 60000), true);
}

TEST(Limits, TooLarge) {
  std::string sum = "activation f(x) = x";
  for (int i = 0; i < 70000; ++i)
    sum += "+" + std::to_string(i) + "*x";
  expectSoon(sum, false);
  expectSoon("activation f(x) = x" + std::string(2 << 20, ' '), false);
}

TEST(Limits, TooDeep) {
  expectSoon("activation f(x) = " + repeat("(", 250) + "x" + repeat(")", 250),
             true);
  expectSoon("activation f(x) = " + repeat("(", 20000), false);
  expectSoon("activation f(x) = x" + repeat("**x", 20000), false);
  expectSoon("activation f(x) = " + repeat("-", 900000) + "x", false);
}

TEST(Limits, HelpersThatDouble) {
  std::string shared = "fn g0(a) = a * a\n", apart = shared;
  for (int i = 1; i < 60; ++i) {
    std::string inner = "g" + std::to_string(i - 1);
    std::string head = "fn g" + std::to_string(i) + "(a) = " + inner;
    shared += head + "(a) + " + inner + "(a)\n";
    apart += head + "(a + 1) + " + inner + "(a * 3)\n";
  }
  expectSoon(shared + "activation f(x) = g59(x)", true);
  expectSoon(apart + "activation f(x) = g59(x)", false);
}

TEST(Limits, Noise) {
  std::string noise;
  for (uint32_t i = 1; noise.size() < 1000000; i = i * 1664525 + 1013904223)
    noise += char(i >> 24);
  expectSoon(noise, false);
  expectSoon(std::string("activation f(x) = x\0+ 1", 23), false);
}

} // namespace
