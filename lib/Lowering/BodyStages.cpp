//===- BodyStages.cpp - A vector body cut for pipelining ------------------===//

#include "Lowering/BodyStages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace actin {

namespace {

/// Cycles, as of a recent core.
unsigned getLatency(Operation &op) {
  return llvm::TypeSwitch<Operation *, unsigned>(&op)
      .Case<arith::ConstantOp, vector::BroadcastOp>([](auto) { return 0; })
      .Case<arith::AddFOp, arith::SubFOp>([](auto) { return 3; })
      .Case<arith::MulFOp, math::FmaOp, math::RoundEvenOp,
            LLVM::CallIntrinsicOp, arith::ExtFOp, arith::TruncFOp>(
          [](auto) { return 4; })
      .Case<arith::DivFOp>([](auto) { return 12; })
      .Case<math::SqrtOp>([](auto) { return 18; })
      .Default([](Operation *) { return 2; });
}

/// One instruction with what uses it, or none.
bool isFused(Operation *op) {
  return isa<arith::NegFOp, arith::CmpFOp, arith::BitcastOp>(op);
}

/// Shorter stages gain nothing, and hand on more.
constexpr unsigned leastStageLatency = 15;
constexpr unsigned maxStages = 5;

/// Places each operation as late as what uses it allows, and cuts there.
class StageCutter {
public:
  StageCutter(func::FuncOp body, BodyStages::IsVarying isVarying);

  unsigned getMostStages() const {
    return hasRegions ? 1
                      : std::clamp(latency / leastStageLatency, 1u, maxStages);
  }
  /// The last cycle of each of `numStages` stages but the last.
  llvm::SmallVector<unsigned> chooseBoundaries(unsigned numStages) const;
  /// What is made up to `boundary` and used later.
  llvm::SmallVector<Value> getCrossing(unsigned boundary) const;
  unsigned countCrossing(llvm::ArrayRef<unsigned> boundaries) const;
  llvm::ArrayRef<Operation *> getOperations() const { return operations; }
  /// The cycle at which it is done.
  unsigned getEnd(Operation *op) const { return ends.lookup(op); }

private:
  void collect(func::FuncOp body);
  void placeLate();
  bool isCrossing(Value value, unsigned boundary) const;

  BodyStages::IsVarying isVarying;
  llvm::SmallVector<Value> values; ///< Arguments and results that vary.
  llvm::SmallVector<Operation *> operations;
  llvm::DenseMap<Operation *, unsigned> ends;
  unsigned latency = 0; ///< Of the longest chain.
  bool hasRegions = false;
};

StageCutter::StageCutter(func::FuncOp body, BodyStages::IsVarying isVarying)
    : isVarying(isVarying) {
  collect(body);
  placeLate();
}

void StageCutter::collect(func::FuncOp body) {
  llvm::copy_if(body.getArguments(), std::back_inserter(values), isVarying);
  for (Operation &op : body.getBody().front().without_terminator()) {
    if (op.getNumResults() == 0 || !isVarying(op.getResult(0)))
      continue;
    unsigned start = 0;
    for (Value operand : op.getOperands())
      if (Operation *definition = operand.getDefiningOp())
        start = std::max(start, ends.lookup(definition));
    ends[&op] = start + getLatency(op);
    latency = std::max(latency, ends[&op]);
    hasRegions |= op.getNumRegions() != 0;
    operations.push_back(&op);
    llvm::append_range(values, op.getResults());
  }
}

void StageCutter::placeLate() {
  for (Operation *op : llvm::reverse(operations)) {
    unsigned end = latency;
    for (Operation *user : op->getUsers())
      if (auto it = ends.find(user); it != ends.end())
        end = std::min(end, isFused(op) ? it->second
                                        : it->second - getLatency(*user));
    ends[op] = end;
  }
}

bool StageCutter::isCrossing(Value value, unsigned boundary) const {
  Operation *op = value.getDefiningOp();
  return (!op || getEnd(op) <= boundary) &&
         llvm::any_of(value.getUsers(), [&](Operation *user) {
           auto it = ends.find(user);
           return it == ends.end() || it->second > boundary;
         });
}

llvm::SmallVector<Value> StageCutter::getCrossing(unsigned boundary) const {
  llvm::SmallVector<Value> crossing;
  llvm::copy_if(values, std::back_inserter(crossing),
                [&](Value value) { return isCrossing(value, boundary); });
  return crossing;
}

unsigned StageCutter::countCrossing(llvm::ArrayRef<unsigned> boundaries) const {
  unsigned count = 0;
  for (unsigned boundary : boundaries)
    count += getCrossing(boundary).size();
  return count;
}

/// Near equal parts, where the fewest values cross.
llvm::SmallVector<unsigned>
StageCutter::chooseBoundaries(unsigned numStages) const {
  llvm::SmallVector<unsigned> boundaries;
  for (unsigned i = 1; i != numStages; ++i) {
    unsigned middle = latency * i / numStages;
    unsigned reach = latency / (numStages * 5);
    unsigned best = middle - reach;
    for (unsigned cycle = best + 1; cycle <= middle + reach; ++cycle)
      if (countCrossing(cycle) < countCrossing(best))
        best = cycle;
    boundaries.push_back(best);
  }
  return boundaries;
}

} // namespace

BodyStages::BodyStages(func::FuncOp body, IsVarying isVarying,
                       unsigned maxLiveIn) {
  StageCutter cutter(body, isVarying);
  unsigned numStages = cutter.getMostStages();
  llvm::SmallVector<unsigned> boundaries = cutter.chooseBoundaries(numStages);
  while (numStages > 1 && cutter.countCrossing(boundaries) > maxLiveIn)
    boundaries = cutter.chooseBoundaries(--numStages);
  stages.resize(numStages);
  for (Operation *op : cutter.getOperations()) {
    unsigned stage = llvm::count_if(boundaries, [&](unsigned boundary) {
      return cutter.getEnd(op) > boundary;
    });
    stages[stage].operations.push_back(op);
  }
  for (unsigned i = 1; i != numStages; ++i)
    stages[i].liveIn = cutter.getCrossing(boundaries[i - 1]);
}

} // namespace actin
