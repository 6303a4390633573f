//===- ElideClamps.cpp - Clamps that change no result ---------------------===//
//
// For each clamp a copy of the function is made in which an argument stands for
// the clamp's value. The copy is stabilized, which makes its intervals narrow,
// and given to the proof of Analysis/ClampProof.h.
//
//===----------------------------------------------------------------------===//

#include "Transforms/ElideClamps.h"

#include "Dialect/Act/ExportExpr.h"
#include "Dialect/Act/ExprKinds.h"
#include "Transforms/Passes.h"
#include "Transforms/Simplify.h"
#include "Transforms/Stabilize.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/IRMapping.h"

#include <cfloat>

namespace actin {

#define GEN_PASS_DEF_ACTELIDECLAMPS
#include "Transforms/Passes.h.inc"

using namespace mlir;

namespace {

/// What all elisions in one function may change together.
constexpr double allowedUlps = 0.25;
/// Each clamp costs a copy of the function: these bound the time.
constexpr size_t maxClamps = 8;
constexpr size_t maxOperations = 1000;

/// A copy of a function with a clamp taken apart: its last argument is the
/// clamp's value, its last three results are the clamp's operands.
class OpenedFunction {
public:
  OpenedFunction(act::ClampOp clamp, bool isF64);
  ~OpenedFunction() { function.erase(); }
  OpenedFunction(const OpenedFunction &) = delete;
  OpenedFunction &operator=(const OpenedFunction &) = delete;

  /// None where it is too long.
  std::optional<ClampedFormulas> exportFormulas();

private:
  Interval getRange(unsigned argument);

  func::FuncOp function;
  bool isF64;
};

} // namespace

OpenedFunction::OpenedFunction(act::ClampOp clamp, bool isF64) : isF64(isF64) {
  IRMapping mapping;
  auto source = clamp->getParentOfType<func::FuncOp>();
  function = cast<func::FuncOp>(source->clone(mapping));
  Operation *copy = mapping.lookup(clamp.getOperation());
  Block &block = function.front();
  Value value = block.addArgument(copy->getResult(0).getType(), clamp.getLoc());
  Operation *terminator = block.getTerminator();
  SmallVector<Value> results(terminator->getOperands());
  llvm::append_range(results, copy->getOperands());
  terminator->setOperands(results);
  copy->replaceAllUsesWith(ValueRange(value));
  copy->erase();
  function->removeAttr(function.getResAttrsAttrName());
  function->removeAttr(function.getArgAttrsAttrName());
  function.setFunctionType(FunctionType::get(function.getContext(),
                                             block.getArgumentTypes(),
                                             ValueRange(results).getTypes()));
  // Roles stay readable at the source.
  for (unsigned i = 0, e = source.getNumArguments(); i != e; ++i)
    function.setArgAttrs(i, source.getArgAttrDict(i));
  stabilize(function, isF64);
}

Interval OpenedFunction::getRange(unsigned argument) {
  auto role =
      function.getArgAttrOfType<StringAttr>(argument, act::roleAttrName);
  double largest = isF64 ? DBL_MAX : double(FLT_MAX);
  return !role || role.getValue() == "input" ? Interval()
                                             : Interval(-largest, largest);
}

std::optional<ClampedFormulas> OpenedFunction::exportFormulas() {
  ClampedFormulas formulas;
  formulas.graph = std::make_shared<ExprGraph>();
  formulas.type = isF64 ? ComputeType::F64 : ComputeType::F32;
  formulas.clamp = function.getNumArguments() - 1;
  act::ExportedValues ids;
  for (BlockArgument argument : function.getArguments()) {
    unsigned number = argument.getArgNumber();
    ids[argument] = formulas.graph->addArgument(number);
    formulas.arguments.push_back(getRange(number));
  }
  if (!act::exportOperations(function, *formulas.graph, ids))
    return std::nullopt;
  SmallVector<NodeId> results;
  for (Value result : function.front().getTerminator()->getOperands())
    results.push_back(ids.lookup(result));
  size_t numResults = results.size() - 3;
  formulas.results.assign(results.begin(), results.begin() + numResults);
  formulas.operand = results[numResults];
  formulas.lower = results[numResults + 1];
  formulas.upper = results[numResults + 2];
  return formulas;
}

/// Leaves out what is proven to be harmless; false where nothing is.
static bool elide(act::ClampOp clamp, bool isF64, double ulps,
                  ClampListener listener) {
  auto formulas = OpenedFunction(clamp, isF64).exportFormulas();
  if (!formulas)
    return false;
  auto prove = [&](ClampBound bound) {
    BoundEffect effect = proveBound(*formulas, bound, ulps);
    if (listener)
      listener(bound, effect, clamp.getLoc());
    return effect != BoundEffect::Unproven;
  };
  bool withoutLower = prove(ClampBound::Lower);
  bool withoutUpper = prove(ClampBound::Upper);
  if (!withoutLower && !withoutUpper)
    return false;
  OpBuilder builder(clamp);
  Value value = clamp.getOperand();
  if (!withoutLower)
    value =
        act::MaxOp::create(builder, clamp.getLoc(), value, clamp.getLower());
  if (!withoutUpper)
    value =
        act::MinOp::create(builder, clamp.getLoc(), value, clamp.getUpper());
  clamp.getResult().replaceAllUsesWith(value);
  clamp.erase();
  return true;
}

static bool isFormula(Block &block) {
  return llvm::all_of(block.without_terminator(), [](Operation &op) {
    return act::getExprKind(&op).has_value();
  });
}

void elideClamps(func::FuncOp function, bool isF64, ClampListener listener) {
  SmallVector<act::ClampOp> clamps(function.getOps<act::ClampOp>());
  if (clamps.empty() || !llvm::hasSingleElement(function.getBody()) ||
      function.front().getOperations().size() > maxOperations ||
      !isFormula(function.front()))
    return;
  double ulps = allowedUlps / (2 * clamps.size());
  clamps.resize(std::min(clamps.size(), maxClamps));
  bool isChanged = false;
  for (act::ClampOp clamp : clamps)
    isChanged |= elide(clamp, isF64, ulps, listener);
  if (!isChanged)
    return;
  SimplifyOptions folding;
  folding.foldIrrational = true;
  simplify(function, folding);
}

namespace {
struct ElideClampsPass : impl::ActElideClampsBase<ElideClampsPass> {
  using ActElideClampsBase::ActElideClampsBase;

  void runOnOperation() override { elideClamps(getOperation(), isF64); }
};
} // namespace

} // namespace actin
