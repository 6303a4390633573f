//===- Bench.cpp - actin bench: a kernel's speed beside a plain copy ------===//
//
// The kernel and a memcpy of the same number of elements take turns, so that
// both see the machine in the same state; the median of each is reported.
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Npy.h"
#include "Options.h"
#include "Report.h"

#include "actin/Elements.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <random>

namespace actin::tool {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct BenchOptions : CommonOptions {
  int64_t numElements = int64_t(1) << 20;
  std::string pass = "forward";
};

/// Nanoseconds of one call.
struct Timings {
  double kernel = 0;
  double copy = 0;
};

KernelOutputs getOutputs(const Activation &activation,
                         const std::string &pass) {
  if (pass == "backward")
    return backwardOutputs(activation);
  return pass == "fused" ? fusedOutputs(activation) : KernelOutputs{};
}

/// Ordinary activations: normal, mean 0, deviation 2. 4,099 values repeat.
void fill(NpyArray &array) {
  std::mt19937_64 generator(2718);
  std::normal_distribution<double> distribution(0, 2);
  size_t size = getSizeBytes(array.type);
  size_t period = std::min(array.data.size(), 4099 * size);
  for (size_t offset = 0; offset < period; offset += size)
    storeElement(&array.data[offset], array.type, distribution(generator));
  for (size_t offset = period; offset < array.data.size(); offset += period)
    std::memcpy(&array.data[offset], array.data.data(),
                std::min(period, array.data.size() - offset));
}

/// The operands of one call, owned.
class Workload {
public:
  Workload(const Activation &activation, const KernelOutputs &outputs,
           DataType type, int64_t numElements);

  const KernelArguments &getArguments() const { return arguments; }
  /// Bytes of the tensors that one call reads and writes.
  int64_t getNumBytes() const { return numBytes; }

private:
  TensorView addTensor(DataType type, int64_t numElements, bool isInput);
  void addParameters(const Activation &activation, DataType type);

