//===- Compilation.cpp - One kernel through all stages --------------------===//

#include "Compiler/Compilation.h"

#include "Compiler/DebugInfo.h"
#include "Compiler/EmbedActivation.h"
#include "Lowering/KernelGPU.h"
#include "Lowering/KernelLoops.h"
#include "Lowering/ObjectEntry.h"
#include "actin/Dialect/Act/Act.h"
#include "actin/GpuKernelCall.h"

#include "mlir/IR/Diagnostics.h"

namespace actin {

static mlir::DialectRegistry makeRegistry() {
  mlir::DialectRegistry registry;
  registry.insert<act::ActDialect>();
  registerCodeGenDialects(registry);
  return registry;
}

CompilationContext::CompilationContext()
    : mlirContext(makeRegistry(), mlir::MLIRContext::Threading::DISABLED) {
  mlirContext.loadAllAvailableDialects();
  // Diagnostics become the text of the error that a failure returns.
  mlirContext.getDiagEngine().registerHandler(
      [this](mlir::Diagnostic &message) {
        if (message.getSeverity() == mlir::DiagnosticSeverity::Error)
          lastError += (lastError.empty() ? "" : "; ") + message.str();
        return mlir::success();
      });
}

llvm::Expected<llvm::TargetMachine *>
CompilationContext::getMachine(const Target &target,
                               llvm::CodeGenOptLevel level) {
  for (Machine &known : machines)
    if (known.target == target && known.level == level)
      return known.machine.get();
  auto machine = createTargetMachine(target, level);
  if (!machine)
    return machine.takeError();
  machines.push_back({target, level, std::move(*machine), nullptr});
  return machines.back().machine.get();
}

CompilationContext::Machine &
CompilationContext::find(const llvm::TargetMachine &machine) {
  return *llvm::find_if(machines, [&](const Machine &candidate) {
    return candidate.machine.get() == &machine;
  });
}

llvm::Expected<llvm::TargetMachine *>
CompilationContext::choose(llvm::TargetMachine &machine,
                           const llvm::Module &module) {
  if (machine.getTargetTriple().isNVPTX() || !isLong(module))
    return &machine;
  Target target = find(machine).target;
  return getMachine(target, llvm::CodeGenOptLevel::None);
}

llvm::Expected<KernelEmitter *>
CompilationContext::getEmitter(llvm::TargetMachine &machine) {
  Machine &known = find(machine);
  if (!known.emitter) {
    auto emitter = KernelEmitter::create(machine);
    if (!emitter)
      return emitter.takeError();
    known.emitter = std::move(*emitter);
  }
  return known.emitter.get();
}

Compilation::Compilation(CompilationContext &context,
                         const KernelRequest &request,
                         llvm::LLVMContext &llvmContext, StageTimes *times)
    : context(context), request(request), times(times),
      module(
          mlir::ModuleOp::create(mlir::UnknownLoc::get(&context.mlirContext))),
      llvmContext(llvmContext), start(std::chrono::steady_clock::now()) {
  context.lastError.clear();
}

bool Compilation::fail(std::string message) {
  error = context.lastError.empty() ? std::move(message) : context.lastError;
  return false;
}

bool Compilation::fail(llvm::Error failure) {
  error = llvm::toString(std::move(failure));
  if (!context.lastError.empty())
    error += ": " + context.lastError;
  return false;
}

void Compilation::mark(const char *stage) {
  auto now = std::chrono::steady_clock::now();
  if (times)
    times->push_back(
        {stage,
         std::chrono::duration_cast<std::chrono::nanoseconds>(now - start)
             .count()});
  start = now;
}

bool Compilation::plan(const Activation &activation) {
  auto planned =
      planOverReals(activation, request.outputs, request.options, *module,
                    [&](const char *stage) { mark(stage); });
  if (failed(planned))
    return fail("the kernel could not be planned");
  kernel = *planned;
  return true;
}

bool Compilation::buildInline(const Activation &activation,
                              llvm::TargetMachine &machine) {
  if (failed(buildInlineFunctions(*module, activation, request.outputs,
                                  request.options, getTraits(machine),
                                  request.symbol)))
    return fail("the functions could not be built");
  return true;
}

mlir::func::FuncOp Compilation::buildLoops(mlir::func::FuncOp vectors,
                                           const MathLoweringOptions &math,
                                           IterationSpace space,
                                           std::string symbol,
                                           int64_t partialStride) {
  KernelLoopOptions loops;
  loops.partialStride = partialStride;
  loops.space = space;
  loops.storage = request.options.type;
  loops.numLanes = math.numLanes;
  loops.traits = math.traits;
  loops.streaming = request.streaming;
  loops.symbol = std::move(symbol);
  return buildKernelLoops(vectors, loops);
}

bool Compilation::lower(llvm::TargetMachine &machine) {
  MathLoweringOptions math =
      getMathOptions(request.options, getTraits(machine));
  if (failed(lowerMathToVector(kernel, math)))
    return fail("the formula could not be lowered");
  mark("lower math");
  kernel = buildLoops(kernel, math, request.space, request.symbol);
  mark("lower loops");
  return true;
}

bool Compilation::lowerForObject(llvm::TargetMachine &machine) {
  MathLoweringOptions math =
      getMathOptions(request.options, getTraits(machine));
  ObjectSignature signature = ObjectSignature::of(kernel, request.options.type);
  if (failed(lowerMathToVector(kernel, math)))
    return fail("the formula could not be lowered");
  mark("lower math");
  mlir::func::FuncOp lanes;
  if (signature.hasChannels()) {
    lanes = kernel.clone();
    module->push_back(lanes);
    lanes = buildLoops(lanes, math, IterationSpace::Lanes,
                       request.symbol + ".lanes", objectPartialStride);
  }
  mlir::func::FuncOp flat =
      buildLoops(kernel, math, IterationSpace::Flat, request.symbol + ".flat",
                 objectPartialStride);
  kernel = buildObjectEntry(request.symbol, signature, flat, lanes);
  addDebugInfo(*module, request.source, mlir::LLVM::DIEmissionKind::Full);
  mark("lower loops");
  return true;
}

bool Compilation::lowerForGpu(llvm::TargetMachine &machine) {
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
  addDebugInfo(*module, request.source,
               mlir::LLVM::DIEmissionKind::DebugDirectivesOnly);
  kernel = {};
  mark("lower loops");
  return true;
}

bool Compilation::translate(llvm::TargetMachine &machine) {
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

llvm::Expected<llvm::SmallVector<char, 0>>
Compilation::emitCode(llvm::TargetMachine &machine,
                      llvm::CodeGenFileType type) {
  if (machine.getTargetTriple().isNVPTX())
    return emitMachineCode(*llvmModule, machine, type, MachinePasses::All);
  auto chosen = context.choose(machine, *llvmModule);
  if (!chosen)
    return chosen.takeError();
  if (type == llvm::CodeGenFileType::AssemblyFile)
    return emitMachineCode(*llvmModule, **chosen, type,
                           MachinePasses::ForKernels);
  auto emitter = context.getEmitter(**chosen);
  if (!emitter)
    return emitter.takeError();
  return (*emitter)->emit(*llvmModule);
}

Expected<llvm::SmallVector<char, 0>>
Compilation::generate(llvm::TargetMachine &machine,
                      llvm::CodeGenFileType type) {
  auto code = emitCode(machine, type);
  mark("codegen");
  if (!code) {
    fail(code.takeError());
    return takeError();
  }
  return std::move(*code);
}

} // namespace actin
