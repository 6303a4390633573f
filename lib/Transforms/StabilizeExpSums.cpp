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

/// e^a + e^b, with nothing in common that a rational form could use.
static std::optional<std::pair<Value, Value>> matchExpSum(Value value) {
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

/// log(e^a + e^b) = max(a, b) + softplus(-|a - b|).
struct LogOfExpSum : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    auto sum = matchExpSum(op.getOperand());
    if (!sum)
      return mlir::failure();
    Location location = op.getLoc();
    auto [a, b] = *sum;
    Value distance = act::AbsOp::create(
        rewriter, location,
        act::SubOp::create(rewriter, location, a, b).getResult());
    Value rest = act::SoftplusOp::create(
        rewriter, location,
        act::NegOp::create(rewriter, location, distance).getResult());
    Value largest = act::MaxOp::create(rewriter, location, a, b);
    rewriter.replaceOpWithNewOp<act::AddOp>(op, largest, rest);
    return mlir::success();
  }
};

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

/// a sigmoid(u) - softplus(u) / b, where u = a b, is the entropy
/// -(|u| sigmoid(-|u|) + softplus(-|u|)) / b: for u > 0 both terms are about a.
struct SigmoidMinusSoftplus : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    if (!sum.subtract)
      return {};
    auto product = sum.x.getDefiningOp<act::MulOp>();
    Value quotient = sum.y, divisor;
    if (auto div = sum.y.getDefiningOp<act::DivOp>()) {
      quotient = div.getLhs();
      divisor = div.getRhs();
    }
    auto softplus = quotient.getDefiningOp<act::SoftplusOp>();
    if (!product || !softplus)
      return {};
    Value u = softplus.getOperand();
    for (unsigned k : {0u, 1u}) {
      auto sigmoid = product->getOperand(k).getDefiningOp<act::SigmoidOp>();
      if (!sigmoid || sigmoid.getOperand() != u)
        continue;
      Value b = otherFactor(u, product->getOperand(1 - k), rewriter, location);
      bool matches =
          b && (divisor ? b == divisor : getConstant(b) == Real(1.0));
      return matches ? emit(u, divisor, location, rewriter) : Value();
    }
    return {};
  }

  static Value emit(Value u, Value divisor, Location location,
                    PatternRewriter &rewriter) {
    Value magnitude = act::AbsOp::create(rewriter, location, u);
    Value minus = act::NegOp::create(rewriter, location, magnitude);
    Value product = act::MulOp::create(
        rewriter, location, magnitude,
        act::SigmoidOp::create(rewriter, location, minus).getResult());
    Value entropy = act::AddOp::create(
        rewriter, location, product,
        act::SoftplusOp::create(rewriter, location, minus).getResult());
    Value result = act::NegOp::create(rewriter, location, entropy);
    return divisor ? act::DivOp::create(rewriter, location, result, divisor)
                   : result;
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
    if (!u || !u.getDefiningOp<act::MulOp>())
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

/// c softplus(u) - c u sigmoid(u) = c (|u| sigmoid(-|u|) + softplus(-|u|)), the
/// entropy: for u > 0 both terms are about u.
struct SoftplusMinusMoment : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool softplusFirst : {true, false}) {
      auto softplus = matchSoftplus(softplusFirst ? sum.x : sum.y);
      ScaledTerm product = splitConstantFactor(softplusFirst ? sum.y : sum.x);
      if (!softplus)
        continue;
      if (sum.subtract)
        (softplusFirst ? product.factor : softplus->factor) =
            -(softplusFirst ? product.factor : softplus->factor);
      if (isMoment(product, *softplus))
        return emit(*softplus, location, rewriter);
    }
    return {};
  }

  static bool isMoment(const ScaledTerm &product,
                       const ScaledSoftplus &softplus) {
    const ScaledTerm &u = softplus.operand;
    if (u.term.getDefiningOp<act::AbsOp>())
      return false; // An entropy already.
    auto mul = product.term.getDefiningOp<act::MulOp>();
    for (unsigned k = 0; mul && k < 2; ++k) {
      auto sigmoid = mul->getOperand(k).getDefiningOp<act::SigmoidOp>();
      if (!sigmoid)
        continue;
      ScaledTerm v = splitConstantFactor(sigmoid.getOperand());
      ScaledTerm t = splitConstantFactor(mul->getOperand(1 - k));
      return isSame(v.term, u.term) && isSame(t.term, u.term) &&
             v.factor == u.factor &&
             product.factor * t.factor == -softplus.factor * u.factor;
    }
    return false;
  }

  static Value emit(const ScaledSoftplus &softplus, Location location,
                    PatternRewriter &rewriter) {
    Real scale = softplus.operand.factor;
    if (scale.isNegative())
      scale = -scale;
    act::RealValue u(rewriter, location, softplus.operand.term);
    act::RealValue a = abs(u);
    if (!(scale == Real(1.0)))
      a = a.constant(scale) * a;
    act::RealValue entropy = a * sigmoid(-a) + act::softplus(-a);
    return (entropy.constant(softplus.factor) * entropy).getValue();
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

void populateExpSumPatterns(mlir::RewritePatternSet &patterns) {
  mlir::MLIRContext *context = patterns.getContext();
  for (llvm::StringRef root :
       {act::AddOp::getOperationName(), act::SubOp::getOperationName()})
    patterns.add<SigmoidMinusSoftplus, SoftplusMinusMoment>(context, root);
  patterns
      .add<LogOfExpSum, DivideByExpSum, DivideSumByExpSum, FactorTimesSoftplus,
           MultiplyIntoExpQuotient, SoftplusOverFactor>(context);
}

} // namespace actin
