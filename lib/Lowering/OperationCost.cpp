//===- OperationCost.cpp - What a kernel costs ----------------------------===//
//
// Counted in the code of kernels for AVX-512.
//
//===----------------------------------------------------------------------===//

#include "Lowering/OperationCost.h"

#include "Lowering/OperationForms.h"
#include "Lowering/PrecisionAnalysis.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

namespace actin {

using mlir::Operation;

/// A shift of 1 or -1 is part of a fused product.
static double getTailCost(act::PiecewiseOp op) {
  auto tail = op.getTail();
  if (!tail)
    return 0;
  bool hasSquare = (*tail)[1] != 0 || (*tail)[2] != 0;
  if (op.getTimesX())
    return 4;
  bool isFused = std::fabs((*tail)[0]) == 1 || (!hasSquare && (*tail)[0] == 0);
  return 2 + !isFused + (hasSquare ? 4 : 0);
}

static double getPiecewiseCost(act::PiecewiseOp op) {
  double numPowers = op.getCoefficients().size() / 32.0;
  bool isFolded = op.getFirst() == 0;
  return 4 + 2 * numPowers + 2 * !isFolded + (op.getOdd() ? 1 : 0) +
         (op.getHalving() ? 3 : 0) + (op.getTimesX() ? 2 : 0) +
         getTailCost(op) + (op.getComplement() ? 2 : 0) +
         (op.getExponent() ? 12 : 0) + (op.getExponentSide() != 0 ? 2 : 0) +
         (op.getLowSlopes() ? 2 : 0);
}

/// In f32.
static double getSingleCost(Operation *op) {
  return llvm::TypeSwitch<Operation *, double>(op)
      .Case<act::ConstantOp, act::NegOp, act::AbsOp>([](auto) { return 0; })
      .Case([](act::MulOp mul) {
        // Fused.
        return mul->hasOneUse() &&
                       isa<act::AddOp, act::SubOp>(*mul->getUsers().begin())
                   ? 0
                   : 1;
      })
      .Case<act::AddOp, act::SubOp, act::MinOp, act::MaxOp, act::WhereOp,
            act::CmpOp, act::AndOp, act::OrOp, act::NotOp>(
          [](auto) { return 1; })
      .Case<act::ClipOp, act::ClampOp>([](auto) { return 2; })
      .Case<act::DivOp>([](auto) { return 5; })
      .Case<act::SqrtOp>([](auto) { return 6; })
      .Case<act::PowOp>([&](auto) { return matchHalfPower(op) ? 2 : 50; })
      .Case<act::ExpOp, act::Exp2Op>([](auto) { return 11; })
      .Case<act::Expm1Op, act::LogOp, act::Log2Op, act::Log10Op>(
          [](auto) { return 16; })
      .Case<act::SigmoidOp>([](auto) { return 18; })
      .Case<act::Log1pOp>([](auto) { return 20; })
      .Case<act::TanhOp, act::ErfOp, act::NormpdfOp>([](auto) { return 22; })
      .Case<act::PiecewiseOp>([](act::PiecewiseOp piecewise) {
        return getPiecewiseCost(piecewise);
      })
      .Default([](Operation *) { return 30; });
}

static double getPairCost(Operation *op) {
  return llvm::TypeSwitch<Operation *, double>(op)
      .Case<act::AddOp, act::SubOp>([](auto) { return 5; })
      .Case<act::MulOp>([](auto) { return 4; })
      .Case<act::DivOp>([](auto) { return 11; })
      .Default([](Operation *other) { return 1.6 * getSingleCost(other); });
}

double estimateCost(mlir::func::FuncOp kernel) {
  PrecisionPlan plan =
      analyzePrecision(kernel, ComputePrecision::F32, /*tableSize=*/32);
  mlir::Block &block = kernel.getBody().front();
  llvm::DenseSet<Operation *> isLive;
  double cost = 0;
  for (Operation &op : llvm::reverse(block)) {
    bool isEnd = &op == block.getTerminator();
    if (!isEnd && !isLive.contains(&op))
      continue;
    for (mlir::Value operand : op.getOperands())
      if (Operation *definition = operand.getDefiningOp())
        isLive.insert(definition);
    if (isEnd)
      continue;
    switch (plan.get(op.getResult(0))) {
    case Precision::Single:
      cost += getSingleCost(&op);
      break;
    case Precision::Pair:
      cost += getPairCost(&op);
      break;
    case Precision::Wide:
      cost += 3 * getSingleCost(&op);
      break;
    }
  }
  return cost;
}

} // namespace actin
