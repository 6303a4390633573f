//===- Fixture.h - Handles for the tests of the C interface -----*- C++ -*-===//

#ifndef ACTIN_TEST_UNIT_CAPI_FIXTURE_H
#define ACTIN_TEST_UNIT_CAPI_FIXTURE_H

#include "actin-c/actin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace actin::test {

/// The message of `status`, which is destroyed; "" for success.
inline std::string take(actin_status *status) {
  std::string message = actin_status_get_message(status);
  actin_status_destroy(status);
  return message;
}

/// A compiler, and what was parsed and compiled with it.
class CAPITest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(take(actin_compiler_create(&compiler)), "");
  }
  void TearDown() override {
    for (actin_kernel *kernel : kernels)
      actin_kernel_release(kernel);
    for (actin_activation *activation : activations)
      actin_activation_release(activation);
    actin_compiler_destroy(compiler);
  }

  /// The first activation of `text`.
  actin_activation *parse(const std::string &text) {
    actin_module *module;
    actin_activation *activation = nullptr;
    EXPECT_EQ(
        take(actin_module_parse(text.data(), text.size(), nullptr, &module)),
        "");
    EXPECT_EQ(take(actin_module_get_activation(module, 0, &activation)), "");
    actin_module_destroy(module);
    activations.push_back(activation);
    return activation;
  }
  actin_kernel *compile(const std::string &text,
                        actin_compile_options options) {
    actin_kernel *kernel = nullptr;
    EXPECT_EQ(take(actin_compile(compiler, parse(text), &options, &kernel)),
              "");
    kernels.push_back(kernel);
    return kernel;
  }
  actin_kernel *compile(const std::string &text,
                        actin_pass pass = ACTIN_PASS_FORWARD) {
    actin_compile_options options = ACTIN_COMPILE_OPTIONS_INIT;
    options.pass = pass;
    return compile(text, options);
  }

  actin_compiler *compiler = nullptr;
  std::vector<actin_activation *> activations;
  std::vector<actin_kernel *> kernels;
};

/// A contiguous tensor over `values`.
template <typename T>
actin_tensor tensorOf(std::vector<T> &values,
                      const std::vector<int64_t> &shape) {
  return {values.data(), shape.data(), nullptr, int32_t(shape.size()),
          sizeof(T) == 8 ? ACTIN_F64 : ACTIN_F32};
}

} // namespace actin::test

#endif // ACTIN_TEST_UNIT_CAPI_FIXTURE_H
