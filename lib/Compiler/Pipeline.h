//===- Pipeline.h - The order of all stages ---------------------*- C++ -*-===//

#ifndef ACTIN_COMPILER_PIPELINE_H
#define ACTIN_COMPILER_PIPELINE_H

#include "CodeGen/Target.h"
#include "Compiler/CompilerService.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/IR/Module.h"

#include <mutex>

namespace actin {

/// The MLIR context and the target machines, made on first use and kept. The
/// functions may be called from any thread; one compilation runs at a time.
class Pipeline {
public:
  Pipeline();
  ~Pipeline();

  /// The object file of a kernel for `target`.
  Expected<llvm::SmallVector<char, 0>>
  compileObject(const Activation &activation, const KernelRequest &request,
                const Target &target, StageTimes *times);

  /// The kernel in one stage's form.
  Expected<std::string> emit(const Activation &activation,
                             const KernelRequest &request, const Target &target,
                             EmitKind kind);

  Expected<Activation> differentiate(const Activation &activation,
                                     std::string_view name, int order);

private:
  struct State;
  class Run;

  State &getState();

  std::mutex mutex;
  std::unique_ptr<State> state;
};

} // namespace actin

#endif // ACTIN_COMPILER_PIPELINE_H
