//===- Differentiate.cpp - Derivatives of formulas ------------------------===//
//
// Forward mode: one walk over the operations in their order builds, behind
// them, the tangent of each one that depends on the argument and that the
// result depends on.
//
//===----------------------------------------------------------------------===//

#include "Transforms/Differentiate.h"

#include "Dialect/Act/ExprKinds.h"
#include "Transforms/Passes.h"
#include "Transforms/Simplify.h"

#include "llvm/ADT/DenseSet.h"

namespace actin {

#define GEN_PASS_DEF_ACTDIFFERENTIATE
#include "Transforms/Passes.h.inc"

using namespace mlir;

std::optional<unsigned> findArgument(func::FuncOp function, StringRef name) {
  for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i) {
    auto known = function.getArgAttrOfType<StringAttr>(i, act::nameAttrName);
    if (known && known.getValue() == name)
      return i;
  }
  return std::nullopt;
}

/// What a derived function is called after: the argument's name, or its number.
static std::string getArgumentName(func::FuncOp function, unsigned argument) {
  auto name =
      function.getArgAttrOfType<StringAttr>(argument, act::nameAttrName);
  return name ? name.str() : std::to_string(argument);
}

static LogicalResult verifyFormula(func::FuncOp function, unsigned argument) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError("only a function of one block can be derived");
  if (function.getNumResults() != 1 ||
      !isa<act::RealType>(function.getResultTypes()[0]))
    return function.emitError("only a function of one real result can be "
                              "derived");
  if (argument >= function.getNumArguments() ||
      !isa<act::RealType>(function.getArgumentTypes()[argument]))
    return function.emitError("there is no real argument ") << argument;
  for (Operation &op : function.front().without_terminator())
    if (!act::getExprKind(&op))
      return op.emitError("cannot be derived: it is not of the act dialect");
  return success();
}

/// The operations that `result` depends on.
static llvm::DenseSet<Operation *> findNeeded(Block &block, Value result) {
  llvm::DenseSet<Operation *> needed;
  if (Operation *op = result.getDefiningOp())
    needed.insert(op);
  for (Operation &op : llvm::reverse(block.without_terminator()))
    if (needed.contains(&op))
      for (Value operand : op.getOperands())
        if (Operation *definition = operand.getDefiningOp())
          needed.insert(definition);
  return needed;
}

/// Replaces the result of `function` by its derivative.
static void deriveInPlace(func::FuncOp function, unsigned argument) {
  Block &block = function.front();
  Operation *terminator = block.getTerminator();
  Value result = terminator->getOperand(0);
  llvm::DenseSet<Operation *> needed = findNeeded(block, result);
  SmallVector<Operation *> primal;
  for (Operation &op : block.without_terminator())
    if (needed.contains(&op))
      primal.push_back(&op);

  OpBuilder builder(terminator);
  auto constant = [&](double value) {
    return act::ConstantOp::create(builder, function.getLoc(), Real(value));
  };
  llvm::DenseMap<Value, Value> tangents;
  tangents[function.getArgument(argument)] = constant(1.0);
  for (Operation *op : primal) {
    auto differentiable = dyn_cast<act::DifferentiableOpInterface>(op);
    if (!differentiable)
      continue; // A truth value.
    SmallVector<Value, 3> incoming;
    for (Value operand : op->getOperands())
      incoming.push_back(tangents.lookup(operand));
    if (llvm::none_of(incoming, [](Value v) { return v != nullptr; }))
      continue;
    if (Value tangent = differentiable.buildTangent(builder, incoming))
      tangents[op->getResult(0)] = tangent;
  }
  Value derivative = tangents.lookup(result);
  terminator->setOperand(0, derivative ? derivative : constant(0.0));
  eraseDeadCode(block);
}

