//===- Compiler.cpp - Kernels and their cache -----------------------------===//

#include "actin/Compiler.h"

#include "Cache/CacheKey.h"
#include "Cache/MemoryCache.h"
#include "Compiler/Pipeline.h"
#include "Runtime/Jit.h"
#include "Runtime/Launch.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <unordered_map>

namespace actin {

namespace {

struct RunnableTarget {
  Target target;
  std::string missing; ///< Features that this machine lacks.
};

/// What compilers and kernels share; a kernel keeps it alive.
struct Engine {
  Pipeline pipeline;
  MemoryCache<Jit::Code> cache;
  std::mutex jitMutex;
  std::shared_ptr<Jit> jit;
  std::atomic<uint64_t> nextSymbol{0};
  std::mutex targetMutex;
  /// By the name that users give. A hit in the cache must not resolve anew.
  std::unordered_map<std::string, RunnableTarget> targets;

  Expected<RunnableTarget> getTarget(const std::string &name);

  Expected<std::shared_ptr<Jit>> getJit() {
    std::lock_guard<std::mutex> lock(jitMutex);
    if (!jit) {
      auto created = Jit::create();
      if (!created)
        return makeError(llvm::toString(created.takeError()));
      jit = std::move(*created);
    }
    return jit;
  }
};

Expected<RunnableTarget> Engine::getTarget(const std::string &name) {
  std::lock_guard<std::mutex> lock(targetMutex);
  if (auto it = targets.find(name); it != targets.end())
    return it->second;
  auto target = resolveTarget(name);
  if (!target)
    return makeError(llvm::toString(target.takeError()));
  auto machine = createTargetMachine(*target);
  if (!machine)
    return makeError(llvm::toString(machine.takeError()));
  RunnableTarget result{std::move(*target), findMissingFeatures(**machine)};
  targets.emplace(name, result);
  return result;
}

using CodeHandle = std::shared_ptr<const Jit::Code>;

} // namespace

/// A kernel is a family: the code for an iteration space is compiled when a
/// call first needs it; that for flat tensors right away.
class KernelImpl {
public:
  KernelImpl(std::shared_ptr<Engine> engine, const Activation &activation,
             const KernelOutputs &outputs, const CompileOptions &options,
             Target target)
      : engine(std::move(engine)), activation(activation), options(options),
        target(std::move(target)) {
    signature = {activation.getInputs(), activation.getParameters(), outputs,
                 options.type};
  }

  Expected<CodeHandle> getCode(IterationSpace space, bool streaming,
                               StageTimes *times = nullptr) const;
  const KernelSignature &getSignature() const { return signature; }

private:
  Expected<CodeHandle> compile(const KernelRequest &request,
                               StageTimes *times) const;

  std::shared_ptr<Engine> engine;
  Activation activation;
  CompileOptions options;
  Target target;
  KernelSignature signature;
  mutable std::mutex mutex;
  mutable std::array<CodeHandle, 6> variants; ///< By space and streaming.
};

Expected<CodeHandle> KernelImpl::compile(const KernelRequest &request,
                                         StageTimes *times) const {
  auto object =
      engine->pipeline.compileObject(activation, request, target, times);
  if (!object)
    return tl::make_unexpected(object.error());
  auto jit = engine->getJit();
  if (!jit)
    return tl::make_unexpected(jit.error());
  auto start = std::chrono::steady_clock::now();
  auto code = (*jit)->link(*object, request.symbol);
  if (!code)
    return makeError(llvm::toString(code.takeError()));
  if (times)
    times->push_back(
        {"link", std::chrono::duration_cast<std::chrono::nanoseconds>(
                     std::chrono::steady_clock::now() - start)
                     .count()});
  return std::move(*code);
}

Expected<CodeHandle> KernelImpl::getCode(IterationSpace space, bool streaming,
                                         StageTimes *times) const {
  size_t slot = size_t(space) * 2 + streaming;
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (variants[slot])
      return variants[slot];
  }
  CacheKey key{
      activation.print(), signature.outputs, options.type, space,
      streaming,          target.triple,     target.cpu,   target.features,
      options.math,       options.stabilize};
  auto code = engine->cache.getOrMake(key.toString(), [&] {
    KernelRequest request{signature.outputs, options, space, streaming,
                          "actin_kernel_" +
                              std::to_string(engine->nextSymbol++)};
    return compile(request, times);
  });
  if (code) {
    std::lock_guard<std::mutex> lock(mutex);
    variants[slot] = *code;
  }
  return code;
}

