//===- TilingTest.cpp - Tiles cover all elements once ---------------------===//

#include "Runtime/Tiling.h"

#include <cmath>
#include <gtest/gtest.h>

#include <vector>

using namespace actin;

namespace {

struct Shape {
  int64_t outer, channels, inner;
};

const std::vector<Shape> shapes = {
    {1, 1, 1},     {1, 1, 100000}, {7, 3, 1},     {1000, 10, 1}, {64, 3, 1},
    {3, 50000, 1}, {100000, 2, 1}, {24, 5, 7},    {3, 5, 7},     {8, 256, 49},
    {2, 3, 9001},  {1, 40000, 33}, {5000, 4, 33}, {1, 1, 8192},  {1, 2, 8193}};

/// Counts each element that the tiles touch.
void checkCover(const Shape &shape, bool dependsOnChannel) {
  TensorExtents user{shape.outer, shape.channels, shape.inner};
  Tiling tiling = Tiling::choose(user, dependsOnChannel, 1);
  auto [outer, channels, inner] = tiling.extents;
  ASSERT_EQ(outer * channels * inner, user.getNumElements());
  ASSERT_GE(tiling.outerTiles * tiling.outerBlock, outer);
  ASSERT_LT((tiling.outerTiles - 1) * tiling.outerBlock, outer);
  ASSERT_GE(tiling.channelTiles * tiling.channelBlock, channels);
  ASSERT_LT((tiling.channelTiles - 1) * tiling.channelBlock, channels);
  ASSERT_GE(tiling.innerTiles * tiling.innerBlock, inner);
  ASSERT_LT((tiling.innerTiles - 1) * tiling.innerBlock, inner);
  // No tile is much larger than the others are meant to be.
  EXPECT_LE(tiling.outerBlock * tiling.channelBlock *
                std::min(inner, tiling.innerBlock),
            2 * 8192);
  // Partial sums stay small beside the tensors.
  EXPECT_LE(tiling.getNumPartials(),
            user.getNumElements() / 64 + 2 * tiling.extents.channels + 1);
}

TEST(TilingTest, TilesCoverEverything) {
  for (const Shape &shape : shapes)
    for (bool dependsOnChannel : {false, true}) {
      SCOPED_TRACE(testing::Message() << shape.outer << " " << shape.channels
                                      << " " << shape.inner);
      checkCover(shape, dependsOnChannel);
    }
}

TEST(TilingTest, LanesKnowTheirChannel) {
  for (const Shape &shape : shapes) {
    TensorExtents user{shape.outer, shape.channels, shape.inner};
    Tiling tiling = Tiling::choose(user, true, 1);
    if (tiling.space != IterationSpace::Lanes)
      continue;
    // Element (row, lane) is element row * lanes + lane of memory.
    for (int64_t i = 0; i < std::min<int64_t>(user.getNumElements(), 20000);
         ++i)
      ASSERT_EQ(tiling.getChannel(i % tiling.extents.channels),
                i / shape.inner % shape.channels)
          << i;
  }
}

TEST(TilingTest, PartialsAddUpByChannel) {
  for (const Shape &shape : shapes) {
    TensorExtents user{shape.outer, shape.channels, shape.inner};
    Tiling tiling = Tiling::choose(user, true, 2);
    bool isFlat = tiling.space == IterationSpace::Flat;
    std::vector<double> partials(tiling.getNumPartials());
    for (size_t i = 0; i != partials.size(); ++i) {
      int64_t lane = int64_t(i) % tiling.extents.channels;
      bool isSecond = int64_t(i) / tiling.extents.channels % 2 == 1;
      partials[i] = isSecond ? 1000.0 : double(tiling.getChannel(lane) + 1);
    }
    double all = 0;
    for (int64_t c = 0; c != (isFlat ? 1 : shape.channels); ++c) {
      double lines = tiling.outerTiles * tiling.innerTiles *
                     tiling.repetitions * tiling.lanesPerChannel;
      double sum = tiling.addPartials(partials.data(), 0, isFlat ? -1 : c);
      ASSERT_EQ(sum, lines * (c + 1));
      all += sum;
    }
    EXPECT_EQ(tiling.addPartials(partials.data(), 0, -1), all);
    EXPECT_EQ(tiling.addPartials(partials.data(), 1, -1),
              1000.0 * partials.size() / 2);
  }
}

TEST(TilingTest, SumsAreCompensated) {
  Tiling tiling = Tiling::choose({1, 1, 4 * 8192}, false, 1);
  ASSERT_EQ(tiling.getNumPartials(), 4);
  double partials[] = {1e17, 1.0, 1.0, -1e17};
  EXPECT_EQ(tiling.addPartials(partials, 0, -1), 2.0);
  double infinite[] = {1.0, HUGE_VAL, 1.0, 1.0};
  EXPECT_EQ(tiling.addPartials(infinite, 0, -1), HUGE_VAL);
}

TEST(TilingTest, NoElementsNoTiles) {
  for (const Shape &shape : {Shape{0, 3, 5}, {4, 0, 5}, {4, 3, 0}}) {
    TensorExtents user{shape.outer, shape.channels, shape.inner};
    for (bool dependsOnChannel : {false, true}) {
      Tiling tiling = Tiling::choose(user, dependsOnChannel, 1);
      EXPECT_EQ(tiling.getNumTiles(), 0);
      EXPECT_EQ(tiling.getNumPartials(), 0);
    }
  }
}

} // namespace
