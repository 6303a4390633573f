//===- Pipeline.cpp - The order of all stages -----------------------------===//

#include "Compiler/Pipeline.h"

#include "Compiler/Compilation.h"
#include "Compiler/Stages.h"
#include "Dialect/Act/ExportExpr.h"
#include "Dialect/Act/ImportExpr.h"
#include "Transforms/Differentiate.h"

#include "llvm/Bitcode/BitcodeWriter.h"

namespace actin {

Pipeline::Pipeline() = default;
Pipeline::~Pipeline() = default;

/// An MLIR context never forgets a constant or a type: a new one now and then
/// keeps the memory of a process that compiles without end bounded.
static constexpr unsigned compilationsPerContext = 256;

CompilationContext &Pipeline::getContext() {
  if (!context || context->numUses++ == compilationsPerContext)
    context = std::make_unique<CompilationContext>();
  return *context;
}

Expected<llvm::SmallVector<char, 0>>
Pipeline::compileObject(const Activation &activation,
                        const KernelRequest &request, const Target &target,
                        StageTimes *times) {
  std::lock_guard<std::mutex> lock(mutex);
  CompilationContext &current = getContext();
  auto machine = current.getMachine(target);
  if (!machine)
    return makeError(llvm::toString(machine.takeError()));
  llvm::LLVMContext llvmContext;
  Compilation run(current, request, llvmContext, times);
  if (!run.plan(activation) || !run.lower(**machine) ||
      !run.translate(**machine))
    return run.takeError();
  return run.generate(**machine, llvm::CodeGenFileType::ObjectFile);
}

template <typename T> static std::string printed(T &printable) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  printable.print(stream, nullptr);
  return text;
}

static std::string writeBitcode(const llvm::Module &module) {
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  llvm::WriteBitcodeToFile(module, stream);
  return bytes;
}

/// Says of the functions of `module` what lets them be inlined anywhere, and
/// lets equal tables of several modules be one.
static void markInline(llvm::Module &module) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr(llvm::Attribute::AlwaysInline);
    function.setWillReturn();
    function.setDoesNotAccessMemory();
  }
  for (llvm::GlobalVariable &table : module.globals()) {
    table.setLinkage(llvm::GlobalValue::LinkOnceODRLinkage);
    table.setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  }
}

static bool isInline(EmitKind kind) {
  return kind == EmitKind::InlineLLVM || kind == EmitKind::InlineBitcode;
}

Expected<void> Pipeline::checkKind(EmitKind kind, const Target &target) {
  if (kind == EmitKind::PTX && !isGpu(target))
    return makeError("PTX is for GPUs: choose one, such as the target sm_75, "
                     "whose code every later one runs as well");
  if ((kind == EmitKind::Object || isInline(kind)) && isGpu(target))
    return makeError("the code of a GPU is emitted as PTX");
  return {};
}

Expected<std::string> Pipeline::emit(const Activation &activation,
                                     const KernelRequest &request,
                                     const Target &target, EmitKind kind) {
  std::lock_guard<std::mutex> lock(mutex);
  if (auto fits = checkKind(kind, target); !fits)
    return tl::make_unexpected(fits.error());
  CompilationContext &current = getContext();
  auto machine = current.getMachine(target);
  if (!machine)
    return makeError(llvm::toString(machine.takeError()));
  llvm::LLVMContext llvmContext;
  Compilation run(current, request, llvmContext, nullptr);
  if (isInline(kind)) {
    if (!run.buildInline(activation, **machine) || !run.translate(**machine))
      return run.takeError();
    markInline(run.getLLVMModule());
    return kind == EmitKind::InlineLLVM ? printed(run.getLLVMModule())
                                        : writeBitcode(run.getLLVMModule());
  }
  if (!run.plan(activation) ||
      !(isGpu(target) ? run.lowerForGpu(**machine) : run.lower(**machine)))
    return run.takeError();
  if (kind == EmitKind::MLIR) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    run.getModule().print(stream);
    return text;
  }
  if (!run.translate(**machine))
    return run.takeError();
  if (kind == EmitKind::LLVM)
    return printed(run.getLLVMModule());
  if (kind == EmitKind::Bitcode)
    return writeBitcode(run.getLLVMModule());
  auto code =
      run.generate(**machine, kind == EmitKind::Object
                                  ? llvm::CodeGenFileType::ObjectFile
                                  : llvm::CodeGenFileType::AssemblyFile);
  if (!code)
    return tl::make_unexpected(code.error());
  return std::string(code->begin(), code->end());
}

static SourceLocation getSourceLocation(mlir::Location location) {
  if (auto place = location->findInstanceOf<mlir::FileLineColLoc>())
    return {place.getLine(), place.getColumn()};
  return {};
}

static std::string explain(BoundEffect effect) {
  switch (effect) {
  case BoundEffect::Unreached:
    return "never reached (proven)";
  case BoundEffect::Harmless:
    return "changes no result by more than 1/4 ulp (proven)";
  case BoundEffect::Unproven:
    break;
  }
  return "may change results";
}

Expected<std::vector<Rewrite>>
Pipeline::listRewrites(const Activation &activation,
                       const KernelRequest &request) {
  std::lock_guard<std::mutex> lock(mutex);
  CompilationContext &current = getContext();
  current.lastError.clear();
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&current.mlirContext));
  std::vector<Rewrite> rewrites;
  auto noteRewrite = [&](llvm::StringRef reason, mlir::Location location) {
    rewrites.push_back({getSourceLocation(location), reason.str()});
  };
  auto noteClamp = [&](ClampBound bound, BoundEffect effect,
                       mlir::Location location) {
    rewrites.push_back({getSourceLocation(location), explain(effect),
                        bound == ClampBound::Lower
                            ? Rewrite::Subject::LowerBound
                            : Rewrite::Subject::UpperBound,
                        effect == BoundEffect::Unproven});
  };
  if (failed(planOverReals(activation, request.outputs, request.options,
                           *module, [](const char *) {},
                           {noteRewrite, noteClamp})))
    return makeError(current.lastError);
  return rewrites;
}

Expected<Activation> Pipeline::differentiate(const Activation &activation,
                                             std::string_view name, int order,
                                             DerivativeForm form) {
  std::lock_guard<std::mutex> lock(mutex);
  CompilationContext &current = getContext();
  current.lastError.clear();
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&current.mlirContext));
  auto failure = [&](const char *fallback) {
    return makeError(current.lastError.empty() ? fallback : current.lastError);
  };
  auto function = act::importActivation(activation, *module);
  if (failed(function))
    return failure("the activation could not be imported");
  if (order < 1 || order > 16)
    return makeError("the order of a derivative is 1 to 16");
  auto derivative = actin::differentiate(
      *function, llvm::StringRef(name.data(), name.size()), order,
      form == DerivativeForm::AsDerived ? DerivativeCleanup::None
                                        : DerivativeCleanup::ForPeople);
  if (failed(derivative))
    return failure("the activation could not be differentiated");
  return act::exportActivation(*derivative);
}

} // namespace actin
