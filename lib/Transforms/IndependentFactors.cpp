//===- IndependentFactors.cpp - Inputs that only scale --------------------===//

#include "Transforms/IndependentFactors.h"

#include "Transforms/Simplify.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/Builders.h"

#include <algorithm>

using namespace mlir;

namespace actin {

llvm::SetVector<Value> collectCone(Value value) {
  llvm::SetVector<Value> cone;
  cone.insert(value);
  for (size_t i = 0; i != cone.size(); ++i)
    if (Operation *op = cone[i].getDefiningOp())
      cone.insert(op->operand_begin(), op->operand_end());
  return cone;
}

static bool isIncomingGradient(Value value) {
  return act::getRole(value) == "dout";
}

static bool mayScale(Value value) {
  return act::getRole(value) == "input" || isIncomingGradient(value);
}

/// A product or quotient whose factors are those of `user` as well.
static bool isPartOf(Operation &op, Operation *user) {
  return isa<act::MulOp>(user) ||
         (isa<act::DivOp>(user) && user->getOperand(0) == op.getResult(0));
}

/// True where an exponential is a part of `value` that it may be as small or as
/// large as.
static bool hasExponential(Value value) {
  llvm::SetVector<Value> parts;
  parts.insert(value);
  for (size_t i = 0; i != parts.size(); ++i) {
    Operation *op = parts[i].getDefiningOp();
    if (isa_and_nonnull<act::ExpOp, act::Exp2Op, act::SigmoidOp,
                        act::SoftplusOp, act::ErfcOp, act::NormcdfOp,
                        act::NormpdfOp>(op))
      return true;
    if (isa_and_nonnull<act::AddOp, act::SubOp, act::MulOp, act::DivOp,
                        act::NegOp, act::WhereOp, act::PowOp>(op))
      parts.insert(op->operand_begin(), op->operand_end());
  }
  return false;
}

namespace {
/// One product, and the numerators of the quotients in it.
class ProductOrder {
public:
  explicit ProductOrder(Operation *root) : root(root) {}

  void apply();

private:
  void collect(Value value);
  void collectOperands(Operation *op);
  void keepOneFrom(size_t first);
  bool findIndependent();
  Value dropIndependent(OpBuilder &builder, Operation *op) const;

  Operation *root;
  SmallVector<Value> candidates, others;
  SmallVector<Value> independent; ///< The incoming gradient last.
};
} // namespace

/// Something is to be left of what the candidates from `first` on are all of:
/// an input before the incoming gradient.
void ProductOrder::keepOneFrom(size_t first) {
  auto *kept = std::find_if_not(candidates.begin() + first, candidates.end(),
                                isIncomingGradient);
  if (kept == candidates.end())
    --kept;
  others.push_back(*kept);
  candidates.erase(kept);
}

void ProductOrder::collectOperands(Operation *op) {
  size_t numOthers = others.size(), numCandidates = candidates.size();
  collect(op->getOperand(0));
  if (isa<act::MulOp>(op))
    return collect(op->getOperand(1));
  if (others.size() == numOthers)
    keepOneFrom(numCandidates);
  others.push_back(op->getOperand(1));
}

void ProductOrder::collect(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<act::MulOp, act::DivOp>(op) && op->hasOneUse())
    collectOperands(op);
  else
    (mayScale(value) ? candidates : others).push_back(value);
}

/// Where nothing vanishes as an exponential does, an input is as good where it
/// is: a small factor stays beside it.
bool ProductOrder::findIndependent() {
  llvm::SetVector<Value> needed;
  for (Value other : others)
    needed.insert_range(collectCone(other));
  bool mayVanish = llvm::any_of(others, hasExponential);
  for (bool isLast : {false, true})
    for (Value candidate : candidates)
      if (isIncomingGradient(candidate) == isLast && (isLast || mayVanish) &&
          !needed.contains(candidate) &&
          llvm::count(candidates, candidate) == 1)
        independent.push_back(candidate);
  return !independent.empty();
}

/// `op` without the independent factors; null where nothing is left.
Value ProductOrder::dropIndependent(OpBuilder &builder, Operation *op) const {
  auto drop = [&](Value value) -> Value {
    Operation *factor = value.getDefiningOp();
    if (isa_and_nonnull<act::MulOp, act::DivOp>(factor) && factor->hasOneUse())
      return dropIndependent(builder, factor);
    return llvm::is_contained(independent, value) ? Value() : value;
  };
  Value lhs = drop(op->getOperand(0));
  if (isa<act::DivOp>(op))
    return act::DivOp::create(builder, op->getLoc(), lhs, op->getOperand(1));
  Value rhs = drop(op->getOperand(1));
  if (!lhs || !rhs)
    return lhs ? lhs : rhs;
  return act::MulOp::create(builder, op->getLoc(), lhs, rhs);
}

void ProductOrder::apply() {
  collectOperands(root);
  if (others.empty()) // x * y is as good as y * x.
    others = SmallVector<Value>(
        llvm::make_filter_range(candidates, [](Value candidate) {
          return !isIncomingGradient(candidate);
        }));
  if (!findIndependent())
    return;
  OpBuilder builder(root);
  Value result = dropIndependent(builder, root);
  for (Value factor : independent)
    result = act::MulOp::create(builder, root->getLoc(), factor, result);
  root->getResult(0).replaceAllUsesWith(result);
}

void multiplyIndependentLast(func::FuncOp kernel) {
  SmallVector<Operation *> products;
  for (Operation &op : kernel.front().without_terminator()) {
    bool isProduct = isa<act::MulOp, act::DivOp>(op);
    if (isProduct && !(op.hasOneUse() && isPartOf(op, *op.user_begin())))
      products.push_back(&op);
  }
  for (Operation *product : products)
    ProductOrder(product).apply();
  eraseDeadCode(kernel.front());
}

SmallVector<Value> peelIndependentFactors(Value &value) {
  SmallVector<Value> factors;
  auto peel = [&](Value factor, Value rest) {
    if (!mayScale(factor) || collectCone(rest).contains(factor))
      return false;
    factors.push_back(factor);
    value = rest;
    return true;
  };
  while (auto product = value.getDefiningOp<act::MulOp>())
    if (!peel(product.getLhs(), product.getRhs()) &&
        !peel(product.getRhs(), product.getLhs()))
      break;
  return factors;
}

} // namespace actin
