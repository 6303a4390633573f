//===- PiecewiseFit.h - Tables of functions ---------------------*- C++ -*-===//
//
// A function of one number as a table of polynomials on pieces. Beyond them the
// function is linear, or not asked for.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_PIECEWISEFIT_H
#define ACTIN_LOWERING_PIECEWISEFIT_H

#include "Lowering/Pieces.h"

#include <functional>
#include <limits>
#include <optional>

namespace actin {

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
  /// that goes as e^(-rate |x|) or (x + shift) e^(-rate |x|) does. Of x >= 0
  /// where isHalf; else for x -> -inf, and for x -> inf it must be constant, or
  /// x where the function is 0 at 0.
  double halvingRate = 0;
  unsigned maxDegree = 9;
};

/// The table of the lowest degree whose results in f32 are within 2 ulp, by the
/// sum of all roundings at some twenty points of each piece; nullopt where
/// there is none.
std::optional<Pieces> fitPieces(const PiecewiseProblem &problem);

} // namespace actin

#endif // ACTIN_LOWERING_PIECEWISEFIT_H
