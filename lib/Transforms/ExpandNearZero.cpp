//===- ExpandNearZero.cpp - Polynomials where terms cancel ----------------===//
//
// Every value belongs to the region of one variable: the value that it depends
// on alone, through smooth operations. Of a region, the values that something
// outside uses are its ends. At an end, the errors of the values that it is
// made of are compared as the variable goes to 0: a relative error that grows
// without bound, while the end's own stays what it is, is a cancellation.
//
//===----------------------------------------------------------------------===//

#include "Transforms/ExpandNearZero.h"

#include "Transforms/ChebyshevFit.h"
#include "Transforms/FactorScales.h"
#include "Transforms/IndependentFactors.h"
#include "Transforms/Passes.h"
#include "Transforms/Region.h"
#include "Transforms/Simplify.h"

#include "Dialect/Act/ExprKinds.h"
#include "Dialect/Act/RealBuilder.h"
#include "Expr/EvaluateNode.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

#include <cmath>

namespace actin {

#define GEN_PASS_DEF_ACTEXPANDNEARZERO
#include "Transforms/Passes.h.inc"

using mlir::Operation;
using mlir::Value;

namespace {

// Bounds of the time that this takes: looking for ends is quadratic in a
// region, and each polynomial takes some hundred evaluations of it.
constexpr size_t maxRegion = 256;
constexpr unsigned maxPolynomials = 16;

class RegionExpander {
public:
  /// The ends that were tried before, by their variable, are left alone.
  using Tried = llvm::DenseSet<std::pair<Value, Value>>;
  RegionExpander(const Region &region, bool isF64, RewriteListener listener,
                 llvm::SmallVectorImpl<Value> &farSides, Tried &tried)
      : region(region), isF64(isF64), listener(listener), farSides(farSides),
        tried(tried) {}

  /// Makes at most `numLeft` polynomials, and counts them off.
  void run(unsigned &numLeft) {
    if (region.operations.size() > maxRegion)
      return;
    CancellationTest test(region);
    for (Operation *op : region.operations) {
      Value end = op->getResult(0);
      if (numLeft == 0 || !isEnd(op) || !test.cancels(end) ||
          !tried.insert({region.variable, end}).second)
        continue;
      expand(op);
      --numLeft;
    }
  }

private:
  bool isEnd(Operation *op) const {
    return llvm::any_of(op->getUsers(), [&](Operation *user) {
      return !region.operations.contains(user) && !isExpansion(user, op);
    });
  }

  /// A polynomial where the variable is small, and `op` elsewhere.
  bool isExpansion(Operation *user, Operation *op) const {
    auto where = dyn_cast<act::WhereOp>(user);
    auto cmp =
        where ? where.getCondition().getDefiningOp<act::CmpOp>() : act::CmpOp();
    auto abs = cmp ? cmp.getLhs().getDefiningOp<act::AbsOp>() : act::AbsOp();
    return abs && where.getOnFalse() == op->getResult(0);
  }

  void expand(Operation *op) {
    Value end = op->getResult(0);
    auto function = [&](const Real &variable) {
      return region.evaluate(end, variable);
    };
    unsigned maxTerms = isF64 ? 20 : 10, bits = isF64 ? 58 : 29;
    auto fit = fitAroundZero(function, maxTerms, bits);
    std::optional<bool> isOdd = fit ? false : findParity(function);
    if (!fit && isOdd)
      fit = fitAboveZero(function, maxTerms, bits);
    if (!fit)
      return;
    mlir::OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    act::RealValue variable(builder, op->getLoc(), region.variable);
    bool inMagnitude = fit->variable == PolynomialFit::Variable::Magnitude;
    act::RealValue polynomial =
        createPolynomial(*fit, inMagnitude ? act::abs(variable) : variable);
    if (*isOdd)
      polynomial = act::sign(variable) * polynomial;
    Value isNear = act::compare(act::CmpPredicate::lt, act::abs(variable),
                                variable.constant(fit->radius));
    auto where = act::WhereOp::create(builder, op->getLoc(), isNear,
                                      polynomial.getValue(), end);
    end.replaceUsesWithIf(where, [&](mlir::OpOperand &use) {
      return use.getOwner() != where &&
             !region.operations.contains(use.getOwner());
    });
    farSides.push_back(end);
    if (listener)
      listener("a polynomial near 0, where the terms cancel", op->getLoc());
  }

