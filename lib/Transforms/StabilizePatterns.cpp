//===- StabilizePatterns.cpp - Local rewrites against cancellation --------===//
//
// Each pattern is an identity over the reals, with the formula in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/SetVector.h"

#include <cmath>

using mlir::Location;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

Value matchPositivePart(Value value) {
  auto max = value.getDefiningOp<act::MaxOp>();
  for (unsigned k = 0; max && k < 2; ++k)
    if (getConstant(max->getOperand(1 - k)) == Real(0.0))
      return max->getOperand(k);
  return {};
}

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

Value createConstant(PatternRewriter &rewriter, Location location,
                     const Real &value) {
  return act::ConstantOp::create(rewriter, location, value);
}

std::optional<Sum> matchSum(mlir::Operation *op) {
  if (auto add = dyn_cast<act::AddOp>(op))
    return Sum{add.getLhs(), add.getRhs(), false};
  if (auto sub = dyn_cast<act::SubOp>(op))
    return Sum{sub.getLhs(), sub.getRhs(), true};
  return std::nullopt;
}

LogicalResult SumPattern::matchAndRewrite(mlir::Operation *op,
                                          PatternRewriter &rewriter) const {
  std::optional<Sum> sum = matchSum(op);
  Value result = sum ? rewrite(*sum, op->getLoc(), rewriter) : Value();
  if (!result)
    return mlir::failure();
  rewriter.replaceOp(op, result);
  return mlir::success();
}

bool nearlyEqual(const Real &x, const Real &y) {
  Real difference = x - y;
  return std::fabs(difference.toDouble()) <=
         std::ldexp(std::fabs(y.toDouble()), -100);
}

std::optional<ConstantAndTerm> matchConstantAndTerm(const Sum &sum) {
  std::optional<Real> x = getConstant(sum.x), y = getConstant(sum.y);
  if (bool(x) == bool(y))
    return std::nullopt;
  ScaledTerm term = splitConstantFactor(x ? sum.y : sum.x);
  if (x && sum.subtract)
    term.factor = -term.factor;
  return ConstantAndTerm{x ? *x : sum.subtract ? -*y : *y, term};
}

std::optional<SignedMagnitude> matchMagnitudeAnd(Value value, Value magnitude) {
  ScaledTerm outer = splitConstantFactor(magnitude);
  auto abs = outer.term.getDefiningOp<act::AbsOp>();
  if (!abs)
    return std::nullopt;
  ScaledTerm inner = splitConstantFactor(abs.getOperand());
  ScaledTerm own = splitConstantFactor(value);
  Real factor =
      outer.factor * (inner.factor.isNegative() ? -inner.factor : inner.factor);
  bool isSame = own.factor == factor;
  if (own.term != inner.term || !(isSame || own.factor == -factor))
    return std::nullopt;
  return SignedMagnitude{inner.term, factor, isSame};
}

namespace {

/// c + k f(u), k = c (`adds`) or k = -c, for the function that FunctionOp is.
struct Complement {
  Real constant;
  Value operand;
  bool adds;
};

template <typename FunctionOp>
std::optional<Complement> matchComplement(const Sum &sum) {
  std::optional<ConstantAndTerm> parts = matchConstantAndTerm(sum);
  auto function =
      parts ? parts->term.term.getDefiningOp<FunctionOp>() : FunctionOp();
  bool adds = function && parts->term.factor == parts->constant;
  if (!function || !(adds || parts->term.factor == -parts->constant))
    return std::nullopt;
  return Complement{parts->constant, function.getOperand(), adds};
}

Value multiply(PatternRewriter &rewriter, Location location,
               const Real &constant, Value value) {
  return act::MulOp::create(
      rewriter, location, createConstant(rewriter, location, constant), value);
}

/// c + c erf(u) = c erfc(-u); c - c erf(u) = c erfc(u).
struct ConstantPlusErf : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    std::optional<Complement> parts = matchComplement<act::ErfOp>(sum);
    if (!parts)
      return {};
    Value argument = parts->operand;
    if (parts->adds)
      argument = act::NegOp::create(rewriter, location, argument);
    return multiply(rewriter, location, parts->constant,
                    act::ErfcOp::create(rewriter, location, argument));
  }
};

/// c u + |c u| = 2 max(c u, 0): the sum overflows first.
struct SumWithMagnitude : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      Value magnitude = isFirst ? sum.x : sum.y;
      std::optional<SignedMagnitude> parts =
          matchMagnitudeAnd(isFirst ? sum.y : sum.x, magnitude);
      if (!parts)
        continue;
      // f |u| + s f u, of which the subtrahend is negated.
      bool isNegated = sum.subtract && !isFirst;
      bool isPositive = parts->isPositive != sum.subtract;
      RealValue u(rewriter, location, parts->term);
      RealValue factor = u.constant(parts->factor);
      Value result = (isPositive ? 2.0 * factor * act::max(u, 0.0)
                                 : -2.0 * factor * act::min(u, 0.0))
                         .getValue();
      return isNegated ? (-u.with(result)).getValue() : result;
    }
    return {};
  }
};

