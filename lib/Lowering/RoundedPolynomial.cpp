//===- RoundedPolynomial.cpp - Polynomials of f32 coefficients ------------===//
//
// Gram-Schmidt from the highest power down: the part of each power that those
// above it have not gives its coefficient, whatever those below it are.
//
//===----------------------------------------------------------------------===//

#include "Lowering/RoundedPolynomial.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace actin {

using Vector = llvm::SmallVector<double, 12>;

static double multiply(const Vector &a, const Vector &b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

static void subtract(Vector &from, double factor, const Vector &what) {
  for (auto [value, other] : llvm::zip_equal(from, what))
    value -= factor * other;
}

namespace {
/// Of points that are at most 1.
struct Powers {
  Powers(llvm::ArrayRef<double> points, double scale, unsigned numTerms);

  llvm::SmallVector<Vector, 10> powers;
  llvm::SmallVector<Vector, 10> parts; ///< Orthogonal.
  llvm::SmallVector<double, 10> squares;
};
} // namespace

Powers::Powers(llvm::ArrayRef<double> points, double scale, unsigned numTerms)
    : powers(numTerms, Vector(points.size(), 1.0)), squares(numTerms) {
  for (unsigned k = 1; k < numTerms; ++k)
    for (auto [j, point] : llvm::enumerate(points))
      powers[k][j] = powers[k - 1][j] * point / scale;
  parts = powers;
  for (unsigned k = numTerms; k-- > 0;) {
    for (unsigned i = k + 1; i != numTerms; ++i)
      subtract(parts[k], multiply(parts[k], parts[i]) / squares[i], parts[i]);
    squares[k] = multiply(parts[k], parts[k]);
  }
}

RoundedPolynomial fitRoundedPolynomial(llvm::ArrayRef<double> points,
                                       llvm::ArrayRef<double> values,
                                       unsigned numTerms, unsigned numExact) {
  double scale = 0;
  for (double point : points)
    scale = std::max(scale, std::fabs(point));
  Powers basis(points, scale, numTerms);
  RoundedPolynomial result(numTerms, 0.0);
  Vector rest(values);
  // The first passes, unrounded, leave little that cancellation spoils.
  constexpr unsigned numPasses = 3;
  for (unsigned pass = 1; pass <= numPasses; ++pass) {
    double unit = 1;
    for (unsigned k = 0; k != numTerms; ++k, unit *= scale) {
      double coefficient = result[k] + multiply(rest, basis.parts[k]) /
                                           (basis.squares[k] * unit);
      if (pass == numPasses && k >= numExact)
        coefficient = float(coefficient);
      subtract(rest, (coefficient - result[k]) * unit, basis.powers[k]);
      result[k] = coefficient;
    }
  }
  for (double &coefficient : result)
    coefficient = float(coefficient);
  return result;
}

} // namespace actin
