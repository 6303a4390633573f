//===- StabilizeInverses.cpp - Logarithms and inverse functions -----------===//
//
// Each rewrite is an identity over the reals, with the formula in its comment.
// Where a form is good on one side only, it is selected there, and what was
// written stays on the other: `isSelected` keeps a pattern from seeing that
// again.
//
//===----------------------------------------------------------------------===//

#include "Transforms/IndependentFactors.h"
#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

using mlir::Location;
using mlir::LogicalResult;
using mlir::Operation;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

bool isSelected(Operation *op, Value deciding, unsigned depth) {
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    auto where = dyn_cast<act::WhereOp>(user);
    auto cmp =
        where ? where.getCondition().getDefiningOp<act::CmpOp>() : act::CmpOp();
    if (cmp && cmp.getLhs() == deciding)
      return true;
    return (cmp || isa<act::AddOp, act::SubOp>(user)) && depth != 0 &&
           isSelected(user, deciding, depth - 1);
  });
}

Value selectBetter(PatternRewriter &rewriter, Operation *op, Value u,
                   act::CmpPredicate predicate, double bound, Value better) {
  Value condition =
      act::CmpOp::create(rewriter, op->getLoc(), predicate, u,
                         createConstant(rewriter, op->getLoc(), Real(bound)));
  Operation *asWritten = rewriter.clone(*op);
  return act::WhereOp::create(rewriter, op->getLoc(), condition, better,
                              asWritten->getResult(0));
}

Value dropConstant(Value value, const Real &constant, PatternRewriter &rewriter,
                   unsigned depth) {
  auto add = value.getDefiningOp<act::AddOp>();
  for (unsigned k = 0; add && depth && k < 2; ++k) {
    Value part = add->getOperand(k), other = add->getOperand(1 - k);
    if (getConstant(part) == constant)
      return other;
    if (Value rest = dropConstant(part, constant, rewriter, depth - 1))
      return act::AddOp::create(rewriter, add.getLoc(), rest, other);
  }
  return {};
}

namespace {

/// log1p(-e^w) = log(-expm1(w)), which is better for w > -log 2.
struct LogOfOneMinusExp : mlir::OpRewritePattern<act::Log1pOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::Log1pOp op,
                                PatternRewriter &rewriter) const override {
    ScaledTerm term = splitConstantFactor(op.getOperand());
    auto exp = term.term.getDefiningOp<act::ExpOp>();
    if (!exp || !(term.factor == Real(-1.0)) ||
        isSelected(op, exp.getOperand()))
      return mlir::failure();
    Location location = op.getLoc();
    Value w = exp.getOperand();
    Value rest = act::NegOp::create(
        rewriter, location,
        act::Expm1Op::create(rewriter, location, w).getResult());
    Value log = act::LogOp::create(rewriter, location, rest);
    rewriter.replaceOp(op, selectBetter(rewriter, op, w, act::CmpPredicate::gt,
                                        -0.6931471805599453, log));
    return mlir::success();
  }
};

