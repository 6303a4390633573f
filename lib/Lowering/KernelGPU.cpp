//===- KernelGPU.cpp - Kernels of NVIDIA's GPUs around a body -------------===//
//
// A run of contiguous elements is shared out among threads, 128 bits at a time
// where the addresses allow it, then one element at a time.
//
//===----------------------------------------------------------------------===//

#include "Lowering/KernelGPU.h"

#include "Lowering/VectorBody.h"
#include "Lowering/WarpBuilder.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace actin {

namespace {

KernelLoopOptions getBodyOptions(const GpuKernelOptions &options,
                                 unsigned numLanes) {
  KernelLoopOptions result;
  result.space = IterationSpace::Rows; // A channel's value is loaded by itself.
  result.storage = options.storage;
  result.numLanes = numLanes;
  result.traits = options.traits;
  result.alignedVectors = true;
  return result;
}

int64_t countLanes(func::FuncOp body) {
  return cast<VectorType>(body.getArgumentTypes().front()).getNumElements();
}

class GpuKernelBuilder : WarpBuilder {
public:
  GpuKernelBuilder(func::FuncOp wideBody, func::FuncOp singleBody,
                   const GpuKernelOptions &options)
      : WarpBuilder(ImplicitLocOpBuilder::atBlockEnd(
            wideBody.getLoc(),
            wideBody->getParentOfType<ModuleOp>().getBody())),
        options(options), numLanes(countLanes(wideBody)),
        wideOptions(getBodyOptions(options, numLanes)),
        singleOptions(getBodyOptions(options, 1)),
        wide(wideBody, wideOptions, b), single(singleBody, singleOptions, b) {}

  void build();

private:
  /// Whose share of a run of elements this thread has.
  struct Share {
    Value first, stride;
  };

  Values beginTensorKernel(const char *suffix, unsigned numSizes);
  void endKernel();
  Value emitAlignment();
  Values zeroAccumulators();
  Values widthLoop(VectorBody &body, Value begin, Value end, const Share &share,
                   ValueRange accumulators);
  Values emitRun(Value begin, Value end, Value isAligned, const Share &share,
                 ValueRange accumulators);
  void storePartials(ValueRange accumulators, Value line, Value channel,
                     Value channels);
  Value partialAddress(Value line, unsigned sum, Value channel, Value channels);
  void emitWarpTiles(Value numTiles, llvm::function_ref<void(Value)> emitTile);
  /// By a power of two.
  Value divideUp(Value x, int64_t y) {
    return div(add(x, constant(y - 1)), constant(y));
  }
  Value shortDivideUp(Value x, Value y) {
    return shortDiv(add(x, sub(y, constant(1))), y);
  }

  /// Where a parameter has its value for `channel`.
  Value emitValueIndex(Value vectors, unsigned parameter, Value channel) {
    Value bit = bitAnd(vectors, constant(int64_t(uint64_t(1) << parameter)));
    return select(equal(bit, constant(0)), constant(0), channel);
  }

  void buildFlat();
  void buildRows();
  void emitRowTile(Value tile, ValueRange sizes, Value innerTiles,
                   Value isAligned);
  void buildLanes();
  void emitLanes(VectorBody &body, int64_t width, ValueRange sizes);
  void emitLaneTile(VectorBody &body, Value column, Value outerTile,
                    ValueRange sizes);
  void buildFinish();
  Value emitChannelSum(Value channel, ValueRange arguments);

  const GpuKernelOptions &options;
  const int64_t numLanes;
  const KernelLoopOptions wideOptions, singleOptions;
  VectorBody wide, single;

  // The kernel under construction.
  ThreadIndices indices;
  Values tensors; ///< Inputs and outputs.
  Value partials;
};

} // namespace

//===----------------------------------------------------------------------===//
// Beginning and end
//===----------------------------------------------------------------------===//

/// Gives the sizes, the kernel's last arguments.
LoopBuilder::Values GpuKernelBuilder::beginTensorKernel(const char *suffix,
                                                        unsigned numSizes) {
  unsigned numInputs = wide.getNumTensors();
  unsigned numParameters = wide.getNumParameters();
  unsigned numPointers = numInputs + numParameters + wide.getNumOutputs();
  bool hasSums = wide.getNumSums() != 0;
  llvm::SmallVector<Type> types(numPointers + hasSums, globalPointer());
  types.append(numSizes, b.getI64Type());
  auto kernel = beginKernel(options.symbol + suffix, types, gpuMaxThreads);
  ValueRange arguments = kernel.getArguments();
  ValueRange inputs = arguments.take_front(numInputs);
  ValueRange parameters = arguments.slice(numInputs, numParameters);
  ValueRange outputs =
      arguments.slice(numInputs + numParameters, wide.getNumOutputs());
  wide.setAddresses(inputs, parameters, outputs);
  single.setAddresses(inputs, parameters, outputs);
  tensors.assign(inputs.begin(), inputs.end());
  tensors.append(outputs.begin(), outputs.end());
  partials = hasSums ? Value(arguments[numPointers]) : Value();
  indices = emitIndices();
  return Values(arguments.take_back(numSizes));
}

