//===- KernelLoops.cpp - Loops around a vector body -----------------------===//
//
// A run of contiguous elements becomes an unrolled loop over whole vectors and
// a loop over masked vectors for what is left. Operations that depend on
// parameters alone are placed once, outside the innermost loop.
//
//===----------------------------------------------------------------------===//

#include "Lowering/KernelLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/STLExtras.h"

#include <cstddef>

using namespace mlir;

namespace actin {

namespace {

/// Bodies up to this many operations are unrolled four-fold, then two-fold:
/// enough independent work to hide latencies without spilling registers.
constexpr size_t smallBody = 12, mediumBody = 60;

class KernelLoopBuilder {
public:
  KernelLoopBuilder(func::FuncOp body, const KernelLoopOptions &options)
      : body(body), options(options),
        b(ImplicitLocOpBuilder::atBlockEnd(
            body.getLoc(),
            body->getParentOfType<ModuleOp>().getBody())) {
    classify();
  }

  func::FuncOp build();

private:
  using Values = SmallVector<Value>;

  void classify();
  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(b, value, 64);
  }
  Value loadField(Type type, size_t offset);
  Value loadPointer(Value array, unsigned index);
  void loadOperands();
  // Parameters as vectors, and what depends on them alone.
  void bindParameters(Value channel, Value mask);
  void cloneInvariantOps();
  // One vector of elements, at `index`; `mask` may be null (all lanes).
  Value loadVector(Value pointer, Value index, Value mask, Type vectorType);
  void storeVector(Value pointer, Value index, Value mask, Value vector);
  Values processVector(Value index, Value mask, ValueRange accumulators);
  Value accumulate(Value accumulator, Value error, Value term, Value &lost);
  Value remainingMask(Value index, Value end);
  Values emitRun(Value begin, Value end, Values accumulators);
  Values emitWholeVectors(Value begin, Value end, ValueRange accumulators);
  Values emitMaskedVectors(Value begin, Value end, ValueRange accumulators);
  Value emitAlignmentEnd(Value begin, Value end);
  Values zeroAccumulators();
  void storePartials(ValueRange accumulators, Value tile);
  Value reduceLanes(Value high, Value low);
  void emitFlat();
  void emitRows();
  void emitLanes();
  void emitLaneColumn(Value column, Value mask, Value rowBegin, Value rowEnd,
                      Value tile);

  bool isF64() const { return options.storage == DataType::F64; }
  unsigned numSums() const { return sumResults.size(); }
  unsigned accumulatorsPerSum() const { return isF64() ? 2 : 1; }
  VectorType sumType() {
    return VectorType::get({int64_t(options.numLanes)}, b.getF64Type());
  }
  Type pointerType() { return LLVM::LLVMPointerType::get(b.getContext()); }

  func::FuncOp body;
  const KernelLoopOptions &options;
  ImplicitLocOpBuilder b;
  SmallVector<unsigned> tensorArgs, parameterArgs; ///< Of the body.
  SmallVector<bool> isChannelArg;                  ///< By parameter.
  SmallVector<unsigned> storedResults, sumResults;
  DenseSet<Operation *> invariantOps;
  unsigned unroll = 1;

  // The kernel under construction.
  Value call, tileBegin, tileEnd;
  Value outer, channels, inner, tileSize, partials;
  Values tensors, parameters, outputs;
  IRMapping bindings; ///< Parameters and invariant operations.
  bool streamingNow = false;
};

} // namespace

void KernelLoopBuilder::classify() {
  DenseSet<Value> invariant;
  for (unsigned i = 0; i != body.getNumArguments(); ++i) {
    auto role = body.getArgAttrOfType<StringAttr>(i, "act.role").getValue();
    if (role == "parameter" || role == "channel") {
      parameterArgs.push_back(i);
      isChannelArg.push_back(role == "channel");
      invariant.insert(body.getArgument(i));
    } else {
      tensorArgs.push_back(i);
    }
  }
  for (unsigned i = 0; i != body.getNumResults(); ++i) {
    auto role = body.getResultAttrOfType<StringAttr>(i, "act.role");
    bool isSum = role && role.getValue().ends_with("sum");
    (isSum ? sumResults : storedResults).push_back(i);
  }
  size_t size = 0;
  for (Operation &op : body.getBody().front().without_terminator()) {
    if (llvm::all_of(op.getOperands(),
                     [&](Value v) { return invariant.contains(v); })) {
      invariantOps.insert(&op);
      invariant.insert(op.getResults().begin(), op.getResults().end());
    } else {
      ++size;
    }
  }
  unroll = size <= smallBody ? 4 : size <= mediumBody ? 2 : 1;
}

