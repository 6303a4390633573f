//===- RationalFormHeld.cpp - Forms with a limit at one end ---------------===//
//
// A form N / D that vanishes or stays finite at one end and goes to 1 at the
// other needs no distinction of signs: from some U on it is 1 to the last bit,
// and up to there its polynomials in E = e^u do not overflow. D is N + (D - N),
// so that towards the limit the roundings of N do not show, and at U nothing
// does: with x held to U and N = E (1 + x + E), N / (N + 1 + E (1 - x)) is
// silu's gradient.
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
  /// D - N, by power of E, then of t.
  llvm::SmallVector<Coefficients, 4> getDifference() const;
  /// True where N / D is nowhere far above its limit: D = N + (D - N) does not
  /// cancel then.
  bool isBounded(double limit) const;
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

llvm::SmallVector<Coefficients, 4> HeldForm::getDifference() const {
  llvm::SmallVector<Coefficients, 4> difference;
  for (size_t k = 0; k + 1 < denominator.size(); ++k) {
    Coefficients powers = {denominator[k]};
    for (size_t i = 0; i != numerator[k].size(); ++i) {
      if (i == powers.size())
        powers.push_back(Real(0.0));
      powers[i] = powers[i] - numerator[k][i];
    }
    while (!powers.empty() && powers.back().isZero())
      powers.pop_back();
    difference.push_back(powers);
  }
  return difference;
}

bool HeldForm::isBounded(double limit) const {
  for (double u = -40; u <= limit; u += 0.125) {
    double above = 0, below = 0, e = std::exp(u);
    for (size_t k = denominator.size(); k-- > 0;) {
      above = above * e + evaluate(k, u / factor);
      below = below * e + denominator[k].toDouble();
    }
    if (above > 1.5 * below)
      return false;
  }
  return true;
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

  HeldForm form{{}, {Real(1.0)}, factor.toDouble()};
  form.numerator.resize(parts.shift);
  bool hasTerm = false;
  for (const Polynomial &coefficient : parts.coefficients) {
    auto powers = inPowersOf(termMonomial, coefficient);
    if (!powers)
      return {};
    hasTerm |= powers->size() > 1;
    form.numerator.push_back(*powers);
  }
  if (!hasTerm)
    return {}; // In e^-|u| constants round for less.
  for (const Parts::Factor &part : parts.factors)
    for (int i = 0; i != part.multiplicity; ++i)
      form.denominator = multiplyOut(form.denominator, part.coefficients);
  // The limit is 1, or else a form of its own.
  const Coefficients &leading = form.numerator.back();
  if (leading.size() != 1 || form.numerator.size() != form.denominator.size() ||
      !(leading[0] == form.denominator.back()))
    return {};
  std::optional<double> limit =
      isF64 ? form.findLimit(0x1p-57, 690) : form.findLimit(0x1p-28, 84);
  if (!limit || !form.isBounded(*limit))
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
  // A coefficient is no infinity where E is 0.
  Real farthest(isF64 ? -1e9 : -1e5);
  held = hold(held, farthest / factor, /*isAbove=*/isMirrored);
  if (isTerm)
    u = held;
  Value e = act::ExpOp::create(builder, location, u);
  auto times = [&](Value x, Value y) {
    auto known = x ? x.getDefiningOp<act::ConstantOp>() : act::ConstantOp();
    return known && known.getValue().getValue() == Real(1.0) ? y
                                                             : multiply(x, y);
  };
  auto emitInE = [&](llvm::ArrayRef<Coefficients> coefficients) {
    Value polynomial;
    for (const Coefficients &powers : llvm::reverse(coefficients)) {
      if (polynomial)
        polynomial = times(polynomial, e);
      if (powers.empty())
        continue;
      Value coefficient = emitHorner(powers, powers, held, Value());
      polynomial = polynomial ? act::AddOp::create(builder, location,
                                                   coefficient, polynomial)
                                    .getResult()
                              : coefficient;
    }
    return polynomial;
  };
  Value numerator = power(e, parts.shift);
  Value polynomial =
      emitInE(llvm::ArrayRef(form.numerator).drop_front(parts.shift));
  numerator = numerator ? times(polynomial, numerator) : polynomial;
  // The constant comes last: where E is small it is rounded once.
  llvm::SmallVector<Coefficients, 4> difference = form.getDifference();
  Value denominator = numerator;
  if (Value rest = emitInE(llvm::ArrayRef(difference).drop_front()))
    denominator =
        act::AddOp::create(builder, location, denominator, times(rest, e));
  denominator = act::AddOp::create(builder, location, denominator,
                                   emitInE({difference.front()}));
  Value result = act::DivOp::create(builder, location, numerator, denominator);
  for (const auto &[atom, count] : parts.common.powers)
    result = multiply(result, power(atoms.getValue(atom), count));
  return result;
}

} // namespace actin
