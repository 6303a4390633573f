//===- MathToVector.cpp - Reals to vectors of floating point --------------===//
//
// Walks the function once. Each operation is emitted at the precision that the
// plan asks for: rounded to the compute type, as a pair, or (for f32) in f64.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathToVector.h"

#include "Lowering/LeavesF64.h"
#include "Lowering/MathLowering.h"
#include "Lowering/Tabulate.h"
#include "Lowering/ZeroOverZero.h"

#include "Transforms/Simplify.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using mlir::Operation;

namespace actin {

Precision MathLowering::computeLevel(Operation &op) const {
  Precision level = plan.get(op.getResult(0));
  for (mlir::OpOperand &use : op.getOpOperands()) {
    Value operand = use.get();
    Precision held = plan.get(operand);
    if (plan.dropsLow(use))
      held = Precision::Single;
    if ((held == Precision::Pair && acceptsPair(&op)) || narrowsArgument(&op))
      continue;
    level = std::max(level, held);
    // What was computed wide and is out of range may come back into it.
    if (!isF64 && isa<act::AddOp, act::SubOp>(op) && values.hasWide(operand) &&
        !values.getConstant(operand))
      level = Precision::Wide;
  }
  if (isF64 && level == Precision::Wide)
    level = Precision::Pair;
  if (level == Precision::Pair && !isPairArithmetic(&op))
    level = Precision::Single;
  return level;
}

bool MathLowering::isTakenInByUsers(Operation &op) const {
  if (!isa<act::NormcdfOp, act::NormpdfOp, act::MulOp>(op) || op.use_empty())
    return false;
  return llvm::all_of(op.getUsers(), [&](Operation *user) {
    if (plan.get(op.getResult(0)) != Precision::Single || plan.isExtended(&op))
      return false;
    if (auto product = dyn_cast<act::MulOp>(user))
      return matchFastTailMoment(product) || isTakenInByUsers(*user);
    return matchTailMinusMoment(user) && !plan.isExtended(user) &&
           computeLevel(*user) == Precision::Single;
  });
}

mlir::LogicalResult MathLowering::lower(Operation &op) {
  if (isTakenInByUsers(op))
    return mlir::success();
  if (mlir::failed(lowerAsPlanned(op)))
    return mlir::failure();
  if (isa<act::ExpOp, act::Exp2Op, act::SoftplusOp, act::SigmoidOp,
          act::Expm1Op, act::SinhOp, act::CoshOp>(op) &&
      !plan.isExtended(&op) &&
      llvm::any_of(op.getUsers(),
                   [&](Operation *user) { return plan.isExtended(user); }))
    extendExponential(op);
  if (plan.passesEnd(&op) && !values.hasWide(op.getResult(0)))
    holdToLargest(op);
  // At infinity, which a function of a narrow number takes for one.
  if (isa<act::SoftplusOp, act::LogsigmoidOp>(op))
    if (double bound = plan.getHeldBound(op.getOperand(0)))
      values.setHeld(op.getResult(0), bound);
  return mlir::success();
}

mlir::LogicalResult MathLowering::lowerAsPlanned(Operation &op) {
  b.setLocation(op.getLoc());
  if (auto constant = dyn_cast<act::ConstantOp>(op)) {
    values.setConstant(op.getResult(0), constant.getValue().getValue());
    return mlir::success();
  }
  if (plan.isExtended(&op)) {
    emitExtended(op);
    return mlir::success();
  }
  Precision level = computeLevel(op);
  bool wide = level == Precision::Wide;
  if (level == Precision::Pair && emitPair(op))
    return mlir::success();
  if (emitPiecewise(op) || emitTruth(op) || emitArithmetic(op, wide))
    return mlir::success();
  if ((!wide && emitPairFunction(op)) || emitFunction(op, wide)) {
    if (!wide) {
      takeExtendedLogarithm(op);
      passTinyExponent(op);
    }
    return mlir::success();
  }
  return op.emitError("no vector lowering for this operation");
}

/// x x, x^2 and the like.
static bool isEvenPower(Value value) {
  if (auto product = value.getDefiningOp<act::MulOp>())
    return product.getLhs() == product.getRhs();
  auto power = value.getDefiningOp<act::PowOp>();
  auto exponent =
      power ? power.getRhs().getDefiningOp<act::ConstantOp>() : nullptr;
  std::optional<int64_t> number =
      exponent ? exponent.getValue().getValue().asInteger() : std::nullopt;
  return number && *number % 2 == 0;
}

/// NaN stays NaN: it is the second operand of both. A factor is held where the
/// other is 0; an exponential is none but by its exponent: there the factor
/// gets room for the mantissas of both, where it has no bound. Wide, it is
/// beyond f32 times any normal number, and four of them are numbers of f64;
/// with what stands for a tail they are none of f32. A number that is larger
/// yet, as x^3 may be, stays what it is.
Value MathLowering::keepFinite(Operation &op, unsigned k, Value vector) {
  mlir::OpOperand &use = op.getOpOperand(k);
  bool wide = VectorBuilder::isF64(vector) && !isF64;
  double largest = VectorBuilder::isF64(vector)
                       ? std::numeric_limits<double>::max()
                       : std::numeric_limits<float>::max();
  if (isa<act::MulOp>(op))
    largest = wide                  ? (values.keepsTails ? 0x1p240 : 0x1p255)
              : plan.needsRoom(&op) ? largest
                                    : largest / 16;
  Operation *source = use.get().getDefiningOp();
  // The exponent that it is beside goes no lower than finite values need.
  if (!wide && source && isa<act::MulOp>(op)) {
    double most = plan.getObservation(use.get()).largestFinite;
    largest = std::min(largest, std::max(1.0, 16 * most));
  }
  bool holds = false, areBounded = true;
  auto findBound = [&](bool negative) {
    double bound = wide ? 0 : plan.getFactorBound(use, negative);
    if (bound == 0 && plan.mustBeFinite(use, negative, wide)) {
      bound = largest;
      areBounded = false;
    }
    holds |= bound != 0;
    return bound;
  };
  Value held = vector;
  if (double bound = findBound(/*negative=*/true); bound != 0)
    held = b.maxFast(b.like(held, -bound), held);
  if (double bound = findBound(/*negative=*/false); bound != 0)
    held = b.minFast(b.like(held, bound), held);
  if (wide && holds && source) {
    double infinity = std::numeric_limits<double>::infinity();
    Value isNumber = b.compare(VectorBuilder::Compare::LT, b.abs(vector),
                               b.like(vector, infinity));
    held = b.select(isNumber, vector, held);
  }
  if (!holds || areBounded)
    return held;
  Value real = op.getOperand(isa<act::MulOp>(op) ? 1 - k : k);
  if (real == op.getOperand(k))
    return held;
  if (wide) {
    // What is wide has room in any case. A square is infinite on both sides,
    // of which one may be beside 0 alone.
    if (!isEvenPower(use.get()))
      return held;
    Value other = b.abs(values.getWide(real));
    Value isTiny =
        b.compare(VectorBuilder::Compare::LT, other, b.like(other, 0x1p-200));
    return b.select(isTiny, held, vector);
  }
  if (values.hasExponent(real)) {
    // That of x^2 is one beside a factor of moderate size: it is infinite on
    // both sides, where one of them alone is to be held.
    bool isLarge =
        llvm::any_of(std::array<bool, 2>{true, false}, [&](bool negative) {
          return plan.mustBeFinite(use, negative) &&
                 plan.isLargeInProduct(use, negative);
        });
    if (!isLarge && !op.getOperand(k).getDefiningOp<act::PowOp>())
      return held;
    Value exponent = values.getScaled(real).exponent;
    Value isSmall =
        b.compare(VectorBuilder::Compare::LT, exponent, b.like(exponent, -4.0));
    return b.select(isSmall, held, vector);
  }
  Value other = values.getPlain(real);
  Value isZero =
      b.compare(VectorBuilder::Compare::EQ, other, b.like(other, 0.0));
  return b.select(isZero, held, vector);
}

static VectorBuilder::Compare toCompare(act::CmpPredicate predicate) {
  switch (predicate) {
  case act::CmpPredicate::lt:
    return VectorBuilder::Compare::LT;
  case act::CmpPredicate::le:
    return VectorBuilder::Compare::LE;
  case act::CmpPredicate::gt:
    return VectorBuilder::Compare::GT;
  case act::CmpPredicate::ge:
    return VectorBuilder::Compare::GE;
  case act::CmpPredicate::eq:
    return VectorBuilder::Compare::EQ;
  case act::CmpPredicate::ne:
    return VectorBuilder::Compare::NE;
  }
  return VectorBuilder::Compare::EQ;
}

/// With a constant that the type has no number for, what is beyond the number
/// next to it.
Value MathLowering::emitComparison(act::CmpOp cmp) {
  using Compare = VectorBuilder::Compare;
  Operation &op = *cmp;
  bool wide = !isF64 && (values.hasWide(op.getOperand(0)) ||
                         values.hasWide(op.getOperand(1)));
  Compare predicate = toCompare(cmp.getPredicate());
  auto isPair = [&](Value side) {
    return plan.get(side) == Precision::Pair && !values.getConstant(side);
  };
  Value lhs = cmp.getLhs(), rhs = cmp.getRhs();
  if (!wide && (isPair(lhs) || isPair(rhs)))
    return comparePairs(predicate, lhs, rhs);
  std::array<Value, 2> sides = {operand(op, 0, wide), operand(op, 1, wide)};
  bool isOrder = predicate != Compare::EQ && predicate != Compare::NE;
  bool isLess = predicate == Compare::LT || predicate == Compare::LE;
  for (unsigned k : {0u, 1u}) {
    const Real *constant = values.getConstant(op.getOperand(k));
    if (!constant)
      continue;
    bool isDouble = isF64 || wide;
    double number =
        isDouble ? constant->toDouble() : double(constant->toFloat());
    if (Real(number) == *constant)
      continue;
    bool isAbove = isLess == (k == 1); // The number that is next.
    if (isOrder && (*constant < Real(number)) != isAbove) {
      double towards = isAbove ? INFINITY : -INFINITY;
      number = isDouble ? std::nextafter(number, towards)
                        : double(std::nextafterf(float(number), towards));
    }
    sides[k] = b.like(sides[k], isOrder ? number : NAN); // Equal to nothing.
    predicate = !isOrder ? predicate : isLess ? Compare::LT : Compare::GT;
  }
  return b.compare(predicate, sides[0], sides[1]);
}

bool MathLowering::emitTruth(Operation &op) {
  auto mask = [&](unsigned k) { return values.getMask(op.getOperand(k)); };
  Value result =
      llvm::TypeSwitch<Operation *, Value>(&op)
          .Case([&](act::CmpOp cmp) { return emitComparison(cmp); })
          .Case([&](act::AndOp) { return b.maskAnd(mask(0), mask(1)); })
          .Case([&](act::OrOp) { return b.maskOr(mask(0), mask(1)); })
          .Case([&](act::NotOp) { return b.maskNot(mask(0)); })
          .Default([](Operation *) { return Value(); });
  if (result)
    values.setMask(op.getResult(0), result);
  return bool(result);
}

//===----------------------------------------------------------------------===//
// The function around the operations
//===----------------------------------------------------------------------===//

/// A sum keeps what it has beyond f32: its accumulators are f64.
static bool isSum(mlir::func::FuncOp kernel, unsigned result) {
  auto role = kernel.getResultAttrOfType<mlir::StringAttr>(result, "act.role");
  return role && role.getValue().ends_with("sum");
}

Value MathLowering::getResult(Value real, bool keepsWide) {
  if (keepsWide && values.hasWide(real))
    return values.getWide(real);
  Value result = values.getPlain(real);
  return widens && !keepsWide ? b.narrow(result) : result;
}

mlir::LogicalResult lowerMathToVector(mlir::func::FuncOp kernel,
                                      const MathLoweringOptions &options) {
  mlir::Block &reals = kernel.getBody().front();
  Operation *terminator = reals.getTerminator();
  mlir::OpBuilder builder(terminator);
  if (options.analyzePrecision)
    defineZeroOverZero(kernel);
  bool widens = options.analyzePrecision && !options.isF64 && leavesF64(kernel);
  if (options.analyzePrecision && !widens &&
      VectorBuilder(builder, kernel.getLoc(), options.traits, options.numLanes)
          .hasFastTables(options.isF64))
    tabulate(kernel);
  MathLowering lowering(builder, kernel, options, widens);

  mlir::VectorType vectorType =
      getVectorType(options.isF64 ? mlir::Type(builder.getF64Type())
                                  : mlir::Type(builder.getF32Type()),
                    options.numLanes, options.traits);
  mlir::Block *vectors = new mlir::Block();
  kernel.getBody().push_back(vectors);
  builder.setInsertionPointToEnd(vectors);
  for (mlir::BlockArgument argument : reals.getArguments())
    lowering.setArgument(argument,
                         vectors->addArgument(vectorType, argument.getLoc()));
  for (Operation &op : reals.without_terminator())
    if (mlir::failed(lowering.lower(op)))
      return mlir::failure();

  llvm::SmallVector<Value> results;
  for (unsigned i = 0, e = terminator->getNumOperands(); i != e; ++i)
    results.push_back(
        lowering.getResult(terminator->getOperand(i), isSum(kernel, i)));
  mlir::func::ReturnOp::create(builder, terminator->getLoc(), results);
  // What is not there is not handed from stage to stage of a loop.
  eraseDeadCode(*vectors);
  reals.erase();
  kernel.setFunctionType(builder.getFunctionType(
      vectors->getArgumentTypes(), mlir::ValueRange(results).getTypes()));
  return mlir::success();
}

} // namespace actin
