//===- Inliner.h - Formulas to graph nodes ----------------------*- C++ -*-===//

#ifndef ACTIN_FRONTEND_INLINER_H
#define ACTIN_FRONTEND_INLINER_H

#include "Frontend/Ast.h"
#include "Frontend/DiagnosticList.h"
#include "Frontend/Sema.h"

#include "llvm/ADT/StringMap.h"

namespace actin {

/// Definitions by name.
using DefinitionTable = llvm::StringMap<const ast::Definition *>;

/// Variables in sight.
using Scope = llvm::StringMap<NodeId>;

/// Builds the nodes of one activation; calls of helpers are expanded in place,
/// each in a scope of its own.
class Inliner {
public:
  Inliner(ExprGraph &graph, const DefinitionTable &definitions,
          const SemaOptions &options, DiagnosticList &diagnostics)
      : graph(graph), definitions(definitions), options(options),
        diagnostics(diagnostics) {}

  /// The root of `formula`; nullopt after an error, which is reported.
  std::optional<NodeId> build(const ast::Formula &formula, const Scope &scope);
  /// The same, where a number is wanted.
  std::optional<NodeId> buildNumber(const ast::Formula &formula,
                                    const Scope &scope);
  /// The lets of `definition` into `scope`; false after an error.
  bool buildLets(const ast::Definition &definition, Scope &scope);
  /// Marks `definition` as being expanded: a call of it is a recursion.
  void enter(const ast::Definition &definition) {
    active.push_back(&definition);
  }

private:
  static constexpr size_t maxCallDepth = 256;

  using Operands = llvm::SmallVector<NodeId, 3>;
  std::optional<NodeId> buildNode(const ast::Node &node, const Scope &scope,
                                  llvm::ArrayRef<std::optional<NodeId>> values);
  std::optional<NodeId> buildName(const ast::Node &node, const Scope &scope);
  std::optional<NodeId> buildOperator(const ast::Node &node,
                                      const Operands &operands);
  std::optional<NodeId> buildCall(const ast::Node &node,
                                  const Operands &operands,
                                  const Scope &scope);
  std::optional<NodeId> buildBuiltin(const ast::Node &node, ExprKind kind,
                                     size_t arity, const Operands &operands);
  std::optional<NodeId> expand(const ast::Node &call,
                               const ast::Definition &callee,
                               const Operands &operands);
  std::optional<NodeId> expand(const ast::Node &call, const Activation &callee,
                               const Operands &operands);
  bool expectTruth(const ast::Node &user, NodeId operand, bool wanted);
  bool checkArity(const ast::Node &call, size_t least, size_t most);
  void reportUnknown(const ast::Node &node, const Scope &scope,
                     bool isFunction);
  /// Which formal argument each operand is for; nullopt after an error.
  std::optional<std::vector<std::optional<NodeId>>>
  bindArguments(const ast::Node &call, const Operands &operands,
                llvm::ArrayRef<std::string> names);
  bool withinBudget(const ast::Node &node);

  ExprGraph &graph;
  const DefinitionTable &definitions;
  const SemaOptions &options;
  DiagnosticList &diagnostics;
  std::vector<const ast::Definition *> active;
  size_t numInlined = 0;
};

} // namespace actin

#endif // ACTIN_FRONTEND_INLINER_H
