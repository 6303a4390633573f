//===- KernelRun.cpp - All kernels of an activation on some numbers -------===//

#include "Verify/KernelRun.h"

#include "actin/Elements.h"

namespace actin {

std::string OutputSpec::getName() const {
  switch (role) {
  case OutputRole::Value:
    return "value";
  case OutputRole::SecondDerivative:
    return "second derivative " + argument;
  default:
    return "gradient " + argument;
  }
}

std::vector<OutputSpec> listOutputs(const Activation &activation,
                                    bool withParameters, bool withSeconds) {
  std::vector<OutputSpec> outputs = {{OutputRole::Value, ""}};
  for (const std::string &name : activation.getInputs())
    outputs.push_back({OutputRole::InputGradient, name});
  if (withParameters)
    for (const Parameter &parameter : activation.getParameters())
      outputs.push_back({OutputRole::ParameterGradient, parameter.name});
  if (withSeconds)
    for (const std::string &name : activation.getInputs())
      outputs.push_back({OutputRole::SecondDerivative, name});
  return outputs;
}

DataType getOutputType(const OutputSpec &output, DataType type) {
  return output.role == OutputRole::ParameterGradient ? getComputeType(type)
                                                      : type;
}

//===----------------------------------------------------------------------===//
// KernelSet
//===----------------------------------------------------------------------===//

Expected<KernelSet> KernelSet::compile(Compiler &compiler,
                                       const Activation &activation,
                                       const std::vector<OutputSpec> &outputs,
                                       const CompileOptions &options,
                                       bool fused) {
  constexpr size_t numRoles = 4;
  KernelSet set;
  set.type = options.type;
  set.numInputs = activation.getInputs().size();
  set.outputs = outputs;
  std::vector<Entry> entries(fused ? 1 : numRoles);
  for (Entry &entry : entries)
    entry.outputs.forward = false;
  for (size_t i = 0; i != outputs.size(); ++i) {
    const OutputSpec &output = outputs[i];
    Entry &entry = entries[fused ? 0 : size_t(output.role)];
    entry.results.push_back(i);
    entry.ofSingleElements = output.role == OutputRole::ParameterGradient;
    if (output.role == OutputRole::Value)
      entry.outputs.forward = true;
    else if (output.role == OutputRole::SecondDerivative)
      entry.outputs.seconds.push_back(output.argument);
    else
      entry.outputs.gradients.push_back(output.argument);
  }
  for (Entry &entry : entries) {
    if (entry.results.empty())
      continue;
    auto kernel = compiler.compile(activation, entry.outputs, options);
    if (!kernel)
      return tl::make_unexpected(kernel.error());
    entry.kernel = *kernel;
    set.entries.push_back(std::move(entry));
  }
  return set;
}

//===----------------------------------------------------------------------===//
// KernelRun
//===----------------------------------------------------------------------===//

KernelRun::KernelRun(const KernelSet &kernels, size_t capacity,
                     const std::vector<double> &values)
    : kernels(kernels) {
  size_t sizeBytes = getSizeBytes(kernels.type);
  inputs.assign(kernels.numInputs,
                std::vector<std::byte>(capacity * sizeBytes));
  DataType compute = getComputeType(kernels.type);
  for (double value : values) {
    parameters.emplace_back(getSizeBytes(compute));
    storeElement(parameters.back().data(), compute, value);
  }
  for (const OutputSpec &output : kernels.outputs)
    results.emplace_back(capacity *
                         getSizeBytes(getOutputType(output, kernels.type)));
  ones.resize(capacity * sizeBytes);
  for (size_t i = 0; i != capacity; ++i)
    storeElement(&ones[i * sizeBytes], kernels.type, 1);
}

void KernelRun::setInput(size_t index, size_t element, double value) {
  storeElement(&inputs[index][element * getSizeBytes(kernels.type)],
               kernels.type, value);
}

double KernelRun::getResult(size_t output, size_t element) const {
  DataType type = getOutputType(kernels.outputs[output], kernels.type);
  return loadElement(&results[output][element * getSizeBytes(type)], type);
}

Expected<void> KernelRun::run(const KernelSet::Entry &entry, size_t first,
                              size_t count) {
  auto view = [&](std::vector<std::byte> &bytes, DataType type) {
    return TensorView{
        bytes.data() + first * getSizeBytes(type), type, {int64_t(count)}};
  };
  KernelArguments arguments;
  for (std::vector<std::byte> &input : inputs)
    arguments.inputs.push_back(view(input, kernels.type));
  DataType compute = getComputeType(kernels.type);
  for (std::vector<std::byte> &parameter : parameters)
    arguments.parameters.push_back({parameter.data(), compute, {1}});
  if (!entry.outputs.gradients.empty())
    arguments.dout = view(ones, kernels.type);
  for (size_t index : entry.results) {
    const OutputSpec &output = kernels.outputs[index];
    TensorView result =
        view(results[index], getOutputType(output, kernels.type));
    if (output.role == OutputRole::Value)
      arguments.out = std::move(result);
    else if (output.role == OutputRole::SecondDerivative)
      arguments.seconds.push_back(std::move(result));
    else
      arguments.gradients.push_back(std::move(result));
  }
  return entry.kernel.run(arguments);
}

Expected<void> KernelRun::run(size_t count) {
  for (const KernelSet::Entry &entry : kernels.entries) {
    size_t step = entry.ofSingleElements ? 1 : count;
    for (size_t first = 0; first < count; first += step)
      if (auto done = run(entry, first, step); !done)
        return done;
  }
  return {};
}

} // namespace actin
