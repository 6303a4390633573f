//===- Tabulate.h - Functions of one input as tables ------------*- C++ -*-===//

#ifndef ACTIN_LOWERING_TABULATE_H
#define ACTIN_LOWERING_TABULATE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

/// Marks the results of `kernel`, as planKernel leaves it, that are smooth
/// functions of one input wherever they are defined: nothing in them chooses.
/// What comes after may put choices in, which change no value.
void markSmoothResults(mlir::func::FuncOp kernel);

/// Replaces results so marked (or their factor beside dout) by act.piecewise,
/// times an exponential that they decay with, where that takes fewer operations
/// at the precision that f32 asks for. For targets whose registers hold tables.
/// Deterministic. Time: about 2,000 evaluations of the function.
void tabulate(mlir::func::FuncOp kernel);

} // namespace actin

#endif // ACTIN_LOWERING_TABULATE_H
