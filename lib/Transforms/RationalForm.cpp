//===- RationalForm.cpp - Rational functions of exponentials --------------===//

#include "Transforms/RationalForm.h"

#include "llvm/ADT/STLExtras.h"

namespace actin {

int Monomial::getPower(unsigned atom) const {
  for (const auto &[candidate, power] : powers)
    if (candidate == atom)
      return power;
  return 0;
}

void Monomial::multiply(unsigned atom, int power) {
  if (power == 0)
    return;
  auto *it =
      llvm::lower_bound(powers, atom, [](const auto &entry, unsigned value) {
        return entry.first < value;
      });
  if (it == powers.end() || it->first != atom) {
    powers.insert(it, {atom, power});
    return;
  }
  it->second += power;
  if (it->second == 0)
    powers.erase(it);
}

Polynomial Polynomial::atom(unsigned atom, int power) {
  Polynomial result;
  Monomial monomial;
  monomial.multiply(atom, power);
  result.add({Real(1.0), monomial});
  return result;
}

std::optional<Real> Polynomial::asConstant() const {
  if (terms.empty())
    return Real(0.0);
  if (terms.size() == 1 && terms[0].monomial.isOne())
    return terms[0].coefficient;
  return std::nullopt;
}

bool Polynomial::contains(unsigned atom) const {
  return llvm::any_of(terms, [&](const Term &term) {
    return term.monomial.getPower(atom) != 0;
  });
}

Monomial Polynomial::getCommonMonomial() const {
  Monomial common = terms.front().monomial;
  for (const Term &term : terms) {
    Monomial shared;
    for (const auto &[atom, power] : common.powers)
      shared.multiply(atom, std::min(power, term.monomial.getPower(atom)));
    common = shared;
  }
  return common;
}

bool Polynomial::add(const Term &term) {
  if (term.coefficient.isZero())
    return false;
  auto *it = llvm::lower_bound(terms, term, [](const Term &x, const Term &y) {
    return x.monomial < y.monomial;
  });
  if (it == terms.end() || !(it->monomial == term.monomial)) {
    terms.insert(it, term);
    return false;
  }
  it->coefficient = it->coefficient + term.coefficient;
  if (!it->coefficient.isZero())
    return false;
  terms.erase(it);
  return true;
}

bool Polynomial::add(const Polynomial &other) {
  bool cancelled = false;
  for (const Term &term : other.terms)
    cancelled |= add(term);
  return cancelled;
}

Polynomial Polynomial::operator*(const Polynomial &other) const {
  Polynomial result;
  for (const Term &x : terms)
    for (const Term &y : other.terms) {
      Term product{x.coefficient * y.coefficient, x.monomial};
      for (const auto &[atom, power] : y.monomial.powers)
        product.monomial.multiply(atom, power);
      result.add(product);
    }
  return result;
}

Polynomial Polynomial::operator*(const Real &factor) const {
  return *this * Polynomial(factor);
}

bool Polynomial::operator==(const Polynomial &other) const {
  return llvm::equal(terms, other.terms, [](const Term &x, const Term &y) {
    return x.coefficient == y.coefficient && x.monomial == y.monomial;
  });
}

void RationalForm::divideBy(const Polynomial &base, int multiplicity) {
  if (multiplicity == 0)
    return;
  for (Factor *factor = denominator.begin(); factor != denominator.end();
       ++factor)
    if (factor->base == base) {
      factor->multiplicity += multiplicity;
      if (factor->multiplicity == 0)
        denominator.erase(factor);
      return;
    }
  denominator.push_back({base, multiplicity});
}

static Polynomial power(const Polynomial &base, int exponent) {
  Polynomial result(Real(1.0));
  for (int i = 0; i != exponent; ++i)
    result = result * base;
  return result;
}

Polynomial RationalForm::expandDenominator() const {
  Polynomial result(Real(1.0));
  for (const Factor &factor : denominator)
    result = result * power(factor.base, factor.multiplicity);
  return result;
}

/// The one exponential of both; nullopt where they differ.
static std::optional<unsigned> commonExponential(const RationalForm &x,
                                                 const RationalForm &y) {
  if (!x.hasExponential())
    return y.exponential;
  if (y.hasExponential() && x.exponential != y.exponential)
    return std::nullopt;
  return x.exponential;
}

/// The term with the highest power of `atom`; of those the last by the powers
/// of the other atoms, in their order.
static const Term &getLeading(const Polynomial &polynomial, unsigned atom) {
  auto isBefore = [&](const Term &x, const Term &y) {
    int left = x.monomial.getPower(atom), right = y.monomial.getPower(atom);
    if (left != right)
      return left < right;
    const auto *i = x.monomial.powers.begin(), *iEnd = x.monomial.powers.end();
    const auto *j = y.monomial.powers.begin(), *jEnd = y.monomial.powers.end();
    for (; i != iEnd && j != jEnd; ++i, ++j) {
      if (i->first != j->first)
        return i->first < j->first ? i->second < 0 : j->second > 0;
      if (i->second != j->second)
        return i->second < j->second;
    }
    return i != iEnd ? i->second < 0 : j != jEnd && j->second > 0;
  };
  return *llvm::max_element(polynomial.getTerms(), isBefore);
}

/// `numerator` / `divisor`, of which both are polynomials in `atom` and others;
/// nullopt where something is left.
static std::optional<Polynomial>
divideExactly(Polynomial numerator, const Polynomial &divisor, unsigned atom) {
  const Term leading = getLeading(divisor, atom);
  Polynomial quotient;
  while (!numerator.isZero()) {
    Term top = getLeading(numerator, atom);
    Term part{top.coefficient / leading.coefficient, top.monomial};
    for (const auto &[factor, power] : leading.monomial.powers)
      part.monomial.multiply(factor, -power);
    for (const auto &[factor, power] : part.monomial.powers)
      if (power < 0)
        return std::nullopt;
    Polynomial step;
    step.add(part);
    quotient.add(step);
    numerator.add(step * divisor * Real(-1.0));
    if (!numerator.isZero() &&
        getLeading(numerator, atom).monomial == top.monomial)
      return std::nullopt; // Rounding left something behind.
  }
  return quotient;
}

void RationalForm::reduce() {
  if (!hasExponential())
    return;
  for (size_t i = 0; i != denominator.size(); ++i) {
    Factor factor = denominator[i];
    if (!factor.base.contains(exponential))
      continue;
    auto quotient = divideExactly(numerator, factor.base, exponential);
    if (!quotient)
      continue;
    numerator = *quotient;
    cancelled = true;
    divideBy(factor.base, -1);
    --i; // Once more, or what has moved here.
    if (denominator.empty())
      return;
  }
}

static std::optional<RationalForm> checked(RationalForm form) {
  if (form.numerator.getTerms().size() > RationalForm::maxTerms)
    return std::nullopt;
  for (const RationalForm::Factor &factor : form.denominator)
    if (factor.base.getTerms().size() > RationalForm::maxTerms ||
        factor.multiplicity > 6)
      return std::nullopt;
  return form;
}

std::optional<RationalForm> multiply(const RationalForm &x,
                                     const RationalForm &y) {
  std::optional<unsigned> exponential = commonExponential(x, y);
  if (!exponential)
    return std::nullopt;
  RationalForm result = x;
  result.exponential = *exponential;
  result.cancelled |= y.cancelled;
  result.numerator = x.numerator * y.numerator;
  for (const RationalForm::Factor &factor : y.denominator)
    result.divideBy(factor.base, factor.multiplicity);
  return checked(std::move(result));
}

std::optional<RationalForm> divide(const RationalForm &x,
                                   const RationalForm &y) {
  if (y.numerator.isZero())
    return std::nullopt;
  RationalForm inverse;
  inverse.exponential = y.exponential;
  inverse.cancelled = y.cancelled;
  inverse.numerator = y.expandDenominator();
  // Monic, and without a power of E of its own, so that equal factors are
  // recognised as such.
  Polynomial base = y.numerator;
  if (y.hasExponential()) {
    int lowest = base.getTerms().front().monomial.getPower(y.exponential);
    for (const Term &term : base.getTerms())
      lowest = std::min(lowest, term.monomial.getPower(y.exponential));
    Polynomial shift = Polynomial::atom(y.exponential, -lowest);
    base = base * shift;
    inverse.numerator = inverse.numerator * shift;
  }
  // (1 + E) a is a and 1 + E: only the latter is a polynomial in E alone.
  for (const auto &[atom, power] : base.getCommonMonomial().powers)
    if (power > 0 && base.getTerms().size() > 1) {
      base = base * Polynomial::atom(atom, -power);
      inverse.divideBy(Polynomial::atom(atom), power);
    }
  Real leading = base.getTerms().back().coefficient;
  base = base * (Real(1.0) / leading);
  inverse.numerator = inverse.numerator * (Real(1.0) / leading);
  if (!base.asConstant())
    inverse.divideBy(base, 1);
  return multiply(x, inverse);
}

std::optional<RationalForm> add(const RationalForm &x, const RationalForm &y) {
  std::optional<unsigned> exponential = commonExponential(x, y);
  if (!exponential)
    return std::nullopt;
  RationalForm result;
  result.exponential = *exponential;
  result.cancelled = x.cancelled || y.cancelled;
  result.denominator = x.denominator;
  Polynomial xFactor(Real(1.0)), yFactor(Real(1.0));
  for (const RationalForm::Factor &factor : y.denominator) {
    auto *match = llvm::find_if(result.denominator, [&](const auto &other) {
      return other.base == factor.base;
    });
    int present = match == result.denominator.end() ? 0 : match->multiplicity;
    if (factor.multiplicity > present) {
      xFactor = xFactor * power(factor.base, factor.multiplicity - present);
      result.divideBy(factor.base, factor.multiplicity - present);
    }
  }
  for (const RationalForm::Factor &factor : result.denominator) {
    const auto *match = llvm::find_if(y.denominator, [&](const auto &other) {
      return other.base == factor.base;
    });
    int present = match == y.denominator.end() ? 0 : match->multiplicity;
    yFactor = yFactor * power(factor.base, factor.multiplicity - present);
  }
  result.numerator = x.numerator * xFactor;
  result.cancelled |= result.numerator.add(y.numerator * yFactor);
  result.reduce();
  return checked(std::move(result));
}

RationalForm negate(RationalForm x) {
  x.numerator = x.numerator * Real(-1.0);
  return x;
}

RationalForm constantForm(double value) {
  RationalForm form;
  form.numerator = Polynomial(Real(value));
  return form;
}

std::optional<RationalForm> tanhOfLog(const RationalForm &r) {
  auto square = multiply(r, r);
  if (!square)
    return std::nullopt;
  auto below = add(*square, constantForm(-1.0));
  auto above = add(*square, constantForm(1.0));
  return below && above ? divide(*below, *above) : std::nullopt;
}

std::optional<RationalForm> sigmoidOfLog(const RationalForm &r) {
  auto above = add(r, constantForm(1.0));
  return above ? divide(r, *above) : std::nullopt;
}

} // namespace actin
