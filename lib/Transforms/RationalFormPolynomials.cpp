//===- RationalFormPolynomials.cpp - The polynomials of a rational form ---===//

#include "Transforms/RationalFormEmitter.h"

#include "Transforms/RationalFormParts.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

using mlir::Value;

namespace actin {

/// The coefficients of (c[0] + c[1] E + ...)^exponent.
static llvm::SmallVector<Real, 4> expandPower(llvm::ArrayRef<Real> c,
                                              int exponent) {
  llvm::SmallVector<Real, 4> product = {Real(1.0)};
  for (int k = 0; k != exponent; ++k) {
    llvm::SmallVector<Real, 4> next(product.size() + c.size() - 1, Real(0.0));
    for (auto [i, x] : llvm::enumerate(product))
      for (auto [j, y] : llvm::enumerate(c))
        next[i + j] = next[i + j] + x * y;
    product = std::move(next);
  }
  return product;
}

Value RationalFormEmitter::emitDenominator(const Parts &parts, Value z,
                                           Value isPositive) {
  Value denominator;
  for (const Parts::Factor &factor : parts.factors) {
    // (1 + z)^2 doubles the error of 1 + z; 1 + z (2 + z) does not, and costs
    // the same: nothing in it cancels.
    bool expands =
        factor.multiplicity <= 3 &&
        (factor.coefficients.size() - 1) * factor.multiplicity <= 4 &&
        hasOneSign(factor.coefficients);
    llvm::SmallVector<Polynomial, 4> coefficients;
    for (const Real &coefficient :
         expandPower(factor.coefficients, expands ? factor.multiplicity : 1))
      coefficients.push_back(Polynomial(coefficient));
    denominator =
        multiply(denominator, power(emitHorner(coefficients, z, isPositive),
                                    expands ? 1 : factor.multiplicity));
  }
  for (const Parts::MixedFactor &factor : parts.mixedFactors)
    denominator = multiply(denominator,
                           power(emitHorner(factor.coefficients, z, isPositive),
                                 factor.multiplicity));
  for (const RationalForm::Factor &factor : parts.freeFactors)
    denominator = multiply(
        denominator, power(emitPolynomial(factor.base), factor.multiplicity));
  return denominator;
}

static llvm::SmallVector<Polynomial, 4> toPolynomials(llvm::ArrayRef<Real> c) {
  llvm::SmallVector<Polynomial, 4> result;
  for (const Real &coefficient : c)
    result.push_back(coefficient.isZero() ? Polynomial()
                                          : Polynomial(coefficient));
  return result;
}

Value RationalFormEmitter::emitHorner(llvm::ArrayRef<Real> onNegative,
                                      llvm::ArrayRef<Real> onPositive, Value z,
                                      Value isPositive) {
  return emitHorner(toPolynomials(onNegative), toPolynomials(onPositive), z,
                    isPositive);
}

Value RationalFormEmitter::emitHorner(llvm::ArrayRef<Polynomial> coefficients,
                                      Value z, Value isPositive) {
  auto reversed = llvm::to_vector(llvm::reverse(coefficients));
  return emitHorner(coefficients,
                    isPositive ? llvm::ArrayRef<Polynomial>(reversed)
                               : coefficients,
                    z, isPositive);
}

Value RationalFormEmitter::emitHorner(llvm::ArrayRef<Polynomial> onNegative,
                                      llvm::ArrayRef<Polynomial> onPositive,
                                      Value z, Value isPositive) {
  Value result;
  for (size_t i = onNegative.size(); i-- > 0;) {
    const Polynomial &low = onNegative[i], &high = onPositive[i];
    Value coefficient;
    if (low == high) {
      if (!low.isZero())
        coefficient = emitPolynomial(low);
    } else {
      coefficient =
          act::WhereOp::create(builder, location, isPositive,
                               emitPolynomial(high), emitPolynomial(low));
    }
    if (result) {
      auto leading = result.getDefiningOp<act::ConstantOp>();
      bool isOne = leading && leading.getValue().getValue() == Real(1.0);
      result = isOne ? z : multiply(result, z);
    }
    if (!result || !coefficient)
      result = result ? result : coefficient;
    else
      result = act::AddOp::create(builder, location, coefficient, result);
  }
  return result;
}

Value RationalFormEmitter::emitFree(const RationalForm &form) {
  Value numerator = emitPolynomial(form.numerator);
  Value denominator;
  for (const RationalForm::Factor &factor : form.denominator)
    denominator = multiply(
        denominator, power(emitPolynomial(factor.base), factor.multiplicity));
  return denominator
             ? act::DivOp::create(builder, location, numerator, denominator)
             : numerator;
}

Value RationalFormEmitter::emitTerm(const Term &term) {
  Value product;
  if (!(term.coefficient == Real(1.0)) || term.monomial.isOne())
    product = constant(term.coefficient);
  for (const auto &[atom, count] : term.monomial.powers)
    product = multiply(product, power(atoms.getValue(atom), count));
  return product;
}

Value RationalFormEmitter::emitPolynomial(const Polynomial &polynomial) {
  Value sum;
  for (const Term &term : polynomial.getTerms()) {
    if (!sum) {
      sum = emitTerm(term);
    } else if (term.coefficient.isNegative()) {
      Term positive{-term.coefficient, term.monomial};
      sum = act::SubOp::create(builder, location, sum, emitTerm(positive));
    } else {
      sum = act::AddOp::create(builder, location, sum, emitTerm(term));
    }
  }
  return sum ? sum : constant(Real(0.0));
}

Value RationalFormEmitter::emitArgument(unsigned exponential, int step) {
  const auto &[term, unit] = atoms.getExponential(exponential);
  Real factor = unit * Real(double(step));
  return factor == Real(1.0) ? term : multiply(constant(factor), term);
}

Value RationalFormEmitter::constant(const Real &value) {
  return act::ConstantOp::create(builder, location, value);
}

Value RationalFormEmitter::multiply(Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return act::MulOp::create(builder, location, x, y);
}

Value RationalFormEmitter::power(Value base, int exponent) {
  Value result;
  for (int i = 0; i != exponent; ++i)
    result = multiply(result, base);
  return result;
}

} // namespace actin
