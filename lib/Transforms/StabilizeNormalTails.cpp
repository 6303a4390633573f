//===- StabilizeNormalTails.cpp - Quotients of the normal distribution ----===//
//
// Logarithms and quotients of normcdf, normpdf and erfc, which vanish faster
// than any range has numbers for. Each pattern selects in the tail the identity
// in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/FlatProduct.h"
#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

using mlir::LogicalResult;
using mlir::Operation;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

namespace {

/// Below, createMillsFraction has all digits; above, normcdf is a
/// normal number.
double getTailBound(bool isF64) { return isF64 ? -36.0 : -12.0; }

/// normcdf(-u) = normpdf(u) (1 - n / d) / u for u > 0: the sixth convergent of
/// its continued fraction, polynomials in u^2. Relative error 7! / u^14.
struct MillsFraction {
  RealValue n, d;
};

/// `v` is u^2.
MillsFraction createMillsFraction(RealValue v, bool isF64) {
  // Beyond, n / d is nothing beside 1.
  v = min(v, v.constant(isF64 ? 1e18 : 1e9));
  return {(v + 18.0) * v + 57.0, ((v + 21.0) * v + 105.0) * v + 105.0};
}

/// log(normcdf(u)) = -u^2 / 2 - log(-u sqrt(2 pi)) + log(1 - n / d) in the
/// lower tail, and log1p(-normcdf(-u)) for u > 0.
struct LogOfNormcdf : mlir::OpRewritePattern<act::LogOp> {
  LogOfNormcdf(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    ScaledTerm scaled = splitConstantFactor(op.getOperand());
    auto normcdf = scaled.term.getDefiningOp<act::NormcdfOp>();
    if (!normcdf || isSelected(op, normcdf.getOperand()))
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), normcdf.getOperand());
    RealValue asWritten = u.with(rewriter.clone(*op)->getResult(0));
    if (scaled.factor == Real(1.0))
      asWritten = where(act::compare(act::CmpPredicate::gt, u, u.constant(0.0)),
                        log1p(-act::normcdf(-u)), asWritten);
    Real factor = scaled.factor / evaluateUnary("sqrt", Real::pi() * Real(2.0));
    auto [n, d] = createMillsFraction(u * u, isF64);
    RealValue rest = log(u.constant(factor) / -u) + log1p(-(n / d));
    Value isTail =
        act::compare(act::CmpPredicate::lt, u, u.constant(getTailBound(isF64)));
    rewriter.replaceOp(
        op, where(isTail, -0.5 * u * u + rest, asWritten).getValue());
    return mlir::success();
  }

  bool isF64;
};

/// Beyond it in f64, f32: as getTailBound, of erfc(u) = 2 normcdf(-u sqrt 2).
double getErfcBound(bool isF64) { return isF64 ? 25.5 : 8.5; }

/// log(erfc(u)) = -u^2 - log(u sqrt(pi)) + log(1 - n / d) in the upper tail,
/// with the polynomials of 2 u^2.
struct LogOfErfc : mlir::OpRewritePattern<act::LogOp> {
  LogOfErfc(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    ScaledTerm scaled = splitConstantFactor(op.getOperand());
    auto erfc = scaled.term.getDefiningOp<act::ErfcOp>();
    if (!erfc || isSelected(op, erfc.getOperand()))
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), erfc.getOperand());
    Real factor = scaled.factor / evaluateUnary("sqrt", Real::pi());
    auto [n, d] = createMillsFraction(2.0 * u * u, isF64);
    RealValue rest = log(u.constant(factor) / u) + log1p(-(n / d));
    selectTail(rewriter, op, u, getErfcBound(isF64), rest - u * u,
               act::CmpPredicate::gt);
    return mlir::success();
  }

  bool isF64;
};

bool isSquare(Value value, Value base) {
  if (auto mul = value.getDefiningOp<act::MulOp>())
    return mul.getLhs() == base && mul.getRhs() == base;
  auto pow = value.getDefiningOp<act::PowOp>();
  return pow && pow.getLhs() == base && getConstant(pow.getRhs()) == Real(2.0);
}

