//===- ExactArithmeticTest.cpp - Decimals fold as decimals ----------------===//

#include "Dialect/Act/ExactArithmetic.h"

#include <gtest/gtest.h>

namespace actin::act {
namespace {

Real decimal(const char *text) { return *Real::parse(text); }

TEST(ExactArithmeticTest, FoldsDecimals) {
  EXPECT_EQ(mulExactly(decimal("0.044715"), Real(3.0)), decimal("0.134145"));
  EXPECT_EQ(addExactly(decimal("0.1"), decimal("0.2")), decimal("0.3"));
  EXPECT_EQ(subExactly(decimal("1.1"), decimal("1")), decimal("0.1"));
  EXPECT_EQ(subExactly(decimal("1000000.1"), decimal("1000000")),
            decimal("0.1"));
  EXPECT_EQ(divExactly(Real(1.0), Real(8.0)), decimal("0.125"));
  EXPECT_EQ(powExactly(decimal("1.1"), Real(2.0)), decimal("1.21"));
}

TEST(ExactArithmeticTest, LeavesTheRest) {
  EXPECT_EQ(divExactly(Real(1.0), Real(3.0)), std::nullopt);
  EXPECT_EQ(divExactly(Real(1.0), Real(0.0)), std::nullopt);
  EXPECT_EQ(mulExactly(Real::pi(), Real(2.0)), std::nullopt);
  EXPECT_EQ(powExactly(Real(2.0), Real(0.5)), std::nullopt);
  EXPECT_EQ(powExactly(Real(0.0), Real(-1.0)), std::nullopt);
  EXPECT_EQ(subExactly(Real::infinity(), Real::infinity()), std::nullopt);
  EXPECT_EQ(mulExactly(decimal("1e4000"), decimal("1e4000")), std::nullopt);
}

TEST(ExactArithmeticTest, ZeroHasNoSign) {
  EXPECT_EQ(mulExactly(Real(-1.0), Real(0.0)), Real(0.0));
  EXPECT_EQ(toShortDecimal(-Real(0.0)), Real(0.0));
  EXPECT_EQ(toShortDecimal(Real::infinity()), Real::infinity());
}

} // namespace
} // namespace actin::act
