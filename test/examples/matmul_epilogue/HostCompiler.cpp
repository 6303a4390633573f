//===- HostCompiler.cpp - A small compiler that uses Actin ----------------===//

#include "HostCompiler.h"

#include "actin/Dialect/Act/Embed.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"

#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

/// Sixteen columns at a time; the inner loop keeps them in registers. The
/// operation of the dialect "host" is where the epilogue belongs.
static const char *const layerText = R"(
func.func @dense(%a: memref<24x40xf32>, %b: memref<40x48xf32>,
                 %bias: memref<48xf32>, %beta: f32, %dout: memref<24x48xf32>,
                 %result: memref<24x48xf32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %width = arith.constant 16 : index
  %rows = arith.constant 24 : index
  %inner = arith.constant 40 : index
  %columns = arith.constant 48 : index
  scf.for %i = %zero to %rows step %one {
    scf.for %j = %zero to %columns step %width {
      %start = vector.load %bias[%j] : memref<48xf32>, vector<16xf32>
      %sum = scf.for %k = %zero to %inner step %one
          iter_args(%partial = %start) -> (vector<16xf32>) {
        %left = memref.load %a[%i, %k] : memref<24x40xf32>
        %lefts = vector.broadcast %left : f32 to vector<16xf32>
        %right = vector.load %b[%k, %j] : memref<40x48xf32>, vector<16xf32>
        %next = vector.fma %lefts, %right, %partial : vector<16xf32>
        scf.yield %next : vector<16xf32>
      }
      %y = "host.epilogue"(%sum, %beta) : (vector<16xf32>, f32)
          -> vector<16xf32>
      vector.store %y, %result[%i, %j] : memref<24x48xf32>, vector<16xf32>
    }
  }
  return
}
)";

/// The row's part of dout that belongs to `epilogue`.
static Value loadDout(OpBuilder &builder, Operation *epilogue) {
  auto function = epilogue->getParentOfType<func::FuncOp>();
  auto columns = epilogue->getParentOfType<scf::ForOp>();
  auto rows = columns->getParentOfType<scf::ForOp>();
  return vector::LoadOp::create(
      builder, epilogue->getLoc(),
      cast<VectorType>(epilogue->getResult(0).getType()),
      function.getArgument(4),
      ValueRange{rows.getInductionVar(), columns.getInductionVar()});
}

/// Puts `epilogue` in the place of the operation that stands for it.
static LogicalResult fuse(ModuleOp module, const Epilogue &epilogue) {
  Operation *place = nullptr;
  module.walk([&](Operation *op) {
    if (op->getName().getStringRef() == "host.epilogue")
      place = op;
  });
  Value sum = place->getOperand(0);
  llvm::SmallVector<Value> results = {sum};
  if (!epilogue.formula.empty()) {
    OpBuilder builder(place);
    actin::EmbedRequest request;
    request.source = epilogue.formula;
    request.options.target = epilogue.target;
    actin::EmbedOperands operands;
    operands.inputs = sum;
    Value beta = place->getOperand(1);
    operands.parameters = beta;
    if (epilogue.gradient) {
      request.outputs.forward = false;
      request.outputs.gradients = {"x"};
      operands.dout = loadDout(builder, place);
    }
    auto emitted =
        actin::emitActivation(builder, place->getLoc(), request, operands);
    if (failed(emitted))
      return failure();
    results = std::move(*emitted);
  }
  place->replaceAllUsesWith(results);
  place->erase();
  return success();
}

/// To the LLVM dialect; memory is passed as bare pointers.
static LogicalResult lower(ModuleOp module) {
  PassManager passes(module.getContext());
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createFinalizeMemRefToLLVMConversionPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertMathToLLVMPass());
  ConvertFuncToLLVMPassOptions functions;
  functions.useBarePtrCallConv = true;
  passes.addPass(createConvertFuncToLLVMPass(functions));
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  return passes.run(module);
}

/// Machine code for this machine, or null.
static std::unique_ptr<ExecutionEngine> makeEngine(ModuleOp module) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto report = [](llvm::Error error) {
    llvm::errs() << llvm::toString(std::move(error)) << "\n";
    return nullptr;
  };
  auto host = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!host)
    return report(host.takeError());
  auto machine = host->createTargetMachine();
  if (!machine)
    return report(machine.takeError());
  ExecutionEngineOptions options;
  auto optimize = makeOptimizingTransformer(2, 0, machine->get());
  options.transformer = optimize;
  auto engine = ExecutionEngine::create(module, options, std::move(*machine));
  if (!engine)
    return report(engine.takeError());
  return std::move(*engine);
}

std::unique_ptr<DenseLayer> DenseLayer::compile(const Epilogue &epilogue) {
  DialectRegistry registry;
  registry.insert<memref::MemRefDialect, scf::SCFDialect>();
  actin::registerEmbeddedDialects(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  MLIRContext context(registry);
  context.allowUnregisteredDialects(); // "host.epilogue"
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(layerText, &context);
  if (!module || failed(fuse(*module, epilogue)) || failed(lower(*module)))
    return nullptr;
  std::unique_ptr<ExecutionEngine> engine = makeEngine(*module);
  if (!engine)
    return nullptr;
  auto function = engine->lookup("dense");
  if (!function) {
    llvm::errs() << llvm::toString(function.takeError()) << "\n";
    return nullptr;
  }
  return std::unique_ptr<DenseLayer>(
      new DenseLayer(std::move(engine), reinterpret_cast<Function>(*function)));
}
