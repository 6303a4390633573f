//===- LoopBuilder.cpp - Indices, loops and sums of lanes -----------------===//

#include "Lowering/LoopBuilder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace actin {

LoopBuilder::Values LoopBuilder::emitLoop(Value begin, Value end, Value step,
                                          ValueRange initial,
                                          LoopBody emitBody) {
  auto loop = scf::ForOp::create(b, begin, end, step, initial);
  // What is emitted may look up what the loop stands in.
  OpBuilder::InsertionGuard guard(b);
  Block *body = loop.getBody();
  if (initial.empty()) // It has an empty yield already.
    body->getTerminator()->erase();
  b.setInsertionPointToEnd(body);
  scf::YieldOp::create(
      b, emitBody(loop.getInductionVar(), loop.getRegionIterArgs()));
  return Values(loop.getResults());
}

LoopBuilder::Values LoopBuilder::emitRounds(Value begin, Value end,
                                            ValueRange initial,
                                            LoopBody emitBody) {
  Values start = {begin};
  llvm::append_range(start, initial);
  TypeRange types = ValueRange(start).getTypes();
  auto loop = scf::WhileOp::create(b, types, start);
  OpBuilder::InsertionGuard guard(b);
  llvm::SmallVector<Location> locations(start.size(), b.getLoc());
  Block *work = b.createBlock(&loop.getBefore(), {}, types, locations);
  Values next =
      emitBody(work->getArgument(0), work->getArguments().drop_front());
  Value goesOn =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, next.front(), end);
  scf::ConditionOp::create(b, goesOn, next);
  Block *again = b.createBlock(&loop.getAfter(), {}, types, locations);
  scf::YieldOp::create(b, again->getArguments());
  return Values(loop.getResults().drop_front());
}

void LoopBuilder::emitIf(Value condition, llvm::function_ref<void()> emitThen,
                         llvm::function_ref<void()> emitElse) {
  auto choice = scf::IfOp::create(b, TypeRange{}, condition,
                                  /*withElseRegion=*/bool(emitElse));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  emitThen();
  if (!emitElse)
    return;
  b.setInsertionPointToStart(choice.elseBlock());
  emitElse();
}

Value LoopBuilder::addLanes(Value vector) {
  auto type = cast<VectorType>(vector.getType());
  if (type.isScalable()) {
    Value zero = arith::ConstantOp::create(
        b, b.getFloatAttr(type.getElementType(), -0.0));
    return LLVM::vector_reduce_fadd::create(b, type.getElementType(), zero,
                                            vector);
  }
  int64_t numLanes = type.getNumElements();
  for (int64_t half = numLanes / 2; half != 0; half /= 2) {
    Value low = vector::ShuffleOp::create(
        b, vector, vector, llvm::to_vector(llvm::seq<int64_t>(0, half)));
    Value high = vector::ShuffleOp::create(
        b, vector, vector, llvm::to_vector(llvm::seq<int64_t>(half, 2 * half)));
    vector = arith::AddFOp::create(b, low, high);
  }
  return vector::ExtractOp::create(b, vector, int64_t(0));
}

} // namespace actin
