//===- Network.cpp - A multilayer perceptron ------------------------------===//
//
// The forward pass keeps what the backward pass needs; then one update.
//
//===----------------------------------------------------------------------===//

#include "Network.h"

#include <algorithm>
#include <cmath>

using namespace digits;
using actin::Expected;

Expected<Network> Network::create(actin::Compiler &compiler,
                                  const actin::Activation &activation,
                                  int64_t numHidden, Random &random) {
  Network network;
  int64_t sizes[] = {numPixels, numHidden, numHidden, numClasses};
  for (int layer = 0; layer < 3; ++layer)
    network.linears.emplace_back(sizes[layer], sizes[layer + 1], random);
  for (int layer = 0; layer < 2; ++layer) {
    Expected<ActivationLayer> created =
        ActivationLayer::create(compiler, activation, numHidden);
    if (!created)
      return tl::make_unexpected(created.error());
    network.activations.push_back(std::move(*created));
  }
  return network;
}

/// Replaces scores by the gradient of the mean cross-entropy after a softmax;
/// returns that mean.
static double softmaxGradient(Matrix &scores, const std::vector<int> &labels) {
  double loss = 0;
  for (int64_t b = 0; b < scores.rows; ++b) {
    float *row = scores.row(b);
    float highest = *std::max_element(row, row + scores.columns);
    float sum = 0;
    for (int64_t c = 0; c < scores.columns; ++c)
      sum += std::exp(row[c] - highest);
    loss += std::log(sum) + highest - row[labels[b]];
    for (int64_t c = 0; c < scores.columns; ++c) {
      float probability = std::exp(row[c] - highest) / sum;
      row[c] = (probability - (c == labels[b])) / scores.rows;
    }
  }
  return loss / scores.rows;
}

Expected<double> Network::train(const DigitSet &batch, float rate) {
  std::vector<Matrix> linearInputs = {batch.images};
  std::vector<Matrix> activationInputs;
  for (size_t i = 0; i < activations.size(); ++i) {
    activationInputs.push_back(linears[i].forward(linearInputs.back()));
    Expected<Matrix> y = activations[i].forward(activationInputs.back());
    if (!y)
      return tl::make_unexpected(y.error());
    linearInputs.push_back(std::move(*y));
  }
  Matrix gradient = linears.back().forward(linearInputs.back());
  double loss = softmaxGradient(gradient, batch.labels);
  if (!std::isfinite(loss))
    return actin::makeError("the loss is no longer finite");

  gradient = linears.back().backward(linearInputs.back(), gradient);
  for (size_t i = activations.size(); i-- > 0;) {
    Expected<Matrix> dx =
        activations[i].backward(activationInputs[i], gradient);
    if (!dx)
      return tl::make_unexpected(dx.error());
    gradient = linears[i].backward(linearInputs[i], *dx);
  }

  ++numSteps;
  for (Linear &linear : linears)
    linear.update(rate, numSteps);
  for (ActivationLayer &activation : activations)
    activation.update(rate, numSteps);
  return loss;
}

Expected<double> Network::evaluate(const DigitSet &digits) {
  Matrix values = linears[0].forward(digits.images);
  for (size_t i = 0; i < activations.size(); ++i) {
    Expected<Matrix> y = activations[i].forward(values);
    if (!y)
      return tl::make_unexpected(y.error());
    values = linears[i + 1].forward(*y);
  }
  int64_t numRight = 0;
  for (int64_t b = 0; b < values.rows; ++b) {
    const float *row = values.row(b);
    const float *best = std::max_element(row, row + values.columns);
    numRight += best - row == digits.labels[b];
  }
  return static_cast<double>(numRight) / values.rows;
}