Value KernelLoopBuilder::loadField(Type type, size_t offset) {
  Value address = LLVM::GEPOp::create(
      b, pointerType(), b.getI8Type(), call,
      ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(int32_t(offset))});
  return LLVM::LoadOp::create(b, type, address);
}

Value KernelLoopBuilder::loadPointer(Value array, unsigned index) {
  Value address = LLVM::GEPOp::create(
      b, pointerType(), pointerType(), array,
      ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(int32_t(index))});
  return LLVM::LoadOp::create(b, pointerType(), address);
}

void KernelLoopBuilder::loadOperands() {
  Type i64 = b.getI64Type();
  outer = loadField(i64, offsetof(KernelCall, outer));
  channels = loadField(i64, offsetof(KernelCall, channels));
  inner = loadField(i64, offsetof(KernelCall, inner));
  tileSize = loadField(i64, offsetof(KernelCall, tileSize));
  partials = loadField(pointerType(), offsetof(KernelCall, partials));
  Value array = loadField(pointerType(), offsetof(KernelCall, inputs));
  for (unsigned i = 0; i != tensorArgs.size(); ++i)
    tensors.push_back(loadPointer(array, i));
  array = loadField(pointerType(), offsetof(KernelCall, parameters));
  for (unsigned i = 0; i != parameterArgs.size(); ++i)
    parameters.push_back(loadPointer(array, i));
  array = loadField(pointerType(), offsetof(KernelCall, outputs));
  for (unsigned i = 0; i != storedResults.size(); ++i)
    outputs.push_back(loadPointer(array, i));
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// `channel` is the one channel of what follows, or the first of a vector of
/// them (Lanes); null where no parameter depends on it.
void KernelLoopBuilder::bindParameters(Value channel, Value mask) {
  for (auto [i, arg] : llvm::enumerate(parameterArgs)) {
    auto type = cast<VectorType>(body.getArgument(arg).getType());
    Value vector;
    if (isChannelArg[i] && channel &&
        options.space == IterationSpace::Lanes) {
      vector = loadVector(parameters[i], channel, mask, type);
    } else {
      Value address = parameters[i];
      if (isChannelArg[i] && channel)
        address = LLVM::GEPOp::create(b, pointerType(), type.getElementType(),
                                      address, ValueRange{channel});
      Value scalar = LLVM::LoadOp::create(b, type.getElementType(), address);
      vector = vector::BroadcastOp::create(b, type, scalar);
    }
    bindings.map(body.getArgument(arg), vector);
  }
  cloneInvariantOps();
}

void KernelLoopBuilder::cloneInvariantOps() {
  for (Operation &op : body.getBody().front().without_terminator())
    if (invariantOps.contains(&op))
      b.clone(op, bindings);
}

//===----------------------------------------------------------------------===//
// One vector
//===----------------------------------------------------------------------===//

static Type getStorageType(Builder &b, DataType type) {
  switch (type) {
  case DataType::F32:
    return b.getF32Type();
  case DataType::F64:
    return b.getF64Type();
  case DataType::F16:
    return b.getF16Type();
  case DataType::BF16:
    return b.getBF16Type();
  }
  return b.getF32Type();
}

/// Inactive lanes read as 1: no activation has a worse place than 0.
Value KernelLoopBuilder::loadVector(Value pointer, Value index, Value mask,
                                    Type vectorType) {
  auto computeType = cast<VectorType>(vectorType);
  Type element = computeType.getElementType();
  auto type = VectorType::get(computeType.getShape(), element);
  Value address = LLVM::GEPOp::create(b, pointerType(), element, pointer,
                                      ValueRange{index});
  unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  if (!mask)
    return LLVM::LoadOp::create(b, type, address, alignment);
  Value ones = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, b.getFloatAttr(element, 1.0)));
  return LLVM::MaskedLoadOp::create(b, type, address, mask, ones, alignment);
}

void KernelLoopBuilder::storeVector(Value pointer, Value index, Value mask,
                                    Value vector) {
  Type element = cast<VectorType>(vector.getType()).getElementType();
  Value address = LLVM::GEPOp::create(b, pointerType(), element, pointer,
                                      ValueRange{index});
  unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  if (mask)
    LLVM::MaskedStoreOp::create(b, vector, address, mask, alignment);
  else if (streamingNow)
    LLVM::StoreOp::create(b, vector, address,
                          alignment * options.numLanes, /*isVolatile=*/false,
                          /*isNonTemporal=*/true);
  else
    LLVM::StoreOp::create(b, vector, address, alignment);
}