  /// Whether f(-v) = -f(v), or f(v), for what has |v| or sign(v) in it; nullopt
  /// where it is neither.
  static std::optional<bool>
  findParity(llvm::function_ref<Real(const Real &)> function) {
    Real right = function(Real(0x1.6p-5)), left = function(Real(-0x1.6p-5));
    auto areEqual = [&](const Real &x, const Real &y) {
      return std::fabs((x - y).toDouble()) <=
             std::ldexp(std::fabs(x.toDouble()), -75);
    };
    if (areEqual(right, left))
      return false;
    return areEqual(right, -left) ? std::optional(true) : std::nullopt;
  }

  /// By Horner's rule, lowest power last: the first coefficient is rounded
  /// once, and small variables lose nothing to underflow.
  static act::RealValue createPolynomial(const PolynomialFit &fit,
                                         const act::RealValue &v) {
    act::RealValue square = v * v;
    bool inSquares = fit.variable == PolynomialFit::Variable::Square;
    const act::RealValue &w = inSquares ? square : v;
    act::RealValue result = v.constant(fit.coefficients.back());
    for (const Real &coefficient :
         llvm::reverse(llvm::ArrayRef(fit.coefficients).drop_back()))
      result = v.constant(coefficient) + result * w;
    unsigned power = fit.power;
    for (; power > 2; power -= 2)
      result = square * result;
    for (; power != 0; --power)
      result = v * result;
    return result;
  }

  const Region &region;
  bool isF64;
  RewriteListener listener;
  llvm::SmallVectorImpl<Value> &farSides; ///< Of the selections made.
  Tried &tried;
};

} // namespace

/// Numbers such as 1 / 9, which are no variables.
static void foldConstants(mlir::Block &block) {
  mlir::OpBuilder builder(block.getParent()->getContext());
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    llvm::SmallVector<Real, 3> operands;
    for (Value operand : op.getOperands())
      if (auto constant = operand.getDefiningOp<act::ConstantOp>())
        operands.push_back(constant.getValue().getValue());
    std::optional<ExprKind> kind = act::getExprKind(&op);
    if (!kind || operands.empty() || operands.size() != op.getNumOperands() ||
        !isa<act::RealType>(op.getResult(0).getType()))
      continue;
    Real value = evaluateNode(*kind, operands);
    if (value.isNaN() || value.isInfinity())
      continue;
    builder.setInsertionPoint(&op);
    act::RealValue context(builder, op.getLoc(), op.getResult(0));
    op.replaceAllUsesWith(mlir::ValueRange(context.constant(value).getValue()));
    op.erase();
  }
}

/// x * (t / a) = (x / a) * t where x / a is there already: more depends on that
/// quotient alone.
static void reuseQuotients(mlir::Block &block) {
  llvm::DenseMap<std::pair<Value, Value>, Value> quotients;
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    if (auto div = dyn_cast<act::DivOp>(op))
      quotients.try_emplace({div.getLhs(), div.getRhs()}, div);
    if (!isa<act::MulOp>(op))
      continue;
    for (unsigned k : {0u, 1u}) {
      auto div = op.getOperand(k).getDefiningOp<act::DivOp>();
      Value quotient =
          div ? quotients.lookup({op.getOperand(1 - k), div.getRhs()})
              : Value();
      if (!quotient)
        continue;
      op.setOperands({quotient, div.getLhs()});
      break;
    }
  }
}

static bool isZero(Value value) {
  auto constant = value.getDefiningOp<act::ConstantOp>();
  return constant && constant.getValue().getValue().isZero();
}

namespace {
/// `value` where the variable is below 0, or above, and 0 elsewhere.
struct OneSided {
  Value value, variable;
  bool isBelow;
};
} // namespace

