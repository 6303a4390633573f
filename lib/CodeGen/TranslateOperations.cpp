//===- TranslateOperations.cpp - arith, math and vector to LLVM IR --------===//
//
// One operation becomes one instruction, or one intrinsic, of the same types.
// Flags that permit more than the operation says are dropped.
//
//===----------------------------------------------------------------------===//

#include "CodeGen/Translations.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Target/LLVMIR/LLVMTranslationInterface.h"
#include "mlir/Target/LLVMIR/ModuleTranslation.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Intrinsics.h"

using namespace mlir;
using llvm::CmpInst;
using llvm::Instruction;
namespace Intrinsic = llvm::Intrinsic;

namespace actin {

/// In the order of arith::CmpFPredicate and arith::CmpIPredicate.
static constexpr CmpInst::Predicate floatPredicates[] = {
    CmpInst::FCMP_FALSE, CmpInst::FCMP_OEQ, CmpInst::FCMP_OGT,
    CmpInst::FCMP_OGE,   CmpInst::FCMP_OLT, CmpInst::FCMP_OLE,
    CmpInst::FCMP_ONE,   CmpInst::FCMP_ORD, CmpInst::FCMP_UEQ,
    CmpInst::FCMP_UGT,   CmpInst::FCMP_UGE, CmpInst::FCMP_ULT,
    CmpInst::FCMP_ULE,   CmpInst::FCMP_UNE, CmpInst::FCMP_UNO,
    CmpInst::FCMP_TRUE};
static constexpr CmpInst::Predicate intPredicates[] = {
    CmpInst::ICMP_EQ,  CmpInst::ICMP_NE,  CmpInst::ICMP_SLT, CmpInst::ICMP_SLE,
    CmpInst::ICMP_SGT, CmpInst::ICMP_SGE, CmpInst::ICMP_ULT, CmpInst::ICMP_ULE,
    CmpInst::ICMP_UGT, CmpInst::ICMP_UGE};
static_assert(std::size(floatPredicates) ==
              arith::getMaxEnumValForCmpFPredicate() + 1);
static_assert(std::size(intPredicates) ==
              arith::getMaxEnumValForCmpIPredicate() + 1);

namespace {

/// One operation in translation.
class OperationTranslator {
public:
  OperationTranslator(Operation *op, llvm::IRBuilderBase &b,
                      LLVM::ModuleTranslation &module)
      : op(op), b(b), module(module),
        operands(module.lookupValues(op->getOperands())) {}

  /// The value of the result; null where there is no translation.
  llvm::Value *translate();

private:
  llvm::Type *getType() {
    return module.convertType(op->getResult(0).getType());
  }
  llvm::Value *binary(Instruction::BinaryOps opcode) {
    return b.CreateBinOp(opcode, operands[0], operands[1]);
  }
  llvm::Value *cast(Instruction::CastOps opcode) {
    return b.CreateCast(opcode, operands[0], getType());
  }
  llvm::Value *intrinsic(llvm::Intrinsic::ID id) {
    return b.CreateIntrinsic(id, {getType()}, operands);
  }
  llvm::Value *constant(TypedAttr value) {
    return LLVM::detail::getLLVMConstant(getType(), value, op->getLoc(),
                                         module);
  }
  llvm::Value *translateBinary();
  llvm::Value *translateUnary();
  llvm::Value *translateVector();

  Operation *op;
  llvm::IRBuilderBase &b;
  LLVM::ModuleTranslation &module;
  llvm::SmallVector<llvm::Value *> operands;
};

class OperationTranslation : public LLVMTranslationDialectInterface {
public:
  using LLVMTranslationDialectInterface::LLVMTranslationDialectInterface;

