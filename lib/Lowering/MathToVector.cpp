//===- MathToVector.cpp - Reals to vectors of floating point --------------===//
//
// Walks the function once. Each operation is emitted at the precision that the
// plan asks for: rounded to the compute type, as a pair, or (for f32) in f64.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathToVector.h"

#include "Lowering/MathLowering.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using mlir::Operation;

namespace actin {

Precision MathLowering::computeLevel(Operation &op) const {
  Precision level = plan.get(op.getResult(0));
  for (Value operand : op.getOperands()) {
    Precision held = plan.get(operand);
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

void MathLowering::findUniformValues(mlir::func::FuncOp kernel) {
  for (mlir::BlockArgument argument : kernel.getArguments()) {
    auto role = kernel.getArgAttrOfType<mlir::StringAttr>(
        argument.getArgNumber(), "act.role");
    if (role &&
        (role.getValue() == "parameter" || role.getValue() == "channel"))
      uniform.insert(argument);
  }
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (llvm::all_of(op.getOperands(),
                     [&](Value value) { return uniform.contains(value); }))
      uniform.insert(op.getResults().begin(), op.getResults().end());
}

mlir::LogicalResult MathLowering::lower(Operation &op) {
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
  if (emitTruth(op) || emitArithmetic(op, wide))
    return mlir::success();
  if (emitFunction(op, wide)) {
    if (!wide)
      passTinyExponent(op);
    return mlir::success();
  }
  return op.emitError("no vector lowering for this operation");
}

/// NaN stays NaN: it is the second operand of both. A product whose other
/// factor is 0 wherever this one matters gets room for the mantissas of both;
/// an f32 exponential ends at 2^-398, which makes 0 of anything up to 2^240.
Value MathLowering::keepFinite(Operation &op, unsigned k, Value vector) {
  double largest = VectorBuilder::isF64(vector)
                       ? std::numeric_limits<double>::max()
                       : std::numeric_limits<float>::max();
  if (isa<act::MulOp>(op))
    largest = VectorBuilder::isF64(vector) && !isF64 ? 0x1p240 : largest / 16;
  if (plan.mustBeFinite(op.getOpOperand(k), /*negative=*/true))
    vector = b.maxFast(b.like(vector, -largest), vector);
  if (plan.mustBeFinite(op.getOpOperand(k), /*negative=*/false))
    vector = b.minFast(b.like(vector, largest), vector);
  return vector;
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

bool MathLowering::emitTruth(Operation &op) {
  auto mask = [&](unsigned k) { return values.getMask(op.getOperand(k)); };
  Value result =
      llvm::TypeSwitch<Operation *, Value>(&op)
          .Case([&](act::CmpOp cmp) {
            bool wide = !isF64 && (values.hasWide(op.getOperand(0)) ||
                                   values.hasWide(op.getOperand(1)));
            return b.compare(toCompare(cmp.getPredicate()),
                             operand(op, 0, wide), operand(op, 1, wide));
          })
          .Case([&](act::AndOp) { return b.maskAnd(mask(0), mask(1)); })
          .Case([&](act::OrOp) { return b.maskOr(mask(0), mask(1)); })
          .Case([&](act::NotOp) { return b.maskNot(mask(0)); })
          .Default([](Operation *) { return Value(); });
  if (result)
    values.setMask(op.getResult(0), result);
  return bool(result);
}

/// Where only products and functions follow, or sums before those, nobody reads
/// the high part alone.
bool MathLowering::isLoosePair(Operation &op, unsigned depth) const {
  return plan.get(op.getResult(0)) == Precision::Pair &&
         llvm::all_of(op.getUsers(), [&](Operation *user) {
           return acceptsPair(user) || isa<act::MulOp, act::NegOp>(user) ||
                  (depth != 0 && isa<act::AddOp, act::SubOp>(user) &&
                   isLoosePair(*user, depth - 1));
         });
}

bool MathLowering::emitPair(Operation &op) {
  auto pair = [&](unsigned k) {
    ValuePair held = values.getPair(op.getOperand(k));
    held.high = keepFinite(op, k, held.high);
    return held;
  };
  bool isLoose = isLoosePair(op, /*depth=*/3);
  auto multiply = [&](const ValuePair &x, const ValuePair &y) {
    return isLoose ? mulPairsLoosely(b, x, y) : mulPairs(b, x, y);
  };
  auto add = [&](const ValuePair &x, const ValuePair &y) {
    return isLoose ? addPairsLoosely(b, x, y) : addPairs(b, x, y);
  };
  auto power = [&](act::PowOp) -> ValuePair {
    const Real *exponent = values.getConstant(op.getOperand(1));
    std::optional<int64_t> n = exponent ? exponent->asInteger() : std::nullopt;
    if (!n || *n < 1 || *n > 8)
      return {};
    ValuePair result = pair(0);
    for (int64_t i = 1; i != *n; ++i)
      result = multiply(result, pair(0));
    return result;
  };
  ValuePair result =
      llvm::TypeSwitch<Operation *, ValuePair>(&op)
          .Case([&](act::AddOp) { return add(pair(0), pair(1)); })
          .Case([&](act::SubOp) { return add(pair(0), negPair(b, pair(1))); })
          .Case([&](act::MulOp) { return multiply(pair(0), pair(1)); })
          .Case([&](act::DivOp) { return divPairs(b, pair(0), pair(1)); })
          .Case([&](act::NegOp) { return negPair(b, pair(0)); })
          .Case([&](act::AbsOp) { return absPair(b, pair(0)); })
          .Case([&](act::SqrtOp) { return sqrtPair(b, pair(0)); })
          .Case([&](act::WhereOp) {
            return selectPairs(b, values.getMask(op.getOperand(0)), pair(1),
                               pair(2));
          })
          .Case<act::ClipOp, act::ClampOp>([&](auto) {
            return minPairs(b, maxPairs(b, pair(0), pair(1)), pair(2));
          })
          .Case([&](act::MinOp) { return minPairs(b, pair(0), pair(1)); })
          .Case([&](act::MaxOp) { return maxPairs(b, pair(0), pair(1)); })
          .Case(power)
          .Default([](Operation *) { return ValuePair{}; });
  if (!result.high)
    return false;
  // Not asked to be held as a pair: rounded, which the high part is.
  if (plan.get(op.getResult(0)) == Precision::Single)
    values.setPlain(op.getResult(0), result.high);
  else
    values.setPair(op.getResult(0), result);
  return true;
}

//===----------------------------------------------------------------------===//
// The function around the operations
//===----------------------------------------------------------------------===//

/// A sum keeps what it has beyond f32: its accumulators are f64.
static bool isSum(mlir::func::FuncOp kernel, unsigned result) {
  auto role = kernel.getResultAttrOfType<mlir::StringAttr>(result, "act.role");
  return role && role.getValue().ends_with("sum");
}

mlir::LogicalResult lowerMathToVector(mlir::func::FuncOp kernel,
                                      const MathLoweringOptions &options) {
  mlir::Block &reals = kernel.getBody().front();
  Operation *terminator = reals.getTerminator();
  mlir::OpBuilder builder(terminator);
  MathLowering lowering(builder, kernel, options);
  LoweredValues &values = lowering.getValues();

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
  for (unsigned i = 0, e = terminator->getNumOperands(); i != e; ++i) {
    Value real = terminator->getOperand(i);
    bool keepWide = isSum(kernel, i) && values.hasWide(real);
    results.push_back(keepWide ? values.getWide(real) : values.getPlain(real));
  }
  mlir::func::ReturnOp::create(builder, terminator->getLoc(), results);
  reals.erase();
  kernel.setFunctionType(builder.getFunctionType(
      vectors->getArgumentTypes(), mlir::ValueRange(results).getTypes()));
  return mlir::success();
}

} // namespace actin
