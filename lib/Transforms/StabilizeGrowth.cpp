//===- StabilizeGrowth.cpp - Logarithms and quotients of what overflows ---===//
//
// Each pattern is an identity over the reals, with the formula in its comment.
// Where a form is good on one side only, it is selected there.
//
//===----------------------------------------------------------------------===//

#include "Transforms/Signs.h"
#include "Transforms/StabilizeImpl.h"

using mlir::LogicalResult;
using mlir::Operation;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

namespace {

/// log(expm1(u)) = u + log1p(-e^-u), which is better for u > log 2.
struct LogOfExpm1 : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    auto expm1 = op.getOperand().getDefiningOp<act::Expm1Op>();
    if (!expm1 || isSelected(op, expm1.getOperand()))
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), expm1.getOperand());
    selectTail(rewriter, op, u, 0.6931471805599453, u + log1p(-exp(-u)),
               act::CmpPredicate::gt);
    return mlir::success();
  }
};

/// log1p(r e^u) = u + log(r + e^-u) for large u, where nothing else has taken
/// the exponential.
struct Log1pOfExpProduct : mlir::OpRewritePattern<act::Log1pOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::Log1pOp op,
                                PatternRewriter &rewriter) const override {
    auto product = op.getOperand().getDefiningOp<act::MulOp>();
    for (unsigned k = 0; product && k < 2; ++k) {
      auto exp = product->getOperand(k).getDefiningOp<act::ExpOp>();
      auto neg =
          exp ? exp.getOperand().getDefiningOp<act::NegOp>() : act::NegOp();
      bool isBounded = neg && isNonNegative(neg.getOperand());
      if (!exp || isBounded || isSelected(op, exp.getOperand()))
        continue;
      RealValue u(rewriter, op.getLoc(), exp.getOperand());
      RealValue r = u.with(product->getOperand(1 - k));
      selectTail(rewriter, op, u, 40.0, u + log(r + act::exp(-u)),
                 act::CmpPredicate::gt);
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// log(sqrt(u)) = log(u) / 2: next to 1 the root's rounding would show.
struct LogOfRoot : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    auto root = op.getOperand().getDefiningOp<act::SqrtOp>();
    if (!root)
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), root.getOperand());
    rewriter.replaceOp(op, (0.5 * log(u)).getValue());
    return mlir::success();
  }
};

/// log2(1 + u) = log(1 + u) / log 2, and log10 likewise: of sums, log has more
/// forms.
template <typename LogarithmOp>
struct LogarithmOfSum : mlir::OpRewritePattern<LogarithmOp> {
  using mlir::OpRewritePattern<LogarithmOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(LogarithmOp op,
                                PatternRewriter &rewriter) const override {
    constexpr double base = std::is_same_v<LogarithmOp, act::Log2Op> ? 2 : 10;
    if (!op.getOperand().template getDefiningOp<act::AddOp>())
      return mlir::failure();
    RealValue sum(rewriter, op.getLoc(), op.getOperand());
    Real rate = Real(1.0) / evaluateUnary("log", Real(base));
    rewriter.replaceOp(op, (sum.constant(rate) * log(sum)).getValue());
    return mlir::success();
  }
};

