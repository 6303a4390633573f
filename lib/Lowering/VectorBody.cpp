//===- VectorBody.cpp - One vector of a kernel's work ---------------------===//

#include "Lowering/VectorBody.h"

#include "Lowering/NarrowFormats.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace actin {

//===----------------------------------------------------------------------===//
// Vectors in memory
//===----------------------------------------------------------------------===//

static Value elementAddress(ImplicitLocOpBuilder &b, Type element,
                            Value pointer, Value index) {
  return LLVM::GEPOp::create(b, pointer.getType(), element, pointer,
                             ValueRange{index});
}

Value emitVectorLoad(ImplicitLocOpBuilder &b, VectorType type, Value pointer,
                     Value index, Value mask, Attribute filler, bool aligned) {
  Type element = type.getElementType();
  unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  if (aligned)
    alignment *= type.getNumElements();
  Value address = elementAddress(b, element, pointer, index);
  if (!mask)
    return LLVM::LoadOp::create(b, type, address, alignment);
  Value passThrough =
      arith::ConstantOp::create(b, DenseElementsAttr::get(type, filler));
  return LLVM::MaskedLoadOp::create(b, type, address, mask, passThrough,
                                    alignment);
}

void emitVectorStore(ImplicitLocOpBuilder &b, Value vector, Value pointer,
                     Value index, Value mask, bool streaming, bool aligned) {
  auto type = cast<VectorType>(vector.getType());
  Type element = type.getElementType();
  unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  if (streaming || aligned)
    alignment *= type.getNumElements();
  Value address = elementAddress(b, element, pointer, index);
  if (mask)
    LLVM::MaskedStoreOp::create(b, vector, address, mask, alignment);
  else
    LLVM::StoreOp::create(b, vector, address, alignment,
                          /*isVolatile=*/false, /*isNonTemporal=*/streaming);
}

//===----------------------------------------------------------------------===//
// VectorBody
//===----------------------------------------------------------------------===//

VectorBody::VectorBody(func::FuncOp body, const KernelLoopOptions &options,
                       ImplicitLocOpBuilder &b)
    : body(body), options(options), b(b) {
  classify();
}

void VectorBody::classify() {
  for (unsigned i = 0; i != body.getNumArguments(); ++i) {
    auto role = body.getArgAttrOfType<StringAttr>(i, "act.role").getValue();
    if (role == "parameter" || role == "channel") {
      parameterArgs.push_back(i);
      isChannelArg.push_back(role == "channel");
      invariants.insert(body.getArgument(i));
    } else {
      tensorArgs.push_back(i);
    }
  }
  for (unsigned i = 0; i != body.getNumResults(); ++i) {
    auto role = body.getResultAttrOfType<StringAttr>(i, "act.role");
    bool isSum = role && role.getValue().ends_with("sum");
    (isSum ? sumResults : storedResults).push_back(i);
  }
  for (Operation &op : body.getBody().front().without_terminator()) {
    if (llvm::all_of(op.getOperands(),
                     [&](Value v) { return invariants.contains(v); })) {
      invariantOps.push_back(&op);
      invariants.insert(op.getResults().begin(), op.getResults().end());
    } else {
      varyingOps.push_back(&op);
    }
  }
}

VectorType VectorBody::vectorOf(Type element) const {
  return getVectorType(element, options.numLanes, options.traits);
}

/// 16-bit formats are moved as integers, which every target can do.
Type VectorBody::storageElement() const {
  if (options.storage == DataType::F64)
    return b.getF64Type();
  if (options.storage == DataType::F32)
    return b.getF32Type();
  return b.getI16Type();
}

Value VectorBody::loadPointer(Value array, unsigned index) {
  Type type = array.getType();
  Value address =
      LLVM::GEPOp::create(b, type, type, array,
                          ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(int32_t(index))});
  return LLVM::LoadOp::create(b, type, address);
}

