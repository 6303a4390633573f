//===- TranslateRegions.cpp - scf and func to LLVM IR ---------------------===//
//
// Loops become a block that tests, with the values that are carried, and one
// that works; selections become two blocks and the one where they meet.
//
//===----------------------------------------------------------------------===//

#include "CodeGen/Translations.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Target/LLVMIR/LLVMTranslationInterface.h"
#include "mlir/Target/LLVMIR/ModuleTranslation.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/IR/IRBuilder.h"

using namespace mlir;

namespace actin {
namespace {

class RegionTranslator {
public:
  RegionTranslator(llvm::IRBuilderBase &b, LLVM::ModuleTranslation &module)
      : b(b), module(module) {}

  LogicalResult translate(scf::ForOp loop);
  LogicalResult translate(scf::IfOp choice);
  LogicalResult translate(func::CallOp call);
  LogicalResult translate(func::ReturnOp op);

private:
  llvm::BasicBlock *makeBlock() {
    return llvm::BasicBlock::Create(b.getContext());
  }
  /// Goes on in `block`, which is the function's last so far.
  void startBlock(llvm::BasicBlock *block) {
    block->insertInto(b.GetInsertBlock()->getParent());
    b.SetInsertPoint(block);
  }
  llvm::PHINode *makePhi(Value value) {
    return b.CreatePHI(module.convertType(value.getType()), 2);
  }
  /// Emits `block` from the start of `into`; the builder is at its end then.
  LogicalResult translateBlock(Block &block, llvm::BasicBlock *into) {
    startBlock(into);
    module.mapBlock(&block, into);
    return module.convertBlock(block, /*ignoreArguments=*/true, b);
  }
  /// The values that `block` yields.
  llvm::SmallVector<llvm::Value *> getYielded(Block &block) {
    return module.lookupValues(block.getTerminator()->getOperands());
  }

  llvm::IRBuilderBase &b;
  LLVM::ModuleTranslation &module;
};

class RegionTranslation : public LLVMTranslationDialectInterface {
public:
  using LLVMTranslationDialectInterface::LLVMTranslationDialectInterface;

  LogicalResult
  convertOperation(Operation *op, llvm::IRBuilderBase &builder,
                   LLVM::ModuleTranslation &module) const override {
    RegionTranslator translator(builder, module);
    return llvm::TypeSwitch<Operation *, LogicalResult>(op)
        .Case<scf::ForOp, scf::IfOp, func::CallOp, func::ReturnOp>(
            [&](auto known) { return translator.translate(known); })
        // What is yielded is looked up where the region ends.
        .Case([](scf::YieldOp) { return success(); })
        .Default([](Operation *) { return failure(); });
  }
};

} // namespace

LogicalResult RegionTranslator::translate(scf::ForOp loop) {
  llvm::BasicBlock *before = b.GetInsertBlock();
  llvm::BasicBlock *test = makeBlock(), *work = makeBlock(),
                   *after = makeBlock();
  b.CreateBr(test);

  startBlock(test);
  llvm::SmallVector<llvm::PHINode *> carried;
  for (BlockArgument argument : loop.getBody()->getArguments()) {
    carried.push_back(makePhi(argument));
    module.mapValue(argument, carried.back());
  }
  llvm::SmallVector<Value> initial = {loop.getLowerBound()};
  llvm::append_range(initial, loop.getInitArgs());
  for (auto [phi, value] : llvm::zip_equal(carried, initial))
    phi->addIncoming(module.lookupValue(value), before);
  llvm::Value *index = carried.front();
  llvm::Value *isInside =
      b.CreateICmpSLT(index, module.lookupValue(loop.getUpperBound()));
  b.CreateCondBr(isInside, work, after);

  if (failed(translateBlock(*loop.getBody(), work)))
    return failure();
  llvm::SmallVector<llvm::Value *> next = {
      b.CreateAdd(index, module.lookupValue(loop.getStep()))};
  llvm::append_range(next, getYielded(*loop.getBody()));
  for (auto [phi, value] : llvm::zip_equal(carried, next))
    phi->addIncoming(value, b.GetInsertBlock());
  b.CreateBr(test);

  startBlock(after);
  for (auto [result, phi] :
       llvm::zip_equal(loop.getResults(), llvm::drop_begin(carried)))
    module.mapValue(result, phi);
  return success();
}

LogicalResult RegionTranslator::translate(scf::IfOp choice) {
  llvm::BasicBlock *onTrue = makeBlock(),
                   *onFalse = choice.elseBlock() ? makeBlock() : nullptr,
                   *after = makeBlock();
  b.CreateCondBr(module.lookupValue(choice.getCondition()), onTrue,
                 onFalse ? onFalse : after);
  llvm::SmallVector<std::pair<llvm::BasicBlock *, Block *>> ends;
  for (auto [block, into] : {std::pair(choice.thenBlock(), onTrue),
                             std::pair(choice.elseBlock(), onFalse)}) {
    if (!block)
      continue;
    if (failed(translateBlock(*block, into)))
      return failure();
    ends.emplace_back(b.GetInsertBlock(), block);
    b.CreateBr(after);
  }
  startBlock(after);
  for (auto [i, result] : llvm::enumerate(choice.getResults())) {
    llvm::PHINode *phi = makePhi(result);
    for (auto [end, block] : ends)
      phi->addIncoming(getYielded(*block)[i], end);
    module.mapValue(result, phi);
  }
  return success();
}

LogicalResult RegionTranslator::translate(func::CallOp call) {
  llvm::Function *callee = module.lookupFunction(call.getCallee());
  if (!callee || call.getNumResults() != 0)
    return failure();
  b.CreateCall(callee, module.lookupValues(call.getOperands()));
  return success();
}

/// Several results are returned as a structure.
LogicalResult RegionTranslator::translate(func::ReturnOp op) {
  auto values = module.lookupValues(op.getOperands());
  if (values.empty())
    b.CreateRetVoid();
  else if (values.size() == 1)
    b.CreateRet(values.front());
  else
    b.CreateAggregateRet(values.data(), values.size());
  return success();
}

void registerRegionTranslations(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, scf::SCFDialect *regions,
                            func::FuncDialect *functions) {
    regions->addInterfaces<RegionTranslation>();
    functions->addInterfaces<RegionTranslation>();
  });
}

void convertFunctions(ModuleOp module) {
  for (auto function :
       llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    MLIRContext *context = module.getContext();
    OpBuilder builder(function);
    ArrayRef<Type> results = function.getResultTypes();
    Type result = results.size() == 1 ? results.front()
                  : results.empty()
                      ? Type(LLVM::LLVMVoidType::get(context))
                      : LLVM::LLVMStructType::getLiteral(context, results);
    auto type =
        LLVM::LLVMFunctionType::get(result, function.getArgumentTypes());
    auto converted = LLVM::LLVMFuncOp::create(builder, function.getLoc(),
                                              function.getName(), type);
    converted.getBody().takeBody(function.getBody());
    function.erase();
  }
}

} // namespace actin
