//===- ZeroOverZero.cpp - Gradients where factors vanish ------------------===//

#include "Lowering/ZeroOverZero.h"

#include "Lowering/SampledFunction.h"

#include "Dialect/Act/RealBuilder.h"
#include "Transforms/FlatProduct.h"
#include "Transforms/Signs.h"
#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

namespace actin {

using mlir::Value;

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

static Value equals(mlir::OpBuilder &builder, Value x, double y) {
  return act::CmpOp::create(
      builder, x.getLoc(), act::CmpPredicate::eq, x,
      act::ConstantOp::create(builder, x.getLoc(), Real(y)).getResult());
}

/// 0 / 0.
static Value isUndefinedQuotient(mlir::OpBuilder &builder, Value x, Value y) {
  return act::AndOp::create(builder, x.getLoc(), equals(builder, x, 0),
                            equals(builder, y, 0));
}

/// 0 times an infinite y.
static Value isUndefinedProduct(mlir::OpBuilder &builder, Value x, Value y) {
  Value magnitude = act::AbsOp::create(builder, y.getLoc(), y);
  return act::AndOp::create(
      builder, x.getLoc(), equals(builder, x, 0),
      equals(builder, magnitude, std::numeric_limits<double>::infinity()));
}

/// 0 in place of what `op` makes, where the condition that `create` gives, an
/// operation after `op`, holds; the new value.
static Value defineAsZero(mlir::Operation *op,
                          llvm::function_ref<Value(mlir::OpBuilder &)> create) {
  mlir::OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  Value condition = create(builder);
  auto zero = act::ConstantOp::create(builder, op->getLoc(), Real(0.0));
  auto defined = act::WhereOp::create(builder, op->getLoc(), condition, zero,
                                      op->getResult(0));
  op->getResult(0).replaceAllUsesExcept(defined, defined);
  return defined;
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
  auto vanishes = [&](unsigned k) {
    return function.getValue(node.operands[k]) == 0;
  };
  if (isa_and_nonnull<act::DivOp>(op) && vanishes(1)) {
    defineAsZero(op, [&](mlir::OpBuilder &builder) {
      return isUndefinedQuotient(builder, op->getOperand(0), op->getOperand(1));
    });
    return true;
  }
  if (!isa_and_nonnull<act::MulOp>(op))
    return false;
  unsigned k = vanishes(0) ? 0 : 1;
  defineAsZero(op, [&](mlir::OpBuilder &builder) {
    return isUndefinedProduct(builder, op->getOperand(k),
                              op->getOperand(1 - k));
  });
  return true;
}

//===----------------------------------------------------------------------===//
// Elsewhere: slopes of roots
//===----------------------------------------------------------------------===//

namespace {

/// The derivative of sqrt(u), u' / sqrt(u), where u and u' vanish together.
class RootSlopes {
public:
  explicit RootSlopes(mlir::func::FuncOp kernel);

  void define();

private:
  bool isOneSided(Value value) const;
  bool mayVanish(Value value, unsigned depth = 6) const;
  bool hasVanishingRoot(Value divisor, unsigned depth = 3) const;
  void defineProducts(Value pole, unsigned depth = 4);

  mlir::Block &block;
  llvm::DenseSet<Value> varying;  ///< With an input.
  llvm::DenseSet<Value> ofValues; ///< What a result is made of that is none.
};

} // namespace

RootSlopes::RootSlopes(mlir::func::FuncOp kernel) : block(kernel.front()) {
  for (mlir::BlockArgument argument : block.getArguments())
    if (act::getRole(argument) == "input")
      varying.insert(argument);
  for (mlir::Operation &op : block.without_terminator())
    if (llvm::any_of(op.getOperands(),
                     [&](Value value) { return varying.contains(value); }))
      varying.insert(op.getResult(0));
  llvm::SmallVector<Value> left;
  for (mlir::OpOperand &result : block.getTerminator()->getOpOperands())
    if (auto role = kernel.getResultAttrOfType<mlir::StringAttr>(
            result.getOperandNumber(), act::roleAttrName);
        !role || role.getValue() == "forward")
      left.push_back(result.get());
  while (!left.empty()) {
    Value value = left.pop_back_val();
    if (mlir::Operation *op = value.getDefiningOp();
        ofValues.insert(value).second && op)
      left.append(op->operand_begin(), op->operand_end());
  }
}

/// True for what is 0 or more, parameters taken to be so.
bool RootSlopes::isOneSided(Value value) const {
  FlatProduct product;
  return product.multiply(value, 1) && !product.coefficient.isNegative() &&
         llvm::all_of(product.powers, [&](const auto &factor) {
           return factor.second % 2 == 0 || !varying.contains(factor.first) ||
                  isNonNegative(factor.first);
         });
}

/// Whether a value may be 0 where inputs are ordinary numbers.
bool RootSlopes::mayVanish(Value value, unsigned depth) const {
  mlir::Operation *op = value.getDefiningOp();
  if (!varying.contains(value) || isPositive(value))
    return false;
  if (!op || depth == 0)
    return true;
  auto vanishes = [&](Value operand) { return mayVanish(operand, depth - 1); };
  if (isa<act::MulOp, act::SqrtOp, act::AbsOp, act::PowOp>(op))
    return llvm::any_of(op->getOperands(), vanishes);
  if (isa<act::DivOp>(op))
    return vanishes(op->getOperand(0));
  if (isa<act::AddOp>(op) && isOneSided(op->getOperand(0)) &&
      isOneSided(op->getOperand(1)))
    return llvm::all_of(op->getOperands(), vanishes);
  return true;
}

bool RootSlopes::hasVanishingRoot(Value divisor, unsigned depth) const {
  if (auto sqrt = divisor.getDefiningOp<act::SqrtOp>())
    return mayVanish(sqrt.getOperand());
  auto mul = divisor.getDefiningOp<act::MulOp>();
  return mul && depth != 0 &&
         (hasVanishingRoot(mul.getLhs(), depth - 1) ||
          hasVanishingRoot(mul.getRhs(), depth - 1));
}

/// What vanishes may be multiplied with the pole later.
void RootSlopes::defineProducts(Value pole, unsigned depth) {
  if (depth == 0)
    return;
  for (mlir::Operation *user : llvm::to_vector(pole.getUsers())) {
    Value product = isa<act::NegOp>(user) ? user->getResult(0) : Value();
    if (isa<act::MulOp>(user)) {
      Value other = user->getOperand(user->getOperand(0) == pole ? 1 : 0);
      product = user->getResult(0);
      if (mayVanish(other))
        product = defineAsZero(user, [&](mlir::OpBuilder &builder) {
          return isUndefinedProduct(builder, other, pole);
        });
    }
    if (product)
      defineProducts(product, depth - 1);
  }
}

void RootSlopes::define() {
  for (auto div : llvm::to_vector(block.getOps<act::DivOp>())) {
    Value x = div.getLhs(), y = div.getRhs(), slope = div;
    // The slope of |u| is 0 where u is, wherever it is made.
    if (ofValues.contains(slope) || x.getDefiningOp<act::SignOp>() ||
        !hasVanishingRoot(y))
      continue;
    if (mayVanish(x))
      slope = defineAsZero(div, [&](mlir::OpBuilder &builder) {
        return isUndefinedQuotient(builder, x, y);
      });
    defineProducts(slope);
  }
}

void defineZeroOverZero(mlir::func::FuncOp kernel) {
  for (unsigned i = 0; i != 8 && defineOne(kernel); ++i)
    ;
  RootSlopes(kernel).define();
}

} // namespace actin
