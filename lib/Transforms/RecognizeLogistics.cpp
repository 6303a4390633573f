//===- RecognizeLogistics.cpp - Quotients of sums of exponentials ---------===//
//
// tanh and the sigmoid as exponentials spell them: what stands for these is
// what their derivatives, magnitudes and bounds are known of. Each pattern is
// an identity over the reals, with the formula in its comment.
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

/// The other factor of a product with e^u; null where there is none.
Value divideByExp(Value value, Value u) {
  auto mul = value.getDefiningOp<act::MulOp>();
  for (unsigned k = 0; mul && k < 2; ++k)
    if (auto exp = mul->getOperand(k).getDefiningOp<act::ExpOp>();
        exp && exp.getOperand() == u)
      return mul->getOperand(1 - k);
  return {};
}

/// (p e^u + q e^v) / (e^u + e^v) = q + (p - q) sigmoid(u - v).
struct BlendByExponentials : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto exponents = matchExpSum(op.getRhs());
    auto sum = op.getLhs().getDefiningOp<act::AddOp>();
    for (unsigned k = 0; exponents && sum && k < 2; ++k) {
      auto [u, v] = *exponents;
      Value p = divideByExp(sum->getOperand(k), u);
      Value q = divideByExp(sum->getOperand(1 - k), v);
      if (!p || !q)
        continue;
      RealValue first(rewriter, op.getLoc(), p), second = first.with(q);
      RealValue distance = subtractArguments(first.with(u), first.with(v));
      rewriter.replaceOp(
          op, (second + (first - second) * sigmoid(distance)).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// e^u - e^v, or e^u + e^v; a null argument is 0.
struct ExpTerms {
  Value u, v;
};

/// False for what is neither an exponential nor 1.
bool matchExpOrOne(Value value, Value &argument) {
  if (auto exp = value.getDefiningOp<act::ExpOp>())
    argument = exp.getOperand();
  return argument || getConstant(value) == Real(1.0);
}

std::optional<ExpTerms> matchExpDifference(Value value) {
  if (auto expm1 = value.getDefiningOp<act::Expm1Op>())
    return ExpTerms{expm1.getOperand(), Value()};
  ExpTerms terms;
  auto sub = value.getDefiningOp<act::SubOp>();
  if (!sub || !matchExpOrOne(sub.getLhs(), terms.u) ||
      !matchExpOrOne(sub.getRhs(), terms.v) || terms.u == terms.v)
    return std::nullopt;
  return terms;
}

bool isExpSumOf(Value value, const ExpTerms &terms) {
  auto add = value.getDefiningOp<act::AddOp>();
  Value u, v;
  return add && matchExpOrOne(add.getLhs(), u) &&
         matchExpOrOne(add.getRhs(), v) &&
         ((u == terms.u && v == terms.v) || (u == terms.v && v == terms.u));
}

/// (u - v) / 2, of which one may be 0.
RealValue halveDifference(const RealValue &model, const ExpTerms &terms) {
  auto halve = [&](Value value, double sign) {
    ScaledTerm scaled = splitConstantFactor(value);
    Real factor = scaled.factor * Real(0.5 * sign);
    RealValue term = model.with(scaled.term);
    return factor == Real(1.0) ? term : model.constant(factor) * term;
  };
  if (!terms.v)
    return halve(terms.u, 1);
  if (!terms.u)
    return halve(terms.v, -1);
  ScaledTerm u = splitConstantFactor(terms.u);
  ScaledTerm v = splitConstantFactor(terms.v);
  if (u.term == v.term && u.factor == -v.factor)
    return model.with(terms.u);
  return model.constant(Real(0.5)) *
         subtractArguments(model.with(terms.u), model.with(terms.v));
}

/// c (e^u - e^v) / (e^u + e^v) = c tanh((u - v) / 2), and its reciprocal.
struct TanhOfExponentials : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    if (succeeded(rewriteFactor(op, op.getLhs(), Value(), rewriter)))
      return mlir::success();
    auto mul = op.getLhs().getDefiningOp<act::MulOp>();
    for (unsigned k = 0; mul && k != 2; ++k)
      if (succeeded(rewriteFactor(op, mul->getOperand(k),
                                  mul->getOperand(1 - k), rewriter)))
        return mlir::success();
    return mlir::failure();
  }

  /// `numerator` over the divisor, times `factor`, null for 1.
  static LogicalResult rewriteFactor(act::DivOp op, Value numerator,
                                     Value factor, PatternRewriter &rewriter) {
    Value divisor = op.getRhs();
    std::optional<ExpTerms> terms = matchExpDifference(numerator);
    bool isTanh = terms && isExpSumOf(divisor, *terms);
    if (!isTanh)
      terms = matchExpDifference(divisor);
    if (!isTanh && (!terms || !isExpSumOf(numerator, *terms)))
      return mlir::failure();
    RealValue model(rewriter, op.getLoc(), divisor);
    RealValue tanh = act::tanh(halveDifference(model, *terms));
    RealValue scale = factor ? model.with(factor) : model.constant(1.0);
    RealValue result = !isTanh ? scale / tanh : factor ? scale * tanh : tanh;
    rewriter.replaceOp(op, result.getValue());
    return mlir::success();
  }
};

