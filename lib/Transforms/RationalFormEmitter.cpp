//===- RationalFormEmitter.cpp - Stable code for a rational form ----------===//

#include "Transforms/RationalFormEmitter.h"

#include "Transforms/RationalFormParts.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

using mlir::Value;

namespace actin {

unsigned AtomTable::get(Value value) {
  auto [it, isNew] = ids.insert({value, unsigned(atoms.size())});
  if (isNew)
    atoms.push_back({value, {}});
  return it->second;
}

unsigned AtomTable::addExponential(Value term, const Real &factor) {
  atoms.push_back({Value(), {term, factor}});
  return atoms.size() - 1;
}

bool hasOneSign(llvm::ArrayRef<Real> coefficients) {
  bool positive = false, negative = false;
  for (const Real &coefficient : coefficients) {
    if (coefficient.isZero())
      continue;
    (coefficient.isNegative() ? negative : positive) = true;
  }
  return !(positive && negative);
}

std::optional<Coefficients>
RationalFormEmitter::asCoefficients(const Polynomial &polynomial,
                                    unsigned exponential) const {
  Coefficients result;
  for (const Term &term : polynomial.getTerms()) {
    int power = term.monomial.getPower(exponential);
    Monomial rest = term.monomial;
    rest.multiply(exponential, -power);
    if (!rest.isOne() || power < 0 || power > 12)
      return std::nullopt;
    if (result.size() <= size_t(power))
      result.resize(power + 1, Real(0.0));
    result[power] = term.coefficient;
  }
  return result;
}

bool RationalFormEmitter::grows(const Monomial &monomial) const {
  return llvm::any_of(monomial.powers, [&](const auto &power) {
    Value value = atoms.getValue(power.first);
    return value &&
           isa_and_nonnull<act::ExpOp, act::Exp2Op, act::Expm1Op, act::SinhOp,
                           act::CoshOp>(value.getDefiningOp());
  });
}

std::optional<llvm::SmallVector<Polynomial, 4>>
RationalFormEmitter::asMixedCoefficients(const Polynomial &polynomial,
                                         unsigned exponential) const {
  llvm::SmallVector<Polynomial, 4> result;
  for (const Term &term : polynomial.getTerms()) {
    int power = term.monomial.getPower(exponential);
    if (power < 0 || power > 12 || term.coefficient.isNegative() ||
        grows(term.monomial))
      return std::nullopt;
    Term rest = term;
    rest.monomial.multiply(exponential, -power);
    if (result.size() <= size_t(power))
      result.resize(power + 1);
    result[power].add(rest);
  }
  return result;
}

bool RationalFormEmitter::split(const RationalForm &form, Parts &parts) const {
  parts.exponential = form.exponential;
  const auto &terms = form.numerator.getTerms();
  parts.shift = terms.front().monomial.getPower(form.exponential);
  int highest = parts.shift;
  for (const Term &term : terms) {
    int power = term.monomial.getPower(form.exponential);
    parts.shift = std::min(parts.shift, power);
    highest = std::max(highest, power);
  }
  if (highest - parts.shift > 12)
    return false;
  parts.common = form.numerator.getCommonMonomial();
  parts.common.multiply(form.exponential,
                        -parts.common.getPower(form.exponential));
  parts.coefficients.resize(highest - parts.shift + 1);
  for (const Term &term : terms) {
    int power = term.monomial.getPower(form.exponential);
    Term rest = term;
    rest.monomial.multiply(form.exponential, -power);
    for (const auto &[atom, count] : parts.common.powers)
      rest.monomial.multiply(atom, -count);
    parts.coefficients[power - parts.shift].add(rest);
  }
  for (const RationalForm::Factor &factor : form.denominator) {
    if (!factor.base.contains(form.exponential)) {
      parts.freeFactors.push_back(factor);
      continue;
    }
    auto coefficients = asCoefficients(factor.base, form.exponential);
    if (!coefficients) {
      auto mixed = asMixedCoefficients(factor.base, form.exponential);
      if (!mixed)
        return false;
      parts.mixedFactors.push_back({*mixed, factor.multiplicity});
      continue;
    }
    while (!hasOneSign(*coefficients)) {
      if (!divideByRoot(*coefficients, Real(1.0)))
        return false;
      parts.poles += factor.multiplicity;
    }
    parts.factors.push_back({*coefficients, factor.multiplicity});
  }
  // One expm1 overflows no earlier than the exponential does.
  return parts.poles != 1;
}

/// Where only even powers of E occur, E^2 takes its place: (E^2 - 1)/(E^2 + 1)
/// is a tanh.
void RationalFormEmitter::halvePowers(Parts &parts) const {
  auto isEven = [](const auto &coefficients) {
    for (size_t i = 1; i < coefficients.size(); i += 2)
      if (!coefficients[i].isZero())
        return false;
    return true;
  };
  auto halve = [](auto &coefficients) {
    size_t count = (coefficients.size() + 1) / 2;
    for (size_t i = 1; i != count; ++i)
      coefficients[i] = coefficients[2 * i];
    coefficients.resize(count);
  };
  while (parts.poles == 0 && parts.mixedFactors.empty() &&
         parts.shift % 2 == 0 && isEven(parts.coefficients) &&
         llvm::all_of(parts.factors, [&](const Parts::Factor &factor) {
           return isEven(factor.coefficients);
         })) {
    if (parts.coefficients.size() == 1 && parts.factors.empty())
      return;
    halve(parts.coefficients);
    for (Parts::Factor &factor : parts.factors)
      halve(factor.coefficients);
    parts.shift /= 2;
    parts.step *= 2;
  }
}

/// Splits (E - 1)^k off until no coefficients of opposite sign remain that the
/// same product of other atoms has; false where they do and nothing has been
/// split off.
bool RationalFormEmitter::extractRoots(Parts &parts) const {
  std::map<Monomial, Coefficients> byMonomial;
  for (size_t i = 0, e = parts.coefficients.size(); i != e; ++i)
    for (const Term &term : parts.coefficients[i].getTerms()) {
      Coefficients &entry = byMonomial[term.monomial];
      entry.resize(e, Real(0.0));
      entry[i] = term.coefficient;
    }
  bool stable = llvm::all_of(
      byMonomial, [](const auto &entry) { return hasOneSign(entry.second); });
  if (stable || byMonomial.size() != 1)
    return stable;
  auto &[monomial, coefficients] = *byMonomial.begin();
  // What is left may have roots elsewhere, as written.
  while (!hasOneSign(coefficients) && coefficients.size() > 1 &&
         divideByRoot(coefficients, Real(1.0)))
    ++parts.roots;
  if (parts.roots == 0)
    return false;
  parts.coefficients.clear();
  for (const Real &coefficient : coefficients) {
    Polynomial polynomial;
    polynomial.add({coefficient, monomial});
    parts.coefficients.push_back(polynomial);
  }
  return true;
}

Value RationalFormEmitter::emit(const RationalForm &form, mlir::Operation &op) {
  if (form.numerator.isZero())
    return constant(Real(0.0));
  bool usesExponential =
      form.hasExponential() &&
      (form.numerator.contains(form.exponential) ||
       llvm::any_of(form.denominator, [&](const auto &factor) {
         return factor.base.contains(form.exponential);
       }));
  if (!usesExponential)
    return form.cancelled ? emitFree(form) : Value();
  if (Value sum = emitIndependent(form, op))
    return sum;
  Parts parts;
  if (!split(form, parts))
    return {};
  halvePowers(parts);
  bool isSeparate = hasSeparateTerm(form);
  if (isSeparate || !extractRoots(parts)) {
    if (Value growth = isSecond ? emitGrowth(parts) : Value())
      return growth;
    Value sum = emitByMonomial(form, op);
    if (sum || isSeparate)
      return sum;
    // The root stays what it is as written; nothing overflows any more.
    parts.roots = 0;
    return emitGeneral(parts, emitArgument(form.exponential, parts.step));
  }
  if (parts.factors.empty() && parts.mixedFactors.empty() &&
      parts.degree() == 0)
    return {}; // A power of E and nothing else.
  Value u = emitArgument(form.exponential, parts.step);
  if (Value known = emitKnown(parts, u))
    return known.getDefiningOp()->getName() == op.getName() &&
                   op.getNumOperands() == 1
               ? Value()
               : known;
  return emitGeneral(parts, u);
}

/// (c[0] + c[1] E + …) E^n / d where neither the c nor d have E, and d is no
/// constant: nothing overflows that is not brought together, and as smooth as
/// the form is. Terms of several products of other atoms would each overflow.
Value RationalFormEmitter::emitGrowth(const Parts &parts) {
  if (!parts.factors.empty() || !parts.mixedFactors.empty() ||
      parts.poles != 0 || parts.roots != 0 || parts.shift < 0 ||
      parts.degree() == 0 || parts.freeFactors.empty() ||
      llvm::all_of(parts.coefficients, [](const Polynomial &coefficient) {
        return coefficient.getTerms().size() < 2;
      }))
    return {};
  Value e = act::ExpOp::create(builder, location,
                               emitArgument(parts.exponential, parts.step));
  Value sum;
  for (const Polynomial &coefficient : llvm::reverse(parts.coefficients)) {
    if (sum)
      sum = multiply(sum, e);
    if (coefficient.isZero())
      continue;
    Value term = emitPolynomial(coefficient);
    sum = sum ? act::AddOp::create(builder, location, term, sum).getResult()
              : term;
  }
  Value result = multiply(power(e, parts.shift), sum);
  for (const auto &[atom, count] : parts.common.powers)
    result = multiply(result, power(atoms.getValue(atom), count));
  return act::DivOp::create(builder, location, result,
                            emitDenominator(parts, Value(), Value()));
}

/// Forms that are one built-in function, times terms without E.
Value RationalFormEmitter::emitKnown(const Parts &parts, Value u) {
  if (parts.coefficients.size() != 1 || parts.poles != 0 ||
      !parts.mixedFactors.empty())
    return {};
  auto scaled = [&](Value function) {
    Polynomial scale = parts.coefficients[0];
    Polynomial common;
    common.add({Real(1.0), parts.common});
    RationalForm rest{scale * common, parts.freeFactors};
    Value factor = emitFree(rest);
    auto one = factor.getDefiningOp<act::ConstantOp>();
    return one && one.getValue().getValue() == Real(1.0)
               ? function
               : multiply(factor, function);
  };
  if (parts.roots == 0 && parts.isOverOnePlusE() &&
      (parts.shift == 0 || parts.shift == 1)) {
    Value argument =
        parts.shift == 1 ? u : act::NegOp::create(builder, location, u);
    return scaled(act::SigmoidOp::create(builder, location, argument));
  }
  // 1 - 1 / E = -expm1(-u).
  if (parts.roots == 1 && parts.shift == -1 && parts.factors.empty()) {
    Value minus = act::NegOp::create(builder, location, u);
    Value expm1 = act::Expm1Op::create(builder, location, minus);
    return scaled(act::NegOp::create(builder, location, expm1));
  }
  if (parts.roots != 1 || parts.shift != 0)
    return {};
  if (parts.isOverOnePlusE()) {
    const auto &exponential = atoms.getExponential(parts.exponential);
    Real factor = exponential.factor * Real(0.5 * parts.step);
    Value half = factor == Real(1.0)
                     ? exponential.term
                     : multiply(constant(factor), exponential.term);
    return scaled(act::TanhOp::create(builder, location, half));
  }
  if (parts.factors.empty())
    return scaled(act::Expm1Op::create(builder, location, u));
  return {};
}

/// Whether the coefficients are the same for E and 1 / E.
static bool isSymmetric(const RationalFormEmitter::Parts &parts) {
  auto isPalindrome = [](const auto &coefficients) {
    return llvm::equal(coefficients, llvm::reverse(coefficients));
  };
  return parts.mixedFactors.empty() && isPalindrome(parts.coefficients) &&
         llvm::all_of(parts.factors, [&](const auto &factor) {
           return isPalindrome(factor.coefficients);
         });
}

Value RationalFormEmitter::emitGeneral(const Parts &parts, Value u) {
  int onNegative = parts.shift;
  int onPositive = parts.denominatorDegree() - parts.degree() - parts.shift;
  if (onNegative < 0 || onPositive < 0)
    return {}; // Grows like an exponential.
  if (parts.poles != 0 && (onNegative != onPositive || !isSymmetric(parts)))
    return {}; // A choice at the pole would hide a series there.
  // In a second derivative a product with what grows may follow.
  if (Value held = isSecond ? Value() : emitHeld(parts))
    return held;
  Value zero = constant(Real(0.0)), one = constant(Real(1.0));
  Value isPositive =
      act::CmpOp::create(builder, location, act::CmpPredicate::gt, u, zero);
  Value minus = act::NegOp::create(builder, location,
                                   act::AbsOp::create(builder, location, u));
  Value z = act::ExpOp::create(builder, location, minus);
  Value result;
  if (onNegative != onPositive) {
    Value high = power(z, onPositive), low = power(z, onNegative);
    result = multiply(result,
                      act::WhereOp::create(builder, location, isPositive,
                                           high ? high : one, low ? low : one));
  } else {
    result = multiply(result, power(z, onNegative));
  }
  if (parts.roots != 0) {
    Value expm1 = act::Expm1Op::create(builder, location, minus);
    Value root = parts.roots % 2 == 0
                     ? expm1
                     : act::WhereOp::create(
                           builder, location, isPositive,
                           act::NegOp::create(builder, location, expm1), expm1)
                           .getResult();
    result = multiply(result, power(root, parts.roots));
  }
  // The other factors, which may be large, come on top of what may be small.
  auto multiplyCommon = [&] {
    for (const auto &[atom, count] : parts.common.powers)
      result = multiply(result, power(atoms.getValue(atom), count));
  };
  if (Value nearOne = emitQuotientNearOne(parts, z, isPositive)) {
    multiplyCommon();
    return multiply(result, nearOne);
  }
  Value polynomial = emitHorner(parts.coefficients, z, isPositive);
  auto known = polynomial.getDefiningOp<act::ConstantOp>();
  if (!known || !(known.getValue().getValue() == Real(1.0)))
    result = multiply(result, polynomial);
  multiplyCommon();
  Value denominator = emitDenominator(parts, z, isPositive);
  if (!result)
    result = one;
  if (denominator)
    result = act::DivOp::create(builder, location, result, denominator);
  return divideByPoles(result, parts.poles, u, minus);
}

/// By one after the other: a product of them may be below every range. With the
/// sign of E - 1, smooth but for that: a series may be found of the quotient.
Value RationalFormEmitter::divideByPoles(Value quotient, int count, Value u,
                                         Value minus) {
  if (count == 0)
    return quotient;
  Value pole = act::Expm1Op::create(builder, location, minus);
  for (int i = 0; i != count; ++i)
    quotient = act::DivOp::create(builder, location, quotient, pole);
  if (count % 2 == 0)
    return quotient;
  Value sign = act::SignOp::create(builder, location, u);
  return multiply(act::NegOp::create(builder, location, sign), quotient);
}

/// N / D, where N and D agree at z = 0 on both sides and z C = D - N, with no
/// negative coefficient, is at most half of D: as N / (N + z C), or in f64,
/// which has no cheap pairs, 1 - z C / D. Their roundings then count for no
/// more than their distance. Null where that is not so.
Value RationalFormEmitter::emitQuotientNearOne(const Parts &parts, Value z,
                                               Value isPositive) {
  if (parts.factors.size() != 1 || parts.factors[0].multiplicity != 1 ||
      !parts.mixedFactors.empty() || parts.poles != 0 ||
      !parts.freeFactors.empty() || parts.coefficients.size() < 2)
    return {};
  const Coefficients &divisor = parts.factors[0].coefficients;
  Coefficients numerator;
  for (const Polynomial &coefficient : parts.coefficients) {
    std::optional<Real> known = coefficient.asConstant();
    if (!known)
      return {};
    numerator.push_back(*known);
  }
  if (divisor.size() < 3 || numerator.size() > divisor.size())
    return {};
  /// C for one side, from its constant term on.
  auto complement = [&](bool reversed) -> std::optional<Coefficients> {
    auto at = [&](const Coefficients &c, size_t i) {
      return i >= c.size() ? Real(0.0) : c[reversed ? c.size() - 1 - i : i];
    };
    Coefficients rest;
    Real sum(0.0), total = at(divisor, 0);
    for (size_t i = 0; i != divisor.size(); ++i) {
      Real difference = at(divisor, i) - at(numerator, i);
      if (difference.isNegative() || (i == 0 && !difference.isZero()))
        return std::nullopt;
      if (i == 0)
        continue;
      rest.push_back(difference);
      sum = sum + difference;
      total = total + at(divisor, i);
    }
    if (total < sum * Real(2.0))
      return std::nullopt;
    return rest;
  };
  std::optional<Coefficients> low = complement(false), high = complement(true);
  if (!low || !high)
    return {};
  Value rest = multiply(z, emitHorner(*low, *high, z, isPositive));
  if (isF64) {
    Value quotient = act::DivOp::create(builder, location, rest,
                                        emitDenominator(parts, z, isPositive));
    return act::SubOp::create(builder, location, constant(Real(1.0)), quotient);
  }
  Value above = emitHorner(parts.coefficients, z, isPositive);
  Value below = act::AddOp::create(builder, location, above, rest);
  return act::DivOp::create(builder, location, above, below);
}

} // namespace actin
