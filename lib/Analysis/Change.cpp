//===- Change.cpp - How far a change of one value moves another -----------===//
//
// Each bound is rounded, and then moved outwards by 2^-40 of itself.
//
//===----------------------------------------------------------------------===//

#include "Analysis/Change.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace actin {

using Bound = long double;

static constexpr Bound unbounded = INFINITY;

static Bound widen(Bound bound) { return bound * (1 + 0x1p-40L); }

/// A factor 0 gives 0 whatever the other one is.
static Bound multiply(Bound a, Bound b) { return a == 0 || b == 0 ? 0 : a * b; }

static bool hasOneSign(const Interval &values) {
  return values.lower >= 0 || values.upper <= 0;
}

ChangingValue ChangingValue::fixed(const Interval &values) {
  ChangingValue result;
  result.values = values;
  result.magnitude = values.magnitude();
  return result;
}

/// Lets each bound profit from the others.
static void tighten(ChangingValue &value) {
  const Interval &values = value.values;
  Bound width = values.isEmpty() ? 0 : Bound(values.upper) - values.lower;
  if (!std::isnan(width)) // Of a point at infinity.
    value.difference = std::min(value.difference, widen(width));
  value.difference =
      std::min(value.difference,
               hasOneSign(values) ? value.magnitude : 2 * value.magnitude);
  Bound smallest = values.mignitude();
  if (smallest > 0 && !std::isinf(smallest))
    value.relative =
        std::min(value.relative, widen(value.difference / smallest));
  value.difference = std::min(value.difference,
                              widen(multiply(value.relative, value.magnitude)));
  if (value.difference == 0)
    value.relative = 0;
}

ChangingValue ChangingValue::within(const Interval &values) {
  ChangingValue result = fixed(values);
  result.difference = result.relative = unbounded;
  tighten(result);
  return result;
}

//===----------------------------------------------------------------------===//
// Magnitudes below the range of double
//===----------------------------------------------------------------------===//

static Bound getMagnitude(ExprKind kind, llvm::ArrayRef<ChangingValue> v,
                          const Interval &values) {
  Bound magnitude = values.magnitude();
  // exp(-u^2 / 2) and the like bound these on the side of their tail.
  Bound x = v[0].values.upper;
  switch (kind) {
  case ExprKind::Exp:
  case ExprKind::Sigmoid:
  case ExprKind::Softplus:
    return std::min(magnitude, widen(std::exp(x)));
  case ExprKind::Normpdf: {
    Bound nearest = v[0].values.mignitude();
    return std::min(magnitude, widen(std::exp(-nearest * nearest / 2)));
  }
  case ExprKind::Normcdf:
    return x < 0 ? std::min(magnitude, widen(std::exp(-x * x / 2))) : magnitude;
  case ExprKind::Erfc: {
    Bound nearest = v[0].values.lower;
    return nearest > 0
               ? std::min(magnitude, widen(std::exp(-nearest * nearest)))
               : magnitude;
  }
  case ExprKind::Tanh:
  case ExprKind::Abs:
  case ExprKind::Neg:
  case ExprKind::Log1p:
    // |log1p(u)| <= |u| for u >= 0.
    return kind == ExprKind::Log1p && v[0].values.lower < 0
               ? magnitude
               : std::min(magnitude, v[0].magnitude);
  case ExprKind::Mul:
    return std::min(magnitude, widen(multiply(v[0].magnitude, v[1].magnitude)));
  case ExprKind::Add:
  case ExprKind::Sub:
    return std::min(magnitude, widen(v[0].magnitude + v[1].magnitude));
  case ExprKind::Div: {
    Bound smallest = v[1].values.mignitude();
    return smallest > 0 ? std::min(magnitude, widen(v[0].magnitude / smallest))
                        : magnitude;
  }
  case ExprKind::Where:
    return std::min(magnitude, std::max(v[1].magnitude, v[2].magnitude));
  default:
    return magnitude;
  }
}

//===----------------------------------------------------------------------===//
// Differences
//===----------------------------------------------------------------------===//

namespace {
struct Moved {
  Bound difference = unbounded;
  Bound relative = unbounded;
};
} // namespace

/// The largest slope that a function has anywhere; none where it has no bound.
static Bound getSteepest(ExprKind kind) {
  switch (kind) {
  case ExprKind::Sigmoid:
    return 0.25L;
  case ExprKind::Normcdf:
  case ExprKind::Normpdf:
    return 0.4L;
  case ExprKind::Erf:
  case ExprKind::Erfc:
    return 1.13L;
  case ExprKind::Tanh:
  case ExprKind::Sin:
  case ExprKind::Cos:
  case ExprKind::Atan:
  case ExprKind::Asinh:
  case ExprKind::Softplus:
  case ExprKind::Logsigmoid:
    return 1;
  default:
    return unbounded;
  }
}

/// How far a function is from its limit at the most where |u| is `nearest` or
/// more on one side of 0: intervals of doubles cannot tell 1 - e^-100 from 1.
static Bound getDistanceToLimit(ExprKind kind, Bound nearest) {
  switch (kind) {
  case ExprKind::Sigmoid:
    return std::exp(-nearest);
  case ExprKind::Tanh:
    return 2 * std::exp(-2 * nearest);
  case ExprKind::Erf:
  case ExprKind::Erfc:
    return std::exp(-nearest * nearest);
  case ExprKind::Normcdf:
    return std::exp(-nearest * nearest / 2);
  default:
    return unbounded;
  }
}