//===----------------------------------------------------------------------===//
// Kernel
//===----------------------------------------------------------------------===//

/// A checked call with the code that it needs.
struct PreparedLaunch {
  Launch launch;
  CodeHandle code;

  static Expected<PreparedLaunch> make(const KernelImpl *impl,
                                       const KernelArguments &arguments) {
    if (!impl)
      return makeError("the kernel is empty");
    auto launch = Launch::prepare(impl->getSignature(), arguments);
    if (!launch)
      return tl::make_unexpected(launch.error());
    auto code = impl->getCode(launch->getSpace(), launch->isStreaming());
    if (!code)
      return tl::make_unexpected(code.error());
    return PreparedLaunch{std::move(*launch), std::move(*code)};
  }

  void run(int64_t begin, int64_t end, double *partials) const {
    KernelCall call = launch.withPartials(partials);
    code->getFunction()(&call, begin, end);
    // Stores past the caches are ordered by nothing else.
    if (launch.isStreaming())
      std::atomic_thread_fence(std::memory_order_seq_cst);
  }
};

Expected<void> Kernel::run(const KernelArguments &arguments) const {
  return run(arguments, 1);
}

Expected<void> Kernel::run(const KernelArguments &arguments,
                           int numThreads) const {
  auto prepared = PreparedLaunch::make(impl.get(), arguments);
  if (!prepared)
    return tl::make_unexpected(prepared.error());
  const Launch &launch = prepared->launch;
  std::vector<double> partials(launch.getNumPartials());
  int64_t numTiles = launch.getNumTiles();
  // More threads than TBB has would only make it print a warning.
  numThreads = std::min<int64_t>(
      numThreads, tbb::global_control::active_value(
                      tbb::global_control::max_allowed_parallelism));
  if (numThreads <= 1 || numTiles < 2) {
    prepared->run(0, numTiles, partials.data());
  } else {
    tbb::task_arena arena(numThreads);
    arena.execute([&] {
      tbb::parallel_for(tbb::blocked_range<int64_t>(0, numTiles, 4),
                        [&](const tbb::blocked_range<int64_t> &range) {
                          prepared->run(range.begin(), range.end(),
                                        partials.data());
                        });
    });
  }
  launch.finish(partials.data());
  return {};
}

Expected<int64_t> Kernel::getNumTiles(const KernelArguments &arguments) const {
  auto prepared = PreparedLaunch::make(impl.get(), arguments);
  if (!prepared)
    return tl::make_unexpected(prepared.error());
  return prepared->launch.getNumTiles();
}

Expected<int64_t>
Kernel::getNumPartials(const KernelArguments &arguments) const {
  auto prepared = PreparedLaunch::make(impl.get(), arguments);
  if (!prepared)
    return tl::make_unexpected(prepared.error());
  return prepared->launch.getNumPartials();
}

Expected<void> Kernel::runTiles(const KernelArguments &arguments,
                                int64_t tileBegin, int64_t tileEnd,
                                double *partials) const {
  auto prepared = PreparedLaunch::make(impl.get(), arguments);
  if (!prepared)
    return tl::make_unexpected(prepared.error());
  if (tileBegin < 0 || tileBegin > tileEnd ||
      tileEnd > prepared->launch.getNumTiles())
    return makeError("the range of tiles is not within [0, numTiles)");
  if (!partials && prepared->launch.getNumPartials() != 0)
    return makeError("a kernel with parameter sums needs a partials buffer");
  prepared->run(tileBegin, tileEnd, partials);
  return {};
}

Expected<void> Kernel::finish(const KernelArguments &arguments,
                              const double *partials) const {
  auto prepared = PreparedLaunch::make(impl.get(), arguments);
  if (!prepared)
    return tl::make_unexpected(prepared.error());
  if (!partials && prepared->launch.getNumPartials() != 0)
    return makeError("a kernel with parameter sums needs a partials buffer");
  prepared->launch.finish(partials);
  return {};
}

