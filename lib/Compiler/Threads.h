//===- Threads.h - How many threads TBB is asked for ------------*- C++ -*-===//

#ifndef ACTIN_COMPILER_THREADS_H
#define ACTIN_COMPILER_THREADS_H

#include <algorithm>

#include <tbb/global_control.h>

namespace actin {

/// `numThreads`, or as many as TBB has: asked for more it prints a warning.
inline int limitThreads(int numThreads) {
  size_t most = tbb::global_control::active_value(
      tbb::global_control::max_allowed_parallelism);
  return int(std::min(size_t(numThreads), most));
}

} // namespace actin

#endif // ACTIN_COMPILER_THREADS_H
