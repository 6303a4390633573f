//===- StatusTest.cpp - Failures and versions -----------------------------===//

#include "Fixture.h"

using namespace actin::test;
using testing::HasSubstr;

extern "C" int initialisersSayTheSizes();

namespace {

TEST(StatusTest, VersionsAgree) {
  EXPECT_EQ(actin_get_api_version(), ACTIN_API_VERSION);
  EXPECT_EQ(ACTIN_API_VERSION >> 16, 0u);
  EXPECT_THAT(actin_get_build_version(), HasSubstr("0.1."));
  EXPECT_TRUE(initialisersSayTheSizes());
}

TEST(StatusTest, NullIsSuccessAndIsTakenEverywhere) {
  EXPECT_EQ(actin_status_get_code(nullptr), ACTIN_OK);
  EXPECT_STREQ(actin_status_get_message(nullptr), "");
  actin_status_visit(nullptr, nullptr, nullptr);
  actin_status_destroy(nullptr);
  actin_buffer_destroy(nullptr);
  actin_module_destroy(nullptr);
  actin_activation_release(nullptr);
  actin_compiler_destroy(nullptr);
  actin_kernel_release(nullptr);
  EXPECT_EQ(actin_buffer_get_data(nullptr), nullptr);
  EXPECT_EQ(actin_buffer_get_size(nullptr), 0u);
}

struct Heard {
  actin_severity severity;
  uint32_t line, column;
  std::string file, message;
};

std::vector<Heard> diagnosticsOf(const actin_status *status) {
  std::vector<Heard> heard;
  actin_status_visit(
      status,
      [](void *context, const actin_diagnostic *diagnostic) {
        EXPECT_EQ(diagnostic->struct_size, sizeof(actin_diagnostic));
        static_cast<std::vector<Heard> *>(context)->push_back(
            {diagnostic->severity, diagnostic->line, diagnostic->column,
             diagnostic->file, diagnostic->message});
      },
      &heard);
  return heard;
}

TEST(StatusTest, DiagnosticsHavePlaces) {
  std::string text = "activation f(x) =\n  x * sigmoyd(x)\n"
                     "activation g(x) = y\n";
  auto *module = reinterpret_cast<actin_module *>(1);
  actin_status *status =
      actin_module_parse(text.data(), text.size(), "net.act", &module);
  EXPECT_EQ(module, nullptr);
  EXPECT_EQ(actin_status_get_code(status), ACTIN_INVALID_SOURCE);
  std::vector<Heard> heard = diagnosticsOf(status);
  std::vector<Heard> errors;
  for (const Heard &one : heard)
    if (one.severity == ACTIN_ERROR)
      errors.push_back(one);
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].line, 2u);
  EXPECT_EQ(errors[0].column, 7u);
  EXPECT_EQ(errors[0].file, "net.act");
  EXPECT_THAT(errors[0].message, HasSubstr("sigmoyd"));
  EXPECT_EQ(errors[1].line, 3u);
  EXPECT_THAT(take(status), HasSubstr("net.act:2:7: error: "));
}

} // namespace
