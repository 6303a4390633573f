//===- FormulaParser.h - Expressions ----------------------------*- C++ -*-===//
//
// Precedence climbing over a token stream with one token of look-ahead. Inside
// brackets and behind a binary operator a newline is a blank.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_FRONTEND_FORMULAPARSER_H
#define ACTIN_FRONTEND_FORMULAPARSER_H

#include "Frontend/Ast.h"
#include "Frontend/DiagnosticList.h"
#include "Frontend/Lexer.h"

namespace actin {

class FormulaParser {
public:
  FormulaParser(std::string_view source, DiagnosticList &diagnostics)
      : lexer(source), diagnostics(diagnostics) {
    token = lexer.next();
  }

  // The token stream.
  const Token &peek();
  Token take();
  bool takeIf(std::string_view symbol);
  /// Takes `symbol`, or reports that it was expected `where`.
  bool expect(std::string_view symbol, std::string_view where);
  std::optional<Token> expectName(std::string_view what);
  /// "'x'", "end of line" …, for messages.
  static std::string describe(const Token &token);
  void error(const Token &at, std::string message, std::string note = {});
  void enterBracket() { ++bracketDepth; }
  void leaveBracket() { --bracketDepth; }
  /// After an error: brackets that were open are forgotten.
  void resetBrackets() { bracketDepth = 0; }

  /// One whole formula; nullopt after an error, which is reported.
  std::optional<ast::Formula> parseFormula();

private:
  static constexpr unsigned maxNesting = 256;

  using Index = std::optional<uint32_t>;
  Index parseClamped();
  Index parseOr();
  Index parseAnd();
  Index parseNot();
  Index parseComparison();
  Index parseBinaryChain(unsigned level);
  Index parseUnary();
  Index parsePower();
  Index parsePrimary();
  Index parseNumber(const Token &number);
  Index parseCall(const Token &name);
  bool parseCallArgument(ast::Node &call);
  void explainUnexpected(const Token &unexpected);

  uint32_t addNode(ast::Node node);
  uint32_t addOperator(ExprKind kind, SourceLocation location,
                       std::vector<uint32_t> operands);
  bool enterNesting(const Token &at);

  Lexer lexer;
  Token token;
  DiagnosticList &diagnostics;
  ast::Formula formula;
  unsigned bracketDepth = 0;
  unsigned nesting = 0;
};

} // namespace actin

#endif // ACTIN_FRONTEND_FORMULAPARSER_H
