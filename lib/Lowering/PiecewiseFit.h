//===- PiecewiseFit.h - Polynomials on pieces of an axis --------*- C++ -*-===//
//
// A function of one number as a table of polynomials, one for each of at most
// 32 pieces of equal width, that registers of AVX-512 hold: a permute looks a
// coefficient up. Beyond the pieces the function is linear, or not asked for.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_PIECEWISEFIT_H
#define ACTIN_LOWERING_PIECEWISEFIT_H

#include "llvm/ADT/SmallVector.h"

#include <array>
#include <functional>
#include <limits>
#include <optional>

namespace actin {

/// Pieces n by the sign of n.
enum class PieceSide { Below = -1, All = 0, Above = 1 };

inline bool isOnSide(int n, PieceSide side) {
  return side == PieceSide::All || (side == PieceSide::Below ? n < 0 : n > 0);
}

/// sum c[k] (x - center)^k, those of piece n, the nearest integer to x / step.
struct Pieces {
  static constexpr int maxCount = 32;
  using Row = std::array<double, maxCount>; ///< That of piece n at n mod 32.

  double step = 0;
  /// The sum is times 2^-m, m = |x| / step to the nearest integer, and of
  /// x - m step; of n = min(m, last).
  bool isHalving = false;
  /// n is held to these; last - first < maxCount.
  int first = 0, last = 0;
  /// What x is held to in the linear term: first and last step, but where the
  /// outermost piece is linear and goes on.
  double least = 0, most = 0;
  Row centers{}; ///< Near n step.
  /// By power. Numbers of f32.
  llvm::SmallVector<Row, 10> coefficients;
  /// What the linear ones lack, where that shows; added to the constant first.
  std::optional<Row> lowSlopes;

  /// Of the piece that x is in, or beyond.
  template <typename T> int getPiece(T x) const;
  double getFirst() const { return first * step; }
  double getLast() const { return last * step; }
  /// In T, operation by operation as the kernel does.
  template <typename T> T evaluate(T x) const;
  template <typename T> T evaluateHalving(T x) const;
  /// The derivative there, in exact arithmetic.
  double differentiate(double x) const;
};

/// A function as a table p(x), times e^exponent(x) for some of the pieces.
struct PiecewiseProblem {
  std::function<double(double)> function;
  /// What an error may be at x beside one in proportion to the value; 0: there
  /// is none.
  std::function<double(double)> allowance;
  std::function<double(double)> exponent; ///< Null: 0.
  PieceSide exponentSide = PieceSide::All;
  /// Where the function is no longer asked for. Infinite: there the table must
  /// become linear.
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  /// Of x >= 0 only.
  bool isHalf = false;
  /// Positive: instead of an exponential, a table that halves, of a function
  /// that goes as e^(-rate x) does. Of x >= 0.
  double halvingRate = 0;
  unsigned maxDegree = 9;
};

/// The table of the lowest degree whose results in f32 are within 2 ulp, by the
/// sum of all roundings at some twenty points of each piece; nullopt where
/// there is none.
std::optional<Pieces> fitPieces(const PiecewiseProblem &problem);

} // namespace actin

#endif // ACTIN_LOWERING_PIECEWISEFIT_H
