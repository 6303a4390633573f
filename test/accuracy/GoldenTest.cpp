//===- GoldenTest.cpp - One test a golden, type and target ----------------===//

#include "GoldenTest.h"

#include "Verify/Contract.h"
#include "actin/Compiler.h"
#include "actin/Module.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace actin::test {
namespace {

/// A GPU's kernels are run by whatever the test has for them.
bool canRun(const std::string &target) {
  static std::map<std::string, bool> known;
  auto [found, isNew] = known.try_emplace(target, target.starts_with("sm_"));
  if (!isNew || found->second)
    return found->second;
  Compiler compiler;
  CompileOptions options;
  options.target = target;
  Activation identity = parseModule("activation f(x) = x")->getActivations()[0];
  return found->second = compiler.compile(identity, {}, options).has_value();
}

class TablePrinter : public testing::Environment {
  void TearDown() override { getAccuracyTable().print(); }
};

[[maybe_unused]] testing::Environment *const printer =
    testing::AddGlobalTestEnvironment(new TablePrinter);

} // namespace

void GoldenTest::SetUp() {
  if (!canRun(getTarget()))
    GTEST_SKIP() << "this machine cannot run " << getTarget();
}

/// |g| + |x dg/dx| by row, for the gradient g by `input`: what the last bit of
/// an input makes of it. From the f64 kernel; zeros where there is none.
static std::vector<double> findGradientConditions(const Golden &golden,
                                                  const std::string &input) {
  size_t numRows = golden.columns.at(input).size();
  std::vector<double> seconds(numRows), conditions(numRows);
  Expected<Module> module = parseModule(golden.formula);
  if (!module)
    return conditions;
  Compiler compiler;
  KernelOutputs outputs;
  outputs.forward = false;
  outputs.seconds = {input};
  CompileOptions options;
  options.type = DataType::F64;
  auto kernel =
      compiler.compile(module->getActivations().front(), outputs, options);
  KernelArguments arguments;
  auto view = [&](const std::vector<double> &values) {
    return TensorView{const_cast<double *>(values.data()),
                      DataType::F64,
                      {static_cast<int64_t>(numRows)}};
  };
  for (const std::string &name : golden.inputs)
    arguments.inputs.push_back(view(golden.columns.at(name)));
  arguments.seconds = {view(seconds)};
  if (!kernel || !kernel->run(arguments))
    return conditions;
  for (size_t row = 0; row != numRows; ++row) {
    double condition = std::fabs(golden.columns.at("d" + input)[row]) +
                       std::fabs(golden.columns.at(input)[row] * seconds[row]);
    conditions[row] = std::isfinite(condition) ? condition : 0;
  }
  return conditions;
}

/// The same for every type and target: found once.
static const std::vector<double> &
getGradientConditions(const Golden &golden, const std::string &input) {
  static std::map<std::pair<std::string, std::string>, std::vector<double>>
      known;
  auto [found, isNew] = known.try_emplace({golden.name, input});
  if (isNew)
    found->second = findGradientConditions(golden, input);
  return found->second;
}

void GoldenTest::checkColumn(const std::string &column,
                             const std::vector<double> &actual) {
  const Golden &golden = getGolden();
  const std::vector<double> &exact = golden.columns.at(column);
  ASSERT_EQ(actual.size(), exact.size());
  std::vector<double> conditions(exact.size());
  for (const std::string &input : golden.inputs)
    if (column == "d" + input)
      conditions = getGradientConditions(golden, input);
  size_t numBad = 0, worst = 0;
  double worstUlps = -1;
  for (size_t row = 0; row < exact.size(); ++row) {
    double condition =
        column == "y" ? golden.getCondition(row) : conditions[row];
    Judgement judgement = judge(actual[row], exact[row], getType(), condition);
    getAccuracyTable().add(golden, getType(), getTarget(), column, row,
                           judgement.ulps);
    if (judgement.isGood)
      continue;
    ++numBad;
    if (judgement.ulps > worstUlps) {
      worst = row;
      worstUlps = judgement.ulps;
    }
  }
  EXPECT_EQ(numBad, 0u) << golden.name << " " << column << ": worst at "
                        << golden.describeRow(worst) << ": got "
                        << toHex(actual[worst]) << ", exact "
                        << toHex(exact[worst]) << ", " << worstUlps << " ulp";
}

void GoldenTest::checkSum(const std::string &column, double actual) {
  long double exactSum = 0;
  double tolerance = 0;
  double absolute = getType() == DataType::F64 ? 5e-16 : 2.4e-7;
  for (double value : getGolden().columns.at(column)) {
    exactSum += value;
    // Each term may be off by what a single value may be off.
    tolerance += std::max(4 * getUlp(value, getType()), absolute);
  }
  double sum = static_cast<double>(exactSum);
  double wanted = roundTo(sum, getType());
  if (actual == wanted || !std::isfinite(wanted))
    return;
  EXPECT_LE(std::fabs(actual - sum), tolerance + getUlp(sum, getType()))
      << getGolden().name << " sum of " << column << ": got " << toHex(actual)
      << ", exact " << toHex(sum);
}

std::vector<GoldenCase> getCases(const std::vector<std::string> &targets) {
  std::vector<GoldenCase> cases;
  for (size_t i = 0; i < getGoldens().size(); ++i)
    for (DataType type : {DataType::F32, DataType::F64})
      for (const std::string &target : targets)
        cases.emplace_back(i, type, target);
  return cases;
}

std::string getCaseName(const testing::TestParamInfo<GoldenCase> &info) {
  const auto &[index, type, target] = info.param;
  return getGoldens()[index].name + (type == DataType::F64 ? "_f64" : "_f32") +
         "_" + target.substr(target.find_last_of("-_") + 1);
}

} // namespace actin::test
