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

static void applyLocalPatterns(mlir::func::FuncOp function, bool isLast) {
  mlir::RewritePatternSet patterns(function.getContext());
  populateStabilizePatterns(patterns);
  populateExpSumPatterns(patterns);
  if (isLast)
    populateNormalPatterns(patterns);
  (void)mlir::applyPatternsGreedily(function, std::move(patterns));
}

void stabilize(mlir::func::FuncOp function) {
  applyLocalPatterns(function, /*isLast=*/false);
  rationalizeExponentials(function);
  applyLocalPatterns(function, /*isLast=*/true);
}

namespace {
struct StabilizePass : impl::ActStabilizeBase<StabilizePass> {
  void runOnOperation() override { stabilize(getOperation()); }
};
} // namespace

} // namespace actin
