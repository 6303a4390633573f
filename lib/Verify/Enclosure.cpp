//===- Enclosure.cpp - Proven bounds of one value, at any precision -------===//

#include "Verify/Enclosure.h"

#include "Verify/EncloseFunction.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace actin {

using State = Enclosure::State;
using Operands = llvm::ArrayRef<const Enclosure *>;

static constexpr mpfr_rnd_t down = MPFR_RNDD, up = MPFR_RNDU;

bool Enclosure::is(long value) const {
  return isBounded() && lower.asInteger() == value &&
         upper.asInteger() == value;
}

void encloseConstant(Enclosure &result, const Real &value) {
  result.lower.set(value, down);
  result.upper.set(value, up);
  result.state = value.isNaN() ? State::Undefined : State::Bounded;
}

void encloseInteger(Enclosure &result, long lower, long upper) {
  result.lower.set(double(lower), down);
  result.upper.set(double(upper), up);
  result.state = State::Bounded;
}

void copyEnclosure(Enclosure &result, const Enclosure &source) {
  result.state = source.state;
  result.lower.set(source.lower, down);
  result.upper.set(source.upper, up);
}

/// Bounds that no order makes sense of, as of inf - inf, say nothing.
void settle(Enclosure &result) {
  result.state = result.lower.isNaN() || result.upper.isNaN() ? State::Unknown
                                                              : State::Bounded;
}

Enclosure makeWorkspace(const Enclosure &like) {
  Enclosure result;
  result.setPrecision(like.lower.getPrecision());
  return result;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

void encloseSum(Enclosure &result, const Enclosure &a, const Enclosure &b) {
  add(result.lower, a.lower, b.lower, down);
  add(result.upper, a.upper, b.upper, up);
  settle(result);
}

void encloseNegative(Enclosure &result, const Enclosure &a) {
  BigReal lower = a.lower;
  result.lower.set(a.upper, up);
  result.lower.negate();
  result.upper.set(lower, down);
  result.upper.negate();
  result.state = a.state;
}

/// Both factors may have either sign.
static void encloseMixedProduct(Enclosure &result, const Enclosure &a,
                                const Enclosure &b) {
  BigReal candidate(result.lower.getPrecision());
  bool isFirst = true;
  for (const BigReal *x : {&a.lower, &a.upper})
    for (const BigReal *y : {&b.lower, &b.upper}) {
      multiply(candidate, *x, *y, down);
      if (candidate.isNaN()) {
        result.state = State::Unknown;
        return;
      }
      if (isFirst || compare(candidate, result.lower) < 0)
        result.lower = candidate;
      multiply(candidate, *x, *y, up);
      if (isFirst || compare(candidate, result.upper) > 0)
        result.upper = candidate;
      isFirst = false;
    }
  result.state = State::Bounded;
}

void encloseProduct(Enclosure &result, const Enclosure &a, const Enclosure &b) {
  if (a.lower.getSign() < 0 || b.lower.getSign() < 0)
    return encloseMixedProduct(result, a, b);
  multiply(result.lower, a.lower, b.lower, down);
  multiply(result.upper, a.upper, b.upper, up);
  settle(result);
}

/// A pole is no value; where the divisor only may be 0, nothing is known.
void encloseQuotient(Enclosure &result, const Enclosure &a,
                     const Enclosure &b) {
  if (b.lower.getSign() <= 0 && b.upper.getSign() >= 0) {
    result.state = b.is(0) ? State::Undefined : State::Unknown;
    return;
  }
  if (b.upper.getSign() < 0) {
    Enclosure dividend = makeWorkspace(result), divisor = makeWorkspace(result);
    encloseNegative(dividend, a);
    encloseNegative(divisor, b);
    return encloseQuotient(result, dividend, divisor);
  }
  divide(result.lower, a.lower, a.lower.getSign() >= 0 ? b.upper : b.lower,
         down);
  divide(result.upper, a.upper, a.upper.getSign() >= 0 ? b.lower : b.upper, up);
  settle(result);
}

//===----------------------------------------------------------------------===//
// Powers
//===----------------------------------------------------------------------===//

/// base^exponent, exponent >= 1, by repeated multiplication: exact where the
/// precision suffices.
static void encloseIntegerPower(Enclosure &result, const Enclosure &base,
                                long exponent) {
  Enclosure power = makeWorkspace(result), product = makeWorkspace(result);
  copyEnclosure(power, base);
  encloseInteger(result, 1, 1);
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) {
      encloseProduct(product, result, power);
      std::swap(product, result);
    }
    if (exponent == 1)
      break;
    encloseProduct(product, power, power);
    std::swap(product, power);
  }
}

