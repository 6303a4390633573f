//===- Stabilize.cpp - Forms that neither overflow nor cancel -------------===//
//
// The order: local patterns first (they make erfc, normcdf and quotients that
// the normal form can work with), then the rational functions of exponentials,
// then the local patterns once more on what those left behind.
//
//===----------------------------------------------------------------------===//

#include "Transforms/Stabilize.h"
#include "Transforms/StabilizeImpl.h"

#include "Transforms/Passes.h"
#include "Transforms/Simplify.h"
#include "actin/Dialect/Act/Act.h"

namespace actin {

#define GEN_PASS_DEF_ACTSTABILIZE
#include "Transforms/Passes.h.inc"

enum class Stage { First, Last };

static void applyLocalPatterns(mlir::func::FuncOp function, Stage stage,
                               bool isF64) {
  mlir::RewritePatternSet patterns(function.getContext());
  populateStabilizePatterns(patterns);
  populateExpSumPatterns(patterns);
  if (stage == Stage::Last)
    populateNormalPatterns(patterns, isF64);
  (void)mlir::applyPatternsGreedily(function, std::move(patterns));
}

void stabilize(mlir::func::FuncOp function, bool isF64) {
  applyLocalPatterns(function, Stage::First, isF64);
  rationalizeExponentials(function);
  applyLocalPatterns(function, Stage::Last, isF64);
}

namespace {
struct StabilizePass : impl::ActStabilizeBase<StabilizePass> {
  using ActStabilizeBase::ActStabilizeBase;

  void runOnOperation() override { stabilize(getOperation(), isF64); }
};
} // namespace

} // namespace actin