/// accumulator + term; `lost` takes in what the rounding dropped.
Value KernelLoopBuilder::accumulate(Value accumulator, Value error, Value term,
                                    Value &lost) {
  Value sum = arith::AddFOp::create(b, accumulator, term);
  if (!error)
    return sum;
  // Knuth's TwoSum.
  Value part = arith::SubFOp::create(b, sum, accumulator);
  Value first = arith::SubFOp::create(
      b, accumulator, arith::SubFOp::create(b, sum, part).getResult());
  Value second = arith::SubFOp::create(b, term, part);
  lost = arith::AddFOp::create(
      b, error, arith::AddFOp::create(b, first, second).getResult());
  return sum;
}

KernelLoopBuilder::Values
KernelLoopBuilder::processVector(Value index, Value mask,
                                 ValueRange accumulators) {
  IRMapping mapping = bindings;
  for (auto [i, arg] : llvm::enumerate(tensorArgs))
    mapping.map(body.getArgument(arg),
                loadVector(tensors[i], index, mask,
                           body.getArgument(arg).getType()));
  Block &block = body.getBody().front();
  for (Operation &op : block.without_terminator())
    if (!invariantOps.contains(&op))
      b.clone(op, mapping);
  Operation *terminator = block.getTerminator();
  for (auto [i, result] : llvm::enumerate(storedResults))
    storeVector(outputs[i], index, mask,
                mapping.lookup(terminator->getOperand(result)));
  Values next;
  for (auto [i, result] : llvm::enumerate(sumResults)) {
    Value term = mapping.lookup(terminator->getOperand(result));
    if (term.getType() != sumType())
      term = arith::ExtFOp::create(b, sumType(), term);
    if (mask) {
      Value zero = arith::ConstantOp::create(
          b, DenseElementsAttr::get(sumType(), b.getF64FloatAttr(0.0)));
      term = arith::SelectOp::create(b, mask, term, zero);
    }
    unsigned slot = i * accumulatorsPerSum();
    Value error = isF64() ? accumulators[slot + 1] : Value(), lost;
    next.push_back(accumulate(accumulators[slot], error, term, lost));
    if (lost)
      next.push_back(lost);
  }
  return next;
}

//===----------------------------------------------------------------------===//
// A run of contiguous elements
//===----------------------------------------------------------------------===//

/// Lane i is active where index + i < end.
Value KernelLoopBuilder::remainingMask(Value index, Value end) {
  // i32 lanes suffice: what is beyond the vector is all the same.
  Value remaining = arith::SubIOp::create(b, end, index);
  remaining = arith::MinSIOp::create(b, remaining,
                                     constant(options.numLanes));
  Value narrow = arith::TruncIOp::create(b, b.getI32Type(), remaining);
  auto type = VectorType::get({int64_t(options.numLanes)}, b.getI32Type());
  SmallVector<int32_t> lanes(options.numLanes);
  for (unsigned i = 0; i != options.numLanes; ++i)
    lanes[i] = i;
  Value iota = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, ArrayRef<int32_t>(lanes)));
  Value limit = vector::BroadcastOp::create(b, type, narrow);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, iota, limit);
}

KernelLoopBuilder::Values
KernelLoopBuilder::emitWholeVectors(Value begin, Value end,
                                    ValueRange accumulators) {
  int64_t step = int64_t(options.numLanes) * unroll;
  auto loop = scf::ForOp::create(
      b, begin, end, constant(step), accumulators,
      [&](OpBuilder &, Location, Value index, ValueRange carried) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(index.getParentBlock());
        Values values(carried);
        for (unsigned i = 0; i != unroll; ++i) {
          Value at = i == 0 ? index
                            : arith::AddIOp::create(
                                  b, index, constant(i * options.numLanes))
                                  .getResult();
          values = processVector(at, Value(), values);
        }
        scf::YieldOp::create(b, values);
      });
  return Values(loop.getResults());
}

KernelLoopBuilder::Values
KernelLoopBuilder::emitMaskedVectors(Value begin, Value end,
                                     ValueRange accumulators) {
  auto loop = scf::ForOp::create(
      b, begin, end, constant(options.numLanes), accumulators,
      [&](OpBuilder &, Location, Value index, ValueRange carried) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(index.getParentBlock());
        Value mask = remainingMask(index, end);
        scf::YieldOp::create(b, processVector(index, mask, carried));
      });
  return Values(loop.getResults());
}

