//===- IntervalFunctions.cpp - Functions of one interval ------------------===//
//
// Nearly every function is monotone on its domain, or on both sides of 0: the
// ends of its values are at the ends of the argument.
//
//===----------------------------------------------------------------------===//

#include "Analysis/IntervalFunctions.h"

#include "Expr/EvaluateNode.h"

#include <algorithm>
#include <numbers>

namespace actin {

namespace {

/// Where a function is defined, what its values never leave, and which way it
/// goes.
struct Shape {
  enum Kind {
    Increasing,
    Decreasing,
    FallsToZero,   ///< Even, and decreasing in |x|.
    GrowsFromZero, ///< Even, and increasing in |x|.
  };
  Kind kind = Increasing;
  Interval domain = {};
  Interval values = {};
  /// An end of the domain that is a pole, if any; not a number otherwise.
  double pole = NAN;
  double secondPole = NAN;
};

} // namespace

static Shape getShape(ExprKind kind) {
  const Interval all, unit{-1, 1}, zeroToOne{0, 1}, nonNegative{0, INFINITY};
  switch (kind) {
  case ExprKind::Exp:
  case ExprKind::Exp2:
  case ExprKind::Softplus:
    return {Shape::Increasing, all, nonNegative};
  case ExprKind::Expm1:
    return {Shape::Increasing, all, {-1, INFINITY}};
  case ExprKind::Log:
  case ExprKind::Log2:
  case ExprKind::Log10:
    return {Shape::Increasing, nonNegative, all, 0};
  case ExprKind::Log1p:
    return {Shape::Increasing, {-1, INFINITY}, all, -1};
  case ExprKind::Sqrt:
    return {Shape::Increasing, nonNegative, nonNegative};
  case ExprKind::Rsqrt:
    return {Shape::Decreasing, nonNegative, nonNegative, 0};
  case ExprKind::Asin:
    return {Shape::Increasing, unit};
  case ExprKind::Acos:
    return {Shape::Decreasing, unit, nonNegative};
  case ExprKind::Acosh:
    return {Shape::Increasing, {1, INFINITY}, nonNegative};
  case ExprKind::Atanh:
    return {Shape::Increasing, unit, all, -1, 1};
  case ExprKind::Tanh:
  case ExprKind::Erf:
    return {Shape::Increasing, all, unit};
  case ExprKind::Erfc:
    return {Shape::Decreasing, all, {0, 2}};
  case ExprKind::Sigmoid:
  case ExprKind::Normcdf:
    return {Shape::Increasing, all, zeroToOne};
  case ExprKind::Logsigmoid:
    return {Shape::Increasing, all, {-INFINITY, 0}};
  case ExprKind::Normpdf:
    return {Shape::FallsToZero, all, zeroToOne};
  case ExprKind::Abs:
    return {Shape::GrowsFromZero, all, nonNegative};
  case ExprKind::Cosh:
    return {Shape::GrowsFromZero, all, {1, INFINITY}};
  default: // sinh, asinh and atan.
    return {};
  }
}

/// The values between the arguments `first` and `last`, where the function
/// rises.
static Interval boundBetween(ExprKind kind, double first, double last) {
  llvm::StringRef name = getFunctionName(kind);
  DoubleBounds low = boundUnary(name, first);
  return {low.lower, first == last ? low.upper : boundUnary(name, last).upper};
}

/// What of `x` is in the domain; tells whether something is not, or is a pole.
static Interval restrict(const Interval &x, const Shape &shape) {
  Interval inside{std::max(x.lower, shape.domain.lower),
                  std::min(x.upper, shape.domain.upper)};
  inside.mayBeUndefined =
      x.lower < shape.domain.lower || x.upper > shape.domain.upper;
  inside.mayBePole = x.contains(shape.pole) || x.contains(shape.secondPole);
  return inside;
}

static Interval evaluateShape(ExprKind kind, const Interval &x) {
  Shape shape = getShape(kind);
  Interval inside = restrict(x, shape);
  Interval result = Interval::empty();
  if (!inside.isEmpty()) {
    bool isEven =
        shape.kind == Shape::FallsToZero || shape.kind == Shape::GrowsFromZero;
    double first = isEven ? inside.mignitude() : inside.lower;
    double last = isEven ? inside.magnitude() : inside.upper;
    bool falls =
        shape.kind == Shape::Decreasing || shape.kind == Shape::FallsToZero;
    result = falls ? boundBetween(kind, last, first)
                   : boundBetween(kind, first, last);
    result.lower = std::max(result.lower, shape.values.lower);
    result.upper = std::min(result.upper, shape.values.upper);
  }
  result.mayBeUndefined = inside.mayBeUndefined;
  result.mayBePole = inside.mayBePole;
  return result;
}

//===----------------------------------------------------------------------===//
// Steps and waves
//===----------------------------------------------------------------------===//

static Interval evaluateStep(ExprKind kind, const Interval &x) {
  Interval result{estimateNode<double>(kind, x.lower),
                  estimateNode<double>(kind, x.upper)};
  result.mayJump = !result.isPoint();
  return result;
}

/// abs has a kink at 0, which its slope, sign, shows as a jump.
static bool hasKink(ExprKind kind, const Interval &x) {
  return kind == ExprKind::Abs && x.lower < 0 && x.upper > 0;
}

/// Whether an odd multiple `m` mod `period` of pi / 2 lies between quadrants.
static bool passes(int64_t first, int64_t last, int64_t m, int64_t period) {
  auto floorDivide = [&](int64_t n) {
    return n >= 0 ? n / period : -((-n + period - 1) / period);
  };
  return floorDivide(last - m) > floorDivide(first - m);
}

/// sin, cos or tan: between the multiples of pi / 2 each is monotone.
static Interval evaluateWave(ExprKind kind, const Interval &x) {
  constexpr double largest = 0x1p49; // As far as quadrants are counted.
  bool isTan = kind == ExprKind::Tan;
  Interval anything = isTan ? Interval() : Interval(-1, 1);
  llvm::StringRef name = getFunctionName(kind);
  if (x.isPoint() && std::isfinite(x.lower)) {
    DoubleBounds value = boundUnary(name, x.lower);
    return {value.lower, value.upper};
  }
  anything.mayBePole = isTan;
  if (x.magnitude() > largest || x.width() > 2 * std::numbers::pi)
    return anything;
  int64_t first = getQuadrant(x.lower), last = getQuadrant(x.upper);
  if (isTan && passes(first, last, 1, 2))
    return anything;
  DoubleBounds low = boundUnary(name, x.lower);
  DoubleBounds high = boundUnary(name, x.upper);
  Interval result{std::min(low.lower, high.lower),
                  std::max(low.upper, high.upper)};
  if (isTan)
    return result;
  int64_t top = kind == ExprKind::Sin ? 1 : 0;
  if (passes(first, last, top, 4))
    result.upper = 1;
  if (passes(first, last, top + 2, 4))
    result.lower = -1;
  return {std::max(result.lower, -1.0), std::min(result.upper, 1.0)};
}

Interval evaluateFunction(ExprKind kind, const Interval &x) {
  switch (kind) {
  case ExprKind::Sign:
  case ExprKind::Floor:
  case ExprKind::Ceil:
  case ExprKind::Round:
    return evaluateStep(kind, x);
  case ExprKind::Sin:
  case ExprKind::Cos:
  case ExprKind::Tan:
    return evaluateWave(kind, x);
  default: {
    Interval result = evaluateShape(kind, x);
    result.mayKink = hasKink(kind, x);
    return result;
  }
  }
}

//===----------------------------------------------------------------------===//
// Powers
//===----------------------------------------------------------------------===//

/// low ** exponent … high ** exponent for bases >= 0: a power is monotone in
/// each of its two arguments, so that its extremes are at the corners.
static Interval powerOfPositive(double low, double high,
                                const Interval &exponent) {
  Interval result = Interval::empty();
  for (double base : {low, high})
    for (double power : {exponent.lower, exponent.upper}) {
      DoubleBounds corner = boundPow(base, power);
      result = hull(result, {corner.lower, corner.upper});
    }
  // 0 ** y is 0 for y > 0 and infinite for y < 0, on either side of 0 ** 0 = 1.
  if (low == 0 && exponent.lower < 0)
    result.upper = INFINITY;
  if (low == 0 && exponent.upper > 0)
    result.lower = 0;
  // 1 ** anything lies between the corners, but for what 0 ** 0 hides.
  if (exponent.contains(0))
    result = hull(result, Interval::point(1));
  result.lower = std::max(result.lower, 0.0);
  result.mayBePole = low == 0 && exponent.lower < 0;
  return result;
}

static Interval negateValues(Interval values) {
  std::swap(values.lower, values.upper);
  values.lower = -values.lower;
  values.upper = -values.upper;
  return values;
}

Interval evaluatePower(const Interval &base, const Interval &exponent) {
  Interval result = Interval::empty();
  if (base.upper >= 0)
    result = powerOfPositive(std::max(base.lower, 0.0), base.upper, exponent);
  if (base.lower >= 0)
    return result;
  // Of a negative base, integer powers only.
  double n = exponent.lower;
  bool isInteger = exponent.isPoint() && std::isfinite(n) && std::rint(n) == n;
  Interval magnitudes =
      powerOfPositive(std::max(-base.upper, 0.0), -base.lower, exponent);
  bool isOdd = std::fmod(n, 2) != 0;
  if (isInteger)
    return hull(result, isOdd ? negateValues(magnitudes) : magnitudes);
  bool holdsInteger = std::ceil(exponent.lower) <= exponent.upper;
  if (holdsInteger)
    result = hull(result, hull(magnitudes, negateValues(magnitudes)));
  result.mayBeUndefined = true;
  return result;
}

} // namespace actin
