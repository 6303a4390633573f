//===- WarpBuilder.h - Threads, warps and blocks of a GPU -------*- C++ -*-===//
//
// The vocabulary of NVIDIA's machine: which thread this is, sums over a warp
// and over a block. Built with LLVM's NVVM intrinsics.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_WARPBUILDER_H
#define ACTIN_LOWERING_WARPBUILDER_H

#include "Lowering/LoopBuilder.h"
#include "actin/GpuKernelCall.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace actin {

/// Of the running thread, all i64. A grid has one dimension, a block whole
/// warps.
struct ThreadIndices {
  mlir::Value thread, numThreads; ///< In the grid.
  mlir::Value threadOfBlock, threadsPerBlock;
  mlir::Value block, numBlocks; ///< Block in the grid.
  mlir::Value warp, numWarps;   ///< Warp in the grid.
  mlir::Value lane;             ///< Thread in the warp.
};

class WarpBuilder : public LoopBuilder {
public:
  static constexpr int64_t threadsPerWarp = gpuThreadsPerWarp;
  static constexpr int64_t maxWarpsPerBlock = 32;
  /// Global memory.
  static constexpr unsigned globalSpace = 1;

  using LoopBuilder::LoopBuilder;

  mlir::LLVM::LLVMPointerType globalPointer() {
    return mlir::LLVM::LLVMPointerType::get(b.getContext(), globalSpace);
  }

  /// A kernel without results, with the insertion point in it. Its blocks have
  /// `maxThreads` threads at the most.
  mlir::LLVM::LLVMFuncOp beginKernel(llvm::StringRef symbol,
                                     llvm::ArrayRef<mlir::Type> arguments,
                                     int64_t maxThreads);
  ThreadIndices emitIndices();

  /// Of what is in [0, 2^31): 64-bit division is a call on a GPU.
  Value shortDiv(Value x, Value y);
  Value shortRem(Value x, Value y);
  Value less(Value x, Value y);
  Value equal(Value x, Value y);

  /// The sum of every lane's f64, in all lanes: partners at distance 16 first,
  /// neighbours last. All lanes must take part.
  Value sumOverWarp(Value value);
  /// The sum of every thread's f64, in the lanes of the block's first warp:
  /// each warp's, then those. All threads must take part.
  Value sumOverBlock(Value value, const ThreadIndices &indices);

private:
  Value call(mlir::Type result, llvm::StringRef intrinsic,
             mlir::ValueRange arguments);
  Value constant32(int32_t value) {
    return mlir::arith::ConstantIntOp::create(b, value, 32);
  }
  Value shuffle(Value bits, int32_t distance);
  Value toShort(Value x);
  void emitBarrier();
  Value sharedSums();
};

} // namespace actin

#endif // ACTIN_LOWERING_WARPBUILDER_H
