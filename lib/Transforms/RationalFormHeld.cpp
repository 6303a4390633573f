//===- RationalFormHeld.cpp - Forms with a limit at one end ---------------===//
//
// A form that vanishes or stays finite at one end and has a finite limit at the
// other needs no distinction of signs: from some U on it is that limit to the
// last bit, and up to there its polynomials in E = e^u do not overflow. With u
// held to U, x E (E + 2) / (E (E + 2) + 2) is mish.
//
//===----------------------------------------------------------------------===//

#include "Transforms/RationalFormParts.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using mlir::Value;

namespace actin {

using Coefficients = llvm::SmallVector<Real, 4>;

namespace {

/// N(E, t) / D(E), where E is the exponential of a multiple of t.
struct HeldForm {
  llvm::SmallVector<Coefficients, 4> numerator; ///< By power of E, then of t.
  Coefficients denominator;
  double factor; ///< E = e^(factor t).

  double evaluate(size_t power, double t) const;
  bool isAtLimit(double u, double tolerance) const;
  std::optional<double> findLimit(double tolerance, double largest) const;
};

} // namespace

/// The coefficient of that power of E.
double HeldForm::evaluate(size_t power, double t) const {
  double value = 0;
  for (const Real &coefficient : llvm::reverse(numerator[power]))
    value = value * t + coefficient.toDouble();
  return value;
}

/// Divided by their leading terms N and D are series in 1 / E, and N / D is as
/// far from its limit as those are from each other.
bool HeldForm::isAtLimit(double u, double tolerance) const {
  double t = u / factor;
  size_t n = numerator.size() - 1, d = denominator.size() - 1;
  double deviation = 0, below = 1;
  for (size_t k = 1; k <= std::max(n, d); ++k) {
    double above = k <= n ? evaluate(n - k, t) / evaluate(n, t) : 0;
    double part = k <= d ? (denominator[d - k] / denominator[d]).toDouble() : 0;
    deviation += (above - part) * std::exp(-double(k) * u);
    below += part * std::exp(-double(k) * u);
  }
  return std::fabs(deviation) <= tolerance * below;
}

/// The smallest U that is far enough, where no power of e^U overflows.
std::optional<double> HeldForm::findLimit(double tolerance,
                                          double largest) const {
  constexpr int maxU = 64, farther = 64;
  size_t degree = std::max(numerator.size(), denominator.size()) - 1;
  for (int u = 4; u <= maxU && u * double(degree) < largest; ++u) {
    bool isLimit = true;
    for (int beyond = 0; isLimit && beyond != farther; ++beyond)
      isLimit = isAtLimit(u + beyond, tolerance);
    if (isLimit)
      return u;
  }
  return std::nullopt;
}

static llvm::SmallVector<Real, 4> multiplyOut(llvm::ArrayRef<Real> x,
                                              llvm::ArrayRef<Real> y) {
  Coefficients product(x.size() + y.size() - 1, Real(0.0));
  for (auto [i, a] : llvm::enumerate(x))
    for (auto [j, b] : llvm::enumerate(y))
      product[i + j] = product[i + j] + a * b;
  return product;
}

/// The product of atoms that `value` is.
static void collectMonomial(Value value, const AtomTable &atoms,
                            Monomial &monomial) {
  if (auto mul = value.getDefiningOp<act::MulOp>()) {
    collectMonomial(mul.getLhs(), atoms, monomial);
    collectMonomial(mul.getRhs(), atoms, monomial);
  } else if (std::optional<unsigned> atom = atoms.find(value)) {
    monomial.multiply(*atom, 1);
  }
}

/// `polynomial` by powers of `term`; nullopt where it has other atoms.
static std::optional<Coefficients> inPowersOf(const Monomial &term,
                                              const Polynomial &polynomial) {
  constexpr size_t maxPower = 4;
  Coefficients result;
  for (const Term &part : polynomial.getTerms()) {
    Monomial rest = part.monomial;
    size_t power = 0;
    for (; !rest.isOne() && !term.isOne() && power != maxPower; ++power)
      for (const auto &[atom, count] : term.powers)
        rest.multiply(atom, -count);
    if (!rest.isOne())
      return std::nullopt;
    if (result.size() <= power)
      result.resize(power + 1, Real(0.0));
    result[power] = part.coefficient;
  }
  return result;
}

/// Null where the form vanishes at both ends, or where a coefficient grows
/// with other values than the exponential does.
Value RationalFormEmitter::emitHeld(Parts parts) {
  int atPlus = parts.denominatorDegree() - parts.degree() - parts.shift;
  if (parts.roots != 0 || parts.poles != 0 || !parts.freeFactors.empty() ||
      (parts.shift != 0 && atPlus != 0))
    return {};
  bool isMirrored = atPlus != 0; // In e^-u, then.
  if (isMirrored) {
    std::reverse(parts.coefficients.begin(), parts.coefficients.end());
    for (Parts::Factor &factor : parts.factors)
      std::reverse(factor.coefficients.begin(), factor.coefficients.end());
    parts.shift = atPlus;
  }
  const auto &[term, unit] = atoms.getExponential(parts.exponential);
  Real factor = unit * Real(double(isMirrored ? -parts.step : parts.step));
  Monomial termMonomial;
  collectMonomial(term, atoms, termMonomial);

  // A single coefficient is a factor of the whole.
  Polynomial scale = parts.coefficients.back();
  bool isSingle = parts.coefficients.size() == 1;
  HeldForm form{{}, {Real(1.0)}, factor.toDouble()};
  form.numerator.resize(parts.shift);
  for (const Polynomial &coefficient : parts.coefficients) {
    auto powers = isSingle ? Coefficients{Real(1.0)}
                           : inPowersOf(termMonomial, coefficient);
    if (!powers)
      return {};
    form.numerator.push_back(*powers);
  }
  if (form.numerator.back().size() != 1)
    return {};
  for (const Parts::Factor &part : parts.factors)
    for (int i = 0; i != part.multiplicity; ++i)
      form.denominator = multiplyOut(form.denominator, part.coefficients);
  std::optional<double> limit =
      isF64 ? form.findLimit(0x1p-57, 690) : form.findLimit(0x1p-28, 84);
  if (!limit)
    return {};

  auto hold = [&](Value value, const Real &bound, bool isAbove) -> Value {
    if (isAbove)
      return act::MinOp::create(builder, location, value, constant(bound));
    return act::MaxOp::create(builder, location, value, constant(bound));
  };
  bool isTerm = factor == Real(1.0);
  Value u = hold(isTerm ? term : multiply(constant(factor), term), Real(*limit),
                 /*isAbove=*/true);
  Value held =
      isTerm ? u : hold(term, Real(*limit) / factor, /*isAbove=*/!isMirrored);
  Value e = act::ExpOp::create(builder, location, u);
  Value result = power(e, parts.shift);
  if (!isSingle) {
    Value polynomial;
    for (const Coefficients &powers : llvm::reverse(
             llvm::ArrayRef(form.numerator).drop_front(parts.shift))) {
      auto leading = polynomial ? polynomial.getDefiningOp<act::ConstantOp>()
                                : act::ConstantOp();
      if (polynomial)
        polynomial = leading && leading.getValue().getValue() == Real(1.0)
                         ? e
                         : multiply(polynomial, e);
      if (powers.empty())
        continue;
      Value coefficient = emitHorner(powers, powers, held, Value());
      polynomial = polynomial ? act::AddOp::create(builder, location,
                                                   coefficient, polynomial)
                                    .getResult()
                              : coefficient;
    }
    result = multiply(result, polynomial);
  }
  if (!result)
    result = constant(Real(1.0));
  result = act::DivOp::create(builder, location, result,
                              emitDenominator(parts, e, Value()));
  if (isSingle && !(scale.asConstant() && *scale.asConstant() == Real(1.0)))
    result = multiply(result, emitPolynomial(scale));
  for (const auto &[atom, count] : parts.common.powers)
    result = multiply(result, power(atoms.getValue(atom), count));
  return result;
}

} // namespace actin
