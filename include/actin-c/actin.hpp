//===- actin.hpp - The C interface of Actin for C++ -------------*- C++ -*-===//
//
// Handles that give themselves back, and failures as exceptions, over actin.h;
// header-only, C++17. Nothing of C++ crosses the boundary of the library: any
// compiler and any standard library will do.
//
//   actin::host::Module module = actin::host::Module::parse(
//       "activation silu(x) = x / (1 + exp(-x))");
//   actin::host::Compiler compiler;
//   actin::host::Kernel kernel = compiler.compile(module.find("silu"));
//   actin::host::Call call;
//   call.inputs = {actin::host::tensor(x.data(), {rows, columns})};
//   call.out = actin::host::tensor(y.data(), {rows, columns});
//   kernel.run(call);
//
// All types are cheap to move; Activation and Kernel are cheap to copy as well.
// What actin.h says of threads and lifetimes holds here.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_C_ACTIN_HPP
#define ACTIN_C_ACTIN_HPP

#include "actin-c/actin.h"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actin::host {

struct Diagnostic {
  actin_severity severity;
  uint32_t line, column; ///< From 1; 0: no place known.
  std::string file, message;
};

/// What a call that failed throws.
class Error : public std::exception {
public:
  /// Takes `status`, which is no success, over.
  explicit Error(actin_status *status)
      : status(status, &actin_status_destroy) {}

  actin_status_code getCode() const {
    return actin_status_get_code(status.get());
  }
  /// All diagnostics, with places and source lines.
  const char *what() const noexcept override {
    return actin_status_get_message(status.get());
  }
  std::vector<Diagnostic> getDiagnostics() const {
    std::vector<Diagnostic> result;
    auto add = [](void *context, const actin_diagnostic *given) {
      static_cast<std::vector<Diagnostic> *>(context)->push_back(
          {given->severity, given->line, given->column, given->file,
           given->message});
    };
    actin_status_visit(status.get(), add, &result);
    return result;
  }

private:
  std::shared_ptr<actin_status> status; ///< Exceptions are copied.
};

inline void check(actin_status *status) {
  if (status)
    throw Error(status);
}

namespace detail {

template <typename Handle, void (*Destroy)(Handle *)> struct Destroyer {
  void operator()(Handle *handle) const { Destroy(handle); }
};
template <typename Handle, void (*Destroy)(Handle *)>
using Unique = std::unique_ptr<Handle, Destroyer<Handle, Destroy>>;

/// A counted handle.
template <typename Handle, void (*Retain)(Handle *), void (*Release)(Handle *)>
class Counted {
public:
  explicit Counted(Handle *handle) : handle(handle) {}
  Counted(const Counted &other) : handle(other.handle) { Retain(handle); }
  Counted(Counted &&other) noexcept
      : handle(std::exchange(other.handle, nullptr)) {}
  Counted &operator=(Counted other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~Counted() { Release(handle); }
  Handle *get() const { return handle; }

private:
  Handle *handle;
};

inline std::string takeText(actin_buffer *buffer) {
  Unique<actin_buffer, &actin_buffer_destroy> owner(buffer);
  return {actin_buffer_get_data(buffer), actin_buffer_get_size(buffer)};
}

} // namespace detail

struct Parameter {
  std::string name;
  bool perChannel;
  std::optional<double> defaultValue;
};

class Activation {
public:
  /// Takes a handle over.
  explicit Activation(actin_activation *handle) : handle(handle) {}
  actin_activation *get() const { return handle.get(); }

  std::string getName() const { return actin_activation_get_name(get()); }
  std::vector<std::string> getInputs() const {
    std::vector<std::string> names;
    for (size_t i = 0; i != actin_activation_get_num_inputs(get()); ++i)
      names.push_back(actin_activation_get_input_name(get(), i));
    return names;
  }
  std::vector<Parameter> getParameters() const {
    std::vector<Parameter> result;
    for (size_t i = 0; i != actin_activation_get_num_parameters(get()); ++i) {
      actin_parameter found = ACTIN_PARAMETER_INIT;
      check(actin_activation_get_parameter(get(), i, &found));
      result.push_back({found.name, found.per_channel != 0, std::nullopt});
      if (found.has_default)
        result.back().defaultValue = found.default_value;
    }
    return result;
  }
  /// The formula as text.
  std::string print() const {
    actin_buffer *text;
    check(actin_activation_print(get(), &text));
    return detail::takeText(text);
  }

private:
  detail::Counted<actin_activation, &actin_activation_retain,
                  &actin_activation_release>
      handle;
};

class Module {
public:
  /// Takes a handle over.
  explicit Module(actin_module *handle) : handle(handle) {}
  actin_module *get() const { return handle.get(); }