/// e^u e^(-c e^u) = e^(u - c e^u) for c > 0, in a product, and likewise with a
/// sum that e^u is a factor in: it is not known of the two that the second
/// vanishes faster than the first grows.
struct GrowthTimesItsExponential : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    Factors product;
    product.collect(op);
    const auto &factors = product.above;
    RealValue model(rewriter, op.getLoc(), op);
    for (auto [i, tail] : llvm::enumerate(factors)) {
      auto outer = tail.getDefiningOp<act::ExpOp>();
      if (!outer)
        continue;
      ScaledTerm inner = splitConstantFactor(outer.getOperand());
      auto growth = inner.term.getDefiningOp<act::ExpOp>();
      if (!growth || !inner.factor.isNegative())
        continue;
      for (auto [j, factor] : llvm::enumerate(factors)) {
        Value joined = multiply(factor, outer, growth, model);
        if (!joined)
          continue;
        RealValue result = model.with(joined);
        for (auto [k, rest] : llvm::enumerate(factors))
          if (k != i && k != j)
            result = model.with(rest) * result;
        for (Value divisor : product.below)
          result = result / model.with(divisor);
        rewriter.replaceOp(op, result.getValue());
        return mlir::success();
      }
    }
    return mlir::failure();
  }

  struct Factors {
    llvm::SmallVector<Value> above, below;

    void collect(Value value, unsigned depth = 4) {
      auto mul = value.getDefiningOp<act::MulOp>();
      auto div = value.getDefiningOp<act::DivOp>();
      if (depth == 0 || (!mul && !div))
        return above.push_back(value);
      collect(mul ? mul.getLhs() : div.getLhs(), depth - 1);
      if (mul)
        collect(mul.getRhs(), depth - 1);
      else
        below.push_back(div.getRhs());
    }
  };

  /// factor * tail, where the growth is in the factor; else null.
  static Value multiply(Value factor, act::ExpOp tail, act::ExpOp growth,
                        const RealValue &model) {
    if (factor == growth.getResult())
      return act::exp(model.with(growth.getOperand()) +
                      model.with(tail.getOperand()))
          .getValue();
    std::optional<Sum> sum = factor.getDefiningOp()
                                 ? matchSum(factor.getDefiningOp())
                                 : std::nullopt;
    for (bool isFirst : {true, false}) {
      Factors term;
      if (sum)
        term.collect(isFirst ? sum->x : sum->y);
      auto &parts = term.above;
      auto *part = llvm::find(parts, growth.getResult());
      if (part == parts.end())
        continue;
      RealValue grown = model.with(multiply(growth, tail, growth, model));
      parts.erase(part);
      for (Value rest : parts)
        grown = model.with(rest) * grown;
      for (Value divisor : term.below)
        grown = grown / model.with(divisor);
      RealValue other =
          model.with(isFirst ? sum->y : sum->x) * model.with(tail);
      RealValue x = isFirst ? grown : other, y = isFirst ? other : grown;
      return (sum->subtract ? x - y : x + y).getValue();
    }
    return {};
  }
};

/// e^u / expm1(u) = -1 / expm1(-u): only one of them overflows, for a quotient
/// that vanishes.
struct ExpOverExpm1 : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto exp = op.getLhs().getDefiningOp<act::ExpOp>();
    auto expm1 = op.getRhs().getDefiningOp<act::Expm1Op>();
    if (!exp || !expm1 || exp.getOperand() != expm1.getOperand())
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), exp.getOperand());
    rewriter.replaceOp(op, (-1.0 / act::expm1(-u)).getValue());
    return mlir::success();
  }
};

/// The exponents of a sum of three exponentials or more, e^a + e^b + e^c.
llvm::SmallVector<Value, 4> matchLongExpSum(Value value) {
  llvm::SmallVector<Value, 4> exponents, work = {value};
  while (!work.empty()) {
    Operation *op = work.pop_back_val().getDefiningOp();
    if (isa_and_nonnull<act::AddOp>(op) && exponents.size() + work.size() < 8)
      work.append({op->getOperand(1), op->getOperand(0)});
    else if (isa_and_nonnull<act::ExpOp>(op))
      exponents.push_back(op->getOperand(0));
    else
      return {};
  }
  if (exponents.size() < 3)
    exponents.clear();
  return exponents;
}

/// e^(a - shift) + e^(b - shift) + …
RealValue sumExponentials(llvm::ArrayRef<Value> exponents,
                          const RealValue &shift) {
  RealValue sum = exp(shift.with(exponents[0]) - shift);
  for (Value exponent : exponents.drop_front())
    sum = sum + exp(shift.with(exponent) - shift);
  return sum;
}