static Moved moveFunction(ExprKind kind, const ChangingValue &u) {
  Bound bySlope = multiply(u.difference, getSteepest(kind));
  Bound byLimit = hasOneSign(u.values)
                      ? getDistanceToLimit(kind, u.values.mignitude())
                      : unbounded;
  return {std::min(bySlope, byLimit), unbounded};
}

/// base^n for a base that moves by the factor 1 + e, |e| <= `relative`.
static Bound moveByPower(Bound relative, Bound n) {
  return relative < 1 ? std::expm1(-std::fabs(n) * std::log1p(-relative))
                      : unbounded;
}

static Moved moveSum(llvm::ArrayRef<ChangingValue> v, bool isDifference) {
  const Interval &b = v[1].values;
  Interval second = isDifference ? Interval(-b.upper, -b.lower) : b;
  bool sameSign = (v[0].values.lower >= 0 && second.lower >= 0) ||
                  (v[0].values.upper <= 0 && second.upper <= 0);
  return {v[0].difference + v[1].difference,
          sameSign ? std::max(v[0].relative, v[1].relative) : unbounded};
}

static Moved moveQuotient(const ChangingValue &a, const ChangingValue &b) {
  return {unbounded, b.relative < 1
                         ? (a.relative + b.relative) / (1 - b.relative)
                         : unbounded};
}

static Moved moveSelection(llvm::ArrayRef<ChangingValue> v) {
  const ChangingValue &condition = v[0];
  if (condition.values.lower >= 1)
    return {v[1].difference, v[1].relative};
  if (condition.values.upper <= 0)
    return {v[2].difference, v[2].relative};
  if (!condition.isFixed())
    return {};
  return {std::max(v[1].difference, v[2].difference),
          std::max(v[1].relative, v[2].relative)};
}

static Moved moveLargest(llvm::ArrayRef<ChangingValue> v) {
  Moved moved{0, 0};
  for (const ChangingValue &operand : v) {
    moved.difference = std::max(moved.difference, operand.difference);
    moved.relative = std::max(moved.relative, operand.relative);
  }
  return moved;
}

static Moved move(ExprKind kind, llvm::ArrayRef<ChangingValue> v) {
  const ChangingValue &a = v[0];
  switch (kind) {
  case ExprKind::Neg:
  case ExprKind::Abs:
  case ExprKind::Min:
  case ExprKind::Max:
  case ExprKind::Clip:
  case ExprKind::Clamp:
    return moveLargest(v);
  case ExprKind::Add:
  case ExprKind::Sub:
    return moveSum(v, kind == ExprKind::Sub);
  case ExprKind::Mul:
    return {multiply(a.difference, v[1].magnitude) +
                multiply(a.magnitude, v[1].difference),
            a.relative + v[1].relative + multiply(a.relative, v[1].relative)};
  case ExprKind::Div:
    return moveQuotient(a, v[1]);
  case ExprKind::Pow:
    return {unbounded, v[1].isFixed() && v[1].values.isPoint()
                           ? moveByPower(a.relative, v[1].values.lower)
                           : unbounded};
  case ExprKind::Sqrt:
  case ExprKind::Rsqrt:
    return {unbounded, moveByPower(a.relative, 0.5L)};
  case ExprKind::Where:
    return moveSelection(v);
  case ExprKind::Exp:
    return {unbounded, std::expm1(a.difference)};
  case ExprKind::Exp2:
    return {unbounded, std::expm1(a.difference * std::numbers::ln2_v<Bound>)};
  case ExprKind::Log:
    return {a.relative < 1 ? -std::log1p(-a.relative) : unbounded, unbounded};
  default:
    return moveFunction(kind, a);
  }
}

/// Truth values change unless they are decided.
static Moved moveTruth(llvm::ArrayRef<ChangingValue> v, const Interval &truth) {
  bool isFixed =
      truth.isPoint() || llvm::all_of(v, [](auto &x) { return x.isFixed(); });
  return isFixed ? Moved{0, 0} : Moved{1, unbounded};
}

/// Whether the values that `v` may take after the change have left the domain,
/// or what is selected has.
static bool mayLoseDomain(ExprKind kind, llvm::ArrayRef<ChangingValue> v,
                          bool isNewlyUndefined) {
  if (kind == ExprKind::Where) {
    bool onTrue = v[0].values.upper > 0, onFalse = v[0].values.lower < 1;
    return v[0].losesDomain || (onTrue && v[1].losesDomain) ||
           (onFalse && v[2].losesDomain);
  }
  bool changes = llvm::any_of(v, [](auto &x) { return !x.isFixed(); });
  return (isNewlyUndefined && changes) ||
         llvm::any_of(v, [](auto &x) { return x.losesDomain; });
}

ChangingValue evaluateChange(ExprKind kind, llvm::ArrayRef<ChangingValue> v,
                             bool sameOperands) {
  llvm::SmallVector<Interval, 3> intervals;
  for (const ChangingValue &operand : v) {
    Interval plain(operand.values.lower, operand.values.upper);
    intervals.push_back(plain);
  }
  ChangingValue result;
  result.values = evaluateInterval(kind, intervals, sameOperands);
  if (llvm::all_of(v, [](auto &x) { return x.isFixed(); })) {
    result.magnitude = getMagnitude(kind, v, result.values);
    return result;
  }
  result.losesDomain = mayLoseDomain(
      kind, v, result.values.mayBeUndefined || result.values.mayBePole);
  result.magnitude = getMagnitude(kind, v, result.values);
  Moved moved =
      isTruthValue(kind) ? moveTruth(v, result.values) : move(kind, v);
  result.difference = widen(moved.difference);
  result.relative = widen(moved.relative);
  tighten(result);
  return result;
}

} // namespace actin