static std::optional<OneSided> matchOneSided(act::WhereOp where) {
  auto cmp = where.getCondition().getDefiningOp<act::CmpOp>();
  if (!cmp || isZero(cmp.getLhs()) == isZero(cmp.getRhs()) ||
      isZero(where.getOnTrue()) == isZero(where.getOnFalse()))
    return std::nullopt;
  act::CmpPredicate predicate = cmp.getPredicate();
  bool isLess =
      predicate == act::CmpPredicate::lt || predicate == act::CmpPredicate::le;
  if (!isLess && predicate != act::CmpPredicate::gt &&
      predicate != act::CmpPredicate::ge)
    return std::nullopt;
  bool onTrue = isZero(where.getOnFalse()), ofLeft = isZero(cmp.getRhs());
  return OneSided{onTrue ? where.getOnTrue() : where.getOnFalse(),
                  ofLeft ? cmp.getLhs() : cmp.getRhs(),
                  (isLess == ofLeft) == onTrue};
}

/// min(variable, 0), or max, before `place`; null where there is none.
static Value findHeld(const OneSided &choice, Operation *place) {
  for (Operation *user : choice.variable.getUsers())
    if ((choice.isBelow ? isa<act::MinOp>(user) : isa<act::MaxOp>(user)) &&
        llvm::any_of(user->getOperands(), isZero) &&
        user->isBeforeInBlock(place))
      return user->getResult(0);
  return {};
}

/// where(u < 0, f(u), 0) = f(min(u, 0)) where that is there already and f(0) =
/// 0, and the like above 0: more depends on one variable alone.
static void absorbChoices(mlir::Block &block) {
  for (act::WhereOp where :
       llvm::make_early_inc_range(block.getOps<act::WhereOp>())) {
    std::optional<OneSided> choice = matchOneSided(where);
    Value held = choice ? findHeld(*choice, where) : Value();
    if (!held)
      continue;
    mlir::OpBuilder builder(where);
    mlir::IRMapping mapping;
    mapping.map(choice->variable, held);
    mapping.map(held, held);
    Region region{held, {}};
    llvm::SetVector<Value> cone = collectCone(choice->value);
    for (Operation &op : llvm::make_range(block.begin(), where->getIterator()))
      if (op.getNumResults() == 1 && cone.contains(op.getResult(0)) &&
          !mapping.contains(op.getResult(0)) && isSmooth(&op, false) &&
          llvm::all_of(op.getOperands(), [&](Value operand) {
            return operand.getDefiningOp<act::ConstantOp>() ||
                   mapping.contains(operand);
          }))
        region.operations.insert(builder.clone(op, mapping));
    Value value = mapping.lookupOrNull(choice->value);
    if (value && region.evaluate(value, Real(0.0)).isZero())
      where.replaceAllUsesWith(value);
  }
}

/// value / factor, where the product `value` has that factor; none where it has
/// not.
static std::optional<act::RealValue>
divideExactly(const act::RealValue &value, Value factor, unsigned depth = 6) {
  if (value.getValue() == factor)
    return value.constant(1.0);
  Operation *op = value.getValue().getDefiningOp();
  if (depth == 0 || !isa_and_nonnull<act::MulOp, act::DivOp, act::NegOp>(op))
    return std::nullopt;
  act::RealValue x = value.with(op->getOperand(0));
  auto first = divideExactly(x, factor, depth - 1);
  if (isa<act::NegOp>(op))
    return first ? std::optional(-*first) : std::nullopt;
  act::RealValue y = value.with(op->getOperand(1));
  if (isa<act::DivOp>(op))
    return first ? std::optional(*first / y) : std::nullopt;
  if (first)
    return *first * y;
  auto second = divideExactly(y, factor, depth - 1);
  return second ? std::optional(x * *second) : std::nullopt;
}

/// a e^u + b expm1(u) = (a + b) e^u - b, in the place of `sum`: of its terms,
/// both would overflow.
static bool joinExponentials(Operation *sum, act::ExpOp exp,
                             act::Expm1Op expm1) {
  mlir::OpBuilder builder(sum);
  act::RealValue x(builder, sum->getLoc(), sum->getOperand(0));
  act::RealValue y = x.with(sum->getOperand(1));
  for (bool isFirst : {true, false}) {
    auto a = divideExactly(isFirst ? x : y, exp);
    auto b = a ? divideExactly(isFirst ? y : x, expm1) : std::nullopt;
    if (!b)
      continue;
    if (isa<act::SubOp>(sum)) {
      if (isFirst)
        b = -*b;
      else
        a = -*a;
    }
    act::RealValue joined = (*a + *b) * x.with(exp) - *b;
    sum->getResult(0).replaceAllUsesWith(joined.getValue());
    return true;
  }
  return false;
}

