//===- Threads.cpp - Loops on TBB's threads -------------------------------===//
//
// The one place where TBB shares out work, since ThreadSanitizer cannot see how
// it orders what its threads do: the library is not instrumented. In builds
// with that sanitizer (ACTIN_ANNOTATE_THREADS) this file is not instrumented
// either, and says what the library promises.
//
//===----------------------------------------------------------------------===//

#include "Compiler/Threads.h"

#include <algorithm>

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#ifdef ACTIN_ANNOTATE_THREADS
#include <sanitizer/tsan_interface.h>
#endif

namespace actin {
namespace {

/// What came before its post() is visible after a wait() that follows it.
class Order {
public:
#ifdef ACTIN_ANNOTATE_THREADS
  void post() { __tsan_release(this); }
  void wait() { __tsan_acquire(this); }
#else
  void post() {}
  void wait() {}
#endif
};

} // namespace

int limitThreads(int numThreads) {
  size_t most = tbb::global_control::active_value(
      tbb::global_control::max_allowed_parallelism);
  return int(std::min(size_t(numThreads), most));
}

void withThreads(int numThreads, const std::function<void()> &work) {
  Order start, end;
  start.post();
  tbb::task_arena(numThreads).execute([&] {
    start.wait();
    work();
    end.post();
  });
  end.wait();
}

void parallelFor(int64_t count, int64_t grain,
                 const std::function<void(int64_t, int64_t)> &body) {
  Order start, end;
  start.post();
  tbb::parallel_for(tbb::blocked_range<int64_t>(0, count, grain),
                    [&](const tbb::blocked_range<int64_t> &range) {
                      start.wait();
                      body(range.begin(), range.end());
                      end.post();
                    });
  end.wait();
}

} // namespace actin
