//===- SettlePrecision.cpp - A plan that the lowering can follow ----------===//
//
// The analysis raises values one by one; here neighbours are brought in line:
// what one operation gains the next must not lose, and pairs go only where
// they are taken.
//
//===----------------------------------------------------------------------===//

#include "Lowering/OperationForms.h"
#include "Lowering/PrecisionAnalysis.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace actin {

/// Operations that only pass on what they are given.
static bool isExact(mlir::Operation *op) {
  if (auto mul = dyn_cast<act::MulOp>(op)) {
    for (mlir::Value operand : mul->getOperands())
      if (auto constant = operand.getDefiningOp<act::ConstantOp>()) {
        int exponent;
        double value = constant.getValue().getValue().toDouble();
        if (std::fabs(std::frexp(value, &exponent)) == 0.5)
          return true;
      }
    return false;
  }
  return isa<act::NegOp, act::AbsOp, act::WhereOp, act::MinOp, act::MaxOp,
             act::ClipOp, act::ClampOp>(op);
}

/// Adds the factors of `value` to `product`; false where there are too many.
static bool collectFactors(mlir::Value value, const PrecisionPlan &plan,
                           ExactProduct &product) {
  if (auto constant = value.getDefiningOp<act::ConstantOp>()) {
    product.scale = product.scale * constant.getValue().getValue();
    return true;
  }
  if (auto neg = value.getDefiningOp<act::NegOp>()) {
    product.scale = -product.scale;
    return collectFactors(neg.getOperand(), plan, product);
  }
  if (auto mul = value.getDefiningOp<act::MulOp>();
      mul && product.products.size() != 3 &&
      plan.get(value) == Precision::Pair) {
    product.products.push_back(mul);
    return collectFactors(mul.getLhs(), plan, product) &&
           collectFactors(mul.getRhs(), plan, product);
  }
  mlir::Value &slot =
      plan.get(value) == Precision::Single ? product.base : product.factor;
  if (slot || plan.get(value) == Precision::Wide)
    return false;
  slot = value;
  return true;
}

std::optional<ExactProduct> matchExactProduct(mlir::Value value,
                                              const PrecisionPlan &plan) {
  ExactProduct product;
  if (!collectFactors(value, plan, product) || !product.base ||
      !product.factor || product.scale.isZero() || product.scale.isInfinity())
    return std::nullopt;
  return product;
}

/// What an operation costs in pairs, counted in products.
static size_t getPairCost(mlir::Operation *op) {
  if (isa<act::DivOp>(op))
    return 3;
  if (isa<act::AddOp, act::SubOp>(op))
    return 2;
  return isa<act::MulOp, act::PowOp>(op);
}

/// Beyond a few operations an argument costs less in f64, at half the lanes,
/// than in pairs. A product that is the whole argument costs nothing.
static void widenLongChains(mlir::Operation *function, PrecisionPlan &plan) {
  constexpr size_t longChain = 5;
  llvm::SmallVector<mlir::Operation *> work = {function}, chain;
  size_t cost = 0;
  mlir::Value argument = function->getOperand(0);
  if (auto bound = matchUpperBound(function);
      bound && !plan.showsBound(function))
    argument = bound->value;
  while (isa_and_nonnull<act::NegOp, act::AbsOp>(argument.getDefiningOp()))
    argument = argument.getDefiningOp()->getOperand(0);
  std::optional<ExactProduct> product = matchExactProduct(argument, plan);
  while (!work.empty()) {
    mlir::Operation *op = work.pop_back_val();
    for (mlir::Value operand : op->getOperands()) {
      mlir::Operation *definition = operand.getDefiningOp();
      if (!definition || plan.get(operand) != Precision::Pair ||
          llvm::is_contained(chain, definition))
        continue;
      chain.push_back(definition);
      work.push_back(definition);
      if (!product || !llvm::is_contained(product->products, definition))
        cost += getPairCost(definition);
    }
  }
  if (cost >= longChain)
    for (mlir::Operation *op : chain)
      if (!isa<act::ConstantOp>(op))
        plan.raise(op->getResult(0), Precision::Wide);
}

static void raiseArithmetic(mlir::Value value, PrecisionPlan &plan,
                            unsigned depth) {
  mlir::Operation *op = value.getDefiningOp();
  if (!op || !isPairArithmetic(op) || depth == 0)
    return;
  plan.raise(value, Precision::Pair);
  for (mlir::Value operand : op->getOperands())
    if (isa<act::RealType>(operand.getType()))
      raiseArithmetic(operand, plan, depth - 1);
}

/// The rounding of a large angle is one of the whole circle, whatever the
/// condition of the formula leaves. f32 is reduced in f64.
static void raiseAngles(mlir::Block &block, PrecisionPlan &plan) {
  constexpr unsigned maxDepth = 4;
  for (mlir::Operation &op : block.without_terminator())
    if (isa<act::SinOp, act::CosOp, act::TanOp>(op))
      raiseArithmetic(op.getOperand(0), plan, maxDepth);
}

/// A product has the sign that its rounding has.
static bool roundsWithSign(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  if (!op)
    return true;
  return isa<act::MulOp, act::DivOp, act::NegOp, act::AbsOp, act::PowOp>(op) &&
         llvm::all_of(op->getOperands(), roundsWithSign);
}

/// A rounding may put a number on the other side of a threshold, or on it,
/// where the function, or its gradient, is another one.
static void raiseThresholds(mlir::Block &block, PrecisionPlan &plan) {
  constexpr unsigned maxDepth = 3;
  for (mlir::Operation &op : block.without_terminator()) {
    auto cmp = dyn_cast<act::CmpOp>(op);
    bool isToZero = isa<act::SignOp>(op) || (cmp && isZero(cmp.getRhs()));
    if ((!cmp && !isa<act::SignOp>(op)) ||
        (isToZero && roundsWithSign(op.getOperand(0))) ||
        (cmp && isZero(cmp.getLhs()) && roundsWithSign(cmp.getRhs())))
      continue;
    for (mlir::Value side : op.getOperands())
      if (!side.getDefiningOp<act::ConstantOp>())
        raiseArithmetic(side, plan, maxDepth);
  }
}

