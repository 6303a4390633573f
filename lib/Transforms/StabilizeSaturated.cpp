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

#include <algorithm>

using mlir::Location;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

namespace {

/// t + t erf(u) = t erfc(-u), t - t erf(u) = t erfc(u), t - t normcdf(u) =
/// t normcdf(-u), t - t e^u = -t expm1(u), t - 2 t sigmoid(u) =
/// -t tanh(u / 2), where t is no constant.
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
        // The sum is t (ratio function +- 1), or t (1 +- ratio function).
        std::optional<Real> ratio = rest.asConstant();
        if (!ratio)
          continue;
        RealValue term(rewriter, location, t);
        if (isFirst && sum.subtract)
          return emit(-term, function, -*ratio);
        return emit(term, function, sum.subtract ? -*ratio : *ratio);
      }
    }
    return {};
  }

  /// t (1 + ratio function); null where nothing cancels.
  static Value emit(const RealValue &t, Value function, const Real &ratio) {
    bool isMinusOne = ratio == Real(-1.0);
    auto erf = function.getDefiningOp<act::ErfOp>();
    if (erf && (isMinusOne || ratio == Real(1.0))) {
      RealValue u = t.with(erf.getOperand());
      return (t * act::erfc(isMinusOne ? u : -u)).getValue();
    }
    auto sigmoid = function.getDefiningOp<act::SigmoidOp>();
    if (sigmoid && ratio == Real(-2.0))
      return (-t * act::tanh(0.5 * t.with(sigmoid.getOperand()))).getValue();
    if (!isMinusOne)
      return {};
    if (auto exp = function.getDefiningOp<act::ExpOp>())
      return (-t * act::expm1(t.with(exp.getOperand()))).getValue();
    auto normcdf = function.getDefiningOp<act::NormcdfOp>();
    if (!normcdf)
      return {};
    return (t * act::normcdf(-t.with(normcdf.getOperand()))).getValue();
  }
};

/// (t + x) + y = t + (x + y), in any order, where x and y cancel: a constant
/// and b f^n that goes to minus that, as 1 - tanh(u)^2 beside another term; or
/// |u| and u.
struct CancellingAddends : SumPattern {
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
      Cancellation known = findCancellation(first, second);
      for (auto [near, far] : {std::pair(first, second), {second, first}})
        if (findCancellation(near, third) > known)
          return group(near, third, far, location, rewriter);
    }
    return {};
  }

  /// (x + y) + t.
  static Value group(const Addend &x, const Addend &y, const Addend &t,
                     Location location, PatternRewriter &rewriter) {
    RealValue first(rewriter, location, x.value);
    RealValue second = first.with(y.value), other = first.with(t.value);
    if (x.isNegated && y.isNegated) {
      RealValue sum = first + second;
      return (t.isNegated ? -(sum + other) : other - sum).getValue();
    }
    RealValue sum = x.isNegated   ? second - first
                    : y.isNegated ? first - second
                                  : first + second;
    return (t.isNegated ? sum - other : sum + other).getValue();
  }

  /// How sure it is that two addends cancel: a constant and an exponential do
  /// where the exponent vanishes, and another addend may vanish elsewhere.
  enum class Cancellation { None, AtOnePlace, Sure };

  static Cancellation findCancellation(const Addend &x, const Addend &y) {
    if (matchMagnitudeAnd(x.value, y.value) ||
        matchMagnitudeAnd(y.value, x.value))
      return Cancellation::Sure;
    return std::max(findLimit(x, y), findLimit(y, x));
  }

  /// Of a constant, x, and what goes to minus that.
  static Cancellation findLimit(const Addend &x, const Addend &y) {
    std::optional<Real> limit = getConstant(x.value);
    if (!limit || limit->isZero())
      return Cancellation::None;
    if (x.isNegated == y.isNegated)
      limit = -*limit;
    ScaledTerm scaled = splitConstantFactor(y.value);
    auto pow = scaled.term.getDefiningOp<act::PowOp>();
    std::optional<Real> power =
        pow ? getConstant(pow.getRhs()) : std::optional(Real(1.0));
    std::optional<int64_t> exponent = power ? power->asInteger() : std::nullopt;
    if (!exponent || *exponent < 1)
      return Cancellation::None;
    mlir::Operation *op = (pow ? pow.getLhs() : scaled.term).getDefiningOp();
    bool isOdd =
        *exponent % 2 != 0 && isa_and_nonnull<act::TanhOp, act::ErfOp>(op);
    // At 0 these are halves.
    if (!pow && isa_and_nonnull<act::SigmoidOp, act::NormcdfOp>(op) &&
        scaled.factor == *limit * Real(2.0))
      return Cancellation::AtOnePlace;
    if (!(scaled.factor == *limit) && !(isOdd && scaled.factor == -*limit))
      return Cancellation::None;
    if (isa_and_nonnull<act::TanhOp, act::ErfOp, act::SigmoidOp,
                        act::NormcdfOp>(op))
      return Cancellation::Sure;
    return isa_and_nonnull<act::ExpOp>(op) ? Cancellation::AtOnePlace
                                           : Cancellation::None;
  }
};

