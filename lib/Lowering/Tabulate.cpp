//===- Tabulate.cpp - Functions of one input as tables --------------------===//
//
// A function that is linear beyond some distance is a table of polynomials, in
// f32. One that vanishes as an exponential of its own does is a table times
// that exponential, whose argument is one of those in the formula.
//
// Nothing narrower than the distance of two samples may hide between them: the
// arguments of elementary functions, whose natural scale is 1, move by less
// than that from one sample to the next.
//
//===----------------------------------------------------------------------===//

#include "Lowering/Tabulate.h"

#include "Lowering/FunctionParts.h"
#include "Lowering/OperationCost.h"
#include "Lowering/PiecewiseFunction.h"
#include "Lowering/PrecisionAnalysis.h"
#include "Lowering/SampledFunction.h"

#include "Dialect/Act/RealBuilder.h"
#include "Transforms/IndependentFactors.h"
#include "Transforms/Region.h"
#include "Transforms/Simplify.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/SetVector.h"

#include <cmath>

namespace actin {

using mlir::Operation;
using mlir::Value;

void markSmoothResults(mlir::func::FuncOp kernel) {
  auto isSmoothCone = [](Value result) {
    return llvm::all_of(collectCone(result), [&](Value value) {
      Operation *op = value.getDefiningOp();
      return !op || isa<act::ConstantOp>(op) ||
             isSmooth(op, /*throughMagnitudes=*/false);
    });
  };
  Operation *terminator = kernel.getBody().front().getTerminator();
  for (auto [i, result] : llvm::enumerate(terminator->getOperands()))
    if (isSmoothCone(result))
      kernel.setResultAttr(i, act::smoothAttrName,
                           mlir::UnitAttr::get(kernel.getContext()));
}

namespace {

/// An exponential that a function may vanish with.
struct Decay {
  Value argument; ///< Null: there is none.
  double scale = 1;
  PieceSide side = PieceSide::All;
};

class Tabulator {
public:
  explicit Tabulator(mlir::func::FuncOp kernel)
      : kernel(kernel), builder(kernel.getBody().front().getTerminator()) {}

  void run();

private:
  llvm::SmallVector<Decay> listDecays(Value value) const;
  std::optional<PiecewiseFunction> fit(Value value, const Decay &decay,
                                       bool isGradient);
  Value createExponent(const Decay &decay, const PiecewiseFunction &function,
                       Value variable, bool isScaled);
  Value createTable(Value value, bool isGradient, bool isScaled);
  bool isZeroAtZero(Value value) const;
  void replace(unsigned result);
  /// Of a kernel that is one; false where no table takes fewer operations.
  bool replacePart(bool isGradient);
  void replaceParts();

  mlir::func::FuncOp kernel;
  mlir::OpBuilder builder;    ///< At its end.
  std::optional<double> cost; ///< Of the kernel as it is.
};

/// One function at points that the fit chooses.
class Sampler {
public:
  Sampler(mlir::func::FuncOp kernel, Value value, const Decay &decay);

  double evaluate(double x) {
    moveTo(x);
    return function.getValue(result);
  }
  double evaluateExponent(double x) {
    moveTo(x);
    return decay.argument ? decay.scale * function.getValue(argument) : 0.0;
  }
  bool isResolved(llvm::ArrayRef<double> points);

private:
  void moveTo(double x) {
    if (x == current)
      return;
    function.evaluateAt(x, std::max(result, argument));
    current = x;
  }

