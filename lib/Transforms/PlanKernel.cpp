//===- PlanKernel.cpp - Everything that one kernel computes ---------------===//
//
// In: a formula and what is wanted of it. Out: one function with a result for
// each. Derivatives are made as functions of their own, simplified, and then
// copied into the kernel.
//
//===----------------------------------------------------------------------===//

#include "Transforms/PlanKernel.h"

#include "Transforms/Differentiate.h"
#include "Transforms/Passes.h"
#include "Transforms/Simplify.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/StringSet.h"

namespace actin {

#define GEN_PASS_DEF_ACTPLANKERNEL
#include "Transforms/Passes.h.inc"

using namespace mlir;

namespace {

class KernelPlanner {
public:
  KernelPlanner(func::FuncOp activation, const KernelOutputs &outputs)
      : activation(activation), outputs(outputs),
        builder(activation.getContext()) {}

  FailureOr<func::FuncOp> plan();

private:
  LogicalResult verifyNames(ArrayRef<std::string> names, bool onlyInputs);
  LogicalResult verify();
  void createKernel();
  /// Copies the body of `source` to the end of the kernel; gives its result.
  Value inlineFormula(func::FuncOp source);
  LogicalResult addDerivative(StringRef name, unsigned order);
  void addResult(Value value, StringRef role, StringRef name);
  StringRef getRole(unsigned argument);
  Value scaleByDout(Value derivative);

