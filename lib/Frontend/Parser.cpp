//===- Parser.cpp - Tokens to a module as it was written ------------------===//

#include "Frontend/Parser.h"

#include "Frontend/FormulaParser.h"

namespace actin {

namespace {

class Parser {
public:
  Parser(std::string_view source, DiagnosticList &diagnostics)
      : tokens(source, diagnostics), diagnostics(diagnostics) {}

  ast::Module parse();

private:
  void skipSeparators();
  /// To the next statement that can stand at top level.
  void skipToDefinition();
  void skipStatement();
  bool endStatement();
  bool parseFunction();
  bool parseActivation();
  bool parseArguments(ast::Definition &definition, bool allowParameters);
  bool parseArgument(ast::Definition &definition, bool isParameter);
  bool parseBody(ast::Definition &definition);
  bool parseBlock(ast::Definition &definition);
  bool parseLet(ast::Definition &definition);
  bool parseGradient();

  FormulaParser tokens;
  DiagnosticList &diagnostics;
  ast::Module module;
};

} // namespace

void Parser::skipSeparators() {
  while (tokens.peek().kind == Token::Newline || tokens.peek().is(";"))
    tokens.take();
}

void Parser::skipStatement() {
  tokens.resetBrackets();
  while (tokens.peek().kind != Token::End &&
         tokens.peek().kind != Token::Newline && !tokens.peek().is(";") &&
         !tokens.peek().is("}"))
    tokens.take();
}

void Parser::skipToDefinition() {
  tokens.resetBrackets();
  while (tokens.peek().kind != Token::End) {
    while (tokens.peek().kind != Token::Newline &&
           tokens.peek().kind != Token::End)
      tokens.take();
    skipSeparators();
    if (tokens.peek().is("fn") || tokens.peek().is("activation"))
      return;
  }
}

/// A statement ends with its line, at ';', or before '}'.
bool Parser::endStatement() {
  const Token &next = tokens.peek();
  if (next.kind == Token::Newline || next.kind == Token::End || next.is(";") ||
      next.is("}"))
    return true;
  std::string note;
  if (next.is("if"))
    note = "a choice is written where(condition, a, b)";
  else if (next.kind == Token::Unknown && next.text == "^")
    note = "a power is written '**'";
  else if (next.kind == Token::Unknown && next.text == "&")
    note = "write 'and'";
  else if (next.kind == Token::Unknown && next.text == "|")
    note = "write 'or'";
  else if (next.kind == Token::Unknown && next.text == ".")
    note = "functions have no module in front: write exp(x), not np.exp(x)";
  tokens.error(next,
               "expected an operator or the end of the statement, got " +
                   FormulaParser::describe(next),
               note);
  return false;
}

bool Parser::parseArgument(ast::Definition &definition, bool isParameter) {
  std::optional<Token> name =
      tokens.expectName(isParameter ? "a parameter's name" : "an input's name");
  if (!name)
    return false;
  ast::Argument argument;
  argument.name = std::string(name->text);
  argument.location = name->location;
  argument.isParameter = isParameter;
  if (isParameter && tokens.takeIf("[")) {
    if (!tokens.expect("channel", "in the brackets of a parameter") ||
        !tokens.expect("]", "after 'channel'"))
      return false;
    argument.perChannel = true;
  }
  if (tokens.peek().is("=") && !isParameter) {
    tokens.error(tokens.peek(), "an input has no default value",
                 "parameters follow the inputs, after ';'");
    return false;
  }
  if (tokens.takeIf("=")) {
    argument.defaultValue = tokens.parseFormula();
    if (!argument.defaultValue)
      return false;
  }
  definition.arguments.push_back(std::move(argument));
  return true;
}

bool Parser::parseArguments(ast::Definition &definition,
                            bool allowParameters) {
  if (!tokens.expect("(", "after the name"))
    return false;
  tokens.enterBracket();
  bool isParameter = false;
  if (tokens.peek().is(")")) {
    tokens.error(tokens.peek(), "'" + definition.name + "' has no input");
    return false;
  }
  while (true) {
    if (!parseArgument(definition, isParameter))
      return false;
    if (tokens.takeIf(","))
      continue;
    if (allowParameters && !isParameter && tokens.takeIf(";")) {
      isParameter = true;
      continue;
    }
    break;
  }
  if (!tokens.peek().is(")"))
    return tokens.expect(")", "after the arguments of '" + definition.name +
                                  "'");
  tokens.leaveBracket();
  tokens.take();
  return true;
}

bool Parser::parseFunction() {
  tokens.take();
  std::optional<Token> name = tokens.expectName("a function's name");
  if (!name)
    return false;
  ast::Definition definition;
  definition.name = std::string(name->text);
  definition.location = name->location;
  if (!parseArguments(definition, /*allowParameters=*/false) ||
      !tokens.expect("=", "after the arguments of '" + definition.name + "'"))
    return false;
  std::optional<ast::Formula> body = tokens.parseFormula();
  if (!body)
    return false;
  definition.result = std::move(*body);
  module.definitions.push_back(std::move(definition));
  return endStatement();
}

bool Parser::parseLet(ast::Definition &definition) {
  tokens.take();
  std::optional<Token> name = tokens.expectName("a name after 'let'");
  if (!name || !tokens.expect("=", "after the name of a 'let'"))
    return false;
  std::optional<ast::Formula> value = tokens.parseFormula();
  if (!value)
    return false;
  definition.lets.push_back(
      {std::string(name->text), name->location, std::move(*value)});
  return endStatement();
}

bool Parser::parseBlock(ast::Definition &definition) {
  bool failed = false, hasReturn = false;
  while (true) {
    skipSeparators();
    const Token &next = tokens.peek();
    bool good = true;
    if (next.is("}")) {
      break;
    } else if (next.kind == Token::End || next.is("activation") ||
               next.is("fn")) {
      tokens.error(next, "expected '}' to close the body of '" +
                             definition.name + "', got " +
                             FormulaParser::describe(next));
      return false;
    } else if (hasReturn) {
      tokens.error(next, "nothing may follow 'return'");
      good = false;
    } else if (next.is("let")) {
      good = parseLet(definition);
    } else if (next.is("return")) {
      tokens.take();
      std::optional<ast::Formula> value = tokens.parseFormula();
      good = value && endStatement();
      hasReturn = true;
      if (value)
        definition.result = std::move(*value);
    } else {
      tokens.error(next, "expected 'let', 'return' or '}', got " +
                             FormulaParser::describe(next));
      good = false;
    }
    failed |= !good;
    if (!good)
      skipStatement();
  }
  Token close = tokens.take();
  if (!hasReturn)
    tokens.error(close, "the body of '" + definition.name +
                            "' has no 'return'");
  return hasReturn && !failed;
}

bool Parser::parseBody(ast::Definition &definition) {
  if (tokens.takeIf("{"))
    return parseBlock(definition);
  if (!tokens.takeIf("=")) {
    tokens.error(tokens.peek(), "expected '=' or '{' after the arguments of '" +
                                    definition.name + "', got " +
                                    FormulaParser::describe(tokens.peek()));
    return false;
  }
  while (tokens.peek().kind == Token::Newline)
    tokens.take(); // '=' ends no statement either.
  std::optional<ast::Formula> body = tokens.parseFormula();
  if (!body)
    return false;
  definition.result = std::move(*body);
  return true;
}

bool Parser::parseActivation() {
  tokens.take();
  std::optional<Token> name = tokens.expectName("an activation's name");
  if (!name)
    return false;
  ast::Definition definition;
  definition.isActivation = true;
  definition.name = std::string(name->text);
  definition.location = name->location;
  if (!parseArguments(definition, /*allowParameters=*/true) ||
      !parseBody(definition))
    return false;
  module.definitions.push_back(std::move(definition));
  return tokens.peek().is("gradient") || endStatement();
}

bool Parser::parseGradient() {
  Token keyword = tokens.take();
  if (module.definitions.empty() ||
      !module.definitions.back().isActivation) {
    tokens.error(keyword, "'gradient' must follow an activation");
    return false;
  }
  std::optional<Token> name =
      tokens.expectName("an input's or parameter's name after 'gradient'");
  if (!name || !tokens.expect("=", "after the name of a gradient"))
    return false;
  std::optional<ast::Formula> value = tokens.parseFormula();
  if (!value)
    return false;
  module.definitions.back().gradients.push_back(
      {std::string(name->text), name->location, std::move(*value)});
  return endStatement();
}

ast::Module Parser::parse() {
  skipSeparators();
  while (tokens.peek().kind != Token::End && !diagnostics.isFull()) {
    const Token &next = tokens.peek();
    bool good;
    if (next.is("fn")) {
      good = parseFunction();
    } else if (next.is("activation")) {
      good = parseActivation();
    } else if (next.is("gradient")) {
      good = parseGradient();
    } else {
      tokens.error(next, "expected 'activation' or 'fn', got " +
                             FormulaParser::describe(next));
      good = false;
    }
    if (!good)
      skipToDefinition();
    skipSeparators();
  }
  return std::move(module);
}

ast::Module parseAst(std::string_view source, DiagnosticList &diagnostics) {
  return Parser(source, diagnostics).parse();
}

} // namespace actin