/// base^exponent for a positive base: e^(exponent log base).
static void enclosePositivePower(Enclosure &result, const Enclosure &base,
                                 const Enclosure &exponent) {
  Enclosure logarithm = makeWorkspace(result), product = makeWorkspace(result);
  encloseFunction(logarithm, ExprKind::Log, base);
  encloseProduct(product, logarithm, exponent);
  if (product.isBounded())
    encloseFunction(result, ExprKind::Exp, product);
  else
    result.state = product.state;
}

static void enclosePower(Enclosure &result, const Enclosure &base,
                         const Enclosure &exponent) {
  constexpr long maxInteger = 1024;
  std::optional<long> n;
  if (exponent.isPoint())
    n = exponent.lower.asInteger();
  if (n == 0) {
    // As limits, infinity and 0 have no power of their own.
    if (base.isLimit && exponent.isLimit &&
        (base.lower.isInfinite() || base.is(0))) {
      result.state = State::Undefined;
      return;
    }
    return encloseInteger(result, 1, 1);
  }
  if (n && std::abs(*n) <= maxInteger) {
    if (*n > 0)
      return encloseIntegerPower(result, base, *n);
    Enclosure one = makeWorkspace(result), power = makeWorkspace(result);
    encloseInteger(one, 1, 1);
    encloseIntegerPower(power, base, -*n);
    return encloseQuotient(result, one, power);
  }
  if (base.lower.getSign() > 0)
    return enclosePositivePower(result, base, exponent);
  if (base.is(0) && exponent.lower.getSign() > 0)
    return encloseInteger(result, 0, 0);
  bool isOutside = base.is(0)
                       ? exponent.upper.getSign() < 0
                       : base.upper.getSign() < 0 && exponent.isPoint() && !n;
  result.state = isOutside ? State::Undefined : State::Unknown;
}

//===----------------------------------------------------------------------===//
// Selection and truth values
//===----------------------------------------------------------------------===//

static void encloseSmaller(Enclosure &result, const Enclosure &a,
                           const Enclosure &b) {
  bool isFirst = compare(a.lower, b.lower) <= 0;
  result.lower.set(isFirst ? a.lower : b.lower, down);
  isFirst = compare(a.upper, b.upper) <= 0;
  result.upper.set(isFirst ? a.upper : b.upper, up);
  result.state = State::Bounded;
}

static void encloseLarger(Enclosure &result, const Enclosure &a,
                          const Enclosure &b) {
  bool isFirst = compare(a.lower, b.lower) >= 0;
  result.lower.set(isFirst ? a.lower : b.lower, down);
  isFirst = compare(a.upper, b.upper) >= 0;
  result.upper.set(isFirst ? a.upper : b.upper, up);
  result.state = State::Bounded;
}

/// What the selected branch gives; where either may be selected, both.
static void encloseSelection(Enclosure &result, const Enclosure &condition,
                             const Enclosure &onTrue,
                             const Enclosure &onFalse) {
  if (condition.is(1))
    return copyEnclosure(result, onTrue);
  if (condition.is(0))
    return copyEnclosure(result, onFalse);
  result.state = State::Unknown;
  if (!condition.isBounded() || !onTrue.isBounded() || !onFalse.isBounded())
    return;
  bool isFirst = compare(onTrue.lower, onFalse.lower) <= 0;
  result.lower.set(isFirst ? onTrue.lower : onFalse.lower, down);
  isFirst = compare(onTrue.upper, onFalse.upper) >= 0;
  result.upper.set(isFirst ? onTrue.upper : onFalse.upper, up);
  result.state = State::Bounded;
}

/// {0}, {1} or both.
static void encloseTruth(Enclosure &result, bool mayBeFalse, bool mayBeTrue) {
  encloseInteger(result, mayBeFalse ? 0 : 1, mayBeTrue ? 1 : 0);
}

