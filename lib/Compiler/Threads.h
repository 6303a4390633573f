//===- Threads.h - Loops on TBB's threads -----------------------*- C++ -*-===//

#ifndef ACTIN_COMPILER_THREADS_H
#define ACTIN_COMPILER_THREADS_H

#include <cstdint>
#include <functional>

namespace actin {

/// `numThreads`, or as many as TBB has: asked for more it prints a warning.
int limitThreads(int numThreads);

/// Calls `work`, in which parallelFor has up to `numThreads` threads; TBB must
/// have as many (limitThreads).
void withThreads(int numThreads, const std::function<void()> &work);

/// Calls `body` with parts [begin, end) of [0, count) on this thread and
/// others; parts of `grain` numbers or less are not divided. What happened
/// before is visible to each, and what each does to whatever comes after.
void parallelFor(int64_t count, int64_t grain,
                 const std::function<void(int64_t, int64_t)> &body);

} // namespace actin

#endif // ACTIN_COMPILER_THREADS_H
