//===- MappedCodeTest.cpp - Pages that run and cannot be written ----------===//

#include "Runtime/MappedCode.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

using namespace actin;

namespace {

/// The permissions of the mapping that holds `address`, as "r-xp".
std::string getPermissions(const void *address) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    uintptr_t begin = 0, end = 0;
    char dash;
    std::string permissions;
    std::istringstream(line) >> std::hex >> begin >> dash >> end >> permissions;
    auto wanted = reinterpret_cast<uintptr_t>(address);
    if (begin <= wanted && wanted < end)
      return permissions;
  }
  return "";
}

TEST(MappedCodeTest, ExecutableAndNeverWritable) {
  CodeImage image{std::string(5000, '\x90'), 64};
  auto code = MappedCode::map(image);
  ASSERT_TRUE(code);
  auto address = reinterpret_cast<const char *>((*code)->getFunction());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(address) % CodeImage::alignmentBytes,
            64u);
  EXPECT_EQ(getPermissions(address), "r-xp");
  EXPECT_EQ((*code)->getSizeBytes(), 5000u);
  EXPECT_EQ(std::string(address - 64, 5000), image.bytes);
  code->reset();
  EXPECT_EQ(getPermissions(address), "");
}

TEST(MappedCodeTest, AnEntryOutsideIsAnError) {
  EXPECT_FALSE(MappedCode::map({"", 0}));
  EXPECT_FALSE(MappedCode::map({"1234", 4}));
}

} // namespace
