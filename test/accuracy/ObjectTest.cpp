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

#include "actin/Elements.h"
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

/// The bits of an element, without what is no number's payload.
uint64_t readElement(const char *from, DataType type) {
  size_t size = getSizeBytes(type);
  uint64_t bits = 0, one = 1;
  std::memcpy(&bits, from, size);
  unsigned fractionBits = type == DataType::F64    ? 52
                          : type == DataType::F32  ? 23
                          : type == DataType::BF16 ? 7
                                                   : 10;
  uint64_t magnitude = bits & ((one << (8 * size - 1)) - 1);
  uint64_t infinity = (one << (8 * size - 1)) - (one << fractionBits);
  return magnitude > infinity ? infinity + 1 : bits;
}

size_t countDifferences(const std::string &actual, const std::string &wanted,
                        DataType type) {
  EXPECT_EQ(actual.size(), wanted.size());
  size_t size = getSizeBytes(type), count = 0;
  for (size_t i = 0; i + size <= std::min(actual.size(), wanted.size());
       i += size)
    count += readElement(&actual[i], type) != readElement(&wanted[i], type);
  return count;
}

/// Numbers whose first 16 bits are all that there are (in a 16-bit type, all
/// numbers), then as many times 1 for dout.
std::string makeSweep(DataType type) {
  size_t size = getSizeBytes(type);
  uint64_t count = 65536;
  std::string input(reinterpret_cast<const char *>(&count), 8);
  for (uint64_t leading = 0; leading != count; ++leading) {
    uint64_t bits = leading << (8 * size - 16);
    input.append(reinterpret_cast<const char *>(&bits), size);
  }
  std::vector<std::byte> one(size);
  storeElement(one.data(), type, 1.0);
  for (uint64_t i = 0; i != count; ++i)
    input.append(reinterpret_cast<const char *>(one.data()), size);
  return input;
}

/// Values and gradients of some activations on all numbers of a sweep.
std::vector<std::string> runSweep(const ObjectMachine &machine, DataType type) {
  std::string input = makeSweep(type);
  std::vector<ProgramFunction> functions;
  for (const char *formula : {"gelu", "mish", "silu", "tanhshrink"})
    functions.push_back(
        makeProgramFunction(*getStandardLibrary().find(formula), true));
  ObjectProgram program(machine, type, functions);
  std::vector<std::string> outputs;
  for (const ProgramFunction &one : functions)
    outputs.push_back(program.run(machine, one.function.symbol, input));
  return outputs;
}

/// The same bits on every machine that fuses multiplications and additions and
/// looks nothing up in tables: in f64 also on x86.
class SameBitsTest
    : public testing::TestWithParam<std::tuple<const char *, DataType>> {};

TEST_P(SameBitsTest, AsElsewhere) {
  auto [name, type] = GetParam();
  const ObjectMachine &machine = getObjectMachine(name);
  const ObjectMachine &reference =
      getObjectMachine(type == DataType::F64 ? "haswell" : "neon");
  for (const ObjectMachine *one : {&machine, &reference})
    if (std::string missing = findMissingTool(*one); !missing.empty())
      GTEST_SKIP() << missing << " is not installed";
  static std::map<DataType, std::vector<std::string>> wanted;
  if (!wanted.count(type))
    wanted[type] = runSweep(reference, type);
  std::vector<std::string> actual = runSweep(machine, type);
  for (size_t i = 0; i != actual.size(); ++i)
    EXPECT_EQ(countDifferences(actual[i], wanted[type][i], type), 0u)
        << "function " << i;
}

std::string
getSameBitsName(const testing::TestParamInfo<SameBitsTest::ParamType> &info) {
  return std::string(std::get<0>(info.param)) + "_" +
         getTypeName(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(
    Machines, SameBitsTest,
    testing::Combine(testing::Values("sve128", "sve256", "sve512"),
                     testing::Values(DataType::F16, DataType::BF16,
                                     DataType::F32, DataType::F64)),
    getSameBitsName);
INSTANTIATE_TEST_SUITE_P(Neon, SameBitsTest,
                         testing::Values(std::tuple("neon", DataType::F64)),
                         getSameBitsName);

} // namespace
} // namespace actin::test
