//===- Kernel.cpp - Running kernels ---------------------------------------===//

#include "Compiler/KernelImpl.h"

#include <algorithm>
#include <atomic>
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace actin {

Expected<CodeHandle> KernelImpl::getCode(IterationSpace space, bool streaming,
                                         StageTimes *times) const {
  size_t slot = size_t(space) * 2 + streaming;
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (variants[slot])
      return variants[slot];
  }
  KernelRequest request{signature.outputs, options, space, streaming};
  auto code = engine->getCode(activation, request, *target, times);
  if (code) {
    std::lock_guard<std::mutex> lock(mutex);
    variants[slot] = *code;
  }
  return code;
}

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

} // namespace actin
