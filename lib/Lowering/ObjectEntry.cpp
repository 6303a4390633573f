//===- ObjectEntry.cpp - The C function around a kernel -------------------===//
//
// Tensors without channels are one run of elements. Those with channels are
// walked row by row, each a run with one value of every parameter; or, where
// rows have one element, in blocks of neighbouring channels.
//
//===----------------------------------------------------------------------===//

#include "Lowering/ObjectEntry.h"

#include "Lowering/LoopBuilder.h"
#include "actin/KernelCall.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/ADT/STLExtras.h"

#include <cstddef>

using namespace mlir;

namespace actin {

ObjectSignature ObjectSignature::of(func::FuncOp body, DataType storage) {
  ObjectSignature signature;
  signature.storage = storage;
  signature.numInputs = signature.numOutputs = 0;
  for (unsigned i = 0; i != body.getNumArguments(); ++i) {
    auto role = body.getArgAttrOfType<StringAttr>(i, "act.role").getValue();
    if (role == "parameter" || role == "channel")
      signature.parameterIsChannel.push_back(role == "channel");
    else
      ++signature.numInputs;
  }
  for (unsigned i = 0; i != body.getNumResults(); ++i) {
    auto attribute = body.getResultAttrOfType<StringAttr>(i, "act.role");
    StringRef role = attribute ? attribute.getValue() : "";
    if (role.ends_with("sum"))
      signature.sumIsChannel.push_back(role == "channel_sum");
    else
      ++signature.numOutputs;
  }
  return signature;
}

namespace {

/// Elements a tile, as the runtime has it: sums then have the same bits.
constexpr int64_t tileElements = 8192;
/// Channels and rows a block of lanes.
constexpr int64_t blockChannels = objectPartialStride, blockRows = 64;

class ObjectEntryBuilder : LoopBuilder {
public:
  ObjectEntryBuilder(StringRef symbol, const ObjectSignature &signature,
                     func::FuncOp flat, func::FuncOp lanes)
      : LoopBuilder(ImplicitLocOpBuilder::atBlockEnd(
            flat.getLoc(), flat->getParentOfType<ModuleOp>().getBody())),
        symbol(symbol), signature(signature), flat(flat), lanes(lanes) {}

  func::FuncOp build();

private:
  using Emit = llvm::function_ref<void(Value index)>;

  Type pointerType() { return LLVM::LLVMPointerType::get(b.getContext()); }
  bool isF64() const { return signature.storage == DataType::F64; }
  Type computeType() {
    return isF64() ? Type(b.getF64Type()) : Type(b.getF32Type());
  }
  unsigned numSums() const { return signature.sumIsChannel.size(); }

  FunctionType functionType();
  void bindArguments(Block *entry);
  Value allocate(Type element, int64_t count);
  Value at(Value pointer, Type element, Value index);
  Value at(Value pointer, Type element, int64_t index) {
    return at(pointer, element, constant(index));
  }
  void store(Value value, Value address) {
    LLVM::StoreOp::create(b, value, address);
  }
  void setField(size_t offset, Value value) {
    store(value, at(call, b.getI8Type(), offset));
  }
  void setExtents(Value outer, Value channels, Value inner);
  void setBlocks(Value outer, Value channels, Value inner, Value innerTiles);
  void setPointers(Value element, Value channel);
  void callKernel(func::FuncOp kernel, Value tileBegin, Value tileEnd) {
    func::CallOp::create(b, kernel, ValueRange{call, tileBegin, tileEnd});
  }
  void forEach(Value end, int64_t step, Emit emit);

  void emitRun(Value size);
  void emitRows();
  void emitLanes();
  void emitLaneBlock(Value column, Value width);

  // Parameter sums: Neumaier's, one a channel of the block.
  Value sumIndex(unsigned sum, Value lane) {
    return add(constant(sum * blockChannels), lane);
  }
  void clearSum(unsigned sum, Value lane);
  void clearSums(bool ofChannels, Value width);
  void addPartials(Value width);
  void addPartial(Value from, Value to);
  void finishSum(unsigned sum, Value lane, Value to);
  void finishSums(bool ofChannels, Value first, Value width);

  StringRef symbol;
  const ObjectSignature &signature;
  func::FuncOp flat, lanes;