  func::FuncOp activation;
  const KernelOutputs &outputs;
  OpBuilder builder;
  func::FuncOp kernel;
  SmallVector<Value> results;
  SmallVector<Attribute> resultAttributes;
};

} // namespace

StringRef KernelPlanner::getRole(unsigned argument) {
  auto role =
      activation.getArgAttrOfType<StringAttr>(argument, act::roleAttrName);
  return role ? role.getValue() : "input";
}

LogicalResult KernelPlanner::verifyNames(ArrayRef<std::string> names,
                                         bool onlyInputs) {
  llvm::StringSet<> seen;
  for (const std::string &name : names) {
    std::optional<unsigned> argument = findArgument(activation, name);
    if (!argument)
      return activation.emitError("'")
             << activation.getName() << "' has no input or parameter '" << name
             << "'";
    if (onlyInputs && getRole(*argument) != "input")
      return activation.emitError("'")
             << name
             << "' is a parameter; a second derivative is that of an input";
    if (!seen.insert(name).second)
      return activation.emitError("'") << name << "' is asked for twice";
  }
  return success();
}

LogicalResult KernelPlanner::verify() {
  if (!outputs.forward && outputs.gradients.empty() && outputs.seconds.empty())
    return activation.emitError("nothing to compute: no output is asked for");
  if (activation->getParentOfType<ModuleOp>().lookupSymbol("kernel"))
    return activation.emitError("the module already holds a function @kernel");
  if (!llvm::hasSingleElement(activation.getBody()) ||
      activation.getNumResults() != 1)
    return activation.emitError("a kernel needs a formula of one block and one "
                                "result");
  if (failed(verifyNames(outputs.gradients, /*onlyInputs=*/false)))
    return failure();
  return verifyNames(outputs.seconds, /*onlyInputs=*/true);
}

void KernelPlanner::createKernel() {
  SmallVector<Type> types(activation.getArgumentTypes());
  Type real = act::RealType::get(builder.getContext());
  if (!outputs.gradients.empty())
    types.push_back(real);
  builder.setInsertionPointAfter(activation);
  kernel = func::FuncOp::create(builder, activation.getLoc(), "kernel",
                                builder.getFunctionType(types, {}));
  for (unsigned i = 0, e = activation.getNumArguments(); i != e; ++i)
    kernel.setArgAttrs(i, activation.getArgAttrDict(i));
  if (!outputs.gradients.empty()) {
    unsigned dout = activation.getNumArguments();
    kernel.setArgAttr(dout, act::nameAttrName, builder.getStringAttr("dout"));
    kernel.setArgAttr(dout, act::roleAttrName, builder.getStringAttr("dout"));
  }
  builder.setInsertionPointToEnd(kernel.addEntryBlock());
}

Value KernelPlanner::inlineFormula(func::FuncOp source) {
  IRMapping mapping;
  for (auto [from, to] :
       llvm::zip_first(source.getArguments(), kernel.getArguments()))
    mapping.map(from, to);
  for (Operation &op : source.front().without_terminator())
    builder.clone(op, mapping);
  return mapping.lookup(source.front().getTerminator()->getOperand(0));
}

void KernelPlanner::addResult(Value value, StringRef role, StringRef name) {
  results.push_back(value);
  SmallVector<NamedAttribute> attributes;
  if (!name.empty())
    attributes.push_back(
        builder.getNamedAttr(act::nameAttrName, builder.getStringAttr(name)));
  attributes.push_back(
      builder.getNamedAttr(act::roleAttrName, builder.getStringAttr(role)));
  resultAttributes.push_back(builder.getDictionaryAttr(attributes));
}

/// dout * derivative; a derivative that selects a zero keeps it a zero.
Value KernelPlanner::scaleByDout(Value derivative) {
  Location location = kernel.getLoc();
  Value dout = kernel.getArgument(kernel.getNumArguments() - 1);
  auto isZero = [](Value value) {
    auto constant = value.getDefiningOp<act::ConstantOp>();
    return constant && constant.getValue().getValue().isZero();
  };
  auto selection = derivative.getDefiningOp<act::WhereOp>();
  if (!selection ||
      !(isZero(selection.getOnTrue()) || isZero(selection.getOnFalse())))
    return act::MulOp::create(builder, location, dout, derivative);
  auto scale = [&](Value branch) -> Value {
    if (isZero(branch))
      return branch;
    return act::MulOp::create(builder, location, dout, branch);
  };
  Value onTrue = scale(selection.getOnTrue());
  Value onFalse = scale(selection.getOnFalse());
  return act::WhereOp::create(builder, location, selection.getCondition(),
                              onTrue, onFalse);
}

LogicalResult KernelPlanner::addDerivative(StringRef name, unsigned order) {
  FailureOr<func::FuncOp> derivative =
      differentiate(activation, name, order, DerivativeCleanup::ForKernels);
  if (failed(derivative))
    return failure();
  Value value = inlineFormula(*derivative);
  derivative->erase();
  if (order == 2) {
    addResult(value, "second", name);
    return success();
  }
  StringRef role = getRole(*findArgument(activation, name));
  addResult(scaleByDout(value),
            role == "input"       ? "gradient"
            : role == "parameter" ? "sum"
                                  : "channel_sum",
            name);
  return success();
}

FailureOr<func::FuncOp> KernelPlanner::plan() {
  if (failed(verify()))
    return failure();
  createKernel();
  auto fail = [&] {
    kernel.erase();
    return failure();
  };
  if (outputs.forward)
    addResult(inlineFormula(activation), "forward", {});
  for (const std::string &name : outputs.gradients)
    if (failed(addDerivative(name, 1)))
      return fail();
  for (const std::string &name : outputs.seconds)
    if (failed(addDerivative(name, 2)))
      return fail();
  func::ReturnOp::create(builder, kernel.getLoc(), results);
  kernel.setFunctionType(builder.getFunctionType(
      kernel.getArgumentTypes(), ValueRange(results).getTypes()));
  kernel.setResAttrsAttr(builder.getArrayAttr(resultAttributes));
  SimplifyOptions options;
  options.foldIrrational = true;
  simplify(kernel, options);
  return kernel;
}

FailureOr<func::FuncOp> planKernel(func::FuncOp activation,
                                   const KernelOutputs &outputs) {
  return KernelPlanner(activation, outputs).plan();
}

namespace {

struct PlanKernelPass : impl::ActPlanKernelBase<PlanKernelPass> {
  using ActPlanKernelBase::ActPlanKernelBase;

  void runOnOperation() override {
    func::FuncOp activation;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!activation &&
          (functionName.empty() || function.getName() == functionName))
        activation = function;
    if (!activation) {
      getOperation().emitError("there is no function @") << functionName;
      return signalPassFailure();
    }
    KernelOutputs outputs{forward,
                          {gradients.begin(), gradients.end()},
                          {seconds.begin(), seconds.end()}};
    if (failed(planKernel(activation, outputs)))
      signalPassFailure();
  }
};

} // namespace

} // namespace actin
