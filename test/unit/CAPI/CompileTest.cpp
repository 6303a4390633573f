//===- CompileTest.cpp - Kernels and their options through C --------------===//

#include "Fixture.h"

#include <cstring>

using namespace actin::test;
using testing::HasSubstr;

namespace {

class CompileTest : public CAPITest {
protected:
  /// What compiling with `options` says.
  std::string tryCompile(const actin_compile_options &options) {
    auto *kernel = reinterpret_cast<actin_kernel *>(1);
    std::string message = take(actin_compile(
        compiler, parse("activation f(x; a = 1) = a * x"), &options, &kernel));
    EXPECT_EQ(kernel == nullptr, !message.empty());
    actin_kernel_release(kernel);
    return message;
  }
};

TEST_F(CompileTest, PassesSayWhatTheyCompute) {
  const char *text = "activation f(x, g; a = 1) = a * x * g";
  actin_kernel *forward = compile(text);
  EXPECT_TRUE(actin_kernel_has_value(forward));
  EXPECT_EQ(actin_kernel_get_num_gradients(forward), 0u);
  EXPECT_GT(actin_kernel_get_code_size(forward), 0u);
  actin_kernel *backward = compile(text, ACTIN_PASS_BACKWARD);
  EXPECT_FALSE(actin_kernel_has_value(backward));
  ASSERT_EQ(actin_kernel_get_num_gradients(backward), 3u);
  EXPECT_STREQ(actin_kernel_get_gradient_name(backward, 1), "g");
  EXPECT_STREQ(actin_kernel_get_gradient_name(backward, 2), "a");
  EXPECT_EQ(actin_kernel_get_gradient_name(backward, 3), nullptr);
  EXPECT_TRUE(actin_kernel_has_value(compile(text, ACTIN_PASS_FUSED)));
  actin_compile_options options = ACTIN_COMPILE_OPTIONS_INIT;
  const char *names[] = {"a"}, *seconds[] = {"x"};
  options.pass = ACTIN_PASS_CUSTOM;
  options.gradients = names;
  options.num_gradients = 1;
  options.seconds = seconds;
  options.num_seconds = 1;
  actin_kernel *custom = compile(text, options);
  EXPECT_FALSE(actin_kernel_has_value(custom));
  EXPECT_STREQ(actin_kernel_get_gradient_name(custom, 0), "a");
  EXPECT_STREQ(actin_kernel_get_second_name(custom, 0), "x");
  EXPECT_EQ(actin_kernel_get_num_seconds(custom), 1u);
}

TEST_F(CompileTest, WrongOptionsAreNamed) {
  actin_compile_options options = ACTIN_COMPILE_OPTIONS_INIT;
  EXPECT_EQ(tryCompile(options), "");
  options.target = "pdp-11";
  EXPECT_THAT(tryCompile(options), HasSubstr("pdp-11"));
  options = ACTIN_COMPILE_OPTIONS_INIT;
  options.pass = actin_pass(9);
  EXPECT_THAT(tryCompile(options), HasSubstr("pass 9"));
  options = ACTIN_COMPILE_OPTIONS_INIT;
  options.dtype = actin_dtype(4);
  EXPECT_THAT(tryCompile(options), HasSubstr("dtype 4"));
  options = ACTIN_COMPILE_OPTIONS_INIT;
  options.pass = ACTIN_PASS_CUSTOM;
  EXPECT_THAT(tryCompile(options), HasSubstr("no output"));
  const char *names[] = {"z", nullptr};
  options.gradients = names;
  options.num_gradients = 1;
  EXPECT_THAT(tryCompile(options), HasSubstr("'z'"));
  options.num_gradients = 2;
  EXPECT_THAT(tryCompile(options), HasSubstr("NULL"));
}

/// A struct of another version of the header, with something behind its end.
struct LaterOptions {
  actin_compile_options options = ACTIN_COMPILE_OPTIONS_INIT;
  uint64_t unknown = 0;
};

TEST_F(CompileTest, StructsMayBeOlderOrNewer) {
  LaterOptions later;
  later.options.struct_size = sizeof(LaterOptions);
  EXPECT_EQ(tryCompile(later.options), "");
  later.unknown = 1;
  EXPECT_THAT(tryCompile(later.options), HasSubstr("header"));
  // An older header ends before `target`: what lies there is not looked at.
  LaterOptions older;
  older.options.struct_size = offsetof(actin_compile_options, target);
  older.options.target = "pdp-11";
  EXPECT_EQ(tryCompile(older.options), "");
  older.options.struct_size = 0;
  EXPECT_THAT(tryCompile(older.options), HasSubstr("header"));
}

TEST_F(CompileTest, StagesAreEmitted) {
  actin_compile_options options = ACTIN_COMPILE_OPTIONS_INIT;
  options.target = "x86-64-v3";
  actin_activation *f = parse("activation f(x) = tanh(x)");
  const std::pair<actin_emit_kind, const char *> stages[] = {
      {ACTIN_EMIT_MLIR, "vector<8xf32>"},
      {ACTIN_EMIT_LLVM, "define void @my_tanh"},
      {ACTIN_EMIT_ASSEMBLY, "my_tanh:"},
      {ACTIN_EMIT_OBJECT, "\x7f"
                          "ELF"}};
  for (auto [kind, expected] : stages) {
    actin_buffer *result;
    ASSERT_EQ(take(actin_emit(compiler, f, &options, kind, "my_tanh", &result)),
              "");
    std::string text(actin_buffer_get_data(result),
                     actin_buffer_get_size(result));
    EXPECT_THAT(text, HasSubstr(expected));
    actin_buffer_destroy(result);
  }
  actin_buffer *result;
  EXPECT_THAT(take(actin_emit(compiler, f, &options, actin_emit_kind(77),
                              nullptr, &result)),
              HasSubstr("77"));
}

TEST_F(CompileTest, TheCacheIsCounted) {
  for (int i = 0; i != 3; ++i)
    compile("activation f(x) = x + 1.25");
  actin_cache_statistics statistics = ACTIN_CACHE_STATISTICS_INIT;
  ASSERT_EQ(take(actin_compiler_get_statistics(compiler, &statistics)), "");
  EXPECT_EQ(statistics.misses, 1u);
  EXPECT_EQ(statistics.hits, 2u);
  EXPECT_EQ(statistics.entries, 1u);
  // A host that knows less gets less.
  actin_cache_statistics small = ACTIN_CACHE_STATISTICS_INIT;
  small.struct_size = offsetof(actin_cache_statistics, misses);
  ASSERT_EQ(take(actin_compiler_get_statistics(compiler, &small)), "");
  EXPECT_EQ(small.hits, 2u);
  EXPECT_EQ(small.misses, 0u);
}

TEST_F(CompileTest, TheLogReachesTheHost) {
  std::vector<std::string> heard;
  actin_set_log_callback(
      [](void *context, actin_log_level level, const char *topic,
         const char *message) {
        EXPECT_EQ(level, ACTIN_LOG_INFO);
        static_cast<std::vector<std::string> *>(context)->push_back(
            std::string(topic) + ": " + message);
      },
      &heard);
  compile("activation logged(x) = x * 3");
  actin_set_log_callback(nullptr, nullptr);
  compile("activation unheard(x) = x * 4");
  EXPECT_THAT(heard, testing::Contains(HasSubstr("profile: logged: compile")));
  EXPECT_THAT(heard, Not(testing::Contains(HasSubstr("unheard"))));
}

} // namespace
