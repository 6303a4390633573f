//===- StandardLibraryTest.cpp - The activations that ship ----------------===//

#include "actin/Module.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

TEST(StandardLibrary, HasPyTorchsActivations) {
  for (const char *name :
       {"relu",        "relu6",      "elu",        "selu",       "celu",
        "leaky_relu",  "prelu",      "rrelu",      "hardtanh",   "hardswish",
        "hardsigmoid", "hardshrink", "softshrink", "tanhshrink", "softsign",
        "softplus",    "threshold",  "gelu",       "gelu_tanh",  "silu",
        "mish",        "logsigmoid", "sigmoid",    "tanh",       "glu"})
    EXPECT_NE(getStandardLibrary().find(name), nullptr) << name;
}

TEST(StandardLibrary, PrintsWhatReadsBack) {
  EXPECT_GE(getStandardLibrary().getActivations().size(), 40u);
  for (const Activation &activation : getStandardLibrary().getActivations()) {
    Expected<Module> module = parseModule(activation.print());
    ASSERT_TRUE(module) << activation.print();
    EXPECT_EQ(module->getActivations().front().print(), activation.print());
  }
}

TEST(StandardLibrary, IsSorted) {
  const auto &all = getStandardLibrary().getActivations();
  for (size_t i = 1; i < all.size(); ++i)
    EXPECT_LT(all[i - 1].getName(), all[i].getName());
}

} // namespace
