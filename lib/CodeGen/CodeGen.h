//===- CodeGen.h - MLIR to objects and assembly -----------------*- C++ -*-===//
//
// From a module of func, scf, vector, arith and math operations to LLVM IR, and
// from there to machine code. The loops are ours, so no loop optimiser runs.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CODEGEN_CODEGEN_H
#define ACTIN_CODEGEN_CODEGEN_H

#include "mlir/IR/BuiltinOps.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

namespace actin {

/// The dialects that the pipeline makes operations of, and what translates
/// them. Cheap; a context needs it once.
void registerCodeGenDialects(mlir::DialectRegistry &registry);

/// `module` as LLVM IR for `machine`; its functions are used up. `vectorBits`
/// is the width of registers that the code is meant for.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVMIR(mlir::ModuleOp module, llvm::LLVMContext &context,
                  llvm::TargetMachine &machine, unsigned vectorBits);

/// True where a function is so long that allocating registers as well as
/// possible would take minutes: then it is worth CodeGenOptLevel::None alone.
bool isLong(const llvm::Module &module);

/// The trimmed pass list, on `module` in place; blocks of long ones are split.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// Which of a target's passes make machine code.
enum class MachinePasses {
  All,
  /// Those that loops which the lowering wrote have use for: the same speed,
  /// in half of the time.
  ForKernels
};

/// Makes object files of one module after the other. Setting the passes up
/// takes as long as a tenth of a kernel does, so it is done once a machine.
class KernelEmitter {
public:
  /// `machine` must outlive the result.
  static llvm::Expected<std::unique_ptr<KernelEmitter>>
  create(llvm::TargetMachine &machine);
  ~KernelEmitter();

  /// The object file of `module`, whose functions are used up. By
  /// MachinePasses::ForKernels.
  llvm::SmallVector<char, 0> emit(llvm::Module &module);

private:
  struct State;
  explicit KernelEmitter(std::unique_ptr<State> state);

  std::unique_ptr<State> state;
};

/// Machine code as an object file, or as assembly text.
llvm::Expected<llvm::SmallVector<char, 0>>
emitMachineCode(llvm::Module &module, llvm::TargetMachine &machine,
                llvm::CodeGenFileType type,
                MachinePasses choice = MachinePasses::All);

} // namespace actin

#endif // ACTIN_CODEGEN_CODEGEN_H
