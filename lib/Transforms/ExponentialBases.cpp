//===- ExponentialBases.cpp - Exponentials that are powers ----------------===//

#include "Transforms/ExponentialBases.h"

#include "Transforms/FlatProduct.h"
#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <map>
#include <vector>

namespace actin {

using mlir::Operation;

/// tanh(u) is rational in e^2u; 0 for other operations.
static double getFactor(Operation *op) {
  return llvm::TypeSwitch<Operation *, double>(op)
      .Case<act::ExpOp, act::Expm1Op, act::SigmoidOp, act::SoftplusOp,
            act::LogsigmoidOp, act::SinhOp, act::CoshOp>(
          [](auto) { return 1.0; })
      .Case([](act::TanhOp) { return 2.0; })
      .Default([](Operation *) { return 0.0; });
}

void shareExponents(mlir::func::FuncOp function) {
  using Powers = std::vector<std::pair<void *, int>>;
  std::map<Powers, ScaledTerm> shared; // The product, and its coefficient.
  for (Operation &op : function.getBody().front().without_terminator()) {
    FlatProduct product;
    if (getFactor(&op) == 0.0 || !product.multiply(op.getOperand(0), 1))
      continue;
    Powers powers;
    for (auto [base, power] : product.powers)
      if (power != 0)
        powers.push_back({base.getAsOpaquePointer(), power});
    if (powers.size() < 2)
      continue;
    llvm::sort(powers);
    ScaledTerm argument = splitConstantFactor(op.getOperand(0));
    auto [it, isNew] = shared.insert(
        {powers, {argument.term, product.coefficient / argument.factor}});
    const auto &[term, coefficient] = it->second;
    if (isNew || argument.term == term)
      continue;
    mlir::OpBuilder builder(&op);
    Real factor = product.coefficient / coefficient;
    mlir::Value multiple = term;
    if (factor == Real(-1.0))
      multiple = act::NegOp::create(builder, op.getLoc(), term);
    else if (!(factor == Real(1.0)))
      multiple = act::MulOp::create(
          builder, op.getLoc(),
          act::ConstantOp::create(builder, op.getLoc(), factor).getResult(),
          term);
    op.setOperand(0, multiple);
  }
}

/// n, where e^(factor u) is the n-th power of e^(base u), and n is small; else
/// 0.
static int64_t getExponent(const Real &base, const Real &factor) {
  constexpr int64_t most = 4;
  std::optional<int64_t> exponent = (factor / base).asInteger();
  return exponent && std::abs(*exponent) <= most ? *exponent : 0;
}

ExponentialBases::ExponentialBases(mlir::func::FuncOp function) {
  for (Operation &op : function.getBody().front().without_terminator()) {
    double scale = getFactor(&op);
    if (scale == 0.0)
      continue;
    ScaledTerm argument = splitConstantFactor(op.getOperand(0));
    Real factor = argument.factor * Real(scale);
    if (!factor.isZero())
      factors[argument.term].push_back(factor.isNegative() ? -factor : factor);
  }
  for (auto &[term, all] : factors) {
    llvm::sort(all, [](const Real &x, const Real &y) { return x < y; });
    llvm::SmallVector<Real, 1> bases;
    for (const Real &factor : all)
      if (llvm::none_of(bases, [&](const Real &base) {
            return getExponent(base, factor) != 0;
          }))
        bases.push_back(factor);
    all = std::move(bases);
  }
}

std::optional<PowerOfBase> ExponentialBases::find(Operation &op) const {
  ScaledTerm argument = splitConstantFactor(op.getOperand(0));
  auto it = factors.find(argument.term);
  if (it == factors.end())
    return std::nullopt;
  Real factor = argument.factor * Real(getFactor(&op));
  for (const auto &[number, base] : llvm::enumerate(it->second))
    if (int64_t exponent = getExponent(base, factor))
      return PowerOfBase{argument.term, unsigned(number), base, exponent};
  return std::nullopt;
}

} // namespace actin
