//===- Network.h - A multilayer perceptron ----------------------*- C++ -*-===//
//
// 64 - hidden - hidden - 10 with softmax and cross-entropy, trained by Adam.
// Everything is single-threaded and seeded: equal options, equal bits.
//
//===----------------------------------------------------------------------===//

#ifndef TRAIN_DIGITS_NETWORK_H
#define TRAIN_DIGITS_NETWORK_H

#include "DigitData.h"
#include "Layers.h"

namespace digits {

class Network {
public:
  /// Errors: those of ActivationLayer::create.
  static actin::Expected<Network> create(actin::Compiler &compiler,
                                         const actin::Activation &activation,
                                         int64_t numHidden, Random &random);

  /// One step of Adam on one batch; the mean loss before it. Errors: those of
  /// running a kernel, and a loss that is not finite.
  actin::Expected<double> train(const DigitSet &batch, float rate);

  /// The part of `digits` that is classified right, in [0, 1].
  actin::Expected<double> evaluate(const DigitSet &digits);

  const std::vector<ActivationLayer> &getActivations() const {
    return activations;
  }

private:
  Network() = default;

  std::vector<Linear> linears;
  std::vector<ActivationLayer> activations; ///< Between the linear layers.
  int64_t numSteps = 0;
};

} // namespace digits

#endif // TRAIN_DIGITS_NETWORK_H
