//===- Expr.cpp - Formulas built in C++ -----------------------------------===//

#include "actin/Expr.h"

#include "Expr/ExprGraph.h"
#include "Expr/Keywords.h"

#include "llvm/ADT/STLExtras.h"

namespace actin {

/// A constant in the graph of its partner.
static Expr lift(double operand, const std::shared_ptr<ExprGraph> &graph) {
  if (!graph)
    return {};
  return {graph, graph->addConstant(Real::fromShortest(operand))};
}

/// Invalid operands, and operands of two graphs, make an invalid Expr.
static Expr makeNode(ExprKind kind, llvm::ArrayRef<Expr> operands) {
  const std::shared_ptr<ExprGraph> &graph = operands.front().getGraph();
  llvm::SmallVector<NodeId, 3> ids;
  for (const Expr &operand : operands) {
    if (!operand.isValid() || operand.getGraph() != graph)
      return {};
    ids.push_back(operand.getId());
  }
  return {graph, graph->add(kind, ids)};
}

#define ACTIN_DEFINE_BINARY(result, name, kind)                                \
  result name(const Expr &lhs, const Expr &rhs) {                              \
    return result(makeNode(ExprKind::kind, {lhs, rhs}));                       \
  }                                                                            \
  result name(const Expr &lhs, double rhs) {                                   \
    return name(lhs, lift(rhs, lhs.getGraph()));                               \
  }                                                                            \
  result name(double lhs, const Expr &rhs) {                                   \
    return name(lift(lhs, rhs.getGraph()), rhs);                               \
  }
ACTIN_DEFINE_BINARY(Expr, operator+, Add)
ACTIN_DEFINE_BINARY(Expr, operator-, Sub)
ACTIN_DEFINE_BINARY(Expr, operator*, Mul)
ACTIN_DEFINE_BINARY(Expr, operator/, Div)
ACTIN_DEFINE_BINARY(Expr, pow, Pow)
ACTIN_DEFINE_BINARY(Expr, min, Min)
ACTIN_DEFINE_BINARY(Expr, max, Max)
ACTIN_DEFINE_BINARY(Condition, operator<, Less)
ACTIN_DEFINE_BINARY(Condition, operator<=, LessEqual)
ACTIN_DEFINE_BINARY(Condition, operator>, Greater)
ACTIN_DEFINE_BINARY(Condition, operator>=, GreaterEqual)
ACTIN_DEFINE_BINARY(Condition, operator==, Equal)
ACTIN_DEFINE_BINARY(Condition, operator!=, NotEqual)
#undef ACTIN_DEFINE_BINARY

Expr operator-(const Expr &operand) {
  return makeNode(ExprKind::Neg, {operand});
}

#define ACTIN_UNARY_FUNCTION(kind, name)                                       \
  Expr name(const Expr &operand) { return makeNode(ExprKind::kind, {operand}); }
#include "actin/Functions.def"

Condition operator&&(const Condition &lhs, const Condition &rhs) {
  return Condition(makeNode(ExprKind::And, {lhs.getNode(), rhs.getNode()}));
}
Condition operator||(const Condition &lhs, const Condition &rhs) {
  return Condition(makeNode(ExprKind::Or, {lhs.getNode(), rhs.getNode()}));
}
Condition operator!(const Condition &operand) {
  return Condition(makeNode(ExprKind::Not, {operand.getNode()}));
}

Expr where(const Condition &condition, const Expr &onTrue,
           const Expr &onFalse) {
  return makeNode(ExprKind::Where, {condition.getNode(), onTrue, onFalse});
}
Expr where(const Condition &condition, double onTrue, const Expr &onFalse) {
  return where(condition, lift(onTrue, onFalse.getGraph()), onFalse);
}
Expr where(const Condition &condition, const Expr &onTrue, double onFalse) {
  return where(condition, onTrue, lift(onFalse, onTrue.getGraph()));
}

Expr clip(const Expr &operand, const Expr &lower, const Expr &upper) {
  return makeNode(ExprKind::Clip, {operand, lower, upper});
}
Expr clip(const Expr &operand, double lower, double upper) {
  return clip(operand, lift(lower, operand.getGraph()),
              lift(upper, operand.getGraph()));
}

Expr clamp(const Expr &operand, const Expr &lower, const Expr &upper) {
  return makeNode(ExprKind::Clamp, {operand, lower, upper});
}
Expr clamp(const Expr &operand, double lower, double upper) {
  return clamp(operand, lift(lower, operand.getGraph()),
               lift(upper, operand.getGraph()));
}

//===----------------------------------------------------------------------===//
// ActivationBuilder
//===----------------------------------------------------------------------===//

ActivationBuilder::ActivationBuilder(std::string name, SourceLocation location)
    : graph(std::make_shared<ExprGraph>()) {
  activation.name = std::move(name);
  activation.location = location;
}

Expr ActivationBuilder::argument(std::string name,
                                 std::optional<Parameter> parameter) {
  auto sameName = [&](const auto &other) { return other.name == name; };
  if (llvm::is_contained(activation.inputs, name) ||
      llvm::any_of(activation.parameters, sameName))
    errors.push_back(
        {Severity::Error, {}, "'" + name + "' is declared twice", {}});
  if (!isIdentifier(name) || isReservedName(name))
    errors.push_back({Severity::Error,
                      {},
                      "'" + name + "' cannot be the name of an argument",
                      {}});
  // Inputs are numbered first, so none may follow a parameter.
  if (!parameter && !activation.parameters.empty())
    errors.push_back({Severity::Error,
                      {},
                      "input '" + name + "' is declared after a parameter",
                      {}});
  uint32_t number = activation.inputs.size() + activation.parameters.size();
  if (parameter)
    activation.parameters.push_back(std::move(*parameter));
  else
    activation.inputs.push_back(std::move(name));
  return {graph, graph->addArgument(number)};
}

Expr ActivationBuilder::input(std::string name) {
  return argument(std::move(name), std::nullopt);
}

Expr ActivationBuilder::parameter(std::string name,
                                  std::optional<double> defaultValue) {
  Parameter parameter{name, false, defaultValue};
  return argument(std::move(name), std::move(parameter));
}

Expr ActivationBuilder::channelParameter(std::string name,
                                         std::optional<double> defaultValue) {
  Parameter parameter{name, true, defaultValue};
  return argument(std::move(name), std::move(parameter));
}

Expr ActivationBuilder::constant(double value) {
  return {graph, graph->addConstant(Real::fromShortest(value))};
}

ActivationBuilder &ActivationBuilder::gradient(std::string name, Expr value) {
  activation.gradientOverrides.push_back({std::move(name), std::move(value)});
  return *this;
}

/// What is wrong with `value` as a formula of `graph`; empty if nothing.
static std::string checkFormula(const Expr &value,
                                const std::shared_ptr<ExprGraph> &graph) {
  if (graph->isFull())
    return "more than " + std::to_string(ExprGraph::maxNodes) +
           " operations in one activation";
  if (!value.isValid())
    return "an operand is missing or belongs to another activation";
  if (value.getGraph() != graph)
    return "the formula belongs to another activation";
  if (isTruthValue(graph->getNode(value.getId()).kind))
    return "the formula is a truth value, not a number";
  return {};
}

Expected<Activation> ActivationBuilder::build(const Expr &body) const {
  Diagnostics found = errors;
  auto report = [&](std::string message) {
    if (!message.empty())
      found.push_back({Severity::Error, {}, std::move(message), {}});
  };
  if (!isIdentifier(activation.name) || isKeyword(activation.name))
    report("'" + activation.name + "' cannot be the name of an activation");
  if (activation.inputs.empty())
    report("activation '" + activation.name + "' has no input");
  report(checkFormula(body, graph));
  llvm::SmallVector<std::string> overridden;
  for (const auto &[name, value] : activation.gradientOverrides) {
    auto sameName = [&](const auto &other) { return other.name == name; };
    if (!llvm::is_contained(activation.inputs, name) &&
        llvm::none_of(activation.parameters, sameName))
      report("gradient of '" + name + "', which is no input or parameter");
    if (llvm::is_contained(overridden, name))
      report("the gradient of '" + name + "' is given twice");
    overridden.push_back(name);
    if (body.isValid())
      report(checkFormula(value, graph));
  }
  if (!found.empty())
    return tl::make_unexpected(std::move(found));
  Activation::Data result = activation;
  result.body = body;
  return Activation(std::move(result));
}

} // namespace actin
