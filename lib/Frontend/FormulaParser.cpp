//===- FormulaParser.cpp - Expressions ------------------------------------===//

#include "Frontend/FormulaParser.h"

#include "Expr/Keywords.h"

#include "llvm/ADT/ScopeExit.h"

namespace actin {

//===----------------------------------------------------------------------===//
// The token stream
//===----------------------------------------------------------------------===//

const Token &FormulaParser::peek() {
  while (bracketDepth > 0 && token.kind == Token::Newline)
    token = lexer.next();
  return token;
}

Token FormulaParser::take() {
  Token taken = peek();
  if (taken.kind != Token::End)
    token = lexer.next();
  return taken;
}

bool FormulaParser::takeIf(std::string_view symbol) {
  if (!peek().is(symbol))
    return false;
  take();
  return true;
}

std::string FormulaParser::describe(const Token &token) {
  switch (token.kind) {
  case Token::End:
    return "the end of the text";
  case Token::Newline:
    return "the end of the line";
  case Token::Unknown: {
    unsigned char byte = token.text.front();
    if (byte >= 0x21 && byte < 0x7f)
      return "'" + std::string(token.text) + "'";
    static const char digits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned char c : token.text)
      hex += std::string(" ") + digits[c >> 4] + digits[c & 15];
    return "the character with bytes" + hex;
  }
  default: {
    std::string_view text = token.text.substr(0, 40);
    return "'" + std::string(text) + (text.size() < token.text.size()
                                          ? "…'"
                                          : "'");
  }
  }
}

void FormulaParser::error(const Token &at, std::string message,
                          std::string note) {
  diagnostics.error(at.location, std::move(message), std::move(note));
}

bool FormulaParser::expect(std::string_view symbol, std::string_view where) {
  if (takeIf(symbol))
    return true;
  const Token &found = peek();
  error(found, "expected '" + std::string(symbol) + "' " + std::string(where) +
                   ", got " + describe(found));
  return false;
}

