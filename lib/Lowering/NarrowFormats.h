//===- NarrowFormats.h - f16 and bf16 in memory -----------------*- C++ -*-===//

#ifndef ACTIN_LOWERING_NARROWFORMATS_H
#define ACTIN_LOWERING_NARROWFORMATS_H

#include "Lowering/VectorBuilder.h"
#include "actin/Tensor.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace actin {

/// `bits`, vector<Lxi16> of f16 or bf16 as `type` says, as vector<Lxf32>.
/// Exact; a NaN stays one.
mlir::Value widenFromBits(mlir::ImplicitLocOpBuilder &b, mlir::Value bits,
                          DataType type, const TargetTraits &traits);

/// vector<Lxf32> rounded once to nearest-even, as vector<Lxi16>. A NaN stays
/// one; overflow gives an infinity; subnormal results are kept.
mlir::Value narrowToBits(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                         DataType type, const TargetTraits &traits);

} // namespace actin

#endif // ACTIN_LOWERING_NARROWFORMATS_H
