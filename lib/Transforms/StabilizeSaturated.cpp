//===- StabilizeSaturated.cpp - Sums with what goes to 1 ------------------===//
//
// A term beside its product with a function that goes to 1 or -1: what is left
// of both is the function's tail. Each pattern is an identity over the reals,
// with the formula in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/FlatProduct.h"
#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

using mlir::Location;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

namespace {

/// t + t erf(u) = t erfc(-u), t - t erf(u) = t erfc(u), t - t normcdf(u) =
/// t normcdf(-u), t - t e^u = -t expm1(u), where t is no constant.
struct TermPlusSaturated : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      Value product = isFirst ? sum.x : sum.y, t = isFirst ? sum.y : sum.x;
      FlatProduct quotient;
      constexpr unsigned depth = 6;
      if (getConstant(t) || !quotient.multiply(product, 1, depth) ||
          !quotient.multiply(t, -1, depth))
        continue;
      for (auto [function, power] : quotient.powers) {
        FlatProduct rest = quotient;
        if (power != 1 || !rest.multiply(function, -1))
          continue;
        std::optional<int> sign = rest.asSign();
        // The sum is t (sign function +- 1), or t (1 +- sign function).
        RealValue term(rewriter, location, t);
        if (sign && isFirst && sum.subtract)
          return emit(-term, function, -*sign);
        if (sign)
          return emit(term, function, sum.subtract ? -*sign : *sign);
      }
    }
    return {};
  }

  /// t (1 + sign function).
  static Value emit(const RealValue &t, Value function, int sign) {
    if (auto erf = function.getDefiningOp<act::ErfOp>()) {
      RealValue u = t.with(erf.getOperand());
      return (t * act::erfc(sign > 0 ? -u : u)).getValue();
    }
    if (sign > 0)
      return {};
    if (auto exp = function.getDefiningOp<act::ExpOp>())
      return (-t * act::expm1(t.with(exp.getOperand()))).getValue();
    auto normcdf = function.getDefiningOp<act::NormcdfOp>();
    if (!normcdf)
      return {};
    return (t * act::normcdf(-t.with(normcdf.getOperand()))).getValue();
  }
};

/// (t + b f^n) + c = t + (b f^n + c), in any order, for a constant c that b f^n
/// goes to minus of: 1 - tanh(u)^2 beside another term.
struct ConstantBesideSaturated : SumPattern {
  using SumPattern::SumPattern;

  struct Addend {
    Value value;
    bool isNegated;
  };

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      Value inner = isFirst ? sum.x : sum.y, outer = isFirst ? sum.y : sum.x;
      mlir::Operation *op = inner.getDefiningOp();
      std::optional<Sum> terms = op ? matchSum(op) : std::nullopt;
      if (!terms || !inner.hasOneUse())
        continue;
      bool negatesInner = sum.subtract && !isFirst;
      Addend first{terms->x, negatesInner};
      Addend second{terms->y, terms->subtract != negatesInner};
      Addend third{outer, sum.subtract && isFirst};
      // The first two are together already.
      for (auto [near, far] : {std::pair(first, second), {second, first}})
        if (Value grouped = group(near, third, far, location, rewriter))
          return grouped;
    }
    return {};
  }

  /// (x + y) + t, where one of x and y is a constant that the other goes to
  /// minus of; else null.
  static Value group(const Addend &x, const Addend &y, const Addend &t,
                     Location location, PatternRewriter &rewriter) {
    for (auto [c, f] : {std::pair(x, y), {y, x}}) {
      std::optional<Real> constant = getConstant(c.value);
      if (!constant)
        continue;
      if (c.isNegated)
        constant = -*constant;
      if (!goesTo(f.value, f.isNegated ? *constant : -*constant))
        continue;
      RealValue saturated(rewriter, location, f.value);
      RealValue limit = saturated.constant(*constant);
      RealValue rest = f.isNegated ? limit - saturated : limit + saturated;
      RealValue other = rest.with(t.value);
      return (t.isNegated ? rest - other : rest + other).getValue();
    }
    return {};
  }

  /// Whether `limit` is one of a multiple of a power of a function.
  static bool goesTo(Value value, const Real &limit) {
    ScaledTerm scaled = splitConstantFactor(value);
    auto pow = scaled.term.getDefiningOp<act::PowOp>();
    std::optional<Real> power =
        pow ? getConstant(pow.getRhs()) : std::optional(Real(1.0));
    std::optional<int64_t> exponent = power ? power->asInteger() : std::nullopt;
    if (!exponent || *exponent < 1)
      return false;
    mlir::Operation *op = (pow ? pow.getLhs() : scaled.term).getDefiningOp();
    bool isOdd =
        *exponent % 2 != 0 && isa_and_nonnull<act::TanhOp, act::ErfOp>(op);
    return isa_and_nonnull<act::TanhOp, act::ErfOp, act::SigmoidOp,
                           act::NormcdfOp>(op) &&
           !limit.isZero() &&
           (scaled.factor == limit || (isOdd && scaled.factor == -limit));
  }
};

