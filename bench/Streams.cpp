//===- Streams.cpp - The memory that benchmarks run on --------------------===//
//
// Allocates and fills the arrays; copies them.
//
//===----------------------------------------------------------------------===//

#include "Streams.h"

#include <algorithm>
#include <cstring>
#include <random>

using namespace bench;

static constexpr int64_t lineFloats = 64 / sizeof(float);
static constexpr int64_t pageFloats = 4096 / sizeof(float);

/// The first address from `begin` that lies `offset` floats into a page.
static float *placeInPage(float *begin, int64_t offset) {
  auto address = reinterpret_cast<uintptr_t>(begin) / sizeof(float);
  int64_t position = static_cast<int64_t>(address % pageFloats);
  return begin + (offset - position + pageFloats) % pageFloats;
}

Streams::Streams(int64_t numElements)
    : numElements(numElements),
      memory(new float[3 * (numElements + 2 * pageFloats)]) {
  x = placeInPage(memory.get(), 0);
  dout = placeInPage(x + numElements, 21 * lineFloats);
  out = placeInPage(dout + numElements, 42 * lineFloats);

  // A block of random numbers, repeated: 2^25 fresh ones take a second.
  constexpr int64_t blockSize = 1 << 16;
  std::mt19937 engine(20);
  std::normal_distribution<float> normal(0, 2.5f);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int64_t i = 0; i < numElements; ++i) {
    x[i] = i < blockSize ? normal(engine) : x[i - blockSize];
    dout[i] = i < blockSize ? uniform(engine) : dout[i - blockSize];
    out[i] = 0;
  }
}

const Streams &bench::getStreams(int64_t numElements) {
  static std::unique_ptr<Streams> streams;
  if (!streams || streams->getNumElements() != numElements) {
    streams.reset();
    streams = std::make_unique<Streams>(numElements);
  }
  return *streams;
}

void bench::copyForward(const Streams &streams) {
  std::memcpy(streams.getOut(), streams.getX(),
              streams.getNumElements() * sizeof(float));
}

namespace {
/// A cache line of floats, at any address that suits a float.
typedef float Line __attribute__((vector_size(64), aligned(4)));
typedef float AlignedLine __attribute__((vector_size(64)));
} // namespace

#if defined(__has_builtin)
#if __has_builtin(__builtin_nontemporal_store)
#define STREAM_STORE(value, pointer) __builtin_nontemporal_store(value, pointer)
#endif
#endif
#ifndef STREAM_STORE
#define STREAM_STORE(value, pointer) (*(pointer) = (value))
#endif

// Three clones, chosen when the program starts: the widest vectors there are.
#define EACH_VECTOR_WIDTH                                                      \
  __attribute__((target_clones("default", "avx2", "avx512f")))

EACH_VECTOR_WIDTH
static void addCached(const float *x, const float *dout, float *out,
                      int64_t count) {
  for (int64_t i = 0; i < count; i += lineFloats)
    *reinterpret_cast<Line *>(out + i) =
        *reinterpret_cast<const Line *>(x + i) +
        *reinterpret_cast<const Line *>(dout + i);
}

EACH_VECTOR_WIDTH
static void addStreaming(const float *x, const float *dout, float *out,
                         int64_t count) {
  for (int64_t i = 0; i < count; i += lineFloats) {
    AlignedLine sum = *reinterpret_cast<const Line *>(x + i) +
                      *reinterpret_cast<const Line *>(dout + i);
    STREAM_STORE(sum, reinterpret_cast<AlignedLine *>(out + i));
  }
}

void bench::copyBackward(const Streams &streams) {
  constexpr int64_t cacheBytes = 32 << 20;
  int64_t count = streams.getNumElements() / lineFloats * lineFloats;
  bool streaming =
      3 * count * static_cast<int64_t>(sizeof(float)) > 3 * cacheBytes;
  (streaming ? addStreaming : addCached)(streams.getX(), streams.getDout(),
                                         streams.getOut(), count);
}
