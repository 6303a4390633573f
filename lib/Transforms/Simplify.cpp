//===- Simplify.cpp - Algebra that makes formulas shorter -----------------===//
//
// In: a function over !act.real. Out: the same function, its body rebuilt from
// the normal form of SimplifyGraph.h.
//
//===----------------------------------------------------------------------===//

#include "Transforms/Simplify.h"

#include "Dialect/Act/ExprKinds.h"
#include "Transforms/Passes.h"
#include "Transforms/SimplifyEmitter.h"
#include "actin/Dialect/Act/Act.h"

namespace actin {

#define GEN_PASS_DEF_ACTSIMPLIFY
#include "Transforms/Passes.h.inc"

using namespace mlir;

/// True where every operation but the terminator is of the act dialect.
static bool isFormula(func::FuncOp function) {
  return llvm::hasSingleElement(function.getBody()) &&
         llvm::all_of(function.front().without_terminator(), [](Operation &op) {
           return act::getExprKind(&op).has_value();
         });
}

/// One pass over the function: into the normal form and back.
static void rebuild(func::FuncOp function, const SimplifyOptions &options) {
  using namespace simplifier;
  Graph graph(options);
  Block &block = function.front();
  Operation *terminator = block.getTerminator();
  OpBuilder builder(terminator);
  Emitter emitter(graph, builder, function.getLoc());
  llvm::DenseMap<Value, Id> ids;
  for (Value argument : block.getArguments())
    ids[argument] = graph.makeLeaf(argument, /*isArgument=*/true);
  for (Operation &op : block.without_terminator()) {
    Id id;
    if (auto constant = dyn_cast<act::ConstantOp>(op)) {
      id = graph.makeConstant(constant.getValue().getValue());
    } else {
      SmallVector<Id, 3> operands;
      for (Value operand : op.getOperands())
        operands.push_back(ids.lookup(operand));
      id = graph.makeOperation(*act::getExprKind(&op), operands);
    }
    emitter.setLocation(id, op.getLoc());
    ids[op.getResult(0)] = id;
    if (!op.getResult(0).hasOneUse())
      graph.setShared(id);
  }
  SmallVector<Id> results;
  for (Value result : terminator->getOperands())
    results.push_back(ids.lookup(result));
  SmallVector<Operation *> old;
  for (Operation &op : block.without_terminator())
    old.push_back(&op);
  std::vector<Value> emitted = emitter.emit(results);
  terminator->setOperands(emitted);
  for (Operation *op : llvm::reverse(old))
    op->erase();
}

void eraseDeadCode(Block &block) {
  SmallVector<Operation *> operations;
  for (Operation &op : block.without_terminator())
    operations.push_back(&op);
  for (Operation *op : llvm::reverse(operations))
    if (op->use_empty())
      op->erase();
}

void simplify(func::FuncOp function, const SimplifyOptions &options) {
  if (!isFormula(function))
    return;
  // The first round shows which values are shared; the later ones use that.
  constexpr int maxRounds = 3;
  size_t before = 0;
  for (int round = 0; round < maxRounds; ++round) {
    rebuild(function, options);
    eraseDeadCode(function.front());
    size_t after = function.front().getOperations().size();
    if (round > 0 && after >= before)
      return;
    before = after;
  }
}

namespace {

struct SimplifyPass : impl::ActSimplifyBase<SimplifyPass> {
  using ActSimplifyBase::ActSimplifyBase;
  void runOnOperation() override {
    simplify(getOperation(), {foldIrrational, cancelFactors, readable});
  }
};

} // namespace

} // namespace actin
