//===- StabilizePoles.cpp - Exponentials that vanish at poles -------------===//
//
// e^u, where u has a pole, vanishes there with all its derivatives, but these
// are products of it with other poles: 0 times infinity, and differences of
// infinities. Where e^u is below every range a result is what it is without.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "Transforms/IndependentFactors.h"
#include "Transforms/Simplify.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/IRMapping.h"

using mlir::Operation;
using mlir::Value;

namespace actin {

namespace {
/// Which values of a function have a pole in an input.
class Poles {
public:
  explicit Poles(mlir::Block &block);

  bool contains(Value value) const { return singular.contains(value); }
  /// A quotient by what depends on an input, or a power of that with a negative
  /// exponent.
  bool isPole(Operation &op) const;

private:
  llvm::DenseSet<Value> varying, singular;
};
} // namespace

Poles::Poles(mlir::Block &block) {
  for (mlir::BlockArgument argument : block.getArguments())
    if (act::getRole(argument) == "input")
      varying.insert(argument);
  for (Operation &op : block.without_terminator()) {
    auto isAnyIn = [&](const llvm::DenseSet<Value> &values) {
      return llvm::any_of(op.getOperands(), [&](Value operand) {
        return values.contains(operand);
      });
    };
    if (isAnyIn(varying))
      varying.insert(op.getResult(0));
    if (isPole(op) || isAnyIn(singular))
      singular.insert(op.getResult(0));
  }
}

bool Poles::isPole(Operation &op) const {
  if (auto div = dyn_cast<act::DivOp>(op))
    return varying.contains(div.getRhs());
  auto pow = dyn_cast<act::PowOp>(op);
  std::optional<Real> exponent =
      pow ? getConstant(pow.getRhs()) : std::optional<Real>();
  return exponent && exponent->isNegative() && varying.contains(pow.getLhs());
}

/// What may grow, or vanish, faster than every power.
static bool isExponential(Operation &op) {
  return isa<act::ExpOp, act::Exp2Op, act::Expm1Op, act::SinhOp, act::CoshOp,
             act::SigmoidOp, act::SoftplusOp, act::NormcdfOp, act::NormpdfOp,
             act::ErfcOp>(op) ||
         (isa<act::PowOp>(op) && !getConstant(op.getOperand(1)));
}

/// Whether `value` depends on nothing that `argument` does not.
static bool dependsOnSame(const llvm::SetVector<Value> &cone,
                          const llvm::SetVector<Value> &argument) {
  return llvm::all_of(cone, [&](Value value) {
    return value.getDefiningOp() || argument.contains(value);
  });
}

/// The operations from e^u to `result`, in order, where these are products with
/// it and sums of such, one has a factor with a pole, and nothing else in
/// `result` is exponential. None where it depends on more than u does: that may
/// be no number, or infinite.
static std::optional<llvm::SmallVector<Operation *>>
findProducts(Value result, act::ExpOp exp, const Poles &poles) {
  llvm::SetVector<Value> cone = collectCone(result);
  llvm::SetVector<Value> argument = collectCone(exp.getOperand());
  llvm::SmallVector<Operation *> products;
  if (!dependsOnSame(cone, argument))
    return std::nullopt;
  llvm::DenseSet<Value> dependent = {exp.getResult()};
  auto depends = [&](Value value) { return dependent.contains(value); };
  auto isSingular = [&](Value value) {
    return !depends(value) && poles.contains(value);
  };
  bool hasFactor = false;
  for (Operation &op : exp->getBlock()->without_terminator()) {
    Value value = op.getResult(0);
    if (&op == exp || !cone.contains(value) || argument.contains(value))
      continue;
    if (isExponential(op))
      return std::nullopt;
    if (!llvm::any_of(op.getOperands(), depends))
      continue;
    bool isProduct = isa<act::MulOp>(op) ||
                     (isa<act::DivOp>(op) && !depends(op.getOperand(1)));
    if (!isProduct &&
        !isa<act::AddOp, act::SubOp, act::NegOp, act::WhereOp>(op))
      return std::nullopt;
    hasFactor |= isProduct && (poles.isPole(op) ||
                               llvm::any_of(op.getOperands(), isSingular));
    dependent.insert(value);
    products.push_back(&op);
  }
  if (!hasFactor)
    return std::nullopt;
  return products;
}

/// The last of `products`, with 0 for e^u.
static Value cloneWithout(mlir::OpBuilder &builder, act::ExpOp exp,
                          llvm::ArrayRef<Operation *> products) {
  mlir::IRMapping mapping;
  act::RealValue power(builder, exp.getLoc(), exp.getResult());
  mapping.map(exp.getResult(), power.constant(Real(0.0)).getValue());
  for (Operation *op : products) {
    Operation *copy = builder.clone(*op, mapping);
    llvm::SmallVector<Value, 1> folded;
    if (failed(builder.tryFold(copy, folded)) || folded.empty())
      continue;
    mapping.map(op->getResult(0), folded.front());
    copy->erase();
  }
  return mapping.lookup(products.back()->getResult(0));
}

/// None where there are many: such formulas hold others in each product.
static llvm::SmallVector<act::ExpOp>
findExponentialsOfPoles(mlir::Block &block, const Poles &poles) {
  constexpr size_t most = 4;
  llvm::SmallVector<act::ExpOp> exponentials;
  for (auto exp : block.getOps<act::ExpOp>()) {
    if (!poles.contains(exp.getOperand()))
      continue;
    if (exponentials.size() == most)
      return {};
    exponentials.push_back(exp);
  }
  return exponentials;
}

void stabilizePoles(mlir::func::FuncOp function, bool isF64,
                    RewriteListener listener) {
  // Beyond, a few powers of anything, and of u, leave it below every number.
  const double vanishing = isF64 ? -1e4 : -1e3;
  mlir::Block &block = function.front();
  Operation *terminator = block.getTerminator();
  mlir::OpBuilder builder(terminator);
  Poles poles(block);
  for (act::ExpOp exp : findExponentialsOfPoles(block, poles))
    for (mlir::OpOperand &result : terminator->getOpOperands()) {
      Value value = result.get();
      auto neg = value.getDefiningOp<act::NegOp>();
      if (neg)
        value = neg.getOperand();
      llvm::SmallVector<Value> scales = peelIndependentFactors(value);
      auto products = findProducts(value, exp, poles);
      if (!products)
        continue;
      act::RealValue u(builder, exp.getLoc(), exp.getOperand());
      Value isVanishing =
          act::compare(act::CmpPredicate::lt, u, u.constant(Real(vanishing)));
      Value without = cloneWithout(builder, exp, *products);
      act::RealValue selected =
          where(isVanishing, u.with(without), u.with(value));
      for (Value scale : llvm::reverse(scales))
        selected = u.with(scale) * selected;
      result.set((neg ? -selected : selected).getValue());
      if (listener)
        listener("e^u with its pole: 0 where it vanishes, whatever it is "
                 "multiplied by",
                 exp.getLoc());
    }
  eraseDeadCode(block);
}

} // namespace actin