void VectorBody::loadAddresses(Value inputArray, Value parameterArray,
                               Value outputArray) {
  for (unsigned i = 0; i != tensorArgs.size(); ++i)
    addresses.tensors.push_back(loadPointer(inputArray, i));
  for (unsigned i = 0; i != parameterArgs.size(); ++i)
    parameters.push_back(loadPointer(parameterArray, i));
  for (unsigned i = 0; i != storedResults.size(); ++i)
    addresses.outputs.push_back(loadPointer(outputArray, i));
}

void VectorBody::allocateCopies() {
  Value one = arith::ConstantIntOp::create(b, 1, 64);
  VectorType type = vectorOf(storageElement());
  // Aligned as any stack is: more would cost a frame of its own. What goes past
  // the caches must be.
  unsigned vectorBytes =
      type.getNumElements() * type.getElementTypeBitWidth() / 8;
  auto allocate = [&](unsigned alignment) -> Value {
    return LLVM::AllocaOp::create(b, LLVM::LLVMPointerType::get(b.getContext()),
                                  type, one, alignment);
  };
  for (size_t i = 0; i != addresses.tensors.size(); ++i)
    copies.tensors.push_back(allocate(16));
  for (size_t i = 0; i != addresses.outputs.size(); ++i)
    copies.outputs.push_back(allocate(options.streaming ? vectorBytes : 16));
}

void VectorBody::copyInputs(Value index, Value mask) {
  Value start = arith::ConstantIntOp::create(b, 0, 64);
  for (auto [from, to] : llvm::zip_equal(addresses.tensors, copies.tensors))
    emitVectorStore(b, loadStored(from, index, mask), to, start,
                    /*mask=*/Value(), /*streaming=*/false);
}

void VectorBody::copyOutputsBack(Value index, Value mask) {
  Value start = arith::ConstantIntOp::create(b, 0, 64);
  for (auto [from, to] : llvm::zip_equal(copies.outputs, addresses.outputs))
    emitVectorStore(b, loadStored(from, start, /*mask=*/Value()), to, index,
                    mask, /*streaming=*/false);
}

void VectorBody::setAddresses(ValueRange inputs, ValueRange parameterPointers,
                              ValueRange outputPointers) {
  addresses = {Values(inputs), Values(outputPointers)};
  parameters.assign(parameterPointers.begin(), parameterPointers.end());
}

bool VectorBody::dependsOnChannel() const {
  func::FuncOp function = body; // Its accessors are not const.
  bool hasChannelSum = llvm::any_of(sumResults, [&](unsigned result) {
    auto role = function.getResultAttrOfType<StringAttr>(result, "act.role");
    return role.getValue() == "channel_sum";
  });
  return hasChannelSum || llvm::is_contained(isChannelArg, true);
}

Value VectorBody::loadParameter(unsigned number, Value channel, Value mask) {
  auto type =
      cast<VectorType>(body.getArgument(parameterArgs[number]).getType());
  Type element = type.getElementType();
  Value address = parameters[number];
  if (isChannelArg[number]) {
    if (options.space == IterationSpace::Lanes)
      return emitVectorLoad(b, type, address, channel, mask,
                            b.getFloatAttr(element, 1.0));
    if (options.space == IterationSpace::Rows)
      address = elementAddress(b, element, address, channel);
  }
  Value scalar = LLVM::LoadOp::create(b, element, address);
  return vector::BroadcastOp::create(b, type, scalar);
}

Value VectorBody::gatherParameter(unsigned number, ValueRange indices) {
  auto type =
      cast<VectorType>(body.getArgument(parameterArgs[number]).getType());
  Type element = type.getElementType();
  auto load = [&](Value index) -> Value {
    Value address = elementAddress(b, element, parameters[number], index);
    return LLVM::LoadOp::create(b, element, address);
  };
  if (indices.size() == 1)
    return vector::BroadcastOp::create(b, type, load(indices.front()));
  Value vector = LLVM::PoisonOp::create(b, type);
  for (auto [lane, index] : llvm::enumerate(indices))
    vector = vector::InsertOp::create(b, load(index), vector, int64_t(lane));
  return vector;
}