size_t Kernel::getCodeSizeBytes() const {
  if (!impl)
    return 0;
  auto code = impl->getCode(IterationSpace::Flat, false);
  return code ? (*code)->getSizeBytes() : 0;
}

//===----------------------------------------------------------------------===//
// Compiler
//===----------------------------------------------------------------------===//

struct Compiler::Impl {
  std::shared_ptr<Engine> engine = std::make_shared<Engine>();
};

Compiler::Compiler() : impl(std::make_unique<Impl>()) {}
Compiler::~Compiler() = default;

static bool isInput(const Activation &activation, const std::string &name) {
  const std::vector<std::string> &inputs = activation.getInputs();
  return std::find(inputs.begin(), inputs.end(), name) != inputs.end();
}

static std::string checkOutputs(const Activation &activation,
                                const KernelOutputs &outputs) {
  if (!outputs.forward && outputs.gradients.empty() && outputs.seconds.empty())
    return "no output is asked for";
  auto isParameter = [&](const std::string &name) {
    return std::any_of(
        activation.getParameters().begin(), activation.getParameters().end(),
        [&](const Parameter &parameter) { return parameter.name == name; });
  };
  for (const std::string &name : outputs.gradients)
    if (!isInput(activation, name) && !isParameter(name))
      return "activation '" + activation.getName() +
             "' has no input or parameter '" + name + "'";
  for (const std::string &name : outputs.seconds)
    if (!isInput(activation, name))
      return "activation '" + activation.getName() + "' has no input '" + name +
             "'";
  for (auto *names : {&outputs.gradients, &outputs.seconds})
    for (auto it = names->begin(); it != names->end(); ++it)
      if (std::find(names->begin(), it, *it) != it)
        return "'" + *it + "' is asked for twice";
  return {};
}

Expected<Kernel> Compiler::compile(const Activation &activation,
                                   const KernelOutputs &outputs,
                                   const CompileOptions &options,
                                   StageTimes *times) {
  std::string fault = checkOutputs(activation, outputs);
  if (!fault.empty())
    return makeError(fault);
  auto target = impl->engine->getTarget(options.target);
  if (!target)
    return tl::make_unexpected(target.error());
  if (!target->missing.empty())
    return makeError("this machine cannot run code for '" + options.target +
                     "': it lacks " + target->missing);
  auto kernel = std::make_shared<KernelImpl>(
      impl->engine, activation, outputs, options, std::move(target->target));
  auto code = kernel->getCode(IterationSpace::Flat, false, times);
  if (!code)
    return tl::make_unexpected(code.error());
  return Kernel(std::move(kernel));
}

Expected<std::string> Compiler::emit(const Activation &activation,
                                     const KernelOutputs &outputs,
                                     const CompileOptions &options,
                                     EmitKind kind, std::string_view symbol) {
  std::string fault = checkOutputs(activation, outputs);
  if (!fault.empty())
    return makeError(fault);
  auto target = resolveTarget(options.target);
  if (!target)
    return makeError(llvm::toString(target.takeError()));
  KernelRequest request{outputs, options, IterationSpace::Flat, false,
                        std::string(symbol)};
  return impl->engine->pipeline.emit(activation, request, *target, kind);
}

Expected<Activation> Compiler::differentiate(const Activation &activation,
                                             std::string_view name, int order) {
  return impl->engine->pipeline.differentiate(activation, name, order);
}

CacheStatistics Compiler::getCacheStatistics() const {
  return impl->engine->cache.getStatistics();
}

KernelOutputs backwardOutputs(const Activation &activation) {
  KernelOutputs outputs;
  outputs.forward = false;
  outputs.gradients = activation.getInputs();
  for (const Parameter &parameter : activation.getParameters())
    outputs.gradients.push_back(parameter.name);
  return outputs;
}

KernelOutputs fusedOutputs(const Activation &activation) {
  KernelOutputs outputs = backwardOutputs(activation);
  outputs.forward = true;
  return outputs;
}

} // namespace actin
