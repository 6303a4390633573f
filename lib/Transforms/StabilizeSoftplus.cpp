//===- StabilizeSoftplus.cpp - softplus beside its argument ---------------===//
//
// Sums of softplus with its argument, which cancel, and its products and
// quotients with a factor of the argument, which overflow. Each pattern is an
// identity over the reals, with the formula in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/FlatProduct.h"
#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

using mlir::Location;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

/// The pair (a, b) with product u, where `factor` is a.
static Value otherFactor(Value u, Value factor, PatternRewriter &rewriter,
                         Location location) {
  if (u == factor)
    return createConstant(rewriter, location, Real(1.0));
  auto mul = u.getDefiningOp<act::MulOp>();
  if (!mul)
    return {};
  return mul.getLhs() == factor   ? mul.getRhs()
         : mul.getRhs() == factor ? mul.getLhs()
                                  : Value();
}

/// softplus(u) / b - softplus(v) / b = (softplus(u) - softplus(v)) / b: there
/// are forms of the difference.
struct GatherSoftplusQuotients : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    auto x = sum.x.getDefiningOp<act::DivOp>();
    auto y = sum.y.getDefiningOp<act::DivOp>();
    if (!sum.subtract || !isDifferenceOfQuotients(x, y))
      return {};
    act::RealValue first(rewriter, location, x.getLhs());
    return ((first - first.with(y.getLhs())) / first.with(x.getRhs()))
        .getValue();
  }

  static bool isDifferenceOfQuotients(act::DivOp x, act::DivOp y) {
    return x && y && x.getRhs() == y.getRhs() &&
           x.getLhs().getDefiningOp<act::SoftplusOp>() &&
           y.getLhs().getDefiningOp<act::SoftplusOp>();
  }

  /// Whether the pattern is going to take `quotient`.
  static bool isTaken(act::DivOp quotient) {
    return llvm::any_of(quotient->getUsers(), [](mlir::Operation *user) {
      return isa<act::SubOp>(user) &&
             isDifferenceOfQuotients(
                 user->getOperand(0).getDefiningOp<act::DivOp>(),
                 user->getOperand(1).getDefiningOp<act::DivOp>());
    });
  }
};

/// softplus(a b) / b = (u > 0 ? a : 0) + softplus(-|u|) / b, u = a b: what is
/// large has no product to overflow.
struct SoftplusOverFactor : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto softplus = op.getLhs().getDefiningOp<act::SoftplusOp>();
    Value u = softplus ? softplus.getOperand() : Value();
    if (!u || !u.getDefiningOp<act::MulOp>() ||
        GatherSoftplusQuotients::isTaken(op))
      return mlir::failure();
    Location location = op.getLoc();
    Value a = otherFactor(u, op.getRhs(), rewriter, location);
    if (!a)
      return mlir::failure();
    Value zero = createConstant(rewriter, location, Real(0.0));
    Value positive =
        act::CmpOp::create(rewriter, location, act::CmpPredicate::gt, u, zero);
    Value minus = act::NegOp::create(rewriter, location,
                                     act::AbsOp::create(rewriter, location, u));
    Value tail = act::DivOp::create(
        rewriter, location,
        act::SoftplusOp::create(rewriter, location, minus).getResult(),
        op.getRhs());
    Value linear = act::WhereOp::create(rewriter, location, positive, a, zero);
    rewriter.replaceOpWithNewOp<act::AddOp>(op, linear, tail);
    return mlir::success();
  }
};

/// Whether both are one value, or the same operation on the same operands.
static bool isSame(Value x, Value y) {
  mlir::Operation *left = x.getDefiningOp(), *right = y.getDefiningOp();
  return x == y ||
         (left && right &&
          mlir::OperationEquivalence::isEquivalentTo(
              left, right, mlir::OperationEquivalence::IgnoreLocations));
}

/// factor * softplus(operand), also of a logsigmoid.
struct ScaledSoftplus {
  Real factor;
  ScaledTerm operand;
};

static std::optional<ScaledSoftplus> matchSoftplus(Value value) {
  ScaledTerm scaled = splitConstantFactor(value);
  if (auto softplus = scaled.term.getDefiningOp<act::SoftplusOp>())
    return ScaledSoftplus{scaled.factor,
                          splitConstantFactor(softplus.getOperand())};
  auto logsigmoid = scaled.term.getDefiningOp<act::LogsigmoidOp>();
  if (!logsigmoid)
    return std::nullopt;
  ScaledTerm operand = splitConstantFactor(logsigmoid.getOperand());
  return ScaledSoftplus{-scaled.factor, {operand.term, -operand.factor}};
}

/// c softplus(u) - c u = c softplus(-u), c softplus(u) - c max(u, 0) =
/// c softplus(-|u|).
struct SoftplusMinusArgument : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool softplusFirst : {true, false}) {
      auto softplus = matchSoftplus(softplusFirst ? sum.x : sum.y);
      if (!softplus)
        continue;
      ScaledTerm t = splitConstantFactor(softplusFirst ? sum.y : sum.x);
      if (sum.subtract)
        (softplusFirst ? t.factor : softplus->factor) =
            -(softplusFirst ? t.factor : softplus->factor);
      const ScaledTerm &u = softplus->operand;
      Value positive = matchPositivePart(t.term);
      if (positive) {
        ScaledTerm v = splitConstantFactor(positive);
        if (v.factor.isNegative() != u.factor.isNegative())
          continue;
        t = {v.term, t.factor * v.factor};
      }
      if (!isSame(t.term, u.term) ||
          !(t.factor == -softplus->factor * u.factor))
        continue;
      act::RealValue term(rewriter, location, u.term);
      act::RealValue argument = term.constant(-u.factor) * term;
      act::RealValue result =
          act::softplus(positive ? -abs(argument) : argument);
      return (term.constant(softplus->factor) * result).getValue();
    }
    return {};
  }
};

