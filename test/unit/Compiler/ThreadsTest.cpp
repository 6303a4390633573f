//===- ThreadsTest.cpp - Loops on TBB's threads ---------------------------===//

#include "Compiler/Threads.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

using namespace actin;

namespace {

// Nothing here is atomic: ThreadSanitizer must see how the loops are ordered.
TEST(Threads, EveryNumberOnceBetweenWhatComesBeforeAndAfter) {
  constexpr int64_t count = 50000;
  std::vector<int> seen(count);
  for (int round = 1; round <= 100; ++round) {
    int step = round;
    withThreads(limitThreads(4), [&] {
      parallelFor(count, 16, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i != end; ++i)
          seen[i] += step;
      });
      for (int &number : seen)
        ++number;
    });
    step = 0;
    int expected = round * (round + 1) / 2 + round;
    EXPECT_EQ(seen, std::vector<int>(count, expected));
  }
}

TEST(Threads, PartsHaveTheirGrain) {
  constexpr int64_t count = 1000, grain = 64;
  std::vector<int64_t> sizes(count);
  withThreads(limitThreads(4), [&] {
    parallelFor(count, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i != end; ++i)
        sizes[i] = end - begin;
    });
  });
  for (int64_t size : sizes) // TBB halves what is larger than its grain.
    EXPECT_GE(size, grain / 2);
}

TEST(Threads, AnEmptyLoopDoesNothing) {
  parallelFor(0, 1, [](int64_t, int64_t) { FAIL(); });
}

TEST(Threads, NoMoreThanTheMachineHas) {
  EXPECT_EQ(limitThreads(1), 1);
  EXPECT_LE(limitThreads(1 << 20), int(std::thread::hardware_concurrency()));
}

} // namespace
