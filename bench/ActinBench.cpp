//===- ActinBench.cpp - Kernels beside oneDNN, libm and a copy ------------===//
//
// Google Benchmark, one thread, f32. Names are
//   <activation>/<forward|backward>/<actin|onednn|libm|copy>/<elements>
// backward is the gradient of the input alone, as oneDNN's is.
//
// Counters: ns/element, a median; GB/s of the streams that the pass must move;
// and for onednn dispatch_ns, the cost of its queue, which ns/element and GB/s
// leave out (real_time has it).
//
//===----------------------------------------------------------------------===//

#include "LibmLoops.h"
#include "OneDnn.h"
#include "Reporters.h"
#include "Streams.h"

#include "actin/Compiler.h"
#include "actin/Module.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <sched.h>
#include <vector>

using namespace bench;

static constexpr const char *activationNames[] = {
    "relu",      "elu",  "tanh",     "sigmoid", "silu",     "gelu",
    "gelu_tanh", "mish", "softplus", "swish",   "hardswish"};
static constexpr int64_t sizes[] = {4096, 65536, 1048576, 33554432};

static double getMedian(std::vector<double> &values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Times `run` and derives the counters, from the median over short groups of
/// calls: what interrupts a few of them does not count. `overheadNanos` a call
/// is not the kernel's.
template <typename Run>
static void measure(benchmark::State &state, bool backward, int64_t numElements,
                    const Run &run, double overheadNanos = 0) {
  using Clock = std::chrono::steady_clock;
  constexpr int64_t elementsPerGroup = 1 << 17;
  const int64_t callsPerGroup =
      std::max<int64_t>(1, elementsPerGroup / numElements);
  run(); // Page in, warm the caches and the predictors.
  std::vector<double> nanos;
  while (state.KeepRunningBatch(callsPerGroup)) {
    Clock::time_point start = Clock::now();
    for (int64_t call = 0; call < callsPerGroup; ++call) {
      run();
      benchmark::ClobberMemory();
    }
    std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
    nanos.push_back(elapsed.count() / callsPerGroup - overheadNanos);
  }
  double numBytes = (backward ? 3.0 : 2.0) * sizeof(float) * numElements;
  double median = getMedian(nanos);
  state.counters["ns/element"] = median / numElements;
  state.counters["GB/s"] = numBytes / median;
}

/// Whether the first elements of out are what the libm loop gives: a wrong
/// kernel's speed is of no interest. (How exact they are, test/accuracy says.)
static bool isPlausible(const std::string &name, bool backward,
                        const Streams &streams) {
  const LibmLoop *loop = findLibmLoop(name);
  if (!loop)
    return true;
  constexpr float tolerance = 1e-3f;
  std::vector<float> expected(
      std::min<int64_t>(4096, streams.getNumElements()));
  if (backward)
    loop->backward(streams.getX(), streams.getDout(), expected.data(),
                   expected.size());
  else
    loop->forward(streams.getX(), expected.data(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    if (!(std::fabs(streams.getOut()[i] - expected[i]) <= tolerance))
      return false;
  return true;
}

static actin::Compiler &getCompiler() {
  static actin::Compiler compiler;
  return compiler;
}

static void skip(benchmark::State &state, const actin::Diagnostics &errors) {
  state.SkipWithError(errors.front().message.c_str());
}

static void runActin(benchmark::State &state, const std::string &name,
                     bool backward, int64_t numElements) {
  const actin::Activation *activation = actin::getStandardLibrary().find(name);
  if (!activation)
    return state.SkipWithError("not in the standard library");
  actin::KernelOutputs outputs;
  outputs.forward = !backward;
  if (backward)
    outputs.gradients = {activation->getInputs().front()};
  actin::Expected<actin::Kernel> kernel =
      getCompiler().compile(*activation, outputs);
  if (!kernel)
    return skip(state, kernel.error());

  const Streams &streams = getStreams(numElements);
  auto view = [&](float *data) {
    return actin::TensorView{data, actin::DataType::F32, {numElements}};
  };
  actin::KernelArguments arguments;
  arguments.inputs = {view(streams.getX())};
  arguments.parameters.resize(activation->getParameters().size());
  if (backward) {
    arguments.dout = view(streams.getDout());
    arguments.gradients = {view(streams.getOut())};
  } else {
    arguments.out = view(streams.getOut());
  }
  if (actin::Expected<void> done = kernel->run(arguments); !done)
    return skip(state, done.error());
  if (!isPlausible(name, backward, streams))
    return state.SkipWithError("wrong result");
  measure(state, backward, numElements, [&] { (void)kernel->run(arguments); });
}

static void runOneDnn(benchmark::State &state, const std::string &name,
                      bool backward, int64_t numElements) {
  std::string error;
  std::unique_ptr<OneDnnPrimitive> primitive =
      OneDnnPrimitive::create(name, backward, getStreams(numElements), error);
  if (!primitive)
    return state.SkipWithError(error.c_str());
  double dispatchNanos = getOneDnnDispatchNanos();
  measure(
      state, backward, numElements, [&] { primitive->run(); }, dispatchNanos);
  state.counters["dispatch_ns"] = dispatchNanos;
}

static void runLibm(benchmark::State &state, const std::string &name,
                    bool backward, int64_t numElements) {
  const LibmLoop *loop = findLibmLoop(name);
  if (!loop)
    return state.SkipWithError("no such loop");
  const Streams &streams = getStreams(numElements);
  measure(state, backward, numElements, [&] {
    if (backward)
      loop->backward(streams.getX(), streams.getDout(), streams.getOut(),
                     numElements);
    else
      loop->forward(streams.getX(), streams.getOut(), numElements);
  });
}

static void runCopy(benchmark::State &state, const std::string &, bool backward,
                    int64_t numElements) {
  const Streams &streams = getStreams(numElements);
  measure(state, backward, numElements,
          [&] { (backward ? copyBackward : copyForward)(streams); });
}

using Runner = void (*)(benchmark::State &, const std::string &, bool, int64_t);

static void add(const std::string &activation, bool backward,
                const char *engine, int64_t numElements, Runner runner) {
  std::string name = activation + (backward ? "/backward/" : "/forward/") +
                     engine + "/" + std::to_string(numElements);
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State &state) {
    runner(state, activation, backward, numElements);
  })->UseRealTime();
}

/// Sizes outermost, so that the arrays are filled once a size.
static void addAll() {
  for (int64_t numElements : sizes)
    for (const char *activation : activationNames)
      for (bool backward : {false, true}) {
        add(activation, backward, "actin", numElements, runActin);
        if (hasOneDnnAlgorithm(activation))
          add(activation, backward, "onednn", numElements, runOneDnn);
        add(activation, backward, "libm", numElements, runLibm);
        add(activation, backward, "copy", numElements, runCopy);
      }
}

/// One CPU for the process: no migration in the middle of a measurement, and
/// oneDNN's thread pool has one thread.
static void pinToOneCpu() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
    return;
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu)
    if (CPU_ISSET(cpu, &allowed)) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      sched_setaffinity(0, sizeof(one), &one);
      return;
    }
}

int main(int argc, char **argv) {
  pinToOneCpu();
  Reporters reporters(argc, argv);
  benchmark::Initialize(&reporters.argc, reporters.argv.data());
  if (benchmark::ReportUnrecognizedArguments(reporters.argc,
                                             reporters.argv.data()))
    return 2;
  addAll();
  benchmark::RunSpecifiedBenchmarks(reporters.getDisplay(),
                                    reporters.getFile());
  benchmark::Shutdown();
  return 0;
}
