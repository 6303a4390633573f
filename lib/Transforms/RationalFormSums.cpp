//===- RationalFormSums.cpp - Forms that are better in parts --------------===//
//
// Where the terms of a numerator have different products of atoms other than
// the exponential, each of those may be a form of its own.
//
//===----------------------------------------------------------------------===//

#include "Transforms/RationalFormEmitter.h"

#include "Transforms/IndependentFactors.h"
#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

using mlir::Value;

namespace actin {

/// The sum's parts with one product of other atoms each.
static llvm::SmallVector<RationalForm, 2>
splitByMonomial(const RationalForm &form) {
  std::map<Monomial, Polynomial> groups;
  for (const Term &term : form.numerator.getTerms()) {
    Monomial rest = term.monomial;
    rest.multiply(form.exponential, -rest.getPower(form.exponential));
    groups[rest].add(term);
  }
  llvm::SmallVector<RationalForm, 2> parts;
  for (const auto &[monomial, numerator] : groups) {
    RationalForm part = form;
    part.numerator = numerator;
    part.reduce();
    part.cancelled = true;
    parts.push_back(std::move(part));
  }
  return parts;
}

/// Whether nothing that the numerator has beside the exponential depends on
/// what that depends on.
bool RationalFormEmitter::isIndependent(const RationalForm &form) const {
  auto isArgument = [](Value value) { return !value.getDefiningOp(); };
  llvm::SetVector<Value> own =
      collectCone(atoms.getExponential(form.exponential).term);
  return llvm::all_of(form.numerator.getTerms(), [&](const Term &term) {
    return llvm::all_of(term.monomial.powers, [&](const auto &power) {
      Value value = atoms.getValue(power.first);
      return !value || llvm::none_of(collectCone(value), [&](Value part) {
        return isArgument(part) && own.contains(part);
      });
    });
  });
}

/// Whether a term has none of the exponential when it stands alone, as in
/// a + b E / (1 + E), which only a common denominator made one quotient: one
/// that is independent of it where nothing cancelled, else a quotient of
/// another exponential, such as a sigmoid, which has a rewrite of its own.
bool RationalFormEmitter::hasSeparateTerm(const RationalForm &form) const {
  llvm::SmallVector<RationalForm, 2> parts = splitByMonomial(form);
  if (parts.size() < 2)
    return false;
  Monomial common = form.numerator.getCommonMonomial();
  auto isQuotient = [&](const std::pair<unsigned, int> &power) {
    Value value = atoms.getValue(power.first);
    mlir::Operation *op = value ? value.getDefiningOp() : nullptr;
    return op && isa<act::DivOp, act::SigmoidOp, act::TanhOp>(op);
  };
  bool isPlain = !form.cancelled && isIndependent(form);
  auto isSeparate = [&](const RationalForm &part) {
    Monomial own = part.numerator.getCommonMonomial();
    return (isPlain ||
            (!(own == common) && llvm::any_of(own.powers, isQuotient))) &&
           !part.numerator.contains(form.exponential) &&
           llvm::none_of(part.denominator, [&](const auto &factor) {
             return factor.base.contains(form.exponential);
           });
  };
  return llvm::any_of(parts, isSeparate);
}

/// Where coefficients of opposite sign stand with different products of other
/// atoms, a sum with one form for each of those: nothing cancels inside of one.
Value RationalFormEmitter::emitByMonomial(const RationalForm &form,
                                          mlir::Operation &op) {
  Monomial common = form.numerator.getCommonMonomial();
  common.multiply(form.exponential, -common.getPower(form.exponential));
  RationalForm rest = form;
  for (const auto &[atom, power] : common.powers)
    rest.numerator = rest.numerator * Polynomial::atom(atom, -power);
  llvm::SmallVector<RationalForm, 2> parts = splitByMonomial(rest);
  if (parts.size() < 2)
    return {};
  Value sum;
  for (const RationalForm &part : parts) {
    Value value = emit(part, op);
    if (!value)
      return {};
    sum = sum ? act::AddOp::create(builder, location, sum, value).getResult()
              : value;
  }
  for (const auto &[atom, power] : common.powers)
    sum = multiply(this->power(atoms.getValue(atom), power), sum);
  return sum;
}

} // namespace actin
