//===- StabilizeTails.cpp - Logarithms and quotients of vanishing values --===//
//
// A logarithm, or a quotient of two that vanish alike, is of moderate size
// where what it is made of is below every range. Each pattern selects there the
// leading terms of the identity in its comment.
//
//===----------------------------------------------------------------------===//

#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

#include <algorithm>

using mlir::LogicalResult;
using mlir::Operation;
using mlir::PatternRewriter;
using mlir::Value;

namespace actin {

using act::RealValue;

namespace {

/// Below, e^w is nothing beside 1.
double getLeastExponent(bool isF64) { return isF64 ? -40.0 : -20.0; }

/// factor * e^(power w) (1 + O(e^w)) as w goes to minus infinity; a null w: the
/// factor itself.
struct Tail {
  Value w;
  double power = 0; ///< A multiple of 1 / 2.
  Real factor = Real(1.0);
  double bound = 0; ///< Of w: above, it is something else.
};

std::optional<Tail> matchTail(Value value, unsigned depth);

/// A function of a vanishing argument.
std::optional<Tail> matchTailFunction(Operation *op, unsigned depth) {
  if (isa<act::ExpOp, act::SigmoidOp, act::SoftplusOp>(op)) {
    std::optional<Tail> inner = matchTail(op->getOperand(0), depth - 1);
    if (isa<act::ExpOp>(op) && inner && inner->power > 0)
      return Tail{inner->w, 0, Real(1.0), inner->bound};
    return Tail{op->getOperand(0), 1, Real(1.0)};
  }
  if (!isa<act::Expm1Op, act::Log1pOp, act::TanhOp, act::SinhOp, act::AsinhOp,
           act::AtanOp>(op))
    return std::nullopt;
  std::optional<Tail> inner = matchTail(op->getOperand(0), depth - 1);
  return inner && inner->power > 0 ? inner : std::nullopt;
}

std::optional<Tail> multiply(const Tail &x, const Tail &y, bool divides) {
  if (x.w && y.w && x.w != y.w)
    return std::nullopt;
  return Tail{x.w ? x.w : y.w, divides ? x.power - y.power : x.power + y.power,
              divides ? x.factor / y.factor : x.factor * y.factor,
              std::min(x.bound, y.bound)};
}

/// The sum of two tails: of the one that vanishes last.
std::optional<Tail> add(const Tail &x, Tail y, bool subtracts) {
  if ((x.w && y.w && x.w != y.w) || (!x.w && !y.w))
    return std::nullopt;
  if (subtracts)
    y.factor = -y.factor;
  if (x.power == y.power)
    return std::nullopt; // It may cancel.
  Tail result = x.power < y.power ? x : y;
  result.w = x.w ? x.w : y.w;
  result.bound = std::min(x.bound, y.bound);
  return result;
}

/// tail^(halves / 2).
std::optional<Tail> raise(const Tail &tail, int64_t halves) {
  bool isRoot = halves % 2 != 0;
  if (isRoot && !(Real(0.0) < tail.factor))
    return std::nullopt;
  Real step = isRoot ? evaluateUnary("sqrt", tail.factor) : tail.factor;
  Real factor(1.0);
  for (int64_t i = 0, e = std::abs(isRoot ? halves : halves / 2); i != e; ++i)
    factor = factor * step;
  return Tail{tail.w, tail.power * double(halves) / 2,
              halves < 0 ? Real(1.0) / factor : factor, tail.bound};
}

/// n where `op` is the power n / 2 of its first operand; 0 for other
/// operations.
int64_t getHalfPower(Operation *op) {
  if (isa<act::SqrtOp>(op))
    return 1;
  std::optional<Real> exponent =
      isa<act::PowOp>(op) ? getConstant(op->getOperand(1)) : std::nullopt;
  std::optional<int64_t> halves =
      exponent ? (*exponent * Real(2.0)).asInteger() : std::nullopt;
  return halves && std::abs(*halves) <= 16 ? *halves : 0;
}

/// Of a selection for w < bound, as selectTail makes them.
std::optional<Tail> matchSelectedTail(Operation *where, unsigned depth) {
  auto cmp = where->getOperand(0).getDefiningOp<act::CmpOp>();
  std::optional<Real> bound = cmp ? getConstant(cmp.getRhs()) : std::nullopt;
  if (!bound || cmp.getPredicate() != act::CmpPredicate::lt)
    return std::nullopt;
  std::optional<Tail> tail = matchTail(where->getOperand(1), depth - 1);
  if (!tail || tail->w != cmp.getLhs())
    return std::nullopt;
  tail->bound = std::min(tail->bound, bound->toDouble());
  return tail;
}

std::optional<Tail> matchTail(Value value, unsigned depth) {
  if (std::optional<Real> constant = getConstant(value))
    return constant->isZero() ? std::nullopt
                              : std::optional(Tail{{}, 0, *constant});
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return std::nullopt;
  if (isa<act::NegOp>(op)) {
    std::optional<Tail> tail = matchTail(op->getOperand(0), depth - 1);
    if (tail)
      tail->factor = -tail->factor;
    return tail;
  }
  if (isa<act::WhereOp>(op))
    return matchSelectedTail(op, depth);
  if (int64_t halves = getHalfPower(op)) {
    std::optional<Tail> tail = matchTail(op->getOperand(0), depth - 1);
    return tail ? raise(*tail, halves) : std::nullopt;
  }
  if (!isa<act::MulOp, act::DivOp, act::AddOp, act::SubOp>(op))
    return op->getNumOperands() == 1 ? matchTailFunction(op, depth)
                                     : std::nullopt;
  std::optional<Tail> x = matchTail(op->getOperand(0), depth - 1);
  std::optional<Tail> y =
      x ? matchTail(op->getOperand(1), depth - 1) : std::nullopt;
  if (!y)
    return std::nullopt;
  if (isa<act::MulOp, act::DivOp>(op))
    return multiply(*x, *y, isa<act::DivOp>(op));
  return add(*x, *y, isa<act::SubOp>(op));
}

/// Below it the leading term is all of the tail.
double getBound(const Tail &tail, bool isF64) {
  return std::min(tail.bound, getLeastExponent(isF64));
}

constexpr unsigned maxTailDepth = 8;

/// log(f e^(n w) …) = n w + log f as w goes to minus infinity.
struct LogOfTail : mlir::OpRewritePattern<act::LogOp> {
  LogOfTail(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::LogOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Tail> tail = matchTail(op.getOperand(), maxTailDepth);
    if (!tail || !(tail->power > 0) || !(Real(0.0) < tail->factor) ||
        isSelected(op, tail->w))
      return mlir::failure();
    RealValue w(rewriter, op.getLoc(), tail->w), log = w;
    if (tail->power != 1)
      log = w.constant(Real(tail->power)) * w;
    if (!(tail->factor == Real(1.0)))
      log = log + w.constant(evaluateUnary("log", tail->factor));
    selectTail(rewriter, op, w, getBound(*tail, isF64), log);
    return mlir::success();
  }