/// The function that replaces the derivative; null where there is none. Fails
/// where it is named but missing.
static FailureOr<func::FuncOp> findReplacement(func::FuncOp function,
                                               StringRef argumentName) {
  auto gradients =
      function->getAttrOfType<DictionaryAttr>(act::gradientsAttrName);
  Attribute entry = gradients ? gradients.get(argumentName) : Attribute();
  if (!entry)
    return func::FuncOp();
  auto symbol = cast<FlatSymbolRefAttr>(entry);
  auto module = function->getParentOfType<ModuleOp>();
  auto replacement = module.lookupSymbol<func::FuncOp>(symbol.getValue());
  if (!replacement || replacement.isExternal() ||
      replacement.getFunctionType() != function.getFunctionType()) {
    function.emitError("there is no function @")
        << symbol.getValue() << " of this type to replace the derivative";
    return failure();
  }
  return replacement;
}

FailureOr<func::FuncOp> differentiate(func::FuncOp function,
                                      unsigned argument) {
  if (failed(verifyFormula(function, argument)))
    return failure();
  auto module = function->getParentOfType<ModuleOp>();
  std::string argumentName = getArgumentName(function, argument);
  std::string name = function.getName().str() + "_d" + argumentName;
  if (module.lookupSymbol(name)) {
    function.emitError("the module already holds a function @") << name;
    return failure();
  }
  FailureOr<func::FuncOp> replacement = findReplacement(function, argumentName);
  if (failed(replacement))
    return failure();
  func::FuncOp source = *replacement ? *replacement : function;
  func::FuncOp derivative = source.clone();
  derivative.setName(name);
  derivative.setPublic();
  derivative->removeAttr(act::gradientsAttrName);
  module.insert(std::next(function->getIterator()), derivative);
  if (!*replacement)
    deriveInPlace(derivative, argument);
  return derivative;
}

FailureOr<func::FuncOp> differentiate(func::FuncOp function,
                                      StringRef argumentName, unsigned order,
                                      DerivativeCleanup cleanup) {
  constexpr size_t maxOperations = 65536;
  std::optional<unsigned> argument = findArgument(function, argumentName);
  if (!argument) {
    function.emitError("'")
        << function.getName() << "' has no argument '" << argumentName << "'";
    return failure();
  }
  if (order == 0) {
    function.emitError("the order of a derivative must be at least 1");
    return failure();
  }
  SimplifyOptions options;
  options.cancelFactors = true;
  options.readable = cleanup == DerivativeCleanup::ForPeople;
  func::FuncOp current = function;
  for (unsigned i = 0; i < order; ++i) {
    FailureOr<func::FuncOp> next = differentiate(current, *argument);
    if (current != function)
      current.erase();
    if (failed(next))
      return failure();
    current = *next;
    if (cleanup != DerivativeCleanup::None &&
        current.front().getOperations().size() <= maxOperations)
      simplify(current, options);
    if (current.front().getOperations().size() > maxOperations) {
      current.erase();
      function.emitError("its derivative has more than ")
          << maxOperations << " operations";
      return failure();
    }
  }
  return current;
}

namespace {

struct DifferentiatePass : impl::ActDifferentiateBase<DifferentiatePass> {
  using ActDifferentiateBase::ActDifferentiateBase;

  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (functionName.empty() ? function.isPublic()
                               : function.getName() == functionName)
        functions.push_back(function);
    if (functions.empty() && !functionName.empty()) {
      getOperation().emitError("there is no function @") << functionName;
      return signalPassFailure();
    }
    for (func::FuncOp function : functions)
      if (failed(derive(function)))
        return signalPassFailure();
  }

private:
  LogicalResult derive(func::FuncOp function) {
    std::optional<unsigned> argument = 0;
    if (!argumentName.empty())
      argument = findArgument(function, argumentName);
    if (!argument)
      return function.emitError("'")
             << function.getName() << "' has no argument '" << argumentName
             << "'";
    if (order == 0)
      return function.emitError("the order of a derivative must be at least 1");
    for (unsigned i = 0; i < order; ++i) {
      FailureOr<func::FuncOp> next = differentiate(function, *argument);
      if (failed(next))
        return failure();
      function = *next;
    }
    return success();
  }
};

} // namespace

} // namespace actin
