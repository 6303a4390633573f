//===- CallGraph.cpp - Which definition calls which -----------------------===//

#include "Frontend/CallGraph.h"

#include "Frontend/Hints.h"

#include "llvm/ADT/StringSwitch.h"

namespace actin {

std::optional<Builtin> findBuiltin(llvm::StringRef name) {
  using Result = std::optional<Builtin>;
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

const ast::Definition *findCallee(const ast::Node &call,
                                  const DefinitionTable &definitions) {
  std::optional<Builtin> builtin = findBuiltin(call.name);
  if (builtin && builtin->arity == call.operands.size())
    return nullptr;
  return definitions.lookup(call.name);
}

namespace {

/// A depth-first walk over the definitions, with a stack of its own.
class RecursionCheck {
public:
  RecursionCheck(const DefinitionTable &definitions,
                 DiagnosticList &diagnostics)
      : definitions(definitions), diagnostics(diagnostics) {}

  bool run(const ast::Module &module) {
    for (const ast::Definition &definition : module.definitions)
      visit(definition);
    return !found;
  }

private:
  struct Call {
    const ast::Definition *callee;
    SourceLocation location;
  };
  struct Frame {
    const ast::Definition *definition;
    std::vector<Call> calls;
    size_t next = 0;
  };
  enum State { Unseen, Active, Done };

  std::vector<Call> collectCalls(const ast::Definition &definition) const;
  void visit(const ast::Definition &root);
  void enter(const ast::Definition &definition);
  void report(const Call &call);

  const DefinitionTable &definitions;
  DiagnosticList &diagnostics;
  llvm::DenseMap<const ast::Definition *, State> states;
  std::vector<Frame> stack;
  bool found = false;
};

} // namespace

std::vector<RecursionCheck::Call>
RecursionCheck::collectCalls(const ast::Definition &definition) const {
  std::vector<Call> calls;
  auto collect = [&](const ast::Formula &formula) {
    for (const ast::Node &node : formula.nodes)
      if (node.form == ast::Node::Call)
        if (const ast::Definition *callee = findCallee(node, definitions))
          calls.push_back({callee, node.location});
  };
  for (const ast::Argument &argument : definition.arguments)
    if (argument.defaultValue)
      collect(*argument.defaultValue);
  for (const ast::Let &let : definition.lets)
    collect(let.value);
  collect(definition.result);
  for (const ast::Gradient &gradient : definition.gradients)
    collect(gradient.value);
  return calls;
}

void RecursionCheck::enter(const ast::Definition &definition) {
  states[&definition] = Active;
  stack.push_back({&definition, collectCalls(definition)});
}

void RecursionCheck::report(const Call &call) {
  found = true;
  const ast::Definition *caller = stack.back().definition;
  std::string through =
      caller == call.callee ? "" : " through " + quoted(caller->name);
  diagnostics.error(call.location,
                    quoted(call.callee->name) + " calls itself" + through,
                    "a formula is expanded in place, so it cannot recurse");
}

void RecursionCheck::visit(const ast::Definition &root) {
  if (states.lookup(&root) == Unseen)
    enter(root);
  while (!stack.empty()) {
    Frame &frame = stack.back();
    if (frame.next == frame.calls.size()) {
      states[frame.definition] = Done;
      stack.pop_back();
      continue;
    }
    Call call = frame.calls[frame.next++];
    State state = states.lookup(call.callee);
    if (state == Active)
      report(call);
    else if (state == Unseen)
      enter(*call.callee);
  }
}

bool checkRecursion(const ast::Module &module,
                    const DefinitionTable &definitions,
                    DiagnosticList &diagnostics) {
  return RecursionCheck(definitions, diagnostics).run(module);
}

} // namespace actin
