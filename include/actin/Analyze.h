//===- Analyze.h - How a formula behaves on a range -------------*- C++ -*-===//
//
// Bounds that are proven by interval arithmetic beside estimates that are
// sampled: the range of values, Lipschitz constants, where a formula rises and
// falls, has kinks, saturates, is undefined.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_ANALYZE_H
#define ACTIN_ANALYZE_H

#include "actin/Expr.h"

#include <cmath>
#include <functional>

namespace actin {

/// [lower, upper]; NaN where nothing is known.
struct Range {
  double lower = NAN;
  double upper = NAN;
};

struct AnalyzeOptions {
  std::vector<Range> ranges;      ///< One an input, lower < upper, finite.
  std::vector<double> parameters; ///< One a parameter, finite.
  int numPoints = 1000; ///< 2 to `maxPoints`; long formulas get fewer.
  static constexpr int maxPoints = 100000;
};

/// Gives the derivative of a formula by one of its arguments, as
/// `Compiler::differentiate` does.
using DeriveFunction =
    std::function<Expected<Activation>(const Activation &, std::string_view)>;

enum class Trend : uint8_t {
  Rising,   ///< Proven: f' >= 0.
  Falling,  ///< Proven: f' <= 0.
  Constant, ///< Proven: f' = 0.
  Undefined,
  Unproven,
};

struct TrendPiece {
  Range where;
  Trend trend;
};

/// A point, known to lie in `where`, at which the slope jumps, or (`isJump`)
/// the value itself.
struct Kink {
  Range where;
  double slopeBefore, slopeAfter;
  bool isJump;
};

/// Where |f'| < 1e-3 is proven from an end of the range inwards (NaN: not
/// there), and the value that f tends to far outside (sampled; NaN: none).
struct Saturation {
  double until = NAN;
  double limit = NAN;
};

/// By one input. The slope is that of the function's values (clamps count, own
/// gradients do not); the gradient is what a backward pass computes.
struct InputAnalysis {
  std::string name;
  Range slope; ///< Proven to hold every slope; infinite where none was found.
  /// The least Lipschitz constant lies between the two; both are proven. With
  /// several inputs, a jump may have been missed (`jumpsExcluded`).
  double lipschitz;
  double lipschitzAtLeast;
  double sampledLipschitz;
  std::vector<double> sampledAt; ///< The inputs where that was found.
  double vanishing; ///< Share of sampled points where |gradient| < 1e-3.
  double exploding; ///< And > 1e3.
};

struct AnalyzeReport {
  Range values; ///< Proven to hold every value.
  Range sampledValues;
  bool isDefined; ///< Proven: no pole, no argument outside of a domain.
  std::vector<double> undefinedAt; ///< A sampled point without a finite value.
  int numUndefined = 0;            ///< Of the sampled points.
  int numPoints = 0;
  bool jumpsExcluded; ///< Up to 1e-9 (1 + |f|), a rounded constant's size.
  std::vector<InputAnalysis> inputs;
  // Of a formula of one input:
  std::vector<TrendPiece> trends;
  std::vector<Kink> kinks;
  Saturation left, right;
  bool isComplete = true; ///< False where the lists stop for lack of time.
};

/// Bounds are tight to about 1e-6 where the work (some seconds at the most)
/// suffices, and valid in any case. Points are evenly spaced for one input, and
/// quasi-random for several. Errors: ranges or parameters that do not fit the
/// activation or `options`' limits; those of `derive`.
Expected<AnalyzeReport> analyze(const Activation &activation,
                                const AnalyzeOptions &options,
                                const DeriveFunction &derive);

} // namespace actin

#endif // ACTIN_ANALYZE_H