void GpuKernelBuilder::endKernel() {
  LLVM::ReturnOp::create(b, ValueRange{});
  b.setInsertionPointToEnd(b.getInsertionBlock()
                               ->getParentOp()
                               ->getParentOfType<ModuleOp>()
                               .getBody());
}

/// True where every tensor begins at a multiple of a wide access.
Value GpuKernelBuilder::emitAlignment() {
  int64_t accessBytes = numLanes * getSizeBytes(options.storage);
  Value bits = constant(0);
  for (Value tensor : tensors) {
    Value address = LLVM::PtrToIntOp::create(b, b.getI64Type(), tensor);
    bits = arith::OrIOp::create(b, bits, address);
  }
  return equal(bitAnd(bits, constant(accessBytes - 1)), constant(0));
}

//===----------------------------------------------------------------------===//
// A run of contiguous elements
//===----------------------------------------------------------------------===//

/// This thread's vectors of `body` in [begin, end).
LoopBuilder::Values GpuKernelBuilder::widthLoop(VectorBody &body, Value begin,
                                                Value end, const Share &share,
                                                ValueRange accumulators) {
  Value width = constant(&body == &wide ? numLanes : 1);
  return emitLoop(add(begin, mul(share.first, width)), end,
                  mul(share.stride, width), accumulators,
                  [&](Value index, ValueRange carried) {
                    return body.process(index, /*accessed=*/Value(),
                                        /*summed=*/Value(), carried,
                                        /*streaming=*/false);
                  });
}

/// Those of `wide`, then those of `single`.
LoopBuilder::Values GpuKernelBuilder::zeroAccumulators() {
  Values accumulators = wide.zeroAccumulators();
  llvm::append_range(accumulators, single.zeroAccumulators());
  return accumulators;
}

/// This thread's share of [begin, end); `isAligned`: wide accesses may start at
/// `begin`.
LoopBuilder::Values GpuKernelBuilder::emitRun(Value begin, Value end,
                                              Value isAligned,
                                              const Share &share,
                                              ValueRange accumulators) {
  Value whole = bitAnd(sub(end, begin), constant(-numLanes));
  Value wholeEnd = add(begin, select(isAligned, whole, constant(0)));
  size_t half = accumulators.size() / 2;
  Values next =
      widthLoop(wide, begin, wholeEnd, share, accumulators.take_front(half));
  llvm::append_range(next, widthLoop(single, wholeEnd, end, share,
                                     accumulators.drop_front(half)));
  return next;
}

//===----------------------------------------------------------------------===//
// Partial sums
//===----------------------------------------------------------------------===//

/// partials[line][sum][channel].
Value GpuKernelBuilder::partialAddress(Value line, unsigned sum, Value channel,
                                       Value channels) {
  Value row = add(mul(line, constant(wide.getNumSums())), constant(sum));
  return LLVM::GEPOp::create(b, partials.getType(), b.getF64Type(), partials,
                             ValueRange{add(mul(row, channels), channel)});
}

/// The warp's sums.
void GpuKernelBuilder::storePartials(ValueRange accumulators, Value line,
                                     Value channel, Value channels) {
  size_t half = accumulators.size() / 2;
  for (unsigned i = 0; i != wide.getNumSums(); ++i) {
    Value most = wide.getLaneSums(accumulators.take_front(half), i);
    Value rest = single.getLaneSums(accumulators.drop_front(half), i);
    Value sum =
        sumOverWarp(arith::AddFOp::create(b, addLanes(most), addLanes(rest)));
    emitIf(equal(indices.lane, constant(0)), [&] {
      LLVM::StoreOp::create(b, sum, partialAddress(line, i, channel, channels));
    });
  }
}

void GpuKernelBuilder::emitWarpTiles(Value numTiles,
                                     llvm::function_ref<void(Value)> emitTile) {
  emitLoop(indices.warp, numTiles, indices.numWarps, ValueRange{},
           [&](Value tile, ValueRange) {
             emitTile(tile);
             return Values();
           });
}

//===----------------------------------------------------------------------===//
// One run
//===----------------------------------------------------------------------===//

