//===- Streams.h - The memory that benchmarks run on ------------*- C++ -*-===//
//
// Three arrays (x, dout, out) shared by all benchmarks, and copies that move
// the same streams as a kernel does.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_BENCH_STREAMS_H
#define ACTIN_BENCH_STREAMS_H

#include <cstddef>
#include <cstdint>
#include <memory>

namespace bench {

/// The arrays of one size. Each begins on a cache line, on a different one of
/// its page: arrays that share the low 12 bits of their addresses slow each
/// other down (4K aliasing), which no caller of a kernel would accept.
class Streams {
public:
  /// x is normally distributed with deviation 2.5 (seeded), dout uniform in
  /// [-1, 1); out is written once, so that its pages exist.
  explicit Streams(int64_t numElements);

  float *getX() const { return x; }
  float *getDout() const { return dout; }
  float *getOut() const { return out; }
  int64_t getNumElements() const { return numElements; }

private:
  int64_t numElements;
  std::unique_ptr<float[]> memory;
  float *x;
  float *dout;
  float *out;
};

/// The streams of `numElements`; the last ones asked for are kept. Not
/// thread-safe.
const Streams &getStreams(int64_t numElements);

/// What a forward kernel moves: memcpy from x to out.
void copyForward(const Streams &streams);

/// What a backward kernel moves, x and dout in and out out: their sum, stored
/// past the caches where the arrays are larger than those (as memcpy does).
void copyBackward(const Streams &streams);

} // namespace bench

#endif // ACTIN_BENCH_STREAMS_H