/// What is made of scalar parameters alone is computed once for a whole tensor:
/// there f64 costs nothing, where all that takes it is f64.
static void widenUniformOperands(mlir::func::FuncOp kernel,
                                 PrecisionPlan &plan) {
  mlir::Block &block = kernel.getBody().front();
  llvm::DenseSet<mlir::Value> uniform;
  for (mlir::BlockArgument argument : kernel.getArguments())
    if (act::getRole(argument) == "parameter")
      uniform.insert(argument);
  auto isUniform = [&](mlir::Value value) {
    return uniform.contains(value) || value.getDefiningOp<act::ConstantOp>();
  };
  for (mlir::Operation &op : block.without_terminator())
    if (!isa<act::ConstantOp>(op) && llvm::all_of(op.getOperands(), isUniform))
      uniform.insert(op.getResult(0));
  auto isWide = [&](mlir::Value value) {
    return plan.get(value) == Precision::Wide;
  };
  for (mlir::Operation &op : llvm::reverse(block.without_terminator())) {
    mlir::Value value = op.getResult(0);
    if (isa<act::RealType>(value.getType()) && uniform.contains(value) &&
        llvm::all_of(op.getUsers(), [&](mlir::Operation *user) {
          return user->getNumResults() == 1 && isWide(user->getResult(0));
        }))
      plan.raise(value, Precision::Wide);
  }
}

/// What was gained in an operand is not lost in an exact operation on it, nor
/// an exponent of its own in a value that is computed wide.
static void keepGains(mlir::Block &block, PrecisionPlan &plan) {
  llvm::DenseSet<mlir::Value> withExponent;
  for (mlir::Operation &op : block.without_terminator()) {
    bool produces = producesExponent(&op), passes = passesExponent(&op);
    for (mlir::Value operand : op.getOperands()) {
      Precision held = plan.get(operand);
      // What narrows its argument is at a limit where that is out of f32's
      // range; the limit 0 has an exponent.
      bool mayNarrow = narrowsArgument(&op) &&
                       !(getSlopeAtZero(&op) && withExponent.contains(operand));
      bool losesExponent =
          held == Precision::Wide && !mayNarrow && (produces || passes);
      if (held != Precision::Single && (isExact(&op) || losesExponent))
        plan.raise(op.getResult(0), held);
    }
    if (produces ||
        (passes && llvm::any_of(op.getOperands(), [&](mlir::Value operand) {
           return withExponent.contains(operand);
         })))
      withExponent.insert(op.getResult(0));
  }
}

/// One step of what exponents apart ask of their neighbours; false where they
/// have all of it.
static bool spreadExponents(mlir::Block &block, PrecisionPlan &plan) {
  bool changes = false;
  auto extend = [&](mlir::Operation *op) {
    changes |= !plan.isExtended(op);
    plan.setExtended(op);
  };
  // Infinities are ranked by their exponents: that of x^4 is beyond x's only
  // where it has been x's, times 4, and so is the exponential of it. Exponents
  // of exponentials end else.
  auto extendOperand = [&](mlir::Value operand) {
    mlir::Operation *definition = operand.getDefiningOp();
    if (definition && isAlgebraic(definition) &&
        (!plan.getObservation(operand).isFinite || hasScaledFactor(operand)))
      extend(definition);
  };
  for (mlir::Operation &op : llvm::reverse(block.without_terminator()))
    for (mlir::Value operand : op.getOperands()) {
      if (!plan.isExtended(&op))
        continue;
      extendOperand(operand);
      if (mlir::Operation *definition = operand.getDefiningOp();
          isa_and_nonnull<act::ExpOp, act::Exp2Op>(definition))
        extendOperand(definition->getOperand(0));
    }
  // What has an exponent apart keeps it up to a function that takes none.
  for (mlir::Operation &op : block.without_terminator())
    for (mlir::Value operand : op.getOperands())
      if (mlir::Operation *definition = operand.getDefiningOp();
          definition && plan.isExtended(definition) && isAlgebraic(&op))
        extend(&op);
  return changes;
}

/// A pair that feeds a function which takes none, or something wide, is better
/// carried wide itself; in f64 there is nothing wider than a pair.
void settleLevels(mlir::func::FuncOp kernel, bool isF64, PrecisionPlan &plan) {
  mlir::Block &block = kernel.getBody().front();
  raiseThresholds(block, plan);
  if (isF64)
    raiseAngles(block, plan);
  while (spreadExponents(block, plan))
    continue;
  keepGains(block, plan);
  if (isF64)
    return;
  for (mlir::Operation &op : block.without_terminator())
    if (narrowsArgument(&op))
      widenLongChains(&op, plan);
  for (mlir::Operation &op : llvm::reverse(block.without_terminator())) {
    // A comparison and a sign look at the high parts.
    bool keepsPairs = (acceptsPair(&op) || isPairArithmetic(&op) ||
                       isa<act::CmpOp, act::SignOp>(op)) &&
                      plan.get(op.getResult(0)) != Precision::Wide;
    for (mlir::Value operand : op.getOperands())
      if (plan.get(operand) == Precision::Pair && !keepsPairs)
        plan.raise(operand, Precision::Wide);
  }
  keepGains(block, plan); // Of what is wide now.
  widenUniformOperands(kernel, plan);
}

} // namespace actin
