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

struct CompilationContext;

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

  Expected<std::vector<Rewrite>> listRewrites(const Activation &activation,
                                              const KernelRequest &request);

  Expected<Activation> differentiate(const Activation &activation,
                                     std::string_view name, int order,
                                     DerivativeForm form);

  /// One file with all `functions`, each for all targets of `options`.
  Expected<std::string>
  emitObject(const std::vector<ObjectFunctionText> &functions,
             const ObjectOptions &options, EmitKind kind);

private:
  static Expected<void> checkKind(EmitKind kind, const Target &target);
  CompilationContext &getContext();

  std::mutex mutex;
  std::unique_ptr<CompilationContext> context;
};

} // namespace actin

#endif // ACTIN_COMPILER_PIPELINE_H