  static Module parse(std::string_view text, const char *file = nullptr) {
    actin_module *module;
    check(actin_module_parse(text.data(), text.size(), file, &module));
    return Module(module);
  }
  /// The activations that ship with Actin.
  static Module getLibrary() {
    actin_module *module;
    check(actin_module_get_library(&module));
    return Module(module);
  }

  size_t size() const { return actin_module_get_num_activations(get()); }
  Activation operator[](size_t index) const {
    actin_activation *activation;
    check(actin_module_get_activation(get(), index, &activation));
    return Activation(activation);
  }
  Activation find(const std::string &name) const {
    actin_activation *activation;
    check(actin_module_find(get(), name.c_str(), &activation));
    return Activation(activation);
  }

private:
  detail::Unique<actin_module, &actin_module_destroy> handle;
};

/// Memory of the host: contiguous, row-major.
struct Tensor {
  void *data = nullptr;
  actin_dtype dtype = ACTIN_F32;
  std::vector<int64_t> shape;
};

inline Tensor tensor(const float *data, std::vector<int64_t> shape) {
  return {const_cast<float *>(data), ACTIN_F32, std::move(shape)};
}
inline Tensor tensor(const double *data, std::vector<int64_t> shape) {
  return {const_cast<double *>(data), ACTIN_F64, std::move(shape)};
}

/// As actin_call.
struct Call {
  std::vector<Tensor> inputs, parameters, gradients, seconds;
  std::optional<Tensor> dout, out;
  int64_t channelAxis = 1;
  int numThreads = 1; ///< 0: ACTIN_NUM_THREADS, else those of the process.
  /// The host's parallel loop, which must not throw; empty: Actin's own.
  std::function<void(int64_t count,
                     const std::function<void(int64_t, int64_t)> &body)>
      parallelFor;
};

namespace detail {

/// The call as C has it, while this and `call` live.
class PlainCall {
public:
  explicit PlainCall(const Call &call)
      : inputs(toPlain(call.inputs)), parameters(toPlain(call.parameters)),
        gradients(toPlain(call.gradients)), seconds(toPlain(call.seconds)) {
    plain.inputs = inputs.data();
    plain.num_inputs = inputs.size();
    plain.parameters = parameters.data();
    plain.num_parameters = parameters.size();
    plain.gradients = gradients.data();
    plain.num_gradients = gradients.size();
    plain.seconds = seconds.data();
    plain.num_seconds = seconds.size();
    if (call.dout)
      plain.dout = &(dout = toPlain(*call.dout));
    if (call.out)
      plain.out = &(out = toPlain(*call.out));
    plain.channel_axis = call.channelAxis;
    plain.num_threads = call.numThreads;
    if (call.parallelFor) {
      plain.parallel_for = &runParallel;
      plain.parallel_for_context = const_cast<Call *>(&call);
    }
  }
  PlainCall(const PlainCall &) = delete;
  PlainCall &operator=(const PlainCall &) = delete;
  const actin_call *get() const { return &plain; }

private:
  static actin_tensor toPlain(const Tensor &tensor) {
    return {tensor.data, tensor.shape.data(), nullptr,
            static_cast<int32_t>(tensor.shape.size()), tensor.dtype};
  }
  static std::vector<actin_tensor> toPlain(const std::vector<Tensor> &tensors) {
    std::vector<actin_tensor> result;
    for (const Tensor &tensor : tensors)
      result.push_back(toPlain(tensor));
    return result;
  }
  static void runParallel(void *context, int64_t count,
                          actin_parallel_body body, void *bodyContext) {
    static_cast<const Call *>(context)->parallelFor(
        count,
        [=](int64_t begin, int64_t end) { body(bodyContext, begin, end); });
  }

  actin_call plain = ACTIN_CALL_INIT;
  std::vector<actin_tensor> inputs, parameters, gradients, seconds;
  actin_tensor dout = {}, out = {};
};

} // namespace detail

/// One call, checked once, to be made any number of times, by one thread at a
/// time. The tensors must be there whenever it runs.
class PreparedCall {
public:
  /// Takes a handle over.
  explicit PreparedCall(actin_prepared_call *handle) : handle(handle) {}

