//===- EmittedModulesTest.cpp - LLVM's verifier on the whole library ------===//
//
// Compilations do without the verifier; here it sees what they make.
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

using namespace actin;
using namespace actin::test;

namespace {

class EmittedModulesTest : public testing::TestWithParam<const char *> {};

void expectSound(Compiler &compiler, const Activation &activation,
                 const KernelOutputs &outputs, const CompileOptions &options) {
  auto bitcode = compiler.emit(activation, outputs, options, EmitKind::Bitcode);
  ASSERT_TRUE(bitcode) << messages(bitcode.error());
  llvm::LLVMContext context;
  auto module = llvm::cantFail(llvm::parseBitcodeFile(
      llvm::MemoryBufferRef(*bitcode, "actin"), context));
  std::string faults;
  llvm::raw_string_ostream stream(faults);
  EXPECT_FALSE(llvm::verifyModule(*module, &stream))
      << activation.getName() << "\n"
      << faults;
}

TEST_P(EmittedModulesTest, AreSound) {
  Compiler compiler;
  CompileOptions options;
  options.target = GetParam();
  for (DataType type : {DataType::F32, DataType::F64, DataType::F16}) {
    options.type = type;
    for (const Activation &activation : getStandardLibrary().getActivations()) {
      expectSound(compiler, activation, {}, options);
      expectSound(compiler, activation, fusedOutputs(activation), options);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, EmittedModulesTest,
                         testing::Values("x86-64-v2", "x86-64-v4", "sve",
                                         "sm_80"),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

} // namespace
