//===- BodyStages.h - A vector body cut for pipelining ----------*- C++ -*-===//
//
// A processor looks only so far ahead: of a body with a long chain of dependent
// operations it sees few vectors' work at once, and waits. Cut into stages, of
// which one round of a loop runs each for another vector (software pipelining),
// the body shows it short chains that do not depend on each other.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_BODYSTAGES_H
#define ACTIN_LOWERING_BODYSTAGES_H

#include "Lowering/VectorBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace actin {

/// Stages of about equal latency; each takes the arguments that it uses, the
/// last one has the results.
class BodyStages {
public:
  /// `isVarying`: true for the arguments that change from vector to vector, and
  /// for what depends on them. There is one stage where chains are short, or an
  /// operation has a region. Deterministic.
  using IsVarying = llvm::function_ref<bool(mlir::Value)>;
  BodyStages(mlir::func::FuncOp body, IsVarying isVarying,
             const PipelineTraits &traits, unsigned numRegisters);

  unsigned size() const { return stages.size(); }
  /// In the body's order. What costs no more than to hand it on is in every
  /// stage that uses it.
  llvm::ArrayRef<mlir::Operation *> getOperations(unsigned stage) const {
    return stages[stage].operations;
  }
  /// The varying arguments that `stage` uses.
  llvm::ArrayRef<mlir::BlockArgument> getArguments(unsigned stage) const {
    return stages[stage].arguments;
  }
  /// What `stage` and those after it take from those before; of the first none.
  llvm::ArrayRef<mlir::Value> getLiveIn(unsigned stage) const {
    return stages[stage].liveIn;
  }

private:
  struct Stage {
    llvm::SmallVector<mlir::Operation *> operations;
    llvm::SmallVector<mlir::BlockArgument, 2> arguments;
    llvm::SmallVector<mlir::Value> liveIn;
  };

  llvm::SmallVector<Stage, 2> stages;
};

} // namespace actin

#endif // ACTIN_LOWERING_BODYSTAGES_H
