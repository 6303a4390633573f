//===- StabilizeDifferences.cpp - Logistic functions of two arguments -----===//
//
// The normal form of RationalForm.h knows one exponential. These bring sums and
// quotients with two of them into parts that have one each, or in which the
// difference of the arguments is taken before it is exponentiated. Each pattern
// is an identity over the reals, with the formula in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

using mlir::Location;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

Value matchOnePlusExp(Value value) {
  auto add = value.getDefiningOp<act::AddOp>();
  for (unsigned k = 0; add && k < 2; ++k)
    if (getConstant(add->getOperand(k)) == Real(1.0))
      if (auto exp = add->getOperand(1 - k).getDefiningOp<act::ExpOp>())
        return exp.getOperand();
  return {};
}

bool haveOneTerm(Value u, Value v) {
  return splitConstantFactor(u).term == splitConstantFactor(v).term;
}

namespace {

/// c f(u) - c f(v), with arguments of different terms.
struct Difference {
  Value u, v;
  Real factor;
};

template <typename FunctionOp>
std::optional<Difference> matchDifference(const Sum &sum) {
  ScaledTerm x = splitConstantFactor(sum.x), y = splitConstantFactor(sum.y);
  auto left = x.term.getDefiningOp<FunctionOp>();
  auto right = y.term.getDefiningOp<FunctionOp>();
  Real other = sum.subtract ? y.factor : -y.factor;
  if (!left || !right || !(x.factor == other) ||
      haveOneTerm(left.getOperand(), right.getOperand()))
    return std::nullopt;
  return Difference{left.getOperand(), right.getOperand(), x.factor};
}

/// sigmoid(u) - sigmoid(v) = tanh((u - v) / 2) (s(u) s(-v) + s(-u) s(v)).
struct SigmoidMinusSigmoid : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    auto difference = matchDifference<act::SigmoidOp>(sum);
    if (!difference)
      return {};
    act::RealValue u(rewriter, location, difference->u);
    act::RealValue v = u.with(difference->v);
    act::RealValue slope = sigmoid(u) * sigmoid(-v) + sigmoid(-u) * sigmoid(v);
    return (u.constant(difference->factor) *
            tanh(0.5 * subtractArguments(u, v)) * slope)
        .getValue();
  }
};

/// p sigmoid(u) - p sigmoid(-u) = p tanh(u / 2).
struct MirroredSigmoids : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    auto x = sum.x.getDefiningOp<act::MulOp>();
    auto y = sum.y.getDefiningOp<act::MulOp>();
    if (!x || !y)
      return {};
    for (unsigned i : {0u, 1u})
      for (unsigned j : {0u, 1u}) {
        auto left = x->getOperand(i).getDefiningOp<act::SigmoidOp>();
        auto right = y->getOperand(j).getDefiningOp<act::SigmoidOp>();
        if (!left || !right ||
            !isNegationOf(left.getOperand(), right.getOperand()))
          continue;
        Value p = x->getOperand(1 - i), q = y->getOperand(1 - j);
        if (sum.subtract ? p != q : !isNegationOf(p, q))
          continue;
        act::RealValue factor(rewriter, location, p);
        return (factor * tanh(0.5 * factor.with(left.getOperand()))).getValue();
      }
    return {};
  }
};

/// p s'(u) - q s'(v) = ((p + q) (s'(u) - s'(v)) + (p - q) (s'(u) + s'(v))) / 2,
/// where p and q are one, or have something in common that cancels; with
/// s'(u) = s(u) (1 - s(u)) and s'(u) - s'(v) = (s(u) - s(v)) (s(-u) - s(v)), of
/// which the pattern above has the differences.
struct SlopeMinusSlope : SumPattern {
  using SumPattern::SumPattern;

  /// value = factor * others * s(u) (1 - s(u)).
  struct Slope {
    Value sigmoid;
    Real factor = Real(1.0);
    llvm::SmallVector<Value, 4> others;
  };

  static void collect(Value value, Slope &product) {
    ScaledTerm scaled = splitConstantFactor(value);
    product.factor = product.factor * scaled.factor;
    auto mul = scaled.term.getDefiningOp<act::MulOp>();
    if (!mul || product.others.size() > 8) {
      product.others.push_back(scaled.term);
      return;
    }
    collect(mul.getLhs(), product);
    collect(mul.getRhs(), product);
  }

