//===- UnivariatePolynomial.cpp - Polynomials in one value ----------------===//

#include "Transforms/UnivariatePolynomial.h"

#include "Transforms/StabilizeImpl.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"

#include <utility>

using mlir::Value;

namespace actin {

Coefficients multiplyOut(llvm::ArrayRef<Real> x, llvm::ArrayRef<Real> y) {
  Coefficients product(x.size() + y.size() - 1, Real(0.0));
  for (auto [i, a] : llvm::enumerate(x))
    for (auto [j, b] : llvm::enumerate(y))
      product[i + j] = product[i + j] + a * b;
  return product;
}

void addTo(Coefficients &sum, llvm::ArrayRef<Real> terms) {
  for (auto [i, term] : llvm::enumerate(terms)) {
    if (i == sum.size())
      sum.push_back(Real(0.0));
    sum[i] = sum[i] + term;
  }
}

std::optional<Coefficients> divideExactly(Coefficients p,
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

llvm::SmallVector<double, 4> roundAll(llvm::ArrayRef<Real> coefficients) {
  return llvm::map_to_vector<4>(
      coefficients, [](const Real &number) { return number.toDouble(); });
}

double evaluateAt(llvm::ArrayRef<double> coefficients, double v) {
  double value = 0;
  for (double coefficient : llvm::reverse(coefficients))
    value = value * v + coefficient;
  return value;
}

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

} // namespace actin
