//===- GpuKernelCall.h - How the kernels of a GPU are called ----*- C++ -*-===//
//
// The contract between the PTX of a formula and what launches it.
//
//   SYMBOL         (tensors… parameters… outputs… [partials], elements)
//   SYMBOL_rows    (tensors… parameters… outputs… [partials],
//                   outer, channels, inner, rowsPerTile, vectors)
//   SYMBOL_lanes   (tensors… parameters… outputs… [partials],
//                   outer, lanes, channels, lanesPerChannel, rowsPerTile,
//                   vectors)
//   SYMBOL_finish  (partials, sum, lines, lineStride, channels,
//                   lanesPerChannel, repetitions)
//
// Pointers are to global memory, aligned to their elements: inputs in order,
// then dout where a gradient is asked for; parameters of the compute type, one
// value or one a channel; elementwise results in order; `partials`, f64, where
// there are parameter sums. Sizes are i64; there are fewer than 2^31 tiles,
// rows, lanes and terms of a sum. An output may be the very memory of an input.
// 128-bit accesses (64-bit in very large kernels) are used where all tensors
// are aligned to them.
//
// Without suffix: nothing depends on the channel, or there is one; a channel
// parameter has one value. _rows and _lanes exist where something can depend on
// the channel, and see tensors as [outer, channel, inner] and [outer, lane];
// a lane is (repetition, channel, element), its channel is lane /
// lanesPerChannel % channels. Bit k of `vectors` says that parameter number k
// has a value a channel; without it, one for all.
//
// Kernels may be launched with any number of blocks of any number of whole
// warps, in one dimension, up to the number of threads below; the results do
// not depend on it. Sums are taken tile by tile, by a warp each; which elements
// a tile has is a function of the sizes. Partial sums lie at
// [line][sum][channel or lane]; the lines are
//  - without suffix: tiles of gpuTileElements elements (one channel);
//  - _rows: for each rowsPerTile rows, the tiles of gpuTileElements elements of
//    a row;
//  - _lanes: each rowsPerTile rows.
//
// _finish exists where there are sums: for each channel c, sum[c] = the sum
// over lines, repetitions r and elements e of partials[line * lineStride + (r *
// channels + c) * lanesPerChannel + e], rounded to the compute type. A block
// adds up one channel at a time; the order depends on the number of threads.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_GPUKERNELCALL_H
#define ACTIN_GPUKERNELCALL_H

#include <cstdint>

namespace actin {

/// Elements of one row that a warp adds up for one partial sum.
inline constexpr int64_t gpuTileElements = 2048;
/// Threads of a block, at the most: of all kernels but _finish, and of that.
inline constexpr int64_t gpuMaxThreads = 256, gpuMaxFinishThreads = 1024;
inline constexpr int64_t gpuThreadsPerWarp = 32;
/// Parameters that `vectors` has bits for.
inline constexpr unsigned gpuMaxParameters = 64;

} // namespace actin

#endif // ACTIN_GPUKERNELCALL_H
