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

#include "Transforms/HeldForm.h"
#include "Transforms/RationalFormParts.h"
#include "Transforms/StabilizeImpl.h"
#include "Transforms/UnivariatePolynomial.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <utility>

using mlir::Value;

namespace actin {

/// A form on its way to operations.
class RationalFormEmitter::Held {
public:
  Held(RationalFormEmitter &emitter, Parts parts)
      : emitter(emitter), parts(std::move(parts)) {}

  /// Null where the form vanishes at both ends, or where a coefficient grows
  /// with other values than the exponential does.
  Value emit();

private:
  /// A coefficient of N: constant + rest, evaluated where the variable is held.
  struct HeldCoefficient {
    Real constant = Real(0.0);
    Value rest; ///< May be null.
  };

  bool hasLimit();
  bool expandCoefficients();
  bool expandInTerm();
  bool expandInVariable();
  bool findLimit();
  void emitExponential();
  Value hold(Value value, double bound, bool isAbove);
  HeldCoefficient emitCoefficient(llvm::ArrayRef<Real> coefficients);
  Value emitInHeld(llvm::ArrayRef<Real> coefficients);
  Value emitInE(llvm::ArrayRef<HeldCoefficient> coefficients,
                bool subtractsRest);
  Value emitOverSquare(llvm::MutableArrayRef<HeldCoefficient> own);
  Value emitByDifference(llvm::ArrayRef<HeldCoefficient> own);
  Value times(Value x, Value y);
  Value timesShift(Value polynomial);
  Value divide(Value top, Value bottom);

