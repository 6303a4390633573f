//===- RunBuilder.cpp - Loops over contiguous elements --------------------===//

#include "Lowering/RunBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace actin {

/// Parts of a run that are gone through side by side.
static constexpr unsigned numQuarters = 4;
/// Hardware fetches ahead within a page of this many bytes.
static constexpr int64_t pageBytes = 4096;
/// Bodies up to this many operations are unrolled as many times: enough
/// independent work to hide latencies without spilling registers.
static constexpr size_t smallBody = 12;
/// What widening and adding up a term counts for.
static constexpr size_t operationsPerSum = 6;

RunBuilder::RunBuilder(func::FuncOp function, const KernelLoopOptions &options)
    : LoopBuilder(ImplicitLocOpBuilder::atBlockEnd(
          function.getLoc(), function->getParentOfType<ModuleOp>().getBody())),
      options(options), body(function, options, b) {
  size_t size = body.getSize() + operationsPerSum * body.getNumSums();
  unroll = size <= smallBody ? numQuarters : 1;
  if (isPipelined())
    body.cutIntoStages();
}

Value RunBuilder::vectorLanes() {
  Value lanes = constant(options.numLanes);
  if (!options.traits.isScalable)
    return lanes;
  return mul(LLVM::vscale::create(b, b.getI64Type()), lanes);
}

Value RunBuilder::remainingMask(Value index, Value end) {
  if (options.traits.isScalable) {
    auto type = getVectorType(b.getI1Type(), options.numLanes, options.traits);
    return LLVM::GetActiveLaneMaskOp::create(b, type, index, end);
  }
  // i32 lanes suffice: what is beyond the vector is all the same.
  Value remaining = min(sub(end, index), constant(options.numLanes));
  Value narrow = arith::TruncIOp::create(b, b.getI32Type(), remaining);
  auto type = VectorType::get({int64_t(options.numLanes)}, b.getI32Type());
  auto lanes = llvm::to_vector(llvm::seq<int32_t>(0, options.numLanes));
  Value iota = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, ArrayRef<int32_t>(lanes)));
  Value limit = vector::BroadcastOp::create(b, type, narrow);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, iota, limit);
}

RunBuilder::Values RunBuilder::emitWholeVectors(Value begin, Value end,
                                                ValueRange accumulators,
                                                bool streaming,
                                                const Order &order) {
  Value lanes = constant(options.numLanes);
  Value step = constant(int64_t(options.numLanes) * unroll), spacing = lanes;
  if (order.isInterleaved) {
    // A vector of each quarter, from the first one's begin to its end.
    end = select(order.isInterleaved, add(begin, order.quarter), end);
    step = select(order.isInterleaved, lanes, step);
    spacing = select(order.isInterleaved, order.quarter, lanes);
  }
  return emitLoop(begin, end, step, accumulators,
                  [&](Value index, ValueRange carried) {
                    Values values(carried);
                    for (unsigned i = 0; i != unroll; ++i) {
                      Value at = add(index, mul(constant(i), spacing));
                      values = body.process(at, /*accessed=*/Value(),
                                            /*summed=*/Value(), values,
                                            streaming, order.ahead);
                    }
                    return values;
                  });
}

RunBuilder::Values RunBuilder::emitMaskedVectors(Value begin, Value end,
                                                 ValueRange accumulators) {
  return emitLoop(begin, end, vectorLanes(), accumulators,
                  [&](Value index, ValueRange carried) {
                    Value mask = remainingMask(index, end);
                    return body.process(index, mask, mask, carried,
                                        /*streaming=*/false);
                  });
}

/// Where the last whole step of [begin, end) ends.
Value RunBuilder::wholeVectorsEnd(Value begin, Value end) {
  int64_t step = int64_t(options.numLanes) * unroll;
  Value whole = arith::AndIOp::create(b, sub(end, begin), constant(-step));
  return add(begin, whole);
}