  void run() { actin_prepared_call_run(handle.get()); }

private:
  detail::Unique<actin_prepared_call, &actin_prepared_call_destroy> handle;
};

class Kernel {
public:
  /// Takes a handle over.
  explicit Kernel(actin_kernel *handle) : handle(handle) {}
  actin_kernel *get() const { return handle.get(); }

  void run(const Call &call) const {
    check(actin_kernel_run(get(), detail::PlainCall(call).get()));
  }
  PreparedCall prepare(const Call &call) const {
    actin_prepared_call *prepared;
    check(
        actin_kernel_prepare(get(), detail::PlainCall(call).get(), &prepared));
    return PreparedCall(prepared);
  }

  size_t getCodeSizeBytes() const { return actin_kernel_get_code_size(get()); }
  /// The machine code; valid as long as a copy of this kernel.
  actin_kernel_function getFunction(actin_space space) const {
    actin_kernel_function function;
    check(actin_kernel_get_function(get(), space, &function));
    return function;
  }

private:
  detail::Counted<actin_kernel, &actin_kernel_retain, &actin_kernel_release>
      handle;
};

/// As actin_compile_options.
struct CompileOptions {
  actin_pass pass = ACTIN_PASS_FORWARD;
  actin_dtype dtype = ACTIN_F32;
  actin_math math = ACTIN_MATH_ACCURATE;
  actin_stabilize stabilize = ACTIN_STABILIZE_AUTO;
  std::string target = "native";
  // For ACTIN_PASS_CUSTOM.
  bool forward = false;
  std::vector<std::string> gradients, seconds;
};

namespace detail {

/// The options as C has them, while this lives.
class PlainOptions {
public:
  explicit PlainOptions(const CompileOptions &options)
      : gradients(getNames(options.gradients)),
        seconds(getNames(options.seconds)) {
    plain.pass = options.pass;
    plain.dtype = options.dtype;
    plain.math = options.math;
    plain.stabilize = options.stabilize;
    plain.target = options.target.c_str();
    plain.forward = options.forward;
    plain.gradients = gradients.data();
    plain.num_gradients = gradients.size();
    plain.seconds = seconds.data();
    plain.num_seconds = seconds.size();
  }
  const actin_compile_options *get() const { return &plain; }

private:
  static std::vector<const char *>
  getNames(const std::vector<std::string> &names) {
    std::vector<const char *> result;
    for (const std::string &name : names)
      result.push_back(name.c_str());
    return result;
  }

  std::vector<const char *> gradients, seconds;
  actin_compile_options plain = ACTIN_COMPILE_OPTIONS_INIT;
};

} // namespace detail

class Compiler {
public:
  Compiler() {
    actin_compiler *compiler;
    check(actin_compiler_create(&compiler));
    handle.reset(compiler);
  }
  actin_compiler *get() const { return handle.get(); }

  Kernel compile(const Activation &activation,
                 const CompileOptions &options = {}) const {
    actin_kernel *kernel;
    check(actin_compile(get(), activation.get(),
                        detail::PlainOptions(options).get(), &kernel));
    return Kernel(kernel);
  }
  /// The bytes of one stage.
  std::string emit(const Activation &activation, const CompileOptions &options,
                   actin_emit_kind kind,
                   const std::string &symbol = "actin_kernel") const {
    actin_buffer *result;
    check(actin_emit(get(), activation.get(),
                     detail::PlainOptions(options).get(), kind, symbol.c_str(),
                     &result));
    return detail::takeText(result);
  }
  Activation differentiate(const Activation &activation,
                           const std::string &name, int order = 1) const {
    actin_activation *derivative;
    check(actin_differentiate(get(), activation.get(), name.c_str(), order,
                              &derivative));
    return Activation(derivative);
  }
  actin_cache_statistics getStatistics() const {
    actin_cache_statistics statistics = ACTIN_CACHE_STATISTICS_INIT;
    check(actin_compiler_get_statistics(get(), &statistics));
    return statistics;
  }

private:
  detail::Unique<actin_compiler, &actin_compiler_destroy> handle;
};

} // namespace actin::host

#endif // ACTIN_C_ACTIN_HPP