/// atan(u) + pi / 2 = -atan(1 / u) for u < 0; atan(u) - pi / 2 = -atan(1 / u)
/// for u > 0; atan(e^u) - pi / 4 = atan(tanh(u / 2)). All with a factor.
struct ConstantPlusAtan : mlir::RewritePattern {
  ConstantPlusAtan(mlir::MLIRContext *context, llvm::StringRef root)
      : RewritePattern(root, /*benefit=*/2, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    auto sum = matchSum(op);
    auto parts = sum ? matchConstantAndTerm(*sum) : std::nullopt;
    auto atan =
        parts ? parts->term.term.getDefiningOp<act::AtanOp>() : act::AtanOp();
    if (!atan)
      return mlir::failure();
    Location location = op->getLoc();
    Value u = atan.getOperand();
    const Real &factor = parts->term.factor;
    Real turns = parts->constant / (factor * Real::pi()); // Of a half.
    auto scaled = [&](Value argument, const Real &by) -> Value {
      Value function = act::AtanOp::create(rewriter, location, argument);
      return act::MulOp::create(
          rewriter, location, createConstant(rewriter, location, by), function);
    };
    auto exp = u.getDefiningOp<act::ExpOp>();
    if (exp && nearlyEqual(turns, Real(-0.25))) {
      Value half = act::MulOp::create(
          rewriter, location, createConstant(rewriter, location, Real(0.5)),
          exp.getOperand());
      Value tanh = act::TanhOp::create(rewriter, location, half);
      rewriter.replaceOp(op, scaled(tanh, factor));
      return mlir::success();
    }
    bool isPlus = nearlyEqual(turns, Real(0.5));
    if (!(isPlus || nearlyEqual(turns, Real(-0.5))) || isSelected(op, u))
      return mlir::failure();
    Value inverse = act::DivOp::create(
        rewriter, location, createConstant(rewriter, location, Real(1.0)), u);
    Value value = selectBetter(
        rewriter, op, u, isPlus ? act::CmpPredicate::lt : act::CmpPredicate::gt,
        isPlus ? -1.0 : 1.0, scaled(inverse, -factor));
    rewriter.replaceOp(op, value);
    return mlir::success();
  }
};

/// Whether `value` is a product, quotient or power in which `factor` is a
/// factor, so that it is 0 where that is.
bool hasFactor(Value value, Value factor) {
  for (int depth = 0; depth < 8; ++depth) {
    value = splitConstantFactor(value).term;
    if (value == factor)
      return true;
    if (auto mul = value.getDefiningOp<act::MulOp>()) {
      if (hasFactor(mul.getRhs(), factor))
        return true;
      value = mul.getLhs();
    } else if (auto div = value.getDefiningOp<act::DivOp>()) {
      value = div.getLhs();
    } else if (auto abs = value.getDefiningOp<act::AbsOp>()) {
      value = abs.getOperand();
    } else {
      return false;
    }
  }
  return false;
}

/// Whether `value` is never 0, by its form.
bool isPositive(Value value, unsigned depth = 4) {
  if (std::optional<Real> constant = getConstant(value))
    return Real(0.0) < *constant;
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<act::ExpOp, act::Exp2Op, act::SigmoidOp, act::SoftplusOp,
                      act::CoshOp>(op))
    return true;
  return isa_and_nonnull<act::AddOp>(op) && depth != 0 &&
         isPositive(op->getOperand(0), depth - 1) &&
         isPositive(op->getOperand(1), depth - 1);
}

/// Whether `value`, a logarithm, has its pole where `factor` is 0.
bool hasPoleWhereZero(Value value, Value factor) {
  Operation *op = splitConstantFactor(value).term.getDefiningOp();
  if (!op || isPositive(factor))
    return false;
  if (isa<act::LogOp, act::Log2Op, act::Log10Op>(op))
    return hasFactor(op->getOperand(0), factor);
  Operation *definition = factor.getDefiningOp();
  auto sum = definition ? matchSum(definition) : std::nullopt;
  auto parts = sum ? matchConstantAndTerm(*sum) : std::nullopt;
  if (!parts || !isa<act::Log1pOp>(op))
    return false;
  // (c + k t) log1p(k t / c).
  ScaledTerm inner = splitConstantFactor(op->getOperand(0));
  return inner.term == parts->term.term &&
         inner.factor * parts->constant == parts->term.factor;
}

