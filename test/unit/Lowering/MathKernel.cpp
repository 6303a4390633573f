//===- MathKernel.cpp - Compiles a loop around one math function ----------===//

#include "MathTestHarness.h"

#include "CodeGen/CpuFeatures.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <gtest/gtest.h>

using namespace mlir;

namespace actin::test {

const char *getName(Machine machine) {
  switch (machine) {
  case Machine::V2:
    return "x86-64-v2";
  case Machine::V3:
    return "x86-64-v3";
  case Machine::V4:
    return "x86-64-v4";
  case Machine::Neon:
    return "neon";
  case Machine::Sve:
    break;
  }
  return "sve";
}

static bool isArm(Machine machine) {
  return machine == Machine::Neon || machine == Machine::Sve;
}

bool isSupported(Machine machine) {
  bool isArmHost = llvm::Triple(llvm::sys::getProcessTriple()).isAArch64();
  if (isArmHost != isArm(machine))
    return false;
  llvm::StringMap<bool> features = detectHostFeatures();
  if (machine == Machine::Neon || machine == Machine::Sve)
    return features.lookup(getName(machine));
  if (machine == Machine::V2)
    return features.lookup("sse4.2");
  if (machine == Machine::V3)
    return features.lookup("avx2") && features.lookup("fma");
  return features.lookup("avx512f") && features.lookup("avx512dq") &&
         features.lookup("avx512vl") && features.lookup("avx512bw");
}

TargetTraits getTraits(Machine machine) {
  switch (machine) {
  case Machine::V2:
    return {.vectorBits = 128};
  case Machine::V3:
    return {.vectorBits = 256, .hasFma = true};
  case Machine::V4:
    return {.vectorBits = 512,
            .hasInt64Convert = true,
            .hasFma = true,
            .hasAvx512 = true};
  case Machine::Neon:
  case Machine::Sve:
    break;
  }
  bool isScalable = machine == Machine::Sve;
  return {.vectorBits = 128,
          .isScalable = isScalable,
          .hasMasks = isScalable,
          .hasInt64Convert = true,
          .hasFma = true};
}

/// void f(ptr x, ptr y, ptr out, i64 n), n a multiple of the lanes.
static void buildLoop(ModuleOp module, VectorBuilder &vectors, bool isF64,
                      bool isBinary, const Emit &emit) {
  OpBuilder &b = vectors.getOpBuilder();
  Location at = module.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  Type i64 = b.getI64Type();
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()),
                                  {pointer, pointer, pointer, i64});
  b.setInsertionPointToEnd(module.getBody());
  auto function = LLVM::LLVMFuncOp::create(b, at, "kernel", type);
  Block *start = function.addEntryBlock(b);
  Block *body = b.createBlock(&function.getBody(), {}, {i64}, {at});
  Block *end = b.createBlock(&function.getBody());

  b.setInsertionPointToEnd(start);
  Value zero = LLVM::ConstantOp::create(b, at, i64, 0);
  LLVM::BrOp::create(b, at, ValueRange{zero}, body);
  b.setInsertionPointToEnd(body);
  Value index = body->getArgument(0);
  VectorType vector = vectors.floatType(isF64);
  auto address = [&](unsigned argument) -> Value {
    return LLVM::GEPOp::create(b, at, pointer, vector.getElementType(),
                               start->getArgument(argument),
                               llvm::ArrayRef<LLVM::GEPArg>{index});
  };
  Value x = LLVM::LoadOp::create(b, at, vector, address(0), 4);
  Value y;
  if (isBinary)
    y = LLVM::LoadOp::create(b, at, vector, address(1), 4);
  LLVM::StoreOp::create(b, at, emit(vectors, x, y), address(2), 4);
  Value step = LLVM::ConstantOp::create(b, at, i64, vectors.getNumLanes());
  if (vectors.getTraits().isScalable)
    step = LLVM::MulOp::create(b, at, step, LLVM::vscale::create(b, at, i64));
  Value next = LLVM::AddOp::create(b, at, index, step);
  Value more = LLVM::ICmpOp::create(b, at, LLVM::ICmpPredicate::slt, next,
                                    start->getArgument(3));
  LLVM::CondBrOp::create(b, at, more, body, ValueRange{next}, end,
                         ValueRange{});
  b.setInsertionPointToEnd(end);
  LLVM::ReturnOp::create(b, at, ValueRange{});
}

