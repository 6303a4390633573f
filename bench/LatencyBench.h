//===- LatencyBench.h - What calling a known kernel costs -------*- C++ -*-===//

#ifndef ACTIN_BENCH_LATENCYBENCH_H
#define ACTIN_BENCH_LATENCYBENCH_H

#include "actin/Expected.h"

#include <string>
#include <vector>

namespace actin::bench {

struct Latency {
  std::string what;
  double nanos = 0; ///< Median.
};

/// How long until a kernel that was compiled before can be called again: in a
/// new process (this program, run with `freshProcessFlag` or, for comparison,
/// `emptyProcessFlag`), by its formula in this process, by its handle.
Expected<std::vector<Latency>> measureLatencies(int numRounds);

inline constexpr const char *freshProcessFlag = "--fresh-process",
                            *emptyProcessFlag = "--empty-process";

/// What a new process does: text to result, with the cache on disk. Prints the
/// nanoseconds that passed. Returns the exit status.
int runFreshProcess();

} // namespace actin::bench

#endif // ACTIN_BENCH_LATENCYBENCH_H
