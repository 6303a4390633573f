//===- ObjectEntry.h - The C function around a kernel -----------*- C++ -*-===//
//
// What a kernel in an object file is called by: an ordinary C function of
// pointers, scalars and sizes. It fills in the KernelCall, goes over the tiles
// and adds parameter sums up, on a stack frame of fixed size: no memory is
// allocated and nothing is called but the kernels.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_OBJECTENTRY_H
#define ACTIN_LOWERING_OBJECTENTRY_H

#include "actin/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/SmallVector.h"

namespace actin {

/// The operands of a kernel, in the order of the function's arguments:
/// inputs, parameters, outputs, sums, then the sizes, which are `n`, or `outer,
/// channels, inner` where a parameter has one value a channel.
struct ObjectSignature {
  DataType storage = DataType::F32;
  unsigned numInputs = 1;                     ///< dout among them.
  llvm::SmallVector<bool> parameterIsChannel; ///< Pointer, else by value.
  unsigned numOutputs = 1;
  llvm::SmallVector<bool> sumIsChannel; ///< One value a channel, else one.

  /// What `body`, a planned kernel with its roles, has.
  static ObjectSignature of(mlir::func::FuncOp body, DataType storage);

  bool hasChannels() const {
    return llvm::is_contained(parameterIsChannel, true);
  }
};

/// KernelLoopOptions::partialStride of the kernels that an entry calls.
constexpr int64_t objectPartialStride = 64;

/// Adds the function `symbol` to the module of `flat`, a kernel for
/// IterationSpace::Flat. `lanes`, for IterationSpace::Lanes, is called where
/// rows have one element; needed where the signature has channels.
mlir::func::FuncOp buildObjectEntry(llvm::StringRef symbol,
                                    const ObjectSignature &signature,
                                    mlir::func::FuncOp flat,
                                    mlir::func::FuncOp lanes);

} // namespace actin

#endif // ACTIN_LOWERING_OBJECTENTRY_H
