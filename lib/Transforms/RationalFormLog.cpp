//===- RationalFormLog.cpp - Logarithms of rational forms -----------------===//

#include "Transforms/FlatProduct.h"
#include "Transforms/RationalFormParts.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using mlir::Value;

namespace actin {

bool divideByRoot(llvm::SmallVectorImpl<Real> &coefficients, const Real &root) {
  llvm::SmallVector<Real, 4> quotient(coefficients.size() - 1, Real(0.0));
  Real carry(0.0);
  for (size_t i = coefficients.size(); i-- > 0;) {
    Real value = coefficients[i] + carry * root;
    if (i == 0 ? !value.isZero() : false)
      return false;
    if (i > 0)
      quotient[i - 1] = value;
    carry = value;
  }
  coefficients.assign(quotient.begin(), quotient.end());
  return true;
}

/// Powers of (1 + E) in `coefficients`, which is nothing else; nullopt
/// otherwise.
static std::optional<int> countOnePlusE(llvm::ArrayRef<Real> coefficients) {
  llvm::SmallVector<Real, 4> rest(coefficients);
  int count = 0;
  for (; rest.size() > 1; ++count)
    if (!divideByRoot(rest, Real(-1.0)))
      return std::nullopt;
  return rest[0] == Real(1.0) ? std::optional(count) : std::nullopt;
}

/// log of E^s P(E) where P has other atoms, too: what grows is linear in u, and
/// next to 1 the rest is a log1p.
Value RationalFormEmitter::emitLogOfMixed(const Parts &parts) {
  llvm::SmallVector<Polynomial, 4> low;
  Polynomial common;
  common.add({Real(1.0), parts.common});
  for (const Polynomial &coefficient : parts.coefficients) {
    low.push_back(coefficient * common);
    for (const Term &term : low.back().getTerms())
      if (term.coefficient.isNegative() || grows(term.monomial))
        return {};
  }
  if (low.size() < 2)
    return {};
  Value u = emitArgument(parts.exponential, parts.step);
  Value isPositive = act::CmpOp::create(
      builder, location, act::CmpPredicate::gt, u, constant(Real(0.0)));
  Value z = act::ExpOp::create(
      builder, location,
      act::NegOp::create(builder, location,
                         act::AbsOp::create(builder, location, u)));
  Value rest = emitHorner(low, z, isPositive);
  auto high = llvm::to_vector(llvm::reverse(low));
  low.front().add({Real(-1.0), {}});
  high.front().add({Real(-1.0), {}});
  Value beyondOne = emitHorner(low, high, z, isPositive);
  Value isSmall = act::CmpOp::create(builder, location, act::CmpPredicate::lt,
                                     rest, constant(Real(0.5)));
  Value log = act::WhereOp::create(
      builder, location, isSmall, act::LogOp::create(builder, location, rest),
      act::Log1pOp::create(builder, location, beyondOne));
  auto scaled = [&](int count) {
    return multiply(constant(Real(double(count))), u);
  };
  Value linear = act::WhereOp::create(builder, location, isPositive,
                                      scaled(parts.shift + parts.degree()),
                                      scaled(parts.shift));
  return act::AddOp::create(builder, location, linear, log);
}

/// (n - d) / (E - 1)^count, which is no multiple of E - 1, of polynomials that
/// agree at 1; nullopt where they do not.
static std::optional<std::pair<llvm::SmallVector<Real, 4>, int>>
divideDifference(llvm::ArrayRef<Real> n, llvm::ArrayRef<Real> d) {
  llvm::SmallVector<Real, 4> rest(std::max(n.size(), d.size()), Real(0.0));
  for (auto [i, coefficient] : llvm::enumerate(n))
    rest[i] = rest[i] + coefficient;
  for (auto [i, coefficient] : llvm::enumerate(d))
    rest[i] = rest[i] - coefficient;
  int count = 0;
  for (; rest.size() > 1; ++count) {
    // By Horner's rule from the top; the last sum is the value at 1, which is
    // that of a decimal constant's rounding where it is 0 over the reals.
    double largest = 0;
    for (const Real &coefficient : rest)
      largest = std::max(largest, std::fabs(coefficient.toDouble()));
    llvm::SmallVector<Real, 4> quotient(rest.size() - 1, Real(0.0));
    Real carry(0.0);
    for (size_t i = rest.size(); i-- > 1;)
      quotient[i - 1] = carry = carry + rest[i];
    if (std::fabs((carry + rest[0]).toDouble()) > std::ldexp(largest, -100))
      break;
    rest = quotient;
  }
  return count == 0 ? std::nullopt : std::optional(std::pair(rest, count));
}

/// log(N / D) = log1p((N - D) / D) for |u| < 1, where N - D has a root at u =
/// 0, and so the logarithm; null where it has not.
Value RationalFormEmitter::emitLogNextToRoot(const Parts &parts,
                                             llvm::ArrayRef<Real> numerator,
                                             Value u) {
  if (parts.factors.size() > 1 ||
      (!parts.factors.empty() && parts.factors[0].multiplicity != 1))
    return {};
  // Of a multiple of an argument a series next to 0 does better.
  FlatProduct argument;
  if (parts.shift < 0 &&
      (!argument.multiply(atoms.getExponential(parts.exponential).term, 1) ||
       argument.isOfArguments()))
    return {};
  Coefficients above(std::max(parts.shift, 0), Real(0.0));
  Coefficients below(std::max(-parts.shift, 0), Real(0.0));
  above.append(numerator.begin(), numerator.end());
  if (parts.factors.empty())
    below.push_back(Real(1.0));
  else
    below.append(parts.factors[0].coefficients);
  auto rest = divideDifference(above, below);
  if (!rest)
    return {};
  Value e = act::ExpOp::create(builder, location, u);
  Value root = act::Expm1Op::create(builder, location, u);
  Value ratio = multiply(power(root, rest->second),
                         emitHorner(rest->first, rest->first, e, {}));
  if (below.size() > 1)
    ratio = act::DivOp::create(builder, location, ratio,
                               emitHorner(below, below, e, {}));
  return act::Log1pOp::create(builder, location, ratio);
}

std::optional<Coefficients>
RationalFormEmitter::getPositiveNumerator(const Parts &parts) const {
  Coefficients numerator;
  for (const Polynomial &coefficient : parts.coefficients) {
    std::optional<Real> value = coefficient.asConstant();
    if (!value || value->isNegative())
      return std::nullopt;
    numerator.push_back(*value);
  }
  return numerator;
}

bool RationalFormEmitter::splitForLog(const RationalForm &form,
                                      Parts &parts) const {
  if (!form.hasExponential() || form.numerator.isZero() ||
      !split(form, parts) || parts.poles != 0 || !parts.freeFactors.empty() ||
      !parts.mixedFactors.empty())
    return false;
  halvePowers(parts);
  return true;
}

Value RationalFormEmitter::emitLogBesideLinear(const RationalForm &form) {
  Parts parts;
  if (!splitForLog(form, parts) || !parts.common.isOne())
    return {};
  std::optional<Coefficients> numerator = getPositiveNumerator(parts);
  return numerator
             ? emitLogOfPolynomials(parts, *numerator,
                                    emitArgument(parts.exponential, parts.step),
                                    /*withLinear=*/false)
             : Value();
}

Value RationalFormEmitter::emitLog(const RationalForm &form) {
  Parts parts;
  if (!splitForLog(form, parts))
    return {};
  bool isMixed = llvm::any_of(parts.coefficients, [](const auto &coefficient) {
    return !coefficient.asConstant();
  });
  if ((isMixed || !parts.common.isOne()) && parts.factors.empty())
    return emitLogOfMixed(parts);
  if (!parts.common.isOne())
    return {};
  std::optional<Coefficients> numerator = getPositiveNumerator(parts);
  if (!numerator)
    return {};
  Value u = emitArgument(parts.exponential, parts.step);
  std::optional<int> softplusCount = countOnePlusE(*numerator);
  for (const Parts::Factor &factor : parts.factors) {
    std::optional<int> count = countOnePlusE(factor.coefficients);
    if (softplusCount && count)
      *softplusCount -= *count * factor.multiplicity;
    else
      softplusCount.reset();
  }
  auto times = [&](int count, Value value) {
    return count == 1 ? value : multiply(constant(Real(double(count))), value);
  };
  if (softplusCount && *softplusCount != 0) {
    if (parts.shift == 0)
      return times(*softplusCount,
                   act::SoftplusOp::create(builder, location, u));
    // s u - s softplus(u) = s logsigmoid(u).
    if (parts.shift == -*softplusCount)
      return times(parts.shift,
                   act::LogsigmoidOp::create(builder, location, u));
  }
  Value log = emitLogOfPolynomials(parts, *numerator, u);
  for (bool atPlus : {false, true})
    if (Value tail = emitLogTail(parts, *numerator, u, atPlus)) {
      Value isTail = act::CmpOp::create(builder, location,
                                        atPlus ? act::CmpPredicate::gt
                                               : act::CmpPredicate::lt,
                                        u, constant(Real(0.0)));
      log = act::WhereOp::create(builder, location, isTail, tail, log);
    }
  Value nextToRoot = emitLogNextToRoot(parts, *numerator, u);
  if (!nextToRoot)
    return log;
  Value isNear = act::CmpOp::create(builder, location, act::CmpPredicate::lt,
                                    act::AbsOp::create(builder, location, u),
                                    constant(Real(1.0)));
  return act::WhereOp::create(builder, location, isNear, nextToRoot, log);
}

/// log(N / D) = log1p((N - D) / D) on the side where N / D goes to 1 as 1 + z^2
/// does, or faster: what is linear in z cancels in a difference of logarithms.
/// Null for others.
Value RationalFormEmitter::emitLogTail(const Parts &parts,
                                       llvm::ArrayRef<Real> numerator, Value u,
                                       bool atPlus) {
  Coefficients above(std::max(parts.shift, 0), Real(0.0)), below = {Real(1.0)};
  above.append(numerator.begin(), numerator.end());
  for (const Parts::Factor &factor : parts.factors)
    for (int i = 0; i != factor.multiplicity; ++i)
      below = multiplyOut(below, factor.coefficients);
  if (parts.shift < 0 || (atPlus && above.size() != below.size()))
    return {};
  if (atPlus) {
    std::reverse(above.begin(), above.end());
    std::reverse(below.begin(), below.end());
  }
  Coefficients rest = above;
  addTo(rest, multiplyOut(below, {Real(-1.0)}));
  auto *first = llvm::find_if(rest, [](const Real &c) { return !c.isZero(); });
  if (first - rest.begin() < 2 || first == rest.end() || !hasOneSign(rest))
    return {};
  Value z = act::ExpOp::create(
      builder, location,
      act::NegOp::create(builder, location,
                         act::AbsOp::create(builder, location, u)));
  Value ratio =
      act::DivOp::create(builder, location, emitHorner(rest, rest, z, Value()),
                         emitHorner(below, below, z, Value()));
  return act::Log1pOp::create(builder, location, ratio);
}

/// log of E^s N(E) / D(E), coefficients positive: what grows is linear in u,
/// the rest a log1p of z = e^-|u|.
Value RationalFormEmitter::emitLogOfPolynomials(const Parts &parts,
                                                llvm::ArrayRef<Real> numerator,
                                                Value u, bool withLinear) {
  int onNegative = parts.shift;
  int onPositive = parts.shift + parts.degree() - parts.denominatorDegree();
  auto scaled = [&](int count, Value value) {
    return multiply(constant(Real(double(count))), value);
  };
  Value isPositive = act::CmpOp::create(
      builder, location, act::CmpPredicate::gt, u, constant(Real(0.0)));
  Value magnitude = act::AbsOp::create(builder, location, u);
  Value sum;
  if (withLinear && onPositive == -onNegative)
    sum = scaled(onPositive, magnitude);
  else if (withLinear)
    sum = act::WhereOp::create(builder, location, isPositive,
                               scaled(onPositive, u), scaled(onNegative, u));
  Value z = act::ExpOp::create(
      builder, location, act::NegOp::create(builder, location, magnitude));
  auto addLog = [&](llvm::ArrayRef<Real> coefficients, int count) {
    if (coefficients.size() < 2 && coefficients[0] == Real(1.0))
      return;
    // Relative to the constant term, which is the other end for u > 0.
    Value term;
    llvm::SmallVector<Polynomial, 4> rest(coefficients.size());
    const Real &low = coefficients.front(), &high = coefficients.back();
    Value logs = act::WhereOp::create(builder, location, isPositive,
                                      constant(evaluateUnary("log", high)),
                                      constant(evaluateUnary("log", low)));
    for (size_t i = coefficients.size() - 1; i >= 1; --i) {
      Value coefficient = act::WhereOp::create(
          builder, location, isPositive,
          constant(coefficients[coefficients.size() - 1 - i] / high),
          constant(coefficients[i] / low));
      term = term ? act::AddOp::create(builder, location, coefficient,
                                       multiply(term, z))
                  : coefficient;
    }
    Value log = logs;
    if (term)
      log = act::AddOp::create(
          builder, location, logs,
          act::Log1pOp::create(builder, location, multiply(term, z))
              .getResult());
    log = count == 1 ? log : multiply(constant(Real(double(count))), log);
    sum =
        sum ? act::AddOp::create(builder, location, sum, log).getResult() : log;
  };
  addLog(numerator, 1);
  for (const Parts::Factor &factor : parts.factors)
    addLog(factor.coefficients, -factor.multiplicity);
  return sum;
}

} // namespace actin
