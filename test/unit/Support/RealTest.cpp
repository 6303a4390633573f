//===- RealTest.cpp - Constants: exact in, shortest out -------------------===//

#include "Support/Real.h"

#include <gtest/gtest.h>
#include <utility>

using namespace actin;

namespace {

std::string readAndWrite(const char *text) {
  std::optional<Real> value = Real::parse(text);
  return value ? value->toString() : "none";
}

TEST(Real, WritesTheShortestDecimal) {
  for (const char *text :
       {"0", "1", "-1", "0.044715", "1e-30", "1e30", "0.1", "16", "1234567",
        "1.5e-10", "0.0001", "-0.5", "1.0507009873554804934193349852946"})
    EXPECT_EQ(readAndWrite(text), text);
  EXPECT_EQ(readAndWrite("1.000000e+00"), "1");
  EXPECT_EQ(readAndWrite("5e3"), "5000");
}

TEST(Real, ReadsShortDecimalsAsAllOthers) {
  // An exponent sends the right-hand side the long way.
  for (auto [text, sameText] : {std::pair("0.1", "1e-1"),
                                {"1234.5678", "12345678e-4"},
                                {"-0.000001", "-1e-6"},
                                {"999999999999999", "999999999999999e0"},
                                {"0.99999999999999", "99999999999999e-14"},
                                {"3.", "3e0"},
                                {".25", "25e-2"},
                                {"-0", "-0e0"},
                                {"123456789012345.5", "1234567890123455e-1"}})
    EXPECT_EQ(Real::parse(text), Real::parse(sameText)) << text;
}

TEST(Real, ConstantsAreRoundedRight) {
  EXPECT_EQ(Real::pi(), evaluateUnary("acos", Real(-1.0)));
  EXPECT_EQ(Real::e(), evaluateUnary("exp", Real(1.0)));
}

TEST(Real, ReadsHexadecimal) {
  EXPECT_EQ(readAndWrite("0x1.8p3"), "12");
  EXPECT_EQ(readAndWrite("0x10"), "16");
}

TEST(Real, RefusesWhatIsNoNumberInRange) {
  for (const char *text : {"", "1e", "1.2.3", "0x", "e5", "1e5000", "1e-9999",
                           "1 ", "0xp3", "--1", "nan", "inf"})
    EXPECT_EQ(readAndWrite(text), "none") << text;
}

TEST(Real, ReadsBackEveryQuotient) {
  for (int i = 1; i < 200; ++i) {
    Real value = Real(i) / Real(7 * i + 3);
    EXPECT_EQ(Real::parse(value.toString()), value);
  }
}

TEST(Real, TakesADoubleAsItsDecimal) {
  EXPECT_EQ(Real::fromShortest(0.1), *Real::parse("0.1"));
  EXPECT_FALSE(Real(0.1) == *Real::parse("0.1"));
}

TEST(Real, EvaluatesFarFromTheMiddle) {
  EXPECT_EQ(evaluateUnary("softplus", Real(1000.0)).toDouble(), 1000.0);
  EXPECT_EQ(evaluateUnary("logsigmoid", Real(-1e300)).toDouble(), -1e300);
  EXPECT_EQ(evaluateUnary("normcdf", Real(0.0)).toDouble(), 0.5);
  EXPECT_EQ(evaluateUnary("round", Real(2.5)).toDouble(), 2.0);
  EXPECT_EQ(evaluateUnary("sigmoid", Real(-800.0)).toDouble() > 0, false);
  EXPECT_FALSE(evaluateUnary("sigmoid", Real(-800.0)).isZero());
  EXPECT_TRUE(evaluateUnary("log", Real(-1.0)).isNaN());
  EXPECT_TRUE(pow(Real(-8.0), Real(0.5)).isNaN());
}

} // namespace
