//===- Compiler.h - From an activation to a running kernel ------*- C++ -*-===//
//
// A `Compiler` has a cache in memory and one on disk. `compile` gives a
// `Kernel`: a shared handle of machine code that is freed with its last handle.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_COMPILER_H
#define ACTIN_COMPILER_H

#include "actin/Cache.h"
#include "actin/Expr.h"
#include "actin/KernelCall.h"
#include "actin/KernelOptions.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace actin {

/// The gradients of every input and parameter of `activation`, in declaration
/// order, with the forward value (`fused`) or without it.
KernelOutputs backwardOutputs(const Activation &activation);
KernelOutputs fusedOutputs(const Activation &activation);

/// One call's operands. All tensors have one shape and the kernel's type.
/// An output may be the very memory of an input (in place); any other overlap
/// is an error.
struct KernelArguments {
  std::vector<TensorView> inputs; ///< In declaration order.
  /// In declaration order: rank 0 or 1, one value or (channel parameters) one
  /// a channel, of the kernel's compute type (F64 for F64, else F32). A view
  /// with null data takes the declared default.
  std::vector<TensorView> parameters;
  TensorView dout; ///< Only where gradients are asked for.
  TensorView out;  ///< Only where `forward`.
  /// As KernelOutputs::gradients: an input's has the shape of the tensors, a
  /// parameter's has one element, or one a channel, of the compute type.
  std::vector<TensorView> gradients;
  std::vector<TensorView> seconds; ///< As KernelOutputs::seconds.
  int64_t channelAxis = 1;
};

class KernelImpl;

/// Calls `body(begin, end)` for ranges that together are [0, count), on any
/// threads, and returns when all calls have returned.
using ParallelFor = std::function<void(
    int64_t count, const std::function<void(int64_t, int64_t)> &body)>;

/// One call, checked once, to be made any number of times: `run` costs next to
/// nothing beside the code itself. Keeps the kernel alive; the tensors must be
/// there whenever it runs. Parameters may be read as early as the call is
/// prepared. For one thread at a time.
class PreparedCall {
public:
  PreparedCall(PreparedCall &&) noexcept;
  PreparedCall &operator=(PreparedCall &&) noexcept;
  ~PreparedCall();

  /// As Kernel::run with the arguments that the call was prepared for, on the
  /// calling thread. Not after it was moved from.
  void run();

private:
  friend class Kernel;
  struct Impl;
  explicit PreparedCall(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl;
};

/// Compiled code. Cheap to copy; copies share the code, which lives as long as
/// any copy does. Thread-safe: any number of threads may run one kernel.
class Kernel {
public:
  Kernel() = default;
  explicit Kernel(std::shared_ptr<const KernelImpl> impl)
      : impl(std::move(impl)) {}
  explicit operator bool() const { return impl != nullptr; }

  /// Runs on the calling thread. Errors: a missing or surplus operand, shapes
  /// or types that differ, a parameter of the wrong length, a bad channel
  /// axis, outputs that overlap partly.
  Expected<void> run(const KernelArguments &arguments) const;

  /// The same work on `numThreads` threads; bit for bit the same result for
  /// every thread count. 0: as many as ACTIN_NUM_THREADS says, else as many as
  /// the process may run on.
  Expected<void> run(const KernelArguments &arguments, int numThreads) const;

  /// The same work on the threads of the host: `parallelFor` is called once. A
  /// further error: it returned without having run everything.
  Expected<void> run(const KernelArguments &arguments,
                     const ParallelFor &parallelFor) const;

  /// The call of these arguments, to be repeated. Errors as `run`.
  Expected<PreparedCall> prepare(const KernelArguments &arguments) const;

  /// The work in pieces, for a caller with threads of its own: how many tiles
  /// these arguments have; running any partition of [0, numTiles) (each tile
  /// once, in any order, on any thread) with a shared `partials` buffer, then
  /// `finish` once, equals `run`.
  Expected<int64_t> getNumTiles(const KernelArguments &arguments) const;
  /// Elements (double) that `partials` must hold; 0 without parameter sums.
  Expected<int64_t> getNumPartials(const KernelArguments &arguments) const;
  Expected<void> runTiles(const KernelArguments &arguments, int64_t tileBegin,
                          int64_t tileEnd, double *partials) const;
  Expected<void> finish(const KernelArguments &arguments,
                        const double *partials) const;

  /// Bytes of machine code and constants.
  size_t getCodeSizeBytes() const;

  /// The compiled function for tensors walked in `space`, compiled now if no
  /// call has needed it. Valid as long as a copy of this handle; it checks
  /// nothing.
  Expected<KernelFunction> getFunction(IterationSpace space) const;

private:
  std::shared_ptr<const KernelImpl> impl;
};

/// Nanoseconds of each stage of the last compilation, in order; "load" where it
/// came from disk.
using StageTimes = std::vector<std::pair<std::string, int64_t>>;

struct CacheStatistics {
  uint64_t hits = 0;     ///< In memory.
  uint64_t misses = 0;   ///< Not in memory: loaded, or compiled.
  uint64_t diskHits = 0; ///< Of the misses, those that were loaded.
  uint64_t entries = 0;  ///< Kernels alive now.
};

/// A part of a formula that stabilization replaced by an equal one; or what
/// became of one bound of a clamp.
struct Rewrite {
  enum class Subject : uint8_t { Form, LowerBound, UpperBound };