  bool isF64;
};

/// In the place of `op`, which is that for w in the tail, `tail`.
LogicalResult selectLeading(PatternRewriter &rewriter, Operation *op,
                            const Tail &tail, bool isF64) {
  if (isSelected(op, tail.w))
    return mlir::failure();
  RealValue w(rewriter, op->getLoc(), tail.w);
  RealValue value = w.constant(tail.factor);
  if (tail.power != 0)
    value = value * exp(tail.power * w);
  selectTail(rewriter, op, w, getBound(tail, isF64), value);
  return mlir::success();
}

/// f e^(m w) … / (g e^(n w) …) = f / g e^((m - n) w) as w goes to minus
/// infinity.
struct QuotientOfTails : mlir::OpRewritePattern<act::DivOp> {
  QuotientOfTails(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::DivOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Tail> y = matchTail(op.getRhs(), maxTailDepth);
    std::optional<Tail> x =
        y && y->power > 0 ? matchTail(op.getLhs(), maxTailDepth) : std::nullopt;
    if (!x || !(x->power > 0) || x->w != y->w)
      return mlir::failure();
    return selectLeading(rewriter, op, *multiply(*x, *y, /*divides=*/true),
                         isF64);
  }

  bool isF64;
};

/// The same of (1 / (g e^(n w) …)) f e^(m w) ….
struct TailTimesPole : mlir::OpRewritePattern<act::MulOp> {
  TailTimesPole(mlir::MLIRContext *context, bool isF64)
      : OpRewritePattern(context), isF64(isF64) {}

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Tail> x = matchTail(op.getLhs(), maxTailDepth);
    std::optional<Tail> y = x && x->power != 0
                                ? matchTail(op.getRhs(), maxTailDepth)
                                : std::nullopt;
    if (!y || !(x->power * y->power < 0) || x->w != y->w)
      return mlir::failure();
    return selectLeading(rewriter, op, *multiply(*x, *y, /*divides=*/false),
                         isF64);
  }

  bool isF64;
};

/// sqrt(f e^(n w) …) = sqrt(f) e^(n w / 2): the radicand vanishes first. Of f64
/// only; a root of f32 is computed in f64.
struct RootOfTail : mlir::OpRewritePattern<act::SqrtOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::SqrtOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Tail> tail = matchTail(op.getResult(), maxTailDepth);
    if (!tail || !(tail->power > 0))
      return mlir::failure();
    return selectLeading(rewriter, op, *tail, /*isF64=*/true);
  }
};

/// (r / y) x = r (x / y), where both x and y vanish.
struct GatherTails : mlir::OpRewritePattern<act::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(act::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned k : {0u, 1u}) {
      auto div = op->getOperand(k).getDefiningOp<act::DivOp>();
      std::optional<Tail> y =
          div ? matchTail(div.getRhs(), maxTailDepth) : std::nullopt;
      std::optional<Tail> x =
          y && y->power > 0 && !matchTail(div.getLhs(), maxTailDepth)
              ? matchTail(op->getOperand(1 - k), maxTailDepth)
              : std::nullopt;
      if (!x || !(x->power > 0) || x->w != y->w)
        continue;
      RealValue rest(rewriter, op.getLoc(), div.getLhs());
      RealValue quotient =
          rest.with(op->getOperand(1 - k)) / rest.with(div.getRhs());
      rewriter.replaceOp(op, (rest * quotient).getValue());
      return mlir::success();
    }
    return mlir::failure();
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
        isSelected(op, expm1.getOperand()))
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
