//===- KernelLoops.cpp - Loops around a vector body -----------------------===//
//
// The tiles of each iteration space, cut into runs or columns.
//
//===----------------------------------------------------------------------===//

#include "Lowering/KernelLoops.h"

#include "Lowering/RunBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/STLExtras.h"

#include <cstddef>

using namespace mlir;

namespace actin {

namespace {

class KernelLoopBuilder : RunBuilder {
public:
  KernelLoopBuilder(func::FuncOp function, const KernelLoopOptions &options)
      : RunBuilder(function, options), function(function) {}

  func::FuncOp build();

private:
  struct Block {
    Value begin, end;
  };

  Value loadField(Type type, size_t offset);
  Value loadSize(size_t offset) { return loadField(b.getI64Type(), offset); }
  void loadCall();

  void emitTiles(llvm::function_ref<void(Value tile)> emitTile);
  Block blockOf(Value number, Value size, Value extent);
  Value partialIndex(Value slot, unsigned sum, Value channel);
  void storePartials(ValueRange accumulators, Value slot, Value channel);
  void emitFlat();
  void emitRowTile(Value tile);
  void emitLaneTile(Value tile);
  void emitLaneColumns(Block columns, Block rows, Value slot, bool masked);

  func::FuncOp function;

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