void GpuKernelBuilder::buildFlat() {
  Value elements = beginTensorKernel("", 1).front();
  Value isAligned = emitAlignment();
  for (VectorBody *body : {&wide, &single})
    body->bindParameters(/*channel=*/constant(0), /*mask=*/Value());
  if (!partials) {
    emitRun(constant(0), elements, isAligned,
            {indices.thread, indices.numThreads}, {});
    endKernel();
    return;
  }
  Value tileElements = constant(gpuTileElements);
  emitWarpTiles(divideUp(elements, gpuTileElements), [&](Value tile) {
    Value begin = mul(tile, tileElements);
    Value end = min(add(begin, tileElements), elements);
    Values sums =
        emitRun(begin, end, isAligned, {indices.lane, constant(threadsPerWarp)},
                zeroAccumulators());
    storePartials(sums, tile, constant(0), constant(1));
  });
  endKernel();
}

//===----------------------------------------------------------------------===//
// Rows of one channel each
//===----------------------------------------------------------------------===//

void GpuKernelBuilder::emitRowTile(Value tile, ValueRange sizes,
                                   Value innerTiles, Value isAligned) {
  Value outer = sizes[0], channels = sizes[1], inner = sizes[2];
  Value rowsPerTile = sizes[3];
  Value innerTile = shortRem(tile, innerTiles);
  Value rest = shortDiv(tile, innerTiles);
  Value channel = shortRem(rest, channels);
  Value outerTile = shortDiv(rest, channels);
  for (VectorBody *body : {&wide, &single})
    body->bindParametersAt([&](unsigned number) {
      return Values{emitValueIndex(sizes.back(), number, channel)};
    });
  Value firstRow = mul(outerTile, rowsPerTile);
  Value begin = mul(innerTile, constant(gpuTileElements));
  Value length = min(constant(gpuTileElements), sub(inner, begin));
  Values sums = emitLoop(
      firstRow, min(add(firstRow, rowsPerTile), outer), constant(1),
      zeroAccumulators(), [&](Value row, ValueRange carried) {
        Value at = add(mul(add(mul(row, channels), channel), inner), begin);
        Value isWide = arith::AndIOp::create(
            b, isAligned,
            equal(bitAnd(at, constant(numLanes - 1)), constant(0)));
        return emitRun(at, add(at, length), isWide,
                       {indices.lane, constant(threadsPerWarp)}, carried);
      });
  Value line = add(mul(outerTile, innerTiles), innerTile);
  storePartials(sums, line, channel, channels);
}

void GpuKernelBuilder::buildRows() {
  Values sizes = beginTensorKernel("_rows", 5);
  Value isAligned = emitAlignment();
  Value innerTiles = divideUp(sizes[2], gpuTileElements);
  Value outerTiles = shortDivideUp(sizes[0], sizes[3]);
  emitWarpTiles(mul(mul(outerTiles, sizes[1]), innerTiles), [&](Value tile) {
    emitRowTile(tile, sizes, innerTiles, isAligned);
  });
  endKernel();
}

//===----------------------------------------------------------------------===//
// Lanes along the channels
//===----------------------------------------------------------------------===//

/// A thread goes down the rows of one vector of lanes, so that parameters and
/// sums stay in registers.
void GpuKernelBuilder::emitLaneTile(VectorBody &body, Value column,
                                    Value outerTile, ValueRange sizes) {
  Value outer = sizes[0], lanes = sizes[1], channels = sizes[2];
  Value lanesPerChannel = sizes[3], rowsPerTile = sizes[4];
  Values laneChannels;
  for (int64_t i = 0, e = &body == &wide ? numLanes : 1; i != e; ++i)
    laneChannels.push_back(shortRem(
        shortDiv(add(column, constant(i)), lanesPerChannel), channels));
  body.bindParametersAt([&](unsigned number) {
    Values indices;
    for (Value channel : laneChannels)
      indices.push_back(emitValueIndex(sizes.back(), number, channel));
    return indices;
  });
  Value firstRow = mul(outerTile, rowsPerTile);
  Values sums =
      emitLoop(firstRow, min(add(firstRow, rowsPerTile), outer), constant(1),
               body.zeroAccumulators(), [&](Value row, ValueRange carried) {
                 return body.process(add(mul(row, lanes), column),
                                     /*accessed=*/Value(),
                                     /*summed=*/Value(), carried,
                                     /*streaming=*/false);
               });
  for (unsigned i = 0; i != body.getNumSums(); ++i) {
    Value address = partialAddress(outerTile, i, column, lanes);
    LLVM::StoreOp::create(b, body.getLaneSums(sums, i), address,
                          /*alignment=*/8);
  }
}

void GpuKernelBuilder::emitLanes(VectorBody &body, int64_t width,
                                 ValueRange sizes) {
  const int64_t columnsPerWarp = threadsPerWarp * width;
  Value columnTiles = divideUp(sizes[1], columnsPerWarp);
  Value outerTiles = shortDivideUp(sizes[0], sizes[4]);
  emitWarpTiles(mul(columnTiles, outerTiles), [&](Value tile) {
    Value columnTile = shortRem(tile, columnTiles);
    Value column = add(mul(columnTile, constant(columnsPerWarp)),
                       mul(indices.lane, constant(width)));
    emitIf(less(column, sizes[1]), [&] {
      emitLaneTile(body, column, shortDiv(tile, columnTiles), sizes);
    });
  });
}

