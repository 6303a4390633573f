//===- StabilizePatterns.cpp - Local rewrites against cancellation --------===//
//
// Each pattern is an identity over the reals, with the formula in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

#include <cmath>

using mlir::Location;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

std::optional<Real> getConstant(Value value) {
  auto constant = value.getDefiningOp<act::ConstantOp>();
  if (!constant)
    return std::nullopt;
  return constant.getValue().getValue();
}

ScaledTerm splitConstantFactor(Value value) {
  ScaledTerm result{value, Real(1.0)};
  while (true) {
    if (auto neg = result.term.getDefiningOp<act::NegOp>()) {
      result = {neg.getOperand(), -result.factor};
    } else if (auto mul = result.term.getDefiningOp<act::MulOp>()) {
      std::optional<Real> left = getConstant(mul.getLhs());
      std::optional<Real> right = getConstant(mul.getRhs());
      if (!left && !right)
        return result;
      result = {left ? mul.getRhs() : mul.getLhs(),
                result.factor * (left ? *left : *right)};
    } else if (auto div = result.term.getDefiningOp<act::DivOp>()) {
      std::optional<Real> divisor = getConstant(div.getRhs());
      if (!divisor)
        return result;
      result = {div.getLhs(), result.factor / *divisor};
    } else {
      return result;
    }
  }
}

static Value constant(PatternRewriter &rewriter, Location location,
                      const Real &value) {
  return act::ConstantOp::create(rewriter, location, value);
}

/// Equal within 2^-100: both are folded from the same irrational constant.
static bool nearlyEqual(const Real &x, const Real &y) {
  Real difference = x - y;
  return std::fabs(difference.toDouble()) <=
         std::ldexp(std::fabs(y.toDouble()), -100);
}

/// The operands of a sum x + sign * y.
struct Sum {
  Value x, y;
  bool subtract;
};

static std::optional<Sum> matchSum(mlir::Operation *op) {
  if (auto add = dyn_cast<act::AddOp>(op))
    return Sum{add.getLhs(), add.getRhs(), false};
  if (auto sub = dyn_cast<act::SubOp>(op))
    return Sum{sub.getLhs(), sub.getRhs(), true};
  return std::nullopt;
}

namespace {

/// A pattern on sums, tried on both AddOp and SubOp.
struct SumPattern : mlir::RewritePattern {
  SumPattern(mlir::MLIRContext *context, llvm::StringRef rootName)
      : RewritePattern(rootName, /*benefit=*/2, context) {}

  LogicalResult matchAndRewrite(mlir::Operation *op,
                                PatternRewriter &rewriter) const override {
    std::optional<Sum> sum = matchSum(op);
    Value result = sum ? rewrite(*sum, op->getLoc(), rewriter) : Value();
    if (!result)
      return mlir::failure();
    rewriter.replaceOp(op, result);
    return mlir::success();
  }
  virtual Value rewrite(const Sum &sum, Location location,
                        PatternRewriter &rewriter) const = 0;
};

/// c + k erf(u) = c erfc(-+u), where |k| = |c|.
struct ConstantPlusErf : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    std::optional<Real> x = getConstant(sum.x), y = getConstant(sum.y);
    const std::optional<Real> &offset = x ? x : y;
    if (!offset || (x && y))
      return {};
    ScaledTerm term = splitConstantFactor(x ? sum.y : sum.x);
    auto erf = term.term.getDefiningOp<act::ErfOp>();
    if (!erf)
      return {};
    // offset + erfFactor * erf(u).
    Real erfFactor = x && sum.subtract ? -term.factor : term.factor;
    Real shift = !x && sum.subtract ? -*offset : *offset;
    Value argument = erf.getOperand();
    if (erfFactor == shift)
      argument = act::NegOp::create(rewriter, location, argument);
    else if (!(erfFactor == -shift))
      return {};
    Value erfc = act::ErfcOp::create(rewriter, location, argument);
    return act::MulOp::create(rewriter, location,
                              constant(rewriter, location, shift), erfc);
  }
};

/// c - c cos(u) = 2 c sin(u / 2)^2.
struct ConstantMinusCos : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    std::optional<Real> x = getConstant(sum.x);
    if (!x)
      return {};
    ScaledTerm term = splitConstantFactor(sum.y);
    auto cos = term.term.getDefiningOp<act::CosOp>();
    if (!cos || !((sum.subtract ? term.factor : -term.factor) == *x))
      return {};
    Value half = act::MulOp::create(rewriter, location,
                                    constant(rewriter, location, Real(0.5)),
                                    cos.getOperand());
    Value sin = act::SinOp::create(rewriter, location, half);
    Value square = act::MulOp::create(rewriter, location, sin, sin);
    return act::MulOp::create(rewriter, location,
                              constant(rewriter, location, *x * Real(2.0)),
                              square);
  }
};

