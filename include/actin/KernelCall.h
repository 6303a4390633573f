//===- KernelCall.h - How compiled code is called ---------------*- C++ -*-===//
//
// The one contract between the code that kernels are compiled to and the
// runtime that calls it. Plain types: the runtime knows no MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_KERNELCALL_H
#define ACTIN_KERNELCALL_H

#include <cstdint>

namespace actin {

/// How the tensors are walked. All are seen as [outer, channel, inner].
enum class IterationSpace : uint8_t {
  /// No operand depends on the channel: one run of `inner` elements.
  Flat,
  /// One value a channel, broadcast over each row of `inner` elements.
  Rows,
  /// inner == 1: channel values are loaded as vectors.
  Lanes,
};

/// What a kernel is called with. Its fields are part of the machine code.
///
/// A tile is a block of each of the three dimensions; tiles are numbered in
/// memory order, inner blocks fastest. The size of the blocks is the caller's
/// choice; it must not depend on the number of threads. Flat: outer and
/// channels are 1. Lanes: inner is 1.
struct KernelCall {
  const void *const *inputs;     ///< Tensors in order, then dout.
  const void *const *parameters; ///< Each one value, or one a channel.
  void *const *outputs;          ///< The elementwise results, in order.
  /// [outer block][inner block][sum][channel].
  double *partials;
  int64_t outer, channels, inner;
  int64_t outerBlock, channelBlock, innerBlock; ///< Elements; >= 1.
  int64_t channelTiles, innerTiles;             ///< Blocks; >= 1.
};

/// Runs the tiles [tileBegin, tileEnd). Tiles are independent of each other.
using KernelFunction = void (*)(const KernelCall *call, int64_t tileBegin,
                                int64_t tileEnd);

} // namespace actin

#endif // ACTIN_KERNELCALL_H
