//===- Parser.cpp - Tokens to a module as it was written ------------------===//
//
// After an error parsing goes on at the next word that starts a statement, and
// what was read of a definition is kept: its name must not be unknown to its
// users, nor its `let`s to the statements that follow.
//
//===----------------------------------------------------------------------===//

#include "Frontend/Parser.h"

#include "Frontend/FormulaParser.h"
#include "Frontend/Hints.h"

namespace actin {

namespace {

/// The functions return false after an error, which is reported; the caller
/// then skips to where it can go on.
class Parser {
public:
  Parser(std::string_view source, DiagnosticList &diagnostics)
      : diagnostics(diagnostics), tokens(source, diagnostics),
        formulas(tokens) {}

  ast::Module parse();

private:
  void skipSeparators();
  void skipToStatement(bool inBlock);
  bool endStatement();
  bool parseDefinition();
  bool parseSignature(ast::Definition &definition);
  bool parseArgument(ast::Definition &definition, bool isParameter);
  bool parseBody(ast::Definition &definition);
  bool parseBlock(ast::Definition &definition);
  bool parseBlockStatement(ast::Definition &definition, bool &hasReturn);
  bool parseLet(ast::Definition &definition);
  bool parseGradient();

  DiagnosticList &diagnostics;
  TokenStream tokens;
  FormulaParser formulas;
  ast::Module module;
};

} // namespace

//===----------------------------------------------------------------------===//
// Statements and their ends
//===----------------------------------------------------------------------===//

static bool isSeparator(const Token &token) {
  return token.kind == Token::Newline || token.is(";");
}

static bool startsDefinition(const Token &token) {
  return token.is("fn") || token.is("activation") || token.is("gradient");
}

void Parser::skipSeparators() {
  while (isSeparator(tokens.peek()))
    tokens.take();
}

/// To what starts a statement; the keywords that do can stand nowhere else.
void Parser::skipToStatement(bool inBlock) {
  tokens.resetBrackets();
  while (tokens.peek().kind != Token::End) {
    const Token &next = tokens.peek();
    if (startsDefinition(next))
      return;
    if (inBlock && (next.is("let") || next.is("return") || next.is("}")))
      return;
    tokens.take();
  }
}

/// A statement ends with its line, at ';', or before '}'.
bool Parser::endStatement() {
  const Token &next = tokens.peek();
  if (isSeparator(next) || next.kind == Token::End || next.is("}"))
    return true;
  tokens.error(next,
               "expected an operator or the end of the statement, got " +
                   describe(next),
               explainLeftover(next));
  return false;
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

bool Parser::parseArgument(ast::Definition &definition, bool isParameter) {
  std::optional<Token> name =
      tokens.expectName(isParameter ? "a parameter's name" : "an input's name");
  if (!name)
    return false;
  ast::Argument argument;
  argument.name = getText(*name);
  argument.location = name->location;
  argument.isParameter = isParameter;
  const Token &next = tokens.peek();
  if (!isParameter && definition.isActivation &&
      (next.is("=") || next.is("["))) {
    tokens.error(next, "an input has no default value and no channels",
                 "parameters follow the inputs, after ';'");
    return false;
  }
  if (isParameter && tokens.takeIf("[")) {
    if (!tokens.expect("channel", "in the brackets of a parameter") ||
        !tokens.expect("]", "after 'channel'"))
      return false;
    argument.perChannel = true;
  }
  bool good = true;
  if (isParameter && tokens.takeIf("=")) {
    argument.defaultValue = formulas.parse();
    good = !argument.defaultValue->nodes.empty();
  }
  definition.arguments.push_back(std::move(argument));
  return good;
}

bool Parser::parseSignature(ast::Definition &definition) {
  Token open = tokens.peek();
  if (!tokens.expect("(", "after the name"))
    return false;
  tokens.enterBracket();
  if (tokens.peek().is(")") || tokens.peek().is(";")) {
    tokens.error(tokens.peek(),
                 quoted(definition.name) + (definition.isActivation
                                                ? " has no input"
                                                : " has no argument"));
    return false;
  }
  bool isParameter = false;
  while (true) {
    if (!parseArgument(definition, isParameter))
      return false;
    if (tokens.takeIf(","))
      continue;
    if (!definition.isActivation || isParameter || !tokens.takeIf(";"))
      break;
    isParameter = true;
  }
  if (!tokens.peek().is(")")) {
    tokens.error(tokens.peek(),
                 "expected ',' or ')' in the arguments of " +
                     quoted(definition.name) + ", got " +
                     describe(tokens.peek()),
                 "to match this '('", open.location);
    return false;
  }
  tokens.leaveBracket();
  tokens.take();
  return true;
}

bool Parser::parseBody(ast::Definition &definition) {
  bool hasBlock = definition.isActivation && tokens.peek().is("{");
  if (hasBlock)
    return parseBlock(definition);
  if (!tokens.peek().is("=")) {
    const char *wanted = definition.isActivation ? "'=' or '{'" : "'='";
    tokens.error(tokens.peek(), std::string("expected ") + wanted +
                                    " after the arguments of " +
                                    quoted(definition.name) + ", got " +
                                    describe(tokens.peek()));
    return false;
  }
  tokens.takeOperator(); // A newline behind '=' ends nothing either.
  definition.result = formulas.parse();
  return !definition.result.nodes.empty() && endStatement();
}

bool Parser::parseDefinition() {
  ast::Definition definition;
  definition.isActivation = tokens.take().is("activation");
  std::optional<Token> name = tokens.expectName(
      definition.isActivation ? "an activation's name" : "a function's name");
  if (!name)
    return false;
  definition.name = getText(*name);
  definition.location = name->location;
  definition.isBroken = !parseSignature(definition);
  bool good = !definition.isBroken && parseBody(definition);
  module.definitions.push_back(std::move(definition));
  return good;
}

//===----------------------------------------------------------------------===//
// The statements of a body
//===----------------------------------------------------------------------===//

bool Parser::parseLet(ast::Definition &definition) {
  tokens.take();
  std::optional<Token> name = tokens.expectName("a name after 'let'");
  if (!name)
    return false;
  definition.lets.push_back({getText(*name), name->location, {}});
  if (!tokens.peek().is("="))
    return tokens.expect("=", "after the name of a 'let'");
  tokens.takeOperator();
  ast::Formula value = formulas.parse();
  bool good = !value.nodes.empty() && endStatement();
  definition.lets.back().value = std::move(value);
  return good;
}

bool Parser::parseBlockStatement(ast::Definition &definition, bool &hasReturn) {
  if (hasReturn) {
    Token surplus = tokens.take();
    tokens.error(surplus,
                 "expected '}' after 'return', got " + describe(surplus),
                 explainStatementStart(surplus));
    return false;
  }
  const Token &next = tokens.peek();
  if (next.is("let"))
    return parseLet(definition);
  if (next.is("return")) {
    hasReturn = true;
    tokens.take();
    definition.result = formulas.parse();
    return !definition.result.nodes.empty() && endStatement();
  }
  tokens.error(next, "expected 'let', 'return' or '}', got " + describe(next),
               explainStatementStart(next));
  return false;
}

bool Parser::parseBlock(ast::Definition &definition) {
  Token open = tokens.take();
  bool hasReturn = false, good = true;
  while (true) {
    skipSeparators();
    const Token &next = tokens.peek();
    if (next.is("}"))
      break;
    if (next.kind == Token::End || startsDefinition(next)) {
      // After another error the brace may well be among what was skipped.
      if (good)
        tokens.error(next,
                     "expected '}' to close the body of " +
                         quoted(definition.name) + ", got " + describe(next),
                     "to match this '{'", open.location);
      return startsDefinition(next);
    }
    if (!parseBlockStatement(definition, hasReturn)) {
      good = false;
      skipToStatement(/*inBlock=*/true);
    }
  }
  if (!hasReturn && good)
    tokens.error(tokens.peek(),
                 "the body of " + quoted(definition.name) + " has no 'return'");
  tokens.take();
  return tokens.peek().is("gradient") || endStatement();
}

bool Parser::parseGradient() {
  Token keyword = tokens.take();
  if (module.definitions.empty() || !module.definitions.back().isActivation) {
    tokens.error(keyword, "'gradient' must follow an activation");
    return false;
  }
  std::optional<Token> name =
      tokens.expectName("an input's or parameter's name after 'gradient'");
  if (!name || !tokens.peek().is("="))
    return name && tokens.expect("=", "after the name of a gradient");
  tokens.takeOperator();
  module.definitions.back().gradients.push_back(
      {getText(*name), name->location, formulas.parse()});
  return !module.definitions.back().gradients.back().value.nodes.empty() &&
         endStatement();
}

ast::Module Parser::parse() {
  skipSeparators();
  while (tokens.peek().kind != Token::End && !diagnostics.isFull()) {
    const Token &next = tokens.peek();
    bool good = false;
    if (next.is("gradient"))
      good = parseGradient();
    else if (startsDefinition(next))
      good = parseDefinition();
    else
      tokens.error(next, "expected 'activation' or 'fn', got " + describe(next),
                   explainStatementStart(next));
    if (!good)
      skipToStatement(/*inBlock=*/false);
    else if (tokens.peek().is("}"))
      // Ends a statement of a block, and there is none.
      tokens.error(tokens.take(), "this '}' closes nothing");
    skipSeparators();
  }
  return std::move(module);
}

ast::Module parseAst(std::string_view source, DiagnosticList &diagnostics) {
  return Parser(source, diagnostics).parse();
}

} // namespace actin