/// True where an exponential is part of `value`, as far as operations show that
/// are at most `depth` away.
bool containsExp(Value value, unsigned depth = 6) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  return depth == 0 || isa<act::ExpOp, act::Expm1Op>(op) ||
         llvm::any_of(op->getOperands(), [&](Value operand) {
           return containsExp(operand, depth - 1);
         });
}

/// a / (1 + e^u) = a sigmoid(-u), a e^u / (1 + e^u) = a sigmoid(u): unless a
/// has exponentials as well, which may have a form with this one.
struct QuotientByOnePlusExp : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    Value u = matchOnePlusExp(op.getRhs()), a = op.getLhs();
    if (!u)
      return mlir::failure();
    RealValue argument(rewriter, op.getLoc(), u);
    auto exp = a.getDefiningOp<act::ExpOp>();
    if (exp && exp.getOperand() == u) {
      rewriter.replaceOp(op, sigmoid(argument).getValue());
      return mlir::success();
    }
    Value factor = divideByExp(a, u);
    if (containsExp(factor ? factor : a))
      return mlir::failure();
    auto neg = u.getDefiningOp<act::NegOp>();
    RealValue negated = neg ? argument.with(neg.getOperand()) : -argument;
    RealValue result = factor ? argument.with(factor) * sigmoid(argument)
                       : getConstant(a) == Real(1.0)
                           ? sigmoid(negated)
                           : argument.with(a) * sigmoid(negated);
    rewriter.replaceOp(op, result.getValue());
    return mlir::success();
  }
};

/// 1 - sigmoid(u) = sigmoid(-u).
struct OneMinusSigmoid : mlir::OpRewritePattern<act::SubOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::SubOp op,
                                PatternRewriter &rewriter) const override {
    auto sigmoid = op.getRhs().getDefiningOp<act::SigmoidOp>();
    if (!sigmoid || getConstant(op.getLhs()) != Real(1.0))
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), sigmoid.getOperand());
    rewriter.replaceOp(op, act::sigmoid(-u).getValue());
    return mlir::success();
  }
};

/// log(1 + e^u) = log1p(e^u) = softplus(u).
struct LogOfOnePlusExp : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    Value u = matchOnePlusExp(op.getOperand());
    if (!u)
      return mlir::failure();
    rewriter.replaceOpWithNewOp<act::SoftplusOp>(op, u);
    return mlir::success();
  }
};

struct Log1pOfExp : mlir::OpRewritePattern<act::Log1pOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::Log1pOp op,
                                PatternRewriter &rewriter) const override {
    auto exp = op.getOperand().getDefiningOp<act::ExpOp>();
    if (!exp)
      return mlir::failure();
    rewriter.replaceOpWithNewOp<act::SoftplusOp>(op, exp.getOperand());
    return mlir::success();
  }
};

/// log(e^a + e^b) = b + softplus(a - b).
struct LogOfTwoExps : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    auto exponents = matchExpSum(op.getOperand());
    if (!exponents)
      return mlir::failure();
    RealValue a(rewriter, op.getLoc(), exponents->first);
    RealValue b = a.with(exponents->second);
    rewriter.replaceOp(op, (b + softplus(subtractArguments(a, b))).getValue());
    return mlir::success();
  }
};

/// log(e^u + e^-u) = log(2 cosh(u)), where u is no multiple of an argument: of
/// those a rational form takes care.
struct LogOfOppositeExps : mlir::OpRewritePattern<act::LogOp> {
  LogOfOppositeExps(mlir::MLIRContext *context)
      : OpRewritePattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    auto add = op.getOperand().getDefiningOp<act::AddOp>();
    auto x = add ? add.getLhs().getDefiningOp<act::ExpOp>() : act::ExpOp();
    auto y = add ? add.getRhs().getDefiningOp<act::ExpOp>() : act::ExpOp();
    FlatProduct ratio;
    if (!x || !y || !ratio.multiply(x.getOperand(), 1) ||
        !ratio.multiply(y.getOperand(), -1) || ratio.asSign() != -1 ||
        ratio.isOfArguments())
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), x.getOperand());
    rewriter.replaceOp(op, log(2.0 * cosh(u)).getValue());
    return mlir::success();
  }
};