std::optional<Token> FormulaParser::expectName(std::string_view what) {
  const Token &found = peek();
  if (found.kind != Token::Name) {
    error(found, "expected " + std::string(what) + ", got " + describe(found));
    return std::nullopt;
  }
  llvm::StringRef name(found.text.data(), found.text.size());
  if (isKeyword(name)) {
    error(found, describe(found) + " is a keyword and cannot be " +
                     std::string(what));
    return std::nullopt;
  }
  return take();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

uint32_t FormulaParser::addNode(ast::Node node) {
  formula.nodes.push_back(std::move(node));
  return formula.nodes.size() - 1;
}

uint32_t FormulaParser::addOperator(ExprKind kind, SourceLocation location,
                                    std::vector<uint32_t> operands) {
  ast::Node node{ast::Node::Operator, location, {}, kind, Real(),
                 std::move(operands), {}};
  return addNode(std::move(node));
}

bool FormulaParser::enterNesting(const Token &at) {
  if (nesting < maxNesting) {
    ++nesting;
    return true;
  }
  error(at, "nested more than " + std::to_string(maxNesting) + " levels deep");
  return false;
}

//===----------------------------------------------------------------------===//
// Expressions, loosest operator first
//===----------------------------------------------------------------------===//

std::optional<ast::Formula> FormulaParser::parseFormula() {
  formula = {};
  nesting = 0;
  if (!parseClamped())
    return std::nullopt;
  return std::move(formula);
}

FormulaParser::Index FormulaParser::parseClamped() {
  Index value = parseOr();
  while (value && peek().is("clamp")) {
    Token clamp = take();
    if (!expect("[", "after 'clamp'"))
      return std::nullopt;
    enterBracket();
    Index lower = parseOr();
    if (!lower || !expect(",", "between the bounds of a clamp"))
      return std::nullopt;
    Index upper = parseOr();
    if (!upper || !peek().is("]")) {
      if (upper)
        expect("]", "after the bounds of a clamp");
      return std::nullopt;
    }
    leaveBracket();
    take();
    value = addOperator(ExprKind::Clamp, clamp.location,
                        {*value, *lower, *upper});
  }
  return value;
}

FormulaParser::Index FormulaParser::parseOr() {
  Index left = parseAnd();
  while (left && peek().is("or")) {
    Token op = take();
    enterBracket(); // A newline after an operator ends nothing.
    peek();
    leaveBracket();
    Index right = parseAnd();
    if (!right)
      return right;
    left = addOperator(ExprKind::Or, op.location, {*left, *right});
  }
  return left;
}

FormulaParser::Index FormulaParser::parseAnd() {
  Index left = parseNot();
  while (left && peek().is("and")) {
    Token op = take();
    enterBracket();
    peek();
    leaveBracket();
    Index right = parseNot();
    if (!right)
      return right;
    left = addOperator(ExprKind::And, op.location, {*left, *right});
  }
  return left;
}

FormulaParser::Index FormulaParser::parseNot() {
  std::vector<SourceLocation> nots;
  while (peek().is("not"))
    nots.push_back(take().location);
  Index value = parseComparison();
  for (; value && !nots.empty(); nots.pop_back())
    value = addOperator(ExprKind::Not, nots.back(), {*value});
  return value;
}

static std::optional<ExprKind> getComparison(const Token &token) {
  if (token.kind != Token::Symbol)
    return std::nullopt;
  return llvm::StringSwitch<std::optional<ExprKind>>(
             llvm::StringRef(token.text.data(), token.text.size()))
      .Case("<", ExprKind::Less)
      .Case("<=", ExprKind::LessEqual)
      .Case(">", ExprKind::Greater)
      .Case(">=", ExprKind::GreaterEqual)
      .Case("==", ExprKind::Equal)
      .Case("!=", ExprKind::NotEqual)
      .Default(std::nullopt);
}

FormulaParser::Index FormulaParser::parseComparison() {
  Index left = parseBinaryChain(0);
  std::optional<ExprKind> kind = left ? getComparison(peek()) : std::nullopt;
  if (!kind)
    return left;
  Token op = take();
  enterBracket();
  peek();
  leaveBracket();
  Index right = parseBinaryChain(0);
  if (!right)
    return right;
  if (getComparison(peek())) {
    error(peek(), "comparisons do not chain",
          "write 'a < b and b < c' for 'a < b < c'");
    return std::nullopt;
  }
  return addOperator(*kind, op.location, {*left, *right});
}

/// Level 0: + and -; level 1: * and /.
FormulaParser::Index FormulaParser::parseBinaryChain(unsigned level) {
  auto parseOperand = [&] {
    return level == 0 ? parseBinaryChain(1) : parseUnary();
  };
  Index left = parseOperand();
  while (left) {
    bool first = peek().is(level == 0 ? "+" : "*");
    if (!first && !peek().is(level == 0 ? "-" : "/"))
      return left;
    Token op = take();
    enterBracket();
    peek();
    leaveBracket();
    Index right = parseOperand();
    if (!right)
      return right;
    ExprKind kind = level == 0 ? (first ? ExprKind::Add : ExprKind::Sub)
                               : (first ? ExprKind::Mul : ExprKind::Div);
    left = addOperator(kind, op.location, {*left, *right});
  }
  return left;
}

FormulaParser::Index FormulaParser::parseUnary() {
  std::vector<SourceLocation> signs;
  while (peek().is("-") || peek().is("+")) {
    Token sign = take();
    if (sign.text == "-")
      signs.push_back(sign.location);
  }
  Index value = parsePower();
  for (; value && !signs.empty(); signs.pop_back()) {
    // A negative number is one constant.
    ast::Node &operand = formula.nodes[*value];
    if (operand.form == ast::Node::Number &&
        *value == formula.nodes.size() - 1)
      operand.value = -operand.value;
    else
      value = addOperator(ExprKind::Neg, signs.back(), {*value});
  }
  return value;
}

FormulaParser::Index FormulaParser::parsePower() {
  Index base = parsePrimary();
  if (!base || !peek().is("**"))
    return base;
  Token op = take();
  enterBracket();
  peek();
  leaveBracket();
  if (!enterNesting(op))
    return std::nullopt;
  llvm::scope_exit leave([&] { --nesting; });
  Index exponent = parseUnary(); // Right-associative; x ** -y is allowed.
  if (!exponent)
    return exponent;
  return addOperator(ExprKind::Pow, op.location, {*base, *exponent});
}

/// What somebody who knows another language may have meant.
void FormulaParser::explainUnexpected(const Token &unexpected) {
  llvm::StringRef text(unexpected.text.data(), unexpected.text.size());
  std::string note =
      llvm::StringSwitch<std::string>(text)
          .Case("^", "a power is written '**'")
          .Case("&", "write 'and'")
          .Case("|", "write 'or'; a magnitude is abs(x)")
          .Cases({"!", "~"}, "write 'not'")
          .Cases({"?", ":"}, "write where(condition, a, b)")
          .Cases({"×", "·"}, "a product is written '*'")
          .Cases({"−", "–"}, "a minus sign is written '-'")
          .Case("π", "write 'pi'")
          .Case("=", "a definition starts with 'let'")
          .Default("");
  error(unexpected,
        "expected a number, a name or '(', got " + describe(unexpected), note);
}

FormulaParser::Index FormulaParser::parsePrimary() {
  Token start = peek();
  if (start.kind == Token::Number) {
    take();
    return parseNumber(start);
  }
  if (start.is("(")) {
    if (!enterNesting(start))
      return std::nullopt;
    llvm::scope_exit leave([&] { --nesting; });
    take();
    enterBracket();
    Index value = parseClamped();
    if (!value)
      return value;
    if (!peek().is(")")) {
      error(peek(), "expected ')', got " + describe(peek()),
            "to match the '(' at line " + std::to_string(start.location.line) +
                ", column " + std::to_string(start.location.column));
      return std::nullopt;
    }
    leaveBracket();
    take();
    return value;
  }
  llvm::StringRef name(start.text.data(), start.text.size());
  if (start.kind != Token::Name || isKeyword(name)) {
    explainUnexpected(start);
    return std::nullopt;
  }
  take();
  if (peek().is("("))
    return parseCall(start);
  if (peek().kind == Token::Unknown && peek().text == ".") {
    error(peek(), "expected an operator after " + describe(start) +
                      ", got '.'",
          "functions have no module in front: write exp(x), not np.exp(x)");
    return std::nullopt;
  }
  ast::Node node{ast::Node::Name, start.location, name.str(), {}, Real(), {},
                 {}};
  return addNode(std::move(node));
}

FormulaParser::Index FormulaParser::parseNumber(const Token &number) {
  std::optional<Real> value = Real::parse(number.text);
  if (!value) {
    error(number, describe(number) + " is no number in range");
    return std::nullopt;
  }
  if (peek().kind == Token::Name &&
      peek().location.line == number.location.line &&
      peek().location.column == number.location.column + number.text.size()) {
    error(peek(), "expected an operator after " + describe(number) + ", got " +
                      describe(peek()),
          "a product is written '*'");
    return std::nullopt;
  }
  ast::Node node{ast::Node::Number, number.location, {}, {}, *value, {}, {}};
  return addNode(std::move(node));
}

bool FormulaParser::parseCallArgument(ast::Node &call) {
  std::string keyword;
  Token first = peek();
  Index value = parseClamped();
  if (!value)
    return false;
  if (peek().is("=") && formula.nodes[*value].form == ast::Node::Name &&
      *value == formula.nodes.size() - 1) {
    keyword = formula.nodes[*value].name;
    formula.nodes.pop_back();
    take();
    value = parseClamped();
    if (!value)
      return false;
  }
  if (keyword.empty() && !call.keywords.empty() &&
      !call.keywords.back().empty()) {
    error(first, "a positional argument after a named one");
    return false;
  }
  call.operands.push_back(*value);
  call.keywords.push_back(std::move(keyword));
  return true;
}

FormulaParser::Index FormulaParser::parseCall(const Token &name) {
  Token open = peek();
  if (!enterNesting(open))
    return std::nullopt;
  llvm::scope_exit leave([&] { --nesting; });
  take();
  enterBracket();
  ast::Node call{ast::Node::Call, name.location, std::string(name.text), {},
                 Real(), {}, {}};
  if (!peek().is(")")) {
    do {
      if (!parseCallArgument(call))
        return std::nullopt;
    } while (takeIf(","));
  }
  if (!peek().is(")")) {
    error(peek(), "expected ',' or ')', got " + describe(peek()),
          "to match the '(' of '" + std::string(name.text) + "'");
    return std::nullopt;
  }
  leaveBracket();
  take();
  return addNode(std::move(call));
}

} // namespace actin
