//===- RationalFormHeld.cpp - Forms with a limit at one end ---------------===//
//
// A form N / D that vanishes or stays finite at one end and goes to 1 at the
// other needs no distinction of signs: from some U on it is 1 to the last bit,
// and up to there its polynomials in E = e^u do not overflow. Where D = Q^2 and
// N = a Q + b, as in the derivative of x / Q, Q is there once: with x held to
// U, E (Q + x) / Q^2, Q = 1 + E, is silu's gradient. Else D is N + (D - N), so
// that towards the limit the roundings of N do not show, and at U nothing does.
//
//===----------------------------------------------------------------------===//

#include "Transforms/RationalFormParts.h"
#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <functional>

using mlir::Value;

namespace actin {

using Coefficients = llvm::SmallVector<Real, 4>;

namespace {

/// A coefficient of N: constant + rest, evaluated where the variable is held.
struct HeldCoefficient {
  Real constant = Real(0.0);
  Value rest; ///< May be null.
};

/// N(E, v) / D(E), where E = e^u and u grows with the variable v.
struct HeldForm {
  size_t numPowers; ///< Of E in N, with the 0th.
  /// The coefficient of that power at a v.
  std::function<double(size_t, double)> evaluate;
  std::function<double(double)> getVariable; ///< By u.
  Coefficients denominator;

