//===- RationalFormLog.cpp - Logarithms of rational forms -----------------===//

#include "Transforms/RationalFormParts.h"

#include "actin/Dialect/Act/Act.h"

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

Value RationalFormEmitter::emitLog(const RationalForm &form) {
  Parts parts;
  if (!form.hasExponential() || form.numerator.isZero() ||
      !split(form, parts) || parts.poles != 0 || !parts.common.isOne() ||
      !parts.freeFactors.empty())
    return {};
  Coefficients numerator;
  for (const Polynomial &coefficient : parts.coefficients) {
    std::optional<Real> value = coefficient.asConstant();
    if (!value || value->isNegative())
      return {};
    numerator.push_back(*value);
  }
  Value u = emitArgument(parts.exponential, parts.step);
  std::optional<int> softplusCount = countOnePlusE(numerator);
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
  return emitLogOfPolynomials(parts, numerator, u);
}

/// log of E^s N(E) / D(E), coefficients positive: what grows is linear in u,
/// the rest a log1p of z = e^-|u|.
Value RationalFormEmitter::emitLogOfPolynomials(const Parts &parts,
                                                llvm::ArrayRef<Real> numerator,
                                                Value u) {
  int onNegative = parts.shift;
  int onPositive = parts.shift + parts.degree() - parts.denominatorDegree();
  auto scaled = [&](int count) {
    return multiply(constant(Real(double(count))), u);
  };
  Value isPositive = act::CmpOp::create(
      builder, location, act::CmpPredicate::gt, u, constant(Real(0.0)));
  Value sum = act::WhereOp::create(builder, location, isPositive,
                                   scaled(onPositive), scaled(onNegative));
  Value z = act::ExpOp::create(
      builder, location,
      act::NegOp::create(builder, location,
                         act::AbsOp::create(builder, location, u)));
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
    sum = act::AddOp::create(builder, location, sum, log);
  };
  addLog(numerator, 1);
  for (const Parts::Factor &factor : parts.factors)
    addLog(factor.coefficients, -factor.multiplicity);
  return sum;
}

} // namespace actin