static void encloseComparison(Enclosure &result, ExprKind kind,
                              const Enclosure &a, const Enclosure &b) {
  // Two that are infinite at infinity may be of different growth.
  if (a.isLimit && b.isLimit && a.lower.isInfinite() && b.lower.isInfinite() &&
      a.lower.getSign() == b.lower.getSign()) {
    result.state = State::Unknown;
    return;
  }
  bool mayBeLess = compare(a.lower, b.upper) < 0;
  bool mayBeGreater = compare(a.upper, b.lower) > 0;
  bool mayBeEqual =
      compare(a.lower, b.upper) <= 0 && compare(a.upper, b.lower) >= 0;
  switch (kind) {
  case ExprKind::Less:
    return encloseTruth(result, mayBeEqual || mayBeGreater, mayBeLess);
  case ExprKind::LessEqual:
    return encloseTruth(result, mayBeGreater, mayBeLess || mayBeEqual);
  case ExprKind::Greater:
    return encloseTruth(result, mayBeEqual || mayBeLess, mayBeGreater);
  case ExprKind::GreaterEqual:
    return encloseTruth(result, mayBeLess, mayBeGreater || mayBeEqual);
  case ExprKind::Equal:
    return encloseTruth(result, mayBeLess || mayBeGreater, mayBeEqual);
  default:
    return encloseTruth(result, mayBeEqual, mayBeLess || mayBeGreater);
  }
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

static void encloseBounded(Enclosure &result, ExprKind kind, Operands v) {
  switch (kind) {
  case ExprKind::Add:
    return encloseSum(result, *v[0], *v[1]);
  case ExprKind::Sub: {
    Enclosure negative = makeWorkspace(*v[1]);
    encloseNegative(negative, *v[1]);
    return encloseSum(result, *v[0], negative);
  }
  case ExprKind::Mul:
    return encloseProduct(result, *v[0], *v[1]);
  case ExprKind::Div:
    return encloseQuotient(result, *v[0], *v[1]);
  case ExprKind::Neg:
    return encloseNegative(result, *v[0]);
  case ExprKind::Pow:
    return enclosePower(result, *v[0], *v[1]);
  case ExprKind::Min:
    return encloseSmaller(result, *v[0], *v[1]);
  case ExprKind::Max:
    return encloseLarger(result, *v[0], *v[1]);
  case ExprKind::Clip:
  case ExprKind::Clamp: {
    Enclosure larger = makeWorkspace(result);
    encloseLarger(larger, *v[0], *v[1]);
    return encloseSmaller(result, larger, *v[2]);
  }
  case ExprKind::And:
    return encloseSmaller(result, *v[0], *v[1]);
  case ExprKind::Or:
    return encloseLarger(result, *v[0], *v[1]);
  case ExprKind::Not:
    return encloseTruth(result, v[0]->upper.getSign() > 0,
                        v[0]->lower.getSign() == 0);
  default:
    if (isTruthValue(kind))
      return encloseComparison(result, kind, *v[0], *v[1]);
    return encloseFunction(result, kind, *v[0]);
  }
}

void enclose(Enclosure &result, ExprKind kind, Operands v) {
  bool isLimit = llvm::any_of(
      v, [](const Enclosure *operand) { return operand->isLimit; });
  // As the dialect has it: a factor 0 gives 0 whatever the other one is. A
  // limit of 0 is another matter.
  auto isZero = [](const Enclosure *x) { return !x->isLimit && x->is(0); };
  auto isFine = [](const Enclosure *x) { return x->isBounded(); };
  if (kind == ExprKind::Mul && llvm::any_of(v, isZero)) {
    encloseInteger(result, 0, 0);
    isLimit = false;
  } else if (kind == ExprKind::Where) {
    encloseSelection(result, *v[0], *v[1], *v[2]);
  } else if (llvm::all_of(v, isFine)) {
    encloseBounded(result, kind, v);
  } else {
    bool isUndefined = llvm::any_of(v, [](const Enclosure *operand) {
      return operand->state == State::Undefined;
    });
    result.state = isUndefined ? State::Undefined : State::Unknown;
  }
  result.isLimit = isLimit;
}

} // namespace actin