  bool isAtLimit(double u, double tolerance) const;
  std::optional<double> findLimit(double tolerance, double largest) const;
  /// True where N / D is nowhere far above its limit: D = N + (D - N) does not
  /// cancel then.
  bool isBounded(double limit) const;
};

} // namespace

/// Divided by their leading terms N and D are series in 1 / E, and N / D is as
/// far from its limit as those are from each other.
bool HeldForm::isAtLimit(double u, double tolerance) const {
  double v = getVariable(u);
  size_t n = numPowers - 1, d = denominator.size() - 1;
  double deviation = 0, below = 1;
  for (size_t k = 1; k <= std::max(n, d); ++k) {
    double above = k <= n ? evaluate(n - k, v) / evaluate(n, v) : 0;
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
  size_t degree = std::max(numPowers, denominator.size()) - 1;
  for (int u = 4; u <= maxU && u * double(degree) < largest; ++u) {
    bool isLimit = true;
    for (int beyond = 0; isLimit && beyond != farther; ++beyond)
      isLimit = isAtLimit(u + beyond, tolerance);
    if (isLimit)
      return u;
  }
  return std::nullopt;
}

bool HeldForm::isBounded(double limit) const {
  for (double u = -40; u <= limit; u += 0.25) {
    double v = getVariable(u);
    double above = 0, below = 0, e = std::exp(u);
    for (size_t k = denominator.size(); k-- > 0;) {
      above = above * e + evaluate(k, v);
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

static void addTo(Coefficients &sum, llvm::ArrayRef<Real> terms) {
  for (auto [i, term] : llvm::enumerate(terms)) {
    if (i == sum.size())
      sum.push_back(Real(0.0));
    sum[i] = sum[i] + term;
  }
}

/// The a of p = a q; nullopt where there is none.
static std::optional<Coefficients> divideExactly(Coefficients p,
                                                 llvm::ArrayRef<Real> q) {
  if (p.size() < q.size())
    return std::nullopt;
  Coefficients quotient(p.size() - q.size() + 1, Real(0.0));
  for (size_t i = quotient.size(); i-- > 0;) {
    quotient[i] = p[i + q.size() - 1] / q.back();
    for (auto [j, c] : llvm::enumerate(q))
      p[i + j] = p[i + j] - quotient[i] * c;
  }
  if (!llvm::all_of(p, [](const Real &rest) { return rest.isZero(); }))
    return std::nullopt;
  return quotient;
}

static double evaluateAt(llvm::ArrayRef<Real> coefficients, double v) {
  double value = 0;
  for (const Real &coefficient : llvm::reverse(coefficients))
    value = value * v + coefficient.toDouble();
  return value;
}

//===----------------------------------------------------------------------===//
// Coefficients in the exponential's own argument
//===----------------------------------------------------------------------===//

/// The product of atoms that `value` is; false where a factor is no atom.
static bool collectMonomial(Value value, const AtomTable &atoms,
                            Monomial &monomial, unsigned depth = 4) {
  if (auto mul = value.getDefiningOp<act::MulOp>())
    return depth != 0 &&
           collectMonomial(mul.getLhs(), atoms, monomial, depth - 1) &&
           collectMonomial(mul.getRhs(), atoms, monomial, depth - 1);
  std::optional<unsigned> atom = atoms.find(value);
  if (atom)
    monomial.multiply(*atom, 1);
  return atom.has_value();
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

//===----------------------------------------------------------------------===//
// Coefficients in what the argument is a polynomial of
//===----------------------------------------------------------------------===//

namespace {

/// Polynomials in one value v, as they are computed.
class PolynomialsOf {
public:
  /// True where `value`, and what was added before, are short polynomials in
  /// one value.
  bool add(Value value);
  Value getVariable() const { return variable; }
  /// Of what was added, by powers of v.
  Coefficients expand(Value value) const { return expanded.lookup(value); }
  /// A copy of `value` for `held` in place of v.
  Value clone(mlir::OpBuilder &builder, Value value, Value held);

private:
  std::optional<Coefficients> expandOperation(mlir::Operation *op);

  Value variable;
  unsigned numVisited = 0;
  llvm::DenseMap<Value, Coefficients> expanded;
  llvm::DenseMap<Value, Value> clones;
};

} // namespace

bool PolynomialsOf::add(Value value) {
  constexpr unsigned maxVisited = 32, maxDegree = 8;
  if (++numVisited > maxVisited)
    return false;
  if (expanded.count(value))
    return true;
  Coefficients result;
  mlir::Operation *op = value.getDefiningOp();
  if (std::optional<Real> constant = getConstant(value)) {
    result = {*constant};
  } else if (isa_and_nonnull<act::AddOp, act::SubOp, act::MulOp, act::NegOp,
                             act::PowOp>(op)) {
    std::optional<Coefficients> polynomial = expandOperation(op);
    if (!polynomial || polynomial->size() > maxDegree + 1)
      return false;
    result = std::move(*polynomial);
  } else {
    if (variable && variable != value)
      return false;
    variable = value;
    result = {Real(0.0), Real(1.0)};
  }
  expanded[value] = std::move(result);
  return true;
}

std::optional<Coefficients>
PolynomialsOf::expandOperation(mlir::Operation *op) {
  for (Value operand : op->getOperands())
    if (!add(operand))
      return std::nullopt;
  Coefficients x = expand(op->getOperand(0));
  if (isa<act::NegOp>(op))
    return multiplyOut(x, {Real(-1.0)});
  Coefficients y = expand(op->getOperand(1));
  if (isa<act::MulOp>(op))
    return multiplyOut(x, y);
  if (isa<act::PowOp>(op)) {
    std::optional<int64_t> n = y.size() == 1 ? y[0].asInteger() : std::nullopt;
    if (!n || *n < 1 || *n > 4)
      return std::nullopt;
    Coefficients power = x;
    for (int64_t k = 1; k != *n; ++k)
      power = multiplyOut(power, x);
    return power;
  }
  if (isa<act::SubOp>(op))
    y = multiplyOut(y, {Real(-1.0)});
  addTo(x, y);
  return x;
}

Value PolynomialsOf::clone(mlir::OpBuilder &builder, Value value, Value held) {
  if (value == variable)
    return held;
  if (getConstant(value))
    return value;
  if (Value known = clones.lookup(value))
    return known;
  mlir::IRMapping mapping;
  for (Value operand : value.getDefiningOp()->getOperands())
    mapping.map(operand, clone(builder, operand, held));
  Value copy = builder.clone(*value.getDefiningOp(), mapping)->getResult(0);
  clones[value] = copy;
  return copy;
}

/// The v with f(v) = u, for f that grows from -u to u and beyond.
static double invert(llvm::function_ref<double(double)> f, double u) {
  double low = -0x1p20, high = 0x1p20;
  for (int i = 0; i != 70; ++i) {
    double middle = 0.5 * (low + high);
    (f(middle) < u ? low : high) = middle;
  }
  return high;
}

/// True where f grows, and passes 0 at 0.
static bool isIncreasing(llvm::function_ref<double(double)> f) {
  if (f(0) != 0)
    return false;
  for (double v = 0x1p-10; v <= 0x1p12; v *= 1.25)
    if (f(1.25 * v) <= f(v) || f(-1.25 * v) >= f(-v) || f(v) <= 0 || f(-v) >= 0)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// RationalFormEmitter
//===----------------------------------------------------------------------===//

/// Null where the form vanishes at both ends, or where a coefficient grows
/// with other values than the exponential does.
Value RationalFormEmitter::emitHeld(Parts parts) {
  int atPlus = parts.denominatorDegree() - parts.degree() - parts.shift;
  if (parts.roots != 0 || parts.poles != 0 || !parts.freeFactors.empty() ||
      !parts.mixedFactors.empty() || (parts.shift != 0 && atPlus != 0))
    return {};
  bool isMirrored = atPlus != 0; // In e^-u, then.
  if (isMirrored) {
    std::reverse(parts.coefficients.begin(), parts.coefficients.end());
    for (Parts::Factor &factor : parts.factors)
      std::reverse(factor.coefficients.begin(), factor.coefficients.end());
    parts.shift = atPlus;
  }
  // The limit is 1, or else a form of its own; and in e^-|u| constants alone
  // round for less.
  Coefficients denominator = {Real(1.0)};
  for (const Parts::Factor &part : parts.factors)
    for (int i = 0; i != part.multiplicity; ++i)
      denominator = multiplyOut(denominator, part.coefficients);
  std::optional<Real> leading = parts.coefficients.back().asConstant();
  bool areConstant = llvm::all_of(parts.coefficients,
                                  [](const auto &c) { return c.asConstant(); });
  // One that stays where E is 0 may not be held from below.
  bool isKept = parts.shift == 0 && !parts.coefficients.front().asConstant();
  size_t numPowers = parts.shift + parts.coefficients.size();
  if (areConstant || isKept || !leading || !(*leading == denominator.back()) ||
      numPowers != denominator.size())
    return {};

  const auto &[term, unit] = atoms.getExponential(parts.exponential);
  Real factor = unit * Real(double(isMirrored ? -parts.step : parts.step));
  // By powers of the exponential's term, or in what that is a polynomial of.
  Monomial termMonomial;
  if (!collectMonomial(term, atoms, termMonomial))
    termMonomial = {};
  llvm::SmallVector<Coefficients, 4> powers;
  for (const Polynomial &coefficient : parts.coefficients)
    if (auto known = inPowersOf(termMonomial, coefficient))
      powers.push_back(*known);
  bool isInTerm = powers.size() == parts.coefficients.size();
  Coefficients exponent = {Real(0.0), Real(1.0)};
  PolynomialsOf polynomials;
  if (!isInTerm) {
    if (isMirrored || !polynomials.add(term))
      return {};
    exponent = polynomials.expand(term);
    powers.clear();
    for (const Polynomial &coefficient : parts.coefficients) {
      Coefficients sum;
      for (const Term &part : coefficient.getTerms()) {
        Coefficients product = {part.coefficient};
        for (const auto &[atom, count] : part.monomial.powers) {
          Value value = atoms.getValue(atom);
          if (!value || count < 0 || count > 4 || !polynomials.add(value))
            return {};
          for (int k = 0; k != count; ++k)
            product = multiplyOut(product, polynomials.expand(value));
        }
        addTo(sum, product);
      }
      powers.push_back(sum);
    }
  }
  auto getExponent = [&](double v) {
    return factor.toDouble() * evaluateAt(exponent, v);
  };
  if (!isInTerm && !isIncreasing(getExponent))
    return {};
  auto evaluate = [&](size_t power, double v) {
    return power < size_t(parts.shift)
               ? 0.0
               : evaluateAt(powers[power - parts.shift], v);
  };
  auto getVariable = [&](double u) {
    return isInTerm ? u / factor.toDouble() : invert(getExponent, u);
  };
  HeldForm form{numPowers, evaluate, getVariable, denominator};
  std::optional<double> limit =
      isF64 ? form.findLimit(0x1p-57, 690) : form.findLimit(0x1p-28, 84);
  if (!limit || !form.isBounded(*limit))
    return {};

  auto hold = [&](Value value, double bound, bool isAbove) -> Value {
    Value constant = this->constant(Real(bound));
    if (isAbove)
      return act::MinOp::create(builder, location, value, constant);
    return act::MaxOp::create(builder, location, value, constant);
  };
  // A coefficient is no infinity where E is 0.
  double farthest = isF64 ? -1e9 : -1e5;
  Value variable = isInTerm ? term : polynomials.getVariable();
  Value held = hold(variable, getVariable(*limit), /*isAbove=*/!isMirrored);
  held = hold(held, getVariable(farthest), /*isAbove=*/isMirrored);
  Value u = held;
  if (!isInTerm) {
    u = polynomials.clone(builder, term, held);
    if (!(factor == Real(1.0)))
      u = multiply(constant(factor), u);
  } else if (!(factor == Real(1.0))) {
    u = hold(multiply(constant(factor), term), *limit, /*isAbove=*/true);
  }
  Value e = act::ExpOp::create(builder, location, u);

  auto times = [&](Value x, Value y) {
    auto known = x ? x.getDefiningOp<act::ConstantOp>() : act::ConstantOp();
    return known && known.getValue().getValue() == Real(1.0) ? y
                                                             : multiply(x, y);
  };
  // c[0] + c[1] v + …, in v^2 where it is even.
  auto emitPolynomialOf = [&](llvm::ArrayRef<Real> c, Value v) {
    Coefficients even;
    for (size_t i = 0; i < c.size(); i += 2)
      even.push_back(c[i]);
    for (size_t i = 1; i < c.size(); i += 2)
      if (!c[i].isZero())
        return emitHorner(c, c, v, Value());
    if (even.size() == 1)
      return constant(even[0]);
    Value square =
        act::PowOp::create(builder, location, v, constant(Real(2.0)));
    return emitHorner(even, even, square, Value());
  };
  llvm::SmallVector<HeldCoefficient, 4> numerator(parts.shift);
  for (llvm::ArrayRef<Real> coefficients : powers) {
    HeldCoefficient value;
    if (!coefficients.empty())
      value.constant = coefficients.front();
    if (coefficients.size() > 1)
      value.rest =
          times(emitPolynomialOf(coefficients.drop_front(), held), held);
    numerator.push_back(value);
  }
  /// sum over k of (c[k].constant + sign c[k].rest) E^k.
  auto emitInE = [&](llvm::ArrayRef<HeldCoefficient> coefficients,
                     bool subtractsRest) {
    Value polynomial;
    for (const HeldCoefficient &coefficient : llvm::reverse(coefficients)) {
      if (polynomial)
        polynomial = times(polynomial, e);
      Value value = coefficient.rest;
      if (!coefficient.constant.isZero()) {
        Value constant = this->constant(coefficient.constant);
        value = !value ? constant
                : subtractsRest
                    ? act::SubOp::create(builder, location, constant, value)
                          .getResult()
                    : act::AddOp::create(builder, location, constant, value);
      } else if (value && subtractsRest) {
        value = act::NegOp::create(builder, location, value);
      }
      if (!polynomial || !value)
        polynomial = polynomial ? polynomial : value;
      else
        polynomial = act::AddOp::create(builder, location, value, polynomial);
    }
    return polynomial;
  };
  auto timesPower = [&](Value polynomial) {
    Value shift = power(e, parts.shift);
    return shift ? times(polynomial, shift) : polynomial;
  };
  auto divide = [&](Value top, Value bottom) {
    Value result = act::DivOp::create(builder, location, top, bottom);
    for (const auto &[atom, count] : parts.common.powers)
      result = multiply(result, power(atoms.getValue(atom), count));
    return result;
  };
  // (a Q + b) / Q^2, as a derivative is: Q is there once.
  auto own = llvm::MutableArrayRef(numerator).drop_front(parts.shift);
  if (parts.factors.size() == 1 && parts.factors[0].multiplicity == 2) {
    llvm::ArrayRef<Real> root = parts.factors[0].coefficients;
    Coefficients constants;
    for (const HeldCoefficient &coefficient : own)
      constants.push_back(coefficient.constant);
    if (auto factor = divideExactly(constants, root)) {
      for (HeldCoefficient &coefficient : own)
        coefficient.constant = Real(0.0);
      Value q = emitHorner(root, root, e, Value());
      Value multiple = times(emitHorner(*factor, *factor, e, Value()), q);
      Value rest = emitInE(own, /*subtractsRest=*/false);
      Value sum = act::AddOp::create(builder, location, multiple, rest);
      return divide(timesPower(sum), multiply(q, q));
    }
  }
  Value top = timesPower(emitInE(own, /*subtractsRest=*/false));
  // D - N; the constant comes last: where E is small it is rounded once.
  llvm::SmallVector<HeldCoefficient, 4> difference(numerator);
  difference.pop_back();
  for (auto [k, coefficient] : llvm::enumerate(difference))
    coefficient.constant = denominator[k] - coefficient.constant;
  Value bottom = top;
  if (Value rest = emitInE(llvm::ArrayRef(difference).drop_front(),
                           /*subtractsRest=*/true))
    bottom = act::AddOp::create(builder, location, bottom, times(rest, e));
  // N and D may agree in it.
  if (Value last = emitInE(llvm::ArrayRef(difference).take_front(),
                           /*subtractsRest=*/true))
    bottom = act::AddOp::create(builder, location, bottom, last);
  return divide(top, bottom);
}

} // namespace actin