  SourceLocation location; ///< In the activation's source; may be unknown.
  /// The identity, and what it is good for; why a bound was left out or kept.
  std::string reason;
  Subject subject = Subject::Form;
  bool isKept = false; ///< A bound that may change results.
};

/// What `differentiate` makes of a derivative.
enum class DerivativeForm : uint8_t {
  Simplified, ///< After each order, for people.
  AsDerived,  ///< Just what the derivative rules give.
};

/// A stage whose text `emit` can show.
enum class EmitKind {
  MLIR,
  LLVM,
  Assembly,
  Object,
  PTX,
  /// For other compilers, as text or bitcode: two pure functions without a
  /// loop, to be inlined. `symbol` works on one native vector of each operand,
  /// `symbol`_scalar on one element. Arguments: inputs, parameters (scalars of
  /// the compute type), dout where there are gradients. Result: those of
  /// `emitActivation` (Dialect/Act/Embed.h), in a struct if there are several.
  InlineLLVM,
  InlineBitcode,
  Bitcode, ///< LLVM, in binary form.
};

/// One C function of an object file.
struct ObjectFunction {
  Activation activation;
  KernelOutputs outputs;
  std::string symbol;
  /// The file that the places in the activation are of, as a debugger is to
  /// look for it.
  std::string sourceFile = {};
};

/// What the functions of one object file have in common.
struct ObjectOptions {
  CompileOptions compile; ///< Its target is not looked at.
  /// As CompileOptions::target names them, or a triple, TRIPLE:CPU, and each
  /// possibly followed by :FEATURES. Several, of one triple, make code for each
  /// of them, and a call runs that with the most instructions which the machine
  /// has and its operating system supports; that with the fewest is the
  /// baseline, which is not checked for.
  std::vector<std::string> targets = {"native"};
  int optimization = 2; ///< Of the code generator, 0 to 3.
  /// DWARF with the lines of each function's `sourceFile`. No result changes.
  bool debugInfo = false;
};

/// Thread-safe. Starts no thread; the part that compiles is loaded when a
/// kernel is in no cache.
class Compiler {
public:
  /// With the cache on disk that the environment names.
  Compiler();
  explicit Compiler(const DiskCacheOptions &diskCache);
  ~Compiler();
  Compiler(const Compiler &) = delete;
  Compiler &operator=(const Compiler &) = delete;

  /// From the cache where an equal kernel is alive, else from disk, else
  /// compiled; threads that ask for one key at the same time share one
  /// compilation. `times` gets the stages that were run. Errors: unknown
  /// names in `outputs`, an unknown target, a target that this machine cannot
  /// run, code generation failures.
  Expected<Kernel> compile(const Activation &activation,
                           const KernelOutputs &outputs,
                           const CompileOptions &options = {},
                           StageTimes *times = nullptr);

  /// The kernel's code in one stage's form; the target need not be this
  /// machine's. `symbol` names the function in LLVM, assembly and objects.
  Expected<std::string> emit(const Activation &activation,
                             const KernelOutputs &outputs,
                             const CompileOptions &options, EmitKind kind,
                             std::string_view symbol = "actin_kernel");

  /// One file, of `kind`, with a C function for each of `functions`. Its
  /// arguments, in order: an array for each input, `dout` where gradients are
  /// asked for; a value for each parameter, or an array for one of channels;
  /// an array for `forward`, the gradient of each input, each second
  /// derivative; a pointer to the sum for the gradient of each parameter (an
  /// array for one of channels); then size_t n, the number of elements, or,
  /// where a parameter has channels, size_t outer, channels, inner.
  ///
  /// The functions call nothing that is not in the file, allocate nothing, and
  /// may be called from any thread. Arrays are contiguous and aligned to their
  /// elements; an output may be the very array of an input; other overlaps are
  /// not allowed. The same request gives the same bytes. Errors: as for
  /// `compile`, two functions of one name, targets of several triples or that
  /// cannot be told apart at run time.
  Expected<std::string> emitObject(const std::vector<ObjectFunction> &functions,
                                   const ObjectOptions &options, EmitKind kind);

  /// What `target` may be, for people. Errors: the compiler library is missing.
  Expected<std::string> describeTargets();

  /// d(activation)/d(`name`), derived `order` times, as an activation named
  /// `<activation>_d<name>` with the same arguments.
  Expected<Activation>
  differentiate(const Activation &activation, std::string_view name,
                int order = 1,
                DerivativeForm form = DerivativeForm::Simplified);

  /// What is rewritten when these outputs are compiled, in order; one entry a
  /// place and reason; with them, one entry for each bound of a clamp. Errors:
  /// as `compile`, but for targets.
  Expected<std::vector<Rewrite>> listRewrites(const Activation &activation,
                                              const KernelOutputs &outputs,
                                              const CompileOptions &options);

  CacheStatistics getCacheStatistics() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace actin

#endif // ACTIN_COMPILER_H