/// The first element from `begin` on at which the outputs are aligned.
Value KernelLoopBuilder::emitAlignmentEnd(Value begin, Value end) {
  unsigned elementBytes = getSizeBytes(options.storage);
  int64_t vectorBytes = int64_t(elementBytes) * options.numLanes;
  Value address = LLVM::PtrToIntOp::create(b, b.getI64Type(), outputs[0]);
  Value offset = arith::MulIOp::create(b, begin, constant(elementBytes));
  address = arith::AddIOp::create(b, address, offset);
  Value missing = arith::SubIOp::create(b, constant(0), address);
  missing = arith::AndIOp::create(b, missing, constant(vectorBytes - 1));
  missing = arith::DivUIOp::create(b, missing, constant(elementBytes));
  return arith::MinSIOp::create(
      b, arith::AddIOp::create(b, begin, missing).getResult(), end);
}

KernelLoopBuilder::Values KernelLoopBuilder::emitRun(Value begin, Value end,
                                                     Values accumulators) {
  if (options.streaming && !outputs.empty()) {
    Value aligned = emitAlignmentEnd(begin, end);
    accumulators = emitMaskedVectors(begin, aligned, accumulators);
    begin = aligned;
    streamingNow = true;
  }
  int64_t step = int64_t(options.numLanes) * unroll;
  Value count = arith::SubIOp::create(b, end, begin);
  Value whole = arith::AndIOp::create(b, count, constant(-step));
  Value wholeEnd = arith::AddIOp::create(b, begin, whole);
  accumulators = emitWholeVectors(begin, wholeEnd, accumulators);
  streamingNow = false;
  return emitMaskedVectors(wholeEnd, end, accumulators);
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

KernelLoopBuilder::Values KernelLoopBuilder::zeroAccumulators() {
  Values zeros;
  for (unsigned i = 0; i != numSums() * accumulatorsPerSum(); ++i)
    zeros.push_back(arith::ConstantOp::create(
        b, DenseElementsAttr::get(sumType(), b.getF64FloatAttr(0.0))));
  return zeros;
}

/// All lanes in lane order: the same sum every time.
Value KernelLoopBuilder::reduceLanes(Value high, Value low) {
  Value sum = vector::ReductionOp::create(b, vector::CombiningKind::ADD, high);
  if (!low)
    return sum;
  Value rest = vector::ReductionOp::create(b, vector::CombiningKind::ADD, low);
  return arith::AddFOp::create(b, sum, rest);
}

void KernelLoopBuilder::storePartials(ValueRange accumulators, Value tile) {
  Value first = arith::MulIOp::create(b, tile, constant(numSums()));
  for (unsigned i = 0; i != numSums(); ++i) {
    unsigned slot = i * accumulatorsPerSum();
    Value sum = reduceLanes(accumulators[slot],
                            isF64() ? accumulators[slot + 1] : Value());
    Value index = arith::AddIOp::create(b, first, constant(i));
    Value address = LLVM::GEPOp::create(b, pointerType(), b.getF64Type(),
                                        partials, ValueRange{index});
    LLVM::StoreOp::create(b, sum, address);
  }
}

//===----------------------------------------------------------------------===//
// The three iteration spaces
//===----------------------------------------------------------------------===//

void KernelLoopBuilder::emitFlat() {
  bindParameters(/*channel=*/constant(0), /*mask=*/Value());
  auto clip = [&](Value tile) -> Value {
    Value element = arith::MulIOp::create(b, tile, tileSize);
    return arith::MinSIOp::create(b, element, inner);
  };
  if (numSums() == 0) {
    emitRun(clip(tileBegin), clip(tileEnd), {});
    return;
  }
  scf::ForOp::create(
      b, tileBegin, tileEnd, constant(1), ValueRange{},
      [&](OpBuilder &, Location, Value tile, ValueRange) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(tile.getParentBlock());
        Value next = arith::AddIOp::create(b, tile, constant(1));
        storePartials(emitRun(clip(tile), clip(next), zeroAccumulators()),
                      tile);
        scf::YieldOp::create(b);
      });
}

