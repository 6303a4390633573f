//===- SimplifyRules.cpp - Rules for single operations --------------------===//
//
// Functions, powers, selections and comparisons; sums and products have files
// of their own. Each rule holds over the reals at every point of the domain.
//
//===----------------------------------------------------------------------===//

#include "Transforms/SimplifyGraph.h"

#include "Dialect/Act/ExactArithmetic.h"
#include "Expr/EvaluateNode.h"

namespace actin::simplifier {

using namespace actin::act;
using llvm::ArrayRef;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

std::optional<Real> Graph::foldConstants(ExprKind kind,
                                         ArrayRef<Id> operands) const {
  bool isFunction = !getFunctionName(kind).empty();
  bool isSelection = kind == ExprKind::Min || kind == ExprKind::Max ||
                     kind == ExprKind::Clip || kind == ExprKind::Clamp;
  if (operands.empty() || !(isFunction || isSelection || kind == ExprKind::Pow))
    return std::nullopt;
  llvm::SmallVector<Real, 3> values;
  bool anyInfinite = false;
  for (Id id : operands) {
    if (!isConstant(id))
      return std::nullopt;
    values.push_back(getConstant(id));
    anyInfinite |= values.back().isInfinity();
  }
  Real result = evaluateNode(kind, values);
  if (result.isNaN() || (result.isInfinity() && !anyInfinite))
    return std::nullopt;
  if (isSelection || options.foldIrrational)
    return result;
  return toShortDecimal(result);
}

static std::optional<bool> compareConstants(ExprKind kind, const Real &lhs,
                                            const Real &rhs) {
  llvm::APFloat::cmpResult order = lhs.getValue().compare(rhs.getValue());
  bool less = order == llvm::APFloat::cmpLessThan;
  bool greater = order == llvm::APFloat::cmpGreaterThan;
  switch (kind) {
  case ExprKind::Less:
    return less;
  case ExprKind::LessEqual:
    return !greater;
  case ExprKind::Greater:
    return greater;
  case ExprKind::GreaterEqual:
    return !less;
  case ExprKind::Equal:
    return !less && !greater;
  case ExprKind::NotEqual:
    return less || greater;
  default:
    return std::nullopt;
  }
}

/// The truth value of a comparison of constants. Compound conditions were
/// simplified when they were made, so that one level is enough.
std::optional<bool> Graph::getConstantCondition(Id condition) const {
  const Node &node = nodes[condition];
  if (node.kind != Node::Operation)
    return std::nullopt;
  ArrayRef<Id> operands = node.operands;
  auto truth = [&](Id id) -> std::optional<bool> {
    const Node &inner = nodes[id];
    if (inner.kind != Node::Operation || inner.operands.size() != 2 ||
        !isConstant(inner.operands[0]) || !isConstant(inner.operands[1]))
      return std::nullopt;
    return compareConstants(inner.operation, getConstant(inner.operands[0]),
                            getConstant(inner.operands[1]));
  };
  if (node.operation != ExprKind::Not)
    return truth(condition);
  std::optional<bool> value = truth(operands[0]);
  return value ? std::optional<bool>(!*value) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Truth values
//===----------------------------------------------------------------------===//

/// The comparison with its sides exchanged.
static ExprKind mirror(ExprKind kind) {
  switch (kind) {
  case ExprKind::Less:
    return ExprKind::Greater;
  case ExprKind::LessEqual:
    return ExprKind::GreaterEqual;
  case ExprKind::Greater:
    return ExprKind::Less;
  case ExprKind::GreaterEqual:
    return ExprKind::LessEqual;
  default:
    return kind;
  }
}

static bool isComparison(ExprKind kind) {
  return kind >= ExprKind::Less && kind <= ExprKind::NotEqual;
}

static bool isBelow(ExprKind kind) {
  return kind == ExprKind::Less || kind == ExprKind::LessEqual;
}
static bool isAbove(ExprKind kind) { return isBelow(mirror(kind)); }

std::optional<Id> Graph::simplifyComparison(ExprKind kind, Id lhs, Id rhs) {
  if (isConstant(lhs) && !isConstant(rhs)) // The constant goes to the right.
    return makeOperation(mirror(kind), {rhs, lhs});
  if (!isConstant(rhs) || isConstant(lhs) || getConstant(rhs).isInfinity())
    return std::nullopt;
  // |u| < 0 does not hold, as a number is not less than itself.
  if (kind == ExprKind::Less && isOperation(lhs, ExprKind::Abs) &&
      getConstant(rhs).isZero())
    return makeOperation(kind, {rhs, rhs});
  // max(u, c) < d is u < d where c < d; and so on.
  bool isMax = isOperation(lhs, ExprKind::Max);
  if (isMax || isOperation(lhs, ExprKind::Min)) {
    Id operand = nodes[lhs].operands[0], bound = nodes[lhs].operands[1];
    if (isConstant(operand))
      std::swap(operand, bound);
    if (!isConstant(bound))
      return std::nullopt;
    std::optional<bool> holds =
        compareConstants(kind, getConstant(bound), getConstant(rhs));
    if ((isBelow(kind) && holds == isMax) || (isAbove(kind) && holds == !isMax))
      return makeOperation(kind, {operand, rhs});
    return std::nullopt;
  }
  // u + c < d is u < d - c.
  if (isSum(lhs) && getTerms(lhs).size() == 2) {
    Terms terms = getTerms(lhs);
    if (terms[0].core == one)
      std::swap(terms[0], terms[1]);
    if (terms[1].core != one || terms[1].coefficient.den != Real(1.0))
      return std::nullopt;
    std::optional<Real> bound =
        subExactly(getConstant(rhs), terms[1].coefficient.num);
    if (!bound)
      return std::nullopt;
    return makeOperation(kind, {makeScaled(terms[0].coefficient, terms[0].core),
                                makeConstant(*bound)});
  }
  // c u < d is u < d / c, mirrored where c is negative.
  if (!isProduct(lhs) || getProduct(lhs).coefficient.isOne())
    return std::nullopt;
  Coefficient coefficient = getProduct(lhs).coefficient;
  std::optional<Real> scaled = mulExactly(getConstant(rhs), coefficient.den);
  std::optional<Real> bound =
      scaled ? divExactly(*scaled, coefficient.num) : std::nullopt;
  if (!bound)
    return std::nullopt;
  Product core = getProduct(lhs);
  core.coefficient = {};
  return makeOperation(coefficient.isNegative() ? mirror(kind) : kind,
                       {makeProduct(core), makeConstant(*bound)});
}

std::optional<Id> Graph::simplifyCondition(ExprKind kind, ArrayRef<Id> ids) {
  if (kind == ExprKind::Not) {
    if (isOperation(ids[0], ExprKind::Not))
      return nodes[ids[0]].operands[0];
    return std::nullopt;
  }
  if (ids[0] == ids[1])
    return ids[0];
  bool deciding = kind == ExprKind::Or;
  for (unsigned i = 0; i < 2; ++i)
    if (std::optional<bool> value = getConstantCondition(ids[i]))
      return *value == deciding ? ids[i] : ids[1 - i];
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

/// `id` where `condition`, which compares two numbers, holds: the larger or the
/// smaller of these, or the magnitude of the first, needs no operation there.
Id Graph::assume(Id condition, Id id) const {
  const Node &node = nodes[id];
  ExprKind relation = nodes[condition].operation;
  bool above = isAbove(relation);
  if (node.kind != Node::Operation || !(above || isBelow(relation)))
    return id;
  Id lhs = nodes[condition].operands[0], rhs = nodes[condition].operands[1];
  if (node.operation == ExprKind::Abs)
    return above && node.operands[0] == lhs && nodes[rhs].nonNegative ? lhs
                                                                      : id;
  bool isMax = node.operation == ExprKind::Max;
  if (!(isMax || node.operation == ExprKind::Min) ||
      !((node.operands[0] == lhs && node.operands[1] == rhs) ||
        (node.operands[0] == rhs && node.operands[1] == lhs)))
    return id;
  return isMax == above ? lhs : rhs;
}

/// The same for a product, factor by factor.
Id Graph::assumeFactors(Id condition, Id id) {
  if (nodes[condition].kind != Node::Operation)
    return id;
  if (!isProduct(id))
    return assume(condition, id);
  ProductBuilder builder(*this);
  Product product = getProduct(id);
  bool changed = false;
  auto multiply = [&](const Factors &factors, bool divide) {
    for (const Factor &factor : factors) {
      Id base = assume(condition, factor.base);
      changed |= base != factor.base;
      builder.multiply(base, factor.halves, divide);
    }
  };
  builder.multiplyCoefficient(product.coefficient);
  multiply(product.numerator, /*divide=*/false);
  multiply(product.denominator, /*divide=*/true);
  return changed ? builder.finish() : id;
}

/// where(x > 0, c x, -c x) is c abs(x), for any order of x and 0.
std::optional<Id> Graph::simplifyMagnitude(Id condition, Id onTrue,
                                           Id onFalse) {
  const Node &node = nodes[condition];
  if (node.kind != Node::Operation ||
      !(isAbove(node.operation) || isBelow(node.operation)) ||
      !isConstant(node.operands[1], 0.0))
    return std::nullopt;
  Id x = node.operands[0];
  Id same = isAbove(node.operation) ? onTrue : onFalse;
  Id other = same == onTrue ? onFalse : onTrue;
  if (other != makeScaled({Real(-1.0), Real(1.0)}, same))
    return std::nullopt;
  Product core;
  if (isProduct(same))
    core = getProduct(same);
  bool isNegative = core.coefficient.isNegative();
  core.coefficient = {};
  if (same != x && (!isProduct(same) || makeProduct(core) != x))
    return std::nullopt;
  Id magnitude = makeOperation(ExprKind::Abs, {isNegative ? other : same});
  return isNegative ? makeScaled({Real(-1.0), Real(1.0)}, magnitude)
                    : magnitude;
}

std::optional<Id> Graph::simplifyWhere(Id condition, Id onTrue, Id onFalse) {
  if (onTrue == onFalse)
    return onTrue;
  if (std::optional<bool> value = getConstantCondition(condition))
    return *value ? onTrue : onFalse;
  if (isOperation(condition, ExprKind::Not))
    return makeOperation(ExprKind::Where,
                         {nodes[condition].operands[0], onFalse, onTrue});
  if (std::optional<Id> magnitude =
          simplifyMagnitude(condition, onTrue, onFalse))
    return magnitude;
  if (Id assumed = assumeFactors(condition, onTrue); assumed != onTrue)
    return makeOperation(ExprKind::Where, {condition, assumed, onFalse});
  // A branch that asks the same question again.
  if (isOperation(onTrue, ExprKind::Where) &&
      nodes[onTrue].operands[0] == condition)
    return makeOperation(ExprKind::Where,
                         {condition, nodes[onTrue].operands[1], onFalse});
  if (isOperation(onFalse, ExprKind::Where) &&
      nodes[onFalse].operands[0] == condition)
    return makeOperation(ExprKind::Where,
                         {condition, onTrue, nodes[onFalse].operands[2]});
  // where(c, where(d, a, b), b) is where(c and d, a, b).
  if (isOperation(onTrue, ExprKind::Where) &&
      nodes[onTrue].operands[2] == onFalse) {
    llvm::SmallVector<Id, 3> inner = nodes[onTrue].operands;
    Id both = makeOperation(ExprKind::And, {condition, inner[0]});
    return makeOperation(ExprKind::Where, {both, inner[1], onFalse});
  }
  if (isOperation(onFalse, ExprKind::Where) &&
      nodes[onFalse].operands[1] == onTrue) {
    llvm::SmallVector<Id, 3> inner = nodes[onFalse].operands;
    Id either = makeOperation(ExprKind::Or, {condition, inner[0]});
    return makeOperation(ExprKind::Where, {either, onTrue, inner[2]});
  }
  return std::nullopt;
}

/// max(max(u, 1), 2) is max(u, 2), for min as well.
std::optional<Id> Graph::simplifyExtremum(ExprKind kind, Id lhs, Id rhs) {
  if (lhs == rhs)
    return lhs;
  if (!isConstant(rhs) || !isOperation(lhs, kind))
    return std::nullopt;
  Id operand = nodes[lhs].operands[0], bound = nodes[lhs].operands[1];
  if (!isConstant(bound))
    return std::nullopt;
  return makeOperation(kind, {operand, makeOperation(kind, {bound, rhs})});
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Positive integral and half-integral powers belong to products.
std::optional<Id> Graph::simplifyPower(Id base, Id exponent) {
  if (isConstant(base, 1.0))
    return base;
  if (!isConstant(exponent))
    return std::nullopt;
  const Real &value = getConstant(exponent);
  if (value.isZero())
    return one;
  std::optional<int64_t> halves = (value * Real(2.0)).asInteger();
  constexpr int64_t maxHalves = 2000;
  if (halves && *halves > 0 && *halves <= maxHalves)
    return power(base, static_cast<int>(*halves));
  // Terms with powers of one sum in the denominator may cancel.
  if (halves && *halves < 0 && -*halves <= maxHalves && !options.readable &&
      isSum(base))
    return divide(one, power(base, static_cast<int>(-*halves)));
  return std::nullopt;
}

std::optional<Id> Graph::simplifyFunction(ExprKind kind, Id operand) {
  bool isNegated =
      isProduct(operand) && getProduct(operand).coefficient.isNegative();
  switch (kind) {
  case ExprKind::Abs:
    if (nodes[operand].nonNegative)
      return operand;
    [[fallthrough]];
  case ExprKind::Cos:
  case ExprKind::Cosh:
  case ExprKind::Normpdf:
    if (isNegated) {
      Id positive = makeScaled({-1.0, 1.0}, operand);
      if (!isProduct(positive) ||
          !getProduct(positive).coefficient.isNegative())
        return makeOperation(kind, {positive});
    }
    return std::nullopt;
  case ExprKind::Log:
    if (isOperation(operand, ExprKind::Exp))
      return nodes[operand].operands[0];
    return std::nullopt;
  case ExprKind::Sign:
    if (nodes[operand].positive)
      return one;
    return std::nullopt;
  case ExprKind::Sqrt:
    if (isProduct(operand)) { // sqrt(u ** 2) is abs(u).
      const Product &product = getProduct(operand);
      if (product.coefficient.isOne() && product.denominator.empty() &&
          product.numerator.size() == 1 && product.numerator[0].halves == 4)
        return makeOperation(ExprKind::Abs, {product.numerator[0].base});
    }
    return std::nullopt;
  default:
    return std::nullopt;
  }
}

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

Id Graph::makeOperation(ExprKind kind, ArrayRef<Id> operands) {
  // The operands may live in a node: keep them.
  llvm::SmallVector<Id, 3> ids(operands);
  std::optional<Id> simplified;
  switch (kind) {
  case ExprKind::Add:
    return add(ids[0], ids[1]);
  case ExprKind::Sub:
    return subtract(ids[0], ids[1]);
  case ExprKind::Mul:
    return multiply(ids[0], ids[1]);
  case ExprKind::Div:
    return divide(ids[0], ids[1]);
  case ExprKind::Neg:
    return makeScaled({-1.0, 1.0}, ids[0]);
  default:
    break;
  }
  if (std::optional<Real> value = foldConstants(kind, ids))
    return makeConstant(*value);
  if (kind == ExprKind::Where)
    simplified = simplifyWhere(ids[0], ids[1], ids[2]);
  else if (isComparison(kind))
    simplified = simplifyComparison(kind, ids[0], ids[1]);
  else if (isTruthValue(kind))
    simplified = simplifyCondition(kind, ids);
  else if (kind == ExprKind::Min || kind == ExprKind::Max)
    simplified = simplifyExtremum(kind, ids[0], ids[1]);
  else if (kind == ExprKind::Pow)
    simplified = simplifyPower(ids[0], ids[1]);
  else if (ids.size() == 1)
    simplified = simplifyFunction(kind, ids[0]);
  return simplified ? *simplified : internOperation(kind, ids);
}

} // namespace actin::simplifier
