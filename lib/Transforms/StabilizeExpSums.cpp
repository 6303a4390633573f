//===- StabilizeExpSums.cpp - Sums of exponentials of unlike arguments ----===//
//
// Each pattern is an identity over the reals, with the formula in its comment.
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

std::optional<std::pair<Value, Value>> matchExpSum(Value value) {
  auto add = value.getDefiningOp<act::AddOp>();
  if (!add)
    return std::nullopt;
  auto x = add.getLhs().getDefiningOp<act::ExpOp>();
  auto y = add.getRhs().getDefiningOp<act::ExpOp>();
  if (!x || !y ||
      splitConstantFactor(x.getOperand()).term ==
          splitConstantFactor(y.getOperand()).term)
    return std::nullopt;
  return std::pair(x.getOperand(), y.getOperand());
}

static std::optional<Sum> matchWeightedSum(Value value,
                                           std::pair<Value, Value> exponents,
                                           unsigned depth = 4);

/// e^c1 … e^cn r / (e^a + e^b)^n = e^(c1 - b) … e^(cn - b) r / (1 + e^(a -
/// b))^n: exponentials of differences neither overflow together nor vanish
/// together.
struct DivideByExpSum : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto [base, power] = splitPower(op.getRhs());
    auto sum = matchExpSum(base);
    llvm::SmallVector<Value, 3> exponents;
    llvm::SmallVector<Value, 3> rest;
    collectFactors(op.getLhs(), exponents, rest);
    if (!sum || power < 1)
      return mlir::failure();
    for (Value factor : rest)
      if (factor && factor != op.getLhs() && power == 1 &&
          matchWeightedSum(factor, *sum))
        return divideFactor(op, factor, rewriter);
    if (int64_t(exponents.size()) < power)
      return mlir::failure();
    Location location = op.getLoc();
    auto [a, b] = *sum;
    Value ratio = act::ExpOp::create(
        rewriter, location,
        act::SubOp::create(rewriter, location, a, b).getResult());
    Value numerator = createConstant(rewriter, location, Real(1.0));
    auto multiply = [&](Value factor) {
      numerator = act::MulOp::create(rewriter, location, numerator, factor);
    };
    for (auto [i, c] : llvm::enumerate(exponents)) {
      if (int64_t(i) >= power)
        multiply(act::ExpOp::create(rewriter, location, c));
      else if (c == a)
        multiply(ratio);
      else if (c != b)
        multiply(act::ExpOp::create(
            rewriter, location,
            act::SubOp::create(rewriter, location, c, b).getResult()));
    }
    for (Value factor : rest) {
      if (factor)
        multiply(factor);
      else
        numerator = act::NegOp::create(rewriter, location, numerator);
    }
    Value denominator = act::AddOp::create(
        rewriter, location, createConstant(rewriter, location, Real(1.0)),
        ratio);
    denominator = act::PowOp::create(
        rewriter, location, denominator,
        createConstant(rewriter, location, Real(double(power))));
    rewriter.replaceOpWithNewOp<act::DivOp>(op, numerator, denominator);
    return mlir::success();
  }

  /// f s / d = f (s / d), where s is a product's `factor`: f and s / d are
  /// bounded.
  static LogicalResult divideFactor(act::DivOp op, Value factor,
                                    PatternRewriter &rewriter) {
    auto mul = op.getLhs().getDefiningOp<act::MulOp>();
    for (unsigned k = 0; mul && k < 2; ++k) {
      if (mul->getOperand(k) != factor)
        continue;
      Value quotient =
          act::DivOp::create(rewriter, op.getLoc(), factor, op.getRhs());
      rewriter.replaceOpWithNewOp<act::MulOp>(op, mul->getOperand(1 - k),
                                              quotient);
      return mlir::success();
    }
    return mlir::failure();
  }

  /// base ** n with a small integer n; 1 for other values.
  static std::pair<Value, int64_t> splitPower(Value value) {
    if (auto pow = value.getDefiningOp<act::PowOp>())
      if (std::optional<Real> exponent = getConstant(pow.getRhs()))
        if (auto n = exponent->asInteger(); n && *n >= 1 && *n <= 4)
          return {pow.getLhs(), *n};
    auto mul = value.getDefiningOp<act::MulOp>();
    if (mul && mul.getLhs() == mul.getRhs())
      return {mul.getLhs(), 2};
    return {value, 1};
  }

  /// value = product of e^exponents and of the rest, null for -1.
  static void collectFactors(Value value,
                             llvm::SmallVectorImpl<Value> &exponents,
                             llvm::SmallVectorImpl<Value> &rest) {
    llvm::SmallVector<Value, 4> work = {value};
    while (!work.empty()) {
      Value factor = work.pop_back_val();
      auto [base, power] = splitPower(factor);
      auto exp = base.getDefiningOp<act::ExpOp>();
      if (exp && exponents.size() + power <= 8) {
        exponents.append(power, exp.getOperand());
      } else if (auto mul = factor.getDefiningOp<act::MulOp>();
                 mul && work.size() < 16) {
        work.push_back(mul.getLhs());
        work.push_back(mul.getRhs());
      } else if (auto neg = factor.getDefiningOp<act::NegOp>()) {
        // A null factor stands for -1.
        work.push_back(neg.getOperand());
        rest.push_back(Value());
      } else {
        rest.push_back(factor);
      }
    }
  }
};