/// u - max(u, 0) f = min(u, 0) + max(u, 0) (1 - f) for an f that goes to 1.
struct SumSaturatedOnOneSide : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      Value product = isFirst ? sum.x : sum.y, u = isFirst ? sum.y : sum.x;
      FlatProduct factors;
      if (!sum.subtract || getConstant(u) || !factors.multiply(product, 1))
        continue;
      for (auto [max, power] : factors.powers) {
        FlatProduct rest = factors;
        if (matchPositivePart(max) != u || !rest.multiply(max, -1))
          continue;
        for (auto [function, functionPower] : rest.powers) {
          FlatProduct sign = rest;
          if (!saturates(function) || !sign.multiply(function, -1) ||
              sign.asSign() != 1)
            continue;
          RealValue x(rewriter, location, u);
          RealValue result =
              act::min(x, 0.0) + x.with(max) * (1.0 - x.with(function));
          return (isFirst ? -result : result).getValue();
        }
      }
    }
    return {};
  }

  static bool saturates(Value value) {
    return isa_and_nonnull<act::TanhOp, act::ErfOp, act::SigmoidOp,
                           act::NormcdfOp>(value.getDefiningOp());
  }
};

/// tanh(u) - sign(u) = -2 sign(u) sigmoid(-2 |u|), erf(u) - sign(u) =
/// -sign(u) erfc(|u|).
struct SaturatedMinusSign : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    ScaledTerm x = splitConstantFactor(sum.x), y = splitConstantFactor(sum.y);
    if (sum.subtract)
      y.factor = -y.factor;
    if (!y.term.getDefiningOp<act::SignOp>())
      std::swap(x, y);
    auto sign = y.term.getDefiningOp<act::SignOp>();
    mlir::Operation *function = x.term.getDefiningOp();
    if (!sign || !isa_and_nonnull<act::TanhOp, act::ErfOp>(function) ||
        function->getOperand(0) != sign.getOperand() ||
        !(x.factor == -y.factor))
      return {};
    RealValue u(rewriter, location, sign.getOperand());
    RealValue rest = isa<act::ErfOp>(function)
                         ? act::erfc(act::abs(u))
                         : 2.0 * act::sigmoid(-2.0 * act::abs(u));
    return (u.constant(y.factor) * u.with(sign) * rest).getValue();
  }
};

} // namespace

void populateSaturatedPatterns(mlir::RewritePatternSet &patterns) {
  addSumPatterns<TermPlusSaturated>(patterns);
}

void populateSaturatedConstantPatterns(mlir::RewritePatternSet &patterns) {
  addSumPatterns<ConstantBesideSaturated>(patterns);
}

void populateSaturatedTailPatterns(mlir::RewritePatternSet &patterns) {
  addSumPatterns<SumSaturatedOnOneSide, SaturatedMinusSign>(patterns);
}

} // namespace actin
