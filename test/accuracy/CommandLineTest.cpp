//===- CommandLineTest.cpp - The goldens through `actin run` --------------===//
//
// One process a golden, type and target: the value and every gradient.
//
//===----------------------------------------------------------------------===//

#include "GoldenTest.h"
#include "Npy.h"

#include "actin/Elements.h"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

namespace fs = std::filesystem;

namespace actin::test {
namespace {

using tool::NpyArray;

class CommandLineTest : public GoldenTest {
protected:
  void SetUp() override {
    folder = fs::temp_directory_path() /
             ("actin-goldens-" + std::to_string(::getpid()));
    fs::create_directories(folder);
    GoldenTest::SetUp();
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string path(const std::string &name) const {
    return (folder / (name + ".npy")).string();
  }

  void writeInputs();
  void addGradient(const std::string &name) {
    command += " --grad " + name + "=" + path("d" + name);
  }
  std::vector<double> readColumn(const std::string &name);

  fs::path folder;
  std::string command;
};

void CommandLineTest::writeInputs() {
  const Golden &golden = getGolden();
  size_t size = getSizeBytes(getType());
  for (const std::string &name : golden.inputs) {
    const std::vector<double> &column = golden.columns.at(name);
    NpyArray array =
        tool::makeArray(getType(), {static_cast<int64_t>(column.size())});
    for (size_t i = 0; i < column.size(); ++i)
      storeElement(&array.data[i * size], getType(), column[i]);
    ASSERT_TRUE(writeNpy(path(name), array).has_value());
    command += " --in " + name + "=" + path(name);
  }
}

std::vector<double> CommandLineTest::readColumn(const std::string &name) {
  Expected<NpyArray> array = tool::readNpy(path(name));
  EXPECT_TRUE(array.has_value()) << name;
  if (!array)
    return {};
  EXPECT_EQ(array->type, getType());
  size_t size = getSizeBytes(getType());
  std::vector<double> values;
  for (size_t offset = 0; offset < array->data.size(); offset += size)
    values.push_back(loadElement(&array->data[offset], array->type));
  return values;
}

TEST_P(CommandLineTest, ForwardAndGradients) {
  const Golden &golden = getGolden();
  command = std::string(ACTIN_COMMAND) + " run " + golden.formulaPath +
            " --target " + getTarget() + " --out " + path("y");
  writeInputs();
  for (const auto &[name, value] : golden.parameters) {
    command += " --param " + name + "=" + toHex(value);
    addGradient(name);
  }
  for (const std::string &name : golden.inputs)
    addGradient(name);
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  checkColumn("y", readColumn("y"));
  for (const std::string &name : golden.inputs)
    checkColumn("d" + name, readColumn("d" + name));
  for (const auto &[name, value] : golden.parameters) {
    std::vector<double> gradient = readColumn("d" + name);
    ASSERT_EQ(gradient.size(), 1u) << name;
    checkSum("d" + name, gradient.front());
  }
}

INSTANTIATE_TEST_SUITE_P(Goldens, CommandLineTest,
                         testing::ValuesIn(getCases()), getCaseName);

} // namespace
} // namespace actin::test