/// e^(u^2) erfc(u) = (1 - n / d) / (u sqrt(pi)) in the upper tail, and its
/// reciprocal.
struct ErfcByExp : mlir::RewritePattern {
  ErfcByExp(mlir::MLIRContext *context, llvm::StringRef root, bool isF64)
      : RewritePattern(root, /*benefit=*/2, context), isF64(isF64) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    bool isQuotient = isa<act::DivOp>(op);
    for (unsigned k : {0u, 1u}) {
      auto exp = op->getOperand(k).getDefiningOp<act::ExpOp>();
      auto erfc = op->getOperand(1 - k).getDefiningOp<act::ErfcOp>();
      if (!exp || !erfc || (isQuotient && k == 1) ||
          isSelected(op, erfc.getOperand()))
        continue;
      ScaledTerm exponent = splitConstantFactor(exp.getOperand());
      if (!isSquare(exponent.term, erfc.getOperand()) ||
          !(exponent.factor == Real(isQuotient ? -1.0 : 1.0)))
        continue;
      RealValue u(rewriter, op->getLoc(), erfc.getOperand());
      auto [n, d] = createMillsFraction(2.0 * u * u, isF64);
      RealValue root = u.constant(evaluateUnary("sqrt", Real::pi()));
      RealValue less = 1.0 - n / d;
      selectTail(rewriter, op, u, getErfcBound(isF64),
                 isQuotient ? root * u / less : less / (root * u),
                 act::CmpPredicate::gt);
      return mlir::success();
    }
    return mlir::failure();
  }

  bool isF64;
};

/// c - c sqrt(pi) u e^(u^2) erfc(u) = c n / d in the upper tail: a derivative
/// of e^(u^2) erfc(u).
template <typename SumOp>
struct LimitMinusErfcByExp : mlir::OpRewritePattern<SumOp> {
  LimitMinusErfcByExp(mlir::MLIRContext *context, bool isF64)
      : mlir::OpRewritePattern<SumOp>(context, /*benefit=*/3), isF64(isF64) {}

  LogicalResult matchAndRewrite(SumOp op,
                                PatternRewriter &rewriter) const override {
    Sum sum = *matchSum(op.getOperation());
    for (bool isFirst : {true, false}) {
      FlatProduct limit, product;
      constexpr unsigned depth = 6;
      if (!limit.multiply(isFirst ? sum.x : sum.y, 1, depth) ||
          !limit.powers.empty() || limit.coefficient.isZero() ||
          !product.multiply(isFirst ? sum.y : sum.x, 1, depth))
        continue;
      if (sum.subtract)
        (isFirst ? product : limit).coefficient =
            -(isFirst ? product : limit).coefficient;
      Value u = takeErfcByExp(product);
      Real root = evaluateUnary("sqrt", Real::pi());
      if (!u || isSelected(op, u) ||
          !nearlyEqual(product.coefficient, -(limit.coefficient * root)))
        continue;
      RealValue x(rewriter, op.getLoc(), u);
      // n / d by w = 1 / (2 u^2): its relative error is 7! / (u sqrt(2))^12.
      RealValue w = 0.5 / x / x;
      RealValue n = (57.0 * w + 18.0) * w + 1.0;
      RealValue d = ((105.0 * w + 105.0) * w + 21.0) * w + 1.0;
      selectTail(rewriter, op, x, isF64 ? 28.0 : getErfcBound(isF64),
                 x.constant(limit.coefficient) * (w * (n / d)),
                 act::CmpPredicate::gt);
      return mlir::success();
    }
    return mlir::failure();
  }

  /// The u for which `product` is a number times u e^(u^2) erfc(u).
  static Value takeErfcByExp(const FlatProduct &product) {
    for (auto [factor, power] : product.powers) {
      auto erfc = factor.template getDefiningOp<act::ErfcOp>();
      FlatProduct rest = product;
      rest.coefficient = Real(1.0);
      if (erfc && power == 1 && rest.multiply(factor, -1) &&
          rest.multiply(erfc.getOperand(), -1) &&
          takeExpOfSquare(rest, erfc.getOperand()) && rest.asSign() == 1)
        return erfc.getOperand();
    }
    return {};
  }

  /// Divides by e^(u^2); false where that is no factor.
  static bool takeExpOfSquare(FlatProduct &product, Value u) {
    for (auto [factor, power] : product.powers) {
      auto exp = factor.template getDefiningOp<act::ExpOp>();
      if (exp && power == 1 && isSquare(exp.getOperand(), u))
        return product.multiply(factor, -1);
    }
    return false;
  }

  bool isF64;
};

/// k normpdf(u) / normcdf(u), or its reciprocal; normpdf's argument may have
/// another sign.
struct NormalQuotient {
  Value u;
  Real factor;
  bool isInverse;
};

