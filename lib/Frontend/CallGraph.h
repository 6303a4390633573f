//===- CallGraph.h - Which definition calls which ---------------*- C++ -*-===//

#ifndef ACTIN_FRONTEND_CALLGRAPH_H
#define ACTIN_FRONTEND_CALLGRAPH_H

#include "Frontend/Ast.h"
#include "Frontend/DiagnosticList.h"

#include "llvm/ADT/StringMap.h"

namespace actin {

/// Definitions by name.
using DefinitionTable = llvm::StringMap<const ast::Definition *>;

struct Builtin {
  ExprKind kind;
  size_t arity;
};

/// The built-in function `name`.
std::optional<Builtin> findBuiltin(llvm::StringRef name);

/// The definition of the module that `call` means; null if it means a built-in
/// function or something of the library. A built-in function keeps its meaning
/// in calls with its number of arguments, also where an activation is named
/// like it.
const ast::Definition *findCallee(const ast::Node &call,
                                  const DefinitionTable &definitions);

/// Reports each definition that calls itself, directly or not; false if there
/// is one.
bool checkRecursion(const ast::Module &module,
                    const DefinitionTable &definitions,
                    DiagnosticList &diagnostics);

} // namespace actin

#endif // ACTIN_FRONTEND_CALLGRAPH_H
