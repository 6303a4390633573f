//===- StabilizePowers.cpp - Powers and products of constants -------------===//
//
// Each pattern is an identity over the reals, with the formula in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

using mlir::Location;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

bool isNegationOf(Value x, Value y, unsigned depth) {
  ScaledTerm u = splitConstantFactor(x), v = splitConstantFactor(y);
  if (u.term == v.term)
    return u.factor == -v.factor;
  if (!u.term.getDefiningOp() || !v.term.getDefiningOp() || depth == 0 ||
      !(u.factor == v.factor))
    return false;
  std::optional<Sum> left = matchSum(u.term.getDefiningOp());
  std::optional<Sum> right = matchSum(v.term.getDefiningOp());
  if (!left || !right)
    return false;
  if (left->subtract && right->subtract && left->x == right->y &&
      left->y == right->x)
    return true;
  return isNegationOf(left->x, right->x, depth - 1) &&
         (left->subtract == right->subtract
              ? isNegationOf(left->y, right->y, depth - 1)
              : left->y == right->y);
}

namespace {

/// value = factor * base^exponent.
struct PowerTerm {
  Value base;
  int64_t exponent;
  Real factor;
};

PowerTerm matchPowerTerm(Value value) {
  ScaledTerm scaled = splitConstantFactor(value);
  if (auto pow = scaled.term.getDefiningOp<act::PowOp>()) {
    std::optional<Real> power = getConstant(pow.getRhs());
    std::optional<int64_t> exponent = power ? power->asInteger() : std::nullopt;
    if (exponent && *exponent >= 1 && *exponent <= 8)
      return {pow.getLhs(), *exponent, scaled.factor};
  }
  if (auto mul = scaled.term.getDefiningOp<act::MulOp>())
    if (mul.getLhs() == mul.getRhs())
      return {mul.getLhs(), 2, scaled.factor};
  return {scaled.term, 1, scaled.factor};
}

/// k (a x^i + b x^j) = k b (x^i (a / b + x^(j - i))), a constant and a product,
/// which exponentials take without a rounding of either.
struct FactorPower : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  static Value power(const PowerTerm &term, int64_t exponent,
                     PatternRewriter &rewriter, Location location) {
    if (exponent == 1)
      return term.base;
    return act::PowOp::create(
        rewriter, location, term.base,
        createConstant(rewriter, location, Real(double(exponent))));
  }

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Real> left = getConstant(op.getLhs());
    std::optional<Real> right = getConstant(op.getRhs());
    const std::optional<Real> &scale = left ? left : right;
    Value other = left ? op.getRhs() : op.getLhs();
    if (!scale || !other.hasOneUse() || !other.getDefiningOp())
      return mlir::failure();
    std::optional<Sum> sum = matchSum(other.getDefiningOp());
    if (!sum)
      return mlir::failure();
    PowerTerm low = matchPowerTerm(sum->x), high = matchPowerTerm(sum->y);
    if (sum->subtract)
      high.factor = -high.factor;
    if (low.exponent > high.exponent)
      std::swap(low, high);
    if (low.base != high.base || low.exponent == high.exponent)
      return mlir::failure();
    Location location = op.getLoc();
    Value factor = act::AddOp::create(
        rewriter, location,
        createConstant(rewriter, location, low.factor / high.factor),
        power(high, high.exponent - low.exponent, rewriter, location));
    Value product = act::MulOp::create(
        rewriter, location, power(low, low.exponent, rewriter, location),
        factor);
    rewriter.replaceOpWithNewOp<act::MulOp>(
        op, createConstant(rewriter, location, *scale * high.factor), product);
    return mlir::success();
  }
};

/// u (-u) = -u^2, where the sign has gone into a sum: a square is never
/// negative.
struct ProductWithNegation : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    Value u = op.getLhs();
    if (!u.getDefiningOp() || !op.getRhs().getDefiningOp() ||
        !matchSum(u.getDefiningOp()) || !isNegationOf(u, op.getRhs()))
      return mlir::failure();
    act::RealValue base(rewriter, op.getLoc(), u);
    rewriter.replaceOp(op, (-act::square(base)).getValue());
    return mlir::success();
  }
};

/// c * (k * u) = (c k) * u.
struct MergeConstantFactors : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    ScaledTerm scaled = splitConstantFactor(op.getResult());
    std::optional<Real> left = getConstant(op.getLhs());
    std::optional<Real> right = getConstant(op.getRhs());
    Value other = left ? op.getRhs() : op.getLhs();
    if ((!left && !right) || scaled.term == other ||
        other.getDefiningOp<act::DivOp>())
      return mlir::failure();
    if (scaled.factor == Real(1.0))
      rewriter.replaceOp(op, scaled.term);
    else
      rewriter.replaceOpWithNewOp<act::MulOp>(
          op, createConstant(rewriter, op.getLoc(), scaled.factor),
          scaled.term);
    return mlir::success();
  }
};

/// c^u = e^(u log c) for a constant c > 0, and 2^u by exp2: the logarithm has
/// 113 bits, the rounded c has those of the compute type.
struct PowerOfConstant : mlir::OpRewritePattern<act::PowOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::PowOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Real> base = getConstant(op.getLhs());
    if (!base || !(Real(0.0) < *base) || base->isInfinity() ||
        getConstant(op.getRhs()))
      return mlir::failure();
    Value exponent = op.getRhs();
    if (*base == Real(2.0)) {
      rewriter.replaceOpWithNewOp<act::Exp2Op>(op, exponent);
      return mlir::success();
    }
    Real rate = evaluateUnary("log", *base);
    if (!nearlyEqual(rate, Real(1.0)))
      exponent = act::MulOp::create(rewriter, op.getLoc(),
                                    createConstant(rewriter, op.getLoc(), rate),
                                    exponent);
    rewriter.replaceOpWithNewOp<act::ExpOp>(op, exponent);
    return mlir::success();
  }
};

} // namespace

void populatePowerPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<FactorPower, MergeConstantFactors, PowerOfConstant,
               ProductWithNegation>(patterns.getContext());
}

} // namespace actin
