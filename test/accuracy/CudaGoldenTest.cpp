//===- CudaGoldenTest.cpp - The goldens on device memory ------------------===//
//
// Value, gradients and parameter sums through the launcher, for each GPU that
// code is made for; on the machine's driver, or an interpreter of PTX.
//
//===----------------------------------------------------------------------===//

#include "CudaFixture.h"
#include "GoldenTest.h"

#include "actin/Cuda.h"
#include "actin/Module.h"

#include <algorithm>

namespace actin::test {
namespace {

class CudaGoldenTest : public GoldenTest {
protected:
  void SetUp() override {
    std::string fault = CudaDevice::select();
    if (!fault.empty())
      GTEST_SKIP() << fault;
    if (std::stoi(getTarget().substr(3)) > CudaDevice::getCapability())
      GTEST_SKIP() << "this GPU cannot run " << getTarget();
    Expected<Module> module = parseModule(getGolden().formula);
    ASSERT_TRUE(module.has_value());
    activation = module->getActivations().front();
    for (const std::string &name : getGolden().inputs)
      inputs.emplace_back(getType(), getGolden().columns.at(name));
    for (const auto &[name, value] : getGolden().parameters)
      parameters.emplace_back(getType(), std::vector<double>{value});
  }

  bool isInput(const std::string &name) const {
    const std::vector<std::string> &names = activation.getInputs();
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  CudaKernel compile(const KernelOutputs &outputs) {
    static Compiler compiler;
    CompileOptions options;
    options.type = getType();
    options.target = getTarget();
    auto kernel = compileForCuda(compiler, activation, outputs, options);
    EXPECT_TRUE(kernel.has_value()) << kernel.error().front().message;
    return kernel.value_or(CudaKernel());
  }

  /// Results on all rows in the order of forward and gradients.
  std::vector<std::vector<double>> run(const KernelOutputs &outputs);

  Activation activation;
  std::vector<DeviceArray> inputs, parameters;
};

std::vector<std::vector<double>>
CudaGoldenTest::run(const KernelOutputs &outputs) {
  size_t numRows = getGolden().getNumRows();
  std::vector<double> nothing(numRows, 0.0);
  DeviceArray ones(getType(), std::vector<double>(numRows, 1.0));
  KernelArguments arguments;
  for (const DeviceArray &input : inputs)
    arguments.inputs.push_back(input.view());
  for (const DeviceArray &parameter : parameters)
    arguments.parameters.push_back(parameter.view());
  if (!outputs.gradients.empty())
    arguments.dout = ones.view();
  std::vector<DeviceArray> results;
  if (outputs.forward)
    results.emplace_back(getType(), nothing);
  for (const std::string &name : outputs.gradients)
    results.emplace_back(getType(),
                         isInput(name) ? nothing : std::vector<double>{0.0});
  if (outputs.forward)
    arguments.out = results.front().view();
  for (size_t i = 0; i != outputs.gradients.size(); ++i)
    arguments.gradients.push_back(results[outputs.forward + i].view());
  auto done = compile(outputs).run(arguments);
  EXPECT_TRUE(done.has_value()) << done.error().front().message;
  std::vector<std::vector<double>> values;
  for (const DeviceArray &result : results)
    values.push_back(result.read());
  return values;
}

TEST_P(CudaGoldenTest, Forward) { checkColumn("y", run({}).front()); }

TEST_P(CudaGoldenTest, Backward) {
  KernelOutputs outputs = backwardOutputs(activation);
  std::vector<std::vector<double>> results = run(outputs);
  for (size_t i = 0; i != results.size(); ++i) {
    std::string column = "d" + outputs.gradients[i];
    if (isInput(outputs.gradients[i]))
      checkColumn(column, results[i]);
    else
      checkSum(column, results[i].front());
  }
}

INSTANTIATE_TEST_SUITE_P(Goldens, CudaGoldenTest,
                         testing::ValuesIn(getCases({"sm_75", "sm_80", "sm_89",
                                                     "sm_90", "sm_100",
                                                     "sm_120"})),
                         getCaseName);

} // namespace
} // namespace actin::test
