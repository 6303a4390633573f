//===- TranslateRegions.cpp - scf and func to LLVM IR ---------------------===//
//
// Loops become a block that tests, with the values that are carried, and one
// that works (scf.while: what each region says); selections become two blocks
// and the one where they meet.
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
  LogicalResult translate(scf::WhileOp loop);
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
  /// A phi for each argument, with its value on the way from `before`.
  llvm::SmallVector<llvm::PHINode *> makePhis(Block::BlockArgListType arguments,
                                              ValueRange initial,
                                              llvm::BasicBlock *before);
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
        .Case<scf::ForOp, scf::WhileOp, scf::IfOp, func::CallOp,
              func::ReturnOp>(
            [&](auto known) { return translator.translate(known); })
        // What these hand on is looked up where the region ends.
        .Case<scf::YieldOp, scf::ConditionOp>([](auto) { return success(); })
        .Default([](Operation *) { return failure(); });
  }
};

} // namespace

llvm::SmallVector<llvm::PHINode *>
RegionTranslator::makePhis(Block::BlockArgListType arguments,
                           ValueRange initial, llvm::BasicBlock *before) {
  llvm::SmallVector<llvm::PHINode *> phis;
  for (auto [argument, value] : llvm::zip_equal(arguments, initial)) {
    phis.push_back(makePhi(argument));
    phis.back()->addIncoming(module.lookupValue(value), before);
    module.mapValue(argument, phis.back());
  }
  return phis;
}

LogicalResult RegionTranslator::translate(scf::ForOp loop) {
  llvm::BasicBlock *before = b.GetInsertBlock();
  llvm::BasicBlock *test = makeBlock(), *work = makeBlock(),
                   *after = makeBlock();
  b.CreateBr(test);

  startBlock(test);
  llvm::SmallVector<Value> initial = {loop.getLowerBound()};
  llvm::append_range(initial, loop.getInitArgs());
  auto carried = makePhis(loop.getBody()->getArguments(), initial, before);
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

/// The second region is empty where all the work is before the test; its block
/// is folded away then.
LogicalResult RegionTranslator::translate(scf::WhileOp loop) {
  llvm::BasicBlock *before = b.GetInsertBlock();
  llvm::BasicBlock *test = makeBlock(), *work = makeBlock(),
                   *after = makeBlock();
  b.CreateBr(test);
  startBlock(test);
  auto carried = makePhis(loop.getBeforeArguments(), loop.getInits(), before);
  module.mapBlock(loop.getBeforeBody(), test);
  if (failed(module.convertBlock(*loop.getBeforeBody(),
                                 /*ignoreArguments=*/true, b)))
    return failure();
  scf::ConditionOp condition = loop.getConditionOp();
  b.CreateCondBr(module.lookupValue(condition.getCondition()), work, after);
  auto handedOn = module.lookupValues(condition.getArgs());
  for (auto [argument, value] :
       llvm::zip_equal(loop.getAfterArguments(), handedOn))
    module.mapValue(argument, value);
  if (failed(translateBlock(*loop.getAfterBody(), work)))
    return failure();
  for (auto [phi, value] :
       llvm::zip_equal(carried, getYielded(*loop.getAfterBody())))
    phi->addIncoming(value, b.GetInsertBlock());
  b.CreateBr(test);

  startBlock(after);
  for (auto [result, value] : llvm::zip_equal(loop.getResults(), handedOn))
    module.mapValue(result, value);
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
