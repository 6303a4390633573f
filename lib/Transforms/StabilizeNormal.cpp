//===- StabilizeNormal.cpp - Products with the normal distribution --------===//
//
// Each pattern is an identity over the reals, with the formula in its comment,
// that leaves the distribution's lower tail alone to be computed: a function of
// |u|, with no choice between two sides to be made inside of it.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

using mlir::Location;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

namespace {

/// min(|u|, largest).
Value createMagnitude(PatternRewriter &rewriter, Location location, Value u,
                      double largest) {
  return act::MinOp::create(rewriter, location,
                            act::AbsOp::create(rewriter, location, u),
                            createConstant(rewriter, location, Real(largest)));
}

/// normcdf(-a).
Value createTail(PatternRewriter &rewriter, Location location, Value a) {
  return act::NormcdfOp::create(rewriter, location,
                                act::NegOp::create(rewriter, location, a));
}

/// True where the result is not multiplied on: there a subnormal one would have
/// needed its exponent apart.
bool isEndOfProduct(mlir::Operation *op) {
  return llvm::all_of(op->getUsers(), [](mlir::Operation *user) {
    return isa<mlir::func::ReturnOp, act::AddOp, act::SubOp>(user);
  });
}

/// u normcdf(u) = max(u, 0) - a normcdf(-a), a = |u|.
struct ArgumentTimesNormcdf : mlir::OpRewritePattern<act::MulOp> {
  ArgumentTimesNormcdf(mlir::MLIRContext *context, double largest)
      : OpRewritePattern(context), largest(largest) {}

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      Value u = op.getOperand(1 - k);
      auto normcdf = op.getOperand(k).getDefiningOp<act::NormcdfOp>();
      if (!normcdf || normcdf.getOperand() != u || !isEndOfProduct(op))
        continue;
      Location location = op.getLoc();
      Value a = createMagnitude(rewriter, location, u, largest);
      Value positive = act::MaxOp::create(
          rewriter, location, u, createConstant(rewriter, location, Real(0.0)));
      Value tail = act::MulOp::create(rewriter, location, a,
                                      createTail(rewriter, location, a));
      rewriter.replaceOpWithNewOp<act::SubOp>(op, positive, tail);
      return mlir::success();
    }
    return mlir::failure();
  }

  double largest;
};

/// normcdf(u) + u normpdf(u) = t for u < 0 and 1 - t for u >= 0, where t =
/// normcdf(-a) - a normpdf(a), a = |u|.
struct NormcdfPlusMoment : SumPattern {
  NormcdfPlusMoment(mlir::MLIRContext *context, double largest)
      : SumPattern(context, act::AddOp::getOperationName()), largest(largest) {}

  static bool isMoment(Value value, Value u) {
    auto product = value.getDefiningOp<act::MulOp>();
    for (unsigned k : {0u, 1u}) {
      if (!product || product->getOperand(k) != u)
        continue;
      auto density = product->getOperand(1 - k).getDefiningOp<act::NormpdfOp>();
      if (density && density.getOperand() == u)
        return true;
    }
    return false;
  }

  Value rewrite(const Sum &sum, Location location,
                PatternRewriter &rewriter) const override {
    auto normcdf = sum.x.getDefiningOp<act::NormcdfOp>();
    Value moment = sum.y;
    if (!normcdf) {
      normcdf = sum.y.getDefiningOp<act::NormcdfOp>();
      moment = sum.x;
    }
    if (!normcdf || sum.subtract || !isMoment(moment, normcdf.getOperand()))
      return {};
    Value u = normcdf.getOperand();
    Value a = createMagnitude(rewriter, location, u, largest);
    Value density = act::NormpdfOp::create(rewriter, location, a);
    Value tail = act::SubOp::create(
        rewriter, location, createTail(rewriter, location, a),
        act::MulOp::create(rewriter, location, a, density).getResult());
    Value isNegative =
        act::CmpOp::create(rewriter, location, act::CmpPredicate::lt, u,
                           createConstant(rewriter, location, Real(0.0)));
    Value complement =
        act::SubOp::create(rewriter, location,
                           createConstant(rewriter, location, Real(1.0)), tail);
    return act::WhereOp::create(rewriter, location, isNegative, tail,
                                complement);
  }

  double largest;
};

} // namespace

void populateNormalPatterns(mlir::RewritePatternSet &patterns, bool isF64) {
  // Beyond, the tail is 0 even times the largest number, and its exponent
  // counts as that of 0 beside an infinite factor.
  double largest = isF64 ? 65.0 : 20.0;
  patterns.add<NormcdfPlusMoment, ArgumentTimesNormcdf>(patterns.getContext(),
                                                        largest);
}

} // namespace actin