/// a - b^2, where the two have a common part that cancels: (p + b^2) - b^2
/// with a constant b, or (b^2 + p) - b^2. Null where nothing cancels.
static Value cancelSquare(Value radicand, Value root,
                          PatternRewriter &rewriter) {
  auto add = radicand.getDefiningOp<act::AddOp>();
  if (!add)
    return {};
  std::optional<Real> constantRoot = getConstant(root);
  for (unsigned k : {0u, 1u}) {
    Value part = add->getOperand(k), rest = add->getOperand(1 - k);
    if (constantRoot) {
      std::optional<Real> value = getConstant(part);
      if (value && *value == *constantRoot * *constantRoot)
        return rest;
      continue;
    }
    if (auto mul = part.getDefiningOp<act::MulOp>())
      if (mul.getLhs() == root && mul.getRhs() == root)
        return rest;
    if (auto pow = part.getDefiningOp<act::PowOp>()) {
      std::optional<Real> exponent = getConstant(pow.getRhs());
      if (pow.getLhs() == root && exponent && *exponent == Real(2.0))
        return rest;
    }
  }
  return {};
}

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
      Value rest =
          sqrt ? cancelSquare(sqrt.getOperand(), other, rewriter) : Value();
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
      Value magnitude =
          constant(rewriter, location, value->isNegative() ? -*value : *value);
      result = act::DivOp::create(
          rewriter, location, rest,
          act::AddOp::create(rewriter, location, root, magnitude));
    } else {
      Value zero = constant(rewriter, location, Real(0.0));
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
    std::optional<Real> x = getConstant(sum.x), y = getConstant(sum.y);
    if (bool(x) == bool(y))
      return {};
    ScaledTerm term = splitConstantFactor(x ? sum.y : sum.x);
    auto div = term.term.getDefiningOp<act::DivOp>();
    auto sqrt = div ? div.getRhs().getDefiningOp<act::SqrtOp>() : act::SqrtOp();
    if (!sqrt || !cancelSquare(sqrt.getOperand(), div.getLhs(), rewriter))
      return {};
    Real slope = x && sum.subtract ? -term.factor : term.factor;
    Real shift = !x && sum.subtract ? -*y : x ? *x : *y;
    bool subtract = slope == -shift;
    if (!subtract && !(slope == shift))
      return {};
    Value root = sqrt.getResult(), numerator;
    if (subtract)
      numerator = act::SubOp::create(rewriter, location, root, div.getLhs());
    else
      numerator = act::AddOp::create(rewriter, location, root, div.getLhs());
    Value quotient = act::DivOp::create(rewriter, location, numerator, root);
    return act::MulOp::create(rewriter, location,
                              constant(rewriter, location, shift), quotient);
  }
};

/// The pair (a, b) with product u, where `factor` is a.
static Value otherFactor(Value u, Value factor, PatternRewriter &rewriter,
                         Location location) {
  if (u == factor)
    return constant(rewriter, location, Real(1.0));
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
    Value zero = constant(rewriter, location, Real(0.0));
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

/// a clip(b, l, u) / c = a clip(b / c, l / c, u / c) for constants l, u and
/// c > 0: the product may overflow where the quotient does not.
struct DivideBoundedFactor : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto product = op.getLhs().getDefiningOp<act::MulOp>();
    std::optional<Real> divisor = getConstant(op.getRhs());
    if (!product || !divisor || !(Real(0.0) < *divisor))
      return mlir::failure();
    for (unsigned k : {0u, 1u}) {
      auto clip = product->getOperand(k).getDefiningOp<act::ClipOp>();
      std::optional<Real> lower, upper;
      if (clip) {
        lower = getConstant(clip->getOperand(1));
        upper = getConstant(clip->getOperand(2));
      }
      if (!lower || !upper)
        continue;
      Location location = op.getLoc();
      Value quotient = act::DivOp::create(rewriter, location,
                                          clip->getOperand(0), op.getRhs());
      Value bounded =
          act::ClipOp::create(rewriter, location, quotient,
                              constant(rewriter, location, *lower / *divisor),
                              constant(rewriter, location, *upper / *divisor));
      rewriter.replaceOpWithNewOp<act::MulOp>(op, product->getOperand(1 - k),
                                              bounded);
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// erfc(k t) = 2 normcdf(-+t), where k^2 = 1/2: the argument of normcdf needs
/// no rounding of k.
struct ErfcToNormcdf : mlir::OpRewritePattern<act::ErfcOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::ErfcOp op,
                                PatternRewriter &rewriter) const override {
    ScaledTerm argument = splitConstantFactor(op.getOperand());
    if (!nearlyEqual(argument.factor * argument.factor, Real(0.5)))
      return mlir::failure();
    Value term = argument.term;
    if (!argument.factor.isNegative())
      term = act::NegOp::create(rewriter, op.getLoc(), term);
    Value normcdf = act::NormcdfOp::create(rewriter, op.getLoc(), term);
    rewriter.replaceOpWithNewOp<act::MulOp>(
        op, constant(rewriter, op.getLoc(), Real(2.0)), normcdf);
    return mlir::success();
  }
};

