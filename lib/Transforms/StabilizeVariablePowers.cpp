//===- StabilizeVariablePowers.cpp - Powers with a parameter's exponent ---===//
//
// Derivatives of (1 + e^-x)^a have terms with a, a - 1 and a - 2 for exponents,
// which cancel. Each pattern is an identity over the reals, with the formula in
// its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLExtras.h"

using mlir::LogicalResult;
using mlir::Operation;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

namespace {

/// value = scale * term + offset; a null term: the offset.
struct Affine {
  Value term;
  Real scale = Real(1.0), offset = Real(0.0);
};

Affine matchAffine(Value value, unsigned depth = 6) {
  if (std::optional<Real> constant = getConstant(value))
    return {Value(), Real(0.0), *constant};
  ScaledTerm scaled = splitConstantFactor(value);
  Operation *op = scaled.term.getDefiningOp();
  std::optional<Sum> sum = op && depth ? matchSum(op) : std::nullopt;
  if (!sum)
    return {scaled.term, scaled.factor};
  Affine x = matchAffine(sum->x, depth - 1), y = matchAffine(sum->y, depth - 1);
  if (x.term && y.term)
    return {scaled.term, scaled.factor};
  Real sign(sum->subtract ? -1.0 : 1.0);
  return {x.term ? x.term : y.term,
          scaled.factor * (x.term ? x.scale : sign * y.scale),
          scaled.factor * (x.offset + sign * y.offset)};
}

/// A product taken apart.
struct Product {
  Real factor = Real(1.0);
  llvm::SmallVector<Value, 6> factors;
};

void collect(Value value, Product &product) {
  ScaledTerm scaled = splitConstantFactor(value);
  product.factor = product.factor * scaled.factor;
  auto mul = scaled.term.getDefiningOp<act::MulOp>();
  auto square = scaled.term.getDefiningOp<act::PowOp>();
  if (product.factors.size() > 16 || (!mul && !square)) {
    product.factors.push_back(scaled.term);
  } else if (mul) {
    collect(mul.getLhs(), product);
    collect(mul.getRhs(), product);
  } else if (getConstant(square.getRhs()) == Real(2.0)) {
    product.factors.append(2, square.getLhs());
  } else {
    product.factors.push_back(scaled.term);
  }
}

bool isPositive(Value value) {
  if (std::optional<Real> constant = getConstant(value))
    return Real(0.0) < *constant;
  Operation *op = value.getDefiningOp();
  return isa_and_nonnull<act::ExpOp, act::SoftplusOp, act::SigmoidOp,
                         act::CoshOp>(op);
}

bool isAtLeastOne(Value value) {
  auto add = value.getDefiningOp<act::AddOp>();
  auto isOne = [&](unsigned k) {
    std::optional<Real> constant = getConstant(add->getOperand(k));
    return constant && !(*constant < Real(1.0)) &&
           isPositive(add->getOperand(1 - k));
  };
  return value.getDefiningOp<act::CoshOp>() || (add && (isOne(0) || isOne(1)));
}

/// (y == 0 ? 0 : y b^p …) = y b^p … for b >= 1, which has no pole.
struct SlopeOfPower : mlir::OpRewritePattern<act::WhereOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::WhereOp op,
                                PatternRewriter &rewriter) const override {
    auto cmp = op.getCondition().getDefiningOp<act::CmpOp>();
    std::optional<Real> at = cmp ? getConstant(cmp.getRhs()) : std::nullopt;
    std::optional<Real> zero = getConstant(op.getOnTrue());
    if (!at || cmp.getPredicate() != act::CmpPredicate::eq || !zero ||
        !zero->isZero())
      return mlir::failure();
    Affine compared = matchAffine(cmp.getLhs());
    Product product;
    collect(op.getOnFalse(), product);
    auto vanishes = [&](Value factor) {
      Affine known = matchAffine(factor);
      return known.term && known.term == compared.term &&
             (known.scale * (*at - compared.offset) / compared.scale +
              known.offset)
                 .isZero();
    };
    auto isTame = [](Value factor) {
      auto pow = factor.getDefiningOp<act::PowOp>();
      return pow && isAtLeastOne(pow.getLhs());
    };
    if (llvm::none_of(product.factors, vanishes) ||
        llvm::none_of(product.factors, isTame))
      return mlir::failure();
    rewriter.replaceOp(op, op.getOnFalse());
    return mlir::success();
  }
};