  RationalFormEmitter &emitter;
  Parts parts;
  bool isMirrored = false; ///< In e^-u.
  Coefficients denominator;
  Value term; ///< E = e^(factor term).
  Real factor = Real(1.0);
  /// The variable: the term, or what it and the coefficients are polynomials
  /// of; and the coefficients by its powers.
  Value variable;
  llvm::SmallVector<Coefficients, 4> coefficients;
  PolynomialsOf polynomials;
  HeldForm form;
  double limit = 0; ///< Of u: from there on the form is 1.
  Value held, e;
};

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

/// Turned around, if need be, so that it is 1 where E grows.
bool RationalFormEmitter::Held::hasLimit() {
  int atPlus = parts.denominatorDegree() - parts.degree() - parts.shift;
  if (parts.roots != 0 || parts.poles != 0 || !parts.freeFactors.empty() ||
      !parts.mixedFactors.empty() || (parts.shift != 0 && atPlus != 0))
    return false;
  isMirrored = atPlus != 0;
  if (isMirrored) {
    std::reverse(parts.coefficients.begin(), parts.coefficients.end());
    for (Parts::Factor &part : parts.factors)
      std::reverse(part.coefficients.begin(), part.coefficients.end());
    parts.shift = atPlus;
  }
  denominator = {Real(1.0)};
  for (const Parts::Factor &part : parts.factors)
    for (int i = 0; i != part.multiplicity; ++i)
      denominator = multiplyOut(denominator, part.coefficients);
  // The limit is 1, or else a form of its own; and in e^-|u| constants alone
  // round for less.
  std::optional<Real> leading = parts.coefficients.back().asConstant();
  bool areConstant = llvm::all_of(parts.coefficients,
                                  [](const auto &c) { return c.asConstant(); });
  // One that stays where E is 0 may not be held from below.
  bool isKept = parts.shift == 0 && !parts.coefficients.front().asConstant();
  size_t numPowers = parts.shift + parts.coefficients.size();
  return !areConstant && !isKept && leading && *leading == denominator.back() &&
         numPowers == denominator.size();
}

bool RationalFormEmitter::Held::expandCoefficients() {
  const auto &[ofAtom, unit] = emitter.atoms.getExponential(parts.exponential);
  term = ofAtom;
  factor = unit * Real(double(isMirrored ? -parts.step : parts.step));
  if (!expandInTerm() && (isMirrored || !expandInVariable()))
    return false;
  form.denominator = roundAll(denominator);
  form.numerator.resize(parts.shift);
  for (llvm::ArrayRef<Real> coefficient : coefficients)
    form.numerator.push_back(roundAll(coefficient));
  return true;
}

bool RationalFormEmitter::Held::expandInTerm() {
  Monomial monomial;
  if (!collectMonomial(term, emitter.atoms, monomial))
    monomial = {};
  for (const Polynomial &coefficient : parts.coefficients) {
    std::optional<Coefficients> known = inPowersOf(monomial, coefficient);
    if (!known)
      return false;
    coefficients.push_back(*known);
  }
  variable = term;
  form.exponent = {0.0, factor.toDouble()};
  return true;
}

bool RationalFormEmitter::Held::expandInVariable() {
  if (!polynomials.add(term))
    return false;
  coefficients.clear();
  for (const Polynomial &coefficient : parts.coefficients) {
    Coefficients sum;
    for (const Term &part : coefficient.getTerms()) {
      Coefficients product = {part.coefficient};
      for (const auto &[atom, count] : part.monomial.powers) {
        Value value = emitter.atoms.getValue(atom);
        if (!value || count < 0 || count > 4 || !polynomials.add(value))
          return false;
        for (int k = 0; k != count; ++k)
          product = multiplyOut(product, polynomials.expand(value));
      }
      addTo(sum, product);
    }
    coefficients.push_back(sum);
  }
  variable = polynomials.getVariable();
  form.exponent = roundAll(multiplyOut(polynomials.expand(term), {factor}));
  return form.isIncreasing();
}

bool RationalFormEmitter::Held::findLimit() {
  std::optional<double> found = emitter.isF64 ? form.findLimit(0x1p-57, 690)
                                              : form.findLimit(0x1p-28, 84);
  limit = found.value_or(0);
  return found && form.isBounded(limit);
}

Value RationalFormEmitter::Held::hold(Value value, double bound, bool isAbove) {
  Value constant = emitter.constant(Real(bound));
  if (isAbove)
    return act::MinOp::create(emitter.builder, emitter.location, value,
                              constant);
  return act::MaxOp::create(emitter.builder, emitter.location, value, constant);
}

void RationalFormEmitter::Held::emitExponential() {
  // A coefficient is no infinity where E is 0.
  double farthest = emitter.isF64 ? -1e9 : -1e5;
  held = hold(variable, form.getVariable(limit), /*isAbove=*/!isMirrored);
  held = hold(held, form.getVariable(farthest), /*isAbove=*/isMirrored);
  Value u = held;
  bool isScaled = !(factor == Real(1.0));
  if (variable != term) {
    u = polynomials.clone(emitter.builder, term, held);
    if (isScaled)
      u = emitter.multiply(emitter.constant(factor), u);
  } else if (isScaled) {
    u = hold(emitter.multiply(emitter.constant(factor), term), limit,
             /*isAbove=*/true);
  }
  e = act::ExpOp::create(emitter.builder, emitter.location, u);
}

Value RationalFormEmitter::Held::times(Value x, Value y) {
  auto known = x ? x.getDefiningOp<act::ConstantOp>() : act::ConstantOp();
  return known && known.getValue().getValue() == Real(1.0)
             ? y
             : emitter.multiply(x, y);
}

/// c[0] + c[1] v + …, in v^2 where it is even.
Value RationalFormEmitter::Held::emitInHeld(llvm::ArrayRef<Real> c) {
  Coefficients even;
  for (size_t i = 0; i < c.size(); i += 2)
    even.push_back(c[i]);
  for (size_t i = 1; i < c.size(); i += 2)
    if (!c[i].isZero())
      return emitter.emitHorner(c, c, held, Value());
  if (even.size() == 1)
    return emitter.constant(even[0]);
  Value square = act::PowOp::create(emitter.builder, emitter.location, held,
                                    emitter.constant(Real(2.0)));
  return emitter.emitHorner(even, even, square, Value());
}

auto RationalFormEmitter::Held::emitCoefficient(llvm::ArrayRef<Real> c)
    -> HeldCoefficient {
  HeldCoefficient result;
  if (!c.empty())
    result.constant = c.front();
  if (c.size() > 1)
    result.rest = times(emitInHeld(c.drop_front()), held);
  return result;
}

/// sum over k of (c[k].constant + sign c[k].rest) E^k.
Value RationalFormEmitter::Held::emitInE(llvm::ArrayRef<HeldCoefficient> c,
                                         bool subtractsRest) {
  mlir::OpBuilder &builder = emitter.builder;
  mlir::Location location = emitter.location;
  Value polynomial;
  for (const HeldCoefficient &coefficient : llvm::reverse(c)) {
    if (polynomial)
      polynomial = times(polynomial, e);
    Value value = coefficient.rest;
    if (!coefficient.constant.isZero()) {
      Value constant = emitter.constant(coefficient.constant);
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
}

Value RationalFormEmitter::Held::timesShift(Value polynomial) {
  Value shift = emitter.power(e, parts.shift);
  return shift ? times(polynomial, shift) : polynomial;
}

Value RationalFormEmitter::Held::divide(Value top, Value bottom) {
  Value result =
      act::DivOp::create(emitter.builder, emitter.location, top, bottom);
  for (const auto &[atom, count] : parts.common.powers)
    result = emitter.multiply(
        result, emitter.power(emitter.atoms.getValue(atom), count));
  return result;
}

/// (a Q + b) / Q^2, as a derivative is: Q is there once. Null for others.
Value RationalFormEmitter::Held::emitOverSquare(
    llvm::MutableArrayRef<HeldCoefficient> own) {
  if (parts.factors.size() != 1 || parts.factors[0].multiplicity != 2)
    return {};
  llvm::ArrayRef<Real> root = parts.factors[0].coefficients;
  Coefficients constants;
  for (const HeldCoefficient &coefficient : own)
    constants.push_back(coefficient.constant);
  std::optional<Coefficients> a = divideExactly(constants, root);
  if (!a)
    return {};
  for (HeldCoefficient &coefficient : own)
    coefficient.constant = Real(0.0);
  Value q = emitter.emitHorner(root, root, e, Value());
  Value multiple = times(emitter.emitHorner(*a, *a, e, Value()), q);
  Value rest = emitInE(own, /*subtractsRest=*/false);
  Value sum =
      act::AddOp::create(emitter.builder, emitter.location, multiple, rest);
  return divide(timesShift(sum), emitter.multiply(q, q));
}

/// N / (N + (D - N)); the constant comes last: where E is small it is rounded
/// once.
Value RationalFormEmitter::Held::emitByDifference(
    llvm::ArrayRef<HeldCoefficient> own) {
  Value top = timesShift(emitInE(own, /*subtractsRest=*/false));
  llvm::SmallVector<HeldCoefficient, 4> difference(parts.shift);
  difference.append(own.begin(), own.end());
  difference.pop_back();
  for (auto [k, coefficient] : llvm::enumerate(difference))
    coefficient.constant = denominator[k] - coefficient.constant;
  Value bottom = top;
  auto addToBottom = [&](Value value) {
    bottom =
        act::AddOp::create(emitter.builder, emitter.location, bottom, value);
  };
  if (Value rest = emitInE(llvm::ArrayRef(difference).drop_front(),
                           /*subtractsRest=*/true))
    addToBottom(times(rest, e));
  // N and D may agree in it.
  if (Value last = emitInE(llvm::ArrayRef(difference).take_front(),
                           /*subtractsRest=*/true))
    addToBottom(last);
  return divide(top, bottom);
}

Value RationalFormEmitter::Held::emit() {
  if (!hasLimit() || !expandCoefficients() || !findLimit())
    return {};
  emitExponential();
  auto own = llvm::map_to_vector<4>(
      coefficients, [&](const auto &c) { return emitCoefficient(c); });
  if (Value quotient = emitOverSquare(own))
    return quotient;
  return emitByDifference(own);
}

Value RationalFormEmitter::emitHeld(const Parts &parts) {
  return Held(*this, parts).emit();
}

} // namespace actin
