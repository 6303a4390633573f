//===- StabilizeSelections.cpp - Choices made on exact numbers ------------===//
//
// A comparison of rounded numbers may choose the wrong side of a kink: exp(x)
// is 1 for a small x < 0. Each pattern compares, or adds to the values chosen
// from, what has fewer roundings.
//
//===----------------------------------------------------------------------===//

#include "Transforms/Signs.h"
#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

namespace {

bool isConstant(Value value, double expected) {
  std::optional<Real> constant = getConstant(value);
  return constant && *constant == Real(expected);
}

/// exp(u) < 1 is u < 0, for any comparison.
struct CompareExpWithOne : mlir::OpRewritePattern<act::CmpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::CmpOp op,
                                PatternRewriter &rewriter) const override {
    auto exp = op.getLhs().getDefiningOp<act::ExpOp>();
    if (!exp || !isConstant(op.getRhs(), 1.0))
      return mlir::failure();
    rewriter.replaceOpWithNewOp<act::CmpOp>(
        op, op.getPredicate(), exp.getOperand(),
        createConstant(rewriter, op.getLoc(), Real(0.0)));
    return mlir::success();
  }
};

/// The comparison that x passes where -x passes `predicate` against 0.
act::CmpPredicate mirror(act::CmpPredicate predicate) {
  switch (predicate) {
  case act::CmpPredicate::lt:
    return act::CmpPredicate::gt;
  case act::CmpPredicate::le:
    return act::CmpPredicate::ge;
  case act::CmpPredicate::gt:
    return act::CmpPredicate::lt;
  case act::CmpPredicate::ge:
    return act::CmpPredicate::le;
  default:
    return predicate;
  }
}

/// What a monotone function comes close to at an end of its argument, if it is
/// a number: `value` at `end`, an infinity.
struct FunctionLimit {
  double value, end;
};

llvm::SmallVector<FunctionLimit, 2> getLimits(mlir::Operation *op) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  using Limits = llvm::SmallVector<FunctionLimit, 2>;
  return llvm::TypeSwitch<mlir::Operation *, Limits>(op)
      .Case<act::ExpOp, act::Exp2Op, act::SoftplusOp>([&](auto) -> Limits {
        return {{0, -infinity}};
      })
      .Case<act::SigmoidOp, act::NormcdfOp>([&](auto) -> Limits {
        return {{0, -infinity}, {1, infinity}};
      })
      .Case<act::ErfOp, act::TanhOp>([&](auto) -> Limits {
        return {{-1, -infinity}, {1, infinity}};
      })
      .Case([&](act::ErfcOp) -> Limits {
        return {{2, -infinity}, {0, infinity}};
      })
      .Case([&](act::Expm1Op) -> Limits {
        return {{-1, -infinity}};
      })
      .Case([&](act::LogsigmoidOp) -> Limits {
        return {{0, infinity}};
      })
      .Default([](mlir::Operation *) { return Limits(); });
}

