//===- EnvironmentTest.cpp - What the user of a process asks for ----------===//

#include "Support/Environment.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sched.h>

using namespace actin;

namespace {

TEST(EnvironmentTest, TopicsAreSeparatedByCommas) {
  setenv("ACTIN_VERBOSE", "profile,dispatch", 1);
  EXPECT_TRUE(isVerbose("profile"));
  EXPECT_TRUE(isVerbose("dispatch"));
  EXPECT_FALSE(isVerbose("prof"));
  EXPECT_FALSE(isVerbose("cache"));
  setenv("ACTIN_VERBOSE", "all", 1);
  EXPECT_TRUE(isVerbose("cache"));
  unsetenv("ACTIN_VERBOSE");
  EXPECT_FALSE(isVerbose("cache"));
}

TEST(EnvironmentTest, ThreadsAreAPositiveNumberOrThoseOfTheProcess) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  int own = CPU_COUNT(&allowed);
  unsetenv("ACTIN_NUM_THREADS");
  EXPECT_EQ(getDefaultNumThreads(), own);
  setenv("ACTIN_NUM_THREADS", "17", 1);
  EXPECT_EQ(getDefaultNumThreads(), 17);
  for (const char *text : {"0", "-3", "2x", " 2", "99999999999999"}) {
    setenv("ACTIN_NUM_THREADS", text, 1);
    EXPECT_EQ(getDefaultNumThreads(), own) << text;
  }
  unsetenv("ACTIN_NUM_THREADS");
}

} // namespace