/// (a + b) - a s - b t = a (1 - s) + b (1 - t), beside other terms, for s and t
/// that go to 1: derivatives of products of these have such a factor.
struct ConstantOfSeveral : SumPattern {
  using SumPattern::SumPattern;

  struct Addend {
    Value term;
    Real factor;
  };

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    llvm::SmallVector<Addend> addends;
    collect(sum.x, Real(1.0), addends);
    collect(sum.y, Real(sum.subtract ? -1.0 : 1.0), addends);
    Real constant(0.0), rest(0.0);
    unsigned numSaturated = 0;
    for (const Addend &addend : addends) {
      if (std::optional<Real> number = getConstant(addend.term)) {
        constant = constant + addend.factor * *number;
      } else if (saturates(addend.term)) {
        rest = rest + addend.factor;
        ++numSaturated;
      }
    }
    if (numSaturated < 2 || constant.isZero() || !(constant == -rest))
      return {};
    RealValue model(rewriter, location, sum.x);
    std::optional<RealValue> result;
    for (const auto &[term, factor] : addends) {
      if (getConstant(term))
        continue;
      RealValue value = model.with(term);
      if (saturates(term)) {
        RealValue u = model.with(term.getDefiningOp()->getOperand(0));
        value = term.getDefiningOp<act::SigmoidOp>() ? -act::sigmoid(-u)
                                                     : -act::normcdf(-u);
      }
      RealValue scaled = model.constant(factor) * value;
      result = result ? *result + scaled : scaled;
    }
    return result->getValue();
  }

  static bool saturates(Value value) {
    return isa_and_nonnull<act::SigmoidOp, act::NormcdfOp>(
        value.getDefiningOp());
  }

  static void collect(Value value, const Real &sign,
                      llvm::SmallVectorImpl<Addend> &addends,
                      unsigned depth = 4) {
    ScaledTerm scaled = splitConstantFactor(value);
    Real factor = sign * scaled.factor;
    mlir::Operation *op = scaled.term.getDefiningOp();
    std::optional<Sum> sum = op ? matchSum(op) : std::nullopt;
    if (!sum || depth == 0)
      return addends.push_back({scaled.term, factor});
    collect(sum->x, factor, addends, depth - 1);
    collect(sum->y, sum->subtract ? -factor : factor, addends, depth - 1);
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
/// -sign(u) erfc(|u|), 2 sigmoid(u) + sign(u) = tanh(u / 2) for u < 0.
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
    if (!sign || !function || function->getNumOperands() != 1 ||
        function->getOperand(0) != sign.getOperand())
      return {};
    RealValue u(rewriter, location, sign.getOperand());
    RealValue signOfU = u.with(sign), factor = u.constant(y.factor);
    Real twice = y.factor * Real(2.0);
    if (isa<act::SigmoidOp>(function) &&
        (x.factor == twice || x.factor == -twice)) {
      bool isSum = x.factor == twice;
      RealValue tanh = factor * act::tanh(0.5 * u);
      // Elsewhere they have one sign.
      RealValue other = factor * abs(signOfU) + 2.0 * factor * u.with(x.term);
      Value isApart =
          compare(isSum ? act::CmpPredicate::lt : act::CmpPredicate::gt, u,
                  u.constant(0.0));
      RealValue result = where(isApart, tanh, other);
      return (isSum ? result : -result).getValue();
    }
    if (!isa<act::TanhOp, act::ErfOp>(function) || !(x.factor == -y.factor))
      return {};
    RealValue rest = isa<act::ErfOp>(function)
                         ? act::erfc(act::abs(u))
                         : 2.0 * act::sigmoid(-2.0 * act::abs(u));
    return (factor * signOfU * rest).getValue();
  }
};

} // namespace

void populateSaturatedPatterns(mlir::RewritePatternSet &patterns) {
  addSumPatterns<TermPlusSaturated>(patterns);
}

void populateCancellingAddendPatterns(mlir::RewritePatternSet &patterns) {
  addSumPatterns<CancellingAddends, ConstantOfSeveral>(patterns);
}

void populateSaturatedTailPatterns(mlir::RewritePatternSet &patterns) {
  addSumPatterns<SumSaturatedOnOneSide, SaturatedMinusSign>(patterns);
}

} // namespace actin
