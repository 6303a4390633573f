//===- StabilizeRoots.cpp - Square roots of sums beside their terms -------===//
//
// Each pattern is an identity over the reals, with the formula in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/FlatProduct.h"
#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

using mlir::Location;
using mlir::Operation;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

Value cancelSquare(Value radicand, Value root) {
  auto add = radicand.getDefiningOp<act::AddOp>();
  if (!add)
    return {};
  std::optional<Real> constantRoot = getConstant(root);
  auto abs = root.getDefiningOp<act::AbsOp>();
  auto isRoot = [&](Value base) {
    return base == root || (abs && base == abs.getOperand());
  };
  for (unsigned k : {0u, 1u}) {
    Value part = add->getOperand(k), rest = add->getOperand(1 - k);
    if (constantRoot) {
      std::optional<Real> value = getConstant(part);
      if (value && *value == *constantRoot * *constantRoot)
        return rest;
      continue;
    }
    if (auto mul = part.getDefiningOp<act::MulOp>())
      if (mul.getLhs() == mul.getRhs() && isRoot(mul.getLhs()))
        return rest;
    if (auto pow = part.getDefiningOp<act::PowOp>()) {
      std::optional<Real> exponent = getConstant(pow.getRhs());
      if (isRoot(pow.getLhs()) && exponent && *exponent == Real(2.0))
        return rest;
    }
  }
  return {};
}

namespace {

/// sqrt(b^2 + p) - b = p / (sqrt(b^2 + p) + b) where b > 0; with b of either
/// sign the sum of s and |b| is taken, and p divided by it where the signs make
/// s and b cancel.
struct RootMinusTerm : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool rootFirst : {true, false}) {
      Value root = rootFirst ? sum.x : sum.y;
      Value other = rootFirst ? sum.y : sum.x;
      auto sqrt = root.getDefiningOp<act::SqrtOp>();
      Value rest = sqrt ? cancelSquare(sqrt.getOperand(), other) : Value();
      if (!rest)
        continue;
      // sign * (s + otherSign * other), s = sqrt.
      bool negate = sum.subtract && !rootFirst;
      return emit(root, other, rest, sum.subtract, negate, location, rewriter);
    }
    return {};
  }

  /// s - b (`subtract`) or s + b, negated on demand.
  static Value emit(Value root, Value other, Value rest, bool subtract,
                    bool negate, Location location, PatternRewriter &rewriter) {
    Value result;
    if (std::optional<Real> value = getConstant(other)) {
      if (value->isNegative() == subtract)
        return {}; // Both terms have one sign: nothing cancels.
      Value magnitude = createConstant(rewriter, location,
                                       value->isNegative() ? -*value : *value);
      result = act::DivOp::create(
          rewriter, location, rest,
          act::AddOp::create(rewriter, location, root, magnitude));
    } else if (other.getDefiningOp<act::AbsOp>()) {
      if (!subtract)
        return {};
      result = act::DivOp::create(
          rewriter, location, rest,
          act::AddOp::create(rewriter, location, root, other));
    } else {
      Value zero = createConstant(rewriter, location, Real(0.0));
      Value cancels = act::CmpOp::create(rewriter, location,
                                         subtract ? act::CmpPredicate::gt
                                                  : act::CmpPredicate::lt,
                                         other, zero);
      Value magnitude = act::AbsOp::create(rewriter, location, other);
      Value total = act::AddOp::create(rewriter, location, root, magnitude);
      Value quotient = act::DivOp::create(rewriter, location, rest, total);
      result =
          act::WhereOp::create(rewriter, location, cancels, quotient, total);
    }
    return negate ? act::NegOp::create(rewriter, location, result) : result;
  }
};

/// c + c b / s = c (s + b) / s, where s = sqrt(b^2 + p).
struct OnePlusTermOverRoot : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    std::optional<ConstantAndTerm> parts = matchConstantAndTerm(sum);
    auto div =
        parts ? parts->term.term.getDefiningOp<act::DivOp>() : act::DivOp();
    auto sqrt = div ? div.getRhs().getDefiningOp<act::SqrtOp>() : act::SqrtOp();
    if (!sqrt || !cancelSquare(sqrt.getOperand(), div.getLhs()))
      return {};
    const Real &slope = parts->term.factor, &shift = parts->constant;
    bool subtract = slope == -shift;
    bool isPositive = bool(div.getLhs().getDefiningOp<act::AbsOp>());
    if (!subtract && (isPositive || !(slope == shift)))
      return {};
    Value root = sqrt.getResult(), numerator;
    if (subtract)
      numerator = act::SubOp::create(rewriter, location, root, div.getLhs());
    else
      numerator = act::AddOp::create(rewriter, location, root, div.getLhs());
    Value quotient = act::DivOp::create(rewriter, location, numerator, root);
    return act::MulOp::create(rewriter, location,
                              createConstant(rewriter, location, shift),
                              quotient);
  }
};

