//===- Kernel.cpp - Running kernels ---------------------------------------===//

#include "Compiler/KernelImpl.h"
#include "Compiler/Threads.h"
#include "Support/Environment.h"

#include <algorithm>
#include <atomic>

namespace actin {

Expected<const MappedCode *> KernelImpl::getCode(IterationSpace space,
                                                 bool streaming,
                                                 StageTimes *times) const {
  size_t slot = size_t(space) * 2 + streaming;
  if (const MappedCode *code = variants[slot].load(std::memory_order_acquire))
    return code;
  KernelRequest request{signature.outputs, options, space, streaming};
  auto code = engine->getCode(activation, request, *target, times);
  if (!code)
    return tl::make_unexpected(code.error());
  std::lock_guard<std::mutex> lock(mutex);
  if (!owned[slot])
    owned[slot] = std::move(*code);
  variants[slot].store(owned[slot].get(), std::memory_order_release);
  return owned[slot].get();
}

/// A checked call with the code that it needs, which its kernel keeps alive.
/// Filled in place: moving it would cost as much as checking.
struct PreparedLaunch {
  Launch launch;
  const MappedCode *code = nullptr;

  Expected<void> prepare(const KernelImpl *impl,
                         const KernelArguments &arguments) {
    if (!impl)
      return makeError("the kernel is empty");
    auto done = launch.prepare(impl->getSignature(), arguments);
    if (!done)
      return done;
    auto found = impl->getCode(launch.getSpace(), launch.isStreaming());
    if (!found)
      return tl::make_unexpected(found.error());
    code = *found;
    return {};
  }

