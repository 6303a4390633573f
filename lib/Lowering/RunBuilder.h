//===- RunBuilder.h - Loops over contiguous elements ------------*- C++ -*-===//
//
// A run of contiguous elements becomes an unrolled loop over whole vectors and
// a loop over masked vectors for what is left. A large body is there only once:
// what is left is copied to a vector on the stack, which is the last one of the
// same loop; and the loop is pipelined. Past the caches the quarters of a long
// run may be gone through side by side.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_RUNBUILDER_H
#define ACTIN_LOWERING_RUNBUILDER_H

#include "Lowering/LoopBuilder.h"
#include "Lowering/VectorBody.h"

namespace actin {

class RunBuilder : public LoopBuilder {
protected:
  using ValueRange = mlir::ValueRange;

  RunBuilder(mlir::func::FuncOp function, const KernelLoopOptions &options);

  bool isPipelined() const {
    return unroll == 1 && !options.traits.isScalable &&
           options.space != IterationSpace::Lanes;
  }

  /// Elements [begin, end); gives the accumulators of `body` after them.
  Values emitRun(Value begin, Value end, ValueRange accumulators);

  mlir::Type pointerType() {
    return mlir::LLVM::LLVMPointerType::get(b.getContext());
  }
  /// Elements a vector.
  Value vectorLanes();
  /// Lane i is active where index + i < end.
  Value remainingMask(Value index, Value end);

  const KernelLoopOptions &options;
  VectorBody body;

private:
  /// In which order a loop goes through the vectors of a run.
  struct Order {
    Value isInterleaved; ///< The run is four quarters; null: it never is.
    Value quarter;       ///< Elements of one, where it is.
    Value ahead;         ///< How many elements it prefetches; null: none.
  };
  /// Null where the machine does not gain by quarters.
  Value getQuarter(Value begin, Value end);
  Value getQuartersEnd(Value begin, Value quarter);
  /// `quarter` may be null.
  Order getOrder(Value quarter, Value isInterleaved);
  /// Where the vector is that is at `index` in the order of a run from `begin`.
  Value placeOf(Value index, Value begin, const Order &order);

  Values emitWholeVectors(Value begin, Value end, ValueRange accumulators,
                          bool streaming, const Order &order);
  Values emitMaskedVectors(Value begin, Value end, ValueRange accumulators);
  Values emitStreamingRun(Value begin, Value end, ValueRange accumulators);
  Values emitPipelinedRun(Value begin, Value end, ValueRange accumulators,
                          const Order &order);
  Values emitPipelinedStreamingRun(Value begin, Value end,
                                   ValueRange accumulators);
  Value wholeVectorsEnd(Value begin, Value end);
  Value emitAlignmentEnd(Value begin, Value end);

  unsigned unroll = 1;
};

} // namespace actin

#endif // ACTIN_LOWERING_RUNBUILDER_H