/// The first element from `begin` on at which the outputs are aligned.
Value RunBuilder::emitAlignmentEnd(Value begin, Value end) {
  unsigned elementBytes = getSizeBytes(options.storage);
  int64_t vectorBytes = int64_t(elementBytes) * options.numLanes;
  Value address =
      LLVM::PtrToIntOp::create(b, b.getI64Type(), body.getFirstOutput());
  address = add(address, mul(begin, constant(elementBytes)));
  Value missing = arith::AndIOp::create(b, sub(constant(0), address),
                                        constant(vectorBytes - 1));
  missing = arith::DivUIOp::create(b, missing, constant(elementBytes));
  return min(add(begin, missing), end);
}

/// Whole pages.
Value RunBuilder::getQuarter(Value begin, Value end) {
  if (!options.traits.interleavesQuarters)
    return {};
  int64_t pageElements = pageBytes / getSizeBytes(options.storage);
  return bitAnd(div(sub(end, begin), constant(numQuarters)),
                constant(-pageElements));
}

Value RunBuilder::getQuartersEnd(Value begin, Value quarter) {
  return quarter ? add(begin, mul(quarter, constant(numQuarters))) : begin;
}

RunBuilder::Order RunBuilder::getOrder(Value quarter, Value isInterleaved) {
  Value ahead;
  int64_t distance =
      options.traits.prefetchBytes / getSizeBytes(options.storage);
  if (distance != 0)
    ahead = constant(distance);
  if (!quarter)
    return {{}, {}, ahead};
  if (ahead)
    ahead = select(isInterleaved, constant(distance / numQuarters), ahead);
  return {isInterleaved, quarter, ahead};
}

Value RunBuilder::placeOf(Value index, Value begin, const Order &order) {
  if (!order.isInterleaved)
    return index;
  Value lanes = constant(options.numLanes), zero = constant(0);
  Value number = div(sub(index, begin), lanes);
  Value mask = select(order.isInterleaved, constant(numQuarters - 1), zero);
  Value shift =
      select(order.isInterleaved, constant(llvm::Log2_32(numQuarters)), zero);
  Value line = arith::ShRUIOp::create(b, number, shift);
  return add(begin,
             add(mul(bitAnd(number, mask), order.quarter), mul(line, lanes)));
}

/// Masked vectors up to alignment, quarters; masked ones of the end, and what
/// is between. Each pair shares its code: it is run twice.
RunBuilder::Values RunBuilder::emitStreamingRun(Value begin, Value end,
                                                ValueRange accumulators) {
  Value aligned = emitAlignmentEnd(begin, end);
  Value wholeEnd = wholeVectorsEnd(aligned, end);
  Value quarter = getQuarter(aligned, wholeEnd);
  Value quartersEnd = getQuartersEnd(aligned, quarter);
  return emitLoop(
      constant(0), constant(2), constant(1), accumulators,
      [&](Value round, ValueRange carried) {
        Value isFirst = isEqual(round, 0);
        Values values =
            emitMaskedVectors(select(isFirst, begin, wholeEnd),
                              select(isFirst, aligned, end), carried);
        return emitWholeVectors(select(isFirst, aligned, quartersEnd),
                                select(isFirst, quartersEnd, wholeEnd), values,
                                /*streaming=*/true, getOrder(quarter, isFirst));
      });
}

