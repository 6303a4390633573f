//===- FactorScales.cpp - Functions of one product or quotient ------------===//
//
// Each term of a sum is taken apart into powers of p and q, functions of u and
// other factors. The terms' quotient must be a power of u but for functions of
// it; the rest is a common factor.
//
//===----------------------------------------------------------------------===//

#include "Transforms/FactorScales.h"

#include "Transforms/Region.h"
#include "Transforms/Simplify.h"
#include "Transforms/StabilizeImpl.h"

#include "Dialect/Act/RealBuilder.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"

#include "llvm/ADT/MapVector.h"

namespace actin {

using act::RealValue;
using mlir::Operation;
using mlir::Value;

namespace {

// Bounds of the work, and of the powers that a product may have.
constexpr unsigned maxCandidates = 8, maxDepth = 12, maxPower = 4;
constexpr size_t maxOperations = 256;

/// u = p q or, where `isQuotient`, p / q.
struct Candidate {
  Value u, p, q;
  bool isQuotient;
};

/// coefficient p^i q^j functions others; the lists hold factors and exponents.
struct ScaledFunction {
  using Factors = llvm::SmallMapVector<Value, int, 4>;

  Real coefficient = Real(1.0);
  int p = 0, q = 0;
  Factors functions, others;
};

class Factoring {
public:
  Factoring(const Candidate &candidate, mlir::OpBuilder &builder)
      : candidate(candidate), builder(builder) {}

  /// Replaces `sum` where it is p^k q^l g(u) and cancels.
  bool rewrite(Operation *sum);

private:
  bool collect(Value value, int power, ScaledFunction &term, unsigned depth);
  std::optional<ScaledFunction> factor(Operation *sum, unsigned depth);
  bool isFunctionOfU(Value value);
  bool hasCommonFactor(const ScaledFunction &x, const ScaledFunction &y);
  RealValue multiply(const ScaledFunction::Factors &factors,
                     const RealValue &start);
  RealValue emitFunction(const ScaledFunction &term, int power,
                         const RealValue &context);
  bool cancels(Value end);

  Candidate candidate;
  mlir::OpBuilder &builder;
  llvm::DenseMap<Value, bool> known;
};

/// Whether `value` depends on u alone, through operations that have a series on
/// either side; constants do.
bool Factoring::isFunctionOfU(Value value) {
  if (value == candidate.u || getConstant(value))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  auto [found, isNew] = known.try_emplace(value, false);
  if (!isNew)
    return found->second;
  bool isFunction =
      isSmoothFarOut(op) && llvm::all_of(op->getOperands(), [&](Value operand) {
        return isFunctionOfU(operand);
      });
  known[value] = isFunction;
  return isFunction;
}

/// Multiplies `term` by value^power; false where that is too long.
bool Factoring::collect(Value value, int power, ScaledFunction &term,
                        unsigned depth) {
  if (depth == 0)
    return false;
  auto visit = [&](Value factor, int exponent) {
    return collect(factor, exponent, term, depth - 1);
  };
  if (std::optional<Real> constant = getConstant(value)) {
    term.coefficient = term.coefficient * pow(*constant, Real(double(power)));
    return true;
  }
  if (value == candidate.p || value == candidate.q) {
    (value == candidate.p ? term.p : term.q) += power;
    return true;
  }
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<act::MulOp>(op))
    return visit(op->getOperand(0), power) && visit(op->getOperand(1), power);
  if (isa_and_nonnull<act::DivOp>(op))
    return visit(op->getOperand(0), power) && visit(op->getOperand(1), -power);
  if (isa_and_nonnull<act::NegOp>(op)) {
    if (power % 2 != 0)
      term.coefficient = -term.coefficient;
    return visit(op->getOperand(0), power);
  }
  if (auto exponent = isa_and_nonnull<act::PowOp>(op)
                          ? getConstant(op->getOperand(1))
                          : std::optional<Real>())
    if (std::optional<int64_t> n = exponent->asInteger();
        n && std::abs(*n) <= maxPower)
      return visit(op->getOperand(0), power * int(*n));
  if (!isFunctionOfU(value) && isa_and_nonnull<act::AddOp, act::SubOp>(op))
    if (auto product = factor(op, depth / 2)) {
      term.p += product->p * power;
      term.q += product->q * power;
      for (auto [base, exponent] : product->others)
        term.others[base] += exponent * power;
      for (auto [function, exponent] : product->functions)
        term.functions[function] += exponent * power;
      return true;
    }
  (isFunctionOfU(value) ? term.functions : term.others)[value] += power;
  return true;
}

/// Whether the terms' quotient is a function of u.
bool Factoring::hasCommonFactor(const ScaledFunction &x,
                                const ScaledFunction &y) {
  auto covers = [](const ScaledFunction &a, const ScaledFunction &b) {
    return llvm::all_of(a.others, [&](const auto &factor) {
      return b.others.lookup(factor.first) == factor.second;
    });
  };
  int power = x.p - y.p;
  return covers(x, y) && covers(y, x) &&
         unsigned(std::abs(power)) <= maxPower &&
         x.q - y.q == (candidate.isQuotient ? -power : power);
}

RealValue Factoring::multiply(const ScaledFunction::Factors &factors,
                              const RealValue &start) {
  RealValue result = start;
  auto raise = [&](Value base, int power) {
    RealValue factor = start.with(base);
    return power == 1 ? factor : pow(factor, double(power));
  };
  for (auto [factor, power] : factors)
    if (power > 0)
      result = result * raise(factor, power);
  for (auto [factor, power] : factors)
    if (power < 0)
      result = result / raise(factor, -power);
  return result;
}

/// coefficient u^power functions.
RealValue Factoring::emitFunction(const ScaledFunction &term, int power,
                                  const RealValue &context) {
  ScaledFunction::Factors factors = term.functions;
  if (power != 0)
    factors[candidate.u] += power;
  return multiply(factors, context.constant(term.coefficient));
}

bool Factoring::cancels(Value end) {
  Region region{candidate.u, {}};
  for (Operation &op : *end.getParentBlock())
    if (op.getNumResults() == 1 && op.getResult(0) != candidate.u &&
        !isa<act::ConstantOp>(op) && isFunctionOfU(op.getResult(0)))
      region.operations.insert(&op);
  return region.operations.size() <= maxOperations &&
         (CancellationTest(region).cancels(end) ||
          FarCancellationTest(region, -1).cancels(end) ||
          FarCancellationTest(region, 1).cancels(end));
}

/// p^k q^l others g(u), where the sum is that and g(u) a sum: that is emitted.
std::optional<ScaledFunction> Factoring::factor(Operation *op, unsigned depth) {
  std::optional<Sum> sum = matchSum(op);
  ScaledFunction x, y;
  if (!sum || !collect(sum->x, 1, x, depth) || !collect(sum->y, 1, y, depth) ||
      (x.functions.empty() && y.functions.empty()) || !hasCommonFactor(x, y))
    return std::nullopt;
  RealValue context(builder, op->getLoc(), candidate.u);
  if (sum->subtract)
    y.coefficient = -y.coefficient;
  int power = x.p - y.p;
  bool subtracts = y.coefficient.isNegative();
  if (subtracts)
    y.coefficient = -y.coefficient;
  RealValue left = emitFunction(x, std::max(power, 0), context);
  RealValue right = emitFunction(y, std::max(-power, 0), context);
  RealValue inner = subtracts ? left - right : left + right;
  // The powers of the smaller one are left.
  ScaledFunction result = power > 0 ? y : x;
  result.coefficient = Real(1.0);
  result.functions.clear();
  result.functions[inner.getValue()] = 1;
  return result;
}

bool Factoring::rewrite(Operation *op) {
  builder.setInsertionPoint(op);
  auto product = isFunctionOfU(op->getResult(0))
                     ? std::optional<ScaledFunction>()
                     : factor(op, maxDepth);
  if (!product)
    return false;
  Value inner = product->functions.begin()->first;
  if (!cancels(inner))
    return false;
  ScaledFunction::Factors factors = product->others;
  factors[candidate.p] += product->p;
  factors[candidate.q] += product->q;
  RealValue start(builder, op->getLoc(), inner);
  op->getResult(0).replaceAllUsesWith(multiply(factors, start).getValue());
  return true;
}

} // namespace

