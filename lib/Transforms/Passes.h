//===- Passes.h - Passes over formulas --------------------------*- C++ -*-===//
//
// The functions behind the passes stand in Differentiate.h, Simplify.h,
// PlanKernel.h, Stabilize.h, ExpandNearZero.h and ExpandAtInfinity.h; the
// compiler calls those.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_PASSES_H
#define ACTIN_TRANSFORMS_PASSES_H

#include "actin/Dialect/Act/Act.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace actin {

#define GEN_PASS_DECL
#include "Transforms/Passes.h.inc"

/// Registers every pass of this library, for actin-opt.
void registerActinPasses();

} // namespace actin

#endif // ACTIN_TRANSFORMS_PASSES_H
