//===- Ast.h - A module as it was written -----------------------*- C++ -*-===//
//
// Expression nodes of one formula lie in one vector, operands before their
// users, so that the checks loop over them instead of recursing.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_FRONTEND_AST_H
#define ACTIN_FRONTEND_AST_H

#include "Expr/ExprGraph.h"

#include <optional>
#include <string>
#include <vector>

namespace actin::ast {

struct Node {
  enum Form {
    Number,
    Name,     ///< A variable or a named constant.
    Operator, ///< `kind` on the operands.
    Call      ///< `name` on the operands; `keywords` name some of them.
  };
  Form form;
  SourceLocation location;
  std::string name;
  ExprKind kind = ExprKind::Constant;
  Real value;
  std::vector<uint32_t> operands;
  std::vector<std::string> keywords; ///< Empty for a positional argument.
};

/// The last node is the root.
struct Formula {
  std::vector<Node> nodes;
};

struct Argument {
  std::string name;
  SourceLocation location;
  bool isParameter = false;
  bool perChannel = false;
  std::optional<Formula> defaultValue;
};

struct Let {
  std::string name;
  SourceLocation location;
  Formula value;
};

struct Gradient {
  std::string name;
  SourceLocation location;
  Formula value;
};

/// A function or an activation.
struct Definition {
  bool isActivation = false;
  std::string name;
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
