//===- ImportExpr.cpp - From a formula to the act dialect -----------------===//
//
// In: an Activation, checked. Out: functions over !act.real in a module. Only
// the nodes that the formula needs are imported, in the graph's order.
//
//===----------------------------------------------------------------------===//

#include "Dialect/Act/ImportExpr.h"

#include "Dialect/Act/ExprKinds.h"
#include "Expr/ExprGraph.h"
#include "actin/Dialect/Act/Act.h"

using namespace mlir;

namespace actin::act {

namespace {

class Importer {
public:
  Importer(const Activation &activation, ModuleOp module)
      : activation(activation), module(module),
        builder(OpBuilder::atBlockEnd(module.getBody())) {}

  FailureOr<func::FuncOp> import();

private:
  FailureOr<func::FuncOp> addFunction(const std::string &name,
                                      const Expr &body);
  void setArgumentAttributes(func::FuncOp function);
  void importBody(func::FuncOp function, const Expr &body);
  Value importNode(const ExprGraph &graph, NodeId id, func::FuncOp function,
                   const std::vector<Value> &values);
  Location getLocation(SourceLocation place);
  Location getLocation(const ExprGraph &graph, NodeId id);

  const Activation &activation;
  ModuleOp module;
  OpBuilder builder;
};

} // namespace

FailureOr<func::FuncOp> Importer::import() {
  const std::string &name = activation.getName();
  FailureOr<func::FuncOp> function = addFunction(name, activation.getBody());
  if (failed(function))
    return failure();
  SmallVector<NamedAttribute> gradients;
  for (const Activation::GradientOverride &gradient :
       activation.getGradientOverrides()) {
    FailureOr<func::FuncOp> sibling =
        addFunction(name + ".gradient." + gradient.name, gradient.value);
    if (failed(sibling))
      return failure();
    sibling->setPrivate();
    gradients.emplace_back(builder.getStringAttr(gradient.name),
                           FlatSymbolRefAttr::get(*sibling));
  }
  if (!gradients.empty())
    (*function)->setAttr(gradientsAttrName,
                         builder.getDictionaryAttr(gradients));
  return function;
}

FailureOr<func::FuncOp> Importer::addFunction(const std::string &name,
                                              const Expr &body) {
  if (module.lookupSymbol(name)) {
    module.emitError("the module already holds a function '") << name << "'";
    return failure();
  }
  Type real = RealType::get(module.getContext());
  size_t numArguments =
      activation.getInputs().size() + activation.getParameters().size();
  SmallVector<Type> arguments(numArguments, real);
  Location location = getLocation(activation.getLocation());
  builder.setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(
      builder, location, name, builder.getFunctionType(arguments, real));
  setArgumentAttributes(function);
  importBody(function, body);
  return function;
}

void Importer::setArgumentAttributes(func::FuncOp function) {
  unsigned index = 0;
  auto setNameAndRole = [&](const std::string &name, StringRef role) {
    function.setArgAttr(index, nameAttrName, builder.getStringAttr(name));
    function.setArgAttr(index, roleAttrName, builder.getStringAttr(role));
  };
  for (const std::string &input : activation.getInputs()) {
    setNameAndRole(input, "input");
    ++index;
  }
  for (const Parameter &parameter : activation.getParameters()) {
    setNameAndRole(parameter.name,
                   parameter.perChannel ? "channel" : "parameter");
    if (parameter.defaultValue)
      function.setArgAttr(
          index, defaultAttrName,
          RealAttr::get(module.getContext(), *parameter.defaultValue));
    ++index;
  }
}

void Importer::importBody(func::FuncOp function, const Expr &body) {
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  const ExprGraph &graph = *body.getGraph();
  std::vector<Value> values(body.getId() + 1);
  for (NodeId id : graph.listReachable(body.getId()))
    values[id] = importNode(graph, id, function, values);
  func::ReturnOp::create(builder, function.getLoc(), values[body.getId()]);
}

Value Importer::importNode(const ExprGraph &graph, NodeId id,
                           func::FuncOp function,
                           const std::vector<Value> &values) {
  const ExprNode &node = graph.getNode(id);
  if (node.kind == ExprKind::Argument)
    return function.getArgument(node.index);
  Location location = getLocation(graph, id);
  if (node.kind == ExprKind::Constant)
    return ConstantOp::create(builder, location, graph.getConstant(id));
  SmallVector<Value, 3> operands;
  for (NodeId operand : node.operands)
    operands.push_back(values[operand]);
  return createOperation(builder, location, node.kind, operands);
}

Location Importer::getLocation(SourceLocation place) {
  if (!place.isValid())
    return builder.getUnknownLoc();
  return FileLineColLoc::get(module.getContext(), activation.getName(),
                             place.line, place.column);
}

Location Importer::getLocation(const ExprGraph &graph, NodeId id) {
  Location location = getLocation(graph.getNode(id).location);
  StringRef name = graph.getName(id);
  if (name.empty())
    return location;
  return NameLoc::get(builder.getStringAttr(name), location);
}

FailureOr<func::FuncOp> importActivation(const Activation &activation,
                                         ModuleOp module) {
  return Importer(activation, module).import();
}

} // namespace actin::act
