//===- Compile.cpp - Activations to kernels -------------------------------===//

#include "CAPI/Objects.h"

using namespace actin;
using namespace actin::capi;

namespace {
/// The options of the C++ interface.
struct Request {
  KernelOutputs outputs;
  CompileOptions options;
};
} // namespace

static bool readNames(const char *const *names, size_t count,
                      std::vector<std::string> &result) {
  for (size_t i = 0; i != count; ++i) {
    if (!names || !names[i])
      return false;
    result.push_back(names[i]);
  }
  return true;
}

/// Empty, or what is wrong.
static std::string readOutputs(const actin_compile_options &given,
                               const Activation &activation,
                               KernelOutputs &outputs) {
  switch (given.pass) {
  case ACTIN_PASS_FORWARD:
    outputs = KernelOutputs();
    return {};
  case ACTIN_PASS_BACKWARD:
    outputs = backwardOutputs(activation);
    return {};
  case ACTIN_PASS_FUSED:
    outputs = fusedOutputs(activation);
    return {};
  case ACTIN_PASS_CUSTOM:
    outputs.forward = given.forward != 0;
    if (!readNames(given.gradients, given.num_gradients, outputs.gradients) ||
        !readNames(given.seconds, given.num_seconds, outputs.seconds))
      return "a name of 'gradients' or 'seconds' is NULL";
    return {};
  }
  return "the pass " + std::to_string(given.pass) + " is unknown";
}

/// Empty, or what is wrong.
static std::string readRequest(const actin_compile_options *options,
                               const Activation &activation, Request &request) {
  actin_compile_options given = ACTIN_COMPILE_OPTIONS_INIT;
  if (options && !readStruct(options, given))
    return "the options are of a header that this library does not know";
  auto isOneOf = [](int value, int count) {
    return value >= 0 && value < count;
  };
  if (!isOneOf(given.dtype, 4))
    return "the dtype " + std::to_string(given.dtype) + " is unknown";
  if (!isOneOf(given.math, 2))
    return "the math mode " + std::to_string(given.math) + " is unknown";
  if (!isOneOf(given.stabilize, 2))
    return "the stabilize mode " + std::to_string(given.stabilize) +
           " is unknown";
  request.options.type = DataType(given.dtype);
  request.options.math = MathMode(given.math);
  request.options.stabilize = StabilizeMode(given.stabilize);
  if (given.target)
    request.options.target = given.target;
  return readOutputs(given, activation, request.outputs);
}

static_assert(int(DataType::F32) == ACTIN_F32 &&
              int(DataType::F64) == ACTIN_F64 &&
              int(DataType::F16) == ACTIN_F16 &&
              int(DataType::BF16) == ACTIN_BF16);
static_assert(int(MathMode::Fast) == ACTIN_MATH_FAST &&
              int(StabilizeMode::Off) == ACTIN_STABILIZE_OFF);
static std::optional<EmitKind> toEmitKind(actin_emit_kind kind) {
  switch (kind) {
  case ACTIN_EMIT_MLIR:
    return EmitKind::MLIR;
  case ACTIN_EMIT_LLVM:
    return EmitKind::LLVM;
  case ACTIN_EMIT_ASSEMBLY:
    return EmitKind::Assembly;
  case ACTIN_EMIT_OBJECT:
    return EmitKind::Object;
  case ACTIN_EMIT_PTX:
    return EmitKind::PTX;
  case ACTIN_EMIT_INLINE_LLVM:
    return EmitKind::InlineLLVM;
  case ACTIN_EMIT_INLINE_BITCODE:
    return EmitKind::InlineBitcode;
  }
  return std::nullopt;
}

extern "C" {

actin_status *actin_compiler_create(actin_compiler **compiler) {
  ACTIN_CHECK_RESULT(compiler);
  return guarded([&]() -> actin_status * {
    *compiler = new actin_compiler();
    return nullptr;
  });
}

void actin_compiler_destroy(actin_compiler *compiler) { delete compiler; }

actin_status *actin_compile(actin_compiler *compiler,
                            const actin_activation *activation,
                            const actin_compile_options *options,
                            actin_kernel **kernel) {
  ACTIN_CHECK_RESULT(kernel);
  ACTIN_CHECK_ARGUMENT(compiler);
  ACTIN_CHECK_ARGUMENT(activation);
  return guarded([&]() -> actin_status * {
    Request request;
    std::string fault = readRequest(options, activation->activation, request);
    if (!fault.empty())
      return makeStatus(ACTIN_INVALID_ARGUMENT, fault);
    Expected<Kernel> compiled = compiler->compiler.compile(
        activation->activation, request.outputs, request.options);
    if (!compiled)
      return makeStatus(ACTIN_COMPILE_FAILED, compiled.error());
    *kernel =
        new actin_kernel{std::move(*compiled), std::move(request.outputs)};
    return nullptr;
  });
}

actin_status *actin_emit(actin_compiler *compiler,
                         const actin_activation *activation,
                         const actin_compile_options *options,
                         actin_emit_kind kind, const char *symbol,
                         actin_buffer **result) {
  ACTIN_CHECK_RESULT(result);
  ACTIN_CHECK_ARGUMENT(compiler);
  ACTIN_CHECK_ARGUMENT(activation);
  return guarded([&]() -> actin_status * {
    Request request;
    std::string fault = readRequest(options, activation->activation, request);
    std::optional<EmitKind> stage = toEmitKind(kind);
    if (fault.empty() && !stage)
      fault = "the kind " + std::to_string(kind) + " is unknown";
    if (!fault.empty())
      return makeStatus(ACTIN_INVALID_ARGUMENT, fault);
    Expected<std::string> emitted = compiler->compiler.emit(
        activation->activation, request.outputs, request.options, *stage,
        symbol ? symbol : "actin_kernel");
    if (!emitted)
      return makeStatus(ACTIN_COMPILE_FAILED, emitted.error());
    *result = new actin_buffer{std::move(*emitted)};
    return nullptr;
  });
}

actin_status *actin_differentiate(actin_compiler *compiler,
                                  const actin_activation *activation,
                                  const char *name, int order,
                                  actin_activation **derivative) {
  ACTIN_CHECK_RESULT(derivative);
  ACTIN_CHECK_ARGUMENT(compiler);
  ACTIN_CHECK_ARGUMENT(activation);
  ACTIN_CHECK_ARGUMENT(name);
  return guarded([&]() -> actin_status * {
    Expected<Activation> derived =
        compiler->compiler.differentiate(activation->activation, name, order);
    if (!derived)
      return makeStatus(ACTIN_COMPILE_FAILED, derived.error());
    *derivative = new actin_activation{std::move(*derived)};
    return nullptr;
  });
}

actin_status *
actin_compiler_get_statistics(const actin_compiler *compiler,
                              actin_cache_statistics *statistics) {
  ACTIN_CHECK_ARGUMENT(compiler);
  ACTIN_CHECK_ARGUMENT(statistics);
  return guarded([&]() -> actin_status * {
    CacheStatistics now = compiler->compiler.getCacheStatistics();
    actin_cache_statistics value = {sizeof(actin_cache_statistics), now.hits,
                                    now.misses, now.diskHits, now.entries};
    if (!writeStruct(value, statistics))
      return makeStatus(ACTIN_INVALID_ARGUMENT,
                        "'statistics' does not hold its size");
    return nullptr;
  });
}

} // extern "C"
