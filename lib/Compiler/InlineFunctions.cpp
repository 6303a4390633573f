//===- InlineFunctions.cpp - Activations for compilers without MLIR -------===//

#include "Compiler/EmbedActivation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace actin {

static Type getElementType(OpBuilder &builder, DataType type) {
  switch (type) {
  case DataType::F32:
    return builder.getF32Type();
  case DataType::F64:
    return builder.getF64Type();
  case DataType::F16:
    return builder.getF16Type();
  case DataType::BF16:
    return builder.getBF16Type();
  }
  return Type();
}

/// One function over values of `type`.
static LogicalResult
buildFunction(OpBuilder &builder, ModuleOp module, const Activation &activation,
              const KernelOutputs &outputs, const CompileOptions &options,
              const TargetTraits &traits, llvm::StringRef symbol, Type type) {
  size_t numInputs = activation.getInputs().size();
  size_t numParameters = activation.getParameters().size();
  size_t numResults =
      outputs.forward + outputs.gradients.size() + outputs.seconds.size();
  Type compute = getElementType(
      builder, options.type == DataType::F64 ? DataType::F64 : DataType::F32);
  llvm::SmallVector<Type> arguments(numInputs, type);
  arguments.append(numParameters, compute);
  if (!outputs.gradients.empty())
    arguments.push_back(type);
  llvm::SmallVector<Type> results(numResults, type);
  builder.setInsertionPointToEnd(module.getBody());
  auto function =
      func::FuncOp::create(builder, module.getLoc(), symbol,
                           builder.getFunctionType(arguments, results));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  ValueRange values = block->getArguments();
  EmbedOperands operands{
      values.take_front(numInputs), values.slice(numInputs, numParameters),
      outputs.gradients.empty() ? Value() : Value(values.back())};
  auto emitted = embedActivation(builder, module.getLoc(), activation, outputs,
                                 options, traits, operands);
  if (failed(emitted))
    return failure();
  func::ReturnOp::create(builder, module.getLoc(), *emitted);
  return success();
}

LogicalResult buildInlineFunctions(ModuleOp module,
                                   const Activation &activation,
                                   const KernelOutputs &outputs,
                                   const CompileOptions &options,
                                   const TargetTraits &traits,
                                   llvm::StringRef symbol) {
  OpBuilder builder(module.getContext());
  Type element = getElementType(builder, options.type);
  int64_t numLanes = getMathOptions(options, traits).numLanes;
  auto build = [&](const llvm::Twine &name, Type type) {
    return buildFunction(builder, module, activation, outputs, options, traits,
                         name.str(), type);
  };
  return success(
      succeeded(build(symbol, VectorType::get({numLanes}, element))) &&
      succeeded(build(symbol + "_scalar", element)));
}

} // namespace actin
