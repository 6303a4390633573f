//===- StabilizeSelections.cpp - Choices made on exact numbers ------------===//
//
// A comparison of rounded numbers may choose the wrong side of a kink: exp(x)
// is 1 for a small x < 0. Each pattern compares what has fewer roundings.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/MapVector.h"

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

bool isPositive(Value value, unsigned depth);

/// True for what is 0 or more wherever it is a number, by its form.
bool isNonNegative(Value value, unsigned depth) {
  mlir::Operation *op = value.getDefiningOp();
  if (isPositive(value, depth) || isa_and_nonnull<act::AbsOp, act::SqrtOp>(op))
    return true;
  if (depth == 0)
    return false;
  if (auto mul = dyn_cast_or_null<act::MulOp>(op))
    return mul.getLhs() == mul.getRhs();
  if (auto pow = dyn_cast_or_null<act::PowOp>(op)) {
    std::optional<Real> exponent = getConstant(pow.getRhs());
    std::optional<int64_t> n = exponent ? exponent->asInteger() : std::nullopt;
    return n && *n % 2 == 0;
  }
  return isa_and_nonnull<act::AddOp>(op) &&
         isNonNegative(op->getOperand(0), depth - 1) &&
         isNonNegative(op->getOperand(1), depth - 1);
}

bool isPositive(Value value, unsigned depth) {
  if (std::optional<Real> constant = getConstant(value))
    return !constant->isNegative() && !constant->isZero() && !constant->isNaN();
  mlir::Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<act::ExpOp, act::CoshOp, act::SigmoidOp, act::SoftplusOp,
                      act::ErfcOp, act::NormcdfOp, act::NormpdfOp>(op))
    return true;
  if (depth == 0 || !isa_and_nonnull<act::AddOp>(op))
    return false;
  Value x = op->getOperand(0), y = op->getOperand(1);
  return (isPositive(x, depth - 1) && isNonNegative(y, depth - 1)) ||
         (isNonNegative(x, depth - 1) && isPositive(y, depth - 1));
}

/// A product's sign is that of one factor, where every other is positive or
/// occurs an even number of times; an increasing function that is 0 at 0 has
/// its operand's sign: a expm1(x / a) < 0 is x < 0.
struct CompareSign : mlir::OpRewritePattern<act::CmpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::CmpOp op,
                                PatternRewriter &rewriter) const override {
    if (!isConstant(op.getRhs(), 0.0))
      return mlir::failure();
    auto [factor, negative] = findSign(op.getLhs());
    if (!factor)
      return mlir::failure();
    rewriter.replaceOpWithNewOp<act::CmpOp>(
        op, negative ? mirror(op.getPredicate()) : op.getPredicate(), factor,
        op.getRhs());
    return mlir::success();
  }

  /// The one factor that has the sign of `value`, or where `second`, the
  /// opposite one; null where there is none, or it is `value` itself.
  static std::pair<Value, bool> findSign(Value value) {
    bool negative = false;
    llvm::SmallMapVector<Value, unsigned, 4> occurrences;
    if (!collectSigns(value, occurrences, negative, /*depth=*/8))
      return {};
    Value found;
    for (auto [factor, count] : occurrences) {
      if (count % 2 == 0)
        continue;
      if (found)
        return {};
      found = factor;
    }
    return {found == value ? Value() : found, negative};
  }

  /// False where the sign is not that of a product of `occurrences`.
  static bool
  collectSigns(Value value,
               llvm::SmallMapVector<Value, unsigned, 4> &occurrences,
               bool &negative, unsigned depth) {
    auto visit = [&](Value next) {
      return collectSigns(next, occurrences, negative, depth - 1);
    };
    mlir::Operation *op = depth == 0 ? nullptr : value.getDefiningOp();
    if (std::optional<Real> constant = getConstant(value)) {
      negative ^= constant->isNegative();
      return !constant->isZero() && !constant->isNaN();
    }
    if (isa_and_nonnull<act::MulOp, act::DivOp>(op))
      return visit(op->getOperand(0)) && visit(op->getOperand(1));
    if (isa_and_nonnull<act::NegOp>(op)) {
      negative = !negative;
      return visit(op->getOperand(0));
    }
    if (isa_and_nonnull<act::Expm1Op, act::Log1pOp, act::TanhOp, act::ErfOp,
                        act::SinhOp, act::AsinhOp, act::AtanOp>(op))
      return visit(op->getOperand(0));
    if (!isPositive(value, depth))
      ++occurrences[value];
    return true;
  }
};

/// sign(u s) = sign(u) for a positive s, whose product may be 0 by underflow.
struct SignOfProduct : mlir::OpRewritePattern<act::SignOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::SignOp op,
                                PatternRewriter &rewriter) const override {
    auto [factor, negative] = CompareSign::findSign(op.getOperand());
    if (!factor)
      return mlir::failure();
    act::RealValue sign =
        act::sign(act::RealValue(rewriter, op.getLoc(), factor));
    rewriter.replaceOp(op, (negative ? -sign : sign).getValue());
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

} // namespace

void populateSelectionPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<CompareExpWithOne, CompareSign, SignOfProduct,
               AbsOfProduct<act::MulOp>, AbsOfProduct<act::DivOp>>(
      patterns.getContext());
}

} // namespace actin
