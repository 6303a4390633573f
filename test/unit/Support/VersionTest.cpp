//===- VersionTest.cpp - Builds tell themselves apart ---------------------===//

#include "Support/Version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

TEST(VersionTest, NamesTheVersionAndTheSources) {
  EXPECT_THAT(std::string(actin::getBuildVersion()),
              testing::MatchesRegex("[0-9]+.[0-9]+.[0-9]+[+][0-9a-f]+"));
  EXPECT_EQ(actin::getBuildVersion().size() -
                actin::getBuildVersion().find('+'),
            17u);
}

} // namespace