/// m + n, where both have e^a or e^b for a factor, or are such sums again.
static std::optional<Sum> matchWeightedSum(Value value,
                                           std::pair<Value, Value> exponents,
                                           unsigned depth) {
  mlir::Operation *definition = value.getDefiningOp();
  std::optional<Sum> sum = definition ? matchSum(definition) : std::nullopt;
  auto isWeighted = [&](Value term) {
    llvm::SmallVector<Value, 3> found, rest;
    DivideByExpSum::collectFactors(term, found, rest);
    auto isWeightedSum = [&](Value factor) {
      return factor && matchWeightedSum(factor, exponents, depth - 1);
    };
    return llvm::is_contained(found, exponents.first) ||
           llvm::is_contained(found, exponents.second) ||
           (depth > 0 && llvm::any_of(rest, isWeightedSum));
  };
  return sum && isWeighted(sum->x) && isWeighted(sum->y) ? sum : std::nullopt;
}

/// (m + n) / (e^a + e^b) = m / (e^a + e^b) + n / (e^a + e^b), where m and n
/// have e^a or e^b for a factor.
struct DivideSumByExpSum : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto exponents = matchExpSum(op.getRhs());
    std::optional<Sum> sum;
    if (exponents)
      sum = matchWeightedSum(op.getLhs(), *exponents);
    if (!sum)
      return mlir::failure();
    Value x = act::DivOp::create(rewriter, op.getLoc(), sum->x, op.getRhs());
    Value y = act::DivOp::create(rewriter, op.getLoc(), sum->y, op.getRhs());
    if (sum->subtract)
      rewriter.replaceOpWithNewOp<act::SubOp>(op, x, y);
    else
      rewriter.replaceOpWithNewOp<act::AddOp>(op, x, y);
    return mlir::success();
  }
};

/// f (n / (e^a + e^b)^k) = (f n) / (e^a + e^b)^k: the pattern above needs all
/// exponentials in one place.
struct MultiplyIntoExpQuotient : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto quotient = op->getOperand(k).getDefiningOp<act::DivOp>();
      auto exponents =
          quotient
              ? matchExpSum(DivideByExpSum::splitPower(quotient.getRhs()).first)
              : std::nullopt;
      if (!exponents || matchWeightedSum(quotient.getLhs(), *exponents))
        continue;
      Value numerator = act::MulOp::create(
          rewriter, op.getLoc(), op->getOperand(1 - k), quotient.getLhs());
      rewriter.replaceOpWithNewOp<act::DivOp>(op, numerator, quotient.getRhs());
      return mlir::success();
    }
    return mlir::failure();
  }
};

void populateExpSumPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<DivideByExpSum, DivideSumByExpSum, MultiplyIntoExpQuotient>(
      patterns.getContext());
}

} // namespace actin
