//===- StabilizeConstants.cpp - Constants beside e^u - 1 ------------------===//
//
// Far below 0, e^u - 1 is -1, which a constant beside it cancels. Each pattern
// is an identity over the reals, with the formula in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/IndependentFactors.h"
#include "Transforms/StabilizeImpl.h"

using mlir::LogicalResult;
using mlir::Operation;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

namespace {

/// A sum seen from operand `k`: sign * term + otherSign * other.
struct SignedTerms {
  Value term, other;
  Real sign, otherSign;

  SignedTerms(const Sum &sum, unsigned k)
      : term(k == 0 ? sum.x : sum.y), other(k == 0 ? sum.y : sum.x),
        sign(sum.subtract && k == 1 ? -1.0 : 1.0),
        otherSign(sum.subtract && k == 0 ? -1.0 : 1.0) {}
};

/// A pattern on sums of a constant and what may be a branch of a selection.
struct ConstantPattern : mlir::RewritePattern {
  ConstantPattern(mlir::MLIRContext *context, llvm::StringRef root)
      : RewritePattern(root, /*benefit=*/2, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    auto sum = matchSum(op);
    for (unsigned k = 0; sum && k != 2; ++k) {
      SignedTerms terms(*sum, k);
      auto where = terms.term.getDefiningOp<act::WhereOp>();
      if (where && where->hasOneUse() &&
          (cancels(terms, where.getOnTrue()) ||
           cancels(terms, where.getOnFalse()))) {
        addToBranches(op, where, k, rewriter);
        return mlir::success();
      }
      if (succeeded(rewriteSum(op, terms, rewriter)))
        return mlir::success();
    }
    return mlir::failure();
  }

  /// Whether a branch, in place of the term, may cancel with the other one.
  virtual bool cancels(const SignedTerms &terms, Value branch) const = 0;
  virtual LogicalResult rewriteSum(Operation *op, const SignedTerms &terms,
                                   PatternRewriter &rewriter) const = 0;

private:
  /// `op`, whose operand `k` is a selection, as a selection of two.
  static void addToBranches(Operation *op, act::WhereOp where, unsigned k,
                            PatternRewriter &rewriter) {
    auto add = [&](Value branch) {
      Operation *copy = rewriter.clone(*op);
      copy->setOperand(k, branch);
      return copy->getResult(0);
    };
    Value onTrue = add(where.getOnTrue()), onFalse = add(where.getOnFalse());
    rewriter.replaceOpWithNewOp<act::WhereOp>(op, where.getCondition(), onTrue,
                                              onFalse);
  }
};

/// c + k expm1(u) + r = k e^u + r, where c is k.
struct ConstantPlusExpm1 : ConstantPattern {
  using ConstantPattern::ConstantPattern;

  bool cancels(const SignedTerms &terms, Value branch) const override {
    ScaledTerm scaled = splitConstantFactor(branch);
    return scaled.term.getDefiningOp<act::Expm1Op>() &&
           getConstant(terms.other) ==
               scaled.factor * terms.sign * terms.otherSign;
  }

  LogicalResult rewriteSum(Operation *op, const SignedTerms &terms,
                           PatternRewriter &rewriter) const override {
    ScaledTerm scaled = splitConstantFactor(terms.term);
    auto expm1 = scaled.term.getDefiningOp<act::Expm1Op>();
    if (!expm1)
      return mlir::failure();
    Real factor = scaled.factor * terms.sign;
    bool isWhole = cancels(terms, terms.term);
    Value rest =
        isWhole ? Value()
                : dropConstant(terms.other, factor * terms.otherSign, rewriter);
    if (!isWhole && !rest)
      return mlir::failure();
    RealValue u(rewriter, op->getLoc(), expm1.getOperand());
    RealValue result = u.constant(factor) * act::exp(u);
    if (rest)
      result = terms.otherSign.isNegative() ? result - u.with(rest)
                                            : u.with(rest) + result;
    rewriter.replaceOp(op, result.getValue());
    return mlir::success();
  }
};

/// c + a expm1(u) = a e^u + (c - a), better for u < -1, where a is made of
/// parameters: it may be c.
struct ConstantPlusGrowth : ConstantPattern {
  using ConstantPattern::ConstantPattern;

