//===- HostCode.cpp - Code of a host that embeds an activation ------------===//

#include "HostCode.h"

#include "mlir/AsmParser/AsmParser.h"

using namespace mlir;

namespace actin::test {

/// The type that memory holds: LLVM has vectors of one dimension.
static Type getMemoryType(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? VectorType::get({vector.getNumElements()},
                                  vector.getElementType())
                : type;
}

static Value getAddress(ImplicitLocOpBuilder &b, Value table, int32_t index) {
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value slot = LLVM::GEPOp::create(b, pointer, pointer, table,
                                   llvm::ArrayRef<LLVM::GEPArg>{index});
  return LLVM::LoadOp::create(b, pointer, slot);
}

bool HostCode::build(const EmbedRequest &request,
                     llvm::ArrayRef<const char *> types, size_t numInputs) {
  Location location = UnknownLoc::get(&context);
  module = ModuleOp::create(location);
  ImplicitLocOpBuilder b(location, &context);
  b.setInsertionPointToEnd(module->getBody());
  auto pointer = LLVM::LLVMPointerType::get(&context);
  auto function = LLVM::LLVMFuncOp::create(
      b, "host",
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&context),
                                  {pointer, pointer}));
  Block *block = function.addEntryBlock(b);
  b.setInsertionPointToEnd(block);
  llvm::SmallVector<Value> values;
  for (auto [i, text] : llvm::enumerate(types)) {
    Type type = parseType(text, &context);
    Value loaded = LLVM::LoadOp::create(
        b, getMemoryType(type), getAddress(b, block->getArgument(0), i), 1);
    if (loaded.getType() != type)
      loaded = vector::ShapeCastOp::create(b, type, loaded);
    values.push_back(loaded);
  }
  bool hasDout = !request.outputs.gradients.empty();
  llvm::ArrayRef<Value> all = values;
  EmbedOperands operands{all.take_front(numInputs),
                         all.drop_front(numInputs).drop_back(hasDout),
                         hasDout ? all.back() : Value()};
  auto results = emitActivation(b, location, request, operands);
  if (failed(results))
    return false;
  for (auto [i, result] : llvm::enumerate(*results)) {
    Type memory = getMemoryType(result.getType());
    Value flat = result;
    if (memory != result.getType())
      flat = vector::ShapeCastOp::create(b, memory, result);
    LLVM::StoreOp::create(b, flat, getAddress(b, block->getArgument(1), i), 1);
  }
  LLVM::ReturnOp::create(b, ValueRange());
  return true;
}

void HostCode::run(std::vector<const void *> operands,
                   std::vector<void *> results) {
  PassManager passes(&context);
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  ASSERT_TRUE(succeeded(passes.run(*module))) << errors;
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto machine = llvm::cantFail(
      llvm::cantFail(llvm::orc::JITTargetMachineBuilder::detectHost())
          .createTargetMachine());
  auto engine =
      llvm::cantFail(ExecutionEngine::create(*module, {}, std::move(machine)));
  auto function =
      reinterpret_cast<void (*)(const void *const *, void *const *)>(
          llvm::cantFail(engine->lookup("host")));
  function(operands.data(), results.data());
}

} // namespace actin::test