  // Arguments.
  Values inputs, parameters, outputs, sums;
  Value outer, channels, inner; ///< Flat: `inner` alone.
  // The frame.
  Value call, inputArray, parameterArray, outputArray;
  Value partials, totals, losses; ///< [sum][channel of the block]
};

} // namespace

FunctionType ObjectEntryBuilder::functionType() {
  SmallVector<Type> types(signature.numInputs, pointerType());
  for (bool isChannel : signature.parameterIsChannel)
    types.push_back(isChannel ? pointerType() : computeType());
  types.append(signature.numOutputs + numSums(), pointerType());
  types.append(signature.hasChannels() ? 3 : 1, b.getI64Type());
  return b.getFunctionType(types, {});
}

Value ObjectEntryBuilder::allocate(Type element, int64_t count) {
  return LLVM::AllocaOp::create(b, pointerType(), element,
                                constant(std::max<int64_t>(count, 1)),
                                /*alignment=*/8);
}

Value ObjectEntryBuilder::at(Value pointer, Type element, Value index) {
  return LLVM::GEPOp::create(b, pointerType(), element, pointer,
                             ValueRange{index});
}

void ObjectEntryBuilder::bindArguments(Block *entry) {
  auto next = entry->args_begin();
  auto take = [&](size_t count) {
    Values taken(next, next + count);
    next += count;
    return taken;
  };
  inputs = take(signature.numInputs);
  parameters = take(signature.parameterIsChannel.size());
  outputs = take(signature.numOutputs);
  sums = take(numSums());
  if (signature.hasChannels()) {
    outer = *next++;
    channels = *next++;
  }
  inner = *next;
  // A scalar is passed by value and read through a pointer.
  for (auto [parameter, isChannel] :
       llvm::zip(parameters, signature.parameterIsChannel))
    if (!isChannel) {
      Value slot = allocate(computeType(), 1);
      store(parameter, slot);
      parameter = slot;
    }
}

void ObjectEntryBuilder::setExtents(Value outer, Value channels, Value inner) {
  setField(offsetof(KernelCall, outer), outer);
  setField(offsetof(KernelCall, channels), channels);
  setField(offsetof(KernelCall, inner), inner);
}

void ObjectEntryBuilder::setBlocks(Value outer, Value channels, Value inner,
                                   Value innerTiles) {
  setField(offsetof(KernelCall, outerBlock), outer);
  setField(offsetof(KernelCall, channelBlock), channels);
  setField(offsetof(KernelCall, innerBlock), inner);
  setField(offsetof(KernelCall, channelTiles), constant(1));
  setField(offsetof(KernelCall, innerTiles), innerTiles);
}

/// What the kernel takes for its first element is number `element`, of channel
/// number `channel`.
void ObjectEntryBuilder::setPointers(Value element, Value channel) {
  unsigned bits = 8 * getSizeBytes(signature.storage);
  Type stored = b.getIntegerType(bits);
  auto fill = [&](Value array, ValueRange pointers) {
    for (auto [i, pointer] : llvm::enumerate(pointers))
      store(at(pointer, stored, element), at(array, pointerType(), i));
  };
  fill(inputArray, inputs);
  fill(outputArray, outputs);
  for (auto [i, pointer] : llvm::enumerate(parameters)) {
    Value value = signature.parameterIsChannel[i]
                      ? at(pointer, computeType(), channel)
                      : pointer;
    store(value, at(parameterArray, pointerType(), i));
  }
}

void ObjectEntryBuilder::forEach(Value end, int64_t step, Emit emit) {
  emitLoop(constant(0), end, constant(step), ValueRange{},
           [&](Value index, ValueRange) {
             emit(index);
             return Values();
           });
}

//===----------------------------------------------------------------------===//
// Parameter sums
//===----------------------------------------------------------------------===//

void ObjectEntryBuilder::clearSum(unsigned sum, Value lane) {
  Value zero = arith::ConstantOp::create(b, b.getF64FloatAttr(0.0));
  store(zero, at(totals, b.getF64Type(), sumIndex(sum, lane)));
  store(zero, at(losses, b.getF64Type(), sumIndex(sum, lane)));
}

void ObjectEntryBuilder::clearSums(bool ofChannels, Value width) {
  for (unsigned sum = 0; sum != numSums(); ++sum)
    if (signature.sumIsChannel[sum] == ofChannels)
      forEach(width, 1, [&](Value lane) { clearSum(sum, lane); });
}

void ObjectEntryBuilder::addPartial(Value from, Value to) {
  Type f64 = b.getF64Type();
  auto load = [&](Value array, Value index) -> Value {
    return LLVM::LoadOp::create(b, f64, at(array, f64, index));
  };
  auto plus = [&](Value x, Value y) -> Value {
    return arith::AddFOp::create(b, x, y);
  };
  auto minus = [&](Value x, Value y) -> Value {
    return arith::SubFOp::create(b, x, y);
  };
  Value term = load(partials, from), total = load(totals, to);
  Value next = plus(total, term);
  Value isLarger = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE,
                                         LLVM::FAbsOp::create(b, f64, total),
                                         LLVM::FAbsOp::create(b, f64, term));
  Value large = arith::SelectOp::create(b, isLarger, total, term);
  Value small = arith::SelectOp::create(b, isLarger, term, total);
  Value lost = plus(minus(large, next), small);
  store(next, at(totals, f64, to));
  store(plus(load(losses, to), lost), at(losses, f64, to));
}

/// The sums that a kernel has left for `width` channels.
void ObjectEntryBuilder::addPartials(Value width) {
  for (unsigned sum = 0; sum != numSums(); ++sum)
    forEach(width, 1, [&](Value lane) {
      Value to = signature.sumIsChannel[sum] ? lane : constant(0);
      addPartial(sumIndex(sum, lane), sumIndex(sum, to));
    });
}

