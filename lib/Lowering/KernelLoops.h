//===- KernelLoops.h - Loops around a vector body ---------------*- C++ -*-===//
//
// In: a function over vectors, as lowerMathToVector leaves it. Out: the kernel,
// a function that runs it over a range of tiles of whole tensors.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_KERNELLOOPS_H
#define ACTIN_LOWERING_KERNELLOOPS_H

#include "Lowering/VectorBuilder.h"
#include "actin/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

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

struct KernelLoopOptions {
  IterationSpace space = IterationSpace::Flat;
  DataType storage = DataType::F32; ///< Of the tensors in memory.
  unsigned numLanes = 4;
  TargetTraits traits;
  /// Stores go past the caches. All outputs must then lie equally far from a
  /// vector's alignment.
  bool streaming = false;
  std::string symbol = "actin_kernel";
};

/// Replaces `body` (roles as planKernel gives them) by the function
/// `options.symbol` with the signature of KernelFunction.
mlir::func::FuncOp buildKernelLoops(mlir::func::FuncOp body,
                                    const KernelLoopOptions &options);

} // namespace actin

#endif // ACTIN_LOWERING_KERNELLOOPS_H
