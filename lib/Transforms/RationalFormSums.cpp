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

/// The sum's parts, by the atoms of each term that belong to the key.
static llvm::SmallVector<RationalForm, 2>
splitBy(const RationalForm &form,
        llvm::function_ref<bool(unsigned atom)> belongsToKey) {
  std::map<Monomial, Polynomial> groups;
  for (const Term &term : form.numerator.getTerms()) {
    Monomial key;
    for (const auto &[atom, count] : term.monomial.powers)
      if (atom != form.exponential && belongsToKey(atom))
        key.multiply(atom, count);
    groups[key].add(term);
  }
  llvm::SmallVector<RationalForm, 2> parts;
  for (const auto &[key, numerator] : groups) {
    RationalForm part = form;
    part.numerator = numerator;
    part.reduce();
    part.cancelled = true;
    parts.push_back(std::move(part));
  }
  return parts;
}

/// Those with one product of other atoms each.
static llvm::SmallVector<RationalForm, 2>
splitByMonomial(const RationalForm &form) {
  return splitBy(form, [](unsigned) { return true; });
}

/// Whether `part` has none of the exponential.
static bool isPlain(const RationalForm &part) {
  return !part.numerator.contains(part.exponential) &&
         llvm::none_of(part.denominator, [&](const auto &factor) {
           return factor.base.contains(part.exponential);
         });
}

/// Whether a quotient of another exponential, such as a sigmoid, has none of
/// this one when it stands alone: E / (1 + E) + a, which only a common
/// denominator made one quotient, and which has a rewrite of its own.
bool RationalFormEmitter::hasSeparateTerm(const RationalForm &form) const {
  Monomial common = form.numerator.getCommonMonomial();
  auto isQuotient = [&](const std::pair<unsigned, int> &power) {
    Value value = atoms.getValue(power.first);
    mlir::Operation *op = value ? value.getDefiningOp() : nullptr;
    return op && isa<act::DivOp, act::SigmoidOp, act::TanhOp>(op);
  };
  auto isSeparate = [&](const RationalForm &part) {
    Monomial own = part.numerator.getCommonMonomial();
    return !(own == common) && llvm::any_of(own.powers, isQuotient) &&
           isPlain(part);
  };
  llvm::SmallVector<RationalForm, 2> parts = splitByMonomial(form);
  return parts.size() > 1 && llvm::any_of(parts, isSeparate);
}

Value RationalFormEmitter::emitSum(llvm::ArrayRef<RationalForm> parts,
                                   mlir::Operation &op) {
  Value sum;
  for (const RationalForm &part : parts) {
    Value value = emit(part, op);
    if (!value)
      return {};
    sum = sum ? act::AddOp::create(builder, location, sum, value).getResult()
              : value;
  }
  return sum;
}

/// a + b E / (1 + E), with an a that is independent of what the exponential is
/// of: a sum by such factors, where one term has nothing else. Nothing cancels
/// between them.
Value RationalFormEmitter::emitIndependent(const RationalForm &form,
                                           mlir::Operation &op) {
  llvm::SetVector<Value> own =
      collectCone(atoms.getExponential(form.exponential).term);
  auto isIndependent = [&](unsigned atom) {
    Value value = atoms.getValue(atom);
    return value && llvm::none_of(collectCone(value), [&](Value part) {
             return !part.getDefiningOp() && own.contains(part);
           });
  };
  auto hasNothingElse = [&](const RationalForm &part) {
    return part.denominator.empty() &&
           llvm::all_of(part.numerator.getTerms(), [&](const Term &term) {
             return llvm::all_of(term.monomial.powers, [&](const auto &power) {
               return isIndependent(power.first);
             });
           });
  };
  llvm::SmallVector<RationalForm, 2> parts = splitBy(form, isIndependent);
  return parts.size() > 1 && llvm::any_of(parts, hasNothingElse)
             ? emitSum(parts, op)
             : Value();
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
  Value sum = parts.size() > 1 ? emitSum(parts, op) : Value();
  if (!sum)
    return {};
  for (const auto &[atom, power] : common.powers)
    sum = multiply(this->power(atoms.getValue(atom), power), sum);
  return sum;
}

} // namespace actin
