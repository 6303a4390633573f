//===- ObjectModule.h - Many functions in one object ------------*- C++ -*-===//
//
// Collects functions, each in a module of its own, made for one target or for
// several, into one module; where there are several targets, under the
// function's name stands one that chooses between them.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_CODEGEN_OBJECTMODULE_H
#define ACTIN_CODEGEN_OBJECTMODULE_H

#include "CodeGen/HostTarget.h"

#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>
#include <vector>

namespace actin {

class ObjectModule {
public:
  /// `targets` are of one triple; the first is the baseline, that of `machine`.
  ObjectModule(llvm::LLVMContext &context, std::vector<Target> targets,
               llvm::TargetMachine &machine);

  /// Adds the functions `symbols` of `part`, made for target number `target`;
  /// all else in it becomes internal.
  llvm::Error add(std::unique_ptr<llvm::Module> part,
                  llvm::ArrayRef<std::string> symbols, size_t target);

  /// Once all targets have added `symbol`: what chooses. Nothing to do with one
  /// target.
  llvm::Error addChoice(llvm::StringRef symbol);

  /// Once all functions are there: one unit of debug information a file.
  void joinCompileUnits();

  llvm::Module &getModule() { return *module; }

private:
  std::string variantName(llvm::StringRef symbol, size_t target) const;
  llvm::Function *makeFunction(llvm::FunctionType *type, llvm::StringRef name);
  llvm::Error makeLevelFunction();

  std::vector<Target> targets;
  llvm::TargetMachine &machine;
  std::unique_ptr<llvm::Module> module;
  llvm::Linker linker;
  llvm::Function *levelFunction = nullptr; ///< i32: the target to run.
};

/// Fails, naming them, if `object` refers to symbols that it does not define.
llvm::Error checkFreestanding(llvm::StringRef object);

} // namespace actin

#endif // ACTIN_CODEGEN_OBJECTMODULE_H
