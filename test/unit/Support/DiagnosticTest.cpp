//===- DiagnosticTest.cpp - Messages as people see them -------------------===//

#include "actin/Diagnostic.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

Diagnostics makeError(uint32_t line, uint32_t column) {
  return {{Severity::Error, {line, column}, "wrong", {}}};
}

TEST(Diagnostic, ShowsLineAndCaret) {
  EXPECT_EQ(render(makeError(2, 3), "ab\ncdef\r\n", "f.act"),
            "f.act:2:3: error: wrong\n  cdef\n    ^\n");
}

TEST(Diagnostic, CountsCharactersNotBytes) {
  EXPECT_EQ(render(makeError(1, 3), "\xc3\x97y", "f"),
            "f:1:3: error: wrong\n  \xc3\x97y\n   ^\n");
}

TEST(Diagnostic, HidesWhatIsNoText) {
  EXPECT_EQ(render(makeError(1, 1), "\x1b\xff\xc2\x9b", "f"),
            "f:1:1: error: wrong\n  ???\n  ^\n");
}

TEST(Diagnostic, CutsLongLines) {
  std::string text =
      render(makeError(1, 500000), std::string(1000000, 'x'), "f");
  EXPECT_LT(text.size(), 400u);
}

TEST(Diagnostic, OutsideOfTheSource) {
  EXPECT_NE(render(makeError(9, 9), "x", "f").find("f:9:9: error"),
            std::string::npos);
}

} // namespace
