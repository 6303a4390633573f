//===- Evaluate.cpp - An interpreter for the act dialect ------------------===//

#include "Dialect/Act/Evaluate.h"

#include "Dialect/Act/ExprKinds.h"
#include "Expr/EvaluateNode.h"
#include "actin/Dialect/Act/Act.h"

using namespace mlir;

namespace actin::act {

FailureOr<RealValues> evaluateAll(func::FuncOp function,
                                  ArrayRef<Real> arguments) {
  if (function.isExternal() || arguments.size() != function.getNumArguments())
    return failure();
  RealValues values;
  for (auto [argument, value] :
       llvm::zip_equal(function.getArguments(), arguments))
    values.try_emplace(argument, value);
  for (Operation &op : function.front().without_terminator()) {
    std::optional<ExprKind> kind = getExprKind(&op);
    if (!kind)
      return failure();
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      values.try_emplace(constant, constant.getValue().getValue());
      continue;
    }
    SmallVector<Real, 3> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.at(operand));
    values.try_emplace(op.getResult(0), evaluateNode(*kind, operands));
  }
  return values;
}

FailureOr<std::vector<Real>> evaluate(func::FuncOp function,
                                      ArrayRef<Real> arguments) {
  FailureOr<RealValues> values = evaluateAll(function, arguments);
  if (failed(values))
    return failure();
  std::vector<Real> results;
  for (Value result : function.front().getTerminator()->getOperands())
    results.push_back(values->at(result));
  return results;
}

} // namespace actin::act
