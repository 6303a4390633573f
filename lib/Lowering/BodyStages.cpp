//===- BodyStages.cpp - A vector body cut for pipelining ------------------===//

#include "Lowering/BodyStages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
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

/// Places each operation as late as what uses it allows, and cuts there.
class StageCutter {
public:
  StageCutter(func::FuncOp body, BodyStages::IsVarying isVarying);

  unsigned getMostStages(const PipelineTraits &traits) const {
    return hasRegions ? 1
                      : std::clamp(latency / traits.leastLatency, 1u,
                                   traits.maxStages);
  }
  /// The last cycle of each of `numStages` stages but the last.
  llvm::SmallVector<unsigned> chooseBoundaries(unsigned numStages) const;
  /// What is made up to `boundary` and used later; how many values that are.
  llvm::SmallVector<Value> getCrossing(unsigned boundary) const;
  unsigned countCrossing(llvm::ArrayRef<unsigned> boundaries) const;
  llvm::ArrayRef<Operation *> getOperations() const { return operations; }
  /// The stages that `op` is in: where it ends, or where it is used.
  llvm::SmallBitVector getStages(Operation *op,
                                 llvm::ArrayRef<unsigned> boundaries) const;

private:
  void collect(func::FuncOp body);
  void placeLate();
  void countCrossings();
  /// One cheap operation on arguments.
  bool isRepeated(Operation *op) const;
  /// The last cycle before which `value` is used.
  unsigned getLastUse(Value value) const;

  BodyStages::IsVarying isVarying;
  llvm::SmallVector<Operation *> operations;
  llvm::DenseMap<Operation *, unsigned> ends;
  llvm::SmallVector<unsigned> crossings; ///< By boundary: how many cross it.
  unsigned latency = 0;                  ///< Of the longest chain.
  bool hasRegions = false;
};

StageCutter::StageCutter(func::FuncOp body, BodyStages::IsVarying isVarying)
    : isVarying(isVarying) {
  collect(body);
  placeLate();
  countCrossings();
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

unsigned StageCutter::getLastUse(Value value) const {
  unsigned last = 0;
  for (Operation *user : value.getUsers()) {
    auto it = ends.find(user);
    last = std::max(last, it == ends.end() ? latency + 1 : it->second);
  }
  return last;
}

void StageCutter::countCrossings() {
  llvm::SmallVector<int> changes(latency + 2);
  for (Operation *op : operations)
    for (Value value : op->getResults())
      if (unsigned last = getLastUse(value);
          !isRepeated(op) && last > ends[op]) {
        ++changes[ends[op]];
        --changes[last];
      }
  int count = 0;
  for (int change : changes)
    crossings.push_back(count += change);
}

llvm::SmallVector<Value> StageCutter::getCrossing(unsigned boundary) const {
  llvm::SmallVector<Value> crossing;
  for (Operation *op : operations)
    if (ends.lookup(op) <= boundary && !isRepeated(op))
      llvm::copy_if(op->getResults(), std::back_inserter(crossing),
                    [&](Value value) { return getLastUse(value) > boundary; });
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
    count += crossings[boundary];
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
                       const PipelineTraits &traits, unsigned numRegisters) {
  StageCutter cutter(body, isVarying);
  unsigned numStages = cutter.getMostStages(traits);
  unsigned maxLiveIn = numRegisters * traits.handedOnEighths / 8;
  llvm::SmallVector<unsigned> boundaries = cutter.chooseBoundaries(numStages);
  while (numStages > 1 && cutter.countCrossing(boundaries) > maxLiveIn)
    boundaries = cutter.chooseBoundaries(--numStages);
  stages.resize(numStages);
  for (Operation *op : cutter.getOperations()) {
    llvm::SmallBitVector isIn = cutter.getStages(op, boundaries);
    for (unsigned stage : isIn.set_bits())
      stages[stage].operations.push_back(op);
  }
  for (unsigned i = 0; i != numStages; ++i) {
    llvm::SmallSetVector<Value, 4> arguments;
    auto addArguments = [&](Operation *op) {
      for (Value operand : op->getOperands())
        if (isa<BlockArgument>(operand) && isVarying(operand))
          arguments.insert(operand);
    };
    llvm::for_each(stages[i].operations, addArguments);
    if (i + 1 == numStages)
      addArguments(body.getBody().front().getTerminator());
    for (Value argument : arguments)
      stages[i].arguments.push_back(cast<BlockArgument>(argument));
    if (i != 0)
      stages[i].liveIn = cutter.getCrossing(boundaries[i - 1]);
  }
}

} // namespace actin
