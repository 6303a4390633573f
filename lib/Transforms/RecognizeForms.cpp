//===- RecognizeForms.cpp - Forms with better derivatives -----------------===//
//
// What stands for a function whose derivatives neither cancel nor overflow,
// where those of the form as written do. Each pattern is an identity over the
// reals, with the formula in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/Signs.h"
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

/// log(u + sqrt(u^2 + 1)) = asinh(u), log(u + sqrt(u^2 - 1)) = acosh(u),
/// log(sqrt(u^2 + 1) - u) = -asinh(u). The fourth is -acosh(u), for u >= 1
/// only: not taken.
struct LogOfSumWithRoot : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    Operation *definition = op.getOperand().getDefiningOp();
    auto sum = definition ? matchSum(definition) : std::nullopt;
    for (bool rootFirst : {false, true}) {
      Value root = sum ? (rootFirst ? sum->x : sum->y) : Value();
      auto sqrt = root ? root.getDefiningOp<act::SqrtOp>() : act::SqrtOp();
      if (!sqrt || (sum->subtract && !rootFirst))
        continue;
      RealValue u(rewriter, op.getLoc(), rootFirst ? sum->y : sum->x);
      if (Value rest = cancelSquare(sqrt.getOperand(), u.getValue());
          rest && getConstant(rest) == Real(1.0)) {
        RealValue inverse = act::asinh(u);
        rewriter.replaceOp(op, (sum->subtract ? -inverse : inverse).getValue());
        return mlir::success();
      }
      auto sub = sqrt.getOperand().getDefiningOp<act::SubOp>();
      auto square =
          sub ? sub.getLhs().getDefiningOp<act::PowOp>() : act::PowOp();
      if (square && square.getLhs() == u.getValue() && !sum->subtract &&
          getConstant(square.getRhs()) == Real(2.0) &&
          getConstant(sub.getRhs()) == Real(1.0)) {
        rewriter.replaceOp(op, act::acosh(u).getValue());
        return mlir::success();
      }
    }
    return mlir::failure();
  }
};

/// log((1 + e^u) / (1 + e^v)) = softplus(u) - softplus(v).
struct LogOfLogisticQuotient : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    auto div = op.getOperand().getDefiningOp<act::DivOp>();
    Value u = div ? matchOnePlusExp(div.getLhs()) : Value();
    Value v = div ? matchOnePlusExp(div.getRhs()) : Value();
    if (!u || !v || haveOneTerm(u, v))
      return mlir::failure();
    act::RealValue above(rewriter, op.getLoc(), u);
    rewriter.replaceOp(op,
                       (softplus(above) - softplus(above.with(v))).getValue());
    return mlir::success();
  }
};

/// True for what exponentials and the like make with numbers: its logarithm has
/// a form of its own.
bool isLogistic(Value value, unsigned depth = 4) {
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return false;
  if (isa<act::ExpOp, act::SigmoidOp, act::TanhOp, act::ErfOp, act::NormcdfOp>(
          op))
    return true;
  return isa<act::AddOp, act::SubOp, act::MulOp, act::DivOp>(op) &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return getConstant(operand) || isLogistic(operand, depth - 1);
         });
}

/// log(max(u, c)) = max(log(u), log(c)), and of min and clip, for a logistic u
/// >= 0. (Of others the threshold is exact as it is.)
struct LogOfBounds : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    Operation *bounds = op.getOperand().getDefiningOp();
    if (!isa_and_nonnull<act::MinOp, act::MaxOp, act::ClipOp>(bounds))
      return mlir::failure();
    auto isConstant = [](Value operand) {
      return getConstant(operand).has_value();
    };
    if (llvm::count_if(bounds->getOperands(), isConstant) + 1 !=
            bounds->getNumOperands() ||
        !llvm::all_of(bounds->getOperands(), [&](Value operand) {
          return isConstant(operand)
                     ? isPositive(operand)
                     : isLogistic(operand) && isNonNegative(operand);
        }))
      return mlir::failure();
    llvm::SmallVector<Value, 3> logarithms;
    for (Value operand : bounds->getOperands()) {
      act::RealValue u(rewriter, op.getLoc(), operand);
      std::optional<Real> constant = getConstant(operand);
      logarithms.push_back(
          (constant ? u.constant(evaluateUnary("log", *constant)) : act::log(u))
              .getValue());
    }
    Operation *result = rewriter.clone(*bounds);
    result->setOperands(logarithms);
    rewriter.replaceOp(op, result->getResults());
    return mlir::success();
  }
};

