//===- Compilation.h - One kernel through all stages ------------*- C++ -*-===//

#ifndef ACTIN_COMPILER_COMPILATION_H
#define ACTIN_COMPILER_COMPILATION_H

#include "CodeGen/CodeGen.h"
#include "CodeGen/Target.h"
#include "Compiler/CompilerService.h"
#include "Lowering/MathToVector.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/IR/Module.h"

#include <chrono>

namespace actin {

/// The MLIR context and the target machines: made once, used by one compilation
/// at a time.
struct CompilationContext {
  CompilationContext();

  llvm::Expected<llvm::TargetMachine *>
  getMachine(const Target &target,
             llvm::CodeGenOptLevel level = llvm::CodeGenOptLevel::Default);
  /// `machine`, which is one of getMachine's, or for a module that isLong the
  /// quick one of the same target.
  llvm::Expected<llvm::TargetMachine *> choose(llvm::TargetMachine &machine,
                                               const llvm::Module &module);
  /// What makes the object files of kernels for `machine`, which is one of
  /// getMachine's.
  llvm::Expected<KernelEmitter *> getEmitter(llvm::TargetMachine &machine);

  mlir::MLIRContext mlirContext;
  std::string lastError;
  unsigned numUses = 0;

private:
  struct Machine {
    Target target;
    llvm::CodeGenOptLevel level;
    std::unique_ptr<llvm::TargetMachine> machine;
    std::unique_ptr<KernelEmitter> emitter; ///< Null until it is needed.
  };
  Machine &find(const llvm::TargetMachine &machine);

  std::vector<Machine> machines;
};

/// One kernel's way through the stages. Each stage returns false where it
/// failed; takeError then says why.
class Compilation {
public:
  /// `llvmContext` is what the LLVM IR will be of; `times` may be null.
  Compilation(CompilationContext &context, const KernelRequest &request,
              llvm::LLVMContext &llvmContext, StageTimes *times);

  /// To the kernel over the reals, stabilized.
  bool plan(const Activation &activation);
  /// To vectors and loops, for `machine`.
  bool lower(llvm::TargetMachine &machine);
  /// To the kernels of an object, and the C function around them.
  bool lowerForObject(llvm::TargetMachine &machine);
  /// To vectors and the kernels of a GPU.
  bool lowerForGpu(llvm::TargetMachine &machine);
  /// To the functions that other compilers inline.
  bool buildInline(const Activation &activation, llvm::TargetMachine &machine);
  /// To optimized LLVM IR.
  bool translate(llvm::TargetMachine &machine);
  Expected<llvm::SmallVector<char, 0>> generate(llvm::TargetMachine &machine,
                                                llvm::CodeGenFileType type);

  mlir::ModuleOp getModule() { return *module; }
  llvm::Module &getLLVMModule() { return *llvmModule; }
  std::unique_ptr<llvm::Module> takeLLVMModule() {
    return std::move(llvmModule);
  }
  tl::unexpected<Diagnostics> takeError() { return makeError(error); }

private:
  bool fail(std::string message);
  bool fail(llvm::Error failure);
  llvm::Expected<llvm::SmallVector<char, 0>>
  emitCode(llvm::TargetMachine &machine, llvm::CodeGenFileType type);
  mlir::func::FuncOp buildLoops(mlir::func::FuncOp vectors,
                                const MathLoweringOptions &math,
                                IterationSpace space, std::string symbol,
                                int64_t partialStride = 0);
  /// Notes the time since the last mark under `stage`.
  void mark(const char *stage);

  CompilationContext &context;
  const KernelRequest &request;
  StageTimes *times;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp kernel; ///< Null once it is a GPU's kernels.
  llvm::LLVMContext &llvmContext;
  std::unique_ptr<llvm::Module> llvmModule;
  std::chrono::steady_clock::time_point start;
  std::string error;
};

} // namespace actin

#endif // ACTIN_COMPILER_COMPILATION_H
