//===- GpuPlan.h - Tensors to the kernels of a GPU --------------*- C++ -*-===//
//
// Which of a formula's GPU kernels walks tensors of a shape, with which sizes,
// and where the partial sums lie. A pure function of the shape, but for the
// number of blocks, on which no result depends.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_RUNTIME_GPUPLAN_H
#define ACTIN_RUNTIME_GPUPLAN_H

#include "Runtime/Tiling.h"

#include <string_view>
#include <vector>

namespace actin {

/// One launch of a kernel: the blocks, and the sizes that end its arguments.
struct GpuLaunch {
  int64_t numBlocks = 1, threadsPerBlock = 1;
  std::vector<int64_t> sizes;
};

struct GpuPlan {
  IterationSpace space = IterationSpace::Flat;
  GpuLaunch main; ///< But for `vectors`, the last size of _rows and _lanes.
  int64_t numSums = 0;
  /// The partial sums: [line][sum][lineWidth], the last of them (repetition,
  /// channel, element of the channel).
  int64_t lines = 0, lineWidth = 1;
  int64_t channels = 1, lanesPerChannel = 1;

  /// `dependsOnChannel`: some parameter has a value a channel, or a sum is
  /// wanted for each. `numMultiprocessors`: of the GPU.
  static GpuPlan choose(const TensorExtents &extents, bool dependsOnChannel,
                        int64_t numSums, int64_t numMultiprocessors);

  /// False where the tensors have more tiles, rows, lanes or partial sums than
  /// the kernels can count.
  bool isCountable() const;
  /// "", "_rows" or "_lanes": what the kernel's name ends with.
  std::string_view getSuffix() const;
  int64_t getNumPartials() const { return lines * numSums * lineWidth; }
  /// Where the partials of a sum begin, in elements.
  int64_t getFirstPartial(int64_t sum) const { return sum * lineWidth; }
  /// The launch of _finish for a sum over one channel each, or over all.
  GpuLaunch planFinish(bool perChannel) const;

private:
  void chooseFlat(int64_t numElements);
  void chooseRows(const TensorExtents &extents);
  void chooseLanes(const TensorExtents &extents);

  int64_t numWarps = 0; ///< That have work.
};

} // namespace actin

#endif // ACTIN_RUNTIME_GPUPLAN_H
