//===- ApiTest.cpp - The goldens through the C++ API ----------------------===//
//
// Forward, backward and fused kernels against the reference values. Partial
// derivatives by a scalar parameter are sums over a tensor, so single ones come
// from tensors of one element.
//
//===----------------------------------------------------------------------===//

#include "GoldenTest.h"

#include "actin/Compiler.h"
#include "actin/Module.h"

#include <cstring>

namespace actin::test {
namespace {

/// Elements of F32 or F64, with access as double.
class Buffer {
public:
  Buffer(DataType type, size_t numElements)
      : type(type), bytes(numElements * getSizeBytes(type)) {}
  Buffer(DataType type, const std::vector<double> &values)
      : Buffer(type, values.size()) {
    for (size_t i = 0; i < values.size(); ++i)
      set(i, values[i]);
  }

  void set(size_t i, double value) {
    float narrow = static_cast<float>(value);
    std::memcpy(&bytes[i * getSizeBytes(type)],
                type == DataType::F64 ? static_cast<void *>(&value) : &narrow,
                getSizeBytes(type));
  }
  double get(size_t i) const {
    double wide;
    float narrow;
    if (type == DataType::F64)
      return std::memcpy(&wide, &bytes[i * 8], 8), wide;
    return std::memcpy(&narrow, &bytes[i * 4], 4), narrow;
  }
  std::vector<double> getValues() const {
    std::vector<double> values(bytes.size() / getSizeBytes(type));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = get(i);
    return values;
  }
  TensorView view() {
    int64_t size = static_cast<int64_t>(bytes.size() / getSizeBytes(type));
    return {bytes.data(), type, {size}};
  }

private:
  DataType type;
  std::vector<std::byte> bytes;
};

std::string describe(const Diagnostics &diagnostics) {
  return render(diagnostics, "", "formula");
}

class ApiTest : public GoldenTest {
protected:
  void SetUp() override {
    GoldenTest::SetUp();
    if (IsSkipped())
      return;
    Expected<Module> module = parseModule(getGolden().formula);
    ASSERT_TRUE(module.has_value()) << describe(module.error());
    ASSERT_EQ(module->getActivations().size(), 1u);
    activation = module->getActivations().front();
  }

  /// Runs `kernel`, which was compiled for `outputs`, on rows [begin, end);
  /// `gradients` in the order of `outputs`.
  void run(const Kernel &kernel, const KernelOutputs &outputs, size_t begin,
           size_t end, Buffer &out, std::vector<Buffer> &gradients);

  Kernel compile(const KernelOutputs &outputs) {
    static Compiler compiler; // One for all tests.
    CompileOptions options;
    options.type = getType();
    options.target = getTarget();
    Expected<Kernel> kernel = compiler.compile(activation, outputs, options);
    EXPECT_TRUE(kernel.has_value()) << describe(kernel.error());
    return kernel ? *kernel : Kernel();
  }

  bool isInput(const std::string &name) const {
    const std::vector<std::string> &inputs = activation.getInputs();
    return std::find(inputs.begin(), inputs.end(), name) != inputs.end();
  }

  void checkInputGradients(const KernelOutputs &outputs,
                           const std::vector<Buffer> &gradients) {
    for (size_t i = 0; i < gradients.size(); ++i)
      if (isInput(outputs.gradients[i]))
        checkColumn("d" + outputs.gradients[i], gradients[i].getValues());
  }

  Activation activation;
};

void ApiTest::run(const Kernel &kernel, const KernelOutputs &outputs,
                  size_t begin, size_t end, Buffer &out,
                  std::vector<Buffer> &gradients) {
  ASSERT_TRUE(static_cast<bool>(kernel));
  const Golden &golden = getGolden();
  KernelArguments arguments;
  std::vector<Buffer> inputs, parameters;
  for (const std::string &name : golden.inputs) {
    const std::vector<double> &column = golden.columns.at(name);
    inputs.emplace_back(getType(),
                        std::vector<double>(&column[begin], &column[0] + end));
  }
  for (Buffer &input : inputs)
    arguments.inputs.push_back(input.view());
  for (const auto &[name, value] : golden.parameters)
    parameters.emplace_back(getType(), std::vector<double>{value});
  for (Buffer &parameter : parameters)
    arguments.parameters.push_back(parameter.view());
  Buffer ones(getType(), std::vector<double>(end - begin, 1.0));
  if (!outputs.gradients.empty())
    arguments.dout = ones.view();
  out = Buffer(getType(), end - begin);
  if (outputs.forward)
    arguments.out = out.view();
  gradients.clear();
  for (const std::string &name : outputs.gradients)
    gradients.emplace_back(getType(), isInput(name) ? end - begin : 1);
  for (Buffer &gradient : gradients)
    arguments.gradients.push_back(gradient.view());
  Expected<void> done = kernel.run(arguments);
  ASSERT_TRUE(done.has_value()) << describe(done.error());
}

TEST_P(ApiTest, Forward) {
  Buffer out(getType(), 0);
  std::vector<Buffer> gradients;
  run(compile({}), {}, 0, getGolden().getNumRows(), out, gradients);
  checkColumn("y", out.getValues());
}

TEST_P(ApiTest, Backward) {
  Buffer out(getType(), 0);
  std::vector<Buffer> gradients;
  KernelOutputs outputs = backwardOutputs(activation);
  run(compile(outputs), outputs, 0, getGolden().getNumRows(), out, gradients);
  ASSERT_EQ(gradients.size(), outputs.gradients.size());
  checkInputGradients(outputs, gradients);
  for (size_t i = 0; i < gradients.size(); ++i)
    if (!isInput(outputs.gradients[i]))
      checkSum("d" + outputs.gradients[i], gradients[i].get(0));
}

TEST_P(ApiTest, Fused) {
  Buffer out(getType(), 0);
  std::vector<Buffer> gradients;
  KernelOutputs outputs = fusedOutputs(activation);
  run(compile(outputs), outputs, 0, getGolden().getNumRows(), out, gradients);
  checkColumn("y", out.getValues());
  checkInputGradients(outputs, gradients);
}

TEST_P(ApiTest, ParameterGradientsOfSingleElements) {
  if (getGolden().parameters.empty())
    return;
  KernelOutputs outputs{false, {}, {}};
  for (const auto &[name, value] : getGolden().parameters)
    outputs.gradients.push_back(name);
  Kernel kernel = compile(outputs);
  std::vector<std::vector<double>> columns(outputs.gradients.size());
  for (size_t row = 0; row < getGolden().getNumRows(); ++row) {
    Buffer out(getType(), 0);
    std::vector<Buffer> gradients;
    run(kernel, outputs, row, row + 1, out, gradients);
    ASSERT_EQ(gradients.size(), columns.size());
    for (size_t i = 0; i < columns.size(); ++i)
      columns[i].push_back(gradients[i].get(0));
  }
  for (size_t i = 0; i < columns.size(); ++i)
    checkColumn("d" + outputs.gradients[i], columns[i]);
}

INSTANTIATE_TEST_SUITE_P(Goldens, ApiTest, testing::ValuesIn(getCases()),
                         getCaseName);

} // namespace
} // namespace actin::test
