//===- LibmLoops.h - Activations as a C++ programmer writes them -*- C++ -*-==//
//
// Scalar loops over std:: mathematics, compiled at -O2: what a user has without
// a vector library.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_BENCH_LIBMLOOPS_H
#define ACTIN_BENCH_LIBMLOOPS_H

#include <cstdint>
#include <string_view>

namespace bench {

struct LibmLoop {
  std::string_view name;
  void (*forward)(const float *x, float *out, int64_t count);
  void (*backward)(const float *x, const float *dout, float *out,
                   int64_t count);
};

/// nullptr where there is no loop of that name.
const LibmLoop *findLibmLoop(std::string_view name);

} // namespace bench

#endif // ACTIN_BENCH_LIBMLOOPS_H
