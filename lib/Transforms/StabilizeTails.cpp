//===- StabilizeTails.cpp - Logarithms and quotients of vanishing values --===//
//
// A logarithm, or a quotient of two that vanish alike, is of moderate size
// where what it is made of is below every range. Each pattern selects there the
// leading terms of the identity in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/ExponentialTail.h"
#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

#include <algorithm>
#include <cmath>

using mlir::LogicalResult;
using mlir::Operation;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

namespace {

/// True where a tail has been put beside `op` for that side of the variable.
bool isSelected(Operation *op, const TailVariable &variable,
                unsigned depth = 3) {
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    auto where = dyn_cast<act::WhereOp>(user);
    auto cmp =
        where ? where.getCondition().getDefiningOp<act::CmpOp>() : act::CmpOp();
    return cmp && ((cmp.getLhs() == variable.u &&
                    cmp.getPredicate() == variable.getPredicate()) ||
                   (depth != 0 && isSelected(where, variable, depth - 1)));
  });
}

/// In the place of `op`, which is that far out, `emit(w)`.
LogicalResult selectBeyond(PatternRewriter &rewriter, Operation *op,
                           const TailVariable &variable, double bound,
                           llvm::function_ref<RealValue(RealValue)> emit) {
  if (isSelected(op, variable))
    return mlir::failure();
  RealValue u(rewriter, op->getLoc(), variable.u);
  RealValue tail = emit(variable.isNegated ? -u : u);
  selectTail(rewriter, op, u, variable.getSign() * bound, tail,
             variable.getPredicate());
  return mlir::success();
}

/// log(f e^(n w) …) = n w + log f as w goes to minus infinity.
struct LogOfTail : mlir::OpRewritePattern<act::LogOp> {
  LogOfTail(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    for (const TailVariable &variable : findTailVariables(op.getOperand())) {
      auto tail = TailMatcher(variable).match(op.getOperand());
      if (!tail || !tail->vanishes() || !tail->isConstant() ||
          !(Real(0.0) < tail->polynomial[0]))
        continue;
      auto emit = [&](RealValue w) {
        RealValue log =
            tail->power == 1 ? w : w.constant(Real(tail->power)) * w;
        if (tail->polynomial[0] == Real(1.0))
          return log;
        return log + w.constant(evaluateUnary("log", tail->polynomial[0]));
      };
      if (succeeded(selectBeyond(rewriter, op, variable, tail->getBound(isF64),
                                 emit)))
        return mlir::success();
    }
    return mlir::failure();
  }

  bool isF64;
};

/// In the place of `op`, which is that in the tail, `tail`.
LogicalResult selectLeading(PatternRewriter &rewriter, Operation *op,
                            const TailVariable &variable,
                            const ExponentialTail &tail, bool isF64) {
  return selectBeyond(rewriter, op, variable, tail.getBound(isF64),
                      [&](RealValue w) { return emitTail(tail, w); });
}

/// Of what grows, a rational form takes care, but not of a root.
bool isRootThatGrows(const ExponentialTail &tail) {
  return tail.grows() && tail.power != std::floor(tail.power);
}

/// f e^(m w) … / (g e^(n w) …) = f / g e^((m - n) w) as w goes to minus
/// infinity, where both vanish, or both grow and one is a root.
struct QuotientOfTails : mlir::OpRewritePattern<act::DivOp> {
  QuotientOfTails(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    for (const TailVariable &variable : findTailVariables(op.getRhs())) {
      TailMatcher matcher(variable);
      auto y = matcher.match(op.getRhs());
      auto x = y && y->power != 0 ? matcher.match(op.getLhs()) : std::nullopt;
      if (!x || !((x->vanishes() && y->vanishes()) ||
                  (x->grows() && isRootThatGrows(*y)) ||
                  (y->grows() && isRootThatGrows(*x))))
        continue;
      double bound = std::min(x->getBound(isF64), y->getBound(isF64));
      x->power -= y->power;
      y->power = 0;
      auto emit = [&](RealValue w) {
        if (!y->isConstant())
          return emitTail(*x, w) / emitTail(*y, w);
        for (Real &coefficient : x->polynomial)
          coefficient = coefficient / y->polynomial[0];
        return emitTail(*x, w);
      };
      if (succeeded(selectBeyond(rewriter, op, variable, bound, emit)))
        return mlir::success();
    }
    return mlir::failure();
  }

