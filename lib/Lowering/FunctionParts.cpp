//===- FunctionParts.cpp - Functions of one variable in results -----------===//

#include "Lowering/FunctionParts.h"

#include "Lowering/OperationForms.h"

#include "Transforms/IndependentFactors.h"
#include "Transforms/Region.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace actin {

using mlir::Operation;
using mlir::Value;

namespace {

class PartFinder {
public:
  explicit PartFinder(mlir::func::FuncOp kernel)
      : kernel(kernel), uniform(collectUniformValues(kernel)) {
    // Without parameters a result is such a function, or has several inputs.
    if (llvm::any_of(kernel.getArguments(), [&](Value argument) {
          return uniform.contains(argument);
        }))
      for (mlir::BlockArgument argument : kernel.getArguments())
        if (act::getRole(argument) == "input")
          variables[argument] = argument;
    for (Operation &op : kernel.front().without_terminator())
      classify(op);
  }

  llvm::SmallVector<FunctionPart> find();

private:
  void classify(Operation &op);
  Value findFactor(Value value, unsigned depth) const;

  mlir::func::FuncOp kernel;
  llvm::DenseSet<Value> uniform; ///< Depend on parameters, or are constant.
  llvm::DenseMap<Value, Value> variables; ///< By what depends on them alone.
};

} // namespace

void PartFinder::classify(Operation &op) {
  Value result = op.getResult(0);
  auto isUniform = [&](Value value) { return uniform.contains(value); };
  if (isUniform(result))
    return;
  if (isa<act::MulOp>(op))
    for (unsigned k : {0u, 1u})
      if (Value factor = op.getOperand(k);
          isUniform(factor) && !factor.getDefiningOp<act::ConstantOp>() &&
          act::getRole(op.getOperand(1 - k)) == "input") {
        variables[result] = result;
        return;
      }
  Value variable;
  for (Value operand : op.getOperands()) {
    if (operand.getDefiningOp<act::ConstantOp>())
      continue;
    Value other = variables.lookup(operand);
    if (!other || (variable && variable != other))
      return;
    variable = other;
  }
  variables[result] = variable;
}

/// As much as a table may stand for.
static constexpr size_t maxOperations = 128, maxParts = 8;

/// The operations of `value` from `variable` on, and constants; of more than
/// there may be not all.
static llvm::SetVector<Operation *> collectOperations(Value value,
                                                      Value variable) {
  llvm::SetVector<Operation *> operations;
  operations.insert(value.getDefiningOp());
  for (size_t i = 0; i != operations.size() && i <= maxOperations; ++i)
    for (Value operand : operations[i]->getOperands())
      if (operand != variable)
        operations.insert(operand.getDefiningOp());
  return operations;
}

/// Smooth operations, and magnitudes.
static bool areSmooth(const llvm::SetVector<Operation *> &operations) {
  return llvm::all_of(operations, [](Operation *op) {
    return isa<act::ConstantOp>(op) || isSmooth(op, /*throughMagnitudes=*/true);
  });
}

static bool areShared(const llvm::SetVector<Operation *> &operations) {
  return llvm::any_of(llvm::drop_begin(operations), [&](Operation *op) {
    return !isa<act::ConstantOp>(op) &&
           !llvm::all_of(op->getUsers(), [&](Operation *user) {
             return operations.contains(user);
           });
  });
}

/// The one factor of `value`, beside terms that depend on parameters alone,
/// that is a function of a variable; null where there are several, or none.
Value PartFinder::findFactor(Value value, unsigned depth) const {
  if (Value variable = variables.lookup(value))
    return variable != value ? value : Value();
  Operation *op = value.getDefiningOp();
  bool isSum = isa_and_nonnull<act::AddOp, act::SubOp>(op);
  if (depth == 0 ||
      (!isSum && !isa_and_nonnull<act::MulOp, act::DivOp, act::NegOp>(op)))
    return {};
  Value first = findFactor(op->getOperand(0), depth - 1);
  if (isa<act::DivOp, act::NegOp>(op))
    return first;
  Value second = findFactor(op->getOperand(1), depth - 1);
  if (first && second)
    return {};
  Value other = op->getOperand(first ? 1 : 0);
  return isSum && !uniform.contains(other) ? Value() : first ? first : second;
}

llvm::SmallVector<FunctionPart> PartFinder::find() {
  llvm::SetVector<Value> wholes, gradients;
  for (auto [i, result] :
       llvm::enumerate(kernel.front().getTerminator()->getOperands())) {
    if (!kernel.getResultAttr(i, act::smoothAttrName))
      continue;
    Value factor = findFactor(result, /*depth=*/6);
    wholes.insert(factor);
    auto role =
        kernel.getResultAttrOfType<mlir::StringAttr>(i, act::roleAttrName);
    if (role && role.getValue() != "forward")
      gradients.insert(factor);
  }
  llvm::SmallVector<FunctionPart> parts;
  for (Operation &op : kernel.front().without_terminator()) {
    if (parts.size() == maxParts)
      break;
    Value value = op.getResult(0), variable = variables.lookup(value);
    if (!variable || variable == value || !isa<act::RealType>(value.getType()))
      continue;
    bool isLargest = llvm::any_of(op.getUsers(), [&](Operation *user) {
      return user->getNumResults() == 0 ||
             !variables.contains(user->getResult(0));
    });
    if (!isLargest)
      continue;
    auto operations = collectOperations(value, variable);
    if (operations.size() > maxOperations)
      continue;
    if (wholes.contains(value) || areSmooth(operations))
      parts.push_back(
          {value, variable, gradients.contains(value), areShared(operations)});
  }
  return parts;
}

llvm::SmallVector<FunctionPart> findFunctionParts(mlir::func::FuncOp kernel) {
  return PartFinder(kernel).find();
}

mlir::OwningOpRef<mlir::func::FuncOp> extractPart(const FunctionPart &part) {
  Value value = part.value;
  mlir::OpBuilder builder(value.getContext());
  mlir::Location location = value.getLoc();
  mlir::Type real = value.getType();
  mlir::OwningOpRef<mlir::func::FuncOp> function = mlir::func::FuncOp::create(
      location, "part", builder.getFunctionType({real}, {real}));
  mlir::Block *block = function->addEntryBlock();
  function->setArgAttr(0, act::roleAttrName, builder.getStringAttr("input"));
  function->setResultAttr(
      0, act::roleAttrName,
      builder.getStringAttr(part.isGradient ? "gradient" : "forward"));
  function->setResultAttr(0, act::smoothAttrName, builder.getUnitAttr());
  builder.setInsertionPointToEnd(block);
  mlir::IRMapping mapping;
  mapping.map(part.variable, block->getArgument(0));
  auto operations = collectOperations(value, part.variable);
  for (Operation &op : *value.getParentBlock())
    if (operations.contains(&op))
      builder.clone(op, mapping);
  mlir::func::ReturnOp::create(builder, location, mapping.lookup(value));
  return function;
}

Value replacePart(const FunctionPart &part, mlir::func::FuncOp function) {
  Value value = part.value;
  mlir::OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  mlir::IRMapping mapping;
  mlir::Block &block = function.front();
  mapping.map(block.getArgument(0), part.variable);
  for (Operation &op : block.without_terminator())
    builder.clone(op, mapping);
  Value result = mapping.lookup(block.getTerminator()->getOperand(0));
  value.replaceAllUsesWith(result);
  return result;
}

} // namespace actin