/// a log(a …) is 0 where a is: a factor 0 gives 0, and the logarithm's pole
/// must not be multiplied.
struct FactorTimesItsLogarithm : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      Value factor = splitConstantFactor(op->getOperand(k)).term;
      if (!hasPoleWhereZero(op->getOperand(1 - k), factor) ||
          isSelected(op, factor))
        continue;
      Value zero = createConstant(rewriter, op.getLoc(), Real(0.0));
      rewriter.replaceOp(op, selectBetter(rewriter, op, factor,
                                          act::CmpPredicate::eq, 0, zero));
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// c - n / (d + r) = c r / (d + r), where c d = n: better for |r| < 1.
struct ConstantMinusQuotient : mlir::RewritePattern {
  ConstantMinusQuotient(mlir::MLIRContext *context, llvm::StringRef root)
      : RewritePattern(root, /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    auto sum = matchSum(op);
    auto parts = sum ? matchConstantAndTerm(*sum) : std::nullopt;
    auto div =
        parts ? parts->term.term.getDefiningOp<act::DivOp>() : act::DivOp();
    std::optional<Real> above =
        div ? getConstant(div.getLhs()) : std::optional<Real>();
    if (!above || parts->constant.isZero())
      return mlir::failure();
    Real constant = -(*above * parts->term.factor) / parts->constant;
    Value divisor = div.getRhs();
    Value rest = dropConstant(divisor, constant, rewriter);
    if (!rest || isSelected(op, divisor))
      return mlir::failure();
    Location location = op->getLoc();
    Value quotient = act::DivOp::create(rewriter, location, rest, divisor);
    Value better = act::MulOp::create(
        rewriter, location, createConstant(rewriter, location, parts->constant),
        quotient);
    double bound = 2 * constant.toDouble();
    rewriter.replaceOp(op, selectBetter(rewriter, op, divisor,
                                        bound > 0 ? act::CmpPredicate::lt
                                                  : act::CmpPredicate::gt,
                                        bound, better));
    return mlir::success();
  }
};

/// a - a / (1 + r) = a r / (1 + r): better for |r| < 1.
struct TermMinusItsQuotient : mlir::OpRewritePattern<act::SubOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::SubOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      Value whole = op->getOperand(k);
      auto div = op->getOperand(1 - k).getDefiningOp<act::DivOp>();
      if (!div || div.getLhs() != whole || getConstant(whole) ||
          isSelected(op, div.getRhs()))
        continue;
      Value divisor = div.getRhs();
      Value rest = dropConstant(divisor, Real(1.0), rewriter);
      if (!rest)
        continue;
      act::RealValue a(rewriter, op.getLoc(), whole);
      act::RealValue better = a * (a.with(rest) / a.with(divisor));
      rewriter.replaceOp(
          op, selectBetter(rewriter, op, divisor, act::CmpPredicate::lt, 2.0,
                           (k == 0 ? better : -better).getValue()));
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// sqrt(u^2) = |u|: the square neither overflows nor vanishes.
struct RootOfSquare : mlir::OpRewritePattern<act::SqrtOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::SqrtOp op,
                                PatternRewriter &rewriter) const override {
    Value base;
    if (auto pow = op.getOperand().getDefiningOp<act::PowOp>())
      base = getConstant(pow.getRhs()) == Real(2.0) ? pow.getLhs() : Value();
    else if (auto mul = op.getOperand().getDefiningOp<act::MulOp>())
      base = mul.getLhs() == mul.getRhs() ? mul.getLhs() : Value();
    if (!base)
      return mlir::failure();
    rewriter.replaceOpWithNewOp<act::AbsOp>(op, base);
    return mlir::success();
  }
};

/// s tanh(u), s = 1 or -1: u and s; u is null where it is something else.
static std::pair<Value, int> matchSignedTanh(Value value) {
  ScaledTerm scaled = splitConstantFactor(value);
  auto tanh = scaled.term.getDefiningOp<act::TanhOp>();
  bool isPlus = scaled.factor == Real(1.0);
  if (!tanh || !(isPlus || scaled.factor == Real(-1.0)))
    return {};
  return {tanh.getOperand(), isPlus ? 1 : -1};
}

