//===- Compiler.cpp - What the public Compiler does -----------------------===//

#include "Compiler/KernelImpl.h"
#include "Frontend/Frontend.h"

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <set>

namespace actin {

namespace {

/// What one handle was asked for with. The identity is that of an activation
/// which the kernel keeps alive, so that no living entry meets another one's.
struct KernelKey {
  const void *identity;
  KernelOutputs outputs;
  CompileOptions options;
};

/// A KernelKey without copies.
struct KernelQuery {
  const void *identity;
  const KernelOutputs &outputs;
  const CompileOptions &options;
};

struct KernelKeyHash {
  using is_transparent = void;
  template <typename Key> size_t operator()(const Key &key) const {
    const CompileOptions &options = key.options;
    // Few kernels of one activation differ in more than this.
    return llvm::hash_combine(
        key.identity, key.outputs.forward, key.outputs.gradients.size(),
        key.outputs.seconds.size(), options.type, options.math,
        options.stabilize, options.target.size());
  }
};

struct KernelKeyEqual {
  using is_transparent = void;
  template <typename A, typename B>
  bool operator()(const A &a, const B &b) const {
    return a.identity == b.identity && a.outputs == b.outputs &&
           a.options == b.options;
  }
};

} // namespace

struct Compiler::Impl {
  std::shared_ptr<Engine> engine;
  /// Handles that are alive; the code has a cache of its own in the engine,
  /// which also finds what was asked for with an equal formula.
  MemoryCache<KernelImpl, KernelKey, KernelKeyHash, KernelKeyEqual> kernels =
      {};

  Expected<std::shared_ptr<const KernelImpl>>
  make(const Activation &activation, const KernelOutputs &outputs,
       const CompileOptions &options, StageTimes *times);
};

Compiler::Compiler() : Compiler(DiskCacheOptions::fromEnvironment()) {}
Compiler::Compiler(const DiskCacheOptions &diskCache)
    : impl(std::make_unique<Impl>(std::make_shared<Engine>(diskCache))) {}
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

Expected<std::shared_ptr<const KernelImpl>>
Compiler::Impl::make(const Activation &activation, const KernelOutputs &outputs,
                     const CompileOptions &options, StageTimes *times) {
  std::string fault = checkOutputs(activation, outputs);
  if (!fault.empty())
    return makeError(fault);
  auto target = engine->getTarget(options.target);
  if (!target)
    return tl::make_unexpected(target.error());
  if (!(*target)->missing.empty())
    return makeError("this machine cannot run code for '" + options.target +
                     "': it lacks " + (*target)->missing);
  auto kernel = std::make_shared<KernelImpl>(engine, activation, outputs,
                                             options, std::move(*target));
  auto code = kernel->getCode(IterationSpace::Flat, false, times);
  if (!code)
    return tl::make_unexpected(code.error());
  return kernel;
}

Expected<Kernel> Compiler::compile(const Activation &activation,
                                   const KernelOutputs &outputs,
                                   const CompileOptions &options,
                                   StageTimes *times) {
  const void *identity = activation.getIdentity();
  if (auto alive = impl->kernels.find(KernelQuery{identity, outputs, options}))
    return Kernel(std::move(alive));
  auto kernel = impl->kernels.getOrMake({identity, outputs, options}, [&] {
    return impl->make(activation, outputs, options, times);
  });
  if (!kernel)
    return tl::make_unexpected(kernel.error());
  return Kernel(std::move(*kernel));
}

Expected<std::string> Compiler::emit(const Activation &activation,
                                     const KernelOutputs &outputs,
                                     const CompileOptions &options,
                                     EmitKind kind, std::string_view symbol) {
  std::string fault = checkOutputs(activation, outputs);
  if (!fault.empty())
    return makeError(fault);
  auto service = impl->engine->getService();
  if (!service)
    return tl::make_unexpected(service.error());
  KernelRequest request{outputs, options, IterationSpace::Flat, false,
                        std::string(symbol)};
  return (*service)->emit(activation.print(), request, kind);
}

Expected<std::string>
Compiler::emitObject(const std::vector<ObjectFunction> &functions,
                     const ObjectOptions &options, EmitKind kind) {
  std::vector<ObjectFunctionText> texts;
  std::set<std::string> symbols;
  for (const ObjectFunction &function : functions) {
    std::string fault = checkOutputs(function.activation, function.outputs);
    if (!fault.empty())
      return makeError(fault);
    if (!symbols.insert(function.symbol).second)
      return makeError("two functions are called '" + function.symbol + "'");
    ObjectFunctionText text = {
        function.activation.print(), function.outputs, function.symbol, {}};
    if (options.debugInfo) {
      Expected<Activation> printed = parsePrinted(text.formula);
      if (!printed)
        return tl::make_unexpected(printed.error());
      text.source = mapSource(function.activation, *printed);
      text.source.file = function.sourceFile;
    }
    texts.push_back(std::move(text));
  }
  auto service = impl->engine->getService();
  if (!service)
    return tl::make_unexpected(service.error());
  return (*service)->emitObject(texts, options, kind);
}

Expected<std::string> Compiler::describeTargets() {
  auto service = impl->engine->getService();
  if (!service)
    return tl::make_unexpected(service.error());
  return (*service)->describeTargets();
}

Expected<Activation> Compiler::differentiate(const Activation &activation,
                                             std::string_view name, int order,
                                             DerivativeForm form) {
  auto service = impl->engine->getService();
  if (!service)
    return tl::make_unexpected(service.error());
  auto text = (*service)->differentiate(activation.print(), name, order, form);
  if (!text)
    return tl::make_unexpected(text.error());
  return parsePrinted(*text);
}

Expected<std::vector<Rewrite>>
Compiler::listRewrites(const Activation &activation,
                       const KernelOutputs &outputs,
                       const CompileOptions &options) {
  std::string fault = checkOutputs(activation, outputs);
  if (!fault.empty())
    return makeError(fault);
  auto service = impl->engine->getService();
  if (!service)
    return tl::make_unexpected(service.error());
  std::string text = activation.print();
  Expected<Activation> printed = parsePrinted(text);
  if (!printed)
    return tl::make_unexpected(printed.error());
  KernelRequest request;
  request.outputs = outputs;
  request.options = options;
  auto rewrites = (*service)->listRewrites(text, request);
  if (!rewrites)
    return rewrites;
  SourceMap source = mapSource(activation, *printed);
  std::vector<Rewrite> result;
  for (Rewrite &rewrite : *rewrites) {
    rewrite.location = source.find(rewrite.location);
    bool isKnown = llvm::any_of(result, [&](const Rewrite &other) {
      return other.location == rewrite.location &&
             other.reason == rewrite.reason && other.subject == rewrite.subject;
    });
    if (!isKnown)
      result.push_back(std::move(rewrite));
  }
  return result;
}

CacheStatistics Compiler::getCacheStatistics() const {
  CacheStatistics statistics = impl->engine->getCacheStatistics();
  statistics.hits += impl->kernels.getStatistics().hits;
  return statistics;
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
