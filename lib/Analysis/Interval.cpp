//===- Interval.cpp - Interval arithmetic ---------------------------------===//
//
// Ends are rounded to nearest and then moved outwards by one ulp, but for
// results that are known to be exact.
//
//===----------------------------------------------------------------------===//

#include "Analysis/Interval.h"

#include "Analysis/IntervalFunctions.h"

#include <algorithm>
#include <cfloat>

namespace actin {

static double stepDown(double value) {
  return std::nextafter(value, -INFINITY);
}
static double stepUp(double value) { return std::nextafter(value, INFINITY); }

Interval Interval::around(const Real &value) {
  double nearest = value.toDouble();
  if (value.isInfinity() || value.isNaN() || Real(nearest) == value)
    return point(nearest);
  return Real(nearest) < value ? Interval(nearest, stepUp(nearest))
                               : Interval(stepDown(nearest), nearest);
}

double Interval::magnitude() const {
  return isEmpty() ? 0 : std::max(std::fabs(lower), std::fabs(upper));
}

double Interval::mignitude() const {
  if (isEmpty() || contains(0))
    return 0;
  return std::min(std::fabs(lower), std::fabs(upper));
}

/// The properties of the operands in `result` as well.
static Interval inherit(Interval result, const Interval &operand) {
  result.mayBeUndefined |= operand.mayBeUndefined;
  result.mayBePole |= operand.mayBePole;
  result.mayJump |= operand.mayJump;
  result.mayKink |= operand.mayKink;
  return result;
}

Interval hull(const Interval &a, const Interval &b) {
  Interval result{std::min(a.lower, b.lower), std::max(a.upper, b.upper)};
  return inherit(inherit(result, a), b);
}

//===----------------------------------------------------------------------===//
// Sums, products and quotients
//===----------------------------------------------------------------------===//

/// a + b; of opposite infinities the one that lies outwards, `outwards`.
static double addEnds(double a, double b, double outwards) {
  if (std::isinf(a) || std::isinf(b))
    return std::isinf(a) && std::isinf(b) && a != b ? outwards : a + b;
  double sum = a + b;
  // The rounding error, exactly (Knuth); not a number where the sum overflows.
  double part = sum - a;
  double error = (a - (sum - part)) + (b - part);
  if (error == 0)
    return sum;
  bool isOutside = outwards > 0 ? error < 0 : error > 0;
  return isOutside ? sum : outwards > 0 ? stepUp(sum) : stepDown(sum);
}

static Interval add(const Interval &a, const Interval &b) {
  return {addEnds(a.lower, b.lower, -INFINITY),
          addEnds(a.upper, b.upper, INFINITY)};
}

static Interval negate(const Interval &a) { return {-a.upper, -a.lower}; }

/// An interval around the rounded product of two ends. A number times 0 is 0
/// however large it is.
static Interval multiplyEnds(double a, double b) {
  if (a == 0 || b == 0)
    return Interval::point(0);
  double product = a * b;
  if (std::isinf(a) || std::isinf(b))
    return Interval::point(product);
  // Exact but in the subnormal range, where the remainder may be lost.
  bool isNormal = std::fabs(product) > 0x1p-900 && std::isfinite(product);
  if (isNormal && std::fma(a, b, -product) == 0)
    return Interval::point(product);
  if (std::isinf(product))
    return product > 0 ? Interval(DBL_MAX, product)
                       : Interval(product, -DBL_MAX);
  return {stepDown(product), stepUp(product)};
}

static Interval multiply(const Interval &a, const Interval &b) {
  Interval result = Interval::empty();
  for (double x : {a.lower, a.upper})
    for (double y : {b.lower, b.upper})
      result = hull(result, multiplyEnds(x, y));
  return result;
}

static Interval square(const Interval &a) {
  double low = a.mignitude(), high = a.magnitude();
  return {std::max(multiplyEnds(low, low).lower, 0.0),
          multiplyEnds(high, high).upper};
}

/// An interval around the rounded quotient of two ends; `b` is not 0.
static Interval divideEnds(double a, double b) {
  if (a == 0)
    return Interval::point(0);
  if (std::isinf(a)) // Over the largest number, it may be any.
    return std::isinf(b)
               ? hull(Interval::point(0),
                      Interval::point(a > 0 == b > 0 ? INFINITY : -INFINITY))
               : Interval::point(b > 0 ? a : -a);
  if (std::isinf(b))
    return Interval::point(0);
  double quotient = a / b;
  bool isNormal = std::fabs(quotient) > 0x1p-900 && std::isfinite(quotient) &&
                  std::fabs(a) > 0x1p-900;
  if (isNormal && std::fma(quotient, b, -a) == 0)
    return Interval::point(quotient);
  if (std::isinf(quotient))
    return quotient > 0 ? Interval(DBL_MAX, quotient)
                        : Interval(quotient, -DBL_MAX);
  return {stepDown(quotient), stepUp(quotient)};
}

static Interval divideByPositive(const Interval &a, double low, double high) {
  Interval result = Interval::empty();
  for (double x : {a.lower, a.upper}) {
    // Towards 0 from above every quotient but 0 grows without bound.
    Interval near = low > 0  ? divideEnds(x, low)
                    : x == 0 ? Interval::point(0)
                             : Interval::point(x > 0 ? INFINITY : -INFINITY);
    result = hull(hull(result, near), divideEnds(x, high));
  }
  return result;
}

static Interval divide(const Interval &a, const Interval &b) {
  if (!b.contains(0))
    return b.lower > 0 ? divideByPositive(a, b.lower, b.upper)
                       : divideByPositive(negate(a), -b.upper, -b.lower);
  Interval result = Interval::empty();
  if (b.upper > 0)
    result = divideByPositive(a, 0, b.upper);
  if (b.lower < 0)
    result = hull(result, divideByPositive(negate(a), 0, -b.lower));
  result.mayBeUndefined = a.contains(0);
  result.mayBePole = !(a.isPoint() && a.lower == 0);
  return result;
}

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

static Interval smaller(const Interval &a, const Interval &b) {
  Interval result{std::min(a.lower, b.lower), std::min(a.upper, b.upper)};
  result.mayKink = a.upper > b.lower && b.upper > a.lower;
  return result;
}

static Interval larger(const Interval &a, const Interval &b) {
  Interval result{std::max(a.lower, b.lower), std::max(a.upper, b.upper)};
  result.mayKink = a.upper > b.lower && b.upper > a.lower;
  return result;
}

static Interval truth(bool mayBeFalse, bool mayBeTrue) {
  return {mayBeFalse ? 0.0 : 1.0, mayBeTrue ? 1.0 : 0.0};
}

/// The comparison for every pair of numbers.
static Interval compare(ExprKind kind, const Interval &a, const Interval &b) {
  bool mayBeLess = a.lower<b.upper, mayBeGreater = a.upper> b.lower;
  bool mayBeEqual = a.lower <= b.upper && b.lower <= a.upper;
  switch (kind) {
  case ExprKind::Less:
    return truth(mayBeEqual || mayBeGreater, mayBeLess);
  case ExprKind::LessEqual:
    return truth(mayBeGreater, mayBeLess || mayBeEqual);
  case ExprKind::Greater:
    return truth(mayBeEqual || mayBeLess, mayBeGreater);
  case ExprKind::GreaterEqual:
    return truth(mayBeLess, mayBeGreater || mayBeEqual);
  case ExprKind::Equal:
    return truth(mayBeLess || mayBeGreater, mayBeEqual);
  default:
    return truth(mayBeEqual, mayBeLess || mayBeGreater);
  }
}

/// A comparison with something undefined is false, and != true.
static Interval compareAll(ExprKind kind, const Interval &a,
                           const Interval &b) {
  Interval undefined =
      kind == ExprKind::NotEqual ? truth(false, true) : truth(true, false);
  if (a.isEmpty() || b.isEmpty())
    return undefined;
  Interval result = compare(kind, a, b);
  return a.mayBeUndefined || b.mayBeUndefined ? hull(result, undefined)
                                              : result;
}

static Interval select(const Interval &condition, const Interval &onTrue,
                       const Interval &onFalse) {
  if (condition.lower >= 1)
    return onTrue;
  if (condition.upper <= 0)
    return onFalse;
  Interval result = hull(onTrue, onFalse);
  result.mayJump = true;
  return result;
}

//===----------------------------------------------------------------------===//
// All kinds
//===----------------------------------------------------------------------===//

static Interval evaluateSame(ExprKind kind, const Interval &a) {
  if (kind == ExprKind::Mul)
    return square(a);
  if (kind == ExprKind::Sub)
    return Interval::point(0);
  Interval one = Interval::point(1);
  one.mayBeUndefined = a.contains(0);
  return one;
}

static Interval evaluateNumber(ExprKind kind, llvm::ArrayRef<Interval> v,
                               bool sameOperands) {
  switch (kind) {
  case ExprKind::Add:
    return add(v[0], v[1]);
  case ExprKind::Sub:
    return sameOperands ? evaluateSame(kind, v[0]) : add(v[0], negate(v[1]));
  case ExprKind::Mul:
    return sameOperands ? evaluateSame(kind, v[0]) : multiply(v[0], v[1]);
  case ExprKind::Div:
    return sameOperands ? evaluateSame(kind, v[0]) : divide(v[0], v[1]);
  case ExprKind::Neg:
    return negate(v[0]);
  case ExprKind::Pow:
    return evaluatePower(v[0], v[1]);
  case ExprKind::Min:
    return smaller(v[0], v[1]);
  case ExprKind::Max:
    return larger(v[0], v[1]);
  case ExprKind::Clip:
  case ExprKind::Clamp: {
    Interval above = larger(v[0], v[1]);
    return inherit(smaller(above, v[2]), above);
  }
  default:
    return evaluateFunction(kind, v[0]);
  }
}

Interval evaluateInterval(ExprKind kind, llvm::ArrayRef<Interval> operands,
                          bool sameOperands) {
  switch (kind) {
  case ExprKind::Where:
    return select(operands[0], operands[1], operands[2]);
  case ExprKind::And:
    return {std::min(operands[0].lower, operands[1].lower),
            std::min(operands[0].upper, operands[1].upper)};
  case ExprKind::Or:
    return {std::max(operands[0].lower, operands[1].lower),
            std::max(operands[0].upper, operands[1].upper)};
  case ExprKind::Not:
    return {1 - operands[0].upper, 1 - operands[0].lower};
  default:
    break;
  }
  if (isTruthValue(kind))
    return compareAll(kind, operands[0], operands[1]);
  bool isEmpty = llvm::any_of(
      operands, [](const Interval &operand) { return operand.isEmpty(); });
  Interval result = isEmpty ? Interval::empty()
                            : evaluateNumber(kind, operands, sameOperands);
  result.mayBeUndefined |= isEmpty;
  for (const Interval &operand : operands)
    result = inherit(result, operand);
  return result;
}

} // namespace actin
