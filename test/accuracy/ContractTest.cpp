//===- ContractTest.cpp - The accuracy contract on samples ----------------===//
//
// The standard library, the functions of bench/accuracy.act in their plain
// spelling, and the formulas of formulas.act, which have no name and a wider
// bound, on samples of each type. over-contract.txt lists what is known to
// be over the contract, and by how much: nothing else may be, and nothing by
// more. What is listed and is not over it any more is printed.
//
//===----------------------------------------------------------------------===//

#include "actin/Module.h"
#include "actin/Verify.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

namespace actin::test {
namespace {

/// What is known of an output that is over the contract.
struct KnownErrors {
  double worstUlps = 0;
  double numOver = 0;
};

/// "name type output: ulps samples" a line; "#" begins a comment.
std::map<std::string, KnownErrors> readKnown() {
  std::ifstream file(ACTIN_OVER_CONTRACT);
  EXPECT_TRUE(file.good()) << ACTIN_OVER_CONTRACT;
  std::map<std::string, KnownErrors> known;
  for (std::string line; std::getline(file, line);) {
    size_t colon = line.find(':');
    if (line[0] == '#' || colon == line.npos)
      continue;
    char *rest = nullptr;
    KnownErrors &errors = known[line.substr(0, colon)];
    errors.worstUlps = std::strtod(line.c_str() + colon + 1, &rest);
    errors.numOver = std::strtod(rest, nullptr);
  }
  return known;
}

/// With some room: another machine may have other instructions.
bool isNoWorse(const VerifiedOutput &output, const KnownErrors &known) {
  constexpr double room = 1.1;
  return output.firstOver.ulps <= room * known.worstUlps &&
         double(output.numOver) <= room * known.numOver + 1 &&
         output.numNaNLost == 0;
}

std::vector<Activation> readFormulas(const char *path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  auto module = parseModule(text.str());
  if (!module)
    throw std::runtime_error(std::string("cannot read ") + path);
  return module->getActivations();
}

bool canRun(const std::string &target) {
  __builtin_cpu_init();
  return target == "x86-64-v4" ? __builtin_cpu_supports("x86-64-v4")
                               : __builtin_cpu_supports("x86-64-v3");
}

enum class Source { Library, Plain, Paper };

const char *getName(Source source) {
  return source == Source::Library ? "library"
         : source == Source::Plain ? "plain"
                                   : "paper";
}

std::vector<Activation> getFormulas(Source source) {
  if (source == Source::Library)
    return getStandardLibrary().getActivations();
  return readFormulas(source == Source::Plain ? ACTIN_ACCURACY_FORMULAS
                                              : ACTIN_PAPER_FORMULAS);
}

/// Whose results must be found good but for what is known.
struct Case {
  Source source;
  DataType type;
  const char *target;
  size_t numSamples;
};

class ContractTest : public testing::TestWithParam<Case> {
protected:
  void check(const Activation &activation);
  void note(const VerifiedOutput &output, const std::string &key);

  std::map<std::string, KnownErrors> known = readKnown();
};

void ContractTest::note(const VerifiedOutput &output, const std::string &key) {
  const VerifiedPoint &point = output.firstOver;
  auto found = known.find(key);
  if (found != known.end() && isNoWorse(output, found->second))
    return;
  std::ostringstream place;
  place << std::hexfloat;
  for (double x : point.inputs)
    place << " " << x;
  ADD_FAILURE() << key << ": " << output.numOver << " of " << output.numPoints
                << " over the contract, " << output.numNaNLost
                << " NaN lost; worst " << point.ulps << " ulp at" << place.str()
                << ": got " << point.actual << ", exactly " << point.exact;
}

void ContractTest::check(const Activation &activation) {
  static Compiler compiler;
  VerifyOptions options;
  options.compile.type = GetParam().type;
  options.compile.target = GetParam().target;
  options.row = GetParam().source == Source::Paper ? ContractRow::Other
                                                   : ContractRow::Named;
  options.numSamples = GetParam().numSamples;
  bool isNarrow = options.compile.type == DataType::F16 ||
                  options.compile.type == DataType::BF16;
  options.exhaustive = isNarrow && activation.getInputs().size() == 1;
  auto report = verify(compiler, activation, options);
  ASSERT_TRUE(report.has_value()) << report.error().front().message;
  for (const VerifiedOutput &output : report->outputs) {
    Source source = GetParam().source;
    std::string prefix = getName(source) + std::string(" ");
    std::string key = (source == Source::Library ? "" : prefix) +
                      activation.getName() + " " +
                      getTypeName(options.compile.type) + " " + output.name;
    if (!output.isGood())
      note(output, key);
    else if (known.contains(key))
      std::printf("within the contract on %s: %s\n", GetParam().target,
                  key.c_str());
    if (source != Source::Paper) // e^-e^x has more digits than are tried.
      EXPECT_EQ(output.numUndecided, 0u) << key;
  }
}

TEST_P(ContractTest, Holds) {
  if (!canRun(GetParam().target))
    GTEST_SKIP() << "this machine cannot run " << GetParam().target;
  for (const Activation &activation : getFormulas(GetParam().source))
    check(activation);
}

/// sin(x / 2)^2 is below the range where the quotient is not.
TEST(BelowTheRange, QuotientBringsBack) {
  if (!canRun("x86-64-v4"))
    GTEST_SKIP() << "this machine cannot run x86-64-v4";
  auto module = parseModule("activation f(x) = (1 - cos(x)) / x");
  ASSERT_TRUE(module.has_value());
  Compiler compiler;
  VerifyOptions options;
  options.compile.type = DataType::F64;
  options.compile.target = "x86-64-v4";
  options.row = ContractRow::Other;
  options.numSamples = 500;
  auto report = verify(compiler, module->getActivations().front(), options);
  ASSERT_TRUE(report.has_value());
  const VerifiedOutput &value = report->outputs.front();
  EXPECT_TRUE(value.isGood())
      << value.numOver << " over, worst " << value.firstOver.ulps;
}

std::vector<Case> getCases() {
  std::vector<Case> cases;
  for (Source source : {Source::Library, Source::Plain}) {
    for (const char *target : {"x86-64-v3", "x86-64-v4"})
      cases.push_back({source, DataType::F32, target, 1500});
    cases.push_back({source, DataType::F64, "x86-64-v4", 500});
  }
  for (DataType type : {DataType::F16, DataType::BF16})
    cases.push_back({Source::Library, type, "x86-64-v4", 200});
  cases.push_back({Source::Paper, DataType::F32, "x86-64-v4", 200});
  cases.push_back({Source::Paper, DataType::F64, "x86-64-v4", 30});
  return cases;
}

std::string getCaseName(const testing::TestParamInfo<Case> &info) {
  const Case &one = info.param;
  std::string target = one.target;
  return getName(one.source) + std::string("_") + getTypeName(one.type) + "_" +
         target.substr(target.size() - 2);
}

INSTANTIATE_TEST_SUITE_P(Samples, ContractTest, testing::ValuesIn(getCases()),
                         getCaseName);

} // namespace
} // namespace actin::test
