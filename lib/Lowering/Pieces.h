//===- Pieces.h - Polynomials on pieces of an axis --------------*- C++ -*-===//
//
// A table of polynomials, one for each of at most 32 pieces of equal width,
// that registers of AVX-512 hold: a permute looks a coefficient up.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_PIECES_H
#define ACTIN_LOWERING_PIECES_H

#include "llvm/ADT/SmallVector.h"

#include <array>
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
  /// Halving ones are 0 from this many steps on.
  static constexpr double farthest = 400;
  using Row = std::array<double, maxCount>; ///< That of piece n at n mod 32.

  double step = 0;
  /// The sum is times 2^-m, m = |x| / step to the nearest integer, and of
  /// x - m step; of n = min(m, last).
  bool isHalving = false;
  /// Halving ones are times x + this where m >= last.
  std::optional<double> tailShift;
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
  /// Of few bits, so that a product with the number of a piece is exact.
  double getHighStep() const;
  /// In T, operation by operation as the kernel does.
  template <typename T> T evaluate(T x) const;
  template <typename T> T evaluateHalving(T x) const;
  /// The derivative there, in exact arithmetic.
  double differentiate(double x) const;
};

} // namespace actin

#endif // ACTIN_LOWERING_PIECES_H
