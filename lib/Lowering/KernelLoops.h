//===- KernelLoops.h - Loops around a vector body ---------------*- C++ -*-===//
//
// In: a function over vectors, as lowerMathToVector leaves it. Out: the kernel,
// a function that runs it over a range of tiles of whole tensors.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_KERNELLOOPS_H
#define ACTIN_LOWERING_KERNELLOOPS_H

#include "Lowering/VectorBuilder.h"
#include "actin/KernelCall.h"
#include "actin/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

struct KernelLoopOptions {
  IterationSpace space = IterationSpace::Flat;
  DataType storage = DataType::F32; ///< Of the tensors in memory.
  unsigned numLanes = 4;            ///< Elements a vector (times vscale).
  TargetTraits traits;
  /// Stores go past the caches. All outputs must then lie equally far from a
  /// vector's alignment.
  bool streaming = false;
  /// Vectors of the tensors lie at multiples of their size in memory.
  bool alignedVectors = false;
  /// Elements of `partials` from one sum to the next; 0: the channels.
  int64_t partialStride = 0;
  std::string symbol = "actin_kernel";
};

/// Replaces `body` (roles as planKernel gives them) by the function
/// `options.symbol` with the signature of KernelFunction.
mlir::func::FuncOp buildKernelLoops(mlir::func::FuncOp body,
                                    const KernelLoopOptions &options);

} // namespace actin

#endif // ACTIN_LOWERING_KERNELLOOPS_H