void KernelLoopBuilder::emitRows() {
  Value round = arith::AddIOp::create(
      b, inner, arith::SubIOp::create(b, tileSize, constant(1)).getResult());
  Value tilesPerRow = arith::DivUIOp::create(b, round, tileSize);
  scf::ForOp::create(
      b, tileBegin, tileEnd, constant(1), ValueRange{},
      [&](OpBuilder &, Location, Value tile, ValueRange) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(tile.getParentBlock());
        Value row = arith::DivUIOp::create(b, tile, tilesPerRow);
        Value piece = arith::RemUIOp::create(b, tile, tilesPerRow);
        Value channel = arith::RemUIOp::create(b, row, channels);
        bindParameters(channel, /*mask=*/Value());
        Value base = arith::MulIOp::create(b, row, inner);
        Value from = arith::MulIOp::create(b, piece, tileSize);
        Value to = arith::MinSIOp::create(
            b, arith::AddIOp::create(b, from, tileSize).getResult(), inner);
        Values sums = emitRun(arith::AddIOp::create(b, base, from),
                              arith::AddIOp::create(b, base, to),
                              zeroAccumulators());
        storePartials(sums, tile);
        scf::YieldOp::create(b);
      });
}

/// One vector of channels, down the rows of a tile.
void KernelLoopBuilder::emitLaneColumn(Value column, Value mask,
                                       Value rowBegin, Value rowEnd,
                                       Value tile) {
  bindParameters(column, mask);
  auto loop = scf::ForOp::create(
      b, rowBegin, rowEnd, constant(1), zeroAccumulators(),
      [&](OpBuilder &, Location, Value row, ValueRange carried) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(row.getParentBlock());
        Value base = arith::MulIOp::create(b, row, channels);
        Value index = arith::AddIOp::create(b, base, column);
        scf::YieldOp::create(b, processVector(index, mask, carried));
      });
  Value first = arith::MulIOp::create(b, tile, constant(numSums()));
  for (unsigned i = 0; i != numSums(); ++i) {
    unsigned slot = i * accumulatorsPerSum();
    Value sums = loop.getResult(slot);
    if (isF64())
      sums = arith::AddFOp::create(b, sums, loop.getResult(slot + 1));
    Value line = arith::AddIOp::create(b, first, constant(i));
    Value index = arith::AddIOp::create(
        b, arith::MulIOp::create(b, line, channels).getResult(), column);
    bool wasStreaming = std::exchange(streamingNow, false);
    storeVector(partials, index, mask, sums);
    streamingNow = wasStreaming;
  }
}

void KernelLoopBuilder::emitLanes() {
  Value wholeEnd = arith::AndIOp::create(b, channels,
                                         constant(-int64_t(options.numLanes)));
  scf::ForOp::create(
      b, tileBegin, tileEnd, constant(1), ValueRange{},
      [&](OpBuilder &, Location, Value tile, ValueRange) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(tile.getParentBlock());
        Value rowBegin = arith::MulIOp::create(b, tile, tileSize);
        Value rowEnd = arith::MinSIOp::create(
            b, arith::AddIOp::create(b, rowBegin, tileSize).getResult(),
            outer);
        auto columns = [&](Value begin, Value end, bool masked) {
          scf::ForOp::create(
              b, begin, end, constant(options.numLanes), ValueRange{},
              [&](OpBuilder &, Location, Value column, ValueRange) {
                OpBuilder::InsertionGuard inside(b);
                b.setInsertionPointToEnd(column.getParentBlock());
                Value mask =
                    masked ? remainingMask(column, channels) : Value();
                emitLaneColumn(column, mask, rowBegin, rowEnd, tile);
                scf::YieldOp::create(b);
              });
        };
        columns(constant(0), wholeEnd, /*masked=*/false);
        columns(wholeEnd, channels, /*masked=*/true);
        scf::YieldOp::create(b);
      });
}

func::FuncOp KernelLoopBuilder::build() {
  Type i64 = b.getI64Type();
  auto kernel = func::FuncOp::create(
      b, options.symbol,
      b.getFunctionType({pointerType(), i64, i64}, {}));
  Block *entry = kernel.addEntryBlock();
  b.setInsertionPointToEnd(entry);
  call = entry->getArgument(0);
  tileBegin = entry->getArgument(1);
  tileEnd = entry->getArgument(2);
  loadOperands();
  switch (options.space) {
  case IterationSpace::Flat:
    emitFlat();
    break;
  case IterationSpace::Rows:
    emitRows();
    break;
  case IterationSpace::Lanes:
    emitLanes();
    break;
  }
  b.setInsertionPointToEnd(entry);
  func::ReturnOp::create(b);
  body.erase();
  return kernel;
}

func::FuncOp buildKernelLoops(func::FuncOp body,
                              const KernelLoopOptions &options) {
  return KernelLoopBuilder(body, options).build();
}

} // namespace actin
