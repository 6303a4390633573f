//===- MemoryCacheTest.cpp - Weak entries, one maker a key ----------------===//

#include "Cache/MemoryCache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace actin;

namespace {

using Cache = MemoryCache<int>;

Cache::Make makeValue(int value, std::atomic<int> *calls = nullptr) {
  return [=]() -> Expected<Cache::Handle> {
    if (calls)
      ++*calls;
    return std::make_shared<const int>(value);
  };
}

TEST(MemoryCacheTest, HitsWhileAHandleLives) {
  Cache cache;
  std::atomic<int> calls = 0;
  Cache::Handle handle = cache.getOrMake("a", makeValue(1, &calls)).value();
  EXPECT_EQ(cache.getOrMake("a", makeValue(2, &calls)).value(), handle);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(cache.getStatistics().entries, 1u);
  handle = nullptr;
  EXPECT_EQ(cache.getStatistics().entries, 0u);
  EXPECT_EQ(*cache.getOrMake("a", makeValue(2, &calls)).value(), 2);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(cache.getStatistics().hits, 1u);
  EXPECT_EQ(cache.getStatistics().misses, 2u);
}

TEST(MemoryCacheTest, OneThreadMakesTheOthersWait) {
  Cache cache;
  std::atomic<int> calls = 0, wrong = 0;
  auto slow = [&]() -> Expected<Cache::Handle> {
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return std::make_shared<const int>(7);
  };
  std::vector<Cache::Handle> handles(16);
  std::vector<std::thread> threads;
  for (Cache::Handle &handle : handles)
    threads.emplace_back([&] {
      auto got = cache.getOrMake("k", slow);
      wrong += !got || **got != 7;
      handle = got.value_or(nullptr);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache.getStatistics().hits, 15u);
}

TEST(MemoryCacheTest, FailuresAreNotKept) {
  Cache cache;
  std::atomic<int> calls = 0;
  auto failing = [&]() -> Expected<Cache::Handle> {
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return makeError("no");
  };
  std::vector<std::thread> threads;
  for (int i = 0; i != 8; ++i)
    threads.emplace_back([&] { EXPECT_FALSE(cache.getOrMake("k", failing)); });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(calls, 8);
  EXPECT_EQ(cache.getStatistics().entries, 0u);
  EXPECT_TRUE(cache.getOrMake("k", makeValue(1)));
}

TEST(MemoryCacheTest, KeysDoNotWaitForEachOther) {
  Cache cache;
  Cache::Handle inner;
  auto outer = cache.getOrMake("a", [&]() -> Expected<Cache::Handle> {
    // Would never return if another key's maker held the lock.
    inner = cache.getOrMake("b", makeValue(2)).value();
    return std::make_shared<const int>(1);
  });
  EXPECT_EQ(**outer, 1);
  EXPECT_EQ(*inner, 2);
}

} // namespace