/// r b^p + s b^(p - n) = b^p (r + s / b^n), with what r and s share outside:
/// both may be far larger than their sum.
struct SumOfPowers : SumPattern {
  using SumPattern::SumPattern;

  /// A power with an exponent that is no constant, and where it stands.
  static std::optional<size_t> findPower(const Product &product) {
    for (auto [i, factor] : llvm::enumerate(product.factors))
      if (auto pow = factor.getDefiningOp<act::PowOp>();
          pow && !getConstant(pow.getRhs()))
        return i;
    return std::nullopt;
  }

  static RealValue multiply(const Product &product, const RealValue &start) {
    RealValue result = start;
    for (Value factor : product.factors)
      result = result * start.with(factor);
    return result;
  }

  Value rewrite(const Sum &sum, mlir::Location location,
                PatternRewriter &rewriter) const override {
    Product x, y;
    collect(sum.x, x);
    collect(sum.y, y);
    if (sum.subtract)
      y.factor = -y.factor;
    std::optional<size_t> i = findPower(x), j = findPower(y);
    if (!i || !j)
      return {};
    auto first = x.factors[*i].getDefiningOp<act::PowOp>();
    auto second = y.factors[*j].getDefiningOp<act::PowOp>();
    Affine p = matchAffine(first.getRhs()), q = matchAffine(second.getRhs());
    std::optional<int64_t> n = (p.offset - q.offset).asInteger();
    if (first.getLhs() != second.getLhs() || p.term != q.term ||
        !(p.scale == q.scale) || !n || *n == 0 || std::abs(*n) > 3)
      return {};
    x.factors.erase(x.factors.begin() + *i);
    y.factors.erase(y.factors.begin() + *j);
    if (*n < 0) {
      std::swap(x, y);
      std::swap(first, second);
    }
    Product common;
    for (Value factor : llvm::to_vector(x.factors))
      if (auto *found = llvm::find(y.factors, factor);
          found != y.factors.end()) {
        common.factors.push_back(factor);
        y.factors.erase(found);
        x.factors.erase(llvm::find(x.factors, factor));
      }
    RealValue power(rewriter, location, first.getResult());
    RealValue divisor = power.with(first.getLhs());
    if (std::abs(*n) > 1)
      divisor = pow(divisor, double(std::abs(*n)));
    RealValue left = multiply(x, power.constant(x.factor));
    RealValue right = multiply(y, power.constant(y.factor)) / divisor;
    return (multiply(common, power) * (left + right)).getValue();
  }
};

/// (1 + w)^p - 1 = expm1(p log1p(w)) next to 0: no cancellation. Its negative
/// likewise, and sigmoid(u)^p - 1.
struct PowerNearOne : mlir::OpRewritePattern<act::SubOp> {
  using OpRewritePattern::OpRewritePattern;

  static bool isFarSide(act::SubOp op) {
    return llvm::any_of(op->getUsers(), [&](Operation *user) {
      auto where = dyn_cast<act::WhereOp>(user);
      return where && where.getOnFalse() == op &&
             splitConstantFactor(where.getOnTrue())
                 .term.getDefiningOp<act::Expm1Op>();
    });
  }

  /// Of what may be close to 1.
  static std::optional<RealValue> takeLogarithm(const RealValue &base) {
    if (auto sigmoid = base.getValue().getDefiningOp<act::SigmoidOp>())
      return logsigmoid(base.with(sigmoid.getOperand()));
    Affine affine = matchAffine(base.getValue());
    if (!affine.term || !(affine.offset == Real(1.0)))
      return std::nullopt;
    return log1p(base.constant(affine.scale) * base.with(affine.term));
  }

  LogicalResult matchAndRewrite(act::SubOp op,
                                PatternRewriter &rewriter) const override {
    bool isNegative = getConstant(op.getLhs()) == Real(1.0);
    auto power = op->getOperand(isNegative).getDefiningOp<act::PowOp>();
    if (!power || !(getConstant(op->getOperand(!isNegative)) == Real(1.0)) ||
        getConstant(power.getRhs()) || isFarSide(op))
      return mlir::failure();
    RealValue p(rewriter, op.getLoc(), power.getRhs());
    std::optional<RealValue> log = takeLogarithm(p.with(power.getLhs()));
    if (!log)
      return mlir::failure();
    RealValue exponent = p * *log, growth = expm1(exponent);
    selectTail(rewriter, op, abs(exponent), 1.0, isNegative ? -growth : growth);
    return mlir::success();
  }
};

