//===- CompilerService.h - What the compiler library does -------*- C++ -*-===//
//
// The compiler proper, with MLIR and LLVM behind it, is a shared library of its
// own (libactin-compiler.so), loaded when something must be compiled. This is
// all that it offers. Formulas cross as text and results as plain bytes: each
// side has its own copy of the LLVM classes that formulas are made of.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_COMPILER_COMPILERSERVICE_H
#define ACTIN_COMPILER_COMPILERSERVICE_H

#include "CodeGen/CodeImage.h"
#include "CodeGen/HostTarget.h"
#include "Compiler/SourceMap.h"
#include "actin/Compiler.h"
#include "actin/KernelCall.h"

namespace actin {

/// What is compiled, beside the activation.
struct KernelRequest {
  KernelOutputs outputs;
  CompileOptions options;
  IterationSpace space = IterationSpace::Flat;
  bool streaming = false;
  std::string symbol = "actin_kernel";
  /// What debuggers are told; nothing where there is no file.
  SourceMap source = {};
};

/// One C function of an object file; it is named by the request's symbol.
struct ObjectFunctionText {
  std::string formula; ///< Of Activation::print.
  KernelOutputs outputs;
  std::string symbol;
  SourceMap source; ///< Looked at where debug information is wanted.
};

/// Thread-safe; one compilation runs at a time. `formula` is always the text of
/// `Activation::print`.
class CompilerService {
public:
  virtual ~CompilerService() = default;

  /// A kernel for `target` of this machine's architecture.
  virtual Expected<CodeImage> compile(std::string_view formula,
                                      const KernelRequest &request,
                                      const Target &target,
                                      StageTimes *times) = 0;

  /// The kernel in one stage's form, for the target that the options name.
  virtual Expected<std::string> emit(std::string_view formula,
                                     const KernelRequest &request,
                                     EmitKind kind) = 0;

  /// One file with a C function for each of `functions`.
  virtual Expected<std::string>
  emitObject(const std::vector<ObjectFunctionText> &functions,
             const ObjectOptions &options, EmitKind kind) = 0;

  /// What is known of targets, for people.
  virtual std::string describeTargets() = 0;

  /// What stabilization rewrites; places are in `formula`.
  virtual Expected<std::vector<Rewrite>>
  listRewrites(std::string_view formula, const KernelRequest &request) = 0;

  /// The text of the derivative.
  virtual Expected<std::string>
  differentiate(std::string_view formula, std::string_view name, int order,
                DerivativeForm form) = 0;
};

/// The service, owned by the caller; nullptr where the library was not built
/// from the same sources as the caller (`version` is its getBuildVersion).
extern "C" CompilerService *actinCreateCompilerService(const char *version);

/// Loads the compiler library, once a process: from the folder of the module
/// that this code is part of, from the `lib` folder beside that, or from where
/// the system finds it. Errors: it is not there, or is another version's.
Expected<std::shared_ptr<CompilerService>> loadCompilerService();

} // namespace actin

#endif // ACTIN_COMPILER_COMPILERSERVICE_H