  SampledFunction<double> function;
  const Decay &decay;
  unsigned result = 0, argument = 0;
  double current = std::numeric_limits<double>::quiet_NaN();
  /// Operands of elementary functions.
  llvm::SmallVector<unsigned> scales;
};

} // namespace

//===----------------------------------------------------------------------===//
// Sampler
//===----------------------------------------------------------------------===//

Sampler::Sampler(mlir::func::FuncOp kernel, Value value, const Decay &decay)
    : function(kernel), decay(decay) {
  llvm::SetVector<Value> cone = collectCone(value);
  for (unsigned i = 0, e = function.size(); i != e; ++i) {
    const auto &node = function.getNode(i);
    if (node.value == value)
      result = i;
    if (node.value == decay.argument)
      argument = i;
    Operation *op = node.value.getDefiningOp();
    if (cone.contains(node.value) && node.numOperands == 1 &&
        !isa<act::NegOp, act::AbsOp, act::LogOp, act::SqrtOp>(op))
      scales.push_back(node.operands[0]);
  }
}

/// `points` in order; beyond them the elementary functions' arguments go on as
/// they do there.
bool Sampler::isResolved(llvm::ArrayRef<double> points) {
  auto read = [&](double x) {
    moveTo(x);
    llvm::SmallVector<double> values;
    for (unsigned node : scales)
      values.push_back(function.getValue(node));
    return values;
  };
  llvm::SmallVector<double> previous = read(points.front());
  for (double x : points.drop_front()) {
    llvm::SmallVector<double> next = read(x);
    for (auto [from, to] : llvm::zip_equal(previous, next))
      if (!(std::fabs(to - from) <= 1))
        return false;
    previous = std::move(next);
  }
  for (double end : {points.front(), points.back()}) {
    llvm::SmallVector<double> directions(scales.size(), 0.0);
    previous = read(end);
    for (double x = 1.03 * end; std::fabs(x) < 1e4 && end != 0; x *= 1.03) {
      llvm::SmallVector<double> next = read(x);
      for (auto [direction, from, to] :
           llvm::zip_equal(directions, previous, next)) {
        if (direction * (to - from) < 0)
          return false;
        direction = to != from ? to - from : direction;
      }
      previous = std::move(next);
    }
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Tabulator
//===----------------------------------------------------------------------===//

/// The one input that `value` depends on; null where it depends on others, or
/// where it is too much to be evaluated that often.
static Value findVariable(Value value) {
  constexpr size_t maxValues = 128;
  Value variable;
  llvm::SetVector<Value> cone = collectCone(value);
  if (cone.size() > maxValues)
    return {};
  for (Value part : cone) {
    if (part.getDefiningOp())
      continue;
    if (variable || act::getRole(part) != "input")
      return {};
    variable = part;
  }
  return variable;
}

/// None, then those of the exponentials that `value` is made of.
llvm::SmallVector<Decay> Tabulator::listDecays(Value value) const {
  llvm::SmallVector<Decay> decays(1);
  llvm::SetVector<Value> seen;
  for (Value part : collectCone(value)) {
    Operation *op = part.getDefiningOp();
    if (!isa_and_nonnull<act::ExpOp, act::SigmoidOp, act::TanhOp,
                         act::SoftplusOp, act::Expm1Op>(op))
      continue;
    Value argument = op->getOperand(0);
    while (Operation *definition = argument.getDefiningOp()) {
      bool isHeld = isa<act::MinOp, act::MaxOp>(definition) &&
                    definition->getOperand(1).getDefiningOp<act::ConstantOp>();
      if (!isHeld && !isa<act::NegOp, act::AbsOp>(definition))
        break;
      argument = definition->getOperand(0);
    }
    constexpr size_t maxArguments = 3;
    if (seen.size() == maxArguments || !seen.insert(argument))
      continue;
    double scale = isa<act::TanhOp>(op) ? 2 : 1;
    for (double sign : {1, -1})
      for (PieceSide side :
           {PieceSide::All, PieceSide::Below, PieceSide::Above})
        decays.push_back({argument, sign * scale, side});
  }
  return decays;
}

/// From where on e^exponent times anything moderate is 0, to 2 %; infinite:
/// nowhere.
static double findVanishing(llvm::function_ref<double(double)> exponent,
                            double sign) {
  constexpr double vanishing = -112, farthest = 1e4;
  double last = 0.25;
  while (!(exponent(sign * last) <= vanishing))
    if ((last *= 2) > farthest)
      return std::numeric_limits<double>::infinity();
  for (double first = last / 2; last > 1.02 * first;) {
    double middle = (first + last) / 2;
    (exponent(sign * middle) <= vanishing ? last : first) = middle;
  }
  return last;
}

/// The rate for which `exponent` is -rate x; 0 where there is none.
static double findRate(llvm::function_ref<double(double)> exponent) {
  double rate = -exponent(1);
  for (double x : {0.125, 3.0, 17.0})
    if (!(std::fabs(exponent(x) + rate * x) <= 1e-14 * rate * x))
      return 0;
  return rate;
}

using Symmetry = PiecewiseFunction::Symmetry;

/// True where f(-x) is what the symmetry makes of f(x), but for what f32 does
/// not show.
static bool isSymmetricAt(Sampler &sampler, const PiecewiseFunction &function,
                          double x) {
  double right = sampler.evaluate(x), left = sampler.evaluate(-x);
  double tolerance = 4e-9 * std::max(std::fabs(right), std::fabs(left));
  switch (function.symmetry) {
  case Symmetry::None:
    return true;
  case Symmetry::Even:
    return std::fabs(right - left) <= tolerance;
  case Symmetry::Odd:
    return std::fabs(right + left) <= tolerance;
  case Symmetry::ComplementAbove:
  case Symmetry::ComplementBelow:
    return std::fabs(right + left - function.complement) <= tolerance;
  }
  return false;
}

/// A function with the symmetry that `sampler`'s seems to have, and no pieces
/// yet.
static PiecewiseFunction findSymmetry(Sampler &sampler) {
  PiecewiseFunction result;
  result.complement = sampler.evaluate(0) * 2;
  constexpr double far = 64;
  Symmetry complement =
      std::fabs(sampler.evaluate(-far)) < std::fabs(sampler.evaluate(far))
          ? Symmetry::ComplementAbove
          : Symmetry::ComplementBelow;
  bool isNumber = result.complement == float(result.complement);
  for (Symmetry symmetry : {Symmetry::Even, Symmetry::Odd,
                            isNumber ? complement : Symmetry::None}) {
    result.symmetry = symmetry;
    if (llvm::all_of(
            std::initializer_list<double>{0.01, 0.37, 0.91, 1.7, 3.3},
            [&](double x) { return isSymmetricAt(sampler, result, x); }))
      return result;
  }
  result.symmetry = Symmetry::None;
  return result;
}

std::optional<PiecewiseFunction> Tabulator::fit(Value value, const Decay &decay,
                                                bool isGradient) {
  Sampler sampler(kernel, value, decay);
  PiecewiseFunction result = findSymmetry(sampler);
  bool isFolded = result.symmetry != Symmetry::None;
  // Only what is symmetric decays to both sides with one exponential; only what
  // decays is exact beside a complement.
  if (decay.argument ? (decay.side == PieceSide::All) != isFolded
                     : result.hasComplement())
    return std::nullopt;
  double sign = result.getSign();
  auto evaluate = [&](double x) { return sampler.evaluate(sign * x); };
  auto evaluateExponent = [&](double x) {
    return sampler.evaluateExponent(sign * x);
  };
  // A gradient may have an absolute error where it changes its sign at half or
  // twice the argument.
  auto allow = [&](double x) {
    double at = evaluate(x);
    bool isNextToRoot =
        isGradient && (at * evaluate(x / 2) < 0 || at * evaluate(2 * x) < 0);
    return isNextToRoot ? 0x1p-25 : 0.0;
  };
  PiecewiseProblem problem;
  problem.function = evaluate;
  problem.allowance = allow;
  problem.isHalf = isFolded;
  if (decay.argument) {
    problem.exponent = evaluateExponent;
    problem.exponentSide = decay.side;
    if (decay.side != PieceSide::Below)
      problem.most = findVanishing(evaluateExponent, 1);
    if (decay.side != PieceSide::Above && !isFolded)
      problem.least = -findVanishing(evaluateExponent, -1);
    if (std::isinf(problem.most) && std::isinf(problem.least))
      return std::nullopt;
  }
  std::optional<Pieces> pieces;
  if (problem.exponent && (isFolded || decay.side == PieceSide::Below)) {
    PiecewiseProblem halving = problem;
    halving.exponent = nullptr;
    halving.halvingRate =
        findRate([&](double x) { return evaluateExponent(isFolded ? x : -x); });
    if (halving.halvingRate > 0)
      pieces = fitPieces(halving);
  }
  if (!pieces)
    pieces = fitPieces(problem);
  if (!pieces)
    return std::nullopt;
  llvm::SmallVector<double> points;
  constexpr int pointsPerPiece = 12;
  double limit = pieces->getLast(), step = pieces->step / pointsPerPiece;
  for (double x = isFolded ? -limit : pieces->getFirst(); x <= limit; x += step)
    points.push_back(x);
  if (!sampler.isResolved(points) || !llvm::all_of(points, [&](double x) {
        return isSymmetricAt(sampler, result, x);
      }))
    return std::nullopt;
  result.pieces = std::move(*pieces);
  if (!result.pieces.isHalving)
    result.exponentSide = decay.side;
  return result;
}

/// True for a bound that does not show between 0 and `end`.
static bool isIdleBetween(Operation &op, double end) {
  if (!isa<act::MinOp, act::MaxOp>(op))
    return false;
  auto bound = op.getOperand(1).getDefiningOp<act::ConstantOp>();
  double limit = bound ? bound.getValue().getValue().toDouble() : 0;
  return bound && (isa<act::MinOp>(op) ? limit >= std::max(end, 0.0)
                                       : limit <= std::min(end, 0.0));
}

/// The exponential's argument, of -|x| or |x| where the table is of |x|, and
/// held where that is. (Times a number as large as there is, where it
/// `isScaled`, what the table vanishes with would still be seen.)
Value Tabulator::createExponent(const Decay &decay,
                                const PiecewiseFunction &function,
                                Value variable, bool isScaled) {
  act::RealValue x(builder, decay.argument.getLoc(), variable);
  act::RealValue u = x.with(decay.argument);
  if (function.symmetry != Symmetry::None) {
    act::RealValue held = abs(x);
    if (!isScaled)
      held = min(held, function.pieces.most);
    Value argument = (function.getSign() < 0 ? -held : held).getValue();
    mlir::IRMapping mapping;
    mapping.map(variable, argument);
    llvm::SetVector<Value> cone = collectCone(decay.argument);
    for (Operation &op : *variable.getParentBlock()) {
      if (op.getNumResults() != 1 || isa<act::ConstantOp>(op) ||
          !cone.contains(op.getResult(0)))
        continue;
      Value first = mapping.lookupOrDefault(op.getOperand(0));
      double end = function.getSign() *
                   (isScaled ? std::numeric_limits<double>::infinity()
                             : function.pieces.most);
      if (first == argument && isIdleBetween(op, end))
        mapping.map(op.getResult(0), argument);
      else
        builder.clone(op, mapping);
    }
    u = x.with(mapping.lookup(decay.argument));
  }
  if (std::fabs(decay.scale) != 1)
    u = std::fabs(decay.scale) * u;
  return (decay.scale < 0 ? -u : u).getValue();
}

/// The table of `value`, made after it; null where there is none.
Value Tabulator::createTable(Value value, bool isGradient, bool isScaled) {
  Value variable = findVariable(value);
  if (!variable || !value.getDefiningOp())
    return {};
  for (const Decay &decay : listDecays(value)) {
    std::optional<PiecewiseFunction> function = fit(value, decay, isGradient);
    if (!function)
      continue;
    Value exponent = decay.argument && !function->pieces.isHalving
                         ? createExponent(decay, *function, variable, isScaled)
                         : Value();
    return function->create(builder, value.getLoc(), exponent, variable);
  }
  return {};
}

/// Of what is, a subnormal variable makes a subnormal number, of few digits.
bool Tabulator::isZeroAtZero(Value value) const {
  Decay none;
  return Sampler(kernel, value, none).evaluate(0) == 0;
}

void Tabulator::replace(unsigned result) {
  Operation *terminator = builder.getBlock()->getTerminator();
  Value whole = terminator->getOperand(result), value = whole;
  llvm::SmallVector<Value> arguments = peelIndependentFactors(value);
  bool isScaled = llvm::any_of(arguments, [](Value argument) {
    return act::getRole(argument) == "input";
  });
  if (isScaled && findVariable(value) && isZeroAtZero(value))
    return;
  auto role =
      kernel.getResultAttrOfType<mlir::StringAttr>(result, act::roleAttrName);
  Value table =
      createTable(value, role && role.getValue() != "forward", isScaled);
  if (!table)
    return;
  if (!cost)
    cost = estimateCost(kernel);
  for (Value argument : llvm::reverse(arguments))
    table = act::MulOp::create(builder, whole.getLoc(), argument, table);
  terminator->setOperand(result, table);
  double costWithTable = estimateCost(kernel);
  if (costWithTable < *cost)
    cost = costWithTable;
  else
    terminator->setOperand(result, whole);
}

bool Tabulator::replacePart(bool isGradient) {
  constexpr double costOfLeastTable = 18;
  mlir::OpOperand &result =
      builder.getBlock()->getTerminator()->getOpOperand(0);
  double costAsIs = estimateCost(kernel);
  if (costAsIs < costOfLeastTable || isZeroAtZero(result.get()))
    return false;
  Value table = createTable(result.get(), isGradient, /*isScaled=*/true);
  if (table)
    result.set(table);
  eraseDeadCode(*builder.getBlock());
  return table && estimateCost(kernel) < costAsIs;
}

void Tabulator::replaceParts() {
  llvm::SmallVector<std::pair<Value, Value>> ofShared;
  for (const FunctionPart &part : findFunctionParts(kernel)) {
    mlir::OwningOpRef<mlir::func::FuncOp> function = extractPart(part);
    if (!Tabulator(*function).replacePart(part.isGradient))
      continue;
    if (part.isShared && !cost)
      cost = estimateCost(kernel);
    Value table = actin::replacePart(part, *function);
    if (part.isShared)
      ofShared.emplace_back(part.value, table);
  }
  // What they are made of may have to be there all the same.
  if (!ofShared.empty() && estimateCost(kernel) >= *cost)
    for (auto [value, table] : ofShared)
      table.replaceAllUsesWith(value);
}

void Tabulator::run() {
  for (unsigned i = 0, e = kernel.getNumResults(); i != e; ++i)
    if (kernel.getResultAttr(i, act::smoothAttrName))
      replace(i);
  replaceParts();
  eraseDeadCode(kernel.getBody().front());
}

void tabulate(mlir::func::FuncOp kernel) { Tabulator(kernel).run(); }

} // namespace actin
