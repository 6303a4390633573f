//===- BoundArguments.h - Checked operands of one call ----------*- C++ -*-===//
//
// In: what a user passes to a kernel. Out: the same, checked against what the
// kernel computes, with shapes resolved. No operand's memory is touched: it may
// be another device's.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_RUNTIME_BOUNDARGUMENTS_H
#define ACTIN_RUNTIME_BOUNDARGUMENTS_H

#include "Runtime/Tiling.h"
#include "actin/Compiler.h"

#include "llvm/ADT/SmallVector.h"

namespace actin {

/// What the operands of a kernel must look like.
struct KernelSignature {
  std::vector<std::string> inputs;
  std::vector<Parameter> parameters;
  KernelOutputs outputs;
  DataType type = DataType::F32;
  /// The parameters' defaults (0 where there is none) as float. Calls point to
  /// them, and to the defaults themselves.
  std::vector<float> narrowDefaults;

  KernelSignature(const Activation &activation, const KernelOutputs &outputs,
                  DataType type);

  bool needsDout() const { return !outputs.gradients.empty(); }
  /// The parameter of that name; nullptr where it is an input.
  const Parameter *findParameter(std::string_view name) const;
};

/// One checked call. Nothing is taken from the heap for one of few operands.
struct BoundArguments {
  struct BoundParameter {
    const void *data; ///< Null: the default.
    int64_t count;    ///< Values: one, or one a channel.
    bool isChannel;
  };
  struct Sum {
    void *output;
    bool perChannel;
  };

  DataType type = DataType::F32;
  int64_t numElements = 0;
  TensorExtents extents;
  llvm::SmallVector<const void *, 4> inputs; ///< And dout.
  llvm::SmallVector<void *, 4> outputs;      ///< Elementwise.
  llvm::SmallVector<BoundParameter, 4> parameters;
  llvm::SmallVector<Sum, 4> sums;

  /// Fills this, which is empty. Errors: as Kernel::run lists them.
  Expected<void> bind(const KernelSignature &signature,
                      const KernelArguments &arguments);

  /// True where some parameter has a value a channel, or some sum is wanted for
  /// each.
  bool dependsOnChannel() const;
};

} // namespace actin

#endif // ACTIN_RUNTIME_BOUNDARGUMENTS_H
