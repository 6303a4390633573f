//===- Parser.h - Tokens to a module as it was written ----------*- C++ -*-===//

#ifndef ACTIN_FRONTEND_PARSER_H
#define ACTIN_FRONTEND_PARSER_H

#include "Frontend/Ast.h"
#include "Frontend/DiagnosticList.h"

namespace actin {

/// Parses what it can; an expression with an error is left empty and reported.
/// `source` must outlive the result.
ast::Module parseAst(std::string_view source, DiagnosticList &diagnostics);

} // namespace actin

#endif // ACTIN_FRONTEND_PARSER_H