  static std::optional<Slope> matchSlope(Value value) {
    Slope slope;
    collect(value, slope);
    for (Value factor : slope.others) {
      auto complement = factor.getDefiningOp<act::SubOp>();
      if (!complement || !(getConstant(complement.getLhs()) == Real(1.0)) ||
          !complement.getRhs().getDefiningOp<act::SigmoidOp>() ||
          !llvm::is_contained(slope.others, complement.getRhs()))
        continue;
      slope.sigmoid = complement.getRhs();
      slope.others.erase(llvm::find(slope.others, factor));
      slope.others.erase(llvm::find(slope.others, slope.sigmoid));
      return slope;
    }
    return std::nullopt;
  }

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    auto x = matchSlope(sum.x), y = matchSlope(sum.y);
    if (!x || !y)
      return {};
    auto left = x->sigmoid.getDefiningOp<act::SigmoidOp>();
    auto right = y->sigmoid.getDefiningOp<act::SigmoidOp>();
    if (haveOneTerm(left.getOperand(), right.getOperand()))
      return {};
    act::RealValue u(rewriter, location, left.getOperand());
    act::RealValue v = u.with(right.getOperand());
    act::RealValue common = u.constant(x->factor);
    for (Value factor : llvm::to_vector(x->others))
      if (auto *own = llvm::find(y->others, factor); own != y->others.end()) {
        common = common * u.with(factor);
        y->others.erase(own);
        x->others.erase(llvm::find(x->others, factor));
      }
    if (x->others.size() > 1 || x->others.size() != y->others.size())
      return {};
    act::RealValue one = u.constant(1.0);
    act::RealValue p = x->others.empty() ? one : u.with(x->others[0]);
    act::RealValue q = y->others.empty() ? one : u.with(y->others[0]);
    if (!(x->factor == (sum.subtract ? y->factor : -y->factor))) {
      if (!(x->factor == (sum.subtract ? -y->factor : y->factor)))
        return {};
      q = -q;
    }
    auto slope = [](const act::RealValue &w) {
      return sigmoid(w) * sigmoid(-w);
    };
    act::RealValue difference =
        (sigmoid(u) - sigmoid(v)) * (sigmoid(-u) - sigmoid(v));
    if (p.getValue() == q.getValue())
      return (common * p * difference).getValue();
    auto distance = cancelDifference(p, q), total = cancelDifference(p, -q);
    if (!distance && !total)
      return {};
    return (common * 0.5 *
            ((total ? *total : p + q) * difference +
             (distance ? *distance : p - q) * (slope(u) + slope(v))))
        .getValue();
  }
};

/// softplus(u) - softplus(v) = log1p(expm1(d) sigmoid(v)), d = u - v, where d
/// is small; elsewhere its linear part, d where u and v are positive, is taken
/// apart.
struct SoftplusMinusSoftplus : SumPattern {
  using SumPattern::SumPattern;

  static bool isTail(Value u) {
    auto neg = u.getDefiningOp<act::NegOp>();
    return neg && neg.getOperand().getDefiningOp<act::AbsOp>();
  }

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    auto difference = matchDifference<act::SoftplusOp>(sum);
    if (!difference || isTail(difference->u))
      return {};
    using act::CmpPredicate;
    act::RealValue u(rewriter, location, difference->u);
    act::RealValue v = u.with(difference->v);
    act::RealValue d = subtractArguments(u, v), zero = u.constant(0.0);
    act::RealValue near = log1p(expm1(d) * sigmoid(v));
    act::RealValue apart = where(compare(CmpPredicate::gt, min(u, v), zero), d,
                                 max(u, 0.0) - max(v, 0.0));
    act::RealValue tails = softplus(-abs(u)) - softplus(-abs(v));
    Value isNear = compare(CmpPredicate::lt, abs(d), u.constant(1.0));
    return (u.constant(difference->factor) * where(isNear, near, apart + tails))
        .getValue();
  }
};

/// base ** n with a small integer n; 1 for other values.
std::pair<Value, Real> splitPower(Value value) {
  if (auto pow = value.getDefiningOp<act::PowOp>())
    if (std::optional<Real> exponent = getConstant(pow.getRhs()))
      return {pow.getLhs(), *exponent};
  return {value, Real(1.0)};
}

