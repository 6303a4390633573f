//===- ExportExpr.cpp - From the act dialect to a formula -----------------===//
//
// In: a function over !act.real whose arguments carry names and roles. Out: an
// Activation. The names of lets travel as the operations' NameLoc.
//
//===----------------------------------------------------------------------===//

#include "Dialect/Act/ExportExpr.h"

#include "Dialect/Act/ExprKinds.h"
#include "Expr/ExprGraph.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace actin::act {

/// Declares `function`'s arguments to `builder`; gives them in order.
static Expected<std::vector<Expr>> exportArguments(func::FuncOp function,
                                                   ActivationBuilder &builder) {
  std::vector<Expr> arguments;
  for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i) {
    auto name = function.getArgAttrOfType<StringAttr>(i, nameAttrName);
    auto role = function.getArgAttrOfType<StringAttr>(i, roleAttrName);
    if (!name || !role)
      return makeError("argument " + std::to_string(i) + " of '" +
                       function.getName().str() + "' has no name or no role");
    std::optional<double> defaultValue;
    if (auto attr = function.getArgAttrOfType<RealAttr>(i, defaultAttrName))
      defaultValue = attr.getValue().toDouble();
    if (role.getValue() == "input")
      arguments.push_back(builder.input(name.str()));
    else if (role.getValue() == "parameter")
      arguments.push_back(builder.parameter(name.str(), defaultValue));
    else if (role.getValue() == "channel")
      arguments.push_back(builder.channelParameter(name.str(), defaultValue));
    else
      return makeError("argument '" + name.str() +
                       "' is neither an input nor a parameter");
  }
  return arguments;
}

static SourceLocation getSourceLocation(Location location) {
  if (auto named = dyn_cast<NameLoc>(location))
    location = named.getChildLoc();
  if (auto position = dyn_cast<FileLineColLoc>(location))
    return {position.getLine(), position.getColumn()};
  return {};
}

Expected<void> exportOperations(func::FuncOp function, ExprGraph &graph,
                                ExportedValues &ids) {
  for (Operation &op : function.front().without_terminator()) {
    std::optional<ExprKind> kind = getExprKind(&op);
    if (!kind)
      return makeError("'" + op.getName().getStringRef().str() +
                       "' is not part of the language");
    SourceLocation location = getSourceLocation(op.getLoc());
    NodeId id;
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      id = graph.addConstant(constant.getValue().getValue(), location);
    } else {
      SmallVector<NodeId, 3> operands;
      for (Value operand : op.getOperands())
        operands.push_back(ids.lookup(operand));
      id = graph.add(*kind, operands, location);
    }
    if (graph.isFull())
      return makeError("the formula has more than " +
                       std::to_string(ExprGraph::maxNodes) + " nodes");
    if (auto named = dyn_cast<NameLoc>(op.getLoc()))
      graph.setName(id, named.getName());
    ids[op.getResult(0)] = id;
  }
  return {};
}

/// The formula that `function` returns, in the graph of `arguments`.
static Expected<Expr> exportBody(func::FuncOp function,
                                 const std::shared_ptr<ExprGraph> &graph,
                                 const std::vector<Expr> &arguments) {
  if (!llvm::hasSingleElement(function.getBody()) ||
      function.getNumResults() != 1 ||
      function.getNumArguments() != arguments.size())
    return makeError("'" + function.getName().str() +
                     "' is no formula with these arguments and one result");
  ExportedValues ids;
  for (auto [value, argument] :
       llvm::zip_equal(function.getArguments(), arguments))
    ids[value] = argument.getId();
  if (auto done = exportOperations(function, *graph, ids); !done)
    return tl::make_unexpected(done.error());
  Value result = function.front().getTerminator()->getOperand(0);
  return Expr(graph, ids.lookup(result));
}

Expected<Activation> exportActivation(func::FuncOp function) {
  if (function.isExternal())
    return makeError("'" + function.getName().str() + "' has no body");
  ActivationBuilder builder(function.getName().str());
  Expected<std::vector<Expr>> arguments = exportArguments(function, builder);
  if (!arguments)
    return tl::make_unexpected(arguments.error());
  Expected<Expr> body = exportBody(function, builder.getGraph(), *arguments);
  if (!body)
    return tl::make_unexpected(body.error());
  auto gradients = function->getAttrOfType<DictionaryAttr>(gradientsAttrName);
  if (!gradients)
    return builder.build(*body);
  auto module = function->getParentOfType<ModuleOp>();
  for (NamedAttribute gradient : gradients) {
    auto symbol = cast<FlatSymbolRefAttr>(gradient.getValue());
    auto sibling = module.lookupSymbol<func::FuncOp>(symbol.getValue());
    if (!sibling || sibling.isExternal())
      return makeError("there is no function '" + symbol.getValue().str() +
                       "'");
    Expected<Expr> value = exportBody(sibling, builder.getGraph(), *arguments);
    if (!value)
      return tl::make_unexpected(value.error());
    builder.gradient(gradient.getName().str(), *value);
  }
  return builder.build(*body);
}

} // namespace actin::act
