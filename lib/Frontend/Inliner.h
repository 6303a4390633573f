//===- Inliner.h - Formulas to graph nodes ----------------------*- C++ -*-===//
//
// In: checked-for-recursion definitions and the formulas of one of them. Out:
// nodes of its graph, calls of helpers and activations expanded in place, each
// in a scope of its own; or diagnostics.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_FRONTEND_INLINER_H
#define ACTIN_FRONTEND_INLINER_H

#include "Expr/EvaluateNode.h"
#include "Frontend/CallGraph.h"
#include "Frontend/Sema.h"

#include <map>

namespace actin {

/// Variables in sight.
using Scope = llvm::StringMap<NodeId>;

/// What the formulas of one module share while they are built.
struct InlinerContext {
  const DefinitionTable &definitions;
  /// Activations that may be called beside those of the module; may be null.
  const Module &(*library)();
  DiagnosticList &diagnostics;
  /// Nodes visited so far, in all formulas and expansions of the module.
  size_t numSteps = 0;
};

class Inliner {
public:
  enum CallMode {
    Expand,
    /// A call is checked and stands for an unknown number: what is called is
    /// checked by itself.
    CheckOnly
  };

  Inliner(InlinerContext &context, ExprGraph &graph,
          const ast::Definition &root, CallMode mode)
      : context(context), graph(graph), root(root), mode(mode),
        constants(graph) {}

  /// The root of `formula`, a number; nullopt after an error, which is
  /// reported.
  std::optional<NodeId> buildNumber(const ast::Formula &formula,
                                    const Scope &scope);
  /// The lets of `definition` into `scope`; false after an error.
  bool buildLets(const ast::Definition &definition, Scope &scope);

private:
  static constexpr size_t maxCallDepth = 256;

  using MaybeNode = std::optional<NodeId>;
  using Operands = llvm::SmallVector<NodeId, 3>;
  /// Where a node stands.
  struct Site {
    const ast::Formula &formula;
    const Scope &scope;
    const ast::Node &node;
  };
  /// The formal arguments of a callee: name, and whether it must be given.
  struct Formal {
    llvm::StringRef name;
    bool isOptional;
  };

  MaybeNode build(const ast::Formula &formula, const Scope &scope);
  MaybeNode buildNode(const Site &site, llvm::ArrayRef<MaybeNode> values);
  MaybeNode buildName(const Site &site);
  MaybeNode buildOperator(const Site &site, ExprKind kind,
                          const Operands &operands);
  bool checkInterval(const Site &site, const Operands &operands);
  /// Operand number `i` of the site's node is a truth value, or is none.
  bool checkKind(const Site &site, size_t i, NodeId operand, bool wantsTruth);
  bool withinBudget();

  MaybeNode buildCall(const Site &site, const Operands &operands);
  MaybeNode buildBuiltin(const Site &site, const Builtin &builtin,
                         const Operands &operands);
  MaybeNode expand(const Site &site, const ast::Definition &callee,
                   const Operands &operands);
  MaybeNode expandBody(const ast::Definition &callee,
                       llvm::ArrayRef<MaybeNode> bound);
  MaybeNode expand(const Site &site, const Activation &callee,
                   const Operands &operands);
  MaybeNode copyBody(const Activation &callee, llvm::ArrayRef<NodeId> bound,
                     SourceLocation location);
  bool checkArity(const ast::Node &call, size_t least, size_t most);
  /// Which operand each formal argument gets; nullopt after an error. A null
  /// entry takes its default.
  std::optional<std::vector<MaybeNode>> bind(const Site &site,
                                             const Operands &operands,
                                             llvm::ArrayRef<Formal> formals);
  void reportUnknown(const Site &site, bool isFunction);
  void error(SourceLocation location, std::string message,
             std::string note = {}) {
    context.diagnostics.error(location, std::move(message), std::move(note));
  }

  InlinerContext &context;
  ExprGraph &graph;
  const ast::Definition &root;
  CallMode mode;
  ConstantEvaluator constants;
  size_t callDepth = 0;
  /// Results of expansions: a helper that calls another one twice with the same
  /// arguments must not take exponential time.
  std::map<std::pair<const ast::Definition *, std::vector<MaybeNode>>,
           MaybeNode>
      expansions;
};

} // namespace actin

#endif // ACTIN_FRONTEND_INLINER_H
