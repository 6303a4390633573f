//===- LoopBuilder.h - Indices, loops and sums of lanes ---------*- C++ -*-===//
//
// The scalar vocabulary of what surrounds a vector body, on any target.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_LOOPBUILDER_H
#define ACTIN_LOWERING_LOOPBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/SmallVector.h"

namespace actin {

/// Indices are i64; one call is one operation.
class LoopBuilder {
public:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<Value>;

  explicit LoopBuilder(mlir::ImplicitLocOpBuilder builder) : b(builder) {}

  Value constant(int64_t value) {
    return mlir::arith::ConstantIntOp::create(b, value, 64);
  }
  Value add(Value x, Value y) { return mlir::arith::AddIOp::create(b, x, y); }
  Value sub(Value x, Value y) { return mlir::arith::SubIOp::create(b, x, y); }
  Value mul(Value x, Value y) { return mlir::arith::MulIOp::create(b, x, y); }
  Value min(Value x, Value y) { return mlir::arith::MinSIOp::create(b, x, y); }
  /// Of what is not negative.
  Value div(Value x, Value y) { return mlir::arith::DivUIOp::create(b, x, y); }
  Value rem(Value x, Value y) { return mlir::arith::RemUIOp::create(b, x, y); }
  Value bitAnd(Value x, Value y) {
    return mlir::arith::AndIOp::create(b, x, y);
  }

  Value isEqual(Value x, int64_t y) {
    return mlir::arith::CmpIOp::create(b, mlir::arith::CmpIPredicate::eq, x,
                                       constant(y));
  }
  Value select(Value condition, Value x, Value y) {
    return mlir::arith::SelectOp::create(b, condition, x, y);
  }
  void emitIf(Value condition, llvm::function_ref<void()> emitThen,
              llvm::function_ref<void()> emitElse = nullptr);

  /// Gives the values carried on.
  using LoopBody = llvm::function_ref<Values(Value index, mlir::ValueRange)>;
  /// for (index = begin; index < end; index += step); gives what is carried
  /// out of the last round.
  Values emitLoop(Value begin, Value end, Value step, mlir::ValueRange initial,
                  LoopBody emitBody);

  /// do { } while (index < end). What `emitBody` gives is the next index, and
  /// after it the values carried on.
  Values emitRounds(Value begin, Value end, mlir::ValueRange initial,
                    LoopBody emitBody);

  /// The halves of `vector`, of 2^k floats, added until one is left; the lanes
  /// of a scalable one from the first on. The same order every time.
  Value addLanes(Value vector);

protected:
  mlir::ImplicitLocOpBuilder b;
};

} // namespace actin

#endif // ACTIN_LOWERING_LOOPBUILDER_H
