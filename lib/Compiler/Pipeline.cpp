//===- Pipeline.cpp - The order of all stages -----------------------------===//

#include "Compiler/Pipeline.h"

#include "CodeGen/CodeGen.h"
#include "Compiler/EmbedActivation.h"
#include "Dialect/Act/ExportExpr.h"
#include "Dialect/Act/ImportExpr.h"
#include "Lowering/KernelGPU.h"
#include "Lowering/KernelLoops.h"
#include "Transforms/Differentiate.h"
#include "actin/Dialect/Act/Act.h"
#include "actin/GpuKernelCall.h"

#include "mlir/IR/Diagnostics.h"

#include "llvm/Bitcode/BitcodeWriter.h"

#include <chrono>

namespace actin {

static mlir::DialectRegistry makeRegistry() {
  mlir::DialectRegistry registry;
  registry.insert<act::ActDialect>();
  registerCodeGenDialects(registry);
  return registry;
}

struct Pipeline::State {
  State() : context(makeRegistry(), mlir::MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
    converter.emplace(context);
    // Diagnostics become the text of the error that a failure returns.
    context.getDiagEngine().registerHandler([this](mlir::Diagnostic &message) {
      if (message.getSeverity() == mlir::DiagnosticSeverity::Error)
        lastError += (lastError.empty() ? "" : "; ") + message.str();
      return mlir::success();
    });
  }

  mlir::MLIRContext context;
  std::optional<LLVMDialectConverter> converter; ///< Knows the dialects.
  std::string lastError;
  unsigned numUses = 0;
  std::vector<std::pair<Target, std::unique_ptr<llvm::TargetMachine>>> machines;

  llvm::Expected<llvm::TargetMachine *> getMachine(const Target &target) {
    for (auto &[known, machine] : machines)
      if (known == target)
        return machine.get();
    auto machine = createTargetMachine(target);
    if (!machine)
      return machine.takeError();
    machines.push_back({target, std::move(*machine)});
    return machines.back().second.get();
  }
};

Pipeline::Pipeline() = default;
Pipeline::~Pipeline() = default;

/// An MLIR context never forgets a constant or a type: a new one now and then
/// keeps the memory of a process that compiles without end bounded.
static constexpr unsigned compilationsPerContext = 256;

Pipeline::State &Pipeline::getState() {
  if (!state || state->numUses++ == compilationsPerContext)
    state = std::make_unique<State>();
  return *state;
}

/// One kernel's way through the stages. The caller holds the mutex.
class Pipeline::Run {
public:
  Run(State &state, const KernelRequest &request, StageTimes *times)
      : state(state), request(request), times(times),
        module(mlir::ModuleOp::create(mlir::UnknownLoc::get(&state.context))),
        start(std::chrono::steady_clock::now()) {
    state.lastError.clear();
  }

  /// To the kernel over the reals, stabilized.
  bool plan(const Activation &activation);
  /// To vectors and loops, for `machine`.
  bool lower(llvm::TargetMachine &machine);
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
  tl::unexpected<Diagnostics> takeError() { return makeError(error); }
  bool fail(llvm::Error failure) {
    error = llvm::toString(std::move(failure));
    if (!state.lastError.empty())
      error += ": " + state.lastError;
    return false;
  }

private:
  bool fail(std::string message) {
    error = state.lastError.empty() ? std::move(message) : state.lastError;
    return false;
  }
  /// Notes the time since the last mark under `stage`.
  void mark(const char *stage) {
    auto now = std::chrono::steady_clock::now();
    if (times)
      times->push_back(
          {stage,
           std::chrono::duration_cast<std::chrono::nanoseconds>(now - start)
               .count()});
    start = now;
  }