/// asin(s tanh(u)) = s atan(sinh(u)), acos(s tanh(u)) = 2 atan(e^(-s u)): near
/// 1 a number says little of its arc.
template <typename ArcOp> struct ArcOfTanh : mlir::OpRewritePattern<ArcOp> {
  using mlir::OpRewritePattern<ArcOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ArcOp op,
                                PatternRewriter &rewriter) const override {
    auto [argument, sign] = matchSignedTanh(op.getOperand());
    if (!argument)
      return mlir::failure();
    act::RealValue u(rewriter, op.getLoc(), argument);
    bool isNegative = sign < 0;
    act::RealValue arc = std::is_same_v<ArcOp, act::AsinOp>
                             ? act::atan(act::sinh(isNegative ? -u : u))
                             : 2.0 * act::atan(act::exp(isNegative ? u : -u));
    rewriter.replaceOp(op, arc.getValue());
    return mlir::success();
  }
};

/// u / |u| = |u| / u = sign(u).
struct QuotientByMagnitude : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto abs = op->getOperand(k).getDefiningOp<act::AbsOp>();
      if (!abs || abs.getOperand() != op->getOperand(1 - k))
        continue;
      rewriter.replaceOpWithNewOp<act::SignOp>(op, abs.getOperand());
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// log(1 + u) = log1p(u); of a longer sum for u > -1/2, else 1 may cancel
/// first.
struct LogOfOnePlus : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Sum> sum;
    if (mlir::Operation *definition = op.getOperand().getDefiningOp())
      sum = matchSum(definition);
    if (!sum)
      return mlir::failure();
    std::optional<Real> x = getConstant(sum->x), y = getConstant(sum->y);
    Value rest;
    if (x && *x == Real(1.0))
      rest = sum->subtract
                 ? act::NegOp::create(rewriter, op.getLoc(), sum->y).getResult()
                 : sum->y;
    else if (y && (sum->subtract ? -*y : *y) == Real(1.0))
      rest = sum->x;
    else
      return replaceLongSum(op, rewriter);
    rewriter.replaceOpWithNewOp<act::Log1pOp>(op, rest);
    return mlir::success();
  }

  static LogicalResult replaceLongSum(act::LogOp op,
                                      PatternRewriter &rewriter) {
    Value sum = op.getOperand();
    // Sums of exponentials have forms of their own.
    bool hasExp = llvm::any_of(collectCone(sum), [](Value part) {
      return part.getDefiningOp<act::ExpOp>();
    });
    if (hasExp || isSelected(op, sum))
      return mlir::failure();
    Value rest = dropConstant(sum, Real(1.0), rewriter);
    if (!rest)
      return mlir::failure();
    Value log1p = act::Log1pOp::create(rewriter, op.getLoc(), rest);
    rewriter.replaceOp(
        op, selectBetter(rewriter, op, sum, act::CmpPredicate::gt, 0.5, log1p));
    return mlir::success();
  }
};

/// log(c - k e^v) = log1p(-k expm1(v)), where c - k = 1.
struct LogOfOneMinusMultiple : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    mlir::Operation *definition = op.getOperand().getDefiningOp();
    auto sum = definition ? matchSum(definition) : std::nullopt;
    auto parts = sum ? matchConstantAndTerm(*sum) : std::nullopt;
    auto exp =
        parts ? parts->term.term.getDefiningOp<act::ExpOp>() : act::ExpOp();
    if (!exp || !parts->term.factor.isNegative() ||
        !nearlyEqual(parts->constant + parts->term.factor, Real(1.0)))
      return mlir::failure();
    act::RealValue v(rewriter, op.getLoc(), exp.getOperand());
    rewriter.replaceOp(
        op,
        act::log1p(v.constant(parts->term.factor) * act::expm1(v)).getValue());
    return mlir::success();
  }
};

} // namespace

void populateInversePatterns(mlir::RewritePatternSet &patterns) {
  mlir::MLIRContext *context = patterns.getContext();
  addSumPatterns<ConstantPlusAtan, ConstantMinusQuotient>(patterns);
  patterns.add<LogOfOneMinusExp, FactorTimesItsLogarithm, RootOfSquare,
               QuotientByMagnitude, TermMinusItsQuotient, LogOfOnePlus,
               LogOfOneMinusMultiple, ArcOfTanh<act::AsinOp>,
               ArcOfTanh<act::AcosOp>>(context);
}

} // namespace actin
