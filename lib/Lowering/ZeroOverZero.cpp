//===- ZeroOverZero.cpp - Gradients where factors vanish ------------------===//

#include "Lowering/ZeroOverZero.h"

#include "Lowering/SampledFunction.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

namespace actin {

using Function = SampledFunction<double>;

/// The operation that made the NaN of `node`, of operands that are numbers.
static unsigned findOrigin(const Function &function, unsigned node) {
  while (true) {
    const Function::Node &current = function.getNode(node);
    auto isOrigin = [&](unsigned operand) {
      return std::isnan(function.getValue(operand));
    };
    llvm::ArrayRef<unsigned> operands(current.operands.data(),
                                      current.numOperands);
    if (current.kind == ExprKind::Where) // The condition is a number.
      operands = function.getValue(operands[0]) != 0 ? operands.slice(1, 1)
                                                     : operands.slice(2, 1);
    const auto *it = llvm::find_if(operands, isOrigin);
    if (it == operands.end())
      return node;
    node = *it;
  }
}

/// True where `op` is 0 / 0, or 0 times infinity; null for other operations.
static mlir::Value createUndefined(mlir::OpBuilder &builder,
                                   mlir::Operation *op,
                                   const Function &function,
                                   const Function::Node &node) {
  mlir::Location location = op->getLoc();
  auto equals = [&](mlir::Value x, double y) -> mlir::Value {
    return act::CmpOp::create(
        builder, location, act::CmpPredicate::eq, x,
        act::ConstantOp::create(builder, location, Real(y)).getResult());
  };
  mlir::Value x = op->getOperand(0), y = op->getOperand(1);
  if (isa<act::DivOp>(op) && function.getValue(node.operands[1]) == 0)
    return act::AndOp::create(builder, location, equals(x, 0), equals(y, 0));
  if (!isa<act::MulOp>(op))
    return {};
  if (function.getValue(node.operands[0]) != 0)
    std::swap(x, y);
  mlir::Value infinite = equals(act::AbsOp::create(builder, location, y),
                                std::numeric_limits<double>::infinity());
  return act::AndOp::create(builder, location, equals(x, 0), infinite);
}

/// False where there is nothing to do, or nothing that can be done.
static bool defineOne(mlir::func::FuncOp kernel) {
  Function function(kernel);
  function.evaluateAt(0.0);
  auto result =
      llvm::find_if(function.getResults(), [&](const Function::Result &result) {
        return result.isGradient && std::isnan(function.getValue(result.node));
      });
  if (result == function.getResults().end())
    return false;
  const Function::Node &node =
      function.getNode(findOrigin(function, result->node));
  mlir::Operation *op = node.value.getDefiningOp();
  if (!isa_and_nonnull<act::DivOp, act::MulOp>(op))
    return false;
  mlir::OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  mlir::Value condition = createUndefined(builder, op, function, node);
  if (!condition)
    return false;
  auto zero = act::ConstantOp::create(builder, op->getLoc(), Real(0.0));
  auto defined = act::WhereOp::create(builder, op->getLoc(), condition, zero,
                                      op->getResult(0));
  op->getResult(0).replaceAllUsesExcept(defined, defined);
  return true;
}

void defineZeroOverZero(mlir::func::FuncOp kernel) {
  for (unsigned i = 0; i != 8 && defineOne(kernel); ++i)
    ;
}

} // namespace actin