/// a erf(u) + c by a erfc(|u|) beside c - a or c + a, for parameters a and c:
/// at one limit these may cancel.
struct ParametersPlusErf : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      Value c = isFirst ? sum.y : sum.x;
      auto product = (isFirst ? sum.x : sum.y).getDefiningOp<act::MulOp>();
      for (unsigned k = 0; product && k != 2; ++k) {
        auto erf = product->getOperand(k).getDefiningOp<act::ErfOp>();
        Value a = product->getOperand(1 - k);
        if (!erf || !dependsOnParameters(a) || !dependsOnParameters(c))
          continue;
        RealValue factor(rewriter, location, a), rest = factor.with(c);
        if (sum.subtract)
          (isFirst ? rest : factor) = isFirst ? -rest : -factor;
        return emit(factor, rest, factor.with(erf.getOperand()));
      }
    }
    return {};
  }

  /// On parameters, and at least one; false for what is long.
  static bool dependsOnParameters(Value value) {
    constexpr size_t most = 16;
    llvm::SetVector<Value> parts;
    parts.insert(value);
    bool dependsOnOne = false;
    for (size_t i = 0; i != parts.size(); ++i) {
      if (mlir::Operation *op = parts[i].getDefiningOp()) {
        parts.insert(op->operand_begin(), op->operand_end());
      } else {
        llvm::StringRef role = act::getRole(parts[i]);
        if (role != "parameter" && role != "channel")
          return false;
        dependsOnOne = true;
      }
      if (parts.size() > most)
        return false;
    }
    return dependsOnOne;
  }

  static Value emit(const RealValue &a, const RealValue &c,
                    const RealValue &u) {
    RealValue tail = a * act::erfc(act::abs(u));
    Value isBelow = act::compare(act::CmpPredicate::lt, u, u.constant(0.0));
    return where(isBelow, tail + (c - a), (c + a) - tail).getValue();
  }
};

/// c - c erfc(u) = c erf(u).
struct ConstantMinusErfc : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    std::optional<Complement> parts = matchComplement<act::ErfcOp>(sum);
    if (!parts || parts->adds)
      return {};
    return multiply(rewriter, location, parts->constant,
                    act::ErfOp::create(rewriter, location, parts->operand));
  }
};

/// c - c cos(u) = 2 c sin(u / 2)^2.
struct ConstantMinusCos : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    std::optional<Complement> parts = matchComplement<act::CosOp>(sum);
    if (!parts || parts->adds)
      return {};
    Value half = multiply(rewriter, location, Real(0.5), parts->operand);
    Value sin = act::SinOp::create(rewriter, location, half);
    Value square = act::MulOp::create(rewriter, location, sin, sin);
    return multiply(rewriter, location, parts->constant * Real(2.0), square);
  }
};

/// factor * sin(u) * cos(v), or without one of the two.
struct ProductOfSines {
  Real factor = Real(1.0);
  Value sin, cos; ///< The arguments; null where there is none.

  /// Takes in the factors of `value`; false where there is another one.
  bool collect(Value value) {
    ScaledTerm scaled = splitConstantFactor(value);
    factor = factor * scaled.factor;
    if (auto mul = scaled.term.getDefiningOp<act::MulOp>())
      return collect(mul.getLhs()) && collect(mul.getRhs());
    mlir::Operation *op = scaled.term.getDefiningOp();
    Value *argument = isa_and_nonnull<act::SinOp>(op)   ? &sin
                      : isa_and_nonnull<act::CosOp>(op) ? &cos
                                                        : nullptr;
    if (!argument || *argument)
      return false;
    *argument = op->getOperand(0);
    return true;
  }
};

/// c + c sin(2 u) = 2 c sin(u + pi / 4)^2, also with 2 sin(u) cos(u) for the
/// sine, and c - c sin(2 u) likewise: they cancel next to double roots. For f64
/// only, where the constant is added to the reduced angle.
struct ConstantPlusSin : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    std::optional<ConstantAndTerm> parts = matchConstantAndTerm(sum);
    ProductOfSines product;
    if (!parts || !product.collect(parts->term.term) || !product.sin ||
        (product.cos && product.cos != product.sin))
      return {};
    Real ratio = parts->term.factor * product.factor / parts->constant;
    if (product.cos)
      ratio = ratio * Real(0.5);
    if (!(ratio == Real(1.0)) && !(ratio == Real(-1.0)))
      return {};
    act::RealValue u(rewriter, location, product.sin);
    if (!product.cos)
      u = 0.5 * u;
    Real eighth = Real::pi() * Real(0.25);
    act::RealValue sine =
        sin(u + u.constant(ratio.isNegative() ? -eighth : eighth));
    return (u.constant(parts->constant * Real(2.0)) * square(sine)).getValue();
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
      Value bounded = act::ClipOp::create(
          rewriter, location, quotient,
          createConstant(rewriter, location, *lower / *divisor),
          createConstant(rewriter, location, *upper / *divisor));
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
        op, createConstant(rewriter, op.getLoc(), Real(2.0)), normcdf);
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
        op, createConstant(rewriter, op.getLoc(), scale), normpdf);
    return mlir::success();
  }
};

} // namespace

void populateAnglePatterns(mlir::RewritePatternSet &patterns, bool isF64) {
  if (isF64)
    addSumPatterns<ConstantPlusSin>(patterns);
}

void populateStabilizePatterns(mlir::RewritePatternSet &patterns,
                               bool isWritten) {
  mlir::MLIRContext *context = patterns.getContext();
  addSumPatterns<ConstantPlusErf, ParametersPlusErf, ConstantMinusErfc,
                 ConstantMinusCos, SumWithMagnitude>(patterns);
  populateSaturatedPatterns(patterns);
  populateCancellingAddendPatterns(patterns);
  populateSaturatedTailPatterns(patterns);
  populateRootPatterns(patterns);
  patterns.add<DivideBoundedFactor, ErfcToNormcdf, ExpOfSquareToNormpdf>(
      context);
  populateInversePatterns(patterns);
  populatePowerPatterns(patterns);
  populateSelectionPatterns(patterns, isWritten);
}

} // namespace actin
