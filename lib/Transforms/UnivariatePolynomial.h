//===- UnivariatePolynomial.h - Polynomials in one value --------*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_UNIVARIATEPOLYNOMIAL_H
#define ACTIN_TRANSFORMS_UNIVARIATEPOLYNOMIAL_H

#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace actin {

/// Of a polynomial, lowest first.
using Coefficients = llvm::SmallVector<Real, 4>;

Coefficients multiplyOut(llvm::ArrayRef<Real> x, llvm::ArrayRef<Real> y);

void addTo(Coefficients &sum, llvm::ArrayRef<Real> terms);

/// The a of p = a q; nullopt where there is none.
std::optional<Coefficients> divideExactly(Coefficients p,
                                          llvm::ArrayRef<Real> q);

/// Coefficients rounded once, to be evaluated at many points.
llvm::SmallVector<double, 4> roundAll(llvm::ArrayRef<Real> coefficients);

double evaluateAt(llvm::ArrayRef<double> coefficients, double v);

/// Polynomials in one value v, as they are computed.
class PolynomialsOf {
public:
  /// True where `value`, and what was added before, are short polynomials in
  /// one value.
  bool add(mlir::Value value);
  mlir::Value getVariable() const { return variable; }
  /// Of what was added, by powers of v.
  Coefficients expand(mlir::Value value) const {
    return expanded.lookup(value);
  }
  /// A copy of `value` for `held` in place of v.
  mlir::Value clone(mlir::OpBuilder &builder, mlir::Value value,
                    mlir::Value held);

private:
  std::optional<Coefficients> expandOperation(mlir::Operation *op);

  mlir::Value variable;
  unsigned numVisited = 0;
  llvm::DenseMap<mlir::Value, Coefficients> expanded;
  llvm::DenseMap<mlir::Value, mlir::Value> clones;
};

} // namespace actin

#endif // ACTIN_TRANSFORMS_UNIVARIATEPOLYNOMIAL_H
