//===- CodeGen.cpp - MLIR to LLVM IR --------------------------------------===//

#include "CodeGen/CodeGen.h"

#include "CodeGen/Translations.h"
#include "CodeGen/VectorConstants.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/PassInstrumentation.h"
#include "llvm/IR/PassManager.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

using namespace mlir;

namespace actin {

void registerCodeGenDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, LLVM::LLVMDialect,
                  math::MathDialect, scf::SCFDialect, vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerOperationTranslations(registry);
  registerRegionTranslations(registry);
}

llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVMIR(ModuleOp module, llvm::LLVMContext &context,
                  llvm::TargetMachine &machine, unsigned vectorBits) {
  convertFunctions(module);
  // LLVM's own verifier would take as long as the translation does.
  std::unique_ptr<llvm::Module> result = translateModuleToLLVMIR(
      module, context, "actin", /*disableVerification=*/true);
  if (!result)
    return llvm::createStringError("translation to LLVM IR failed");
  result->setTargetTriple(machine.getTargetTriple());
  result->setDataLayout(machine.createDataLayout());
  std::string width = std::to_string(vectorBits);
  for (llvm::Function &function : *result) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr(llvm::Attribute::NoUnwind);
    // LLVM's tuning for some CPUs would halve the registers.
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    if (!machine.getTargetFeatureString().empty())
      function.addFnAttr("target-features", machine.getTargetFeatureString());
  }
  return result;
}

/// Selecting and scheduling instructions takes time in proportion to the square
/// of a block's length.
static void splitLongBlocks(llvm::Function &function) {
  constexpr size_t maxLength = 2000;
  for (llvm::BasicBlock &block : function) {
    auto first = block.getFirstNonPHIOrDbgOrAlloca();
    if (size_t(std::distance(first, block.end())) > maxLength)
      block.splitBasicBlock(std::next(first, maxLength)); // It comes next.
  }
}

bool isLong(const llvm::Module &module) {
  constexpr unsigned maxLength = 8000;
  return llvm::any_of(module, [](const llvm::Function &function) {
    return function.getInstructionCount() > maxLength;
  });
}

void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  // What the two passes ask for alone: a PassBuilder's analyses, a hundred,
  // take longer to register than the passes to run.
  llvm::FunctionAnalysisManager analyses;
  analyses.registerPass([] { return llvm::PassInstrumentationAnalysis(); });
  analyses.registerPass([] { return llvm::AssumptionAnalysis(); });
  analyses.registerPass([] { return llvm::DominatorTreeAnalysis(); });
  analyses.registerPass([] { return llvm::TargetLibraryAnalysis(); });
  analyses.registerPass([&] { return machine.getTargetIRAnalysis(); });
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::SimplifyCFGPass());
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      passes.run(function, analyses);
  const llvm::MCSubtargetInfo &subtarget = *machine.getMCSubtargetInfo();
  if (machine.getTargetTriple().isX86() && subtarget.checkFeatures("+avx") &&
      !subtarget.checkFeatures("+avx512f"))
    loadVectorConstants(module);
  if (isLong(module))
    llvm::for_each(module, splitLongBlocks);
}

} // namespace actin
