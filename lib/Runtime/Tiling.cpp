//===- Tiling.cpp - Tensors in tiles --------------------------------------===//

#include "Runtime/Tiling.h"

#include <algorithm>
#include <cmath>

namespace actin {

/// Elements a tile: large enough to hide the cost of a tile, small enough for
/// the second-level cache and for sharing work out.
static constexpr int64_t tileElements = 8192;
/// Elements a partial sum: its 8 bytes should not weigh against theirs.
static constexpr int64_t elementsPerPartial = 256, rowsPerLaneSum = 64;
/// Rows shorter than this are walked along the channels instead.
static constexpr int64_t shortRow = 32;
/// Lanes are made up to this many by taking several outer rows as one.
static constexpr int64_t wantedLanes = 64;

static int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

Tiling Tiling::choose(const TensorExtents &user, bool dependsOnChannel,
                      int64_t numSums) {
  Tiling tiling;
  tiling.numSums = numSums;
  tiling.extents = user;
  tiling.numChannels = user.channels;
  bool fewRows = user.outer < 8;
  if (!dependsOnChannel || user.channels == 1) {
    tiling.extents = {1, 1, user.getNumElements()};
    tiling.numChannels = 1;
  } else if (user.inner == 1 || (user.inner < shortRow && !fewRows)) {
    tiling.chooseLanes(user);
  } else {
    tiling.space = IterationSpace::Rows;
  }
  if (user.getNumElements() != 0)
    tiling.chooseBlocks();
  return tiling;
}

void Tiling::chooseLanes(const TensorExtents &user) {
  space = IterationSpace::Lanes;
  lanesPerChannel = user.inner;
  int64_t lanes = user.channels * user.inner;
  while (lanes > 0 && lanes * repetitions * 2 <= wantedLanes &&
         user.outer % (repetitions * 2) == 0)
    repetitions *= 2;
  extents = {user.outer / repetitions, lanes * repetitions, 1};
}

void Tiling::chooseBlocks() {
  auto [outer, channels, inner] = extents;
  innerBlock = std::min(inner, tileElements);
  if (space == IterationSpace::Flat)
    innerBlock = tileElements;
  int64_t rows = space == IterationSpace::Lanes
                     ? rowsPerLaneSum
                     : divideUp(elementsPerPartial, innerBlock);
  outerBlock = std::min(outer, rows);
  channelBlock = std::max<int64_t>(1, tileElements / (outerBlock * innerBlock));
  if (space == IterationSpace::Lanes)
    channelBlock = divideUp(channelBlock, wantedLanes) * wantedLanes;
  channelBlock = std::min(channels, channelBlock);
  if (channelBlock == channels)
    outerBlock = std::min(
        outer, std::max(outerBlock, tileElements / (channels * innerBlock)));
  outerTiles = divideUp(outer, outerBlock);
  channelTiles = divideUp(channels, channelBlock);
  innerTiles = divideUp(inner, innerBlock);
}

double Tiling::addPartials(const double *partials, int64_t sum,
                           int64_t channel) const {
  double total = 0.0, lost = 0.0;
  auto add = [&](double term) {
    double next = total + term;
    lost += std::fabs(total) >= std::fabs(term) ? (total - next) + term
                                                : (term - next) + total;
    total = next;
  };
  int64_t numLines = outerTiles * innerTiles;
  for (int64_t line = 0; line != numLines; ++line) {
    const double *values = partials + (line * numSums + sum) * extents.channels;
    if (channel < 0) {
      std::for_each(values, values + extents.channels, add);
      continue;
    }
    for (int64_t repetition = 0; repetition != repetitions; ++repetition) {
      const double *first =
          values + (repetition * numChannels + channel) * lanesPerChannel;
      std::for_each(first, first + lanesPerChannel, add);
    }
  }
  // An infinite total has no meaningful rest.
  return std::isfinite(lost) ? total + lost : total;
}

} // namespace actin