/// Vector i is in the first stage in round i, a stage further each round. The
/// copies stand in for the vector that is not whole, and for what is beyond
/// both ends, where ones raise no exception. The rounds in which all stages are
/// at whole vectors are a loop of their own inside of the one over all rounds:
/// nothing is chosen there.
RunBuilder::Values RunBuilder::emitPipelinedRun(Value begin, Value end,
                                                ValueRange accumulators,
                                                const Order &order) {
  int64_t lanes = options.numLanes;
  unsigned numStages = body.getNumStages();
  Value wholeEnd = wholeVectorsEnd(begin, end);
  Value mask = remainingMask(wholeEnd, end);
  Value hasTail =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, wholeEnd, end);
  body.copyInputs(wholeEnd, mask);
  Value lastEnd = select(hasTail, add(wholeEnd, constant(lanes)), wholeEnd);
  Values carried = body.initialCarried();
  llvm::copy(accumulators, carried.begin());
  size_t numOfBody = carried.size();
  // A stage is where the one before it was a round earlier.
  if (order.isInterleaved)
    carried.append(numStages - 1, begin);
  auto placesAt = [&](Value index, ValueRange values) {
    Values places = {placeOf(index, begin, order)};
    llvm::append_range(places, values.drop_front(numOfBody));
    places.resize(numStages, index);
    return places;
  };
  auto isOutside = [&](Value index) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::uge,
                                 sub(index, begin), sub(wholeEnd, begin));
  };
  carried = emitRounds(
      begin, add(lastEnd, constant(lanes * (numStages - 1))), carried,
      [&](Value index, ValueRange values) {
        Values indices = placesAt(index, values);
        llvm::SmallVector<VectorBody::Place> places;
        Value last; // In the order of the run, as `index` is.
        for (unsigned stage = 0; stage != numStages; ++stage) {
          last = stage == 0 ? index : sub(index, constant(stage * lanes));
          places.push_back(
              {order.isInterleaved ? indices[stage] : last, isOutside(last)});
        }
        Value summed;
        if (body.getNumSums() != 0) {
          Value isBefore =
              arith::CmpIOp::create(b, arith::CmpIPredicate::slt, last, begin);
          summed = remainingMask(select(isBefore, end, last), end);
        }
        // Where the first stage and the last are inside, all are.
        Value isEdge = arith::OrIOp::create(b, places.front().isCopy,
                                            places.back().isCopy);
        Value phaseEnd = select(isEdge, add(index, constant(lanes)), wholeEnd);
        Values bases = body.getBases(places, indices);
        Values next = emitRounds(
            index, phaseEnd, values, [&](Value index, ValueRange values) {
              Values indices = placesAt(index, values);
              Values next = body.processStages(bases, indices, summed,
                                               values.take_front(numOfBody),
                                               options.streaming, order.ahead);
              if (order.isInterleaved)
                next.append(indices.begin(), indices.end() - 1);
              next.insert(next.begin(), add(index, constant(lanes)));
              return next;
            });
        next.insert(next.begin(), phaseEnd);
        return next;
      });
  emitIf(hasTail, [&] { body.copyOutputsBack(wholeEnd, mask); });
  carried.resize(accumulators.size());
  return carried;
}

/// Up to alignment, where there is no whole vector; quarters; and the rest.
RunBuilder::Values
RunBuilder::emitPipelinedStreamingRun(Value begin, Value end,
                                      ValueRange accumulators) {
  Value aligned = emitAlignmentEnd(begin, end);
  Value quarter = getQuarter(aligned, end);
  Value quartersEnd = getQuartersEnd(aligned, quarter);
  Value step = quarter ? select(isEqual(quarter, 0), constant(2), constant(1))
                       : constant(2);
  return emitLoop(
      constant(0), constant(3), step, accumulators,
      [&](Value round, ValueRange carried) {
        Value isFirst = isEqual(round, 0), isLast = isEqual(round, 2);
        Value from =
            select(isFirst, begin, select(isLast, quartersEnd, aligned));
        Value to = select(isFirst, aligned, select(isLast, end, quartersEnd));
        return emitPipelinedRun(from, to, carried,
                                getOrder(quarter, isEqual(round, 1)));
      });
}

RunBuilder::Values RunBuilder::emitRun(Value begin, Value end,
                                       ValueRange accumulators) {
  // Whole scalable vectors would save nothing but the masks' upkeep.
  if (options.traits.isScalable)
    return emitMaskedVectors(begin, end, accumulators);
  if (isPipelined())
    return options.streaming && body.hasOutputs()
               ? emitPipelinedStreamingRun(begin, end, accumulators)
               : emitPipelinedRun(begin, end, accumulators, {});
  if (options.streaming && body.hasOutputs())
    return emitStreamingRun(begin, end, accumulators);
  Value wholeEnd = wholeVectorsEnd(begin, end);
  Values values =
      emitWholeVectors(begin, wholeEnd, accumulators, /*streaming=*/false, {});
  return emitMaskedVectors(wholeEnd, end, values);
}

} // namespace actin
