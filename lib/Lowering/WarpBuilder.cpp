//===- WarpBuilder.cpp - Threads, warps and blocks of a GPU ---------------===//

#include "Lowering/WarpBuilder.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace actin {

LLVM::LLVMFuncOp WarpBuilder::beginKernel(llvm::StringRef symbol,
                                          llvm::ArrayRef<Type> arguments,
                                          int64_t maxThreads) {
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()), arguments);
  auto kernel =
      LLVM::LLVMFuncOp::create(b, symbol, type, LLVM::Linkage::External,
                               /*dsoLocal=*/false, LLVM::CConv::PTX_Kernel);
  // One block a multiprocessor will do: registers may be as many as its threads
  // can have. For more blocks ptxas would spill some.
  kernel.setPassthroughAttr(b.getArrayAttr(
      {b.getStrArrayAttr({"nvvm.maxntid", std::to_string(maxThreads)}),
       b.getStrArrayAttr({"nvvm.minctasm", "1"})}));
  b.setInsertionPointToEnd(kernel.addEntryBlock(b));
  return kernel;
}

Value WarpBuilder::call(Type result, llvm::StringRef intrinsic,
                        ValueRange arguments) {
  return LLVM::CallIntrinsicOp::create(b, result, b.getStringAttr(intrinsic),
                                       arguments)
      .getResult(0);
}

ThreadIndices WarpBuilder::emitIndices() {
  auto read = [&](const char *name) -> Value {
    std::string intrinsic =
        std::string("llvm.nvvm.read.ptx.sreg.") + name + ".x";
    Value value = call(b.getI32Type(), intrinsic, {});
    return arith::ExtUIOp::create(b, b.getI64Type(), value);
  };
  ThreadIndices indices;
  indices.threadOfBlock = read("tid");
  indices.threadsPerBlock = read("ntid");
  indices.block = read("ctaid");
  indices.numBlocks = read("nctaid");
  indices.thread =
      add(mul(indices.block, indices.threadsPerBlock), indices.threadOfBlock);
  indices.numThreads = mul(indices.numBlocks, indices.threadsPerBlock);
  Value width = constant(threadsPerWarp);
  indices.warp = div(indices.thread, width);
  indices.numWarps = div(indices.numThreads, width);
  indices.lane = rem(indices.threadOfBlock, width);
  return indices;
}

Value WarpBuilder::toShort(Value x) {
  return arith::TruncIOp::create(b, b.getI32Type(), x);
}

Value WarpBuilder::shortDiv(Value x, Value y) {
  Value quotient = arith::DivUIOp::create(b, toShort(x), toShort(y));
  return arith::ExtUIOp::create(b, b.getI64Type(), quotient);
}

Value WarpBuilder::shortRem(Value x, Value y) {
  Value rest = arith::RemUIOp::create(b, toShort(x), toShort(y));
  return arith::ExtUIOp::create(b, b.getI64Type(), rest);
}

Value WarpBuilder::less(Value x, Value y) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x, y);
}

Value WarpBuilder::equal(Value x, Value y) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y);
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

Value WarpBuilder::shuffle(Value bits, int32_t distance) {
  return call(b.getI32Type(), "llvm.nvvm.shfl.sync.bfly.i32",
              {constant32(-1), bits, constant32(distance),
               constant32(threadsPerWarp - 1)});
}

Value WarpBuilder::sumOverWarp(Value value) {
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  for (int32_t distance = threadsPerWarp / 2; distance != 0; distance /= 2) {
    Value bits = arith::BitcastOp::create(b, i64, value);
    Value low = arith::TruncIOp::create(b, i32, bits);
    Value high = arith::TruncIOp::create(
        b, i32, arith::ShRUIOp::create(b, bits, constant(32)).getResult());
    low = arith::ExtUIOp::create(b, i64, shuffle(low, distance));
    high = arith::ExtUIOp::create(b, i64, shuffle(high, distance));
    high = arith::ShLIOp::create(b, high, constant(32));
    Value other = arith::BitcastOp::create(
        b, b.getF64Type(), arith::OrIOp::create(b, high, low).getResult());
    value = arith::AddFOp::create(b, value, other);
  }
  return value;
}

void WarpBuilder::emitBarrier() {
  LLVM::CallIntrinsicOp::create(
      b, b.getStringAttr("llvm.nvvm.barrier.cta.sync.aligned.all"),
      ValueRange{constant32(0)});
}

/// One f64 a warp, shared by a block; one such array a module.
Value WarpBuilder::sharedSums() {
  constexpr unsigned sharedSpace = 3;
  constexpr const char *name = "actin_warp_sums";
  auto module =
      b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  auto global = module.lookupSymbol<LLVM::GlobalOp>(name);
  if (!global) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    global = LLVM::GlobalOp::create(
        b, LLVM::LLVMArrayType::get(b.getF64Type(), maxWarpsPerBlock),
        /*isConstant=*/false, LLVM::Linkage::Internal, name, Attribute(),
        /*alignment=*/8, sharedSpace);
  }
  return LLVM::AddressOfOp::create(b, global);
}

Value WarpBuilder::sumOverBlock(Value value, const ThreadIndices &indices) {
  Type f64 = b.getF64Type();
  Value sums = sharedSums();
  auto slot = [&](Value warp) -> Value {
    return LLVM::GEPOp::create(b, sums.getType(), f64, sums, ValueRange{warp});
  };
  Value width = constant(threadsPerWarp);
  value = sumOverWarp(value);
  emitIf(equal(indices.lane, constant(0)), [&] {
    LLVM::StoreOp::create(b, value, slot(div(indices.threadOfBlock, width)));
  });
  emitBarrier();
  Value numWarps = div(indices.threadsPerBlock, width);
  Value isUsed = less(indices.lane, numWarps);
  Value zero = arith::ConstantOp::create(b, b.getF64FloatAttr(0.0));
  Value first = slot(select(isUsed, indices.lane, constant(0)));
  Value mine = select(isUsed, LLVM::LoadOp::create(b, f64, first), zero);
  Value total = sumOverWarp(mine);
  // The next sum's writes must not pass these reads.
  emitBarrier();
  return total;
}

} // namespace actin
