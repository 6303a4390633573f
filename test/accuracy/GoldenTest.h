//===- GoldenTest.h - One test a golden, type and target --------*- C++ -*-===//

#ifndef ACTIN_TEST_ACCURACY_GOLDENTEST_H
#define ACTIN_TEST_ACCURACY_GOLDENTEST_H

#include "Golden.h"
#include "HostTargets.h"

#include <gtest/gtest.h>

#include <tuple>

namespace actin::test {

/// Number of the golden, element type, target.
using GoldenCase = std::tuple<size_t, DataType, std::string>;

/// Skips where this machine cannot run the target; checks columns.
class GoldenTest : public testing::TestWithParam<GoldenCase> {
protected:
  void SetUp() override;

  const Golden &getGolden() const {
    return getGoldens()[std::get<0>(GetParam())];
  }
  DataType getType() const { return std::get<1>(GetParam()); }
  const std::string &getTarget() const { return std::get<2>(GetParam()); }

  /// Expects `actual` to be the golden's column, row by row. A failure names
  /// the worst row.
  void checkColumn(const std::string &column,
                   const std::vector<double> &actual);
  /// Expects `actual` to be the sum of the column.
  void checkSum(const std::string &column, double actual);
};

/// Every case of every golden; without targets, on this machine's levels.
std::vector<GoldenCase>
getCases(const std::vector<std::string> &targets = getHostLevels());
std::string getCaseName(const testing::TestParamInfo<GoldenCase> &info);

} // namespace actin::test

#endif // ACTIN_TEST_ACCURACY_GOLDENTEST_H
