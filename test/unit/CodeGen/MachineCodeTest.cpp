//===- MachineCodeTest.cpp - One module after the other -------------------===//

#include "CodeGen/CodeGen.h"
#include "CodeGen/Target.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/SourceMgr.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

/// Modules that leave behind what an emitter could trip over: tables, stack
/// slots, loops, several functions of one name.
const char *const texts[] = {
    "define void @entry(ptr %p) { store float 1.5, ptr %p ret void }",
    R"(@table = internal constant [4 x float] [float 1.0, float 2.5, float 3.0,
                                               float 4.0]
       define float @pick(i64 %i) noinline {
         %p = getelementptr float, ptr @table, i64 %i
         %v = load float, ptr %p
         ret float %v
       }
       define float @entry(i64 %i) {
         %v = call float @pick(i64 %i)
         %w = fmul float %v, 3.25
         ret float %w
       })",
    R"(define <4 x double> @entry(ptr %p, i64 %n) {
         %slot = alloca <4 x double>
         br label %loop
       loop:
         %i = phi i64 [ 0, %0 ], [ %next, %loop ]
         %v = load <4 x double>, ptr %p
         %w = fadd <4 x double> %v, <double 1.0, double 2.0, double 3.0,
                                     double 4.0>
         store <4 x double> %w, ptr %slot
         %next = add i64 %i, 1
         %more = icmp slt i64 %next, %n
         br i1 %more, label %loop, label %done
       done:
         %result = load <4 x double>, ptr %slot
         ret <4 x double> %result
       })"};

/// Gives the module of a text, in a context of its own, to `use`.
template <typename Use>
void withModule(const char *text, const llvm::TargetMachine &machine, Use use) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic fault;
  auto module = llvm::parseAssemblyString(text, fault, context);
  ASSERT_TRUE(module) << fault.getMessage().str();
  module->setTargetTriple(machine.getTargetTriple());
  module->setDataLayout(machine.createDataLayout());
  use(*module);
}

class MachineCodeTest : public testing::TestWithParam<const char *> {};

TEST_P(MachineCodeTest, WhatCameBeforeLeavesNoTrace) {
  auto machine = createTargetMachine(*resolveTarget(GetParam()));
  ASSERT_TRUE(bool(machine));
  auto emitter = KernelEmitter::create(**machine);
  ASSERT_TRUE(bool(emitter));
  for (int round = 0; round != 3; ++round)
    for (const char *text : texts) {
      llvm::SmallVector<char, 0> alone, inTurn;
      withModule(text, **machine, [&](llvm::Module &module) {
        alone = llvm::cantFail(emitMachineCode(
            module, **machine, llvm::CodeGenFileType::ObjectFile,
            MachinePasses::ForKernels));
      });
      withModule(text, **machine, [&](llvm::Module &module) {
        inTurn = (*emitter)->emit(module);
      });
      EXPECT_FALSE(alone.empty());
      EXPECT_TRUE(alone == inTurn) << text;
    }
}

TEST(OptimizeTest, SplitsBlocksOfLongFunctions) {
  auto machine = createTargetMachine(*resolveTarget("x86-64-v4"));
  ASSERT_TRUE(bool(machine));
  for (int length : {4000, 20000}) {
    std::string text = "define float @entry(float %v0) {\n";
    for (int i = 0; i != length; ++i)
      text += "%v" + std::to_string(i + 1) + " = fadd float %v" +
              std::to_string(i) + ", 1.5\n";
    text += "ret float %v" + std::to_string(length) + " }";
    withModule(text.c_str(), **machine, [&](llvm::Module &module) {
      optimize(module, **machine);
      llvm::Function &entry = *module.getFunction("entry");
      EXPECT_EQ(isLong(module), length == 20000);
      EXPECT_EQ(entry.size() > 1, length == 20000);
      for (const llvm::BasicBlock &block : entry)
        EXPECT_LE(block.size(), length == 20000 ? 2001u : 4001u);
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, MachineCodeTest,
                         testing::Values("x86-64-v2", "x86-64-v4", "neon",
                                         "sve"),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

} // namespace