std::optional<NormalQuotient> matchNormalQuotient(act::DivOp op) {
  ScaledTerm x = splitConstantFactor(op.getLhs());
  ScaledTerm y = splitConstantFactor(op.getRhs());
  auto density = x.term.getDefiningOp<act::NormpdfOp>();
  auto distribution = y.term.getDefiningOp<act::NormcdfOp>();
  bool isInverse = !density;
  if (isInverse) {
    density = y.term.getDefiningOp<act::NormpdfOp>();
    distribution = x.term.getDefiningOp<act::NormcdfOp>();
  }
  if (!density || !distribution)
    return std::nullopt;
  ScaledTerm u = splitConstantFactor(distribution.getOperand());
  ScaledTerm v = splitConstantFactor(density.getOperand());
  if (u.term != v.term || !(u.factor * u.factor == v.factor * v.factor))
    return std::nullopt;
  return NormalQuotient{distribution.getOperand(), x.factor / y.factor,
                        isInverse};
}

/// normpdf(u) / normcdf(u) = -u / (1 - n / d), and its reciprocal, in the lower
/// tail.
struct QuotientOfNormals : mlir::OpRewritePattern<act::DivOp> {
  QuotientOfNormals(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto quotient = matchNormalQuotient(op);
    if (!quotient || isSelected(op, quotient->u))
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), quotient->u);
    auto [n, d] = createMillsFraction(u * u, isF64);
    RealValue less = 1.0 - n / d, factor = u.constant(-quotient->factor);
    selectTail(rewriter, op, u, getTailBound(isF64),
               quotient->isInverse ? factor * less / u : factor * u / less);
    return mlir::success();
  }

  bool isF64;
};

