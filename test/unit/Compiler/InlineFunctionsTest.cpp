//===- InlineFunctionsTest.cpp - Activations for compilers with LLVM ------===//

#include "KernelFixture.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/TargetSelect.h"

#include <gmock/gmock.h>

using namespace actin;
using namespace actin::test;
using testing::HasSubstr;

namespace {

std::string emitInline(const char *text, const KernelOutputs &outputs,
                       const char *target, EmitKind kind) {
  Compiler compiler;
  CompileOptions options;
  options.target = target;
  auto emitted = compiler.emit(parseOne(text), outputs, options, kind, "act");
  EXPECT_TRUE(emitted) << messages(emitted.error());
  return emitted.value_or("");
}

std::unique_ptr<llvm::Module> read(const std::string &bitcode,
                                   llvm::LLVMContext &context) {
  return llvm::cantFail(
      llvm::parseBitcodeFile(llvm::MemoryBufferRef(bitcode, "act"), context));
}

const char *const formula = "activation f(x; a = 1) = gelu(a * x)";

TEST(InlineFunctionsTest, HasFixedVectorsWhereRegistersAreScalable) {
  llvm::LLVMContext context;
  for (const char *target : {"neon", "sve"}) {
    auto module =
        read(emitInline(formula, {}, target, EmitKind::InlineBitcode), context);
    EXPECT_EQ(module->getFunction("act")->getReturnType(),
              llvm::FixedVectorType::get(llvm::Type::getFloatTy(context), 4))
        << target;
  }
}

TEST(InlineFunctionsTest, CanBeInlinedAnywhere) {
  llvm::LLVMContext context;
  auto module = read(
      emitInline(formula, {}, "x86-64-v3", EmitKind::InlineBitcode), context);
  for (const char *name : {"act", "act_scalar"}) {
    llvm::Function *function = module->getFunction(name);
    ASSERT_TRUE(function);
    EXPECT_TRUE(function->hasExternalLinkage());
    EXPECT_TRUE(function->hasFnAttribute(llvm::Attribute::AlwaysInline));
    EXPECT_TRUE(function->doesNotAccessMemory());
    EXPECT_TRUE(function->doesNotThrow() && function->willReturn());
    EXPECT_EQ(function->size(), 1u) << "a loop?";
    for (llvm::Instruction &instruction : function->getEntryBlock())
      if (auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction)) {
        EXPECT_TRUE(call->getCalledFunction()->isIntrinsic());
      }
  }
  for (llvm::GlobalVariable &table : module->globals())
    EXPECT_FALSE(table.hasLocalLinkage());
  EXPECT_EQ(module->getFunction("act")->getReturnType(),
            llvm::FixedVectorType::get(llvm::Type::getFloatTy(context), 8));
  EXPECT_TRUE(module->getFunction("act_scalar")->getReturnType()->isFloatTy());
}

TEST(InlineFunctionsTest, TextSaysTheSame) {
  KernelOutputs outputs;
  outputs.gradients = {"x", "a"};
  std::string text =
      emitInline(formula, outputs, "x86-64-v2", EmitKind::InlineLLVM);
  EXPECT_THAT(text, HasSubstr("alwaysinline"));
  EXPECT_THAT(text, HasSubstr("define { <4 x float>, <4 x float>, <4 x float> "
                              "} @act(<4 x float>"));
  EXPECT_THAT(text,
              HasSubstr("define { float, float, float } @act_scalar(float"));
}

TEST(InlineFunctionsTest, ScalarsHaveTheKernelsValues) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = read(emitInline(formula, {}, "native", EmitKind::InlineBitcode),
                     *context);
  auto jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());
  llvm::cantFail(jit->addIRModule({std::move(module), std::move(context)}));
  auto *function = llvm::cantFail(jit->lookup("act_scalar"))
                       .toPtr<float (*)(float, float)>();
  Compiler compiler;
  Kernel kernel = compileOrFail(compiler, parseOne(formula), {});
  for (float x = -6; x < 6; x += 0.37f) {
    float a = 1.25f, y = 0;
    KernelArguments arguments;
    arguments.inputs = {view(&x, {})};
    arguments.parameters = {view(&a, {})};
    arguments.out = view(&y, {});
    ASSERT_TRUE(kernel.run(arguments));
    // A vector instruction may stand for several of one element.
    EXPECT_FLOAT_EQ(function(x, a), y) << x;
  }
}

TEST(InlineFunctionsTest, GpusHaveNone) {
  Compiler compiler;
  CompileOptions options;
  options.target = "sm_80";
  EXPECT_FALSE(
      compiler.emit(parseOne(formula), {}, options, EmitKind::InlineLLVM));
}

} // namespace
