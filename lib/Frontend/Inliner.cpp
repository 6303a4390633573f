//===- Inliner.cpp - Formulas to graph nodes ------------------------------===//

#include "Frontend/Inliner.h"

#include "Expr/EvaluateNode.h"
#include "Expr/Keywords.h"

#include "llvm/ADT/STLExtras.h"

namespace actin {

static std::string quoted(llvm::StringRef name) {
  return "'" + (name.size() > 60 ? name.substr(0, 60).str() + "…"
                                 : name.str()) +
         "'";
}

std::optional<NodeId> Inliner::build(const ast::Formula &formula,
                                     const Scope &scope) {
  // A failed operand is null; its users stay silent, so that one mistake makes
  // one message.
  std::vector<std::optional<NodeId>> values;
  values.reserve(formula.nodes.size());
  for (const ast::Node &node : formula.nodes) {
    if (!withinBudget(node))
      return std::nullopt;
    values.push_back(buildNode(node, scope, values));
  }
  return values.empty() ? std::nullopt : values.back();
}

std::optional<NodeId> Inliner::buildNumber(const ast::Formula &formula,
                                           const Scope &scope) {
  std::optional<NodeId> root = build(formula, scope);
  if (!root || !expectTruth(formula.nodes.back(), *root, false))
    return std::nullopt;
  return root;
}

bool Inliner::buildLets(const ast::Definition &definition, Scope &scope) {
  bool good = true;
  for (const ast::Let &let : definition.lets) {
    std::optional<NodeId> value = buildNumber(let.value, scope);
    good &= value.has_value();
    // A failed let is still declared, as a stand-in, lest every use of it be
    // an unknown name.
    NodeId id = value ? *value : graph.addConstant(Real(0.5));
    if (!scope.insert({let.name, id}).second) {
      diagnostics.error(let.location, quoted(let.name) + " is declared twice");
      good = false;
    }
    if (value && active.size() == 1)
      graph.setName(id, let.name);
  }
  return good;
}

bool Inliner::withinBudget(const ast::Node &node) {
  if (++numInlined <= ExprGraph::maxNodes && !graph.isFull())
    return true;
  diagnostics.error(active.empty() ? node.location : active.front()->location,
                    "more than " + std::to_string(ExprGraph::maxNodes) +
                        " operations after inlining");
  return false;
}

std::optional<NodeId>
Inliner::buildNode(const ast::Node &node, const Scope &scope,
                   llvm::ArrayRef<std::optional<NodeId>> values) {
  Operands operands;
  for (uint32_t operand : node.operands) {
    if (!values[operand])
      return std::nullopt;
    operands.push_back(*values[operand]);
  }
  switch (node.form) {
  case ast::Node::Number:
    return graph.addConstant(node.value, node.location);
  case ast::Node::Name:
    return buildName(node, scope);
  case ast::Node::Operator:
    return buildOperator(node, operands);
  case ast::Node::Call:
    return buildCall(node, operands, scope);
  }
  return std::nullopt;
}

std::optional<NodeId> Inliner::buildName(const ast::Node &node,
                                         const Scope &scope) {
  auto it = scope.find(node.name);
  if (it != scope.end())
    return it->second;
  if (node.name == "pi")
    return graph.addConstant(Real::pi(), node.location);
  if (node.name == "e")
    return graph.addConstant(Real::e(), node.location);
  if (node.name == "inf")
    return graph.addConstant(Real::infinity(), node.location);
  if (node.name == "exp_max")
    return graph.add(ExprKind::ExpMax, {}, node.location);
  if (node.name == "exp_min")
    return graph.add(ExprKind::ExpMin, {}, node.location);
  reportUnknown(node, scope, /*isFunction=*/false);
  return std::nullopt;
}

bool Inliner::expectTruth(const ast::Node &user, NodeId operand, bool wanted) {
  if (isTruthValue(graph.getNode(operand).kind) == wanted)
    return true;
  if (wanted)
    diagnostics.error(user.location, "expected a truth value, got a number",
                      "write a comparison, for example 'x > 0'");
  else
    diagnostics.error(user.location,
                      "expected a number, got a truth value",
                      "write where(condition, 1, 0) for a number");
  return false;
}

std::optional<NodeId> Inliner::buildOperator(const ast::Node &node,
                                             const Operands &operands) {
  bool takesTruth = node.kind == ExprKind::And || node.kind == ExprKind::Or ||
                    node.kind == ExprKind::Not;
  for (NodeId operand : operands)
    if (!expectTruth(node, operand, takesTruth))
      return std::nullopt;
  if (node.kind == ExprKind::Clamp || node.kind == ExprKind::Clip) {
    std::optional<Real> lower, upper;
    if (graph.getNode(operands[1]).kind != ExprKind::Argument)
      lower = evaluateConstant(graph, operands[1]);
    if (graph.getNode(operands[2]).kind != ExprKind::Argument)
      upper = evaluateConstant(graph, operands[2]);
    if (lower && upper && !(*lower < *upper) && !(*lower == *upper)) {
      diagnostics.error(node.location, "the interval [" + lower->toString() +
                                           ", " + upper->toString() +
                                           "] is empty",
                        *upper < *lower ? "its bounds are the wrong way round"
                                        : "");
      return std::nullopt;
    }
  }
  return graph.add(node.kind, operands, node.location);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

static std::optional<std::pair<ExprKind, size_t>>
findBuiltin(llvm::StringRef name) {
  using Result = std::optional<std::pair<ExprKind, size_t>>;
  return llvm::StringSwitch<Result>(name)
      .Case("min", Result({ExprKind::Min, 2}))
      .Case("max", Result({ExprKind::Max, 2}))
      .Case("clip", Result({ExprKind::Clip, 3}))
      .Case("where", Result({ExprKind::Where, 3}))
#define ACTIN_UNARY_FUNCTION(kind, spelling)                                   \
  .Case(#spelling, Result({ExprKind::kind, 1}))
#include "actin/Functions.def"
      .Default(std::nullopt);
}

bool Inliner::checkArity(const ast::Node &call, size_t least, size_t most) {
  size_t given = call.operands.size();
  if (given >= least && given <= most)
    return true;
  size_t wanted = given < least ? least : most;
  std::string bound = least == most ? "" : given < least ? "at least "
                                                          : "at most ";
  diagnostics.error(call.location,
                    quoted(call.name) + " expects " + bound +
                        std::to_string(wanted) + " argument" +
                        (wanted == 1 ? "" : "s") + ", got " +
                        std::to_string(given));
  return false;
}

std::optional<NodeId> Inliner::buildBuiltin(const ast::Node &node,
                                            ExprKind kind, size_t arity,
                                            const Operands &operands) {
  if (!checkArity(node, arity, arity))
    return std::nullopt;
  for (const std::string &keyword : node.keywords)
    if (!keyword.empty()) {
      diagnostics.error(node.location, quoted(node.name) +
                                           " takes no named arguments");
      return std::nullopt;
    }
  if (kind != ExprKind::Where) {
    ast::Node asOperator = node;
    asOperator.kind = kind;
    return buildOperator(asOperator, operands);
  }
  if (!expectTruth(node, operands[0], true) ||
      !expectTruth(node, operands[1], false) ||
      !expectTruth(node, operands[2], false))
    return std::nullopt;
  return graph.add(kind, operands, node.location);
}

std::optional<NodeId> Inliner::buildCall(const ast::Node &node,
                                         const Operands &operands,
                                         const Scope &scope) {
  auto builtin = findBuiltin(node.name);
  bool shadowed = definitions.count(node.name) ||
                  (options.library && options.library->find(node.name));
  if (builtin && (!shadowed || operands.size() == builtin->second))
    return buildBuiltin(node, builtin->first, builtin->second, operands);
  auto it = definitions.find(node.name);
  if (it != definitions.end())
    return expand(node, *it->second, operands);
  const Activation *activation =
      options.library ? options.library->find(node.name) : nullptr;
  if (activation)
    return expand(node, *activation, operands);
  if (scope.count(node.name)) {
    diagnostics.error(node.location,
                      quoted(node.name) + " is a value, not a function");
    return std::nullopt;
  }
  reportUnknown(node, scope, /*isFunction=*/true);
  return std::nullopt;
}

std::optional<std::vector<std::optional<NodeId>>>
Inliner::bindArguments(const ast::Node &call, const Operands &operands,
                       llvm::ArrayRef<std::string> names) {
  std::vector<std::optional<NodeId>> bound(names.size());
  for (size_t i = 0; i != operands.size(); ++i) {
    size_t position = i;
    if (!call.keywords[i].empty()) {
      const std::string *match = llvm::find(names, call.keywords[i]);
      if (match == names.end()) {
        diagnostics.error(call.location, quoted(call.name) +
                                             " has no argument " +
                                             quoted(call.keywords[i]));
        return std::nullopt;
      }
      position = match - names.begin();
    }
    if (bound[position]) {
      diagnostics.error(call.location, "argument " + quoted(names[position]) +
                                           " of " + quoted(call.name) +
                                           " is given twice");
      return std::nullopt;
    }
    if (!expectTruth(call, operands[i], false))
      return std::nullopt;
    bound[position] = operands[i];
  }
  return bound;
}

std::optional<NodeId> Inliner::expand(const ast::Node &call,
                                      const ast::Definition &callee,
                                      const Operands &operands) {
  if (llvm::is_contained(active, &callee)) {
    diagnostics.error(call.location,
                      quoted(callee.name) + " calls itself",
                      "a formula is expanded in place, so it cannot recurse");
    return std::nullopt;
  }
  if (active.size() >= maxCallDepth) {
    diagnostics.error(call.location, "calls nested more than " +
                                         std::to_string(maxCallDepth) +
                                         " levels deep");
    return std::nullopt;
  }
  std::vector<std::string> names;
  size_t numRequired = 0;
  for (const ast::Argument &argument : callee.arguments) {
    names.push_back(argument.name);
    numRequired += !argument.isParameter || !argument.defaultValue;
  }
  if (!checkArity(call, std::min(numRequired, names.size()), names.size()))
    return std::nullopt;
  auto bound = bindArguments(call, operands, names);
  if (!bound)
    return std::nullopt;
  Scope scope;
  active.push_back(&callee);
  std::optional<NodeId> result;
  bool good = true;
  for (size_t i = 0; i != names.size() && good; ++i) {
    std::optional<NodeId> value = (*bound)[i];
    if (!value && callee.arguments[i].defaultValue)
      value = buildNumber(*callee.arguments[i].defaultValue, {});
    else if (!value)
      diagnostics.error(call.location, "argument " + quoted(names[i]) +
                                           " of " + quoted(call.name) +
                                           " is missing");
    good = value.has_value();
    if (good)
      scope.insert({names[i], *value});
  }
  if (good && buildLets(callee, scope))
    result = buildNumber(callee.result, scope);
  active.pop_back();
  return result;
}

/// An activation of the library: its graph is copied, arguments replaced.
std::optional<NodeId> Inliner::expand(const ast::Node &call,
                                      const Activation &callee,
                                      const Operands &operands) {
  std::vector<std::string> names = callee.getInputs();
  size_t numRequired = names.size();
  for (const Parameter &parameter : callee.getParameters()) {
    names.push_back(parameter.name);
    numRequired += !parameter.defaultValue;
  }
  if (!checkArity(call, numRequired, names.size()))
    return std::nullopt;
  auto bound = bindArguments(call, operands, names);
  if (!bound)
    return std::nullopt;
  for (size_t i = 0; i != names.size(); ++i) {
    if ((*bound)[i])
      continue;
    size_t number = i - callee.getInputs().size();
    if (i < callee.getInputs().size() ||
        !callee.getParameters()[number].defaultValue) {
      diagnostics.error(call.location, "argument " + quoted(names[i]) +
                                           " of " + quoted(call.name) +
                                           " is missing");
      return std::nullopt;
    }
    (*bound)[i] = graph.addConstant(
        Real(*callee.getParameters()[number].defaultValue), call.location);
  }
  const ExprGraph &source = *callee.getBody().getGraph();
  std::vector<NodeId> copies(callee.getBody().getId() + 1);
  for (NodeId id = 0; id != copies.size(); ++id) {
    if (!withinBudget(call))
      return std::nullopt;
    const ExprNode &node = source.getNode(id);
    if (node.kind == ExprKind::Constant) {
      copies[id] = graph.addConstant(source.getConstant(id), call.location);
    } else if (node.kind == ExprKind::Argument) {
      copies[id] = *(*bound)[node.index];
    } else {
      Operands copied;
      for (NodeId operand : node.operands)
        copied.push_back(copies[operand]);
      copies[id] = graph.add(node.kind, copied, call.location);
    }
  }
  return copies.back();
}

//===----------------------------------------------------------------------===//
// Unknown names
//===----------------------------------------------------------------------===//

/// What other languages call things.
static std::string translateForeign(llvm::StringRef name) {
  return llvm::StringSwitch<std::string>(name)
      .Case("ln", "write 'log' for the natural logarithm")
      .Cases({"fabs", "magnitude"}, "did you mean 'abs'?")
      .Cases({"pow", "power"}, "a power is written 'x ** y'")
      .Cases({"if", "select", "cond", "ifelse"},
             "a choice is written where(condition, a, b)")
      .Cases({"maximum", "fmax"}, "did you mean 'max'?")
      .Cases({"minimum", "fmin"}, "did you mean 'min'?")
      .Cases({"arctan", "arcsin", "arccos"},
             "did you mean 'atan', 'asin' or 'acos'?")
      .Cases({"logistic", "expit"}, "did you mean 'sigmoid'?")
      .Cases({"sgn", "signum"}, "did you mean 'sign'?")
      .Case("square", "a square is written 'x ** 2'")
      .Default("");
}

void Inliner::reportUnknown(const ast::Node &node, const Scope &scope,
                            bool isFunction) {
  std::string note = translateForeign(node.name);
  llvm::StringRef best;
  unsigned bestDistance = node.name.size() / 3 + 1;
  auto consider = [&](llvm::StringRef candidate) {
    unsigned distance =
        llvm::StringRef(node.name).edit_distance(candidate, true,
                                                 bestDistance + 1);
    if (distance < bestDistance ||
        (distance == bestDistance && best.empty() && node.name.size() > 2)) {
      bestDistance = distance;
      best = candidate;
    }
  };
  if (isFunction) {
    for (llvm::StringRef name : {"min", "max", "clip", "where"})
      consider(name);
#define ACTIN_UNARY_FUNCTION(kind, spelling) consider(#spelling);
#include "actin/Functions.def"
    for (const auto &entry : definitions)
      consider(entry.first());
    if (options.library)
      for (const Activation &activation : options.library->getActivations())
        consider(activation.getName());
  } else {
    for (const auto &entry : scope)
      consider(entry.first());
    for (llvm::StringRef name : {"pi", "inf", "exp_max", "exp_min"})
      consider(name);
    if (findBuiltin(node.name))
      note = quoted(node.name) + " is a function: write " + node.name +
             "(…)";
  }
  if (note.empty() && !best.empty())
    note = "did you mean " + quoted(best) + "?";
  diagnostics.error(node.location,
                    (isFunction ? "unknown function " : "unknown name ") +
                        quoted(node.name),
                    note);
}

} // namespace actin
