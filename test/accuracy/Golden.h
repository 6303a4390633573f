//===- Golden.h - Reference values and how to judge by them -----*- C++ -*-===//
//
// A golden is a folder with `formula.act` and `values.tsv`: inputs that are
// exact in f32, and beside them y and every partial derivative as hexadecimal
// doubles, the correctly rounded values of the formula as written.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_ACCURACY_GOLDEN_H
#define ACTIN_TEST_ACCURACY_GOLDEN_H

#include "actin/Tensor.h"

#include <map>
#include <string>
#include <vector>

namespace actin::test {

struct Golden {
  std::string name;
  std::string formulaPath;
  std::string formula;
  std::vector<std::pair<std::string, double>> parameters;
  std::vector<std::string> inputs;
  std::map<std::string, std::vector<double>> columns;

  size_t getNumRows() const { return columns.at("y").size(); }
  /// |y| + sum of |x dy/dx| of a row: how much y moves with its arguments.
  double getCondition(size_t row) const;
  /// "x=0x1.8p+1 gate=…", for messages.
  std::string describeRow(size_t row) const;
};

/// The goldens of the folder that the build names, in alphabetical order.
/// Throws std::runtime_error where a file is missing or malformed.
const std::vector<Golden> &getGoldens();

struct Judgement {
  bool isGood = true;
  double ulps = 0; ///< Infinite for a NaN or Inf where a number belongs.
};

/// A result of element type `type` (F32 or F64) against the exact value: good
/// within 4 ulp, or 2.4e-7 (F64: 5e-16) absolute, or 4 half-ulps of
/// `condition`; and finite wherever the rounded exact value is.
Judgement judge(double actual, double exact, DataType type,
                double condition = 0);

std::string toHex(double value);

/// Worst errors by activation, type and column; printed when tests end.
class AccuracyTable {
public:
  void add(const Golden &golden, DataType type, const std::string &target,
           const std::string &column, size_t row, double ulps);
  void print() const;

private:
  struct Entry {
    double ulps = -1;
    std::string target;
    std::string where;
  };
  std::map<std::string, Entry> entries;
};

AccuracyTable &getAccuracyTable();

} // namespace actin::test

#endif // ACTIN_TEST_ACCURACY_GOLDEN_H