/// erf(u) = -1 is u = -inf, where the rounded function has been -1 for long;
/// any comparison of a function with its limit.
struct CompareWithLimit : mlir::OpRewritePattern<act::CmpOp> {
  explicit CompareWithLimit(mlir::MLIRContext *context)
      : OpRewritePattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(act::CmpOp op,
                                PatternRewriter &rewriter) const override {
    mlir::Operation *function = op.getLhs().getDefiningOp();
    if (!function)
      return mlir::failure();
    for (auto [value, end] : getLimits(function)) {
      if (!isConstant(op.getRhs(), value))
        continue;
      bool isDecreasing = isa<act::ErfcOp>(function);
      rewriter.replaceOpWithNewOp<act::CmpOp>(
          op, isDecreasing ? mirror(op.getPredicate()) : op.getPredicate(),
          function->getOperand(0),
          createConstant(rewriter, op.getLoc(), Real(end)));
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// The sign of a product, as that of what it is made of: the product itself may
/// be 0 by underflow. An increasing function that is 0 at 0 has its operand's
/// sign.
class SignOfFactors {
public:
  explicit SignOfFactors(Value value)
      : product(value), isKnown(collect(value, /*times=*/1,
                                        /*isDivisor=*/false, /*depth=*/8)) {
    factors.remove_if([](const auto &entry) {
      const Occurrences &factor = entry.second;
      return factor.isDivisor && factor.count % 2 == 0;
    });
  }

  /// The one factor that has the sign of the product, or with isNegative the
  /// opposite one; null where there is none, or it is the product itself.
  Value getSingle() const {
    bool isSingle =
        isKnown && factors.size() == 1 && factors.front().second.count % 2 == 1;
    Value factor = isSingle ? factors.front().first : Value();
    return factor == product ? Value() : factor;
  }
  bool isNegative() const { return negative; }
  /// True where one factor times the signs of the others, which is exact, is
  /// not the product itself.
  bool isWorthSigns() const {
    auto isUnsigned = [](const auto &entry) {
      Value factor = entry.first;
      return !factor.getDefiningOp<act::SignOp>();
    };
    return isKnown && !factors.empty() &&
           (hasPower || llvm::count_if(factors, isUnsigned) > 1);
  }
  /// True where all factors but one are parameters: their signs cost nothing.
  bool hasOneVarying() const {
    return llvm::count_if(factors, [](const auto &entry) {
             return !isParameter(entry.first);
           }) <= 1;
  }
  /// That product, where isWorthSigns.
  act::RealValue multiplySigns(mlir::OpBuilder &builder,
                               mlir::Location location) const;

private:
  struct Occurrences {
    unsigned count = 0;
    bool isDivisor = false; ///< Not 0 then, where there is a product.
  };

  bool collect(Value value, unsigned times, bool isDivisor, unsigned depth);
  static bool isParameter(Value factor) {
    llvm::StringRef role = act::getRole(factor);
    return role == "parameter" || role == "channel";
  }

  Value product;
  llvm::SmallMapVector<Value, Occurrences, 4> factors;
  bool negative = false;
  bool hasPower = false;
  bool isKnown;
};

/// False where the sign is not that of a product.
bool SignOfFactors::collect(Value value, unsigned times, bool isDivisor,
                            unsigned depth) {
  auto visit = [&](Value next, unsigned number) {
    return collect(next, number, isDivisor, depth - 1);
  };
  mlir::Operation *op = depth == 0 ? nullptr : value.getDefiningOp();
  if (std::optional<Real> constant = getConstant(value)) {
    negative ^= constant->isNegative() && times % 2 == 1;
    return !constant->isZero() && !constant->isNaN();
  }
  if (isa_and_nonnull<act::MulOp>(op))
    return visit(op->getOperand(0), times) && visit(op->getOperand(1), times);
  if (isa_and_nonnull<act::DivOp>(op))
    return visit(op->getOperand(0), times) &&
           collect(op->getOperand(1), times, /*isDivisor=*/true, depth - 1);
  if (isa_and_nonnull<act::NegOp>(op)) {
    negative ^= times % 2 == 1;
    return visit(op->getOperand(0), times);
  }
  if (isa_and_nonnull<act::Expm1Op, act::Log1pOp, act::TanhOp, act::ErfOp,
                      act::SinhOp, act::AsinhOp, act::AtanOp>(op))
    return visit(op->getOperand(0), times);
  if (isa_and_nonnull<act::AbsOp>(op))
    return visit(op->getOperand(0), 2);
  if (auto pow = dyn_cast_or_null<act::PowOp>(op)) {
    std::optional<Real> exponent = getConstant(pow.getRhs());
    std::optional<int64_t> n = exponent ? exponent->asInteger() : std::nullopt;
    if (n && *n != 0) {
      hasPower = true;
      return collect(pow.getLhs(), *n % 2 == 0 ? 2 : times, isDivisor || *n < 0,
                     depth - 1);
    }
  }
  if (isPositive(value, depth))
    return true;
  Occurrences &factor = factors[value];
  factor.count += times;
  factor.isDivisor |= isDivisor;
  return true;
}

act::RealValue SignOfFactors::multiplySigns(mlir::OpBuilder &builder,
                                            mlir::Location location) const {
  auto isSign = [](Value factor) {
    return factor.getDefiningOp<act::SignOp>() != nullptr;
  };
  // The one that is no sign: not a parameter, whose sign costs nothing.
  Value whole;
  for (const auto &entry : factors)
    if (!isSign(entry.first) &&
        (!whole || (isParameter(whole) && !isParameter(entry.first))))
      whole = entry.first;
  std::optional<act::RealValue> result;
  for (auto [factor, found] : factors) {
    act::RealValue sign(builder, location, factor);
    if (!isSign(factor) && factor != whole)
      sign = act::sign(sign);
    if (found.count % 2 == 0)
      sign = abs(sign);
    result = result ? *result * sign : sign;
  }
  return negative ? -*result : *result;
}

/// A product's sign, compared with 0, is that of its factors: a expm1(x / a) <
/// 0 is x < 0. Where several decide and the product has other uses, only with
/// parameters, and not for forms with a choice (`isWritten` false): what the
/// product is taken for there is as small as what it may be 0 for.
struct CompareSign : mlir::OpRewritePattern<act::CmpOp> {
  CompareSign(mlir::MLIRContext *context, bool isWritten)
      : OpRewritePattern(context), isWritten(isWritten) {}

  LogicalResult matchAndRewrite(act::CmpOp op,
                                PatternRewriter &rewriter) const override {
    if (!isConstant(op.getRhs(), 0.0))
      return mlir::failure();
    SignOfFactors factors(op.getLhs());
    if (Value single = factors.getSingle())
      rewriter.replaceOpWithNewOp<act::CmpOp>(
          op,
          factors.isNegative() ? mirror(op.getPredicate()) : op.getPredicate(),
          single, op.getRhs());
    else if ((op.getLhs().hasOneUse() ||
              (isWritten && factors.hasOneVarying())) &&
             factors.isWorthSigns())
      rewriter.replaceOpWithNewOp<act::CmpOp>(
          op, op.getPredicate(),
          factors.multiplySigns(rewriter, op.getLoc()).getValue(), op.getRhs());
    else
      return mlir::failure();
    return mlir::success();
  }

  bool isWritten;
};

struct SignOfProduct : mlir::OpRewritePattern<act::SignOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::SignOp op,
                                PatternRewriter &rewriter) const override {
    SignOfFactors factors(op.getOperand());
    if (Value single = factors.getSingle()) {
      act::RealValue sign =
          act::sign(act::RealValue(rewriter, op.getLoc(), single));
      rewriter.replaceOp(op, (factors.isNegative() ? -sign : sign).getValue());
    } else if (factors.isWorthSigns()) {
      rewriter.replaceOp(
          op,
          act::sign(factors.multiplySigns(rewriter, op.getLoc())).getValue());
    } else {
      return mlir::failure();
    }
    return mlir::success();
  }
};

/// |u s| = |u| s for a positive s, and of quotients: the product keeps what is
/// below the range.
template <typename ProductOp>
struct AbsOfProduct : mlir::OpRewritePattern<act::AbsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::AbsOp op,
                                PatternRewriter &rewriter) const override {
    auto product = op.getOperand().getDefiningOp<ProductOp>();
    for (unsigned k : {1u, 0u}) {
      if (!product || getConstant(product->getOperand(k)) ||
          !isPositive(product->getOperand(k), /*depth=*/4))
        continue;
      Value operands[] = {product->getOperand(0), product->getOperand(1)};
      operands[1 - k] =
          act::AbsOp::create(rewriter, op.getLoc(), operands[1 - k]);
      rewriter.replaceOpWithNewOp<ProductOp>(op, operands[0], operands[1]);
      return mlir::success();
    }
    return mlir::failure();
  }
};