void GpuKernelBuilder::buildLanes() {
  Values sizes = beginTensorKernel("_lanes", 6);
  Value isWhole = equal(bitAnd(sizes[1], constant(numLanes - 1)), constant(0));
  Value isWide = arith::AndIOp::create(b, emitAlignment(), isWhole);
  emitIf(
      isWide, [&] { emitLanes(wide, numLanes, sizes); },
      [&] { emitLanes(single, 1, sizes); });
  endKernel();
}

//===----------------------------------------------------------------------===//
// The sum of partial sums
//===----------------------------------------------------------------------===//

/// This thread's terms of a channel's sum, compensated (Knuth's TwoSum).
Value GpuKernelBuilder::emitChannelSum(Value channel, ValueRange arguments) {
  Value lines = arguments[2], lineStride = arguments[3];
  Value channels = arguments[4], lanesPerChannel = arguments[5];
  Value perLine = mul(arguments[6], lanesPerChannel);
  Type f64 = b.getF64Type();
  Value zero = arith::ConstantOp::create(b, b.getF64FloatAttr(0.0));
  auto plus = [&](Value x, Value y) -> Value {
    return arith::AddFOp::create(b, x, y);
  };
  auto minus = [&](Value x, Value y) -> Value {
    return arith::SubFOp::create(b, x, y);
  };
  Values sums = emitLoop(
      indices.threadOfBlock, mul(lines, perLine), indices.threadsPerBlock,
      ValueRange{zero, zero}, [&](Value term, ValueRange carried) {
        Value line = shortDiv(term, perLine), rest = shortRem(term, perLine);
        Value repetition = shortDiv(rest, lanesPerChannel);
        Value element = shortRem(rest, lanesPerChannel);
        Value group = add(mul(repetition, channels), channel);
        Value offset = add(mul(line, lineStride),
                           add(mul(group, lanesPerChannel), element));
        Value address = LLVM::GEPOp::create(b, globalPointer(), f64,
                                            arguments[0], ValueRange{offset});
        Value value = LLVM::LoadOp::create(b, f64, address);
        Value sum = plus(carried[0], value);
        Value part = minus(sum, carried[0]);
        Value lost =
            plus(minus(carried[0], minus(sum, part)), minus(value, part));
        return Values{sum, plus(carried[1], lost)};
      });
  // What an infinite sum has lost is no number.
  Value isLost =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, sums[1], sums[1]);
  return plus(sums[0], select(isLost, zero, sums[1]));
}

void GpuKernelBuilder::buildFinish() {
  llvm::SmallVector<Type> types(2, globalPointer());
  types.append(5, b.getI64Type());
  auto kernel =
      beginKernel(options.symbol + "_finish", types, gpuMaxFinishThreads);
  ValueRange arguments = kernel.getArguments();
  indices = emitIndices();
  bool isF64 = options.storage == DataType::F64;
  Type resultType = isF64 ? Type(b.getF64Type()) : Type(b.getF32Type());
  emitLoop(indices.block, arguments[4], indices.numBlocks, ValueRange{},
           [&](Value channel, ValueRange) {
             Value sum =
                 sumOverBlock(emitChannelSum(channel, arguments), indices);
             Value result =
                 isF64 ? sum : arith::TruncFOp::create(b, resultType, sum);
             Value address =
                 LLVM::GEPOp::create(b, globalPointer(), resultType,
                                     arguments[1], ValueRange{channel});
             emitIf(equal(indices.threadOfBlock, constant(0)),
                    [&] { LLVM::StoreOp::create(b, result, address); });
             return Values();
           });
  endKernel();
}

void GpuKernelBuilder::build() {
  buildFlat();
  if (wide.dependsOnChannel()) {
    buildRows();
    buildLanes();
  }
  if (wide.getNumSums() != 0)
    buildFinish();
}

/// Operations of a body, those of two registers counted twice, above which
/// eight elements are too many at once.
static constexpr size_t largeBody = 200;

unsigned chooseGpuLanes(DataType storage, func::FuncOp single) {
  unsigned numLanes = 16 / getSizeBytes(storage);
  if (numLanes < 8)
    return numLanes;
  size_t size = 0;
  for (Operation &op : single.getBody().front().without_terminator())
    size += getElementTypeOrSelf(op.getResult(0).getType()).isF64() ? 2 : 1;
  return size > largeBody ? 4 : numLanes;
}

void buildGpuKernels(func::FuncOp wide, func::FuncOp single,
                     const GpuKernelOptions &options) {
  GpuKernelBuilder(wide, single, options).build();
  wide.erase();
  single.erase();
}

} // namespace actin
