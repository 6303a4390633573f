//===- Sema.cpp - Names, arities and kinds; the graph ---------------------===//

#include "Frontend/Sema.h"

#include "Expr/EvaluateNode.h"
#include "Expr/Keywords.h"
#include "Frontend/Inliner.h"

namespace actin {

namespace {

class Sema {
public:
  Sema(const ast::Module &module, const SemaOptions &options,
       DiagnosticList &diagnostics)
      : module(module), options(options), diagnostics(diagnostics) {}

  std::vector<Activation> run();

private:
  void collectDefinitions();
  bool checkName(llvm::StringRef name, SourceLocation location,
                 bool mayBeBuiltin = false);
  bool checkArguments(const ast::Definition &definition);
  void checkFunction(const ast::Definition &definition);
  std::optional<Activation> buildActivation(const ast::Definition &definition);
  std::optional<double> evaluateDefault(const ast::Argument &argument);
  bool declareArguments(const ast::Definition &definition,
                        ActivationBuilder &builder, Scope &scope);

  const ast::Module &module;
  const SemaOptions &options;
  DiagnosticList &diagnostics;
  DefinitionTable definitions;
};

} // namespace

bool Sema::checkName(llvm::StringRef name, SourceLocation location,
                     bool mayBeBuiltin) {
  if (mayBeBuiltin || !isBuiltinFunction(name))
    return true;
  diagnostics.error(location, "'" + name.str() +
                                  "' is a built-in function and cannot be "
                                  "declared");
  return false;
}

void Sema::collectDefinitions() {
  for (const ast::Definition &definition : module.definitions) {
    // An activation may be named like a function ("softplus"): a call with the
    // function's arity still means the function.
    if (!checkName(definition.name, definition.location,
                   definition.isActivation))
      continue;
    auto [it, isNew] = definitions.insert({definition.name, &definition});
    if (!isNew)
      diagnostics.error(
          definition.location, "'" + definition.name + "' is defined twice",
          "first defined at line " +
              std::to_string(it->second->location.line));
  }
}

bool Sema::checkArguments(const ast::Definition &definition) {
  bool good = true;
  llvm::StringMap<SourceLocation> seen;
  for (const ast::Argument &argument : definition.arguments) {
    good &= checkName(argument.name, argument.location);
    if (seen.insert({argument.name, argument.location}).second)
      continue;
    diagnostics.error(argument.location,
                      "'" + argument.name + "' is declared twice");
    good = false;
  }
  for (const ast::Let &let : definition.lets)
    good &= checkName(let.name, let.location);
  return good;
}

/// A function is checked even where nothing calls it.
void Sema::checkFunction(const ast::Definition &definition) {
  ExprGraph scratch;
  Inliner inliner(scratch, definitions, options, diagnostics);
  inliner.enter(definition);
  Scope scope;
  for (size_t i = 0; i != definition.arguments.size(); ++i)
    scope.insert({definition.arguments[i].name, scratch.addArgument(i)});
  (void)inliner.buildNumber(definition.result, scope);
}

std::optional<double> Sema::evaluateDefault(const ast::Argument &argument) {
  ExprGraph scratch;
  Inliner inliner(scratch, definitions, options, diagnostics);
  std::optional<NodeId> root = inliner.buildNumber(*argument.defaultValue, {});
  if (!root)
    return std::nullopt;
  std::optional<Real> value = evaluateConstant(scratch, *root);
  if (value && !value->isNaN())
    return value->toDouble();
  diagnostics.error(argument.location, "the default of '" + argument.name +
                                           "' is not a number");
  return std::nullopt;
}

bool Sema::declareArguments(const ast::Definition &definition,
                            ActivationBuilder &builder, Scope &scope) {
  bool good = true;
  for (const ast::Argument &argument : definition.arguments) {
    std::optional<double> defaultValue;
    if (argument.defaultValue) {
      defaultValue = evaluateDefault(argument);
      good &= defaultValue.has_value();
    }
    Expr node;
    if (!argument.isParameter)
      node = builder.input(argument.name);
    else if (argument.perChannel)
      node = builder.channelParameter(argument.name, defaultValue);
    else
      node = builder.parameter(argument.name, defaultValue);
    scope.insert({argument.name, node.getId()});
  }
  return good;
}

std::optional<Activation>
Sema::buildActivation(const ast::Definition &definition) {
  bool good = checkArguments(definition);
  ActivationBuilder builder(definition.name);
  Scope scope;
  good &= declareArguments(definition, builder, scope);
  const std::shared_ptr<ExprGraph> &graph = builder.getGraph();
  Inliner inliner(*graph, definitions, options, diagnostics);
  inliner.enter(definition);
  good &= inliner.buildLets(definition, scope);
  std::optional<NodeId> body = inliner.buildNumber(definition.result, scope);
  for (const ast::Gradient &gradient : definition.gradients) {
    std::optional<NodeId> value = inliner.buildNumber(gradient.value, scope);
    if (value)
      builder.gradient(gradient.name, {graph, *value});
    else
      good = false;
  }
  if (!good || !body)
    return std::nullopt;
  Expected<Activation> result = builder.build({graph, *body});
  if (result)
    return std::move(*result);
  for (const Diagnostic &diagnostic : result.error())
    diagnostics.error(definition.gradients.empty()
                          ? definition.location
                          : definition.gradients.front().location,
                      diagnostic.message);
  return std::nullopt;
}

std::vector<Activation> Sema::run() {
  collectDefinitions();
  std::vector<Activation> activations;
  for (const ast::Definition &definition : module.definitions) {
    if (diagnostics.isFull())
      break;
    if (!definition.isActivation) {
      if (checkArguments(definition))
        checkFunction(definition);
    } else if (auto activation = buildActivation(definition)) {
      activations.push_back(std::move(*activation));
    }
  }
  return activations;
}

std::vector<Activation> analyze(const ast::Module &module,
                                const SemaOptions &options,
                                DiagnosticList &diagnostics) {
  return Sema(module, options, diagnostics).run();
}

} // namespace actin
