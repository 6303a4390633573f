//===- Run.cpp - Kernels on the tensors of the host -----------------------===//

#include "CAPI/Objects.h"

#include <cstddef>

using namespace actin;
using namespace actin::capi;

static_assert(sizeof(actin_kernel_call) == sizeof(KernelCall) &&
              offsetof(actin_kernel_call, partials) ==
                  offsetof(KernelCall, partials) &&
              offsetof(actin_kernel_call, inner) ==
                  offsetof(KernelCall, inner) &&
              offsetof(actin_kernel_call, inner_tiles) ==
                  offsetof(KernelCall, innerTiles));
static_assert(int(IterationSpace::Flat) == ACTIN_SPACE_FLAT &&
              int(IterationSpace::Rows) == ACTIN_SPACE_ROWS &&
              int(IterationSpace::Lanes) == ACTIN_SPACE_LANES);

static bool isContiguous(const actin_tensor &tensor) {
  if (!tensor.strides || std::find(tensor.shape, tensor.shape + tensor.rank,
                                   0) != tensor.shape + tensor.rank)
    return true;
  int64_t expected = 1;
  for (int32_t i = tensor.rank; i-- > 0;) {
    // The only index of such a dimension is 0.
    if (tensor.shape[i] == 1)
      continue;
    if (tensor.strides[i] != expected ||
        __builtin_mul_overflow(expected, tensor.shape[i], &expected))
      return false;
  }
  return true;
}

namespace {
/// The tensors of a call; the first fault that is found is kept.
class CallReader {
public:
  explicit CallReader(const actin_call *given) {
    if (!readStruct(given, call))
      fail("the call is of a header that this library does not know");
  }

  /// Of no use where there is a fault afterwards.
  KernelArguments read();
  /// As this version of the header has it.
  const actin_call &getCall() const { return call; }
  const std::string &getFault() const { return fault; }

private:
  TensorView readTensor(const actin_tensor &tensor, const std::string &what);
  TensorView readTensor(const actin_tensor *tensor, const std::string &what) {
    return tensor ? readTensor(*tensor, what) : TensorView();
  }
  std::vector<TensorView> readTensors(const actin_tensor *tensors, size_t count,
                                      const std::string &what);
  void fail(std::string message) {
    if (fault.empty())
      fault = std::move(message);
  }

  actin_call call = ACTIN_CALL_INIT;
  std::string fault;
};
} // namespace

TensorView CallReader::readTensor(const actin_tensor &tensor,
                                  const std::string &what) {
  if (tensor.dtype < 0 || tensor.dtype > ACTIN_BF16)
    fail(what + " has the unknown dtype " + std::to_string(tensor.dtype));
  else if (tensor.rank < 0 || (tensor.rank != 0 && !tensor.shape))
    fail(what + " has the rank " + std::to_string(tensor.rank) +
         (tensor.shape ? "" : " and no shape"));
  else if (!isContiguous(tensor))
    fail(what + " is not contiguous");
  else
    return {tensor.data, DataType(tensor.dtype),
            std::vector<int64_t>(tensor.shape, tensor.shape + tensor.rank)};
  return {};
}

std::vector<TensorView> CallReader::readTensors(const actin_tensor *tensors,
                                                size_t count,
                                                const std::string &what) {
  if (count != 0 && !tensors) {
    fail("the " + what + "s are NULL");
    return {};
  }
  std::vector<TensorView> views;
  for (size_t i = 0; i != count && fault.empty(); ++i)
    views.push_back(
        readTensor(tensors[i], what + " number " + std::to_string(i)));
  return views;
}

KernelArguments CallReader::read() {
  KernelArguments arguments;
  if (!fault.empty())
    return arguments;
  arguments.inputs = readTensors(call.inputs, call.num_inputs, "input");
  arguments.parameters =
      readTensors(call.parameters, call.num_parameters, "parameter");
  arguments.dout = readTensor(call.dout, "dout");
  arguments.out = readTensor(call.out, "the output");
  arguments.gradients =
      readTensors(call.gradients, call.num_gradients, "gradient");
  arguments.seconds =
      readTensors(call.seconds, call.num_seconds, "second derivative");
  arguments.channelAxis = call.channel_axis;
  if (call.num_threads < 0)
    fail("the number of threads is negative");
  return arguments;
}

