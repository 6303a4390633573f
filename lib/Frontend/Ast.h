//===- Ast.h - A module as it was written -----------------------*- C++ -*-===//
//
// Expression nodes of one formula lie in one vector, operands before their
// users, so that the checks loop over them instead of recursing. Names are
// views of the source text, which must outlive the tree.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_FRONTEND_AST_H
#define ACTIN_FRONTEND_AST_H

#include "Expr/ExprGraph.h"

#include <optional>
#include <vector>

namespace actin::ast {

struct Node {
  enum Form : uint8_t {
    Number,   ///< Number `number` of the formula.
    Name,     ///< A variable or a named constant.
    Operator, ///< `kind` on the operands.
    Call      ///< `name` on the operands.
  };
  Form form;
  ExprKind kind = ExprKind::Constant;
  uint32_t number = 0;
  SourceLocation location;
  llvm::StringRef name;
  llvm::SmallVector<uint32_t, 3> operands;
  /// Of a call, one an operand, empty for a positional one; no entry at all
  /// where no argument is named.
  std::vector<llvm::StringRef> keywords;
};

/// The last node is the root. No node: there was an error, which is reported.
struct Formula {
  std::vector<Node> nodes;
  std::vector<Real> numbers;
};

struct Argument {
  llvm::StringRef name;
  SourceLocation location;
  bool isParameter = false;
  bool perChannel = false;
  std::optional<Formula> defaultValue;
};

struct Let {
  llvm::StringRef name;
  SourceLocation location;
  Formula value;
};

struct Gradient {
  llvm::StringRef name;
  SourceLocation location;
  Formula value;
};

/// A function or an activation.
struct Definition {
  bool isActivation = false;
  /// Its arguments are not known: there is nothing to check it with.
  bool isBroken = false;
  llvm::StringRef name;
  SourceLocation location;
  std::vector<Argument> arguments;
  std::vector<Let> lets;
  Formula result;
  std::vector<Gradient> gradients;
};

struct Module {
  std::vector<Definition> definitions;
};

} // namespace actin::ast

#endif // ACTIN_FRONTEND_AST_H
