//===- InlinerCalls.cpp - Calls, expanded in place ------------------------===//

#include "Frontend/Inliner.h"

#include "Frontend/Hints.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"

namespace actin {

std::optional<NodeId> Inliner::buildCall(const Site &site,
                                         const Operands &operands) {
  const ast::Node &call = site.node;
  if (const ast::Definition *callee = findCallee(call, context.definitions))
    return expand(site, *callee, operands);
  std::optional<Builtin> builtin = findBuiltin(call.name);
  if (builtin && builtin->arity == operands.size())
    return buildBuiltin(site, *builtin, operands);
  if (const Activation *activation =
          context.library ? context.library().find(call.name) : nullptr)
    return expand(site, *activation, operands);
  if (builtin)
    return buildBuiltin(site, *builtin, operands);
  if (site.scope.contains(call.name))
    error(call.location, quoted(call.name) + " is a value, not a function",
          "a product is written '*'");
  else
    reportUnknown(site, /*isFunction=*/true);
  return std::nullopt;
}

bool Inliner::checkArity(const ast::Node &call, size_t least, size_t most) {
  size_t given = call.operands.size();
  if (given >= least && given <= most)
    return true;
  size_t wanted = given < least ? least : most;
  const char *bound = least == most   ? ""
                      : given < least ? "at least "
                                      : "at most ";
  error(call.location, quoted(call.name) + ": expected " + bound +
                           std::to_string(wanted) + " argument" +
                           (wanted == 1 ? "" : "s") + ", got " +
                           std::to_string(given));
  return false;
}

std::optional<NodeId> Inliner::buildBuiltin(const Site &site,
                                            const Builtin &builtin,
                                            const Operands &operands) {
  if (!checkArity(site.node, builtin.arity, builtin.arity))
    return std::nullopt;
  if (!site.node.keywords.empty()) {
    error(site.node.location,
          "the built-in function " + quoted(site.node.name) +
              " takes no named arguments",
          builtin.kind == ExprKind::Where ? "a comparison is written '=='"
                                          : "");
    return std::nullopt;
  }
  return buildOperator(site, builtin.kind, operands);
}

std::optional<std::vector<std::optional<NodeId>>>
Inliner::bind(const Site &site, const Operands &operands,
              llvm::ArrayRef<Formal> formals) {
  const ast::Node &call = site.node;
  size_t numRequired =
      llvm::count_if(formals, [](const Formal &f) { return !f.isOptional; });
  if (!checkArity(call, numRequired, formals.size()))
    return std::nullopt;
  std::vector<MaybeNode> bound(formals.size());
  for (size_t i = 0; i != operands.size(); ++i) {
    llvm::StringRef keyword = call.keywords.empty() ? "" : call.keywords[i];
    const Formal *formal = keyword.empty()
                               ? &formals[i]
                               : llvm::find_if(formals, [&](const Formal &f) {
                                   return f.name == keyword;
                                 });
    if (formal == formals.end()) {
      SpellingHint spelling(keyword);
      for (const Formal &candidate : formals)
        spelling.consider(candidate.name);
      error(call.location,
            quoted(call.name) + " has no argument " + quoted(keyword),
            spelling.take());
      return std::nullopt;
    }
    MaybeNode &slot = bound[formal - formals.begin()];
    if (slot) {
      error(call.location, "argument " + quoted(formal->name) + " of " +
                               quoted(call.name) + " is given twice");
      return std::nullopt;
    }
    if (!checkKind(site, i, operands[i], /*wantsTruth=*/false))
      return std::nullopt;
    slot = operands[i];
  }
  for (size_t i = 0; i != formals.size(); ++i)
    if (!bound[i] && !formals[i].isOptional) {
      error(call.location, "argument " + quoted(formals[i].name) + " of " +
                               quoted(call.name) +
                               " is missing, and has no default");
      return std::nullopt;
    }
  return bound;
}

//===----------------------------------------------------------------------===//
// Definitions of the module
//===----------------------------------------------------------------------===//

std::optional<NodeId> Inliner::expand(const Site &site,
                                      const ast::Definition &callee,
                                      const Operands &operands) {
  if (callee.isBroken)
    return std::nullopt; // It has its diagnostic.
  llvm::SmallVector<Formal> formals;
  for (const ast::Argument &argument : callee.arguments)
    formals.push_back({argument.name, argument.defaultValue.has_value()});
  std::optional<std::vector<MaybeNode>> bound = bind(site, operands, formals);
  if (!bound)
    return std::nullopt;
  SourceLocation location = site.node.location;
  if (!callee.gradients.empty()) {
    error(location,
          quoted(callee.name) + " replaces its gradient, which a call of it "
                                "would lose",
          "write its formula here, and the gradient of " + quoted(root.name));
    return std::nullopt;
  }
  // A number that nothing is known of: each call makes a new one.
  if (mode == CheckOnly)
    return graph.addArgument(UINT32_MAX - 1 - graph.size(), location);
  if (callDepth == maxCallDepth) {
    error(location, "calls nested more than " + std::to_string(maxCallDepth) +
                        " levels deep");
    return std::nullopt;
  }
  auto [it, isNew] = expansions.insert({{&callee, *bound}, std::nullopt});
  if (isNew)
    it->second = expandBody(callee, *bound);
  return it->second;
}

std::optional<NodeId> Inliner::expandBody(const ast::Definition &callee,
                                          llvm::ArrayRef<MaybeNode> bound) {
  ++callDepth;
  llvm::scope_exit leave([&] { --callDepth; });
  Scope scope;
  for (auto [argument, given] : llvm::zip_equal(callee.arguments, bound)) {
    MaybeNode value =
        given ? given : buildNumber(*argument.defaultValue, Scope());
    if (!value)
      return std::nullopt;
    scope.insert({argument.name, *value});
  }
  if (!buildLets(callee, scope))
    return std::nullopt;
  return buildNumber(callee.result, scope);
}

//===----------------------------------------------------------------------===//
// Activations of the library
//===----------------------------------------------------------------------===//

std::optional<NodeId> Inliner::expand(const Site &site,
                                      const Activation &callee,
                                      const Operands &operands) {
  llvm::SmallVector<Formal> formals;
  for (const std::string &input : callee.getInputs())
    formals.push_back({input, false});
  for (const Parameter &parameter : callee.getParameters())
    formals.push_back({parameter.name, parameter.defaultValue.has_value()});
  std::optional<std::vector<MaybeNode>> bound = bind(site, operands, formals);
  if (!bound)
    return std::nullopt;
  std::vector<NodeId> values;
  for (auto [i, given] : llvm::enumerate(*bound)) {
    if (given) {
      values.push_back(*given);
      continue;
    }
    const Parameter &parameter =
        callee.getParameters()[i - callee.getInputs().size()];
    values.push_back(graph.addConstant(
        Real::fromShortest(*parameter.defaultValue), site.node.location));
  }
  return copyBody(callee, values, site.node.location);
}

/// The callee's graph, with its arguments replaced.
std::optional<NodeId> Inliner::copyBody(const Activation &callee,
                                        llvm::ArrayRef<NodeId> bound,
                                        SourceLocation location) {
  const ExprGraph &source = *callee.getBody().getGraph();
  std::vector<NodeId> copies(callee.getBody().getId() + 1);
  for (NodeId id = 0; id != copies.size(); ++id) {
    if (!withinBudget())
      return std::nullopt;
    const ExprNode &node = source.getNode(id);
    if (node.kind == ExprKind::Constant) {
      copies[id] = graph.addConstant(source.getConstant(id), location);
      continue;
    }
    if (node.kind == ExprKind::Argument) {
      copies[id] = bound[node.index];
      continue;
    }
    Operands copied;
    for (NodeId operand : node.operands)
      copied.push_back(copies[operand]);
    copies[id] = graph.add(node.kind, copied, location);
  }
  return copies.back();
}

} // namespace actin
