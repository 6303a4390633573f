//===- SamplePointsTest.cpp - What samples cover --------------------------===//

#include "Verify/SamplePoints.h"

#include "actin/Module.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <set>

using namespace actin;

namespace {

Activation parse(const char *text) {
  return parseModule(text)->getActivations()[0];
}

std::set<double> listPoints(const SamplePoints &points) {
  std::set<double> result;
  for (size_t i = 0; i != points.size(); ++i) {
    double x;
    points.getPoint(i, x);
    if (!std::isnan(x))
      result.insert(x);
  }
  return result;
}

TEST(SamplePoints, EveryBinadeOfBothSigns) {
  SamplePoints points(parse("activation f(x) = x"), DataType::F32, 4000);
  std::set<int> positive, negative;
  for (double x : listPoints(points))
    if (x != 0 && std::isfinite(x))
      (x > 0 ? positive : negative).insert(std::ilogb(x));
  EXPECT_EQ(positive.size(), 277u);
  EXPECT_EQ(negative, positive);
}

TEST(SamplePoints, SpecialNumbersAndConstants) {
  SamplePoints points(parse("activation f(x) = where(x > 3.5, x, 0)"),
                      DataType::F32, 10);
  std::set<double> all = listPoints(points);
  for (double x :
       {0.0, 1.0, -1.0, double(FLT_MAX), -double(FLT_MIN), double(FLT_TRUE_MIN),
        3.5, 0x1.c00002p1, -3.5, double(INFINITY)})
    EXPECT_TRUE(all.contains(x)) << x;
}

TEST(SamplePoints, NeighboursOfTransitions) {
  SamplePoints points(parse("activation f(x) = x"), DataType::F32, 10);
  points.addTransitions([](double x) { return x < 88.7228394 ? 0 : 1; });
  std::set<double> all = listPoints(points);
  float edge = 88.7228394f;
  EXPECT_TRUE(all.contains(edge));
  EXPECT_TRUE(all.contains(std::nextafter(edge, 0.0f)));
}

TEST(SamplePoints, OrdinalsAreInOrder) {
  for (DataType type :
       {DataType::F16, DataType::BF16, DataType::F32, DataType::F64})
    for (int64_t o : {-5, -1, 0, 1, 2, 17, 1000}) {
      EXPECT_EQ(getOrdinal(getNumber(o, type), type), o);
      EXPECT_LT(getNumber(o, type), getNumber(o + 1, type));
    }
}

TEST(SamplePoints, TheSameEachTime) {
  Activation gate = parse("activation f(x, g) = x * g");
  SamplePoints first(gate, DataType::F64, 100), second(gate, DataType::F64, 9);
  std::vector<double> a(2), b(2);
  for (size_t i = 0; i != second.size(); ++i) {
    first.getPoint(i, a);
    second.getPoint(i, b);
    if (!std::isnan(a[0]) && !std::isnan(a[1])) {
      EXPECT_EQ(a, b);
    }
  }
}

} // namespace