void VectorBody::bindParameters(Value channel, Value mask) {
  bindParametersBy([&](unsigned i) { return loadParameter(i, channel, mask); });
}

void VectorBody::bindParametersAt(ChannelIndices indices) {
  bindParametersBy([&](unsigned i) {
    return isChannelArg[i] ? gatherParameter(i, indices(i))
                           : loadParameter(i, Value(), Value());
  });
}

void VectorBody::bindParametersBy(ParameterLoader load) {
  for (unsigned i = 0; i != parameterArgs.size(); ++i)
    bindings.map(body.getArgument(parameterArgs[i]), load(i));
  emit(invariantOps, bindings);
}

/// Inactive lanes read as 1: no activation has a worse place than 0.
Value VectorBody::loadStored(Value pointer, Value index, Value mask) {
  Type element = storageElement();
  Attribute filler = element.isInteger()
                         ? Attribute(b.getI16IntegerAttr(0x3c00))
                         : b.getFloatAttr(element, 1.0);
  return emitVectorLoad(b, vectorOf(element), pointer, index, mask, filler,
                        options.alignedVectors);
}

Value VectorBody::loadTensor(Value pointer, Value index, Value mask) {
  Value loaded = loadStored(pointer, index, mask);
  // A choice between what is loaded and 0 would become one masked load, which
  // waits for the mask: relu's gradient would wait for x before it asks for
  // dout.
  if (!mask && options.traits.hasMasks)
    loaded = LLVM::FreezeOp::create(b, loaded);
  return storageElement().isInteger()
             ? widenFromBits(b, loaded, options.storage, options.traits)
             : loaded;
}

void VectorBody::storeTensor(Value pointer, Value index, Value mask,
                             Value vector, bool streaming) {
  if (storageElement().isInteger())
    vector = narrowToBits(b, vector, options.storage, options.traits);
  emitVectorStore(b, vector, pointer, index, mask, streaming,
                  options.alignedVectors);
}

/// What will be loaded a while after `index`. It may lie past the tensor's end:
/// no prefetch faults.
void VectorBody::prefetch(Value pointer, Value index, Value ahead) {
  Value later = arith::AddIOp::create(b, index, ahead);
  LLVM::Prefetch::create(b, elementAddress(b, storageElement(), pointer, later),
                         /*rw=*/0, /*hint=*/3, /*cache=*/1);
}

void VectorBody::emit(Operations operations, IRMapping &mapping) {
  for (Operation *op : operations)
    b.clone(*op, mapping);
}

VectorBody::Values VectorBody::storeResults(ValueRange to, Value index,
                                            Value accessed, Value summed,
                                            ValueRange accumulators,
                                            bool streaming,
                                            const IRMapping &mapping) {
  Operation *terminator = body.getBody().front().getTerminator();
  for (auto [result, pointer] : llvm::zip_equal(storedResults, to))
    storeTensor(pointer, index, accessed,
                mapping.lookup(terminator->getOperand(result)), streaming);
  Values next;
  for (auto [i, result] : llvm::enumerate(sumResults)) {
    Value term = mapping.lookup(terminator->getOperand(result));
    VectorType sumType = vectorOf(b.getF64Type());
    if (term.getType() != sumType)
      term = arith::ExtFOp::create(b, sumType, term);
    if (summed) {
      Value zero = arith::ConstantOp::create(
          b, DenseElementsAttr::get(sumType, b.getF64FloatAttr(0.0)));
      term = arith::SelectOp::create(b, summed, term, zero);
    }
    unsigned slot = i * accumulatorsPerSum();
    accumulate(accumulators[slot], isF64() ? accumulators[slot + 1] : Value(),
               term, next);
  }
  return next;
}