/// n / ((1 + e^u)^i (1 + e^v)^j)^k = n / (1 + e^u)^(i k) 1 / (1 + e^v)^(j k),
/// with u the one that n has, too; a factor of n that is one of these cancels.
struct DivideByLogisticProduct : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto [base, power] = splitPower(op.getRhs());
    auto product = base.getDefiningOp<act::MulOp>();
    if (!product)
      return mlir::failure();
    auto [first, i] = splitPower(product.getLhs());
    auto [second, j] = splitPower(product.getRhs());
    Value u = matchOnePlusExp(first), v = matchOnePlusExp(second);
    if (!u || !v || haveOneTerm(u, v))
      return mlir::failure();
    i = i * power;
    j = j * power;
    Value above = op.getLhs();
    cancelFactor(above, first, i);
    cancelFactor(above, second, j);
    if (hasExponential(above, v, /*depth=*/6) &&
        !hasExponential(above, u, /*depth=*/6)) {
      std::swap(first, second);
      std::swap(i, j);
    }
    act::RealValue n(rewriter, op.getLoc(), above);
    rewriter.replaceOp(op, (n / pow(n.with(first), n.constant(i)) *
                            (1.0 / pow(n.with(second), n.constant(j))))
                               .getValue());
    return mlir::success();
  }

  /// Whether `value` is made of exponentials of w's term.
  static bool hasExponential(Value value, Value w, unsigned depth) {
    mlir::Operation *op = value.getDefiningOp();
    if (!op || depth == 0)
      return false;
    if (isa<act::ExpOp>(op))
      return haveOneTerm(op->getOperand(0), w);
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      return hasExponential(operand, w, depth - 1);
    });
  }

  static void cancelFactor(Value &above, Value factor, Real &power) {
    auto mul = above.getDefiningOp<act::MulOp>();
    for (unsigned k = 0; mul && k < 2; ++k)
      if (mul->getOperand(k) == factor) {
        above = mul->getOperand(1 - k);
        power = power - Real(1.0);
        return;
      }
  }
};

/// f r (q / f^k) = r q / f^(k - 1), f = 1 + e^u, where the patterns above made
/// the quotient.
struct CancelLogisticFactor : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto product = op->getOperand(1 - k).getDefiningOp<act::MulOp>();
      auto div =
          product ? product.getRhs().getDefiningOp<act::DivOp>() : act::DivOp();
      if (!div || !matchOnePlusExp(splitPower(div.getRhs()).first))
        continue;
      auto [factor, power] = splitPower(div.getRhs());
      act::RealValue above(rewriter, op.getLoc(), div.getLhs());
      std::optional<Value> rest = remove(op->getOperand(k), factor, above, 6);
      if (!rest)
        continue;
      act::RealValue result = above.with(product.getLhs());
      if (*rest)
        result = above.with(*rest) * result;
      result = result * (above / pow(above.with(factor),
                                     above.constant(power - Real(1.0))));
      rewriter.replaceOp(op, result.getValue());
      return mlir::success();
    }
    return mlir::failure();
  }

  /// The product `value` without `factor`, null for 1; none where it is none.
  static std::optional<Value> remove(Value value, Value factor,
                                     const act::RealValue &context,
                                     unsigned depth) {
    if (value == factor)
      return Value();
    auto mul = value.getDefiningOp<act::MulOp>();
    for (unsigned k = 0; mul && depth && k < 2; ++k) {
      Value other = mul->getOperand(1 - k);
      auto rest = remove(mul->getOperand(k), factor, context, depth - 1);
      if (rest)
        return *rest ? (context.with(other) * context.with(*rest)).getValue()
                     : other;
    }
    return std::nullopt;
  }
};

} // namespace

void populateDifferencePatterns(mlir::RewritePatternSet &patterns) {
  mlir::MLIRContext *context = patterns.getContext();
  addSumPatterns<SigmoidMinusSigmoid, MirroredSigmoids, SlopeMinusSlope,
                 SoftplusMinusSoftplus>(patterns);
  patterns.add<DivideByLogisticProduct, CancelLogisticFactor>(context);
}

} // namespace actin
