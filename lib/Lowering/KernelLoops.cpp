//===- KernelLoops.cpp - Loops around a vector body -----------------------===//
//
// A run of contiguous elements becomes an unrolled loop over whole vectors and
// a loop over masked vectors for what is left. A large body is there only once:
// what is left is copied to a vector on the stack, which is the last one of the
// same loop; and the loop is pipelined.
//
//===----------------------------------------------------------------------===//

#include "Lowering/KernelLoops.h"

#include "Lowering/LoopBuilder.h"
#include "Lowering/VectorBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/STLExtras.h"

#include <cstddef>

using namespace mlir;

namespace actin {

namespace {

/// Bodies up to this many operations are unrolled four-fold: enough independent
/// work to hide latencies without spilling registers.
constexpr size_t smallBody = 12;
/// What widening and adding up a term counts for.
constexpr size_t operationsPerSum = 6;

class KernelLoopBuilder : LoopBuilder {
public:
  KernelLoopBuilder(func::FuncOp function, const KernelLoopOptions &options)
      : LoopBuilder(ImplicitLocOpBuilder::atBlockEnd(
            function.getLoc(),
            function->getParentOfType<ModuleOp>().getBody())),
        function(function), options(options), body(function, options, b) {
    size_t size = body.getSize() + operationsPerSum * body.getNumSums();
    unroll = size <= smallBody ? 4 : 1;
    if (isPipelined())
      body.cutIntoStages();
  }

  func::FuncOp build();

private:
  bool isPipelined() const {
    return unroll == 1 && !options.traits.isScalable &&
           options.space != IterationSpace::Lanes;
  }

  struct Block {
    Value begin, end;
  };

  Value loadField(Type type, size_t offset);
  Value loadSize(size_t offset) { return loadField(b.getI64Type(), offset); }
  void loadCall();
  Type pointerType() { return LLVM::LLVMPointerType::get(b.getContext()); }

  Values emitRun(Value begin, Value end, ValueRange accumulators);
  Values emitPipelinedRun(Value begin, Value end, ValueRange accumulators);
  Values emitPipelinedStreamingRun(Value begin, Value end,
                                   ValueRange accumulators);
  Values emitStreamingRun(Value begin, Value end, ValueRange accumulators);
  Values emitWholeVectors(Value begin, Value end, ValueRange accumulators,
                          bool streaming);
  Values emitMaskedVectors(Value begin, Value end, ValueRange accumulators);
  /// Elements a vector.
  Value vectorLanes();
  Value remainingMask(Value index, Value end);
  Value wholeVectorsEnd(Value begin, Value end);
  Value emitAlignmentEnd(Value begin, Value end);

  void emitTiles(llvm::function_ref<void(Value tile)> emitTile);
  Block blockOf(Value number, Value size, Value extent);
  Value partialIndex(Value slot, unsigned sum, Value channel);
  void storePartials(ValueRange accumulators, Value slot, Value channel);
  void emitFlat();
  void emitRowTile(Value tile);
  void emitLaneTile(Value tile);
  void emitLaneColumns(Block columns, Block rows, Value slot, bool masked);

  func::FuncOp function;
  const KernelLoopOptions &options;
  VectorBody body;
  unsigned unroll = 1;

  // The kernel under construction.
  Value call, tileBegin, tileEnd, partials;
  Value outer, channels, inner;
  Value outerBlock, channelBlock, innerBlock, channelTiles, innerTiles;
};

} // namespace

Value KernelLoopBuilder::loadField(Type type, size_t offset) {
  Value address = LLVM::GEPOp::create(
      b, pointerType(), b.getI8Type(), call,
      ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(int32_t(offset))});
  return LLVM::LoadOp::create(b, type, address);
}

void KernelLoopBuilder::loadCall() {
  outer = loadSize(offsetof(KernelCall, outer));
  channels = loadSize(offsetof(KernelCall, channels));
  inner = loadSize(offsetof(KernelCall, inner));
  outerBlock = loadSize(offsetof(KernelCall, outerBlock));
  channelBlock = loadSize(offsetof(KernelCall, channelBlock));
  innerBlock = loadSize(offsetof(KernelCall, innerBlock));
  channelTiles = loadSize(offsetof(KernelCall, channelTiles));
  innerTiles = loadSize(offsetof(KernelCall, innerTiles));
  Type pointer = pointerType();
  partials = loadField(pointer, offsetof(KernelCall, partials));
  body.loadAddresses(loadField(pointer, offsetof(KernelCall, inputs)),
                     loadField(pointer, offsetof(KernelCall, parameters)),
                     loadField(pointer, offsetof(KernelCall, outputs)));
  if (isPipelined())
    body.allocateCopies();
}