static LogicalResult lowerToLLVM(ModuleOp module) {
  PassManager passes(module.getContext());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  return passes.run(module);
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2)
      .run(module, modules);
}

static std::string printAssembly(llvm::Module &module,
                                 llvm::TargetMachine &machine) {
  auto copy = llvm::CloneModule(module);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  machine.addPassesToEmitFile(passes, stream, nullptr,
                              llvm::CodeGenFileType::AssemblyFile);
  passes.run(*copy);
  return text.str().str();
}

struct MathKernel::Jit {
  std::unique_ptr<llvm::orc::LLJIT> engine;
};

MathKernel::~MathKernel() = default;

/// The module around `emit` as LLVM IR; null after a failed expectation.
static std::unique_ptr<llvm::Module>
translate(llvm::LLVMContext &llvmContext, const TargetTraits &traits,
          unsigned numLanes, bool isF64, bool isBinary, const Emit &emit) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context
      .loadDialect<arith::ArithDialect, math::MathDialect,
                   vector::VectorDialect, scf::SCFDialect, LLVM::LLVMDialect>();
  OpBuilder builder(&context);
  Location location = builder.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(location);
  VectorBuilder vectors(builder, location, traits, numLanes);
  buildLoop(*module, vectors, isF64, isBinary, emit);
  if (failed(lowerToLLVM(*module))) {
    ADD_FAILURE() << "no lowering to LLVM";
    return nullptr;
  }
  return translateModuleToLLVMIR(*module, llvmContext);
}

std::unique_ptr<MathKernel> MathKernel::compile(Machine machine, bool isF64,
                                                bool isBinary,
                                                const Emit &emit) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  TargetTraits traits = getTraits(machine);
  std::unique_ptr<MathKernel> kernel(new MathKernel);
  unsigned numLanes = traits.vectorBits / (isF64 ? 64 : 32);
  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = translate(*context, traits, numLanes, isF64, isBinary, emit);
  if (!module)
    return nullptr;
  for (llvm::Function &function : *module)
    if (!function.isDeclaration())
      function.addFnAttr("prefer-vector-width",
                         std::to_string(traits.vectorBits));

  llvm::orc::JITTargetMachineBuilder builder{
      llvm::Triple(llvm::sys::getProcessTriple())};
  if (isArm(machine))
    builder.addFeatures({std::string("+") + getName(machine)});
  else
    builder.setCPU(getName(machine));
  auto target = cantFail(builder.createTargetMachine());
  module->setDataLayout(target->createDataLayout());
  module->setTargetTriple(target->getTargetTriple());
  optimize(*module, *target);
  kernel->assembly = printAssembly(*module, *target);
  kernel->jit = std::make_unique<Jit>();
  kernel->jit->engine = cantFail(
      llvm::orc::LLJITBuilder().setJITTargetMachineBuilder(builder).create());
  llvm::orc::LLJIT &engine = *kernel->jit->engine;
  cantFail(engine.addIRModule({std::move(module), std::move(context)}));
  auto symbol = engine.lookup("kernel");
  if (!symbol) {
    ADD_FAILURE() << llvm::toString(symbol.takeError());
    return nullptr;
  }
  kernel->entry = symbol->toPtr<decltype(kernel->entry)>();
  return kernel;
}

template <typename T>
std::vector<T> MathKernel::run(const std::vector<T> &x,
                               const std::vector<T> &y) const {
  size_t most = 64; // Lanes of the longest vectors of SVE.
  size_t padded = (x.size() + most - 1) / most * most;
  std::vector<T> in = x, second = y, out(padded);
  in.resize(padded, T(1));
  second.resize(padded, T(1));
  if (padded)
    runRaw(in.data(), second.data(), out.data(), padded);
  out.resize(x.size());
  return out;
}
template std::vector<float> MathKernel::run(const std::vector<float> &,
                                            const std::vector<float> &) const;
template std::vector<double> MathKernel::run(const std::vector<double> &,
                                             const std::vector<double> &) const;

unsigned MathKernel::countInstructions() const {
  unsigned count = 0;
  bool inLoop = false;
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(assembly).split(lines, '\n');
  for (llvm::StringRef line : lines) {
    if (line.starts_with(".LBB0_1"))
      inLoop = true;
    if (line.trim().starts_with("ret"))
      inLoop = false;
    if (inLoop && line.starts_with("\t") && !line.trim().starts_with("."))
      ++count;
  }
  return count;
}

} // namespace actin::test