/// exp(-(k t)^2 c) = sqrt(2 pi) normpdf(t), where c k^2 = 1/2: normpdf takes
/// care of the rounding of its own square, which exp would blow up.
struct ExpOfSquareToNormpdf : mlir::OpRewritePattern<act::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::ExpOp op,
                                PatternRewriter &rewriter) const override {
    ScaledTerm exponent = splitConstantFactor(op.getOperand());
    Value base;
    if (auto pow = exponent.term.getDefiningOp<act::PowOp>()) {
      std::optional<Real> power = getConstant(pow.getRhs());
      if (power && *power == Real(2.0))
        base = pow.getLhs();
    } else if (auto mul = exponent.term.getDefiningOp<act::MulOp>()) {
      if (mul.getLhs() == mul.getRhs())
        base = mul.getLhs();
    }
    if (!base)
      return mlir::failure();
    ScaledTerm term = splitConstantFactor(base);
    if (!nearlyEqual(exponent.factor * term.factor * term.factor, Real(-0.5)))
      return mlir::failure();
    Value normpdf = act::NormpdfOp::create(rewriter, op.getLoc(), term.term);
    Real scale = evaluateUnary("sqrt", Real::pi() * Real(2.0));
    rewriter.replaceOpWithNewOp<act::MulOp>(
        op, constant(rewriter, op.getLoc(), scale), normpdf);
    return mlir::success();
  }
};

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
    if (!sum || power < 1 || int64_t(exponents.size()) < power)
      return mlir::failure();
    Location location = op.getLoc();
    auto [a, b] = *sum;
    Value ratio = act::ExpOp::create(
        rewriter, location,
        act::SubOp::create(rewriter, location, a, b).getResult());
    Value numerator = constant(rewriter, location, Real(1.0));
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
        rewriter, location, constant(rewriter, location, Real(1.0)), ratio);
    denominator =
        act::PowOp::create(rewriter, location, denominator,
                           constant(rewriter, location, Real(double(power))));
    rewriter.replaceOpWithNewOp<act::DivOp>(op, numerator, denominator);
    return mlir::success();
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

/// f (n / (e^a + e^b)^k) = (f n) / (e^a + e^b)^k: the pattern above needs all
/// exponentials in one place.
struct MultiplyIntoExpQuotient : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto quotient = op->getOperand(k).getDefiningOp<act::DivOp>();
      if (!quotient ||
          !matchExpSum(DivideByExpSum::splitPower(quotient.getRhs()).first))
        continue;
      Value numerator = act::MulOp::create(
          rewriter, op.getLoc(), op->getOperand(1 - k), quotient.getLhs());
      rewriter.replaceOpWithNewOp<act::DivOp>(op, numerator, quotient.getRhs());
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// log(1 + u) = log1p(u).
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
      return mlir::failure();
    rewriter.replaceOpWithNewOp<act::Log1pOp>(op, rest);
    return mlir::success();
  }
};

/// c * (k * u) = (c k) * u.
struct MergeConstantFactors : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    ScaledTerm scaled = splitConstantFactor(op.getResult());
    std::optional<Real> left = getConstant(op.getLhs());
    std::optional<Real> right = getConstant(op.getRhs());
    Value other = left ? op.getRhs() : op.getLhs();
    if ((!left && !right) || scaled.term == other ||
        other.getDefiningOp<act::DivOp>())
      return mlir::failure();
    if (scaled.factor == Real(1.0))
      rewriter.replaceOp(op, scaled.term);
    else
      rewriter.replaceOpWithNewOp<act::MulOp>(
          op, constant(rewriter, op.getLoc(), scaled.factor), scaled.term);
    return mlir::success();
  }
};

} // namespace

void populateStabilizePatterns(mlir::RewritePatternSet &patterns) {
  mlir::MLIRContext *context = patterns.getContext();
  for (llvm::StringRef root :
       {act::AddOp::getOperationName(), act::SubOp::getOperationName()})
    patterns.add<ConstantPlusErf, ConstantMinusCos, RootMinusTerm,
                 OnePlusTermOverRoot, SigmoidMinusSoftplus>(context, root);
  patterns.add<LogOfExpSum, DivideByExpSum, MultiplyIntoExpQuotient,
               SoftplusOverFactor, DivideBoundedFactor, ErfcToNormcdf,
               ExpOfSquareToNormpdf, LogOfOnePlus, MergeConstantFactors>(
      context);
}

} // namespace actin