/// Where a polynomial takes the place next to 0, the far sides need no
/// cancellation avoided there.
static void joinExponentials(mlir::Block &block,
                             llvm::ArrayRef<Value> farSides) {
  llvm::SmallVector<Operation *> work;
  llvm::SetVector<Operation *> cone;
  for (Value end : farSides)
    work.push_back(end.getDefiningOp());
  while (!work.empty())
    if (Operation *op = work.pop_back_val(); op && cone.insert(op))
      for (Value operand : op->getOperands())
        work.push_back(operand.getDefiningOp());
  llvm::SmallVector<act::ExpOp> exps(block.getOps<act::ExpOp>());
  llvm::SmallVector<act::Expm1Op> expm1s(block.getOps<act::Expm1Op>());
  auto join = [&](Operation *sum) {
    for (act::ExpOp exp : exps)
      for (act::Expm1Op expm1 : expm1s)
        if (exp.getOperand() == expm1.getOperand() &&
            joinExponentials(sum, exp, expm1))
          return;
  };
  auto isWithin = [&](Operation *op) {
    return (op->hasOneUse() &&
            llvm::is_contained(farSides, op->getResult(0))) ||
           llvm::all_of(op->getUsers(),
                        [&](Operation *user) { return cone.contains(user); });
  };
  for (Operation *op : cone)
    if (isa<act::AddOp, act::SubOp>(op) && isWithin(op))
      join(op);
}

static bool isChoice(Operation *op) {
  return isa<act::AndOp, act::OrOp, act::NotOp, act::WhereOp, act::CmpOp,
             act::MinOp, act::MaxOp>(op);
}

/// By a threshold that is not 0: next to 0 it is always the same.
static bool isChoiceElsewhere(Operation *op) {
  return isChoice(op) &&
         (!isa<act::CmpOp, act::MinOp, act::MaxOp>(op) ||
          llvm::any_of(op->getOperands(), [](Value operand) {
            auto constant = operand.getDefiningOp<act::ConstantOp>();
            return constant && !constant.getValue().getValue().isZero();
          }));
}

void expandNearZero(mlir::func::FuncOp function, bool isF64,
                    RewriteListener listener) {
  foldConstants(function.front());
  reuseQuotients(function.front());
  absorbChoices(function.front());
  factorScales(function);
  unsigned numLeft = maxPolynomials;
  llvm::SmallVector<Value> farSides;
  RegionExpander::Tried tried;
  auto has = [&](llvm::function_ref<bool(Operation *)> is) {
    return llvm::any_of(function.front().without_terminator(),
                        [&](Operation &op) { return is(&op); });
  };
  auto isMagnitude = [](Operation *op) {
    return isa<act::AbsOp, act::SignOp>(op);
  };
  bool hasMagnitudes = has(isMagnitude), hasChoices = has(isChoice);
  using Belongs = llvm::function_ref<bool(Operation *)>;
  auto expandThrough = [&](bool magnitudes, Belongs isChosen) {
    for (const Region &region :
         findRegions(function.front(), [&](Operation *op) {
           return isSmooth(op, magnitudes) || isChosen(op);
         }))
      RegionExpander(region, isF64, listener, farSides, tried).run(numLeft);
  };
  auto isNone = [](Operation *) { return false; };
  expandThrough(/*magnitudes=*/false, isNone);
  if (hasMagnitudes)
    expandThrough(/*magnitudes=*/true, isNone);
  if (hasChoices) {
    expandThrough(/*magnitudes=*/false, isChoiceElsewhere);
    // What is smooth at 0 may be put together from its two sides.
    expandThrough(/*magnitudes=*/true, isChoice);
  }
  joinExponentials(function.front(), farSides);
  eraseDeadCode(function.front());
}

namespace {
struct ExpandNearZeroPass : impl::ActExpandNearZeroBase<ExpandNearZeroPass> {
  using ActExpandNearZeroBase::ActExpandNearZeroBase;

  void runOnOperation() override { expandNearZero(getOperation(), isF64); }
};
} // namespace

} // namespace actin