/// The host's loop as one of the C++ interface.
static ParallelFor makeParallelFor(const actin_call &call) {
  return [function = call.parallel_for, context = call.parallel_for_context](
             int64_t count, const std::function<void(int64_t, int64_t)> &body) {
    using Body = const std::function<void(int64_t, int64_t)>;
    function(
        context, count,
        [](void *bodyContext, int64_t begin, int64_t end) {
          (*static_cast<Body *>(bodyContext))(begin, end);
        },
        const_cast<std::function<void(int64_t, int64_t)> *>(&body));
  };
}

extern "C" {

void actin_kernel_retain(actin_kernel *kernel) { retain(kernel); }

void actin_kernel_release(actin_kernel *kernel) { release(kernel); }

actin_status *actin_kernel_run(const actin_kernel *kernel,
                               const actin_call *call) {
  ACTIN_CHECK_ARGUMENT(kernel);
  ACTIN_CHECK_ARGUMENT(call);
  return guarded([&]() -> actin_status * {
    CallReader reader(call);
    KernelArguments arguments = reader.read();
    if (!reader.getFault().empty())
      return makeStatus(ACTIN_INVALID_ARGUMENT, reader.getFault());
    const actin_call &given = reader.getCall();
    Expected<void> done =
        given.parallel_for
            ? kernel->kernel.run(arguments, makeParallelFor(given))
            : kernel->kernel.run(arguments, given.num_threads);
    return done ? nullptr : makeStatus(ACTIN_INVALID_ARGUMENT, done.error());
  });
}

actin_status *actin_kernel_prepare(const actin_kernel *kernel,
                                   const actin_call *call,
                                   actin_prepared_call **prepared) {
  ACTIN_CHECK_RESULT(prepared);
  ACTIN_CHECK_ARGUMENT(kernel);
  ACTIN_CHECK_ARGUMENT(call);
  return guarded([&]() -> actin_status * {
    CallReader reader(call);
    KernelArguments arguments = reader.read();
    if (!reader.getFault().empty())
      return makeStatus(ACTIN_INVALID_ARGUMENT, reader.getFault());
    Expected<PreparedCall> made = kernel->kernel.prepare(arguments);
    if (!made)
      return makeStatus(ACTIN_INVALID_ARGUMENT, made.error());
    *prepared = new actin_prepared_call{std::move(*made)};
    return nullptr;
  });
}

void actin_prepared_call_run(actin_prepared_call *prepared) {
  if (prepared)
    prepared->call.run();
}

void actin_prepared_call_destroy(actin_prepared_call *prepared) {
  delete prepared;
}

int actin_kernel_has_value(const actin_kernel *kernel) {
  return kernel && kernel->outputs.forward;
}

size_t actin_kernel_get_num_gradients(const actin_kernel *kernel) {
  return kernel ? kernel->outputs.gradients.size() : 0;
}

const char *actin_kernel_get_gradient_name(const actin_kernel *kernel,
                                           size_t index) {
  return index < actin_kernel_get_num_gradients(kernel)
             ? kernel->outputs.gradients[index].c_str()
             : nullptr;
}

size_t actin_kernel_get_num_seconds(const actin_kernel *kernel) {
  return kernel ? kernel->outputs.seconds.size() : 0;
}

const char *actin_kernel_get_second_name(const actin_kernel *kernel,
                                         size_t index) {
  return index < actin_kernel_get_num_seconds(kernel)
             ? kernel->outputs.seconds[index].c_str()
             : nullptr;
}

size_t actin_kernel_get_code_size(const actin_kernel *kernel) {
  return kernel ? kernel->kernel.getCodeSizeBytes() : 0;
}

actin_status *actin_kernel_get_function(const actin_kernel *kernel,
                                        actin_space space,
                                        actin_kernel_function *function) {
  ACTIN_CHECK_RESULT(function);
  ACTIN_CHECK_ARGUMENT(kernel);
  return guarded([&]() -> actin_status * {
    if (space < 0 || space > ACTIN_SPACE_LANES)
      return makeStatus(ACTIN_INVALID_ARGUMENT,
                        "the space " + std::to_string(space) + " is unknown");
    Expected<KernelFunction> compiled =
        kernel->kernel.getFunction(IterationSpace(space));
    if (!compiled)
      return makeStatus(ACTIN_COMPILE_FAILED, compiled.error());
    *function = reinterpret_cast<actin_kernel_function>(*compiled);
    return nullptr;
  });
}

} // extern "C"
