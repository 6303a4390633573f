//===- GpuPlan.cpp - Tensors to the kernels of a GPU ----------------------===//

#include "Runtime/GpuPlan.h"

#include "actin/GpuKernelCall.h"

#include <algorithm>

namespace actin {

/// Rows shorter than this are walked along the channels instead: a warp would
/// have less than two elements a thread.
static constexpr int64_t shortRow = 64;
/// Lanes are made up to this many by taking several outer rows as one.
static constexpr int64_t wantedLanes = 1024;
/// Rows of lanes a tile: with sums, a partial of 8 bytes for each 64 elements;
/// without, enough to pay for loading the parameters.
static constexpr int64_t rowsPerLaneSum = 64, rowsPerLaneTile = 16;
/// Elements a tile of rows without sums.
static constexpr int64_t elementsPerRowTile = 512;
/// Elements that a thread of a kernel without tiles takes at a time.
static constexpr int64_t elementsPerThread = 4;
/// More blocks than run at once only cost time.
static constexpr int64_t blocksPerMultiprocessor = 16;

static int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

void GpuPlan::chooseFlat(int64_t numElements) {
  lines = divideUp(numElements, gpuTileElements);
  numWarps = numSums != 0
                 ? lines
                 : divideUp(numElements, elementsPerThread * gpuThreadsPerWarp);
  main.sizes = {numElements};
}

void GpuPlan::chooseRows(const TensorExtents &extents) {
  space = IterationSpace::Rows;
  auto [outer, numChannels, inner] = extents;
  int64_t wanted = numSums != 0 ? gpuTileElements : elementsPerRowTile;
  int64_t rowsPerTile = std::clamp<int64_t>(divideUp(wanted, inner), 1,
                                            std::max<int64_t>(outer, 1));
  lines = divideUp(outer, rowsPerTile) * divideUp(inner, gpuTileElements);
  lineWidth = channels = numChannels;
  numWarps = lines * numChannels;
  main.sizes = {outer, numChannels, inner, rowsPerTile};
}

void GpuPlan::chooseLanes(const TensorExtents &extents) {
  space = IterationSpace::Lanes;
  int64_t lanes = extents.channels * extents.inner, outer = extents.outer;
  while (lanes > 0 && lanes * 2 <= wantedLanes && outer > 0 && outer % 2 == 0) {
    lanes *= 2;
    outer /= 2;
  }
  int64_t rowsPerTile =
      std::clamp<int64_t>(outer, 1, numSums ? rowsPerLaneSum : rowsPerLaneTile);
  channels = extents.channels;
  lanesPerChannel = extents.inner;
  lines = divideUp(outer, rowsPerTile);
  lineWidth = lanes;
  // At the most: a lane is one element wide where the tensors are unaligned.
  numWarps = lines * divideUp(lanes, gpuThreadsPerWarp);
  main.sizes = {outer, lanes, channels, lanesPerChannel, rowsPerTile};
}

GpuPlan GpuPlan::choose(const TensorExtents &extents, bool dependsOnChannel,
                        int64_t numSums, int64_t numMultiprocessors) {
  GpuPlan plan;
  plan.numSums = numSums;
  if (!dependsOnChannel || extents.channels == 1)
    plan.chooseFlat(extents.getNumElements());
  else if (extents.inner < shortRow)
    plan.chooseLanes(extents);
  else
    plan.chooseRows(extents);
  plan.main.threadsPerBlock = gpuMaxThreads;
  int64_t wanted = divideUp(plan.numWarps, gpuMaxThreads / gpuThreadsPerWarp);
  plan.main.numBlocks = std::clamp<int64_t>(
      wanted, 1,
      std::max<int64_t>(numMultiprocessors, 1) * blocksPerMultiprocessor);
  return plan;
}

bool GpuPlan::isCountable() const {
  constexpr int64_t limit = int64_t(1) << 31;
  bool isFlat = space == IterationSpace::Flat;
  return (isFlat || (main.sizes[0] < limit && numWarps < limit)) &&
         lineWidth < limit &&
         (numSums == 0 || lines < limit / std::max<int64_t>(lineWidth, 1));
}

std::string_view GpuPlan::getSuffix() const {
  if (space == IterationSpace::Flat)
    return "";
  return space == IterationSpace::Rows ? "_rows" : "_lanes";
}

GpuLaunch GpuPlan::planFinish(bool perChannel) const {
  // A sum over everything is that of one channel which has all lanes.
  int64_t numChannels = perChannel ? channels : 1;
  int64_t perChannelLanes = perChannel ? lanesPerChannel : lineWidth;
  int64_t repetitions =
      perChannel ? lineWidth / std::max<int64_t>(channels * lanesPerChannel, 1)
                 : 1;
  int64_t numTerms = lines * repetitions * perChannelLanes;
  GpuLaunch launch;
  launch.numBlocks = std::clamp<int64_t>(numChannels, 1, INT32_MAX);
  launch.threadsPerBlock = numTerms > 8 * gpuMaxThreads ? gpuMaxFinishThreads
                           : numTerms > 8 * gpuThreadsPerWarp
                               ? gpuMaxThreads
                               : gpuThreadsPerWarp;
  launch.sizes = {lines, numSums * lineWidth, numChannels, perChannelLanes,
                  repetitions};
  return launch;
}

} // namespace actin