/// a / b^p = a b^-p: the derivative divides by no square of a power.
struct DivideByPower : mlir::OpRewritePattern<act::DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    auto power = op.getRhs().getDefiningOp<act::PowOp>();
    if (!power || getConstant(power.getRhs()))
      return mlir::failure();
    RealValue a(rewriter, op.getLoc(), op.getLhs());
    RealValue inverse =
        act::pow(a.with(power.getLhs()), -a.with(power.getRhs()));
    bool isOne = getConstant(op.getLhs()) == Real(1.0);
    rewriter.replaceOp(op, (isOne ? inverse : a * inverse).getValue());
    return mlir::success();
  }
};

/// c^u in a sum is e^(u log c): beside other numbers there are forms of e^u.
template <typename PowerOp>
struct PowerInSum : mlir::OpRewritePattern<PowerOp> {
  using mlir::OpRewritePattern<PowerOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(PowerOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Real> base = Real(2.0);
    if constexpr (std::is_same_v<PowerOp, act::PowOp>)
      base = getConstant(op.getLhs());
    Value exponent = op->getOperands().back();
    if (!base || !(Real(0.0) < *base) || base->isInfinity() ||
        getConstant(exponent) ||
        llvm::none_of(op->getUsers(), [](Operation *user) {
          return isa<act::AddOp, act::SubOp>(user);
        }))
      return mlir::failure();
    Real rate = evaluateUnary("log", *base);
    RealValue u(rewriter, op.getLoc(), exponent);
    bool isOne = nearlyEqual(rate, Real(1.0));
    rewriter.replaceOp(op,
                       act::exp(isOne ? u : u.constant(rate) * u).getValue());
    return mlir::success();
  }
};

bool hasFactor(Value product, Value factor) {
  auto mul = product.getDefiningOp<act::MulOp>();
  return product == factor ||
         (mul && (mul.getLhs() == factor || mul.getRhs() == factor));
}

/// (softplus(b r) - softplus(b s)) / b = softplus(b r) / b - softplus(b s) / b:
/// the derivatives by b are entropies, one by one.
template <typename QuotientOp>
struct DivideSoftplusDifference : mlir::OpRewritePattern<QuotientOp> {
  using mlir::OpRewritePattern<QuotientOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(QuotientOp op,
                                PatternRewriter &rewriter) const override {
    Value above = op->getOperand(0), b = op->getOperand(1);
    if (isa<act::MulOp>(op)) { // (1 / b) (…)
      auto div = above.getDefiningOp<act::DivOp>();
      if (!div || !(getConstant(div.getLhs()) == Real(1.0)))
        return mlir::failure();
      above = b;
      b = div.getRhs();
    }
    auto sub = above.getDefiningOp<act::SubOp>();
    auto lhs =
        sub ? sub.getLhs().getDefiningOp<act::SoftplusOp>() : act::SoftplusOp();
    auto rhs =
        sub ? sub.getRhs().getDefiningOp<act::SoftplusOp>() : act::SoftplusOp();
    if (!lhs || !rhs || getConstant(b))
      return mlir::failure();
    Value u = lhs.getOperand(), v = rhs.getOperand();
    if (!hasFactor(u, b) || !hasFactor(v, b))
      return mlir::failure();
    RealValue first(rewriter, op.getLoc(), u), divisor = first.with(b);
    rewriter.replaceOp(
        op, (softplus(first) / divisor - softplus(first.with(v)) / divisor)
                .getValue());
    return mlir::success();
  }
};

/// (e^u)^v = e^(u v), where e^u may be beyond the range.
struct PowerOfExp : mlir::OpRewritePattern<act::PowOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::PowOp op,
                                PatternRewriter &rewriter) const override {
    auto exp = op.getLhs().getDefiningOp<act::ExpOp>();
    if (!exp)
      return mlir::failure();
    RealValue u(rewriter, op.getLoc(), exp.getOperand());
    rewriter.replaceOp(op, act::exp(u * u.with(op.getRhs())).getValue());
    return mlir::success();
  }
};

