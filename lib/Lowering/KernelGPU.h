//===- KernelGPU.h - Kernels of NVIDIA's GPUs around a body -----*- C++ -*-===//
//
// In: a function over vectors and the same over single elements, as
// lowerMathToVector leaves them. Out: the kernels that GpuKernelCall.h
// describes: one for each way of walking the tensors, and one that adds up
// partial sums.
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

/// Consumes `wide` (chooseGpuLanes lanes) and `single` (one).
void buildGpuKernels(mlir::func::FuncOp wide, mlir::func::FuncOp single,
                     const GpuKernelOptions &options);

} // namespace actin

#endif // ACTIN_LOWERING_KERNELGPU_H
