//===- Stages.cpp - The stages that every user of them shares -------------===//

#include "Compiler/Stages.h"

#include "Dialect/Act/ImportExpr.h"
#include "Lowering/Tabulate.h"
#include "Transforms/ExpandAtInfinity.h"
#include "Transforms/ExpandNearZero.h"
#include "Transforms/ExpandTails.h"
#include "Transforms/IndependentFactors.h"
#include "Transforms/PlanKernel.h"
#include "Transforms/Simplify.h"
#include "Transforms/Stabilize.h"

namespace actin {

mlir::FailureOr<mlir::func::FuncOp>
planOverReals(const Activation &activation, const KernelOutputs &outputs,
              const CompileOptions &options, mlir::ModuleOp module,
              llvm::function_ref<void(const char *)> mark,
              StabilizeListeners listeners) {
  auto imported = act::importActivation(activation, module);
  if (failed(imported))
    return mlir::failure();
  mark("import");
  if (options.stabilize == StabilizeMode::Auto)
    recognizeForms(*imported, listeners.rewrites);
  auto kernel = planKernel(*imported, outputs);
  if (failed(kernel))
    return mlir::failure();
  // The kernel holds all that it needs.
  for (mlir::Operation &op :
       llvm::make_early_inc_range(module.getBody()->getOperations()))
    if (&op != kernel->getOperation())
      op.erase();
  mark("differentiate");
  if (options.stabilize == StabilizeMode::Auto) {
    bool isF64 = options.type == DataType::F64;
    elideClamps(*kernel, isF64, listeners.clamps);
    markSmoothResults(*kernel);
    auto derived = copyForTails(*kernel);
    multiplyIndependentLast(*kernel);
    stabilize(*kernel, isF64, listeners.rewrites);
    SimplifyOptions folding;
    folding.foldIrrational = true;
    simplify(*kernel, folding);
    multiplyIndependentLast(*kernel);
    stabilizeNormal(*kernel, isF64, listeners.rewrites);
    expandNearZero(*kernel, isF64, listeners.rewrites);
    multiplyIndependentLast(*kernel);
    expandAtInfinity(*kernel, isF64, listeners.rewrites);
    restorePowers(*kernel, listeners.rewrites);
    if (derived)
      expandTails(*kernel, *derived, isF64, listeners.rewrites);
    stabilizePoles(*kernel, isF64, listeners.rewrites);
    multiplyIndependentLast(*kernel);
    mark("stabilize");
  }
  return *kernel;
}

MathLoweringOptions getMathOptions(const CompileOptions &options,
                                   const TargetTraits &traits) {
  MathLoweringOptions math;
  math.traits = traits;
  math.isF64 = options.type == DataType::F64;
  math.numLanes = traits.vectorBits / (math.isF64 ? 64 : 32);
  math.analyzePrecision = options.stabilize == StabilizeMode::Auto;
  return math;
}

} // namespace actin
