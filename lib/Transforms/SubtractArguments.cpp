//===- SubtractArguments.cpp - Distances of arguments ---------------------===//
//
// k (x + 1) - k (x - 1) is 2 k: multiplied out, what the two have in common
// cancels over the reals, instead of in floating point.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

using mlir::Operation;
using mlir::Value;

namespace actin {

using act::RealValue;

namespace {

/// coefficient * the product of powers of values, in their order of addresses:
/// only compared.
struct ProductTerm {
  Real coefficient;
  llvm::SmallVector<std::pair<Value, int>, 4> powers;

  void multiply(Value value, int power) {
    auto *it = llvm::find_if(
        powers, [&](const auto &entry) { return entry.first == value; });
    if (it == powers.end()) {
      powers.push_back({value, power});
      return;
    }
    it->second += power;
    if (it->second == 0)
      powers.erase(it);
  }
  bool hasPowersOf(const ProductTerm &other) const {
    return powers.size() == other.powers.size() &&
           llvm::all_of(powers, [&](const auto &entry) {
             return llvm::is_contained(other.powers, entry);
           });
  }
};

/// A sum of products, with like terms collected.
class ExpandedSum {
public:
  /// Adds factor * value, multiplied out; false where that is too long.
  bool add(Value value, const ProductTerm &factor, unsigned depth = 8);

  llvm::SmallVector<ProductTerm, 8> terms;
  bool hasCancelled = false;

private:
  void addTerm(const ProductTerm &term);
  static bool isSum(Value value) {
    return bool(value.getDefiningOp<act::AddOp>()) ||
           bool(value.getDefiningOp<act::SubOp>()) ||
           bool(value.getDefiningOp<act::NegOp>());
  }
};

void ExpandedSum::addTerm(const ProductTerm &term) {
  for (ProductTerm *own = terms.begin(); own != terms.end(); ++own) {
    if (!own->hasPowersOf(term))
      continue;
    own->coefficient = own->coefficient + term.coefficient;
    if (own->coefficient.isZero()) {
      hasCancelled = true;
      terms.erase(own);
    }
    return;
  }
  terms.push_back(term);
}

bool ExpandedSum::add(Value value, const ProductTerm &factor, unsigned depth) {
  if (depth == 0 || terms.size() > 8)
    return false;
  if (std::optional<Real> constant = getConstant(value)) {
    ProductTerm term = factor;
    term.coefficient = term.coefficient * *constant;
    if (!constant->isZero())
      addTerm(term);
    return true;
  }
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<act::AddOp, act::SubOp>(op)) {
    ProductTerm second = factor;
    if (isa<act::SubOp>(op))
      second.coefficient = -second.coefficient;
    return add(op->getOperand(0), factor, depth - 1) &&
           add(op->getOperand(1), second, depth - 1);
  }
  ProductTerm rest = factor;
  if (isa_and_nonnull<act::NegOp>(op)) {
    rest.coefficient = -rest.coefficient;
    return add(op->getOperand(0), rest, depth - 1);
  }
  if (isa_and_nonnull<act::DivOp>(op)) {
    if (std::optional<Real> divisor = getConstant(op->getOperand(1)))
      rest.coefficient = rest.coefficient / *divisor;
    else
      rest.multiply(op->getOperand(1), -1);
    return add(op->getOperand(0), rest, depth - 1);
  }
  if (isa_and_nonnull<act::MulOp>(op)) {
    Value x = op->getOperand(0), y = op->getOperand(1);
    if (isSum(y) || getConstant(x))
      std::swap(x, y);
    // y is no sum, unless both are.
    if (std::optional<Real> constant = getConstant(y))
      rest.coefficient = rest.coefficient * *constant;
    else
      rest.multiply(y, 1);
    return add(x, rest, depth - 1);
  }
  rest.multiply(value, 1);
  addTerm(rest);
  return true;
}

/// The difference of two products or quotients with one factor in common.
std::optional<RealValue> factorDifference(const RealValue &u,
                                          const RealValue &v) {
  Operation *first = u.getValue().getDefiningOp();
  Operation *second = v.getValue().getDefiningOp();
  if (!first || !second || first->getName() != second->getName())
    return std::nullopt;
  auto difference = [&](unsigned i, unsigned j) {
    return u.with(first->getOperand(i)) - u.with(second->getOperand(j));
  };
  if (isa<act::DivOp>(first) && first->getOperand(1) == second->getOperand(1))
    return difference(0, 0) / u.with(first->getOperand(1));
  for (unsigned i = 0; isa<act::MulOp>(first) && i < 2; ++i)
    for (unsigned j = 0; j < 2; ++j)
      if (first->getOperand(1 - i) == second->getOperand(1 - j))
        return u.with(first->getOperand(1 - i)) * difference(i, j);
  return std::nullopt;
}

} // namespace

static RealValue emit(const ExpandedSum &sum, const RealValue &model) {
  RealValue result = model.constant(0.0);
  for (const ProductTerm &term : sum.terms) {
    bool isPlain = term.coefficient == Real(1.0) && !term.powers.empty() &&
                   term.powers.front().second > 0;
    RealValue product = model.constant(term.coefficient);
    for (int sign : {1, -1})
      for (auto [value, power] : term.powers)
        for (int i = 0; i < sign * power; ++i) {
          RealValue factor = model.with(value);
          product = isPlain    ? factor
                    : sign > 0 ? product * factor
                               : product / factor;
          isPlain = false;
        }
    result = &term == sum.terms.begin() ? product : result + product;
  }
  return result;
}

std::optional<RealValue> cancelSum(const RealValue &model,
                                   llvm::ArrayRef<WeightedValue> terms) {
  ExpandedSum sum;
  for (const auto &[coefficient, factors, value] : terms) {
    ProductTerm factor{coefficient, {}};
    for (Value other : factors)
      factor.multiply(other, 1);
    if (!sum.add(value, factor))
      return std::nullopt;
  }
  bool isConstant = llvm::all_of(
      sum.terms, [](const ProductTerm &term) { return term.powers.empty(); });
  return sum.hasCancelled && !isConstant ? std::optional(emit(sum, model))
                                         : std::nullopt;
}

std::optional<RealValue> cancelDifference(const RealValue &u,
                                          const RealValue &v) {
  ExpandedSum sum;
  if (!sum.add(u.getValue(), {Real(1.0), {}}) ||
      !sum.add(v.getValue(), {Real(-1.0), {}}) || !sum.hasCancelled)
    return std::nullopt;
  return emit(sum, u);
}

RealValue subtractArguments(const RealValue &u, const RealValue &v) {
  if (auto difference = cancelDifference(u, v))
    return *difference;
  auto factored = factorDifference(u, v);
  return factored ? *factored : u - v;
}

} // namespace actin
