//===- LogTest.cpp - Who hears what the library says ----------------------===//

#include "Support/Log.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <string>

using namespace actin;

namespace {

TEST(LogTest, SilentUnlessAskedFor) {
  unsetenv("ACTIN_VERBOSE");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  log(LogLevel::Warning, "cache", "unheard");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(LogTest, TheCallbackHearsAll) {
  std::string heard;
  setLogCallback(
      [&](LogLevel level, std::string_view topic, std::string_view message) {
        heard += level == LogLevel::Warning ? "warning " : "info ";
        heard += topic;
        heard += ": ";
        heard += message;
      });
  log(LogLevel::Info, "cache", "text");
  setLogCallback(nullptr);
  log(LogLevel::Info, "cache", "unheard");
  EXPECT_EQ(heard, "info cache: text");
}

TEST(LogTest, TheUserChoosesTopics) {
  setenv("ACTIN_VERBOSE", "profile,cache", 1);
  testing::internal::CaptureStderr();
  log(LogLevel::Warning, "cache", "one");
  log(LogLevel::Info, "profile", "two");
  log(LogLevel::Info, "cach", "three");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "actin: cache: warning: one\nactin: profile: two\n");
  setenv("ACTIN_VERBOSE", "all", 1);
  testing::internal::CaptureStderr();
  log(LogLevel::Info, "anything", "four");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "actin: anything: four\n");
  unsetenv("ACTIN_VERBOSE");
}

} // namespace