/// An input, a parameter, a sum, an exponential or a logarithm.
static bool isTerm(Value value) {
  Operation *op = value.getDefiningOp();
  return !op ||
         isa<act::AddOp, act::SubOp, act::ExpOp, act::LogOp, act::Log1pOp>(op);
}

/// p^2 q^2 = (p q)^2, which is a function of p q, and nearer to 1 on the way.
static void joinSquares(mlir::Block &block, mlir::OpBuilder &builder) {
  auto getRoot = [](Value value) {
    auto pow = value.getDefiningOp<act::PowOp>();
    auto exponent = pow ? getConstant(pow.getRhs()) : std::optional<Real>();
    return exponent && *exponent == Real(2.0) && isTerm(pow.getLhs())
               ? pow.getLhs()
               : Value();
  };
  for (auto mul : llvm::make_early_inc_range(block.getOps<act::MulOp>())) {
    Value p = getRoot(mul.getLhs()), q = getRoot(mul.getRhs());
    if (!p || !q)
      continue;
    builder.setInsertionPoint(mul);
    RealValue root(builder, mul.getLoc(), p);
    RealValue square = act::square(root * root.with(q));
    mul.replaceAllUsesWith(square.getValue());
  }
}

void factorScales(mlir::func::FuncOp function) {
  mlir::Block &block = function.front();
  if (block.getOperations().size() > maxOperations)
    return;
  mlir::OpBuilder builder(function.getContext());
  joinSquares(block, builder);
  llvm::SmallVector<Candidate> candidates;
  for (Operation &op : block.without_terminator())
    if (isa<act::MulOp, act::DivOp>(op) && candidates.size() < maxCandidates &&
        op.getOperand(0) != op.getOperand(1) &&
        llvm::all_of(op.getOperands(), isTerm))
      candidates.push_back({op.getResult(0), op.getOperand(0), op.getOperand(1),
                            isa<act::DivOp>(op)});
  bool isChanged = false;
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    if (!isa<act::AddOp, act::SubOp>(op))
      continue;
    for (const Candidate &candidate : candidates)
      if (candidate.u.getDefiningOp()->isBeforeInBlock(&op) &&
          Factoring(candidate, builder).rewrite(&op)) {
        isChanged = true;
        break;
      }
  }
  eraseDeadCode(block);
  if (!isChanged)
    return;
  // The gradients by p and by q are made of one function of u.
  mlir::IRRewriter rewriter(function.getContext());
  mlir::DominanceInfo dominance(function);
  mlir::eliminateCommonSubExpressions(rewriter, dominance, function);
}

} // namespace actin