  bool isF64;
};

/// The same of (1 / (g e^(n w) …)) f e^(m w) ….
struct TailTimesPole : mlir::OpRewritePattern<act::MulOp> {
  TailTimesPole(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (const TailVariable &variable : findTailVariables(op.getLhs())) {
      TailMatcher matcher(variable);
      auto x = matcher.match(op.getLhs());
      auto y = x && x->power != 0 ? matcher.match(op.getRhs()) : std::nullopt;
      auto product =
          y && x->power * y->power < 0 ? multiplyTails(*x, *y) : std::nullopt;
      if (product &&
          succeeded(selectLeading(rewriter, op, variable, *product, isF64)))
        return mlir::success();
    }
    return mlir::failure();
  }

  bool isF64;
};

/// sqrt(f e^(n w) …) = sqrt(f) e^(n w / 2): the radicand vanishes first. Of f64
/// only; a root of f32 is computed in f64.
struct RootOfTail : mlir::OpRewritePattern<act::SqrtOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::SqrtOp op,
                                PatternRewriter &rewriter) const override {
    for (const TailVariable &variable : findTailVariables(op.getOperand())) {
      auto tail = TailMatcher(variable).match(op.getResult());
      if (tail && tail->vanishes() &&
          succeeded(selectLeading(rewriter, op, variable, *tail,
                                  /*isF64=*/true)))
        return mlir::success();
    }
    return mlir::failure();
  }
};

/// (r / y) x = r (x / y), where both x and y vanish.
struct GatherTails : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto div = op->getOperand(k).getDefiningOp<act::DivOp>();
      if (!div || !vanishTogether(div, op->getOperand(1 - k)))
        continue;
      RealValue rest(rewriter, op.getLoc(), div.getLhs());
      RealValue quotient =
          rest.with(op->getOperand(1 - k)) / rest.with(div.getRhs());
      rewriter.replaceOp(op, (rest * quotient).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }

  static bool vanishTogether(act::DivOp div, Value x) {
    return llvm::any_of(
        findTailVariables(div.getRhs()), [&](const TailVariable &variable) {
          TailMatcher matcher(variable);
          auto y = matcher.match(div.getRhs());
          auto tail = y && y->vanishes() && !matcher.match(div.getLhs())
                          ? matcher.match(x)
                          : std::nullopt;
          return tail && tail->vanishes();
        });
  }
};

/// log(-expm1(w)) = log1p(-e^w), which is better for w < -log 2.
struct LogOfMinusExpm1 : mlir::OpRewritePattern<act::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    ScaledTerm scaled = splitConstantFactor(op.getOperand());
    auto expm1 = scaled.term.getDefiningOp<act::Expm1Op>();
    if (!expm1 || !(scaled.factor == Real(-1.0)) ||
        actin::isSelected(op, expm1.getOperand()))
      return mlir::failure();
    RealValue w(rewriter, op.getLoc(), expm1.getOperand());
    selectTail(rewriter, op, w, -0.6931471805599453, log1p(-exp(w)));
    return mlir::success();
  }
};

} // namespace

void selectTail(PatternRewriter &rewriter, Operation *op, const RealValue &u,
                double bound, const RealValue &tail,
                act::CmpPredicate predicate) {
  Value isTail = act::compare(predicate, u, u.constant(bound));
  Value asWritten = rewriter.clone(*op)->getResult(0);
  rewriter.replaceOpWithNewOp<act::WhereOp>(op, isTail, tail.getValue(),
                                            asWritten);
}

void populateTailPatterns(mlir::RewritePatternSet &patterns, bool isF64) {
  mlir::MLIRContext *context = patterns.getContext();
  patterns.add<LogOfTail, QuotientOfTails, TailTimesPole>(context, isF64);
  patterns.add<GatherTails, LogOfMinusExpm1>(context);
  if (isF64)
    patterns.add<RootOfTail>(context);
}

} // namespace actin
