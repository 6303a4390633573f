//===- VectorConstants.cpp - Constants that instructions load -------------===//

#include "CodeGen/VectorConstants.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace actin {

/// One number in every lane, which takes more than an idiom to make.
static bool isLoadable(const Value *value) {
  auto *constant = dyn_cast<Constant>(value);
  if (!constant || !isa<FixedVectorType>(constant->getType()))
    return false;
  return constant->getSplatValue() && !constant->isNullValue() &&
         !constant->isAllOnesValue();
}

/// The operand that `instruction` can take from memory, where it is a constant;
/// null where there is none. One alone can be.
static Use *findOperand(Instruction &instruction) {
  auto findAmong = [&](std::initializer_list<unsigned> numbers) -> Use * {
    for (unsigned number : numbers)
      if (isLoadable(instruction.getOperand(number)))
        return &instruction.getOperandUse(number);
    return nullptr;
  };
  switch (instruction.getOpcode()) {
  case Instruction::FAdd:
  case Instruction::FMul:
  case Instruction::Add:
  case Instruction::And:
  case Instruction::Or:
  case Instruction::Xor:
  case Instruction::FCmp:
    return findAmong({1, 0});
  case Instruction::FSub:
  case Instruction::FDiv:
  case Instruction::Sub:
    return findAmong({1});
  case Instruction::Call:
    if (auto *call = dyn_cast<IntrinsicInst>(&instruction);
        call && call->getIntrinsicID() == Intrinsic::fma)
      return findAmong({2, 1, 0});
    return nullptr;
  default:
    return nullptr;
  }
}

using Globals = DenseMap<Constant *, GlobalVariable *>;

/// A vector in read-only memory, shared by content. It must not be known to be
/// what it is: else its loads become the constant again.
static GlobalVariable *getInMemory(Module &module, Constant *constant,
                                   Globals &globals) {
  GlobalVariable *&global = globals[constant];
  if (global)
    return global;
  Type *type = constant->getType();
  global =
      new GlobalVariable(module, type, /*isConstant=*/true,
                         GlobalValue::PrivateLinkage, constant, "act_vector");
  global->setExternallyInitialized(true);
  global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
  global->setAlignment(Align(type->getPrimitiveSizeInBits() / 8));
  return global;
}

static void loadOperand(Use &use, Globals &globals) {
  auto *user = cast<Instruction>(use.getUser());
  auto *constant = cast<Constant>(use.get());
  IRBuilder<> builder(user);
  LoadInst *load = builder.CreateLoad(
      constant->getType(), getInMemory(*user->getModule(), constant, globals));
  load->setMetadata(LLVMContext::MD_invariant_load,
                    MDNode::get(user->getContext(), {}));
  use.set(load);
  // Maxima and minima: a comparison, and a choice of the two that it compared.
  if (isa<FCmpInst>(user))
    for (User *choice : user->users())
      if (isa<SelectInst>(choice) && choice->getOperand(0) == user)
        choice->replaceUsesOfWith(constant, load);
}

/// In the loops of `function`.
static void findOperands(Function &function, SmallVectorImpl<Use *> &uses) {
  DominatorTree dominators(function);
  LoopInfo loops(dominators);
  for (BasicBlock &block : function)
    if (loops.getLoopFor(&block))
      for (Instruction &instruction : block)
        if (Use *use = findOperand(instruction))
          uses.push_back(use);
}

void loadVectorConstants(Module &module) {
  SmallVector<Use *> uses;
  for (Function &function : module)
    if (!function.isDeclaration())
      findOperands(function, uses);
  Globals globals;
  llvm::for_each(uses, [&](Use *use) { loadOperand(*use, globals); });
}

} // namespace actin
