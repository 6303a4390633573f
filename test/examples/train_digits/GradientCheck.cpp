//===- GradientCheck.cpp - Do the kernels agree with each other? ----------===//
//
// Central differences of sum(dy * f(x)), one perturbed number at a time.
//
//===----------------------------------------------------------------------===//

#include "GradientCheck.h"

#include <algorithm>
#include <cmath>

using namespace digits;
using actin::Expected;

static constexpr float step = 1.0f / 128;

/// sum(dy * f(x)).
static Expected<double> evaluate(ActivationLayer &layer, const Matrix &x,
                                 const Matrix &dy) {
  Expected<Matrix> y = layer.forward(x);
  if (!y)
    return tl::make_unexpected(y.error());
  double sum = 0;
  for (size_t i = 0; i < y->values.size(); ++i)
    sum += static_cast<double>(y->values[i]) * dy.values[i];
  return sum;
}

/// How far `gradient` is from the central difference over `value`.
static Expected<double> compare(ActivationLayer &layer, const Matrix &x,
                                const Matrix &dy, float &value,
                                float gradient) {
  float kept = value;
  value = kept + step;
  Expected<double> above = evaluate(layer, x, dy);
  value = kept - step;
  Expected<double> below = evaluate(layer, x, dy);
  value = kept;
  if (!above || !below)
    return above ? below : above;
  double difference = (*above - *below) / (2 * step);
  double error = std::fabs(difference - gradient) / (1 + std::fabs(difference));
  // A NaN must not pass for a small number.
  return std::isfinite(error) ? error : INFINITY;
}

Expected<double> digits::checkGradients(ActivationLayer layer,
                                        int64_t numChannels, Random &random) {
  Matrix x(3, numChannels), dy(3, numChannels);
  for (float &value : x.values)
    value = random.uniform(3);
  for (float &value : dy.values)
    value = random.uniform(1);
  Expected<Matrix> dx = layer.backward(x, dy);
  if (!dx)
    return tl::make_unexpected(dx.error());

  double largest = 0;
  auto add = [&](float &value, float gradient) -> Expected<void> {
    Expected<double> error = compare(layer, x, dy, value, gradient);
    if (!error)
      return tl::make_unexpected(error.error());
    largest = std::max(largest, *error);
    return {};
  };
  for (size_t i = 0; i < x.values.size(); ++i)
    if (Expected<void> added = add(x.values[i], dx->values[i]); !added)
      return tl::make_unexpected(added.error());
  for (ActivationLayer::NamedParameter &parameter : layer.getParameters())
    for (size_t i = 0; i < parameter.initial.size(); ++i)
      if (Expected<void> added = add(parameter.learnable.values[i],
                                     parameter.learnable.gradients[i]);
          !added)
        return tl::make_unexpected(added.error());
  return largest;
}