/// s + (c ? d : 0) + r = (c ? s + d : s) + r, where s cancels.
struct TermPlusSelection : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, mlir::Location location,
                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      Value term = isFirst ? sum.y : sum.x;
      Value selected = isFirst ? sum.x : sum.y, rest;
      auto add = selected.getDefiningOp<act::AddOp>();
      for (unsigned k = 0; add && !rest && k < 2; ++k)
        if (add->getOperand(k).getDefiningOp<act::WhereOp>()) {
          selected = add->getOperand(k);
          rest = add->getOperand(1 - k);
        }
      auto choice = selected.getDefiningOp<act::WhereOp>();
      if (!choice || getConstant(choice.getOnFalse()) != Real(0.0))
        continue;
      Real sign(sum.subtract && isFirst ? -1.0 : 1.0);
      Real selectedSign(sum.subtract && !isFirst ? -1.0 : 1.0);
      act::RealValue s(rewriter, location, term);
      auto other = cancelSum(
          s, {{sign, {}, term}, {selectedSign, {}, choice.getOnTrue()}});
      if (!other)
        continue;
      if (sign.isNegative())
        s = -s;
      act::RealValue chosen = where(choice.getCondition(), *other, s);
      if (!rest)
        return chosen.getValue();
      act::RealValue added = s.with(rest);
      return (selectedSign.isNegative() ? chosen - added : chosen + added)
          .getValue();
    }
    return {};
  }
};