/// b softplus(c a / b) = (u > 0 ? c a : 0) + b softplus(-|u|), u = c a / b:
/// what is large has no quotient to overflow.
struct FactorTimesSoftplus : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto softplus = matchSoftplus(op->getOperand(k));
      Value b = op->getOperand(1 - k);
      auto div = softplus ? softplus->operand.term.getDefiningOp<act::DivOp>()
                          : act::DivOp();
      if (!div || div.getRhs() != b)
        continue;
      act::RealValue quotient(rewriter, op.getLoc(), div.getResult());
      auto constant = [&](const Real &value) {
        return quotient.constant(value);
      };
      act::RealValue a = quotient.with(div.getLhs());
      const Real &c = softplus->operand.factor;
      act::RealValue u = constant(c) * quotient;
      Value isPositive =
          act::compare(act::CmpPredicate::gt, u, constant(Real(0.0)));
      act::RealValue sum =
          where(isPositive, constant(c) * a, constant(Real(0.0))) +
          quotient.with(b) * act::softplus(-abs(u));
      rewriter.replaceOp(op, (constant(softplus->factor) * sum).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }
};

namespace {

/// coefficient * factors * softplus(argument.factor * argument.term).
struct WeightedSoftplus {
  Real coefficient;
  llvm::SmallVector<Value, 2> factors;
  ScaledTerm argument;

  act::RealValue emitMultiplier(const act::RealValue &model) const {
    act::RealValue result = model.constant(coefficient);
    for (Value factor : factors)
      result = result * model.with(factor);
    return result;
  }
  act::RealValue emitArgument(const act::RealValue &model) const {
    act::RealValue term = model.with(argument.term);
    return argument.factor == Real(1.0) ? term
                                        : term.constant(argument.factor) * term;
  }
};

std::optional<WeightedSoftplus> matchWeightedSoftplus(Value value) {
  ScaledTerm scaled = splitConstantFactor(value);
  mlir::Operation *op = scaled.term.getDefiningOp();
  if (isa_and_nonnull<act::SoftplusOp, act::LogsigmoidOp>(op)) {
    // logsigmoid(u) = -softplus(-u).
    Real sign(isa<act::LogsigmoidOp>(op) ? -1.0 : 1.0);
    ScaledTerm argument = splitConstantFactor(op->getOperand(0));
    argument.factor = sign * argument.factor;
    return WeightedSoftplus{sign * scaled.factor, {}, argument};
  }
  for (unsigned k = 0; isa_and_nonnull<act::MulOp>(op) && k < 2; ++k)
    if (auto found = matchWeightedSoftplus(op->getOperand(k))) {
      found->coefficient = scaled.factor * found->coefficient;
      found->factors.push_back(op->getOperand(1 - k));
      return found;
    }
  return std::nullopt;
}

/// p softplus(u) + q softplus(-u) = (u > 0 ? p u : -q u) + (p + q)
/// softplus(-|u|), where p and q have something in common that cancels.
struct SoftplusPlusMirrored : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    auto x = matchWeightedSoftplus(sum.x), y = matchWeightedSoftplus(sum.y);
    if (!x || !y || x->argument.term != y->argument.term ||
        !(x->argument.factor == -y->argument.factor))
      return {};
    if (sum.subtract)
      y->coefficient = -y->coefficient;
    act::RealValue context(rewriter, location, sum.x);
    act::RealValue p = x->emitMultiplier(context);
    act::RealValue q = y->emitMultiplier(context);
    auto total = cancelDifference(p, -q);
    if (!total)
      return {};
    act::RealValue u = x->emitArgument(context);
    Value isPositive = compare(act::CmpPredicate::gt, u, context.constant(0.0));
    return (where(isPositive, p * u, -(q * u)) + *total * softplus(-abs(u)))
        .getValue();
  }
};

/// s + m softplus(u) = (u > 0 ? s + m u : s) + m softplus(-|u|), where s
/// cancels: y + softplus(x - y) = max(x, y) + softplus(-|x - y|).
struct TermPlusSoftplus : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      Value term = isFirst ? sum.y : sum.x;
      auto softplus = matchWeightedSoftplus(isFirst ? sum.x : sum.y);
      if (!softplus)
        continue;
      Real sign(sum.subtract && isFirst ? -1.0 : 1.0);
      if (sum.subtract && !isFirst)
        softplus->coefficient = -softplus->coefficient;
      act::RealValue s(rewriter, location, term);
      auto other =
          cancelSum(s, {{sign, {}, term},
                        {softplus->coefficient * softplus->argument.factor,
                         softplus->factors, softplus->argument.term}});
      if (!other)
        continue;
      act::RealValue m = softplus->emitMultiplier(s);
      act::RealValue u = softplus->emitArgument(s);
      if (sign.isNegative())
        s = -s;
      Value isPositive = compare(act::CmpPredicate::gt, u, u.constant(0.0));
      return (where(isPositive, *other, s) + m * act::softplus(-abs(u)))
          .getValue();
    }
    return {};
  }
};

} // namespace

void populateSoftplusPatterns(mlir::RewritePatternSet &patterns,
                              bool isWritten) {
  mlir::MLIRContext *context = patterns.getContext();
  addSumPatterns<SoftplusMinusArgument, GatherSoftplusQuotients,
                 SoftplusPlusMirrored, TermPlusSoftplus>(patterns);
  // A softplus beside its exponential is looked for before.
  if (!isWritten)
    patterns.add<FactorTimesSoftplus, SoftplusOverFactor>(context);
}

} // namespace actin
