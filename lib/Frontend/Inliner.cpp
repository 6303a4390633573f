//===- Inliner.cpp - Formulas to graph nodes ------------------------------===//

#include "Frontend/Inliner.h"

#include "Frontend/Hints.h"

namespace actin {

std::optional<NodeId> Inliner::build(const ast::Formula &formula,
                                     const Scope &scope) {
  // A failed operand is null; its users stay silent, so that one mistake makes
  // one message.
  std::vector<MaybeNode> values;
  values.reserve(formula.nodes.size());
  for (const ast::Node &node : formula.nodes) {
    if (!withinBudget())
      return std::nullopt;
    values.push_back(buildNode({formula, scope, node}, values));
  }
  return values.empty() ? std::nullopt : values.back();
}

std::optional<NodeId> Inliner::buildNumber(const ast::Formula &formula,
                                           const Scope &scope) {
  MaybeNode result = build(formula, scope);
  if (!result || !isTruthValue(graph.getNode(*result).kind))
    return result;
  error(formula.nodes.back().location, "expected a number, got a truth value",
        "write where(condition, 1, 0) for a number");
  return std::nullopt;
}

bool Inliner::buildLets(const ast::Definition &definition, Scope &scope) {
  bool good = true;
  for (const ast::Let &let : definition.lets) {
    MaybeNode value = buildNumber(let.value, scope);
    good &= value.has_value();
    // A failed let is still declared, as a stand-in, lest every use of it be
    // an unknown name.
    NodeId id = value ? *value : graph.addArgument(UINT32_MAX);
    if (!scope.insert({let.name, id}).second) {
      error(let.location, quoted(let.name) + " is declared twice");
      good = false;
    }
    if (value && &definition == &root && graph.getName(id).empty())
      graph.setName(id, let.name);
  }
  return good;
}

bool Inliner::withinBudget() {
  // Far more than a full graph takes, and little enough to stop within a
  // second where expansions make no new nodes.
  constexpr size_t maxSteps = 1 << 20;
  if (graph.isFull()) {
    error(root.location, "more than " + std::to_string(ExprGraph::maxNodes) +
                             " operations in " + quoted(root.name) +
                             " after inlining");
    return false;
  }
  if (++context.numSteps <= maxSteps)
    return true;
  error(root.location, "the module has more than " + std::to_string(maxSteps) +
                           " operations after inlining: it is too large");
  return false;
}

std::optional<NodeId> Inliner::buildNode(const Site &site,
                                         llvm::ArrayRef<MaybeNode> values) {
  const ast::Node &node = site.node;
  Operands operands;
  for (uint32_t operand : node.operands) {
    if (!values[operand])
      return std::nullopt;
    operands.push_back(*values[operand]);
  }
  switch (node.form) {
  case ast::Node::Number:
    return graph.addConstant(site.formula.numbers[node.number], node.location);
  case ast::Node::Name:
    return buildName(site);
  case ast::Node::Operator:
    return buildOperator(site, node.kind, operands);
  case ast::Node::Call:
    return buildCall(site, operands);
  }
  return std::nullopt;
}

std::optional<NodeId> Inliner::buildName(const Site &site) {
  const ast::Node &node = site.node;
  auto it = site.scope.find(node.name);
  if (it != site.scope.end())
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
  reportUnknown(site, /*isFunction=*/false);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

bool Inliner::checkKind(const Site &site, size_t i, NodeId operand,
                        bool wantsTruth) {
  if (isTruthValue(graph.getNode(operand).kind) == wantsTruth)
    return true;
  SourceLocation location = site.formula.nodes[site.node.operands[i]].location;
  if (wantsTruth)
    error(location, "expected a truth value, got a number",
          "write a comparison, for example 'x > 0'");
  else
    error(location, "expected a number, got a truth value",
          "write where(condition, 1, 0) for a number");
  return false;
}

/// The bounds of a clamp or clip, where they are known.
bool Inliner::checkInterval(const Site &site, const Operands &operands) {
  std::optional<Real> lower = constants.evaluate(operands[1]);
  std::optional<Real> upper = constants.evaluate(operands[2]);
  if ((lower && lower->isNaN()) || (upper && upper->isNaN())) {
    error(site.node.location, "a bound of this interval is not a number");
    return false;
  }
  if (!lower || !upper || !(*upper < *lower))
    return true;
  error(site.node.location,
        "the interval [" + lower->toString() + ", " + upper->toString() +
            "] is empty",
        "the lower bound comes first");
  return false;
}

std::optional<NodeId> Inliner::buildOperator(const Site &site, ExprKind kind,
                                             const Operands &operands) {
  bool takesTruth =
      kind == ExprKind::And || kind == ExprKind::Or || kind == ExprKind::Not;
  bool good = true;
  for (size_t i = 0; i != operands.size(); ++i)
    good &= checkKind(site, i, operands[i],
                      takesTruth || (kind == ExprKind::Where && i == 0));
  bool hasInterval = kind == ExprKind::Clamp || kind == ExprKind::Clip;
  if (!good || (hasInterval && !checkInterval(site, operands)))
    return std::nullopt;
  return graph.add(kind, operands, site.node.location);
}

//===----------------------------------------------------------------------===//
// Unknown names
//===----------------------------------------------------------------------===//

void Inliner::reportUnknown(const Site &site, bool isFunction) {
  if (context.diagnostics.isFull())
    return;
  llvm::StringRef name = site.node.name;
  std::string note;
  if (isFunction)
    note = explainForeignFunction(name);
  else if (findBuiltin(name) || context.definitions.contains(name))
    note = quoted(name) + " is a function: write " + name.str() + "(…)";
  SpellingHint spelling(name);
  if (!isFunction) {
    for (const auto &entry : site.scope)
      spelling.consider(entry.first());
    for (llvm::StringRef candidate : {"pi", "inf", "exp_max", "exp_min"})
      spelling.consider(candidate);
  }
  for (llvm::StringRef candidate : {"min", "max", "clip", "where"})
    spelling.consider(candidate);
#define ACTIN_UNARY_FUNCTION(kind, candidate) spelling.consider(#candidate);
#include "actin/Functions.def"
  for (const auto &entry : context.definitions)
    spelling.consider(entry.first());
  if (context.library)
    for (const Activation &activation : context.library().getActivations())
      spelling.consider(activation.getName());
  error(site.node.location,
        (isFunction ? "unknown function " : "unknown name ") + quoted(name),
        note.empty() ? spelling.take() : note);
}

} // namespace actin
