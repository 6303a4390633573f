//===- ExponentialTail.cpp - What vanishes or grows exponentially ---------===//

#include "Transforms/ExponentialTail.h"

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using mlir::Operation;
using mlir::Value;

namespace actin {

using act::RealValue;

double ExponentialTail::getBound(bool isF64) const {
  // e^w is nothing beside 1, nor is a multiple w e^w.
  double least = isF64 ? -40.0 : -20.0;
  if (!isConstant())
    least -= 5;
  return std::min(bound, least / gap);
}

static ExponentialTail makeConstant(const Real &value) {
  ExponentialTail tail;
  tail.polynomial = {value};
  return tail;
}

/// Within the bound and the gap of another one, of which it is made.
static ExponentialTail limitedBy(ExponentialTail tail,
                                 const ExponentialTail &other) {
  tail.gap = std::min(tail.gap, other.gap);
  tail.bound = std::min(tail.bound, other.bound);
  return tail;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

std::optional<ExponentialTail> multiplyTails(const ExponentialTail &x,
                                             const ExponentialTail &y) {
  constexpr size_t maxTerms = 5;
  size_t numTerms = x.polynomial.size() + y.polynomial.size() - 1;
  if (numTerms > maxTerms)
    return std::nullopt;
  ExponentialTail product = limitedBy(x, y);
  product.power += y.power;
  product.polynomial.assign(numTerms, Real(0.0));
  for (size_t i = 0; i != x.polynomial.size(); ++i)
    for (size_t j = 0; j != y.polynomial.size(); ++j)
      product.polynomial[i + j] =
          product.polynomial[i + j] + x.polynomial[i] * y.polynomial[j];
  return product;
}

static ExponentialTail negate(ExponentialTail tail) {
  for (Real &coefficient : tail.polynomial)
    coefficient = -coefficient;
  return tail;
}

static std::optional<ExponentialTail> divide(const ExponentialTail &x,
                                             const ExponentialTail &y) {
  if (!y.isConstant())
    return std::nullopt;
  ExponentialTail quotient = limitedBy(x, y);
  quotient.power -= y.power;
  for (Real &coefficient : quotient.polynomial)
    coefficient = coefficient / y.polynomial[0];
  return quotient;
}

/// The one that vanishes last; nullopt where they cancel.
static std::optional<ExponentialTail> add(const ExponentialTail &x,
                                          const ExponentialTail &y) {
  if (x.power != y.power) {
    ExponentialTail sum = x.power < y.power ? limitedBy(x, y) : limitedBy(y, x);
    sum.gap = std::min(sum.gap, std::fabs(x.power - y.power));
    return sum;
  }
  ExponentialTail sum = limitedBy(x, y);
  sum.polynomial.resize(std::max(x.polynomial.size(), y.polynomial.size()),
                        Real(0.0));
  for (size_t i = 0; i != y.polynomial.size(); ++i)
    sum.polynomial[i] = sum.polynomial[i] + y.polynomial[i];
  while (!sum.polynomial.empty() && sum.polynomial.back().isZero())
    sum.polynomial.pop_back();
  if (sum.polynomial.empty())
    return std::nullopt;
  return sum;
}

/// tail^(halves / 2).
static std::optional<ExponentialTail> raise(const ExponentialTail &tail,
                                            int64_t halves) {
  bool isRoot = halves % 2 != 0;
  if (!tail.isConstant() &&
      (isRoot || halves < 0)) // A polynomial's root is no polynomial.
    return std::nullopt;
  if (isRoot && !(Real(0.0) < tail.polynomial[0]))
    return std::nullopt;
  ExponentialTail step = tail;
  if (isRoot)
    step.polynomial[0] = evaluateUnary("sqrt", tail.polynomial[0]);
  std::optional<ExponentialTail> power = limitedBy(makeConstant(1.0), tail);
  step.power = 0;
  for (int64_t i = 0, e = std::abs(isRoot ? halves : halves / 2);
       power && i != e; ++i)
    power = multiplyTails(*power, step);
  if (power && halves < 0)
    power->polynomial[0] = Real(1.0) / power->polynomial[0];
  if (power)
    power->power = tail.power * double(halves) / 2;
  return power;
}

/// n where `op` is the power n / 2 of its first operand; 0 for other
/// operations.
static int64_t getHalfPower(Operation *op) {
  if (isa<act::SqrtOp>(op))
    return 1;
  std::optional<Real> exponent =
      isa<act::PowOp>(op) ? getConstant(op->getOperand(1)) : std::nullopt;
  std::optional<int64_t> halves =
      exponent ? (*exponent * Real(2.0)).asInteger() : std::nullopt;
  return halves && std::abs(*halves) <= 16 ? *halves : 0;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// The k of c + k w, a multiple of 1 / 2; 0 for other values.
static double getRate(const ExponentialTail &argument) {
  if (argument.power != 0 || argument.polynomial.size() != 2)
    return 0;
  std::optional<int64_t> halves =
      (argument.polynomial[1] * Real(2.0)).asInteger();
  return halves && std::abs(*halves) <= 16 ? double(*halves) / 2 : 0;
}

/// e^(c + k w).
static ExponentialTail exponentiate(const ExponentialTail &argument) {
  ExponentialTail tail = limitedBy(
      makeConstant(evaluateUnary("exp", argument.polynomial[0])), argument);
  tail.power = getRate(argument);
  return tail;
}

/// Of exp and expm1.
std::optional<ExponentialTail>
TailMatcher::ofExponential(Operation *op, const ExponentialTail &argument) {
  bool subtractsOne = isa<act::Expm1Op>(op);
  if (argument.vanishes()) {
    ExponentialTail tail =
        subtractsOne ? argument : limitedBy(makeConstant(1.0), argument);
    tail.gap = std::min(tail.gap, argument.power);
    return tail;
  }
  double rate = getRate(argument);
  if (rate == 0)
    return std::nullopt;
  ExponentialTail power = exponentiate(argument);
  return subtractsOne ? add(power, makeConstant(-1.0)) : power;
}

/// Of sigmoid, softplus (for logsigmoid, too) and tanh, of c + k w.
std::optional<ExponentialTail>
TailMatcher::ofLogistic(Operation *op, const ExponentialTail &argument) {
  double rate = getRate(argument);
  if (rate == 0)
    return std::nullopt;
  ExponentialTail tail = argument;
  if (isa<act::TanhOp>(op))
    tail = limitedBy(makeConstant(rate < 0 ? 1.0 : -1.0), argument);
  else if (rate > 0)
    tail = exponentiate(argument);
  else if (isa<act::SigmoidOp>(op))
    tail = limitedBy(makeConstant(1.0), argument);
  tail.gap = std::min(tail.gap, std::fabs(rate));
  return tail;
}

std::optional<ExponentialTail> TailMatcher::ofFunction(Operation *op) {
  if (isa<act::AbsOp>(op)) {
    Tail operand = match(op->getOperand(0));
    // |k w| = -|k| w.
    if (!operand || getRate(*operand) == 0 || !operand->polynomial[0].isZero())
      return std::nullopt;
    return getRate(*operand) > 0 ? negate(*operand) : *operand;
  }
  if (!isa<act::ExpOp, act::Expm1Op, act::SigmoidOp, act::SoftplusOp,
           act::LogsigmoidOp, act::TanhOp, act::Log1pOp, act::SinhOp,
           act::AsinhOp, act::AtanOp>(op))
    return std::nullopt;
  Tail argument = match(op->getOperand(0));
  if (!argument)
    return std::nullopt;
  if (isa<act::ExpOp, act::Expm1Op>(op))
    return ofExponential(op, *argument);
  if (isa<act::LogsigmoidOp>(op)) { // -softplus(-u).
    Tail softplus = ofLogistic(op, negate(*argument));
    return softplus ? Tail(negate(*softplus)) : std::nullopt;
  }
  if (isa<act::SigmoidOp, act::SoftplusOp>(op) ||
      (isa<act::TanhOp>(op) && !argument->vanishes()))
    return ofLogistic(op, *argument);
  if (!argument->vanishes())
    return std::nullopt;
  argument->gap = std::min(argument->gap, argument->power);
  return argument;
}

/// What a comparison of k w with a constant selects far out.
std::optional<ExponentialTail> TailMatcher::ofSelection(Operation *where) {
  auto cmp = where->getOperand(0).getDefiningOp<act::CmpOp>();
  std::optional<Real> limit = cmp ? getConstant(cmp.getRhs()) : std::nullopt;
  Tail compared = limit ? match(cmp.getLhs()) : std::nullopt;
  double rate = compared ? getRate(*compared) : 0;
  if (rate == 0 || !compared->polynomial[0].isZero())
    return std::nullopt;
  bool isLess = false;
  switch (cmp.getPredicate()) {
  case act::CmpPredicate::lt:
  case act::CmpPredicate::le:
    isLess = true;
    break;
  case act::CmpPredicate::gt:
  case act::CmpPredicate::ge:
    break;
  default:
    return std::nullopt;
  }
  bool isFirst = isLess == rate > 0; // k w goes to minus infinity for k > 0.
  Tail chosen = match(where->getOperand(isFirst ? 1 : 2));
  if (chosen)
    chosen->bound =
        std::min(chosen->bound, -std::fabs(limit->toDouble() / rate));
  return chosen;
}

std::optional<ExponentialTail> TailMatcher::match(Value value) {
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  known[value] = std::nullopt; // While it is looked at.
  Tail tail = compute(value);
  known[value] = tail;
  return tail;
}

std::optional<ExponentialTail> TailMatcher::compute(Value value) {
  if (value == variable.u) {
    ExponentialTail tail;
    tail.polynomial = {Real(0.0), Real(variable.getSign())};
    return tail;
  }
  if (std::optional<Real> constant = getConstant(value))
    return constant->isZero() || constant->isInfinity()
               ? std::nullopt
               : std::optional(makeConstant(*constant));
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (isa<act::WhereOp>(op))
    return ofSelection(op);
  bool isBinary = isa<act::MulOp, act::DivOp, act::AddOp, act::SubOp>(op);
  int64_t halves = getHalfPower(op);
  if (!isBinary && halves == 0 && !isa<act::NegOp>(op))
    return ofFunction(op);
  Tail x = match(op->getOperand(0));
  if (x && isa<act::NegOp>(op))
    return negate(*x);
  if (x && halves != 0)
    return raise(*x, halves);
  Tail y = x && isBinary ? match(op->getOperand(1)) : std::nullopt;
  if (!y)
    return std::nullopt;
  if (isa<act::MulOp>(op))
    return multiplyTails(*x, *y);
  if (isa<act::DivOp>(op))
    return divide(*x, *y);
  return add(*x, isa<act::SubOp>(op) ? negate(*y) : *y);
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

static bool isNeverNegative(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isa<act::MulOp>(op))
    return op->getOperand(0) == op->getOperand(1);
  std::optional<Real> power =
      isa<act::PowOp>(op) ? getConstant(op->getOperand(1)) : std::nullopt;
  if (std::optional<int64_t> n = power ? power->asInteger() : std::nullopt)
    return *n % 2 == 0;
  return isa<act::ExpOp, act::SoftplusOp, act::SigmoidOp, act::AbsOp,
             act::SqrtOp>(op);
}

/// What the argument of an exponential is a multiple of, but for a constant
/// beside it.
static Value getBase(Value argument) {
  Value base = splitConstantFactor(argument).term;
  if (auto abs = base.getDefiningOp<act::AbsOp>())
    base = splitConstantFactor(abs.getOperand()).term;
  std::optional<Sum> sum =
      base.getDefiningOp() ? matchSum(base.getDefiningOp()) : std::nullopt;
  std::optional<ConstantAndTerm> parts =
      sum ? matchConstantAndTerm(*sum) : std::nullopt;
  return parts ? parts->term.term : base;
}

static void collectBases(Value value, llvm::DenseSet<Value> &seen,
                         llvm::SmallVectorImpl<Value> &bases) {
  constexpr size_t maxSeen = 64;
  Operation *op = value.getDefiningOp();
  if (!op || seen.size() >= maxSeen || !seen.insert(value).second)
    return;
  for (Value operand : op->getOperands())
    collectBases(operand, seen, bases);
  if (!isa<act::ExpOp, act::Expm1Op, act::SigmoidOp, act::SoftplusOp,
           act::LogsigmoidOp>(op))
    return;
  Value base = getBase(op->getOperand(0));
  if (!getConstant(base) && !llvm::is_contained(bases, base))
    bases.push_back(base);
}

llvm::SmallVector<TailVariable> findTailVariables(Value value) {
  llvm::DenseSet<Value> seen;
  llvm::SmallVector<Value> bases;
  collectBases(value, seen, bases);
  llvm::SmallVector<TailVariable> variables;
  for (Value base : bases) {
    if (!isNeverNegative(base))
      variables.push_back({base, /*isNegated=*/false});
    variables.push_back({base, /*isNegated=*/true});
  }
  return variables;
}

RealValue emitTail(const ExponentialTail &tail, const RealValue &w) {
  RealValue value = w.constant(tail.polynomial.back());
  for (size_t i = tail.polynomial.size() - 1; i-- > 0;) {
    value = value * w;
    if (!tail.polynomial[i].isZero())
      value = value + w.constant(tail.polynomial[i]);
  }
  return tail.power == 0 ? value : value * exp(tail.power * w);
}

} // namespace actin
