//===- OneDnn.cpp - oneDNN's eltwise primitives ---------------------------===//
//
// Through the C interface, whose symbols are stable over all 3.x versions.
// Everything is made once; `run` only executes.
//
//===----------------------------------------------------------------------===//

#include "OneDnn.h"

#include "oneapi/dnnl/dnnl.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

using namespace bench;

namespace {
struct Algorithm {
  std::string_view name;
  dnnl_alg_kind_t kind;
  float alpha;
  float beta;
};

/// The engine and its queue, one for the process.
struct Runtime {
  Runtime() {
    // A SYCL build reaches the CPU through OpenCL; the driver installed beside
    // oneDNN is known to no system-wide registry.
    setenv("OCL_ICD_FILENAMES", ACTIN_BENCH_ONEDNN "/lib/libintelocl.so", 0);
    status = dnnl_engine_create(&engine, dnnl_cpu, 0);
    if (status == dnnl_success)
      status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
  }
  dnnl_status_t status;
  dnnl_engine_t engine = nullptr;
  dnnl_stream_t stream = nullptr;
};
} // namespace

static const Algorithm algorithms[] = {
    {"relu", dnnl_eltwise_relu, 0, 0},
    {"elu", dnnl_eltwise_elu, 1, 0},
    {"tanh", dnnl_eltwise_tanh, 0, 0},
    {"sigmoid", dnnl_eltwise_logistic, 0, 0},
    {"silu", dnnl_eltwise_swish, 1, 0},
    {"swish", dnnl_eltwise_swish, 1, 0},
    {"gelu", dnnl_eltwise_gelu_erf, 0, 0},
    {"gelu_tanh", dnnl_eltwise_gelu_tanh, 0, 0},
    {"mish", dnnl_eltwise_mish, 0, 0},
    {"softplus", dnnl_eltwise_soft_relu, 1, 0},
    {"hardswish", dnnl_eltwise_hardswish, 1.0f / 6, 0.5f},
};

static const Algorithm *findAlgorithm(std::string_view name) {
  for (const Algorithm &algorithm : algorithms)
    if (algorithm.name == name)
      return &algorithm;
  return nullptr;
}

static const Runtime &getRuntime() {
  static const Runtime runtime;
  return runtime;
}

struct OneDnnPrimitive::Impl {
  dnnl_memory_desc_t shape = nullptr;
  dnnl_primitive_desc_t forward = nullptr, backward = nullptr;
  dnnl_primitive_t primitive = nullptr;
  std::vector<dnnl_exec_arg_t> arguments;

  ~Impl();
  dnnl_status_t describe(const Algorithm &algorithm, bool isBackward,
                         int64_t numElements);
  dnnl_status_t bind(int argument, float *data);
};

OneDnnPrimitive::Impl::~Impl() {
  for (dnnl_exec_arg_t &argument : arguments)
    dnnl_memory_destroy(argument.memory);
  dnnl_primitive_destroy(primitive);
  dnnl_primitive_desc_destroy(backward);
  dnnl_primitive_desc_destroy(forward);
  dnnl_memory_desc_destroy(shape);
}

dnnl_status_t OneDnnPrimitive::Impl::describe(const Algorithm &algorithm,
                                              bool isBackward,
                                              int64_t numElements) {
  dnnl_dims_t dimensions = {numElements};
  dnnl_engine_t engine = getRuntime().engine;
  dnnl_status_t status =
      dnnl_memory_desc_create_with_tag(&shape, 1, dimensions, dnnl_f32, dnnl_a);
  if (status == dnnl_success)
    status = dnnl_eltwise_forward_primitive_desc_create(
        &forward, engine,
        isBackward ? dnnl_forward_training : dnnl_forward_inference,
        algorithm.kind, shape, shape, algorithm.alpha, algorithm.beta, nullptr);
  if (status == dnnl_success && isBackward)
    status = dnnl_eltwise_backward_primitive_desc_create(
        &backward, engine, algorithm.kind, shape, shape, shape, algorithm.alpha,
        algorithm.beta, forward, nullptr);
  if (status == dnnl_success)
    status = dnnl_primitive_create(&primitive, isBackward ? backward : forward);
  return status;
}

dnnl_status_t OneDnnPrimitive::Impl::bind(int argument, float *data) {
  dnnl_memory_t memory = nullptr;
  dnnl_status_t status =
      dnnl_memory_create(&memory, shape, getRuntime().engine, data);
  if (status == dnnl_success)
    arguments.push_back({argument, memory});
  return status;
}

OneDnnPrimitive::OneDnnPrimitive() : impl(std::make_unique<Impl>()) {}
OneDnnPrimitive::~OneDnnPrimitive() = default;

std::unique_ptr<OneDnnPrimitive> OneDnnPrimitive::create(std::string_view name,
                                                         bool backward,
                                                         const Streams &streams,
                                                         std::string &error) {
  const Algorithm *algorithm = findAlgorithm(name);
  if (!algorithm || getRuntime().status != dnnl_success) {
    error = algorithm ? "oneDNN has no CPU engine" : "oneDNN lacks this one";
    return nullptr;
  }
  std::unique_ptr<OneDnnPrimitive> result(new OneDnnPrimitive());
  Impl &impl = *result->impl;
  dnnl_status_t status =
      impl.describe(*algorithm, backward, streams.getNumElements());
  if (status == dnnl_success)
    status = impl.bind(DNNL_ARG_SRC, streams.getX());
  if (status == dnnl_success && backward)
    status = impl.bind(DNNL_ARG_DIFF_DST, streams.getDout());
  if (status == dnnl_success)
    status = impl.bind(backward ? DNNL_ARG_DIFF_SRC : DNNL_ARG_DST,
                       streams.getOut());
  if (status == dnnl_success)
    return result;
  error = "oneDNN: status " + std::to_string(status);
  return nullptr;
}

void OneDnnPrimitive::run() {
  dnnl_stream_t stream = getRuntime().stream;
  dnnl_primitive_execute(impl->primitive, stream,
                         static_cast<int>(impl->arguments.size()),
                         impl->arguments.data());
  dnnl_stream_wait(stream);
}

bool bench::hasOneDnnAlgorithm(std::string_view name) {
  return findAlgorithm(name) && getRuntime().status == dnnl_success;
}

/// The median of many single calls.
static double measureDispatchNanos() {
  using Clock = std::chrono::steady_clock;
  Streams streams(16);
  std::string error;
  auto primitive = OneDnnPrimitive::create("relu", false, streams, error);
  if (!primitive)
    return 0;
  std::vector<double> nanos;
  for (int round = 0; round < 4000; ++round) {
    Clock::time_point start = Clock::now();
    primitive->run();
    nanos.push_back(
        std::chrono::duration<double, std::nano>(Clock::now() - start).count());
  }
  std::sort(nanos.begin(), nanos.end());
  return nanos[nanos.size() / 2];
}

double bench::getOneDnnDispatchNanos() {
  static const double nanos = measureDispatchNanos();
  return nanos;
}
