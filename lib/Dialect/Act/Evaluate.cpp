//===- Evaluate.cpp - Interpreters for the act dialect --------------------===//

#include "Dialect/Act/Evaluate.h"

#include "Dialect/Act/ExprKinds.h"
#include "Expr/EvaluateNode.h"
#include "actin/Dialect/Act/Act.h"

#include <cfloat>
#include <cmath>

using namespace mlir;

namespace actin::act {

//===----------------------------------------------------------------------===//
// 113 bits
//===----------------------------------------------------------------------===//

FailureOr<std::vector<Real>> evaluate(func::FuncOp function,
                                      ArrayRef<Real> arguments) {
  if (function.isExternal() || arguments.size() != function.getNumArguments())
    return failure();
  llvm::DenseMap<Value, Real> values;
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
  std::vector<Real> results;
  for (Value result : function.front().getTerminator()->getOperands())
    results.push_back(values.at(result));
  return results;
}

//===----------------------------------------------------------------------===//
// Double
//===----------------------------------------------------------------------===//

static double smaller(double a, double b) {
  return std::isnan(a) || !(b < a || std::isnan(b)) ? a : b;
}
static double larger(double a, double b) {
  return std::isnan(a) || !(a < b || std::isnan(b)) ? a : b;
}

/// Accurate in both tails.
static double softplus(double x) {
  return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x)));
}
static double sigmoid(double x) {
  double z = std::exp(-std::fabs(x));
  return (x > 0 ? 1 : z) / (1 + z);
}

static double evaluateFunction(ExprKind kind, double x) {
  switch (kind) {
  case ExprKind::Rsqrt:
    return 1 / std::sqrt(x);
  case ExprKind::Abs:
    return std::fabs(x);
  case ExprKind::Sign:
    return x > 0 ? 1 : x < 0 ? -1 : x;
  case ExprKind::Round:
    return std::nearbyint(x);
  case ExprKind::Sigmoid:
    return sigmoid(x);
  case ExprKind::Logsigmoid:
    return -softplus(-x);
  case ExprKind::Softplus:
    return softplus(x);
  case ExprKind::Normcdf:
    return 0.5 * std::erfc(-x * M_SQRT1_2);
  case ExprKind::Normpdf:
    return std::exp(-0.5 * x * x) * (0.5 * M_SQRT1_2 * M_2_SQRTPI);
#define CASE(kind, function)                                                   \
  case ExprKind::kind:                                                         \
    return std::function(x);
    CASE(Exp, exp)
    CASE(Exp2, exp2)
    CASE(Expm1, expm1)
    CASE(Log, log)
    CASE(Log2, log2)
    CASE(Log10, log10)
    CASE(Log1p, log1p)
    CASE(Sqrt, sqrt)
    CASE(Floor, floor)
    CASE(Ceil, ceil)
    CASE(Sin, sin)
    CASE(Cos, cos)
    CASE(Tan, tan)
    CASE(Asin, asin)
    CASE(Acos, acos)
    CASE(Atan, atan)
    CASE(Sinh, sinh)
    CASE(Cosh, cosh)
    CASE(Tanh, tanh)
    CASE(Asinh, asinh)
    CASE(Acosh, acosh)
    CASE(Atanh, atanh)
    CASE(Erf, erf)
    CASE(Erfc, erfc)
#undef CASE
  default:
    return NAN;
  }
}

static double evaluateNode(ExprKind kind, double a, double b, double c) {
  switch (kind) {
  case ExprKind::ExpMax:
    return std::log(DBL_MAX);
  case ExprKind::ExpMin:
    return std::log(DBL_MIN);
  case ExprKind::Add:
    return a + b;
  case ExprKind::Sub:
    return a - b;
  case ExprKind::Mul:
    return a * b;
  case ExprKind::Div:
    return a / b;
  case ExprKind::Neg:
    return -a;
  case ExprKind::Pow:
    return std::pow(a, b);
  case ExprKind::Min:
    return smaller(a, b);
  case ExprKind::Max:
    return larger(a, b);
  case ExprKind::Clip:
  case ExprKind::Clamp:
    return smaller(larger(a, b), c);
  case ExprKind::Where:
    return a != 0 ? b : c;
  case ExprKind::Less:
    return a < b;
  case ExprKind::LessEqual:
    return a <= b;
  case ExprKind::Greater:
    return a > b;
  case ExprKind::GreaterEqual:
    return a >= b;
  case ExprKind::Equal:
    return a == b;
  case ExprKind::NotEqual:
    return a != b;
  case ExprKind::And:
    return a != 0 && b != 0;
  case ExprKind::Or:
    return a != 0 || b != 0;
  case ExprKind::Not:
    return a == 0;
  default:
    return evaluateFunction(kind, a);
  }
}

FailureOr<Evaluator> Evaluator::create(func::FuncOp function) {
  if (function.isExternal())
    return failure();
  Evaluator evaluator;
  evaluator.numArguments = function.getNumArguments();
  auto addValue = [&](Value value, double initial) {
    evaluator.slots[value] = evaluator.values.size();
    evaluator.values.push_back(initial);
  };
  for (Value argument : function.getArguments())
    addValue(argument, 0);
  // Leaves first: then instruction i writes slot numLeaves + i.
  auto body = function.front().without_terminator();
  for (Operation &op : body) {
    if (!getExprKind(&op))
      return failure();
    if (auto constant = dyn_cast<ConstantOp>(op))
      addValue(constant, constant.getValue().getValue().toDouble());
  }
  for (Operation &op : body) {
    if (isa<ConstantOp>(op))
      continue;
    Instruction instruction{*getExprKind(&op), {0, 0, 0}};
    for (auto [index, operand] : llvm::enumerate(op.getOperands()))
      instruction.operands[index] = evaluator.slots.lookup(operand);
    evaluator.instructions.push_back(instruction);
    addValue(op.getResult(0), 0);
  }
  for (Value result : function.front().getTerminator()->getOperands())
    evaluator.results.push_back(evaluator.slots.lookup(result));
  return evaluator;
}

void Evaluator::evaluate(ArrayRef<double> arguments) {
  std::copy_n(arguments.begin(), numArguments, values.begin());
  size_t slot = values.size() - instructions.size();
  for (const Instruction &instruction : instructions)
    values[slot++] = evaluateNode(
        instruction.kind, values[instruction.operands[0]],
        values[instruction.operands[1]], values[instruction.operands[2]]);
}

} // namespace actin::act