  void run(int64_t begin, int64_t end, double *partials) const {
    KernelCall call = launch.getCall(partials);
    code->getFunction()(&call, begin, end);
    // Stores past the caches are ordered by nothing else.
    if (launch.isStreaming())
      std::atomic_thread_fence(std::memory_order_seq_cst);
  }
};

/// All the work of a call; `parallelFor` gets the numbers of the tiles.
template <typename Function>
static Expected<void> runAll(const KernelImpl *impl,
                             const KernelArguments &arguments,
                             Function parallelFor) {
  PreparedLaunch prepared;
  if (auto done = prepared.prepare(impl, arguments); !done)
    return tl::make_unexpected(done.error());
  const Launch &launch = prepared.launch;
  std::vector<double> partials(launch.getNumPartials());
  Expected<void> done =
      parallelFor(launch.getNumTiles(), [&](int64_t begin, int64_t end) {
        prepared.run(begin, end, partials.data());
      });
  if (done)
    launch.finish(partials.data());
  return done;
}

Expected<void> Kernel::run(const KernelArguments &arguments) const {
  return run(arguments, 1);
}

Expected<void> Kernel::run(const KernelArguments &arguments,
                           int numThreads) const {
  if (numThreads <= 0)
    numThreads = getDefaultNumThreads();
  auto onThreads = [&](int64_t numTiles, auto runTiles) -> Expected<void> {
    // TBB is not so much as asked for one thread: its first use costs a process
    // 0.1 ms.
    if (numThreads > 1 && numTiles > 1)
      numThreads = limitThreads(numThreads);
    if (numThreads <= 1 || numTiles < 2) {
      runTiles(0, numTiles);
      return {};
    }
    withThreads(numThreads, [&] { parallelFor(numTiles, 4, runTiles); });
    return {};
  };
  return runAll(impl.get(), arguments, onThreads);
}

Expected<void> Kernel::run(const KernelArguments &arguments,
                           const ParallelFor &parallelFor) const {
  auto onHost = [&](int64_t numTiles, auto runTiles) -> Expected<void> {
    // A range out of bounds would write where it must not.
    std::atomic<int64_t> numRun = 0;
    parallelFor(numTiles, [&](int64_t begin, int64_t end) {
      if (begin < 0 || begin > end || end > numTiles)
        return;
      runTiles(begin, end);
      numRun += end - begin;
    });
    if (numRun != numTiles)
      return makeError("the host's parallel loop ran " +
                       std::to_string(numRun) + " of " +
                       std::to_string(numTiles) + " tiles");
    return {};
  };
  return runAll(impl.get(), arguments, onHost);
}

struct PreparedCall::Impl {
  std::shared_ptr<const KernelImpl> kernel;
  PreparedLaunch prepared;
  std::vector<double> partials;
  // What every run would work out again.
  KernelFunction function = nullptr;
  KernelCall call = {};
  int64_t numTiles = 0;
  bool endsWithCode = false;
};

PreparedCall::PreparedCall(std::unique_ptr<Impl> impl)
    : impl(std::move(impl)) {}
PreparedCall::PreparedCall(PreparedCall &&) noexcept = default;
PreparedCall &PreparedCall::operator=(PreparedCall &&) noexcept = default;
PreparedCall::~PreparedCall() = default;

void PreparedCall::run() {
  if (impl->endsWithCode)
    return impl->function(&impl->call, 0, impl->numTiles);
  impl->prepared.run(0, impl->numTiles, impl->partials.data());
  impl->prepared.launch.finish(impl->partials.data());
}

Expected<PreparedCall> Kernel::prepare(const KernelArguments &arguments) const {
  auto call = std::make_unique<PreparedCall::Impl>();
  PreparedLaunch &prepared = call->prepared;
  if (auto done = prepared.prepare(impl.get(), arguments); !done)
    return tl::make_unexpected(done.error());
  call->kernel = impl;
  call->partials.resize(prepared.launch.getNumPartials());
  call->function = prepared.code->getFunction();
  call->call = prepared.launch.getCall(call->partials.data());
  call->numTiles = prepared.launch.getNumTiles();
  call->endsWithCode = call->partials.empty() && !prepared.launch.isStreaming();
  return PreparedCall(std::move(call));
}

Expected<int64_t> Kernel::getNumTiles(const KernelArguments &arguments) const {
  PreparedLaunch prepared;
  if (auto done = prepared.prepare(impl.get(), arguments); !done)
    return tl::make_unexpected(done.error());
  return prepared.launch.getNumTiles();
}

Expected<int64_t>
Kernel::getNumPartials(const KernelArguments &arguments) const {
  PreparedLaunch prepared;
  if (auto done = prepared.prepare(impl.get(), arguments); !done)
    return tl::make_unexpected(done.error());
  return prepared.launch.getNumPartials();
}

Expected<void> Kernel::runTiles(const KernelArguments &arguments,
                                int64_t tileBegin, int64_t tileEnd,
                                double *partials) const {
  PreparedLaunch prepared;
  if (auto done = prepared.prepare(impl.get(), arguments); !done)
    return tl::make_unexpected(done.error());
  if (tileBegin < 0 || tileBegin > tileEnd ||
      tileEnd > prepared.launch.getNumTiles())
    return makeError("the range of tiles is not within [0, numTiles)");
  if (!partials && prepared.launch.getNumPartials() != 0)
    return makeError("a kernel with parameter sums needs a partials buffer");
  prepared.run(tileBegin, tileEnd, partials);
  return {};
}

Expected<void> Kernel::finish(const KernelArguments &arguments,
                              const double *partials) const {
  PreparedLaunch prepared;
  if (auto done = prepared.prepare(impl.get(), arguments); !done)
    return tl::make_unexpected(done.error());
  if (!partials && prepared.launch.getNumPartials() != 0)
    return makeError("a kernel with parameter sums needs a partials buffer");
  prepared.launch.finish(partials);
  return {};
}

Expected<KernelFunction> Kernel::getFunction(IterationSpace space) const {
  if (!impl)
    return makeError("the kernel is empty");
  auto code = impl->getCode(space, false);
  if (!code)
    return tl::make_unexpected(code.error());
  return (*code)->getFunction();
}

size_t Kernel::getCodeSizeBytes() const {
  if (!impl)
    return 0;
  auto code = impl->getCode(IterationSpace::Flat, false);
  return code ? (*code)->getSizeBytes() : 0;
}

} // namespace actin
