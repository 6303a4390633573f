//===- PlanKernel.h - Everything that one kernel computes -------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_PLANKERNEL_H
#define ACTIN_TRANSFORMS_PLANKERNEL_H

#include "actin/Compiler.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

/// Adds to the module of `activation` the function `@kernel`: arguments those
/// of `activation` with their attributes, then `dout` (act.role "dout") where
/// a gradient is asked for. Results, in this order:
///  - the value, act.role "forward", where `outputs.forward`;
///  - for each gradient dout * dy/dname, act.name the argument's, act.role
///    "gradient" of an input, "sum" of a scalar parameter, "channel_sum" of a
///    channel parameter (the kernel's loops do the summing);
///  - for each second d2y/dname2, act.role "second".
/// Simplified, with all constants folded; equal parts are one, dead ones gone.
///
/// Fails, with an error at `activation`, where nothing is asked for, a name is
/// unknown, given twice, or, for a second derivative, a parameter's, where
/// `activation` cannot be derived, or where the module holds a `kernel`.
mlir::FailureOr<mlir::func::FuncOp> planKernel(mlir::func::FuncOp activation,
                                               const KernelOutputs &outputs);

} // namespace actin

#endif // ACTIN_TRANSFORMS_PLANKERNEL_H