VectorBody::Values VectorBody::process(Value index, Value accessed,
                                       Value summed, ValueRange accumulators,
                                       bool streaming, Value ahead) {
  IRMapping mapping = bindings;
  if (ahead)
    for (Value tensor : addresses.tensors)
      prefetch(tensor, index, ahead);
  for (auto [i, arg] : llvm::enumerate(tensorArgs))
    mapping.map(body.getArgument(arg),
                loadTensor(addresses.tensors[i], index, accessed));
  emit(varyingOps, mapping);
  return storeResults(addresses.outputs, index, accessed, summed, accumulators,
                      streaming, mapping);
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

void VectorBody::cutIntoStages() {
  stages.emplace(
      body, [&](Value value) { return !invariants.contains(value); },
      getPipeline(), options.traits.numRegisters);
}

VectorType VectorBody::carriedType(Value value) const {
  auto type = cast<VectorType>(value.getType());
  if (!type.getElementType().isInteger(1) || options.traits.hasMasks)
    return type;
  Operation *comparison = value.getDefiningOp();
  bool isWide =
      isa_and_nonnull<arith::CmpFOp, arith::CmpIOp>(comparison) &&
      getElementTypeOrSelf(comparison->getOperand(0)).getIntOrFloatBitWidth() ==
          64;
  return type.clone(b.getIntegerType(isWide ? 64 : 32));
}

Value VectorBody::toCarried(Value value, Value computed) {
  VectorType type = carriedType(value);
  if (type == value.getType())
    return computed;
  Value ones = arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             type, llvm::APInt::getAllOnes(type.getElementTypeBitWidth())));
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return arith::SelectOp::create(b, computed, ones, zero);
}

Value VectorBody::fromCarried(Value value, Value carried) {
  VectorType type = carriedType(value);
  if (type == value.getType())
    return carried;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, carried, zero);
}

VectorBody::Values VectorBody::initialCarried() {
  Values carried = zeroAccumulators();
  for (unsigned stage = 1; stage != stages->size(); ++stage)
    for (Value value : stages->getLiveIn(stage)) {
      VectorType type = carriedType(value);
      Attribute initial = b.getZeroAttr(type);
      // Near 1, and each another: no difference of two is 0.
      double number = 1.0 + carried.size() / 64.0;
      if (auto element = dyn_cast<FloatType>(type.getElementType()))
        initial = DenseElementsAttr::get(type, b.getFloatAttr(element, number));
      carried.push_back(arith::ConstantOp::create(b, cast<TypedAttr>(initial)));
    }
  return carried;
}

size_t VectorBody::getTensorNumber(BlockArgument argument) const {
  return llvm::find(tensorArgs, argument.getArgNumber()) - tensorArgs.begin();
}

VectorBody::Values VectorBody::getBases(llvm::ArrayRef<Place> places,
                                        ValueRange indices) {
  Type element = storageElement();
  Value zero = arith::ConstantIntOp::create(b, 0, 64);
  Values bases;
  auto append = [&](Value tensor, Value copy, size_t stage) {
    auto [at, isCopy] = places[stage];
    Value address = arith::SelectOp::create(
        b, isCopy, copy, elementAddress(b, element, tensor, at));
    Value back = arith::SubIOp::create(b, zero, indices[stage]);
    bases.push_back(elementAddress(b, element, address, back));
  };
  for (size_t stage = 0; stage != places.size(); ++stage)
    for (BlockArgument argument : stages->getArguments(stage)) {
      size_t i = getTensorNumber(argument);
      append(addresses.tensors[i], copies.tensors[i], stage);
    }
  for (auto [tensor, copy] : llvm::zip_equal(addresses.outputs, copies.outputs))
    append(tensor, copy, places.size() - 1);
  return bases;
}