  std::vector<std::unique_ptr<NpyArray>> arrays;
  KernelArguments arguments;
  int64_t numBytes = 0;
};

TensorView Workload::addTensor(DataType type, int64_t numElements,
                               bool isInput) {
  arrays.push_back(std::make_unique<NpyArray>(makeArray(type, {numElements})));
  if (isInput)
    fill(*arrays.back());
  numBytes += static_cast<int64_t>(arrays.back()->data.size());
  return arrays.back()->view();
}

/// A parameter without a default is 1: it has to be something.
void Workload::addParameters(const Activation &activation, DataType type) {
  for (const Parameter &parameter : activation.getParameters()) {
    arguments.parameters.emplace_back();
    if (parameter.defaultValue)
      continue;
    TensorView view = addTensor(getComputeType(type), 1, false);
    storeElement(static_cast<std::byte *>(view.data), view.type, 1);
    arguments.parameters.back() = view;
  }
}

Workload::Workload(const Activation &activation, const KernelOutputs &outputs,
                   DataType type, int64_t numElements) {
  const std::vector<std::string> &inputs = activation.getInputs();
  for (size_t i = 0; i < inputs.size(); ++i)
    arguments.inputs.push_back(addTensor(type, numElements, true));
  addParameters(activation, type);
  if (outputs.forward)
    arguments.out = addTensor(type, numElements, false);
  if (!outputs.gradients.empty())
    arguments.dout = addTensor(type, numElements, true);
  for (const std::string &name : outputs.gradients) {
    bool isInput =
        std::find(inputs.begin(), inputs.end(), name) != inputs.end();
    arguments.gradients.push_back(
        isInput ? addTensor(type, numElements, false)
                : addTensor(getComputeType(type), 1, false));
  }
}

/// Nanoseconds a call, over `numCalls` calls.
template <typename Function>
double measure(int64_t numCalls, Function function) {
  Clock::time_point start = Clock::now();
  for (int64_t i = 0; i < numCalls; ++i)
    function();
  std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
  return elapsed.count() / static_cast<double>(numCalls);
}

double getMedian(std::vector<double> values) {
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Timings measureKernel(const Kernel &kernel, const Workload &workload,
                      DataType type, int64_t numElements, int numThreads) {
  std::vector<std::byte> source(numElements * getSizeBytes(type));
  std::vector<std::byte> target(source.size());
  auto runCopy = [&] {
    std::memcpy(target.data(), source.data(), source.size());
    asm volatile("" : : "r"(target.data()) : "memory");
  };
  auto runKernel = [&] {
    unwrap(kernel.run(workload.getArguments(), numThreads));
  };
  // Batches of about 2 ms, after a first call that touches every page.
  runKernel();
  runCopy();
  constexpr double batchNanos = 2e6;
  auto countCalls = [](double nanos) {
    return std::clamp<int64_t>(static_cast<int64_t>(batchNanos / nanos), 1,
                               1 << 20);
  };
  int64_t kernelCalls = countCalls(measure(4, runKernel));
  int64_t copyCalls = countCalls(measure(4, runCopy));
  constexpr auto minDuration = std::chrono::milliseconds(300);
  constexpr size_t minBatches = 5;
  std::vector<double> kernelNanos, copyNanos;
  for (Clock::time_point start = Clock::now();
       Clock::now() - start < minDuration || kernelNanos.size() < minBatches;) {
    kernelNanos.push_back(measure(kernelCalls, runKernel));
    copyNanos.push_back(measure(copyCalls, runCopy));
  }
  return {getMedian(kernelNanos), getMedian(copyNanos)};
}

ordered_json makeReport(const BenchOptions &options, const std::string &name,
                        DataType type, int64_t numBytes,
                        const Timings &timings) {
  double numElements = static_cast<double>(options.numElements);
  double copyBytes = 2 * numElements * static_cast<double>(getSizeBytes(type));
  return {{"activation", name},
          {"pass", options.pass},
          {"dtype", getTypeName(type)},
          {"target", options.target},
          {"math", options.math},
          {"threads", options.numThreads},
          {"elements", options.numElements},
          {"ns_per_element", timings.kernel / numElements},
          {"copy_ns_per_element", timings.copy / numElements},
          {"gb_per_s", static_cast<double>(numBytes) / timings.kernel},
          {"copy_gb_per_s", copyBytes / timings.copy},
          {"time_over_copy", timings.kernel / timings.copy}};
}

void printTable(const ordered_json &report) {
  std::printf("%s %s, %lld %s elements, %s, %d thread(s)\n",
              report["activation"].get<std::string>().c_str(),
              report["pass"].get<std::string>().c_str(),
              report["elements"].get<long long>(),
              report["dtype"].get<std::string>().c_str(),
              report["target"].get<std::string>().c_str(),
              report["threads"].get<int>());
  std::printf("          ns/element      GB/s\n");
  std::printf("kernel    %10.4f %9.2f\n",
              report["ns_per_element"].get<double>(),
              report["gb_per_s"].get<double>());
  std::printf("copy      %10.4f %9.2f\n",
              report["copy_ns_per_element"].get<double>(),
              report["copy_gb_per_s"].get<double>());
  std::printf("the kernel takes %.2f times as long as the copy\n",
              report["time_over_copy"].get<double>());
}

void runBench(const BenchOptions &options) {
  LoadedActivation loaded = loadActivation(options.source);
  const Activation &activation = loaded.activation;
  DataType type = getDataType(options).value_or(DataType::F32);
  Stopwatch stopwatch;
  stopwatch.append({{"parse", loaded.parseNanos}});
  withSource(loaded, [&] {
    Compiler compiler;
    KernelOutputs outputs = getOutputs(activation, options.pass);
    StageTimes stages;
    Kernel kernel = unwrap(compiler.compile(
        activation, outputs, getCompileOptions(options, type), &stages));
    stopwatch.append(stages);
    Workload workload(activation, outputs, type, options.numElements);
    Timings timings = measureKernel(kernel, workload, type, options.numElements,
                                    options.numThreads);
    ordered_json report = makeReport(options, activation.getName(), type,
                                     workload.getNumBytes(), timings);
    if (options.json && options.time)
      report["times"] = toJson(stopwatch.getTimes());
    if (options.json)
      return printJson(report);
    printTable(report);
    if (options.time)
      printTimes(stopwatch.getTimes(), stdout);
  });
}

} // namespace

void addBenchCommand(CLI::App &app) {
  CLI::App *command =
      app.add_subcommand("bench", "Measure a kernel beside a plain copy");
  auto options = std::make_shared<BenchOptions>();
  addSourceOptions(*command, *options);
  command->add_option("--pass", options->pass, "forward, backward or fused")
      ->check(CLI::IsMember({"forward", "backward", "fused"}))
      ->capture_default_str();
  command
      ->add_option("--elements", options->numElements, "Elements of a tensor")
      ->check(CLI::Range(int64_t(1), int64_t(1) << 36))
      ->capture_default_str();
  addCompileOptions(*command, *options);
  addThreadsOption(*command, *options);
  addReportOptions(*command, *options);
  command->callback([options] { runBench(*options); });
}

} // namespace actin::tool
