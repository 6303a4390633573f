//===- Simplify.h - Algebra that makes formulas shorter ---------*- C++ -*-===//
//
// See Passes.td for the rules. The same input gives the same output, operation
// for operation.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_SIMPLIFY_H
#define ACTIN_TRANSFORMS_SIMPLIFY_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

struct SimplifyOptions {
  /// Folds every operation on constants, to 113 bits. Otherwise only where the
  /// result is an exact decimal, so that sqrt(2) and 1/3 keep their shape.
  bool foldIrrational = false;
  /// x / x gives 1, sqrt(x) ** 2 gives x. For a derivative: where its formula
  /// is undefined by such a term, so is the function it derives from.
  bool cancelFactors = false;
  /// For people: (x / sqrt(2)) ** 2 gives x ** 2 / 2. Not for kernels, where
  /// x ** 2 may overflow before x / s does.
  bool readable = false;
};

/// Simplifies `function` (over !act.real, one block) in place: constants, like
/// terms, common factors, selections, common sub-expressions, dead code. The
/// value at every point of the domain stays what it was. Time is linear in the
/// operations. Leaves a function with operations of other dialects alone.
void simplify(mlir::func::FuncOp function, const SimplifyOptions &options = {});

/// Erases the operations of `block` that nothing uses; they must be pure.
void eraseDeadCode(mlir::Block &block);

} // namespace actin

#endif // ACTIN_TRANSFORMS_SIMPLIFY_H