/// log(e^a + e^b + e^c …) = l(l(a, b), c) …, l(a, b) = max(a, b) + softplus(-|a
/// - b|).
struct LogOfLongExpSum : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    llvm::SmallVector<Value, 4> exponents = matchLongExpSum(op.getOperand());
    if (exponents.empty())
      return mlir::failure();
    RealValue sum(rewriter, op.getLoc(), exponents[0]);
    for (Value exponent : llvm::ArrayRef(exponents).drop_front()) {
      RealValue next = sum.with(exponent);
      sum = max(sum, next) + softplus(-abs(sum - next));
    }
    rewriter.replaceOp(op, sum.getValue());
    return mlir::success();
  }
};

/// e^a / (e^a + e^b + e^c …) = 1 / (e^(b - a) + 1 + e^(c - a) …).
struct ShareOfLongExpSum : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto exp = op.getLhs().getDefiningOp<act::ExpOp>();
    llvm::SmallVector<Value, 4> exponents =
        exp ? matchLongExpSum(op.getRhs()) : llvm::SmallVector<Value, 4>();
    Value *own = llvm::find(exponents, exp ? exp.getOperand() : Value());
    if (own == exponents.end())
      return mlir::failure();
    exponents.erase(own);
    RealValue a(rewriter, op.getLoc(), exp.getOperand());
    rewriter.replaceOp(
        op, (1.0 / (1.0 + sumExponentials(exponents, a))).getValue());
    return mlir::success();
  }
};

/// e^a (r / (e^a + e^b + e^c …)) = r (e^a / (e^a + e^b + e^c …)).
struct GatherShare : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto exp = op->getOperand(k).getDefiningOp<act::ExpOp>();
      auto div = op->getOperand(1 - k).getDefiningOp<act::DivOp>();
      if (!exp || !div ||
          !llvm::is_contained(matchLongExpSum(div.getRhs()), exp.getOperand()))
        continue;
      RealValue rest(rewriter, op.getLoc(), div.getLhs());
      RealValue share = rest.with(exp) / rest.with(div.getRhs());
      rewriter.replaceOp(op, (rest * share).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// (1 + e^u)^p = e^(p u), and (1 + k e^u)^p = e^(p u) (k + e^-u)^p, for large
/// u: the sum may overflow where the power does not.
struct PowerOfOnePlusExp : mlir::OpRewritePattern<act::PowOp> {
  PowerOfOnePlusExp(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::PowOp op,
                                PatternRewriter &rewriter) const override {
    auto add = op.getLhs().getDefiningOp<act::AddOp>();
    std::optional<Real> power = getConstant(op.getRhs());
    for (unsigned k = 0; add && k < 2; ++k) {
      auto [exp, factor] = matchMultipleOfExp(add->getOperand(k));
      if (!exp || getConstant(add->getOperand(1 - k)) != Real(1.0) ||
          (power && power->asInteger()) || isSelected(op, exp.getOperand()))
        continue;
      RealValue u(rewriter, op.getLoc(), exp.getOperand());
      RealValue p = u.with(op.getRhs()), tail = act::exp(p * u);
      if (factor)
        tail = tail * pow(u.with(factor) + act::exp(-u), p);
      selectTail(rewriter, op, u, isF64 ? 45.0 : 25.0, tail,
                 act::CmpPredicate::gt);
      return mlir::success();
    }
    return mlir::failure();
  }

  /// e^u and its factor, null for 1.
  static std::pair<act::ExpOp, Value> matchMultipleOfExp(Value value) {
    auto product = value.getDefiningOp<act::MulOp>();
    for (unsigned k = 0; product && k < 2; ++k)
      if (auto exp = product->getOperand(k).getDefiningOp<act::ExpOp>())
        return {exp, product->getOperand(1 - k)};
    return {value.getDefiningOp<act::ExpOp>(), Value()};
  }

  bool isF64;
};

/// A product of a pole of |v| and sign(v) is 0 where v is 0: the kink has no
/// slope.
struct SignTimesPole : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    llvm::SmallVector<Value, 8> factors;
    collect(op, factors);
    for (Value factor : factors) {
      auto square = factor.getDefiningOp<act::PowOp>();
      auto sign =
          (square ? square.getLhs() : factor).getDefiningOp<act::SignOp>();
      if (!sign || isSelected(op, sign.getOperand()) ||
          llvm::none_of(factors, [&](Value other) {
            return isPowerOfMagnitude(other, sign.getOperand());
          }))
        continue;
      RealValue v(rewriter, op.getLoc(), sign.getOperand());
      selectTail(rewriter, op, v, 0.0, v.constant(0.0), act::CmpPredicate::eq);
      return mlir::success();
    }
    return mlir::failure();
  }

  static void collect(Value value, llvm::SmallVectorImpl<Value> &factors) {
    llvm::SmallVector<Value> work = {value};
    while (!work.empty() && factors.size() < 8) {
      Value factor = work.pop_back_val();
      Operation *op = factor.getDefiningOp();
      if (isa_and_nonnull<act::MulOp, act::DivOp, act::NegOp>(op))
        llvm::append_range(work, op->getOperands());
      else if (isa_and_nonnull<act::WhereOp>(op))
        work.append({op->getOperand(1), op->getOperand(2)});
      else
        factors.push_back(factor);
    }
  }

  /// Of a power that may be negative, or that divides.
  static bool isPowerOfMagnitude(Value value, Value v) {
    Operation *op = value.getDefiningOp();
    if (!isa_and_nonnull<act::PowOp, act::SqrtOp>(op))
      return false;
    auto abs = op->getOperand(0).getDefiningOp<act::AbsOp>();
    return abs && abs.getOperand() == v;
  }
};

