//===- KernelGPU.h - Kernels of NVIDIA's GPUs around a body -----*- C++ -*-===//
//
// In: a function over vectors and the same over single elements, as
// lowerMathToVector leaves them. Out: one kernel for each way of walking the
// tensors, and one that adds up partial sums.
//
// Every kernel may be launched with any number of blocks of any number of
// whole warps (one dimension); the results do not depend on it. Sums are taken
// tile by tile, a warp each, and the tiles are a function of the shape alone.
//
//   SYMBOL         (tensors… parameters… outputs… [partials], elements)
//   SYMBOL_rows    (tensors… parameters… outputs… [partials],
//                   outer, channels, inner, rowsPerTile)
//   SYMBOL_lanes   (tensors… parameters… outputs… [partials],
//                   outer, lanes, channels, lanesPerChannel, rowsPerTile)
//   SYMBOL_finish  (partials, sum, lines, lineStride, channels,
//                   lanesPerChannel, repetitions)
//
// Pointers are to global memory, aligned to their elements: inputs in order,
// then dout where a gradient is asked for; parameters of the compute type;
// elementwise results in order; `partials`, f64, where there are parameter
// sums. Sizes are i64; there are fewer than 2^31 tiles, rows, lanes and terms
// of a sum. _rows and _lanes exist where something depends on the
// channel, _finish where there are sums. An output may be the very memory of an
// input; 128-bit accesses are used where all tensors are aligned to them.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_KERNELGPU_H
#define ACTIN_LOWERING_KERNELGPU_H

#include "Lowering/VectorBuilder.h"
#include "actin/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

struct GpuKernelOptions {
  DataType storage = DataType::F32; ///< Of the tensors in memory.
  TargetTraits traits;
  std::string symbol = "actin_kernel";
};

/// Elements of one access of `single`'s kernels: 128 bits, or 64 where so many
/// elements at once would want more registers than a thread has.
unsigned chooseGpuLanes(DataType storage, mlir::func::FuncOp single);

/// Elements of one row that a warp adds up for one partial sum.
inline constexpr int64_t gpuTileElements = 2048;
/// Threads of a block: at the most, as compiled, and for _finish.
inline constexpr int64_t gpuMaxThreads = 256, gpuMaxFinishThreads = 1024;

/// Partial sums lie at [line][sum][channel or lane]; the lines are
///  - SYMBOL: tiles of gpuTileElements elements (one channel);
///  - _rows: outer tiles of rowsPerTile rows, each with the tiles of a row;
///  - _lanes: outer tiles of rowsPerTile rows (numbered as lanes).
/// A lane of _lanes is (repetition, channel, element): its channel is lane /
/// lanesPerChannel % channels.
///
/// _finish: for each channel c, sum[c] = the sum over lines, repetitions r and
/// elements e of partials[line * lineStride + (r * channels + c) *
/// lanesPerChannel + e], rounded to the compute type. A block adds up one
/// channel at a time; the order depends on the size of the block.
///
/// Consumes `wide` (chooseGpuLanes lanes) and `single` (one).
void buildGpuKernels(mlir::func::FuncOp wide, mlir::func::FuncOp single,
                     const GpuKernelOptions &options);

} // namespace actin

#endif // ACTIN_LOWERING_KERNELGPU_H
