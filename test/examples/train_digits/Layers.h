//===- Layers.h - What the network is made of -------------------*- C++ -*-===//
//
// A linear layer in plain loops, and an activation layer whose three jobs
// (value, gradient of the input, gradients of the learnable parameters) are
// kernels that Actin compiled from a formula.
//
//===----------------------------------------------------------------------===//

#ifndef TRAIN_DIGITS_LAYERS_H
#define TRAIN_DIGITS_LAYERS_H

#include "Matrix.h"

#include "actin/Compiler.h"

namespace digits {

/// Values that are learnt, with their gradients and Adam's two moments
/// (Kingma and Ba, 2015).
class Learnable {
public:
  explicit Learnable(int64_t count)
      : values(count), gradients(count), first(count), second(count) {}

  /// One step, the `step`-th (from 1), down `gradients`.
  void update(float rate, int64_t step);

  std::vector<float> values;
  std::vector<float> gradients;

private:
  std::vector<float> first;
  std::vector<float> second;
};

/// y = x W + b.
class Linear {
public:
  /// Weights uniform in +-sqrt(6 / (inputs + outputs)) (Glorot), biases 0.
  Linear(int64_t inputs, int64_t outputs, Random &random);

  Matrix forward(const Matrix &x) const;
  /// Leaves the gradients in the weights; returns dx.
  Matrix backward(const Matrix &x, const Matrix &dy);
  void update(float rate, int64_t step);

private:
  int64_t inputs;
  int64_t outputs;
  Learnable weights; ///< [inputs, outputs]
  Learnable biases;
};

/// y = f(x; parameters) on [batch, channels], where each channel is one unit of
/// the layer.
class ActivationLayer {
public:
  struct NamedParameter {
    std::string name;
    std::vector<float> initial;
    Learnable learnable;
  };

  /// Parameters start at their declared default, or at 1. Errors: an activation
  /// of several inputs, and those of compiling.
  static actin::Expected<ActivationLayer>
  create(actin::Compiler &compiler, const actin::Activation &activation,
         int64_t numChannels);

  actin::Expected<Matrix> forward(const Matrix &x);
  /// Leaves the gradients in the parameters; returns dx. `x` is what `forward`
  /// was given.
  actin::Expected<Matrix> backward(const Matrix &x, const Matrix &dy);
  void update(float rate, int64_t step);

  const std::vector<NamedParameter> &getParameters() const {
    return parameters;
  }
  std::vector<NamedParameter> &getParameters() { return parameters; }

private:
  ActivationLayer() = default;
  actin::KernelArguments makeArguments(const Matrix &x);

  actin::Kernel forwardKernel;
  /// dx and every parameter's gradient, in one pass over x and dy. (Fused with
  /// the value it would not help here: dy is not known until the loss is.)
  actin::Kernel backwardKernel;
  std::vector<NamedParameter> parameters;
};

} // namespace digits

#endif // TRAIN_DIGITS_LAYERS_H