  State &state;
  const KernelRequest &request;
  StageTimes *times;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp kernel; ///< Null once it is a GPU's kernels.
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> llvmModule;
  std::chrono::steady_clock::time_point start;
  std::string error;
};

bool Pipeline::Run::plan(const Activation &activation) {
  auto planned =
      planOverReals(activation, request.outputs, request.options, *module,
                    [&](const char *stage) { mark(stage); });
  if (failed(planned))
    return fail("the kernel could not be planned");
  kernel = *planned;
  return true;
}

bool Pipeline::Run::lower(llvm::TargetMachine &machine) {
  MathLoweringOptions math =
      getMathOptions(request.options, getTraits(machine));
  if (failed(lowerMathToVector(kernel, math)))
    return fail("the formula could not be lowered");
  mark("lower math");
  KernelLoopOptions loops;
  loops.space = request.space;
  loops.storage = request.options.type;
  loops.numLanes = math.numLanes;
  loops.traits = math.traits;
  loops.streaming = request.streaming;
  loops.symbol = request.symbol;
  kernel = buildKernelLoops(kernel, loops);
  mark("lower loops");
  return true;
}

bool Pipeline::Run::lowerForGpu(llvm::TargetMachine &machine) {
  if (kernel.getNumArguments() > gpuMaxParameters)
    return fail("a kernel for a GPU has " + std::to_string(gpuMaxParameters) +
                " inputs and parameters at the most");
  MathLoweringOptions math =
      getMathOptions(request.options, getTraits(machine));
  mlir::func::FuncOp single = kernel.clone();
  single.setName("single");
  module->push_back(single);
  math.numLanes = 1;
  if (failed(lowerMathToVector(single, math)))
    return fail("the formula could not be lowered");
  math.numLanes = chooseGpuLanes(request.options.type, single);
  if (failed(lowerMathToVector(kernel, math)))
    return fail("the formula could not be lowered");
  mark("lower math");
  buildGpuKernels(kernel, single,
                  {request.options.type, math.traits, request.symbol});
  kernel = {};
  mark("lower loops");
  return true;
}

bool Pipeline::Run::buildInline(const Activation &activation,
                                llvm::TargetMachine &machine) {
  if (failed(buildInlineFunctions(*module, activation, request.outputs,
                                  request.options, getTraits(machine),
                                  request.symbol)))
    return fail("the functions could not be built");
  return true;
}

bool Pipeline::Run::translate(llvm::TargetMachine &machine) {
  if (llvm::Error failure = state.converter->convert(*module))
    return fail(std::move(failure));
  mark("to llvm dialect");
  auto translated = translateToLLVMIR(*module, llvmContext, machine,
                                      getTraits(machine).vectorBits);
  if (!translated)
    return fail(translated.takeError());
  llvmModule = std::move(*translated);
  mark("translate");
  optimize(*llvmModule, machine);
  mark("optimize");
  return true;
}

Expected<llvm::SmallVector<char, 0>>
Pipeline::Run::generate(llvm::TargetMachine &machine,
                        llvm::CodeGenFileType type) {
  auto code = emitMachineCode(*llvmModule, machine, type);
  mark("codegen");
  if (!code) {
    fail(code.takeError());
    return takeError();
  }
  return std::move(*code);
}

Expected<llvm::SmallVector<char, 0>>
Pipeline::compileObject(const Activation &activation,
                        const KernelRequest &request, const Target &target,
                        StageTimes *times) {
  std::lock_guard<std::mutex> lock(mutex);
  State &current = getState();
  auto machine = current.getMachine(target);
  if (!machine)
    return makeError(llvm::toString(machine.takeError()));
  Run run(current, request, times);
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

Expected<std::string> Pipeline::emit(const Activation &activation,
                                     const KernelRequest &request,
                                     const Target &target, EmitKind kind) {
  std::lock_guard<std::mutex> lock(mutex);
  if (kind == EmitKind::PTX && !isGpu(target))
    return makeError("PTX is for GPUs: choose one, such as the target sm_75, "
                     "whose code every later one runs as well");
  if ((kind == EmitKind::Object || isInline(kind)) && isGpu(target))
    return makeError("the code of a GPU is emitted as PTX");
  State &current = getState();
  auto machine = current.getMachine(target);
  if (!machine)
    return makeError(llvm::toString(machine.takeError()));
  Run run(current, request, nullptr);
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
  auto code =
      run.generate(**machine, kind == EmitKind::Object
                                  ? llvm::CodeGenFileType::ObjectFile
                                  : llvm::CodeGenFileType::AssemblyFile);
  if (!code)
    return tl::make_unexpected(code.error());
  return std::string(code->begin(), code->end());
}

Expected<Activation> Pipeline::differentiate(const Activation &activation,
                                             std::string_view name, int order) {
  std::lock_guard<std::mutex> lock(mutex);
  State &current = getState();
  current.lastError.clear();
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&current.context));
  auto failure = [&](const char *fallback) {
    return makeError(current.lastError.empty() ? fallback : current.lastError);
  };
  auto function = act::importActivation(activation, *module);
  if (failed(function))
    return failure("the activation could not be imported");
  if (order < 1 || order > 16)
    return makeError("the order of a derivative is 1 to 16");
  auto derivative = actin::differentiate(
      *function, llvm::StringRef(name.data(), name.size()), order);
  if (failed(derivative))
    return failure("the activation could not be differentiated");
  return act::exportActivation(*derivative);
}

} // namespace actin
