//===- BodyStages.cpp - A vector body cut for pipelining ------------------===//

#include "Lowering/BodyStages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"
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
  /// The stages that `op` is in: where it ends, or where it is used.
  llvm::SmallBitVector getStages(Operation *op,
                                 llvm::ArrayRef<unsigned> boundaries) const;

private:
  void collect(func::FuncOp body);
  void placeLate();
  /// One cheap operation on arguments.
  bool isRepeated(Operation *op) const;
  bool isCrossing(Value value, unsigned boundary) const;

  BodyStages::IsVarying isVarying;
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
  }
}

void StageCutter::placeLate() {
  for (Operation *op : llvm::reverse(operations)) {
    unsigned end = latency;
    for (Operation *user : op->getUsers())
      if (auto it = ends.find(user); it != ends.end())
        end = std::min(end, it->second - getLatency(*user));
    ends[op] = end;
  }
}

bool StageCutter::isRepeated(Operation *op) const {
  return getLatency(*op) <= 2 && llvm::all_of(op->getOperands(), [&](Value v) {
           return isa<BlockArgument>(v) || !isVarying(v);
         });
}

bool StageCutter::isCrossing(Value value, unsigned boundary) const {
  Operation *op = value.getDefiningOp();
  return ends.lookup(op) <= boundary && !isRepeated(op) &&
         llvm::any_of(value.getUsers(), [&](Operation *user) {
           auto it = ends.find(user);
           return it == ends.end() || it->second > boundary;
         });
}

llvm::SmallVector<Value> StageCutter::getCrossing(unsigned boundary) const {
  llvm::SmallVector<Value> crossing;
  for (Operation *op : operations)
    llvm::copy_if(op->getResults(), std::back_inserter(crossing),
                  [&](Value value) { return isCrossing(value, boundary); });
  return crossing;
}

llvm::SmallBitVector
StageCutter::getStages(Operation *op,
                       llvm::ArrayRef<unsigned> boundaries) const {
  auto stageOf = [&](Operation *of) -> unsigned {
    auto it = ends.find(of);
    if (it == ends.end()) // The return.
      return boundaries.size();
    return llvm::count_if(
        boundaries, [&](unsigned boundary) { return it->second > boundary; });
  };
  llvm::SmallBitVector stages(boundaries.size() + 1);
  if (!isRepeated(op))
    stages.set(stageOf(op));
  else
    for (Operation *user : op->getUsers())
      // What is repeated itself takes none but arguments.
      stages.set(stageOf(user));
  return stages;
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
  for (Operation *op : cutter.getOperations())
    for (unsigned stage : cutter.getStages(op, boundaries).set_bits())
      stages[stage].operations.push_back(op);
  Operation *results = body.getBody().front().getTerminator();
  for (unsigned i = 0; i != numStages; ++i) {
    for (BlockArgument argument : body.getArguments())
      if (isVarying(argument) &&
          llvm::any_of(argument.getUsers(), [&](Operation *user) {
            return llvm::is_contained(stages[i].operations, user) ||
                   (user == results && i + 1 == numStages);
          }))
        stages[i].arguments.push_back(argument);
    if (i != 0)
      stages[i].liveIn = cutter.getCrossing(boundaries[i - 1]);
  }
}

} // namespace actin
