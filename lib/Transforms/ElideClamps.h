//===- ElideClamps.h - Clamps that change no result -------------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_ELIDECLAMPS_H
#define ACTIN_TRANSFORMS_ELIDECLAMPS_H

#include "Analysis/ClampProof.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace actin {

/// Hears what the proof says of each bound of a clamp, and the clamp's place.
using ClampListener = llvm::function_ref<void(
    ClampBound bound, BoundEffect effect, mlir::Location location)>;

/// Leaves out, in place, each bound of a clamp in `function` (over !act.real,
/// one block) that is proven to change none of its results by more than a part
/// of an ulp: see Passes.td. Roles (`act.role`) say which arguments are inputs,
/// and may be infinite. `isF64`: the compute type. Any clamp of a function with
/// operations of other dialects, or of a very long one, stays.
void elideClamps(mlir::func::FuncOp function, bool isF64,
                 ClampListener listener = nullptr);

} // namespace actin

#endif // ACTIN_TRANSFORMS_ELIDECLAMPS_H