/// normpdf(u) (r / normcdf(u)) = r (normpdf(u) / normcdf(u)).
struct GatherNormals : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto density = op->getOperand(k).getDefiningOp<act::NormpdfOp>();
      auto div = op->getOperand(1 - k).getDefiningOp<act::DivOp>();
      if (!density || !div || !div.getRhs().getDefiningOp<act::NormcdfOp>())
        continue;
      RealValue rest(rewriter, op.getLoc(), div.getLhs());
      rewriter.replaceOp(
          op,
          (rest * (rest.with(density) / rest.with(div.getRhs()))).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// normpdf(u) r / normcdf(u), likewise.
struct GatherNormalQuotient : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto mul = op.getLhs().getDefiningOp<act::MulOp>();
    if (!mul || !op.getRhs().getDefiningOp<act::NormcdfOp>())
      return mlir::failure();
    for (unsigned k : {0u, 1u}) {
      Value rest = mul->getOperand(1 - k);
      auto density = mul->getOperand(k).getDefiningOp<act::NormpdfOp>();
      if (!density || getConstant(rest))
        continue;
      RealValue u(rewriter, op.getLoc(), density);
      rewriter.replaceOp(op,
                         (u.with(rest) * (u / u.with(op.getRhs()))).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// In the lower tail, u + normpdf(u) / normcdf(u) = -u n / (d - n), and u
/// normcdf(u) / normpdf(u) + 1 = n / d.
struct SumWithNormalQuotient : SumPattern {
  SumWithNormalQuotient(mlir::MLIRContext *context, llvm::StringRef root,
                        bool isF64)
      : SumPattern(context, root), isF64(isF64) {}

  /// The quotient of normals that QuotientOfNormals has put into a selection.
  static std::optional<NormalQuotient> matchSelected(Value value) {
    ScaledTerm scaled = splitConstantFactor(value);
    auto where = scaled.term.getDefiningOp<act::WhereOp>();
    auto div =
        where ? where.getOnFalse().getDefiningOp<act::DivOp>() : act::DivOp();
    auto quotient = div ? matchNormalQuotient(div) : std::nullopt;
    if (quotient)
      quotient->factor = quotient->factor * scaled.factor;
    return quotient;
  }

  /// The quotient where u times it is `value`.
  static std::optional<NormalQuotient> matchMoment(Value value) {
    ScaledTerm scaled = splitConstantFactor(value);
    auto mul = scaled.term.getDefiningOp<act::MulOp>();
    for (unsigned k = 0; mul && k < 2; ++k) {
      auto quotient = matchSelected(mul->getOperand(k));
      ScaledTerm other = splitConstantFactor(mul->getOperand(1 - k));
      if (!quotient || !quotient->isInverse)
        continue;
      ScaledTerm u = splitConstantFactor(quotient->u);
      if (u.term != other.term)
        continue;
      quotient->factor =
          quotient->factor * scaled.factor * other.factor / u.factor;
      return quotient;
    }
    return std::nullopt;
  }

  Value select(const Sum &sum, const RealValue &u,
               const RealValue &tail) const {
    RealValue x = u.with(sum.x), y = u.with(sum.y);
    Value isTail =
        act::compare(act::CmpPredicate::lt, u, u.constant(getTailBound(isF64)));
    return where(isTail, tail, sum.subtract ? x - y : x + y).getValue();
  }

  Value rewrite(const Sum &sum, mlir::Location location,
                PatternRewriter &rewriter) const override {
    for (bool first : {true, false}) {
      Value term = first ? sum.x : sum.y, other = first ? sum.y : sum.x;
      Real sign(sum.subtract ? -1.0 : 1.0);
      if (auto moment = matchMoment(term);
          moment && getConstant(other) &&
          *getConstant(other) * sign == moment->factor &&
          !isTailOf(sum, moment->u)) {
        RealValue u(rewriter, location, moment->u);
        auto [n, d] = createMillsFraction(u * u, isF64);
        Real factor = first ? moment->factor : moment->factor * sign;
        return select(sum, u, u.constant(factor) * (n / d));
      }
      auto quotient = matchSelected(term);
      if (!quotient || quotient->isInverse || isTailOf(sum, quotient->u))
        continue;
      ScaledTerm x = splitConstantFactor(other);
      ScaledTerm y = splitConstantFactor(quotient->u);
      if (x.term != y.term || !(x.factor * sign == quotient->factor * y.factor))
        continue;
      RealValue u(rewriter, location, quotient->u);
      auto [n, d] = createMillsFraction(u * u, isF64);
      Real factor = first ? -quotient->factor : -(quotient->factor * sign);
      return select(sum, u, u.constant(factor) * u * (n / (d - n)));
    }
    return {};
  }

  /// Whether the sum is in a selection of this pattern already.
  static bool isTailOf(const Sum &sum, Value u) {
    return llvm::any_of(sum.x.getUsers(), [&](Operation *user) {
      auto known = matchSum(user);
      return known && known->x == sum.x && known->y == sum.y &&
             known->subtract == sum.subtract && isSelected(user, u);
    });
  }

  bool isF64;
};

/// log1p(-normcdf(u)) = log(normcdf(-u)) for u > 0.
struct LogOfOneMinusNormcdf : mlir::OpRewritePattern<act::Log1pOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::Log1pOp op,
                                PatternRewriter &rewriter) const override {
    ScaledTerm scaled = splitConstantFactor(op.getOperand());
    auto normcdf = scaled.term.getDefiningOp<act::NormcdfOp>();
    if (!normcdf || !(scaled.factor == Real(-1.0)) ||
        isSelected(op, normcdf.getOperand()))
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), normcdf.getOperand());
    selectTail(rewriter, op, u, 0.0, log(act::normcdf(-u)),
               act::CmpPredicate::gt);
    return mlir::success();
  }
};

/// 1 - normcdf(u) = normcdf(-u), with a factor.
struct ConstantMinusNormcdf : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, mlir::Location location,
                PatternRewriter &rewriter) const override {
    auto parts = matchConstantAndTerm(sum);
    auto normcdf = parts ? parts->term.term.getDefiningOp<act::NormcdfOp>()
                         : act::NormcdfOp();
    if (!normcdf || !(parts->term.factor == -parts->constant))
      return {};
    RealValue u(rewriter, location, normcdf.getOperand());
    return (u.constant(parts->constant) * act::normcdf(-u)).getValue();
  }
};

} // namespace

void populateComplementPatterns(mlir::RewritePatternSet &patterns) {
  addSumPatterns<ConstantMinusNormcdf>(patterns);
}

void populateNormalTailPatterns(mlir::RewritePatternSet &patterns, bool isF64) {
  mlir::MLIRContext *context = patterns.getContext();
  addSumPatterns<SumWithNormalQuotient>(patterns, isF64);
  for (llvm::StringRef root :
       {act::MulOp::getOperationName(), act::DivOp::getOperationName()})
    patterns.add<ErfcByExp>(context, root, isF64);
  patterns
      .add<LogOfNormcdf, LogOfErfc, QuotientOfNormals,
           LimitMinusErfcByExp<act::AddOp>, LimitMinusErfcByExp<act::SubOp>>(
          context, isF64);
  patterns.add<GatherNormals, GatherNormalQuotient, LogOfOneMinusNormcdf>(
      context);
}

} // namespace actin