/// c sign(b) - c b / s = c sign(b) (p / s) / (s + |b|), where s = sqrt(b^2 +
/// p).
struct SignMinusTermOverRoot : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    ScaledTerm x = splitConstantFactor(sum.x), y = splitConstantFactor(sum.y);
    if (sum.subtract)
      y.factor = -y.factor;
    if (!x.term.getDefiningOp<act::SignOp>())
      std::swap(x, y);
    auto sign = x.term.getDefiningOp<act::SignOp>();
    auto div = y.term.getDefiningOp<act::DivOp>();
    auto sqrt = div ? div.getRhs().getDefiningOp<act::SqrtOp>() : act::SqrtOp();
    if (!sign || !sqrt || div.getLhs() != sign.getOperand() ||
        !(x.factor == -y.factor))
      return {};
    Value rest = cancelSquare(sqrt.getOperand(), div.getLhs());
    if (!rest)
      return {};
    RealValue root(rewriter, location, sqrt);
    RealValue magnitude = act::abs(root.with(div.getLhs()));
    RealValue quotient = root.with(rest) / root / (root + magnitude);
    return (root.constant(x.factor) * root.with(sign) * quotient).getValue();
  }
};

/// The b of a radicand b^2 + p.
llvm::SmallVector<Value, 2> listSquareBases(Value radicand) {
  llvm::SmallVector<Value, 2> bases;
  auto add = radicand.getDefiningOp<act::AddOp>();
  for (unsigned k = 0; add && k != 2; ++k) {
    Operation *op = add->getOperand(k).getDefiningOp();
    if (op && op->getNumOperands() == 2 &&
        cancelSquare(radicand, op->getOperand(0)))
      bases.push_back(op->getOperand(0));
  }
  return bases;
}

/// sqrt(p^2 q^2 + r) = sqrt((p q)^2 + r): the square of one term.
struct RootOfSquareProduct : mlir::OpRewritePattern<act::SqrtOp> {
  using OpRewritePattern::OpRewritePattern;

  static Value getRoot(Value value) {
    auto square = value.getDefiningOp<act::PowOp>();
    return square && getConstant(square.getRhs()) == Real(2.0) ? square.getLhs()
                                                               : Value();
  }

  mlir::LogicalResult
  matchAndRewrite(act::SqrtOp op, PatternRewriter &rewriter) const override {
    auto add = op.getOperand().getDefiningOp<act::AddOp>();
    for (unsigned k = 0; add && k != 2; ++k) {
      auto mul = add->getOperand(k).getDefiningOp<act::MulOp>();
      Value p = mul ? getRoot(mul.getLhs()) : Value();
      Value q = mul ? getRoot(mul.getRhs()) : Value();
      if (!p || !q)
        continue;
      RealValue base(rewriter, op.getLoc(), p);
      RealValue joined = act::square(base * base.with(q));
      rewriter.replaceOp(
          op, sqrt(joined + base.with(add->getOperand(1 - k))).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// a + a b / s = a (s + b) / s, where s = sqrt(b^2 + p) and the quotient may be
/// written as any product.
struct TermPlusProductOverRoot : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      Value a = isFirst ? sum.x : sum.y, product = isFirst ? sum.y : sum.x;
      FlatProduct quotient;
      if (getConstant(a) || !quotient.multiply(product, 1) ||
          !quotient.multiply(a, -1))
        continue;
      for (auto [root, power] : quotient.powers) {
        auto sqrt = root.getDefiningOp<act::SqrtOp>();
        if (!sqrt || power != -1)
          continue;
        for (Value b : listSquareBases(sqrt.getOperand())) {
          FlatProduct rest = quotient;
          if (!rest.multiply(root, 1) || !rest.multiply(b, -1))
            continue;
          if (std::optional<int> sign = rest.asSign())
            return emit(RealValue(rewriter, location, a), root, b,
                        (*sign < 0) != sum.subtract, sum.subtract && !isFirst);
        }
      }
    }
    return {};
  }

  static Value emit(const RealValue &a, Value root, Value b, bool subtract,
                    bool negate) {
    RealValue s = a.with(root);
    RealValue sum = subtract ? s - a.with(b) : s + a.with(b);
    RealValue result = a * (sum / s);
    return (negate ? -result : result).getValue();
  }
};

} // namespace

void populateRootPatterns(mlir::RewritePatternSet &patterns) {
  addSumPatterns<RootMinusTerm, OnePlusTermOverRoot, SignMinusTermOverRoot,
                 TermPlusProductOverRoot>(patterns);
  patterns.add<RootOfSquareProduct>(patterns.getContext());
}

} // namespace actin
