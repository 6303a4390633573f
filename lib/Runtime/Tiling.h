//===- Tiling.h - Tensors in tiles ------------------------------*- C++ -*-===//
//
// Which iteration space a call uses, how it is cut into tiles, and where the
// partial sums of the tiles lie. A pure function of the shapes: the same for
// every number of threads.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_RUNTIME_TILING_H
#define ACTIN_RUNTIME_TILING_H

#include "actin/KernelCall.h"

#include <cstdint>

namespace actin {

/// The extents that a user sees.
struct TensorExtents {
  int64_t outer = 1, channels = 1, inner = 1;
  int64_t getNumElements() const { return outer * channels * inner; }
};

struct Tiling {
  IterationSpace space = IterationSpace::Flat;
  int64_t numSums = 0;
  /// What the kernel sees; in Flat, outer and channels are 1, in Lanes inner.
  TensorExtents extents;
  /// Lanes: a lane is (repetition of the channels, channel, inner element), so
  /// that short rows and few channels still fill vectors.
  int64_t repetitions = 1, lanesPerChannel = 1;
  int64_t numChannels = 1; ///< Of the user; 1 in Flat.
  int64_t outerBlock = 1, channelBlock = 1, innerBlock = 1;
  int64_t outerTiles = 0, channelTiles = 1, innerTiles = 1;

  /// `dependsOnChannel`: some parameter has a value a channel, or a sum is
  /// wanted for each. All of `user` are >= 0 and their product fits.
  static Tiling choose(const TensorExtents &user, bool dependsOnChannel,
                       int64_t numSums);

  int64_t getNumTiles() const { return outerTiles * channelTiles * innerTiles; }
  int64_t getNumPartials() const {
    return outerTiles * innerTiles * numSums * extents.channels;
  }
  /// Values that the kernel wants of a channel parameter: that of lane i is
  /// the value of channel getChannel(i).
  int64_t getNumChannelValues() const { return extents.channels; }
  int64_t getChannel(int64_t lane) const {
    return lane / lanesPerChannel % numChannels;
  }

  /// The sum number `sum` over one channel, or (-1) over all of them:
  /// Neumaier's compensated sum of the partials, in an order given by the shape
  /// alone.
  double addPartials(const double *partials, int64_t sum,
                     int64_t channel) const;

private:
  void chooseLanes(const TensorExtents &user);
  void chooseBlocks();
};

} // namespace actin

#endif // ACTIN_RUNTIME_TILING_H