/// p q < r q by the sign of (p - r) q, which neither overflows to a tie nor
/// rounds to one; p or r may be 1.
struct CompareProducts : mlir::OpRewritePattern<act::CmpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::CmpOp op,
                                PatternRewriter &rewriter) const override {
    RealValue context(rewriter, op.getLoc(), op.getLhs());
    for (auto [p, q] : listFactors(op.getLhs()))
      for (auto [r, other] : listFactors(op.getRhs())) {
        if (q != other || (!p && !r))
          continue;
        auto orOne = [&](Value factor) {
          return factor ? context.with(factor) : context.constant(1.0);
        };
        RealValue difference = orOne(p) - orOne(r);
        rewriter.replaceOpWithNewOp<act::CmpOp>(
            op, op.getPredicate(),
            (difference * sign(context.with(q))).getValue(),
            context.constant(0.0).getValue());
        return mlir::success();
      }
    return mlir::failure();
  }

  /// The pairs with the product `value`; null is 1.
  static llvm::SmallVector<std::pair<Value, Value>, 3>
  listFactors(Value value) {
    if (getConstant(value))
      return {};
    llvm::SmallVector<std::pair<Value, Value>, 3> factors = {{Value(), value}};
    if (auto mul = value.getDefiningOp<act::MulOp>()) {
      factors.push_back({mul.getRhs(), mul.getLhs()});
      factors.push_back({mul.getLhs(), mul.getRhs()});
    }
    return factors;
  }
};

} // namespace

void populateLogarithmPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<LogarithmOfSum<act::Log2Op>, LogarithmOfSum<act::Log10Op>,
               LogOfRoot>(patterns.getContext());
}

void populateGrowthPatterns(mlir::RewritePatternSet &patterns, bool isF64) {
  patterns.add<LogOfExpm1, Log1pOfExpProduct, GrowthTimesItsExponential,
               ExpOverExpm1, LogOfLongExpSum, ShareOfLongExpSum, GatherShare,
               SignTimesPole, CompareProducts>(patterns.getContext());
  patterns.add<PowerOfOnePlusExp>(patterns.getContext(), isF64);
}

} // namespace actin