VectorBody::Values VectorBody::processStages(ValueRange bases,
                                             ValueRange indices, Value summed,
                                             ValueRange carried, bool streaming,
                                             Value ahead) {
  ValueRange handedOn = carried.drop_front(getNumAccumulators());
  unsigned numStages = stages->size();
  llvm::SmallVector<IRMapping> mappings(numStages, bindings);
  llvm::SmallVector<llvm::SmallDenseMap<Value, Value>> given(numStages);
  llvm::SmallDenseSet<unsigned> fetched;
  for (unsigned stage = 0; stage != numStages; ++stage) {
    llvm::ArrayRef<Value> liveIn = stages->getLiveIn(stage);
    for (auto [value, taken] :
         llvm::zip_equal(liveIn, handedOn.take_front(liveIn.size()))) {
      mappings[stage].map(value, fromCarried(value, taken));
      given[stage][value] = taken;
    }
    handedOn = handedOn.drop_front(liveIn.size());
    for (BlockArgument argument : stages->getArguments(stage)) {
      if (ahead && fetched.insert(argument.getArgNumber()).second)
        prefetch(bases.front(), indices[stage], ahead);
      mappings[stage].map(argument,
                          loadTensor(bases.front(), indices[stage], Value()));
      bases = bases.drop_front();
    }
  }
  // Side by side, what can run at once is next to each other. In sequence, from
  // the last stage on, what is handed on is used before its successor is made.
  size_t numParts = 1;
  if (!getPipeline().inSequence)
    for (unsigned stage = 0; stage != numStages; ++stage)
      numParts = std::max(numParts, stages->getOperations(stage).size());
  for (size_t i = 0; i != numParts; ++i)
    for (unsigned stage = numStages; stage-- > 0;) {
      Operations operations = stages->getOperations(stage);
      size_t first = i * operations.size() / numParts;
      size_t last = (i + 1) * operations.size() / numParts;
      emit(operations.slice(first, last - first), mappings[stage]);
    }
  Values next = storeResults(bases, indices.back(), /*accessed=*/Value(),
                             summed, carried, streaming, mappings.back());
  for (unsigned stage = 1; stage != numStages; ++stage)
    for (Value value : stages->getLiveIn(stage)) {
      Value passed = given[stage - 1].lookup(value);
      Value computed = mappings[stage - 1].lookup(value);
      next.push_back(passed ? passed : toCarried(value, computed));
    }
  return next;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// Appends accumulator + term, then `error` with what that rounding dropped.
void VectorBody::accumulate(Value accumulator, Value error, Value term,
                            Values &next) {
  Value sum = arith::AddFOp::create(b, accumulator, term);
  next.push_back(sum);
  if (!error)
    return;
  // Knuth's TwoSum.
  Value part = arith::SubFOp::create(b, sum, accumulator);
  Value first = arith::SubFOp::create(
      b, accumulator, arith::SubFOp::create(b, sum, part).getResult());
  Value second = arith::SubFOp::create(b, term, part);
  next.push_back(arith::AddFOp::create(
      b, error, arith::AddFOp::create(b, first, second).getResult()));
}

VectorBody::Values VectorBody::zeroAccumulators() {
  if (getNumSums() == 0)
    return {};
  Value zero = arith::ConstantOp::create(
      b,
      DenseElementsAttr::get(vectorOf(b.getF64Type()), b.getF64FloatAttr(0.0)));
  return Values(getNumAccumulators(), zero);
}

Value VectorBody::getLaneSums(ValueRange accumulators, unsigned sum) {
  unsigned slot = sum * accumulatorsPerSum();
  Value value = accumulators[slot];
  if (!isF64())
    return value;
  Value error = accumulators[slot + 1];
  // What an infinite sum has dropped is no number.
  Value isNaN =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, error, error);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(error.getType()));
  error = arith::SelectOp::create(b, isNaN, zero, error);
  return arith::AddFOp::create(b, value, error);
}

} // namespace actin
