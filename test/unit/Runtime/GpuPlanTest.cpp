//===- GpuPlanTest.cpp - Tensors to the kernels of a GPU ------------------===//

#include "Runtime/GpuPlan.h"

#include "actin/GpuKernelCall.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

TEST(GpuPlanTest, TheShapeDecidesTheKernel) {
  auto suffixOf = [](TensorExtents extents, bool dependsOnChannel) {
    return GpuPlan::choose(extents, dependsOnChannel, 0, 8).getSuffix();
  };
  EXPECT_EQ(suffixOf({4, 3, 5}, false), "");
  EXPECT_EQ(suffixOf({4, 1, 5}, true), "");
  EXPECT_EQ(suffixOf({4, 3, 5}, true), "_lanes");
  EXPECT_EQ(suffixOf({8192, 1024, 1}, true), "_lanes");
  EXPECT_EQ(suffixOf({4, 3, 3136}, true), "_rows");
}

TEST(GpuPlanTest, BlocksAreAsManyAsTheWorkOrTheGpuHas) {
  EXPECT_EQ(GpuPlan::choose({1, 1, 0}, false, 0, 8).main.numBlocks, 1);
  EXPECT_EQ(GpuPlan::choose({1, 1, 1024}, false, 0, 8).main.numBlocks, 1);
  EXPECT_EQ(GpuPlan::choose({1, 1, 1025}, false, 0, 8).main.numBlocks, 2);
  EXPECT_EQ(GpuPlan::choose({1, 1, 1 << 30}, false, 0, 8).main.numBlocks, 128);
}

/// Where the partial sums lie depends on the shape alone.
TEST(GpuPlanTest, PartialsIgnoreTheGpu) {
  for (TensorExtents extents :
       {TensorExtents{1, 1, 100000}, TensorExtents{64, 12, 784},
        TensorExtents{4096, 64, 1}}) {
    GpuPlan small = GpuPlan::choose(extents, true, 2, 1);
    GpuPlan large = GpuPlan::choose(extents, true, 2, 200);
    EXPECT_EQ(small.main.sizes, large.main.sizes);
    EXPECT_EQ(small.getNumPartials(), large.getNumPartials());
    EXPECT_EQ(small.planFinish(true).sizes, large.planFinish(true).sizes);
    EXPECT_EQ(small.planFinish(true).threadsPerBlock,
              large.planFinish(true).threadsPerBlock);
  }
}

/// lines, lineStride, channels, lanesPerChannel, repetitions.
TEST(GpuPlanTest, SumsTakeEveryPartialOnce) {
  // 64 rows of 2 channels with 3 elements: 128 repetitions of them would be
  // more lanes than wanted; 64 rows are one row of 384 lanes.
  GpuPlan plan = GpuPlan::choose({64, 2, 3}, true, 3, 8);
  EXPECT_EQ(plan.lineWidth, 384);
  EXPECT_EQ(plan.lines, 1);
  EXPECT_EQ(plan.getNumPartials(), 3 * 384);
  EXPECT_EQ(plan.getFirstPartial(2), 2 * 384);
  using Sizes = std::vector<int64_t>;
  EXPECT_EQ(plan.planFinish(true).sizes, (Sizes{1, 3 * 384, 2, 3, 64}));
  EXPECT_EQ(plan.planFinish(false).sizes, (Sizes{1, 3 * 384, 1, 384, 1}));
  GpuPlan rows = GpuPlan::choose({5, 2, 5000}, true, 1, 8);
  EXPECT_EQ(rows.lines, 5 * 3);
  EXPECT_EQ(rows.planFinish(true).sizes, (Sizes{15, 2, 2, 1, 1}));
  EXPECT_EQ(rows.planFinish(false).sizes, (Sizes{15, 2, 1, 2, 1}));
}

TEST(GpuPlanTest, LongSumsHaveLargeBlocks) {
  auto threadsFor = [](int64_t inner) {
    return GpuPlan::choose({1, 1, inner}, false, 1, 8)
        .planFinish(false)
        .threadsPerBlock;
  };
  EXPECT_EQ(threadsFor(100), gpuThreadsPerWarp);
  EXPECT_EQ(threadsFor(2048 * 1000), gpuMaxThreads);
  EXPECT_EQ(threadsFor(2048 * 100000), gpuMaxFinishThreads);
}

TEST(GpuPlanTest, WhatCannotBeCountedIsKnown) {
  EXPECT_TRUE(
      GpuPlan::choose({1, 1, int64_t(1) << 38}, false, 1, 8).isCountable());
  EXPECT_FALSE(GpuPlan::choose({(int64_t(1) << 32) + 1, 3, 1}, true, 0, 8)
                   .isCountable());
  EXPECT_FALSE(
      GpuPlan::choose({1, int64_t(1) << 33, 2}, true, 0, 8).isCountable());
  EXPECT_TRUE(GpuPlan::choose({0, 4, 3}, true, 1, 8).isCountable());
}

} // namespace
