//===- ObjectModule.cpp - Many functions in one object --------------------===//

#include "CodeGen/ObjectModule.h"

#include "CodeGen/CpuDispatch.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Object/ObjectFile.h"

using namespace llvm;

namespace actin {

ObjectModule::ObjectModule(LLVMContext &context, std::vector<Target> targets,
                           TargetMachine &machine)
    : targets(std::move(targets)), machine(machine),
      module(std::make_unique<Module>("actin", context)), linker(*module) {
  module->setTargetTriple(machine.getTargetTriple());
  module->setDataLayout(machine.createDataLayout());
}

std::string ObjectModule::variantName(StringRef symbol, size_t target) const {
  if (targets.size() == 1)
    return symbol.str();
  return (symbol + "." + Twine(target)).str();
}

Error ObjectModule::add(std::unique_ptr<Module> part,
                        ArrayRef<std::string> symbols, size_t target) {
  for (Function &function : *part) {
    if (function.isDeclaration())
      continue;
    if (!is_contained(symbols, function.getName())) {
      function.setLinkage(GlobalValue::InternalLinkage);
      continue;
    }
    function.setName(variantName(function.getName(), target));
  }
  if (linker.linkInModule(std::move(part)))
    return createStringError("the functions could not be put together");
  return Error::success();
}

Function *ObjectModule::makeFunction(FunctionType *type, StringRef name) {
  Function *function =
      Function::Create(type, GlobalValue::ExternalLinkage, name, *module);
  function->addFnAttr(Attribute::NoUnwind);
  function->addFnAttr("target-cpu", machine.getTargetCPU());
  if (!machine.getTargetFeatureString().empty())
    function->addFnAttr("target-features", machine.getTargetFeatureString());
  return function;
}

/// The selector asks once; threads that ask at the same time store the same.
Error ObjectModule::makeLevelFunction() {
  Expected<Function *> selector = buildTargetSelector(*module, targets);
  if (!selector)
    return selector.takeError();
  LLVMContext &context = module->getContext();
  Type *i32 = Type::getInt32Ty(context);
  // One more than the target's number; 0 is not known yet.
  auto *known = new GlobalVariable(*module, i32, /*isConstant=*/false,
                                   GlobalValue::InternalLinkage,
                                   ConstantInt::get(i32, 0), "actin_target");
  known->setAlignment(Align(4));
  levelFunction =
      makeFunction(FunctionType::get(i32, false), "actin_get_target");
  levelFunction->setLinkage(GlobalValue::InternalLinkage);
  IRBuilder<> b(BasicBlock::Create(context, "entry", levelFunction));
  auto *ask = BasicBlock::Create(context, "ask", levelFunction);
  auto *done = BasicBlock::Create(context, "done", levelFunction);
  LoadInst *cached = b.CreateAlignedLoad(i32, known, Align(4));
  cached->setAtomic(AtomicOrdering::Monotonic);
  b.CreateCondBr(b.CreateIsNull(cached), ask, done);
  b.SetInsertPoint(ask);
  Value *answer = b.CreateAdd(b.CreateCall(*selector), b.getInt32(1));
  StoreInst *store = b.CreateAlignedStore(answer, known, Align(4));
  store->setAtomic(AtomicOrdering::Monotonic);
  b.CreateBr(done);
  b.SetInsertPoint(done);
  PHINode *level = b.CreatePHI(i32, 2);
  level->addIncoming(cached, &levelFunction->getEntryBlock());
  level->addIncoming(answer, ask);
  b.CreateRet(b.CreateSub(level, b.getInt32(1)));
  return Error::success();
}

Error ObjectModule::addChoice(StringRef symbol) {
  if (targets.size() == 1)
    return Error::success();
  if (!levelFunction)
    if (Error error = makeLevelFunction())
      return error;
  Function *baseline = module->getFunction(variantName(symbol, 0));
  Function *choice = makeFunction(baseline->getFunctionType(), symbol);
  LLVMContext &context = module->getContext();
  IRBuilder<> b(BasicBlock::Create(context, "entry", choice));
  SmallVector<Value *> arguments(make_pointer_range(choice->args()));
  auto emitCall = [&](size_t target, const Twine &name) {
    Function *variant = module->getFunction(variantName(symbol, target));
    variant->setLinkage(GlobalValue::InternalLinkage);
    auto *block = BasicBlock::Create(context, name, choice);
    IRBuilder<> inBlock(block);
    CallInst *call = inBlock.CreateCall(variant, arguments);
    call->setTailCallKind(CallInst::TCK_MustTail);
    inBlock.CreateRetVoid();
    return block;
  };
  SwitchInst *cases =
      b.CreateSwitch(b.CreateCall(levelFunction), emitCall(0, "baseline"));
  for (size_t i = 1; i != targets.size(); ++i)
    cases->addCase(b.getInt32(i), emitCall(i, "target"));
  return Error::success();
}

void ObjectModule::joinCompileUnits() {
  NamedMDNode *listed = module->getNamedMetadata("llvm.dbg.cu");
  if (!listed)
    return;
  DenseMap<DIFile *, DICompileUnit *> units;
  for (Function &function : *module)
    if (DISubprogram *subprogram = function.getSubprogram())
      subprogram->replaceUnit(
          units.try_emplace(subprogram->getFile(), subprogram->getUnit())
              .first->second);
  SmallVector<MDNode *> all(listed->operands());
  listed->clearOperands();
  for (MDNode *unit : all)
    if (units.lookup(cast<DICompileUnit>(unit)->getFile()) == unit)
      listed->addOperand(unit);
}

Error checkFreestanding(StringRef object) {
  auto file =
      object::ObjectFile::createObjectFile(MemoryBufferRef(object, "object"));
  if (!file)
    return file.takeError();
  for (const object::SymbolRef &symbol : (*file)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if ((*flags & object::BasicSymbolRef::SF_Undefined) && !name->empty())
      return createStringError("the object would refer to '" + name->str() +
                               "', which nothing defines");
  }
  return Error::success();
}

} // namespace actin
