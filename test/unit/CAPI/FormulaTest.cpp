//===- FormulaTest.cpp - Modules and activations through C ----------------===//

#include "Fixture.h"

using namespace actin::test;
using testing::HasSubstr;

namespace {

class FormulaTest : public CAPITest {};

TEST_F(FormulaTest, IntrospectionSaysWhatWasDeclared) {
  actin_activation *f = parse("activation f(x, g; s = 1.5, a[channel], b) = "
                              "where(x > 0, s * g, a * x + b)");
  EXPECT_STREQ(actin_activation_get_name(f), "f");
  ASSERT_EQ(actin_activation_get_num_inputs(f), 2u);
  EXPECT_STREQ(actin_activation_get_input_name(f, 1), "g");
  EXPECT_EQ(actin_activation_get_input_name(f, 2), nullptr);
  ASSERT_EQ(actin_activation_get_num_parameters(f), 3u);
  actin_parameter parameter = ACTIN_PARAMETER_INIT;
  ASSERT_EQ(take(actin_activation_get_parameter(f, 0, &parameter)), "");
  EXPECT_STREQ(parameter.name, "s");
  EXPECT_TRUE(parameter.has_default && !parameter.per_channel);
  EXPECT_EQ(parameter.default_value, 1.5);
  ASSERT_EQ(take(actin_activation_get_parameter(f, 1, &parameter)), "");
  EXPECT_STREQ(parameter.name, "a");
  EXPECT_TRUE(parameter.per_channel && !parameter.has_default);
  EXPECT_THAT(take(actin_activation_get_parameter(f, 3, &parameter)),
              HasSubstr("no parameter number 3"));
}

TEST_F(FormulaTest, PrintedTextParsesToTheSame) {
  actin_activation *f = parse("activation f(x; a = 2) = a * tanh(x) ** 2");
  actin_buffer *text, *again;
  ASSERT_EQ(take(actin_activation_print(f, &text)), "");
  ASSERT_EQ(
      take(actin_activation_print(parse(actin_buffer_get_data(text)), &again)),
      "");
  EXPECT_STREQ(actin_buffer_get_data(text), actin_buffer_get_data(again));
  EXPECT_EQ(actin_buffer_get_size(text), strlen(actin_buffer_get_data(text)));
  actin_buffer_destroy(text);
  actin_buffer_destroy(again);
}

TEST_F(FormulaTest, TheLibraryIsAModule) {
  actin_module *library;
  ASSERT_EQ(take(actin_module_get_library(&library)), "");
  EXPECT_GT(actin_module_get_num_activations(library), 20u);
  actin_activation *gelu;
  ASSERT_EQ(take(actin_module_find(library, "gelu", &gelu)), "");
  actin_activation *none;
  EXPECT_THAT(take(actin_module_find(library, "glue", &none)),
              HasSubstr("glue"));
  EXPECT_EQ(none, nullptr);
  EXPECT_NE(take(actin_module_get_activation(library, 100000, &none)), "");
  actin_module_destroy(library);
  // It outlives its module.
  EXPECT_STREQ(actin_activation_get_name(gelu), "gelu");
  actin_activation_retain(gelu);
  actin_activation_release(gelu);
  EXPECT_STREQ(actin_activation_get_name(gelu), "gelu");
  actin_activation_release(gelu);
}

TEST_F(FormulaTest, NullIsRefused) {
  actin_module *module;
  EXPECT_THAT(take(actin_module_parse(nullptr, 3, nullptr, &module)),
              HasSubstr("'text' is NULL"));
  EXPECT_THAT(take(actin_module_parse("", 0, nullptr, nullptr)),
              HasSubstr("'module' is NULL"));
  actin_activation *activation;
  EXPECT_NE(take(actin_module_find(nullptr, "f", &activation)), "");
  EXPECT_EQ(actin_activation_get_name(nullptr), nullptr);
  EXPECT_EQ(actin_activation_get_num_inputs(nullptr), 0u);
}

TEST_F(FormulaTest, ADerivativeIsAFormula) {
  actin_activation *derivative;
  ASSERT_EQ(
      take(actin_differentiate(compiler, parse("activation f(x) = x ** 3"), "x",
                               2, &derivative)),
      "");
  actin_buffer *text;
  ASSERT_EQ(take(actin_activation_print(derivative, &text)), "");
  EXPECT_THAT(actin_buffer_get_data(text), HasSubstr("6 * x"));
  actin_buffer_destroy(text);
  actin_activation_release(derivative);
  EXPECT_THAT(
      take(actin_differentiate(compiler, activations[0], "z", 1, &derivative)),
      HasSubstr("z"));
  EXPECT_EQ(derivative, nullptr);
}

} // namespace