void ObjectEntryBuilder::finishSum(unsigned sum, Value lane, Value to) {
  Type f64 = b.getF64Type();
  Value index = sumIndex(sum, lane);
  Value total = LLVM::LoadOp::create(b, f64, at(totals, f64, index));
  Value lost = LLVM::LoadOp::create(b, f64, at(losses, f64, index));
  // An infinite total has no meaningful rest.
  Value isFinite = arith::CmpFOp::create(
      b, arith::CmpFPredicate::OEQ, arith::SubFOp::create(b, lost, lost),
      arith::ConstantOp::create(b, b.getF64FloatAttr(0.0)));
  Value value = arith::SelectOp::create(
      b, isFinite, arith::AddFOp::create(b, total, lost), total);
  if (!isF64())
    value = arith::TruncFOp::create(b, computeType(), value);
  store(value, at(sums[sum], computeType(), to));
}

void ObjectEntryBuilder::finishSums(bool ofChannels, Value first, Value width) {
  for (unsigned sum = 0; sum != numSums(); ++sum)
    if (signature.sumIsChannel[sum] == ofChannels)
      forEach(width, 1,
              [&](Value lane) { finishSum(sum, lane, add(first, lane)); });
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// `size` elements from where the pointers are set to, of one channel.
void ObjectEntryBuilder::emitRun(Value size) {
  Value one = constant(1), tile = constant(tileElements);
  Value numTiles = div(add(size, constant(tileElements - 1)), tile);
  setExtents(one, one, size);
  setBlocks(one, one, tile, numTiles);
  if (numSums() == 0)
    return callKernel(flat, constant(0), numTiles);
  forEach(numTiles, 1, [&](Value number) {
    // The partials of this tile are to be the first.
    Value skipped = mul(number, constant(-int64_t(numSums()) * blockChannels));
    setField(offsetof(KernelCall, partials),
             at(partials, b.getF64Type(), skipped));
    callKernel(flat, number, add(number, one));
    addPartials(one);
  });
}

void ObjectEntryBuilder::emitRows() {
  Value one = constant(1);
  forEach(channels, 1, [&](Value channel) {
    clearSums(/*ofChannels=*/true, one);
    forEach(outer, 1, [&](Value row) {
      setPointers(mul(add(mul(row, channels), channel), inner), channel);
      emitRun(inner);
    });
    finishSums(/*ofChannels=*/true, channel, one);
  });
}

/// All rows of `width` channels from `column` on.
void ObjectEntryBuilder::emitLaneBlock(Value column, Value width) {
  Value one = constant(1);
  clearSums(/*ofChannels=*/true, width);
  forEach(outer, blockRows, [&](Value row) {
    Value rows = min(sub(outer, row), constant(blockRows));
    setPointers(add(mul(row, channels), column), column);
    setExtents(rows, channels, one);
    setBlocks(rows, width, one, one);
    callKernel(lanes, constant(0), one);
    addPartials(width);
  });
  finishSums(/*ofChannels=*/true, column, width);
}

void ObjectEntryBuilder::emitLanes() {
  setField(offsetof(KernelCall, partials), partials);
  forEach(channels, blockChannels, [&](Value column) {
    emitLaneBlock(column, min(sub(channels, column), constant(blockChannels)));
  });
}

func::FuncOp ObjectEntryBuilder::build() {
  auto function = func::FuncOp::create(b, symbol, functionType());
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToEnd(entry);
  bindArguments(entry);
  call = allocate(b.getI8Type(), sizeof(KernelCall));
  inputArray = allocate(pointerType(), inputs.size());
  parameterArray = allocate(pointerType(), parameters.size());
  outputArray = allocate(pointerType(), outputs.size());
  for (Value *sumArray : {&partials, &totals, &losses})
    *sumArray = allocate(b.getF64Type(), numSums() * blockChannels);
  setField(offsetof(KernelCall, inputs), inputArray);
  setField(offsetof(KernelCall, parameters), parameterArray);
  setField(offsetof(KernelCall, outputs), outputArray);
  Value zero = constant(0), one = constant(1);
  clearSums(/*ofChannels=*/false, one);
  if (signature.hasChannels()) {
    Value isLanes =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, inner, one);
    auto choice = scf::IfOp::create(b, isLanes, /*withElseRegion=*/true);
    b.setInsertionPointToStart(choice.thenBlock());
    emitLanes();
    b.setInsertionPointToStart(choice.elseBlock());
    emitRows();
    b.setInsertionPointToEnd(entry);
  } else {
    setPointers(zero, zero);
    emitRun(inner);
  }
  finishSums(/*ofChannels=*/false, zero, one);
  func::ReturnOp::create(b);
  return function;
}

func::FuncOp buildObjectEntry(StringRef symbol,
                              const ObjectSignature &signature,
                              func::FuncOp flat, func::FuncOp lanes) {
  return ObjectEntryBuilder(symbol, signature, flat, lanes).build();
}

} // namespace actin
