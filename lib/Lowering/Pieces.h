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
  /// The sum is times 2^-m and of x - n step, n not held to a last piece where
  /// m grows: m = n where first is 0, else max(-n, 0).
  bool isHalving = false;
  /// Of halving ones that begin below 0: x (1 + the sum) stands in the sum's
  /// place, and is x from the last piece on; a tail is that of 1 + the sum, of
  /// squareSlope alone.
  bool isTimesX = false;
  /// Of halving ones beyond the outermost piece where m grows: there y = 2^-m p
  /// becomes y (x + shift) + y^2 (squareSlope x + squareConstant).
  struct Tail {
    double shift = 0, squareSlope = 0, squareConstant = 0;

    bool hasSquare() const { return squareSlope != 0 || squareConstant != 0; }
  };
  std::optional<Tail> tail;
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
  bool halvesBelow() const { return isHalving && first < 0; }
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
