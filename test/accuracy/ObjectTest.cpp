//===- ObjectTest.cpp - The goldens through object files ------------------===//
//
// The C functions of an object, for x86-64 with its three levels and for
// AArch64 with NEON and SVE, on machines of each kind: values, gradients and
// sums against the references; short arrays, arrays that end with their page
// and outputs in the place of inputs give the same bits (see objects.c).
//
//===----------------------------------------------------------------------===//

#include "GoldenTest.h"
#include "ObjectProgram.h"

#include "actin/Module.h"

#include <cstring>
#include <memory>

namespace actin::test {
namespace {

Activation parseGolden(const Golden &golden) {
  return parseModule(golden.formula)->getActivations().front();
}

/// The program of a machine's targets, made once.
const ObjectProgram &getProgram(const ObjectMachine &machine, DataType type) {
  using Key = std::pair<std::vector<std::string>, DataType>;
  static std::map<Key, std::unique_ptr<ObjectProgram>> programs;
  auto &program = programs[{machine.targets, type}];
  if (!program) {
    std::vector<ProgramFunction> functions;
    for (const Golden &golden : getGoldens())
      for (bool fused : {false, true})
        functions.push_back(makeProgramFunction(parseGolden(golden), fused));
    program = std::make_unique<ObjectProgram>(machine, type, functions);
  }
  return *program;
}

void append(std::string &bytes, double value, DataType type) {
  float narrow = static_cast<float>(value);
  if (type == DataType::F64)
    bytes.append(reinterpret_cast<const char *>(&value), sizeof(value));
  else
    bytes.append(reinterpret_cast<const char *>(&narrow), sizeof(narrow));
}

class ObjectTest : public GoldenTest {
protected:
  void SetUp() override {
    std::string missing = findMissingTool(getMachine());
    if (!missing.empty())
      GTEST_SKIP() << missing << " is not installed";
  }
  const ObjectMachine &getMachine() const {
    return getObjectMachine(getTarget());
  }
  std::string makeInput(bool fused) const;
  void runAndCheck(bool fused);
};

std::string ObjectTest::makeInput(bool fused) const {
  const Golden &golden = getGolden();
  uint64_t numRows = golden.getNumRows();
  std::string input(reinterpret_cast<const char *>(&numRows), 8);
  for (const std::string &name : golden.inputs)
    for (double value : golden.columns.at(name))
      append(input, value, getType());
  for (size_t row = 0; fused && row != numRows; ++row)
    append(input, 1.0, getType());
  for (const auto &[name, value] : golden.parameters)
    append(input, value, getType());
  return input;
}

void ObjectTest::runAndCheck(bool fused) {
  const Golden &golden = getGolden();
  std::string symbol =
      parseGolden(golden).getName() + (fused ? "_fused" : "_forward");
  std::string output = getProgram(getMachine(), getType())
                           .run(getMachine(), symbol, makeInput(fused));
  const char *next = output.data();
  auto take = [&](size_t count) {
    std::vector<double> values;
    for (; values.size() != count; next += getSizeBytes(getType())) {
      double wide;
      float narrow;
      if (getType() == DataType::F64)
        values.push_back((std::memcpy(&wide, next, 8), wide));
      else
        values.push_back((std::memcpy(&narrow, next, 4), narrow));
    }
    return values;
  };
  size_t numRows = golden.getNumRows();
  size_t numValues = numRows * (fused ? 1 + golden.inputs.size() : 1) +
                     (fused ? golden.parameters.size() : 0);
  ASSERT_EQ(output.size(), numValues * getSizeBytes(getType()));
  checkColumn("y", take(numRows));
  if (!fused)
    return;
  for (const std::string &name : golden.inputs)
    checkColumn("d" + name, take(numRows));
  for (const auto &[name, value] : golden.parameters)
    checkSum("d" + name, take(1).front());
}

TEST_P(ObjectTest, Forward) { runAndCheck(/*fused=*/false); }

TEST_P(ObjectTest, Fused) { runAndCheck(/*fused=*/true); }

std::vector<GoldenCase> getObjectCases() {
  std::vector<GoldenCase> cases;
  for (const ObjectMachine &machine : getObjectMachines())
    for (DataType type : {DataType::F32, DataType::F64})
      for (size_t i = 0; i < getGoldens().size(); ++i)
        cases.emplace_back(i, type, machine.name);
  return cases;
}

std::string getObjectCaseName(const testing::TestParamInfo<GoldenCase> &info) {
  const auto &[index, type, machine] = info.param;
  return getGoldens()[index].name +
         (type == DataType::F64 ? "_f64_" : "_f32_") + machine;
}

INSTANTIATE_TEST_SUITE_P(Goldens, ObjectTest,
                         testing::ValuesIn(getObjectCases()),
                         getObjectCaseName);

/// Elements that differ; NaNs, whose payload is the machine's, do not.
size_t countDifferences(const std::string &actual, const std::string &wanted,
                        DataType type) {
  EXPECT_EQ(actual.size(), wanted.size());
  unsigned infinity = type == DataType::F16 ? 0x7c00 : 0x7f80;
  size_t count = 0;
  for (size_t i = 0; i + 1 < wanted.size(); i += 2) {
    uint16_t a, b;
    std::memcpy(&a, &actual[i], 2);
    std::memcpy(&b, &wanted[i], 2);
    bool areNaN = (a & 0x7fff) > infinity && (b & 0x7fff) > infinity;
    count += a != b && !areNaN;
  }
  return count;
}

/// All 65,536 inputs of a 16-bit type: the same bits on every machine that
/// fuses multiplications and additions.
class NarrowObjectTest
    : public testing::TestWithParam<std::tuple<const char *, DataType>> {};

TEST_P(NarrowObjectTest, EveryMachineGivesTheSameBits) {
  auto [name, type] = GetParam();
  const ObjectMachine &machine = getObjectMachine(name);
  const ObjectMachine &reference = getObjectMachine("haswell");
  for (const ObjectMachine *one : {&machine, &reference})
    if (std::string missing = findMissingTool(*one); !missing.empty())
      GTEST_SKIP() << missing << " is not installed";
  uint64_t count = 65536;
  std::string input(reinterpret_cast<const char *>(&count), 8);
  for (unsigned bits = 0; bits != count; ++bits) {
    uint16_t element = static_cast<uint16_t>(bits);
    input.append(reinterpret_cast<const char *>(&element), 2);
  }
  for (const char *formula : {"gelu", "mish", "silu"}) {
    std::vector<ProgramFunction> functions = {
        makeProgramFunction(*getStandardLibrary().find(formula), false)};
    const std::string &symbol = functions[0].function.symbol;
    std::string actual =
        ObjectProgram(machine, type, functions).run(machine, symbol, input);
    std::string wanted =
        ObjectProgram(reference, type, functions).run(reference, symbol, input);
    EXPECT_EQ(countDifferences(actual, wanted, type), 0u) << formula;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Machines, NarrowObjectTest,
    testing::Combine(testing::Values("neon", "sve128", "sve256", "sve512"),
                     testing::Values(DataType::F16, DataType::BF16)),
    [](const auto &info) {
      return std::string(std::get<0>(info.param)) +
             (std::get<1>(info.param) == DataType::F16 ? "_f16" : "_bf16");
    });

} // namespace
} // namespace actin::test
