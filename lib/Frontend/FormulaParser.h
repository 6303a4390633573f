//===- FormulaParser.h - Expressions ----------------------------*- C++ -*-===//
//
// Recursive descent, one function a level of precedence. Chains of operators
// are loops; only brackets and '**' nest, to a bounded depth.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_FRONTEND_FORMULAPARSER_H
#define ACTIN_FRONTEND_FORMULAPARSER_H

#include "Frontend/Ast.h"
#include "Frontend/TokenStream.h"

namespace actin {

class FormulaParser {
public:
  static constexpr unsigned maxNesting = 256;

  explicit FormulaParser(TokenStream &tokens) : tokens(tokens) {}

  /// One whole formula. Empty after an error, which is reported; the stream
  /// then stands at the token that has no place.
  ast::Formula parse();

private:
  /// An index into the formula's nodes; nullopt after an error.
  using Index = std::optional<uint32_t>;
  Index parseClamped();
  Index parseOr();
  Index parseAnd();
  Index parseNot();
  Index parseComparison();
  Index parseSum();
  Index parseProduct();
  Index parseUnary();
  Index parsePower();
  Index parsePrimary();
  Index parseParenthesized();
  Index parseName();
  Index parseNumber();
  Index parseCall(const Token &name);
  bool parseCallArgument(ast::Node &call);
  bool closeBracket(llvm::StringRef symbol, const Token &open);

  uint32_t addNode(ast::Node node);
  uint32_t addOperator(ExprKind kind, SourceLocation location,
                       std::initializer_list<uint32_t> operands);
  /// Adds `kind` on `left` and `parseOperand()`, in the operator's place.
  Index addBinary(ExprKind kind, uint32_t left,
                  Index (FormulaParser::*parseOperand)());
  bool enterNesting(const Token &at);

  TokenStream &tokens;
  ast::Formula formula;
  unsigned nesting = 0;
};

} // namespace actin

#endif // ACTIN_FRONTEND_FORMULAPARSER_H