//===----------------------------------------------------------------------===//
// A run of contiguous elements
//===----------------------------------------------------------------------===//

Value KernelLoopBuilder::vectorLanes() {
  Value lanes = constant(options.numLanes);
  if (!options.traits.isScalable)
    return lanes;
  return mul(LLVM::vscale::create(b, b.getI64Type()), lanes);
}

/// Lane i is active where index + i < end.
Value KernelLoopBuilder::remainingMask(Value index, Value end) {
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

LoopBuilder::Values KernelLoopBuilder::emitWholeVectors(Value begin, Value end,
                                                        ValueRange accumulators,
                                                        bool streaming) {
  int64_t step = int64_t(options.numLanes) * unroll;
  return emitLoop(begin, end, constant(step), accumulators,
                  [&](Value index, ValueRange carried) {
                    Values values(carried);
                    for (unsigned i = 0; i != unroll; ++i) {
                      Value at = add(index, constant(i * options.numLanes));
                      values =
                          body.process(at, /*accessed=*/Value(),
                                       /*summed=*/Value(), values, streaming);
                    }
                    return values;
                  });
}

LoopBuilder::Values
KernelLoopBuilder::emitMaskedVectors(Value begin, Value end,
                                     ValueRange accumulators) {
  return emitLoop(begin, end, vectorLanes(), accumulators,
                  [&](Value index, ValueRange carried) {
                    Value mask = remainingMask(index, end);
                    return body.process(index, mask, mask, carried,
                                        /*streaming=*/false);
                  });
}

/// Where the last whole step of [begin, end) ends.
Value KernelLoopBuilder::wholeVectorsEnd(Value begin, Value end) {
  int64_t step = int64_t(options.numLanes) * unroll;
  Value whole = arith::AndIOp::create(b, sub(end, begin), constant(-step));
  return add(begin, whole);
}

/// The first element from `begin` on at which the outputs are aligned.
Value KernelLoopBuilder::emitAlignmentEnd(Value begin, Value end) {
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

/// Masked vectors up to alignment, whole ones, masked ones. The first and the
/// last share their code: it is run twice, the second time without whole ones.
LoopBuilder::Values
KernelLoopBuilder::emitStreamingRun(Value begin, Value end,
                                    ValueRange accumulators) {
  Value aligned = emitAlignmentEnd(begin, end);
  Value wholeEnd = wholeVectorsEnd(aligned, end);
  return emitLoop(
      constant(0), constant(2), constant(1), accumulators,
      [&](Value round, ValueRange carried) {
        Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                              round, constant(0));
        auto choose = [&](Value first, Value second) -> Value {
          return arith::SelectOp::create(b, isFirst, first, second);
        };
        Values values = emitMaskedVectors(choose(begin, wholeEnd),
                                          choose(aligned, end), carried);
        return emitWholeVectors(aligned, choose(wholeEnd, aligned), values,
                                /*streaming=*/true);
      });
}

/// Vector i is in the first stage in round i, a stage further each round. The
/// copies stand in for the vector that is not whole, and for what is beyond
/// both ends, where ones raise no exception. The rounds in which all stages are
/// at whole vectors are a loop of their own inside of the one over all rounds:
/// nothing is chosen there.
LoopBuilder::Values
KernelLoopBuilder::emitPipelinedRun(Value begin, Value end,
                                    ValueRange accumulators) {
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
  auto isOutside = [&](Value index) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::uge,
                                 sub(index, begin), sub(wholeEnd, begin));
  };
  carried = emitRounds(
      begin, add(lastEnd, constant(lanes * (numStages - 1))), carried,
      [&](Value index, ValueRange values) {
        llvm::SmallVector<VectorBody::Place> places;
        for (unsigned stage = 0; stage != numStages; ++stage) {
          Value at = stage == 0 ? index : sub(index, constant(stage * lanes));
          places.push_back({at, isOutside(at)});
        }
        Value summed;
        if (body.getNumSums() != 0) {
          Value stored = places.back().index;
          Value isBefore = arith::CmpIOp::create(b, arith::CmpIPredicate::slt,
                                                 stored, begin);
          summed = remainingMask(select(isBefore, end, stored), end);
        }
        // Where the first stage and the last are inside, all are.
        Value isEdge = arith::OrIOp::create(b, places.front().isCopy,
                                            places.back().isCopy);
        Value phaseEnd = select(isEdge, add(index, constant(lanes)), wholeEnd);
        Values bases = body.getBases(places, index);
        Values next = emitRounds(
            index, phaseEnd, values, [&](Value index, ValueRange values) {
              Values next = body.processStages(bases, index, summed, values,
                                               options.streaming);
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

/// Up to alignment, where there is no whole vector, and from there on.
LoopBuilder::Values
KernelLoopBuilder::emitPipelinedStreamingRun(Value begin, Value end,
                                             ValueRange accumulators) {
  Value aligned = emitAlignmentEnd(begin, end);
  return emitLoop(constant(0), constant(2), constant(1), accumulators,
                  [&](Value round, ValueRange carried) {
                    Value isFirst = arith::CmpIOp::create(
                        b, arith::CmpIPredicate::eq, round, constant(0));
                    return emitPipelinedRun(select(isFirst, begin, aligned),
                                            select(isFirst, aligned, end),
                                            carried);
                  });
}

LoopBuilder::Values KernelLoopBuilder::emitRun(Value begin, Value end,
                                               ValueRange accumulators) {
  // Whole scalable vectors would save nothing but the masks' upkeep.
  if (options.traits.isScalable)
    return emitMaskedVectors(begin, end, accumulators);
  if (isPipelined())
    return options.streaming && body.hasOutputs()
               ? emitPipelinedStreamingRun(begin, end, accumulators)
               : emitPipelinedRun(begin, end, accumulators);
  if (options.streaming && body.hasOutputs())
    return emitStreamingRun(begin, end, accumulators);
  Value wholeEnd = wholeVectorsEnd(begin, end);
  Values values =
      emitWholeVectors(begin, wholeEnd, accumulators, /*streaming=*/false);
  return emitMaskedVectors(wholeEnd, end, values);
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

void KernelLoopBuilder::emitTiles(
    llvm::function_ref<void(Value tile)> emitTile) {
  emitLoop(tileBegin, tileEnd, constant(1), ValueRange{},
           [&](Value tile, ValueRange) {
             emitTile(tile);
             return Values();
           });
}

KernelLoopBuilder::Block KernelLoopBuilder::blockOf(Value number, Value size,
                                                    Value extent) {
  Value begin = mul(number, size);
  return {begin, min(add(begin, size), extent)};
}

Value KernelLoopBuilder::partialIndex(Value slot, unsigned sum, Value channel) {
  Value line = add(mul(slot, constant(body.getNumSums())), constant(sum));
  Value stride =
      options.partialStride ? constant(options.partialStride) : channels;
  return add(mul(line, stride), channel);
}

void KernelLoopBuilder::storePartials(ValueRange accumulators, Value slot,
                                      Value channel) {
  for (unsigned i = 0; i != body.getNumSums(); ++i) {
    Value sum = addLanes(body.getLaneSums(accumulators, i));
    Value address =
        LLVM::GEPOp::create(b, pointerType(), b.getF64Type(), partials,
                            ValueRange{partialIndex(slot, i, channel)});
    LLVM::StoreOp::create(b, sum, address);
  }
}

//===----------------------------------------------------------------------===//
// The three iteration spaces
//===----------------------------------------------------------------------===//

void KernelLoopBuilder::emitFlat() {
  body.bindParameters(/*channel=*/Value(), /*mask=*/Value());
  if (body.getNumSums() == 0) {
    emitRun(min(mul(tileBegin, innerBlock), inner),
            min(mul(tileEnd, innerBlock), inner), {});
    return;
  }
  emitTiles([&](Value tile) {
    Block block = blockOf(tile, innerBlock, inner);
    Values sums = emitRun(block.begin, block.end, body.zeroAccumulators());
    storePartials(sums, tile, constant(0));
  });
}

void KernelLoopBuilder::emitRowTile(Value tile) {
  Value innerTile = arith::RemUIOp::create(b, tile, innerTiles);
  Value rest = arith::DivUIOp::create(b, tile, innerTiles);
  Value channelTile = arith::RemUIOp::create(b, rest, channelTiles);
  Value outerTile = arith::DivUIOp::create(b, rest, channelTiles);
  Block rows = blockOf(outerTile, outerBlock, outer);
  Block columns = blockOf(channelTile, channelBlock, channels);
  Block elements = blockOf(innerTile, innerBlock, inner);
  Value slot = add(mul(outerTile, innerTiles), innerTile);
  emitLoop(columns.begin, columns.end, constant(1), ValueRange{},
           [&](Value channel, ValueRange) {
             body.bindParameters(channel, /*mask=*/Value());
             Values sums = emitLoop(
                 rows.begin, rows.end, constant(1), body.zeroAccumulators(),
                 [&](Value row, ValueRange carried) {
                   Value base = mul(add(mul(row, channels), channel), inner);
                   return emitRun(add(base, elements.begin),
                                  add(base, elements.end), carried);
                 });
             storePartials(sums, slot, channel);
             return Values();
           });
}

/// Vectors of channels, each down the rows of a tile, so that parameters and
/// sums stay in registers.
void KernelLoopBuilder::emitLaneColumns(Block columns, Block rows, Value slot,
                                        bool masked) {
  emitLoop(columns.begin, columns.end, vectorLanes(), ValueRange{},
           [&](Value column, ValueRange) {
             Value mask = masked ? remainingMask(column, columns.end) : Value();
             body.bindParameters(column, mask);
             Values sums = emitLoop(
                 rows.begin, rows.end, constant(1), body.zeroAccumulators(),
                 [&](Value row, ValueRange carried) {
                   return body.process(add(mul(row, channels), column), mask,
                                       mask, carried, /*streaming=*/false);
                 });
             for (unsigned i = 0; i != body.getNumSums(); ++i)
               emitVectorStore(b, body.getLaneSums(sums, i), partials,
                               partialIndex(slot, i, column), mask,
                               /*streaming=*/false);
             return Values();
           });
}

void KernelLoopBuilder::emitLaneTile(Value tile) {
  Value channelTile = arith::RemUIOp::create(b, tile, channelTiles);
  Value outerTile = arith::DivUIOp::create(b, tile, channelTiles);
  Block rows = blockOf(outerTile, outerBlock, outer);
  Block columns = blockOf(channelTile, channelBlock, channels);
  if (options.traits.hasMasks) {
    emitLaneColumns(columns, rows, outerTile, /*masked=*/true);
    return;
  }
  Value count = sub(columns.end, columns.begin);
  Value whole =
      arith::AndIOp::create(b, count, constant(-int64_t(options.numLanes)));
  Value wholeEnd = add(columns.begin, whole);
  emitLaneColumns({columns.begin, wholeEnd}, rows, outerTile,
                  /*masked=*/false);
  emitLaneColumns({wholeEnd, columns.end}, rows, outerTile, /*masked=*/true);
}

func::FuncOp KernelLoopBuilder::build() {
  Type i64 = b.getI64Type();
  auto kernel = func::FuncOp::create(
      b, options.symbol, b.getFunctionType({pointerType(), i64, i64}, {}));
  mlir::Block *entry = kernel.addEntryBlock();
  b.setInsertionPointToEnd(entry);
  call = entry->getArgument(0);
  tileBegin = entry->getArgument(1);
  tileEnd = entry->getArgument(2);
  loadCall();
  switch (options.space) {
  case IterationSpace::Flat:
    emitFlat();
    break;
  case IterationSpace::Rows:
    emitTiles([&](Value tile) { emitRowTile(tile); });
    break;
  case IterationSpace::Lanes:
    emitTiles([&](Value tile) { emitLaneTile(tile); });
    break;
  }
  b.setInsertionPointToEnd(entry);
  func::ReturnOp::create(b);
  function.erase();
  return kernel;
}

func::FuncOp buildKernelLoops(func::FuncOp body,
                              const KernelLoopOptions &options) {
  return KernelLoopBuilder(body, options).build();
}

} // namespace actin
