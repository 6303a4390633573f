//===- RationalFormLogSum.cpp - Rational forms beside logarithms ----------===//
//
// u R'(E) - log R(E), and what is proportional to it: the derivative of
// log R(e^(s x)) / s by s. Both terms grow like u, and their difference
// vanishes: what of the logarithm is linear in u is taken from the rational
// term, where it cancels exactly.
//
//===----------------------------------------------------------------------===//

#include "Transforms/RationalFormEmitter.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

using mlir::Value;

namespace actin {

namespace {
/// The exponents that a quotient of polynomials in E goes with at its ends.
struct Ends {
  int atZero, atInfinity;
};
} // namespace

static Ends getEnds(const Polynomial &polynomial, unsigned exponential) {
  auto getPower = [&](const Term &term) {
    return term.monomial.getPower(exponential);
  };
  auto powers = llvm::map_range(polynomial.getTerms(), getPower);
  auto [least, most] = std::minmax_element(powers.begin(), powers.end());
  return {*least, *most};
}

static Ends getEnds(const RationalForm &form) {
  Ends ends = getEnds(form.numerator, form.exponential);
  for (const RationalForm::Factor &factor : form.denominator) {
    Ends below = getEnds(factor.base, form.exponential);
    ends.atZero -= below.atZero * factor.multiplicity;
    ends.atInfinity -= below.atInfinity * factor.multiplicity;
  }
  return ends;
}

/// `form` / `slope`, where that is a function of E alone; else nullopt.
static std::optional<RationalForm> divideToE(const RationalForm &form,
                                             const RationalForm &slope) {
  RationalForm result = form;
  result.denominator.clear();
  result.numerator = form.numerator * slope.expandDenominator();
  auto divideBy = [&](const Polynomial &divisor) {
    if (divisor.getTerms().size() != 1)
      return false;
    const Term &term = divisor.getTerms().front();
    Polynomial inverse(Real(1.0) / term.coefficient);
    for (const auto &[atom, power] : term.monomial.powers)
      inverse = inverse * Polynomial::atom(atom, -power);
    result.numerator = result.numerator * inverse;
    return true;
  };
  for (const RationalForm::Factor &factor : form.denominator)
    if (factor.base.contains(form.exponential))
      result.denominator.push_back(factor);
    else
      for (int i = 0; i != factor.multiplicity; ++i)
        if (!divideBy(factor.base))
          return std::nullopt;
  auto isOfE = [&](const Polynomial &polynomial) {
    return llvm::all_of(polynomial.getTerms(), [&](const Term &term) {
      return llvm::all_of(term.monomial.powers, [&](const auto &power) {
        return power.first == form.exponential;
      });
    });
  };
  bool isPure = divideBy(slope.numerator) && isOfE(result.numerator) &&
                llvm::all_of(result.denominator, [&](const auto &factor) {
                  return isOfE(factor.base);
                });
  return isPure ? std::optional(result) : std::nullopt;
}

/// `polynomial` with E^sign of the exponential `to` for E of `from`.
static Polynomial substitute(const Polynomial &polynomial, unsigned from,
                             unsigned to, int sign = 1) {
  Polynomial result;
  for (Term term : polynomial.getTerms()) {
    int power = term.monomial.getPower(from);
    term.monomial.multiply(from, -power);
    term.monomial.multiply(to, sign * power);
    result.add(term);
  }
  return result;
}

static RationalForm substitute(RationalForm form, unsigned to) {
  form.numerator = substitute(form.numerator, form.exponential, to);
  for (RationalForm::Factor &factor : form.denominator)
    factor.base = substitute(factor.base, form.exponential, to);
  form.exponential = to;
  return form;
}

/// Whether y(E) = sign x(1 / E).
static bool isMirror(const RationalForm &x, const RationalForm &y,
                     double sign) {
  auto mirrored = [&](const Polynomial &polynomial) {
    return substitute(polynomial, x.exponential, x.exponential, -1);
  };
  return y.numerator * mirrored(x.expandDenominator()) ==
         mirrored(x.numerator) * y.expandDenominator() * Real(sign);
}

/// Whether log(R), less what is linear in u, is the same for E and 1 / E.
static bool isSymmetric(const RationalForm &argument, const Ends &growth) {
  RationalForm low = argument, high = argument;
  auto divideByPower = [&](RationalForm &form, int power) {
    form.numerator =
        form.numerator * Polynomial::atom(argument.exponential, -power);
  };
  divideByPower(low, growth.atZero);
  divideByPower(high, growth.atInfinity);
  return isMirror(low, high, 1);
}

/// Whether `term` is of the products that B u has, over B's denominator.
static bool isProportional(const Term &term, const RationalForm &u,
                           const RationalForm &slope) {
  Polynomial product;
  product.add(term);
  product = product * u.expandDenominator();
  return llvm::all_of(product.getTerms(), [&](const Term &part) {
    return llvm::any_of(slope.numerator.getTerms(), [&](const Term &other) {
      return part.monomial == other.monomial;
    });
  });
}

std::optional<LogarithmicSum> joinLogarithm(const RationalForm &rational,
                                            const RationalForm &logarithmic,
                                            unsigned log,
                                            const RationalForm &argument,
                                            const RationalForm &u) {
  RationalForm factor = logarithmic;
  factor.numerator = Polynomial();
  for (Term term : logarithmic.numerator.getTerms()) {
    int power = term.monomial.getPower(log);
    if (power != 0 && power != 1)
      return std::nullopt;
    term.monomial.multiply(log, -power);
    if (power == 1)
      factor.numerator.add(term);
  }
  auto slope = multiply(factor, u);
  if (factor.numerator.isZero() || argument.numerator.isZero() || !slope)
    return std::nullopt;
  // Of the other terms those in proportion to the linear part cancel with it.
  RationalForm other = logarithmic, aside = logarithmic;
  other.numerator = aside.numerator = Polynomial();
  for (const Term &term : logarithmic.numerator.getTerms())
    if (term.monomial.getPower(log) == 0)
      (isProportional(term, u, *slope) ? other : aside).numerator.add(term);
  auto rest = add(rational, other);
  if (!rest)
    return std::nullopt;
  auto addLinear = [&](int count) -> std::optional<RationalForm> {
    RationalForm linear = *slope;
    linear.numerator = linear.numerator * Real(double(count));
    auto sum = add(*rest, linear);
    if (sum)
      sum->cancelled = true;
    return sum;
  };
  Ends growth = getEnds(argument);
  auto onPositive = addLinear(growth.atInfinity);
  auto onNegative = addLinear(growth.atZero);
  if (!onPositive || !onNegative)
    return std::nullopt;
  auto vanishes = [&](const RationalForm &sum, bool isPositive) {
    if (sum.numerator.isZero())
      return true;
    Ends ends = getEnds(sum);
    return isPositive ? ends.atInfinity < 0 : ends.atZero > 0;
  };
  bool isGrowing = growth.atInfinity != 0 || growth.atZero != 0;
  if (!isGrowing || (growth.atInfinity != 0 && !vanishes(*onPositive, true)) ||
      (growth.atZero != 0 && !vanishes(*onNegative, false)))
    return std::nullopt;
  LogarithmicSum sum{*onPositive, *onNegative, factor, aside, argument, {}};
  auto above = divideToE(*onPositive, *slope);
  auto below = divideToE(*onNegative, *slope);
  if (above && below && isMirror(*below, *above, -1) &&
      isSymmetric(argument, growth))
    sum.even = below;
  return sum;
}

/// B (-|u| f(e^-|u|) + log R + c), R without its power of E. B c is what stands
/// aside, where that is a multiple of B.
Value RationalFormEmitter::emitEvenSum(const LogarithmicSum &sum,
                                       AtomTable &table, mlir::Operation &op) {
  Value u = emitArgument(sum.argument.exponential, 1);
  Value minus = act::NegOp::create(builder, location,
                                   act::AbsOp::create(builder, location, u));
  unsigned exponential = table.addExponential(minus, Real(1.0));
  RationalForm argument = substitute(sum.argument, exponential);
  int power = getEnds(argument).atZero;
  argument.numerator =
      argument.numerator * Polynomial::atom(exponential, -power);
  // The constant term apart: the rest may be a softplus.
  Real first(1.0);
  for (const Term &term : argument.numerator.getTerms())
    if (term.monomial.isOne())
      first = term.coefficient;
  argument.numerator = argument.numerator * (Real(1.0) / first);
  Value log = emitLog(argument);
  Value rational = emit(substitute(*sum.even, exponential), op);
  if (!log || !rational || first.isNegative())
    return {};
  Value bracket =
      act::AddOp::create(builder, location, multiply(minus, rational), log);
  if (!(first == Real(1.0)))
    bracket = act::AddOp::create(builder, location, bracket,
                                 constant(evaluateUnary("log", first)));
  std::optional<RationalForm> multiple = divideToE(sum.aside, sum.factor);
  auto offset =
      multiple ? multiple->numerator.asConstant() : std::optional<Real>();
  if (offset && !offset->isZero())
    bracket = act::AddOp::create(builder, location, bracket, constant(*offset));
  return addAside(multiplyByFactor(sum, bracket, table),
                  offset ? RationalForm() : sum.aside);
}

Value RationalFormEmitter::multiplyByFactor(const LogarithmicSum &sum,
                                            Value value, AtomTable &table) {
  RationalForm product = sum.factor;
  product.numerator = product.numerator * Polynomial::atom(table.get(value));
  return emitFree(product);
}

Value RationalFormEmitter::addAside(Value value, const RationalForm &aside) {
  if (aside.numerator.isZero())
    return value;
  return act::AddOp::create(builder, location, value, emitFree(aside));
}

Value RationalFormEmitter::emitLogarithmicSum(const LogarithmicSum &sum,
                                              AtomTable &table,
                                              mlir::Operation &op) {
  if (sum.even)
    if (Value even = emitEvenSum(sum, table, op))
      return even;
  Value log = emitLogBesideLinear(sum.argument);
  if (!log)
    return {};
  auto emitSide = [&](const RationalForm &side) {
    return side.numerator.isZero() ? constant(Real(0.0)) : emit(side, op);
  };
  Value high = emitSide(sum.onPositive), low = emitSide(sum.onNegative);
  if (!high || !low)
    return {};
  Value isPositive = act::CmpOp::create(
      builder, location, act::CmpPredicate::gt,
      emitArgument(sum.argument.exponential, 1), constant(Real(0.0)));
  Value rational =
      act::WhereOp::create(builder, location, isPositive, high, low);
  Value result = act::AddOp::create(builder, location, rational,
                                    multiplyByFactor(sum, log, table));
  return addAside(result, sum.aside);
}

} // namespace actin
