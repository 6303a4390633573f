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

/// A product's sign is that of one factor, where every other is a constant or
/// occurs an even number of times; an increasing function that is 0 at 0 has
/// its operand's sign: a expm1(x / a) < 0 is x < 0.
struct CompareSign : mlir::OpRewritePattern<act::CmpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::CmpOp op,
                                PatternRewriter &rewriter) const override {
    if (!isConstant(op.getRhs(), 0.0))
      return mlir::failure();
    bool negative = false;
    llvm::SmallMapVector<Value, unsigned, 4> occurrences;
    if (!collectSigns(op.getLhs(), occurrences, negative, /*depth=*/8))
      return mlir::failure();
    Value factor;
    for (auto [value, count] : occurrences) {
      if (count % 2 == 0)
        continue;
      if (factor)
        return mlir::failure();
      factor = value;
    }
    if (!factor || factor == op.getLhs())
      return mlir::failure();
    rewriter.replaceOpWithNewOp<act::CmpOp>(
        op, negative ? mirror(op.getPredicate()) : op.getPredicate(), factor,
        op.getRhs());
    return mlir::success();
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
    ++occurrences[value];
    return true;
  }
};

} // namespace

void populateSelectionPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<CompareExpWithOne, CompareSign>(
      patterns.getContext());
}

} // namespace actin
