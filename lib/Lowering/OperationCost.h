//===- OperationCost.h - What a kernel costs --------------------*- C++ -*-===//

#ifndef ACTIN_LOWERING_OPERATIONCOST_H
#define ACTIN_LOWERING_OPERATIONCOST_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

/// The vector instructions, about, that `kernel` takes in f32 on AVX-512, in
/// the precision that it needs. A division counts as five, which is what one
/// costs beside others. Operations that no result needs are free.
double estimateCost(mlir::func::FuncOp kernel);

} // namespace actin

#endif // ACTIN_LOWERING_OPERATIONCOST_H
