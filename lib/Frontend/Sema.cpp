//===- Sema.cpp - Names, arities and kinds; the graph ---------------------===//

#include "Frontend/Sema.h"

#include "Expr/Keywords.h"
#include "Frontend/Hints.h"
#include "Frontend/Inliner.h"

#include "llvm/ADT/STLExtras.h"

namespace actin {

namespace {

class Sema {
public:
  Sema(const ast::Module &module, const SemaOptions &options,
       DiagnosticList &diagnostics)
      : module(module), diagnostics(diagnostics),
        context{definitions, options.library, diagnostics} {}

  std::vector<Activation> run();

private:
  void collectDefinitions();
  bool checkName(llvm::StringRef name, SourceLocation location);
  bool checkNames(const ast::Definition &definition);
  bool checkGradientNames(const ast::Definition &definition);
  void checkFunction(const ast::Definition &definition);
  std::optional<Activation> buildActivation(const ast::Definition &definition);
  /// False after an error.
  bool evaluateDefault(const ast::Definition &definition,
                       const ast::Argument &argument,
                       std::optional<double> &value);
  bool declareArguments(const ast::Definition &definition,
                        ActivationBuilder &builder, Scope &scope);

  const ast::Module &module;
  DiagnosticList &diagnostics;
  DefinitionTable definitions;
  InlinerContext context;
  Inliner::CallMode callMode = Inliner::Expand;
};

} // namespace

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

bool Sema::checkName(llvm::StringRef name, SourceLocation location) {
  if (!isReservedName(name))
    return true;
  const char *what =
      isBuiltinFunction(name) ? "a built-in function" : "a built-in constant";
  diagnostics.error(location,
                    quoted(name) + " is " + what + " and cannot be declared");
  return false;
}

void Sema::collectDefinitions() {
  for (const ast::Definition &definition : module.definitions) {
    // An activation may be named like a function ("softplus"): a call with the
    // function's arity still means the function.
    if (!definition.isActivation)
      checkName(definition.name, definition.location);
    auto [it, isNew] = definitions.insert({definition.name, &definition});
    if (!isNew)
      diagnostics.error(definition.location,
                        quoted(definition.name) + " is defined twice",
                        "the first definition is here", it->second->location);
  }
}

bool Sema::checkNames(const ast::Definition &definition) {
  bool good = true;
  llvm::StringMap<SourceLocation> seen;
  auto declare = [&](llvm::StringRef name, SourceLocation location) {
    good &= checkName(name, location);
    auto [it, isNew] = seen.insert({name, location});
    if (!isNew)
      diagnostics.error(location, quoted(name) + " is declared twice",
                        "the first declaration is here", it->second);
    good &= isNew;
  };
  for (const ast::Argument &argument : definition.arguments)
    declare(argument.name, argument.location);
  for (const ast::Let &let : definition.lets)
    declare(let.name, let.location);
  return good;
}

bool Sema::checkGradientNames(const ast::Definition &definition) {
  bool good = true;
  llvm::StringMap<SourceLocation> seen;
  for (const ast::Gradient &gradient : definition.gradients) {
    auto [it, isNew] = seen.insert({gradient.name, gradient.location});
    if (!isNew) {
      diagnostics.error(gradient.location,
                        "the gradient of " + quoted(gradient.name) +
                            " is given twice",
                        "first here", it->second);
      good = false;
      continue;
    }
    SpellingHint spelling(gradient.name);
    bool isKnown = false;
    for (const ast::Argument &argument : definition.arguments) {
      isKnown |= argument.name == gradient.name;
      spelling.consider(argument.name);
    }
    if (!isKnown)
      diagnostics.error(gradient.location,
                        quoted(gradient.name) +
                            " is no input or parameter of " +
                            quoted(definition.name),
                        spelling.take());
    good &= isKnown;
  }
  return good;
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

/// A function is checked even where nothing calls it.
void Sema::checkFunction(const ast::Definition &definition) {
  ExprGraph scratch;
  Inliner inliner(context, scratch, definition, Inliner::CheckOnly);
  Scope scope;
  for (const auto &[i, argument] : llvm::enumerate(definition.arguments))
    scope.insert({argument.name, scratch.addArgument(i)});
  (void)inliner.buildNumber(definition.result, scope);
}

bool Sema::evaluateDefault(const ast::Definition &definition,
                           const ast::Argument &argument,
                           std::optional<double> &value) {
  ExprGraph scratch;
  Inliner inliner(context, scratch, definition, callMode);
  std::optional<NodeId> root =
      inliner.buildNumber(*argument.defaultValue, Scope());
  if (!root || callMode == Inliner::CheckOnly)
    return root.has_value();
  std::optional<Real> result = ConstantEvaluator(scratch).evaluate(*root);
  if (!result || result->isNaN() ||
      (Real(result->toDouble()).isInfinity() && !result->isInfinity())) {
    diagnostics.error(argument.location, "the default of " +
                                             quoted(argument.name) +
                                             " is not a number in range");
    return false;
  }
  value = result->toDouble();
  return true;
}

bool Sema::declareArguments(const ast::Definition &definition,
                            ActivationBuilder &builder, Scope &scope) {
  bool good = true;
  for (const ast::Argument &argument : definition.arguments) {
    std::optional<double> defaultValue;
    if (argument.defaultValue)
      good &= evaluateDefault(definition, argument, defaultValue);
    Expr node;
    if (!argument.isParameter)
      node = builder.input(argument.name.str());
    else if (argument.perChannel)
      node = builder.channelParameter(argument.name.str(), defaultValue);
    else
      node = builder.parameter(argument.name.str(), defaultValue);
    scope.insert({argument.name, node.getId()});
  }
  return good;
}

std::optional<Activation>
Sema::buildActivation(const ast::Definition &definition) {
  bool good = checkNames(definition);
  good &= checkGradientNames(definition);
  ActivationBuilder builder(definition.name.str(), definition.location);
  Scope scope;
  good &= declareArguments(definition, builder, scope);
  const std::shared_ptr<ExprGraph> &graph = builder.getGraph();
  Inliner inliner(context, *graph, definition, callMode);
  good &= inliner.buildLets(definition, scope);
  std::optional<NodeId> body = inliner.buildNumber(definition.result, scope);
  for (const ast::Gradient &gradient : definition.gradients) {
    std::optional<NodeId> value = inliner.buildNumber(gradient.value, scope);
    good &= value.has_value();
    if (value)
      builder.gradient(gradient.name.str(), {graph, *value});
  }
  // Nothing that follows an error is worth a message of its own.
  if (!good || !body || diagnostics.hasErrors())
    return std::nullopt;
  Expected<Activation> result = builder.build({graph, *body});
  if (result)
    return std::move(*result);
  for (const Diagnostic &diagnostic : result.error())
    diagnostics.error(definition.location, diagnostic.message);
  return std::nullopt;
}

std::vector<Activation> Sema::run() {
  collectDefinitions();
  // What calls itself cannot be expanded, but checked it can.
  if (!checkRecursion(module, definitions, diagnostics))
    callMode = Inliner::CheckOnly;
  std::vector<Activation> activations;
  for (const ast::Definition &definition : module.definitions) {
    if (diagnostics.isFull())
      break;
    if (definition.isBroken)
      continue;
    if (!definition.isActivation) {
      if (checkNames(definition))
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