  bool cancels(const SignedTerms &terms, Value branch) const override {
    return getConstant(terms.other) && matchGrowth(branch);
  }

  LogicalResult rewriteSum(Operation *op, const SignedTerms &terms,
                           PatternRewriter &rewriter) const override {
    std::optional<Growth> growth = matchGrowth(terms.term);
    if (!growth || !getConstant(terms.other) || isSelectedAbove(op, growth->u))
      return mlir::failure();
    RealValue u(rewriter, op->getLoc(), growth->u);
    RealValue a = u.with(growth->factor), c = u.with(terms.other);
    a = terms.sign.isNegative() ? -a : a;
    c = terms.otherSign.isNegative() ? -c : c;
    RealValue better = a * exp(u) + (c - a);
    rewriter.replaceOp(op, selectBetter(rewriter, op, growth->u,
                                        act::CmpPredicate::lt, bound,
                                        better.getValue()));
    return mlir::success();
  }

private:
  static constexpr double bound = -1;
  struct Growth {
    Value factor, u;
  };

  /// Other selections, as elu's own by the sign of u, do not count.
  static bool isSelectedAbove(Operation *op, Value u) {
    return llvm::any_of(op->getUsers(), [&](Operation *user) {
      auto where = dyn_cast<act::WhereOp>(user);
      auto cmp = where ? where.getCondition().getDefiningOp<act::CmpOp>()
                       : act::CmpOp();
      return cmp && cmp.getPredicate() == act::CmpPredicate::lt &&
             cmp.getLhs() == u && getConstant(cmp.getRhs()) == Real(bound);
    });
  }

  static bool isMadeOfParameters(Value value) {
    return !getConstant(value) &&
           llvm::all_of(collectCone(value), [](Value part) {
             return part.getDefiningOp() || act::getRole(part) == "parameter" ||
                    act::getRole(part) == "channel";
           });
  }

  static std::optional<Growth> matchGrowth(Value value) {
    auto mul = value.getDefiningOp<act::MulOp>();
    for (unsigned k = 0; mul && k != 2; ++k)
      if (auto expm1 = mul->getOperand(k).getDefiningOp<act::Expm1Op>())
        if (isMadeOfParameters(mul->getOperand(1 - k)))
          return Growth{mul->getOperand(1 - k), expm1.getOperand()};
    return std::nullopt;
  }
};

/// min(expm1(u), 0) = expm1(min(u, 0)), and max: 1 may be added to it.
template <typename ExtremeOp>
struct ExtremeOfExpm1 : mlir::OpRewritePattern<ExtremeOp> {
  using mlir::OpRewritePattern<ExtremeOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ExtremeOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto expm1 = op->getOperand(k).template getDefiningOp<act::Expm1Op>();
      Value zero = op->getOperand(1 - k);
      if (!expm1 || !(getConstant(zero) == Real(0.0)))
        continue;
      RealValue u(rewriter, op.getLoc(), expm1.getOperand());
      RealValue held = u.template create<ExtremeOp>(u.getValue(), zero);
      rewriter.replaceOp(op, act::expm1(held).getValue());
      return mlir::success();
    }
    return mlir::failure();
  }
};

} // namespace

void populateConstantPatterns(mlir::RewritePatternSet &patterns) {
  mlir::MLIRContext *context = patterns.getContext();
  addSumPatterns<ConstantPlusExpm1, ConstantPlusGrowth>(patterns);
  patterns.add<ExtremeOfExpm1<act::MinOp>, ExtremeOfExpm1<act::MaxOp>>(context);
}

} // namespace actin