/// e^(p log1p(w)) (r / (1 + w)) = r (1 + w)^(p - 1): one of the factors may be
/// infinite and the other 0.
struct ExpOfLogarithmOverBase : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  /// value = rest / (1 + w); null where it is not.
  static std::optional<RealValue> removeDivisor(const RealValue &value, Value w,
                                                unsigned depth = 4) {
    Operation *op = value.getValue().getDefiningOp();
    if (auto div = dyn_cast_or_null<act::DivOp>(op)) {
      auto add = div.getRhs().getDefiningOp<act::AddOp>();
      for (unsigned k = 0; add && k < 2; ++k)
        if (getConstant(add->getOperand(k)) == Real(1.0) &&
            add->getOperand(1 - k) == w)
          return value.with(div.getLhs());
    }
    for (unsigned k = 0; isa_and_nonnull<act::MulOp>(op) && depth && k < 2; ++k)
      if (auto rest =
              removeDivisor(value.with(op->getOperand(k)), w, depth - 1))
        return *rest * value.with(op->getOperand(1 - k));
    return std::nullopt;
  }

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto exp = op->getOperand(k).getDefiningOp<act::ExpOp>();
      auto exponent =
          exp ? exp.getOperand().getDefiningOp<act::MulOp>() : act::MulOp();
      for (unsigned j = 0; exponent && j < 2; ++j) {
        auto log = exponent->getOperand(j).getDefiningOp<act::Log1pOp>();
        if (!log)
          continue;
        RealValue w(rewriter, op.getLoc(), log.getOperand());
        auto rest =
            removeDivisor(w.with(op->getOperand(1 - k)), log.getOperand());
        if (!rest)
          continue;
        RealValue p = w.with(exponent->getOperand(1 - j));
        rewriter.replaceOp(op, (*rest * pow(1.0 + w, p - 1.0)).getValue());
        return mlir::success();
      }
    }
    return mlir::failure();
  }
};

/// The base of p log1p(w), 1 + w, where that is never less than 1, and p.
std::optional<std::pair<RealValue, RealValue>>
matchLogarithmProduct(Value exponent, const RealValue &context) {
  auto product = exponent.getDefiningOp<act::MulOp>();
  for (unsigned k = 0; product && k < 2; ++k)
    if (auto log = product->getOperand(k).getDefiningOp<act::Log1pOp>();
        log && (isPositive(log.getOperand()) ||
                log.getOperand().getDefiningOp<act::AbsOp>()))
      return std::pair(1.0 + context.with(log.getOperand()),
                       context.with(product->getOperand(1 - k)));
  return std::nullopt;
}

/// e^(p log1p(w)) = (1 + w)^p, which does not round the logarithm.
struct ExpOfLogarithm : mlir::OpRewritePattern<act::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::ExpOp op,
                                PatternRewriter &rewriter) const override {
    RealValue context(rewriter, op.getLoc(), op.getOperand());
    auto power = matchLogarithmProduct(op.getOperand(), context);
    if (!power)
      return mlir::failure();
    rewriter.replaceOp(op, pow(power->first, power->second).getValue());
    return mlir::success();
  }
};

/// expm1(p log1p(w)) = (1 + w)^p - 1, which is better where that is large.
struct Expm1OfLogarithm : mlir::OpRewritePattern<act::Expm1Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::Expm1Op op,
                                PatternRewriter &rewriter) const override {
    RealValue u(rewriter, op.getLoc(), op.getOperand());
    auto power = matchLogarithmProduct(op.getOperand(), u);
    if (!power || isSelected(op, op.getOperand()))
      return mlir::failure();
    selectTail(rewriter, op, u, 1.0, pow(power->first, power->second) - 1.0,
               act::CmpPredicate::gt);
    return mlir::success();
  }
};

} // namespace

void populatePowerOfLogarithmPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<ExpOfLogarithm, Expm1OfLogarithm>(patterns.getContext());
}

void populateVariablePowerPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<SlopeOfPower, ExpOfLogarithmOverBase, PowerNearOne>(
      patterns.getContext());
  addSumPatterns<SumOfPowers>(patterns);
}

} // namespace actin