/// y / t + softplus(w) times t, and t y + softplus(w) over t: y apart.
template <typename ScaleOp>
struct ScaledTermPlusSoftplus : mlir::OpRewritePattern<ScaleOp> {
  using mlir::OpRewritePattern<ScaleOp>::OpRewritePattern;

  /// value * t where that is a product without t; else null.
  static Value multiply(Value value, Value t, const RealValue &model) {
    ScaledTerm scaled = splitConstantFactor(value);
    Operation *op = scaled.term.getDefiningOp();
    Value rest;
    if constexpr (std::is_same_v<ScaleOp, act::MulOp>) {
      if (isa_and_nonnull<act::DivOp>(op) && op->getOperand(1) == t)
        rest = op->getOperand(0);
    } else {
      for (unsigned k = 0; isa_and_nonnull<act::MulOp>(op) && k < 2; ++k)
        if (op->getOperand(k) == t)
          rest = op->getOperand(1 - k);
    }
    if (!rest || scaled.factor == Real(1.0))
      return rest;
    return (model.constant(scaled.factor) * model.with(rest)).getValue();
  }

  LogicalResult matchAndRewrite(ScaleOp op,
                                PatternRewriter &rewriter) const override {
    constexpr bool isQuotient = std::is_same_v<ScaleOp, act::DivOp>;
    for (unsigned k = 0; k != (isQuotient ? 1u : 2u); ++k) {
      auto add = op->getOperand(k).template getDefiningOp<act::AddOp>();
      ScaledTerm t = splitConstantFactor(op->getOperand(1 - k));
      for (unsigned i = 0; add && i < 2; ++i) {
        auto softplus =
            add->getOperand(1 - i).template getDefiningOp<act::SoftplusOp>();
        RealValue scale(rewriter, op.getLoc(), t.term);
        Value y =
            softplus ? multiply(add->getOperand(i), t.term, scale) : Value();
        if (!y)
          continue;
        RealValue rest = scale.with(softplus);
        RealValue sum =
            scale.with(y) + (isQuotient ? rest / scale : scale * rest);
        RealValue factor =
            scale.constant(isQuotient ? Real(1.0) / t.factor : t.factor);
        rewriter.replaceOp(op, (factor * sum).getValue());
        return mlir::success();
      }
    }
    return mlir::failure();
  }
};

/// -softplus(-u) = logsigmoid(u).
struct NegatedSoftplus : mlir::OpRewritePattern<act::NegOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::NegOp op,
                                PatternRewriter &rewriter) const override {
    auto softplus = op.getOperand().getDefiningOp<act::SoftplusOp>();
    auto neg = softplus ? softplus.getOperand().getDefiningOp<act::NegOp>()
                        : act::NegOp();
    if (!neg)
      return mlir::failure();
    rewriter.replaceOpWithNewOp<act::LogsigmoidOp>(op, neg.getOperand());
    return mlir::success();
  }
};

/// c tanh(u) - c tanh(v) and c tanh(u) + c tanh(v) with unlike u and v: by
/// sigmoid, of which differences are known. tanh(u) is 2 sigmoid(2 u) - 1.
struct DifferenceOfTanhs : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, mlir::Location location,
                PatternRewriter &rewriter) const override {
    ScaledTerm x = splitConstantFactor(sum.x), y = splitConstantFactor(sum.y);
    auto first = x.term.getDefiningOp<act::TanhOp>();
    auto second = y.term.getDefiningOp<act::TanhOp>();
    if (!first || !second ||
        haveOneTerm(first.getOperand(), second.getOperand()))
      return {};
    Real subtracted = sum.subtract ? y.factor : -y.factor;
    bool isNegated = x.factor == -subtracted; // tanh(v) = -tanh(-v).
    if (!isNegated && !(x.factor == subtracted))
      return {};
    RealValue u(rewriter, location, first.getOperand());
    RealValue v = u.with(second.getOperand());
    RealValue difference =
        sigmoid(u.constant(Real(2.0)) * u) -
        sigmoid(u.constant(Real(isNegated ? -2.0 : 2.0)) * v);
    return (u.constant(x.factor * Real(2.0)) * difference).getValue();
  }
};

} // namespace

void populateLogisticPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<BlendByExponentials, TanhOfExponentials, QuotientByOnePlusExp,
               OneMinusSigmoid, LogOfOnePlusExp, Log1pOfExp, LogOfTwoExps,
               LogOfOppositeExps, ScaledTermPlusSoftplus<act::MulOp>,
               ScaledTermPlusSoftplus<act::DivOp>, NegatedSoftplus>(
      patterns.getContext());
  addSumPatterns<DifferenceOfTanhs>(patterns);
}

} // namespace actin