/// (1 + w)^p - 1 = expm1(p log1p(w)), where w is never negative.
struct PowerMinusOne : mlir::OpRewritePattern<act::SubOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::SubOp op,
                                PatternRewriter &rewriter) const override {
    auto power = op.getLhs().getDefiningOp<act::PowOp>();
    if (!power || !(getConstant(op.getRhs()) == Real(1.0)) ||
        getConstant(power.getRhs()))
      return mlir::failure();
    auto add = power.getLhs().getDefiningOp<act::AddOp>();
    for (unsigned k = 0; add && k < 2; ++k)
      if (getConstant(add->getOperand(k)) == Real(1.0) &&
          isNonNegative(add->getOperand(1 - k))) {
        RealValue w(rewriter, op.getLoc(), add->getOperand(1 - k));
        rewriter.replaceOp(op,
                           expm1(w.with(power.getRhs()) * log1p(w)).getValue());
        return mlir::success();
      }
    return mlir::failure();
  }
};

/// t b^p - t = t (b^p - 1).
struct FactorOfPowerMinusOne : mlir::OpRewritePattern<act::SubOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::SubOp op,
                                PatternRewriter &rewriter) const override {
    auto product = op.getLhs().getDefiningOp<act::MulOp>();
    for (unsigned k = 0; product && k < 2; ++k) {
      auto power = product->getOperand(k).getDefiningOp<act::PowOp>();
      if (!power || getConstant(power.getRhs()) ||
          product->getOperand(1 - k) != op.getRhs())
        continue;
      RealValue t(rewriter, op.getLoc(), op.getRhs());
      rewriter.replaceOp(op, (t * (t.with(power) - 1.0)).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// (1 + u^k)^p with u = |base|: p no integer, k no 2.
struct PowerOfPowerSum {
  Value base, k, p;
  bool isMagnitude; ///< Of `base`: that is |…|.
  /// k p; null: it is no number.
  std::optional<Real> product;

  bool isProduct(double value) const {
    return product && nearlyEqual(*product, Real(value));
  }
};

/// k p, where both are numbers or p is a number over k.
std::optional<Real> multiplyExponents(Value k, Value p) {
  ScaledTerm scaled = splitConstantFactor(p);
  auto div = scaled.term.getDefiningOp<act::DivOp>();
  std::optional<Real> above =
      div ? getConstant(div.getLhs()) : std::optional<Real>();
  if (above && div.getRhs() == k)
    return scaled.factor * *above;
  std::optional<Real> first = getConstant(k);
  std::optional<Real> second = getConstant(scaled.term);
  if (std::optional<Real> below = div ? getConstant(div.getRhs()) : above)
    second = above ? std::optional(*above / *below) : std::nullopt;
  return first && second ? std::optional(*first * scaled.factor * *second)
                         : std::nullopt;
}

std::optional<PowerOfPowerSum> matchPowerOfPowerSum(Value value) {
  auto power = value.getDefiningOp<act::PowOp>();
  auto sum = power ? power.getLhs().getDefiningOp<act::AddOp>() : act::AddOp();
  std::optional<Real> p =
      power ? getConstant(power.getRhs()) : std::optional<Real>();
  if (!sum || (p && p->asInteger()))
    return std::nullopt;
  for (unsigned i : {0u, 1u}) {
    auto inner = sum->getOperand(1 - i).getDefiningOp<act::PowOp>();
    if (!inner || !(getConstant(sum->getOperand(i)) == Real(1.0)))
      continue;
    Value base = inner.getLhs(), k = inner.getRhs();
    std::optional<Real> number = getConstant(k);
    bool isMagnitude = bool(base.getDefiningOp<act::AbsOp>());
    bool isEven =
        number && number->asInteger() && *number->asInteger() % 2 == 0;
    // Of x^2 there are other forms; a selection is what has been taken apart.
    if (!(isMagnitude || isEven) || (number && *number == Real(2.0)) ||
        base.getDefiningOp<act::WhereOp>())
      return std::nullopt;
    return PowerOfPowerSum{base, k, power.getRhs(), isMagnitude,
                           multiplyExponents(k, power.getRhs())};
  }
  return std::nullopt;
}

/// (1 + v^k)^p with v = min(u, 1 / u), and whether u > 1.
std::pair<RealValue, Value> createBoundedPower(const PowerOfPowerSum &form,
                                               const RealValue &u) {
  Value isLarge = u.create<act::CmpOp>(act::CmpPredicate::gt, u.getValue(),
                                       u.constant(Real(1.0)).getValue())
                      .getValue();
  RealValue v = act::where(isLarge, 1.0 / u, u);
  return {act::pow(1.0 + act::pow(v, u.with(form.k)), u.with(form.p)), isLarge};
}

/// |base|.
RealValue createMagnitude(const PowerOfPowerSum &form, Operation *op,
                          PatternRewriter &rewriter) {
  RealValue base(rewriter, op->getLoc(), form.base);
  return form.isMagnitude ? base : abs(base);
}

/// True for x (1 + |x|^k)^(-1/k): `user` multiplies the power by its own base,
/// or divides that by it.
bool isTimesItsInput(const PowerOfPowerSum &form, Value power,
                     Operation *user) {
  auto abs = form.base.getDefiningOp<act::AbsOp>();
  Value x = abs ? abs.getOperand() : form.base;
  if (isa<act::DivOp>(user))
    return form.isProduct(1.0) && user->getOperand(0) == x &&
           user->getOperand(1) == power;
  return isa<act::MulOp>(user) && form.isProduct(-1.0) &&
         llvm::is_contained(user->getOperands(), x);
}

/// (1 + u^k)^p = u^(k p) (1 + u^-k)^p for u > 1, where u^k overflows first.
struct PowerOfOnePlusPower : mlir::OpRewritePattern<act::PowOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::PowOp op,
                                PatternRewriter &rewriter) const override {
    auto form = matchPowerOfPowerSum(op);
    if (!form || llvm::any_of(op->getUsers(), [&](Operation *user) {
          return isTimesItsInput(*form, op, user);
        }))
      return mlir::failure();
    RealValue u = createMagnitude(*form, op, rewriter);
    auto [bounded, isLarge] = createBoundedPower(*form, u);
    RealValue exponent = form->product ? u.constant(*form->product)
                                       : u.with(form->k) * u.with(form->p);
    RealValue scale = form->isProduct(1.0)    ? u
                      : form->isProduct(-1.0) ? 1.0 / u
                                              : act::pow(u, exponent);
    rewriter.replaceOp(
        op, (act::where(isLarge, scale, u.constant(Real(1.0))) * bounded)
                .getValue());
    return mlir::success();
  }
};

/// x (1 + |x|^k)^(-1/k) = sign(x) (1 + |x|^-k)^(-1/k) for |x| > 1: the
/// derivative of x / |x| is not left to cancel.
template <typename ProductOp>
struct InputTimesPowerSum : mlir::OpRewritePattern<ProductOp> {
  using mlir::OpRewritePattern<ProductOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ProductOp op,
                                PatternRewriter &rewriter) const override {
    constexpr bool isQuotient = std::is_same_v<ProductOp, act::DivOp>;
    for (unsigned i = 0; i != (isQuotient ? 1u : 2u); ++i) {
      Value power = op->getOperand(1 - i);
      auto form = matchPowerOfPowerSum(power);
      if (!form || !isTimesItsInput(*form, power, op))
        continue;
      RealValue u = createMagnitude(*form, op, rewriter);
      RealValue x = u.with(op->getOperand(i));
      auto [bounded, isLarge] = createBoundedPower(*form, u);
      RealValue scale = act::where(isLarge, sign(x), x);
      rewriter.replaceOp(
          op, (isQuotient ? scale / bounded : scale * bounded).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }
};

} // namespace

void populateSpelledLogarithmPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<LogOfSumWithRoot, LogOfLogisticQuotient>(patterns.getContext());
}

void populateFormPatterns(mlir::RewritePatternSet &patterns) {
  populateSpelledLogarithmPatterns(patterns);
  mlir::MLIRContext *context = patterns.getContext();
  patterns.add<LogOfBounds, DivideByPower, PowerInSum<act::PowOp>,
               PowerInSum<act::Exp2Op>, DivideSoftplusDifference<act::DivOp>,
               DivideSoftplusDifference<act::MulOp>, PowerOfExp, PowerMinusOne,
               FactorOfPowerMinusOne, PowerOfOnePlusPower,
               InputTimesPowerSum<act::MulOp>, InputTimesPowerSum<act::DivOp>>(
      context);
  populateLogisticPatterns(patterns);
  populateSaturatedPatterns(patterns);
}

} // namespace actin
