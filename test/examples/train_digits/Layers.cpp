//===- Layers.cpp - What the network is made of ---------------------------===//
//
// Loops for the linear layers, kernels for the activations.
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include <cmath>

using namespace digits;
using actin::Expected;

void Learnable::update(float rate, int64_t step) {
  constexpr float decay1 = 0.9f, decay2 = 0.999f, epsilon = 1e-8f;
  float correction1 = 1 - std::pow(decay1, static_cast<float>(step));
  float correction2 = 1 - std::pow(decay2, static_cast<float>(step));
  for (size_t i = 0; i < values.size(); ++i) {
    float gradient = gradients[i];
    first[i] = decay1 * first[i] + (1 - decay1) * gradient;
    second[i] = decay2 * second[i] + (1 - decay2) * gradient * gradient;
    values[i] -= rate * (first[i] / correction1) /
                 (std::sqrt(second[i] / correction2) + epsilon);
  }
}

//===----------------------------------------------------------------------===//
// Linear
//===----------------------------------------------------------------------===//

Linear::Linear(int64_t inputs, int64_t outputs, Random &random)
    : inputs(inputs), outputs(outputs), weights(inputs * outputs),
      biases(outputs) {
  float bound = std::sqrt(6.0f / static_cast<float>(inputs + outputs));
  for (float &weight : weights.values)
    weight = random.uniform(bound);
}

Matrix Linear::forward(const Matrix &x) const {
  Matrix y(x.rows, outputs);
  for (int64_t b = 0; b < x.rows; ++b) {
    const float *in = x.row(b);
    float *out = y.row(b);
    for (int64_t o = 0; o < outputs; ++o)
      out[o] = biases.values[o];
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t o = 0; o < outputs; ++o)
        out[o] += in[i] * weights.values[i * outputs + o];
  }
  return y;
}

Matrix Linear::backward(const Matrix &x, const Matrix &dy) {
  weights.gradients.assign(weights.values.size(), 0);
  biases.gradients.assign(biases.values.size(), 0);
  Matrix dx(x.rows, inputs);
  for (int64_t b = 0; b < x.rows; ++b) {
    const float *in = x.row(b);
    const float *dout = dy.row(b);
    for (int64_t o = 0; o < outputs; ++o)
      biases.gradients[o] += dout[o];
    for (int64_t i = 0; i < inputs; ++i) {
      const float *weight = weights.values.data() + i * outputs;
      float *gradient = weights.gradients.data() + i * outputs;
      float sum = 0;
      for (int64_t o = 0; o < outputs; ++o) {
        gradient[o] += in[i] * dout[o];
        sum += weight[o] * dout[o];
      }
      dx.row(b)[i] = sum;
    }
  }
  return dx;
}

void Linear::update(float rate, int64_t step) {
  weights.update(rate, step);
  biases.update(rate, step);
}

//===----------------------------------------------------------------------===//
// ActivationLayer
//===----------------------------------------------------------------------===//

Expected<ActivationLayer>
ActivationLayer::create(actin::Compiler &compiler,
                        const actin::Activation &activation,
                        int64_t numChannels) {
  if (activation.getInputs().size() != 1)
    return actin::makeError("'" + activation.getName() + "' takes " +
                            std::to_string(activation.getInputs().size()) +
                            " tensors; a layer has one to give");
  ActivationLayer layer;
  Expected<actin::Kernel> forward =
      compiler.compile(activation, actin::KernelOutputs{});
  if (!forward)
    return tl::make_unexpected(forward.error());
  Expected<actin::Kernel> backward =
      compiler.compile(activation, actin::backwardOutputs(activation));
  if (!backward)
    return tl::make_unexpected(backward.error());
  layer.forwardKernel = *forward;
  layer.backwardKernel = *backward;

  for (const actin::Parameter &parameter : activation.getParameters()) {
    std::vector<float> initial(
        parameter.perChannel ? numChannels : 1,
        static_cast<float>(parameter.defaultValue.value_or(1)));
    layer.parameters.push_back(
        {parameter.name, initial, Learnable(initial.size())});
    layer.parameters.back().learnable.values = initial;
  }
  return layer;
}

/// A view of numbers that a kernel only reads: views have no const form.
static actin::TensorView viewInput(const Matrix &matrix) {
  return const_cast<Matrix &>(matrix).view();
}

static actin::TensorView viewVector(std::vector<float> &values) {
  return {values.data(),
          actin::DataType::F32,
          {static_cast<int64_t>(values.size())}};
}

actin::KernelArguments ActivationLayer::makeArguments(const Matrix &x) {
  actin::KernelArguments arguments;
  arguments.inputs = {viewInput(x)};
  for (NamedParameter &parameter : parameters)
    arguments.parameters.push_back(viewVector(parameter.learnable.values));
  arguments.channelAxis = 1;
  return arguments;
}

Expected<Matrix> ActivationLayer::forward(const Matrix &x) {
  Matrix y(x.rows, x.columns);
  actin::KernelArguments arguments = makeArguments(x);
  arguments.out = y.view();
  if (Expected<void> done = forwardKernel.run(arguments); !done)
    return tl::make_unexpected(done.error());
  return y;
}

Expected<Matrix> ActivationLayer::backward(const Matrix &x, const Matrix &dy) {
  Matrix dx(x.rows, x.columns);
  actin::KernelArguments arguments = makeArguments(x);
  arguments.dout = viewInput(dy);
  arguments.gradients = {dx.view()};
  for (NamedParameter &parameter : parameters)
    arguments.gradients.push_back(viewVector(parameter.learnable.gradients));
  if (Expected<void> done = backwardKernel.run(arguments); !done)
    return tl::make_unexpected(done.error());
  return dx;
}

void ActivationLayer::update(float rate, int64_t step) {
  for (NamedParameter &parameter : parameters)
    parameter.learnable.update(rate, step);
}