/// Whether one is a constant, and the other comes next to minus that at a limit
/// of its function.
bool areComplements(Value x, const Real &xSign, Value y, const Real &ySign) {
  std::optional<Real> constant = getConstant(x);
  ScaledTerm term = splitConstantFactor(constant ? y : x);
  if (!constant)
    constant = getConstant(y);
  if (!constant || constant->isZero() || getConstant(term.term))
    return false;
  Real rest = *constant * xSign + term.factor * ySign;
  Real other = *constant * xSign - term.factor * ySign;
  mlir::Operation *op = term.term.getDefiningOp();
  return (rest.isZero() &&
          isa_and_nonnull<act::ErfOp, act::TanhOp, act::NormcdfOp,
                          act::SigmoidOp, act::ExpOp>(op)) ||
         (other.isZero() && isa_and_nonnull<act::ErfOp, act::TanhOp>(op));
}

/// `value` with a number for its factor sign(x); null where it has none.
static Value replaceSign(Value value, Value x, double sign,
                         const act::RealValue &model) {
  mlir::Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<act::SignOp>(op) && op->getOperand(0) == x)
    return model.constant(sign).getValue();
  if (!isa_and_nonnull<act::MulOp, act::NegOp>(op))
    return {};
  for (unsigned k = 0; k != op->getNumOperands(); ++k) {
    Value replaced = replaceSign(op->getOperand(k), x, sign, model);
    if (replaced && isa<act::NegOp>(op))
      return (-model.with(replaced)).getValue();
    if (replaced)
      return (model.with(replaced) * model.with(op->getOperand(1 - k)))
          .getValue();
  }
  return {};
}

/// `value` where `condition`, if it is one of the sign of x, holds or does not:
/// there a factor sign(x) is a number.
static Value assumeSign(Value value, Value condition, bool holds,
                        const act::RealValue &model) {
  auto cmp = condition.getDefiningOp<act::CmpOp>();
  std::optional<Real> bound =
      cmp ? getConstant(cmp.getRhs()) : std::optional<Real>();
  if (!bound || !bound->isZero())
    return value;
  using Predicate = act::CmpPredicate;
  bool isPositive =
      cmp.getPredicate() == (holds ? Predicate::gt : Predicate::le);
  bool isNegative =
      cmp.getPredicate() == (holds ? Predicate::lt : Predicate::ge);
  if (!isPositive && !isNegative)
    return value;
  Value replaced =
      replaceSign(value, cmp.getLhs(), isPositive ? 1.0 : -1.0, model);
  return replaced ? replaced : value;
}

/// (c ? p : q) + t = c ? p + t : q + t, where one of these cancels.
struct SelectionPlusTerm : SumPattern {
  using SumPattern::SumPattern;

  Value rewrite(const Sum &sum, mlir::Location location,
                PatternRewriter &rewriter) const override {
    for (bool isFirst : {true, false}) {
      auto choice = (isFirst ? sum.x : sum.y).getDefiningOp<act::WhereOp>();
      if (!choice)
        continue;
      Value whole = isFirst ? sum.y : sum.x;
      Real sign(sum.subtract && isFirst ? -1.0 : 1.0);
      Real branchSign(sum.subtract && !isFirst ? -1.0 : 1.0);
      act::RealValue model(rewriter, location, whole);
      bool cancels = false;
      auto add = [&](Value branch, bool holds) {
        Value term = assumeSign(whole, choice.getCondition(), holds, model);
        act::RealValue t = model.with(term);
        if (auto rest =
                cancelSum(t, {{sign, {}, term}, {branchSign, {}, branch}})) {
          cancels = true;
          return *rest;
        }
        if (branch == term && sign == -branchSign) {
          cancels = true;
          return t.constant(0.0);
        }
        cancels |= areComplements(branch, branchSign, term, sign);
        act::RealValue p = t.with(branch);
        return sign.isNegative()         ? p - t
               : branchSign.isNegative() ? t - p
                                         : p + t;
      };
      act::RealValue onTrue = add(choice.getOnTrue(), /*holds=*/true);
      act::RealValue onFalse = add(choice.getOnFalse(), /*holds=*/false);
      if (cancels)
        return where(choice.getCondition(), onTrue, onFalse).getValue();
    }
    return {};
  }
};

} // namespace

void populateSelectionPatterns(mlir::RewritePatternSet &patterns,
                               bool isWritten) {
  patterns.add<CompareExpWithOne, CompareWithLimit, SignOfProduct,
               AbsOfProduct<act::MulOp>, AbsOfProduct<act::DivOp>>(
      patterns.getContext());
  patterns.add<CompareSign>(patterns.getContext(), isWritten);
  addSumPatterns<TermPlusSelection, SelectionPlusTerm>(patterns);
}

} // namespace actin