  LogicalResult
  convertOperation(Operation *op, llvm::IRBuilderBase &builder,
                   LLVM::ModuleTranslation &module) const override {
    llvm::Value *result = OperationTranslator(op, builder, module).translate();
    if (result)
      module.mapValue(op->getResult(0), result);
    return success(result);
  }
};

} // namespace

llvm::Value *OperationTranslator::translateBinary() {
  auto is = [&](Instruction::BinaryOps opcode) {
    return [this, opcode](auto) { return binary(opcode); };
  };
  return llvm::TypeSwitch<Operation *, llvm::Value *>(op)
      .Case<arith::AddFOp>(is(Instruction::FAdd))
      .Case<arith::SubFOp>(is(Instruction::FSub))
      .Case<arith::MulFOp>(is(Instruction::FMul))
      .Case<arith::DivFOp>(is(Instruction::FDiv))
      .Case<arith::AddIOp>(is(Instruction::Add))
      .Case<arith::SubIOp>(is(Instruction::Sub))
      .Case<arith::MulIOp>(is(Instruction::Mul))
      .Case<arith::DivUIOp>(is(Instruction::UDiv))
      .Case<arith::RemUIOp>(is(Instruction::URem))
      .Case<arith::AndIOp>(is(Instruction::And))
      .Case<arith::OrIOp>(is(Instruction::Or))
      .Case<arith::XOrIOp>(is(Instruction::Xor))
      .Case<arith::ShLIOp>(is(Instruction::Shl))
      .Case<arith::ShRUIOp>(is(Instruction::LShr))
      .Case<arith::ShRSIOp>(is(Instruction::AShr))
      .Case([&](arith::MinSIOp) { return intrinsic(Intrinsic::smin); })
      .Case([&](arith::MinimumFOp) { return intrinsic(Intrinsic::minimum); })
      .Case([&](arith::MaximumFOp) { return intrinsic(Intrinsic::maximum); })
      .Case([&](math::CopySignOp) { return intrinsic(Intrinsic::copysign); })
      .Case([&](arith::CmpFOp cmp) {
        return b.CreateFCmp(floatPredicates[size_t(cmp.getPredicate())],
                            operands[0], operands[1]);
      })
      .Case([&](arith::CmpIOp cmp) {
        return b.CreateICmp(intPredicates[size_t(cmp.getPredicate())],
                            operands[0], operands[1]);
      })
      .Default([](Operation *) { return nullptr; });
}

llvm::Value *OperationTranslator::translateUnary() {
  auto is = [&](Instruction::CastOps opcode) {
    return [this, opcode](auto) { return cast(opcode); };
  };
  auto calls = [&](llvm::Intrinsic::ID id) {
    return [this, id](auto) { return intrinsic(id); };
  };
  return llvm::TypeSwitch<Operation *, llvm::Value *>(op)
      .Case<arith::BitcastOp>(is(Instruction::BitCast))
      .Case<arith::ExtFOp>(is(Instruction::FPExt))
      .Case<arith::TruncFOp>(is(Instruction::FPTrunc))
      .Case<arith::ExtUIOp>(is(Instruction::ZExt))
      .Case<arith::TruncIOp>(is(Instruction::Trunc))
      .Case<arith::SIToFPOp>(is(Instruction::SIToFP))
      .Case<arith::FPToSIOp>(is(Instruction::FPToSI))
      .Case([&](arith::NegFOp) { return b.CreateFNeg(operands[0]); })
      .Case<math::AbsFOp>(calls(Intrinsic::fabs))
      .Case<math::SqrtOp>(calls(Intrinsic::sqrt))
      .Case<math::RoundEvenOp>(calls(Intrinsic::roundeven))
      .Case<math::FloorOp>(calls(Intrinsic::floor))
      .Case<math::CeilOp>(calls(Intrinsic::ceil))
      .Case<math::TruncOp>(calls(Intrinsic::trunc))
      .Default([](Operation *) { return nullptr; });
}

llvm::Value *OperationTranslator::translateVector() {
  return llvm::TypeSwitch<Operation *, llvm::Value *>(op)
      .Case([&](vector::BroadcastOp) -> llvm::Value * {
        if (operands[0]->getType()->isVectorTy())
          return nullptr;
        auto *type = llvm::cast<llvm::VectorType>(getType());
        return b.CreateVectorSplat(type->getElementCount(), operands[0]);
      })
      .Case([&](vector::ShuffleOp shuffle) {
        return b.CreateShuffleVector(operands[0], operands[1],
                                     llvm::SmallVector<int>(shuffle.getMask()));
      })
      .Case([&](vector::ExtractOp extract) -> llvm::Value * {
        if (extract.hasDynamicPosition() || extract.getNumIndices() != 1)
          return nullptr;
        return b.CreateExtractElement(operands[0],
                                      extract.getStaticPosition().front());
      })
      .Case([&](vector::InsertOp insert) -> llvm::Value * {
        if (insert.hasDynamicPosition() || insert.getNumIndices() != 1)
          return nullptr;
        return b.CreateInsertElement(operands[1], operands[0],
                                     insert.getStaticPosition().front());
      })
      .Case([&](vector::ReductionOp reduction) -> llvm::Value * {
        if (reduction.getKind() != vector::CombiningKind::OR)
          return nullptr;
        return b.CreateOrReduce(operands[0]);
      })
      .Case([&](vector::ShapeCastOp shapeCast) -> llvm::Value * {
        bool isNone = shapeCast.getSource().getType() == shapeCast.getType();
        return isNone ? operands[0] : nullptr;
      })
      .Default([](Operation *) { return nullptr; });
}

llvm::Value *OperationTranslator::translate() {
  switch (op->getNumOperands()) {
  case 0:
    if (auto constantOp = dyn_cast<arith::ConstantOp>(op))
      return constant(constantOp.getValue());
    return nullptr;
  case 3:
    if (isa<math::FmaOp>(op))
      return intrinsic(Intrinsic::fma);
    if (isa<arith::SelectOp>(op))
      return b.CreateSelect(operands[0], operands[1], operands[2]);
    return nullptr;
  }
  if (isa<vector::VectorDialect>(op->getDialect()))
    return translateVector();
  return op->getNumOperands() == 2 ? translateBinary() : translateUnary();
}

void registerOperationTranslations(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, arith::ArithDialect *dialect,
                            math::MathDialect *math,
                            vector::VectorDialect *vectors) {
    dialect->addInterfaces<OperationTranslation>();
    math->addInterfaces<OperationTranslation>();
    vectors->addInterfaces<OperationTranslation>();
  });
}

} // namespace actin
