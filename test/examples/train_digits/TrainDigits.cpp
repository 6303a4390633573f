//===- TrainDigits.cpp - Training with an activation given as text --------===//
//
// In: an activation in the Actin language, on the command line. Out: loss and
// accuracy an epoch, the learnt parameters. Exit status: 0 done, 1 the formula
// or the data was wrong (diagnosed) or a required result was missed, 2 the
// command line was wrong.
//
//===----------------------------------------------------------------------===//

#include "GradientCheck.h"
#include "Network.h"

#include "actin/Module.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace digits;
using actin::Expected;

namespace {
enum ExitStatus { Done = 0, Failed = 1, WrongUsage = 2 };

struct Options {
  std::string formula =
      "activation f(x; beta[channel] = 1) = x * sigmoid(beta * x)";
  std::string dataPath = ACTIN_DIGITS_FILE;
  int64_t numEpochs = 40;
  int64_t batchSize = 32;
  int64_t numHidden = 64;
  float rate = 3e-3f;
  uint64_t seed = 1;
  double minAccuracy = 0;
  double minChange = 0;
  double maxGradientError = 0; ///< 0: not checked.
};
} // namespace

static const char formulaName[] = "<formula>";

static int fail(const actin::Diagnostics &diagnostics,
                const std::string &source = "") {
  std::fputs(actin::render(diagnostics, source,
                           source.empty() ? "train_digits" : formulaName)
                 .c_str(),
             stderr);
  return Failed;
}

static int failWith(std::string message) {
  return fail(actin::makeError(std::move(message)).value());
}

/// One line a parameter and layer: where it began, where it is.
static void printParameters(const Network &network) {
  int layer = 0;
  for (const ActivationLayer &activation : network.getActivations()) {
    ++layer;
    for (const auto &parameter : activation.getParameters()) {
      const std::vector<float> &values = parameter.learnable.values;
      double sum = 0;
      for (float value : values)
        sum += value;
      auto [low, high] = std::minmax_element(values.begin(), values.end());
      std::printf("layer %d  %-8s %8.4f -> mean %8.4f, min %8.4f, max %8.4f "
                  "(%zu values)\n",
                  layer, parameter.name.c_str(), parameter.initial.front(),
                  sum / values.size(), *low, *high, values.size());
    }
  }
}

/// The largest distance of any parameter from where it began.
static double getLargestChange(const Network &network) {
  double largest = 0;
  for (const ActivationLayer &activation : network.getActivations())
    for (const auto &parameter : activation.getParameters())
      for (size_t i = 0; i < parameter.initial.size(); ++i)
        largest =
            std::max<double>(largest, std::fabs(parameter.learnable.values[i] -
                                                parameter.initial[i]));
  return largest;
}

/// The mean loss over all batches of one epoch.
static Expected<double> trainEpoch(Network &network, const DigitSet &training,
                                   const Options &options, float rate,
                                   Random &random) {
  int64_t count = training.images.rows;
  std::vector<int64_t> order = random.permutation(count);
  double sum = 0;
  for (int64_t begin = 0; begin < count; begin += options.batchSize) {
    int64_t end = std::min(begin + options.batchSize, count);
    Expected<double> loss =
        network.train(selectDigits(training, order, begin, end), rate);
    if (!loss)
      return loss;
    sum += *loss * (end - begin);
  }
  return sum / count;
}

/// Trains and reports; the accuracy on the test images.
static Expected<double> train(Network &network, const DigitSplit &split,
                              const Options &options, Random &random) {
  double accuracy = 0;
  for (int64_t epoch = 0; epoch < options.numEpochs; ++epoch) {
    // Half a cosine from the full rate to a hundredth of it.
    double progress = static_cast<double>(epoch) / options.numEpochs;
    float rate =
        options.rate * (0.01 + 0.99 * 0.5 * (1 + std::cos(progress * M_PI)));
    Expected<double> loss =
        trainEpoch(network, split.training, options, rate, random);
    if (!loss)
      return loss;
    Expected<double> tested = network.evaluate(split.test);
    if (!tested)
      return tested;
    accuracy = *tested;
    if (epoch % 5 == 4 || epoch + 1 == options.numEpochs)
      std::printf("epoch %3lld  loss %.4f  test accuracy %.2f %%\n",
                  static_cast<long long>(epoch + 1), *loss, 100 * accuracy);
  }
  return accuracy;
}

/// Done, or Failed and said why.
static int confirmGradients(const Network &network, const Options &options,
                            Random &random) {
  if (options.maxGradientError <= 0)
    return Done;
  Expected<double> error = checkGradients(network.getActivations().front(),
                                          options.numHidden, random);
  if (!error)
    return fail(error.error());
  std::printf("gradients differ from differences by %.2g\n", *error);
  if (!(*error <= options.maxGradientError))
    return failWith("the gradients do not fit the values");
  return Done;
}

static int run(const Options &options) {
  Expected<actin::Module> module = actin::parseModule(options.formula);
  if (!module)
    return fail(module.error(), options.formula);
  if (module->getActivations().size() != 1)
    return failWith("one activation is wanted");
  const actin::Activation &activation = module->getActivations().front();
  Expected<DigitSet> digits = loadDigits(options.dataPath);
  if (!digits)
    return fail(digits.error());
  DigitSplit split = splitDigits(*digits);

  actin::Compiler compiler;
  Random random(options.seed);
  Expected<Network> network =
      Network::create(compiler, activation, options.numHidden, random);
  if (!network)
    return fail(network.error());
  std::printf("%s\n%lld images to learn from, %lld to test on\n",
              activation.print().c_str(),
              static_cast<long long>(split.training.images.rows),
              static_cast<long long>(split.test.images.rows));
  if (int status = confirmGradients(*network, options, random))
    return status;
  Expected<double> accuracy = train(*network, split, options, random);
  if (!accuracy)
    return fail(accuracy.error());
  printParameters(*network);

  if (100 * *accuracy < options.minAccuracy)
    return failWith("the accuracy is too low");
  if (getLargestChange(*network) < options.minChange)
    return failWith("the parameters hardly moved");
  return Done;
}

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Trains a small network on handwritten digits with an "
               "activation given as text.");
  app.add_option("formula", options.formula,
                 "The activation, of one tensor; its parameters are learnt");
  app.add_option("--data", options.dataPath, "The file of digits");
  app.add_option("--epochs", options.numEpochs)->check(CLI::Range(1, 100000));
  app.add_option("--batch", options.batchSize)->check(CLI::Range(1, 1797));
  app.add_option("--hidden", options.numHidden, "Units of a hidden layer")
      ->check(CLI::Range(1, 4096));
  app.add_option("--rate", options.rate, "Adam's step size");
  app.add_option("--seed", options.seed);
  app.add_option("--min-accuracy", options.minAccuracy,
                 "Fail below this test accuracy, in percent");
  app.add_option("--min-change", options.minChange,
                 "Fail where no parameter moved this far");
  app.add_option("--max-gradient-error", options.maxGradientError,
                 "Fail where gradients differ more from finite differences");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? Done : WrongUsage;
  }
  return run(options);
}
