//===- MathToVector.h - Reals to vectors of floating point ------*- C++ -*-===//
//
// The lowering that leaves !act.real: the one place where rounding begins.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_MATHTOVECTOR_H
#define ACTIN_LOWERING_MATHTOVECTOR_H

#include "Lowering/VectorBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace actin {

struct MathLoweringOptions {
  bool isF64 = false;    ///< The compute type: f64, else f32.
  unsigned numLanes = 4; ///< Elements a vector (times vscale).
  TargetTraits traits;
  /// Carry values with more precision where the error analysis asks for it;
  /// without it each operation is rounded to the compute type.
  bool analyzePrecision = true;
};

/// Rewrites `kernel`, a function over !act.real, in place into one over
/// vector<LxfT>. Arguments and results keep their order and attributes; a
/// result of role `sum` or `channel_sum` may become vector<Lxf64> where it is
/// known that precisely. Fails, with a diagnostic, on an operation without a
/// lowering.
mlir::LogicalResult lowerMathToVector(mlir::func::FuncOp kernel,
                                      const MathLoweringOptions &options);

} // namespace actin

#endif // ACTIN_LOWERING_MATHTOVECTOR_H
