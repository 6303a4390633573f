//===- FormulaParser.cpp - Expressions ------------------------------------===//

#include "Frontend/FormulaParser.h"

#include "Expr/Keywords.h"
#include "Frontend/Hints.h"

#include "llvm/ADT/ScopeExit.h"

namespace actin {

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

uint32_t FormulaParser::addNode(ast::Node node) {
  formula.nodes.push_back(std::move(node));
  return formula.nodes.size() - 1;
}

uint32_t FormulaParser::addOperator(ExprKind kind, SourceLocation location,
                                    std::initializer_list<uint32_t> operands) {
  return addNode({ast::Node::Operator, kind, 0, location, {}, operands, {}});
}

FormulaParser::Index
FormulaParser::addBinary(ExprKind kind, uint32_t left,
                         Index (FormulaParser::*parseOperand)()) {
  Token op = tokens.takeOperator();
  Index right = (this->*parseOperand)();
  if (!right)
    return right;
  return addOperator(kind, op.location, {left, *right});
}

bool FormulaParser::enterNesting(const Token &at) {
  if (nesting < maxNesting) {
    ++nesting;
    return true;
  }
  tokens.error(
      at, "nested more than " + std::to_string(maxNesting) + " levels deep",
      "'let' and 'fn' give parts of a formula a name");
  return false;
}

bool FormulaParser::closeBracket(llvm::StringRef symbol, const Token &open) {
  if (tokens.peek().is(symbol)) {
    // The newline behind it may end the statement.
    tokens.leaveBracket();
    tokens.take();
    return true;
  }
  // Where a statement starts, the bracket was forgotten.
  bool isForgotten = isKeyword(getText(tokens.peek()));
  std::string hint = isForgotten ? "" : explainLeftover(tokens.peek());
  SourceLocation place;
  if (hint.empty()) {
    hint = "to match this " + describe(open);
    place = open.location;
  }
  tokens.error(tokens.peek(),
               "expected '" + symbol.str() + "', got " +
                   describe(tokens.peek()),
               hint, place);
  return false;
}

//===----------------------------------------------------------------------===//
// Operators, the loosest first
//===----------------------------------------------------------------------===//

ast::Formula FormulaParser::parse() {
  formula = {};
  nesting = 0;
  if (!parseClamped())
    return {};
  return std::move(formula);
}

FormulaParser::Index FormulaParser::parseClamped() {
  Index value = parseOr();
  while (value && tokens.peek().is("clamp")) {
    Token clamp = tokens.take();
    Token open = tokens.peek();
    if (!tokens.expect("[", "after 'clamp'"))
      return std::nullopt;
    tokens.enterBracket();
    Index lower = parseOr();
    if (!lower || !tokens.expect(",", "between the bounds of a clamp"))
      return std::nullopt;
    Index upper = parseOr();
    if (!upper || !closeBracket("]", open))
      return std::nullopt;
    value =
        addOperator(ExprKind::Clamp, clamp.location, {*value, *lower, *upper});
  }
  return value;
}

FormulaParser::Index FormulaParser::parseOr() {
  Index left = parseAnd();
  while (left && tokens.peek().is("or"))
    left = addBinary(ExprKind::Or, *left, &FormulaParser::parseAnd);
  return left;
}

FormulaParser::Index FormulaParser::parseAnd() {
  Index left = parseNot();
  while (left && tokens.peek().is("and"))
    left = addBinary(ExprKind::And, *left, &FormulaParser::parseNot);
  return left;
}

FormulaParser::Index FormulaParser::parseNot() {
  std::vector<SourceLocation> nots;
  while (true) {
    if (tokens.peek().text == "!" || tokens.peek().text == "~")
      tokens.translateForeignOperator();
    if (!tokens.peek().is("not"))
      break;
    nots.push_back(tokens.takeOperator().location);
  }
  Index value = parseComparison();
  for (; value && !nots.empty(); nots.pop_back())
    value = addOperator(ExprKind::Not, nots.back(), {*value});
  return value;
}

static std::optional<ExprKind> getComparison(const Token &token) {
  using Result = std::optional<ExprKind>;
  return token.kind != Token::Symbol
             ? std::nullopt
             : llvm::StringSwitch<Result>(getText(token))
                   .Case("<", ExprKind::Less)
                   .Case("<=", ExprKind::LessEqual)
                   .Case(">", ExprKind::Greater)
                   .Case(">=", ExprKind::GreaterEqual)
                   .Case("==", ExprKind::Equal)
                   .Case("!=", ExprKind::NotEqual)
                   .Default(std::nullopt);
}

FormulaParser::Index FormulaParser::parseComparison() {
  Index left = parseSum();
  std::optional<ExprKind> kind =
      left ? getComparison(tokens.peek()) : std::nullopt;
  if (!kind)
    return left;
  left = addBinary(*kind, *left, &FormulaParser::parseSum);
  if (!left || !getComparison(tokens.peek()))
    return left;
  tokens.error(tokens.peek(), "comparisons do not chain",
               "write 'a < b and b < c' for 'a < b < c'");
  return std::nullopt;
}

FormulaParser::Index FormulaParser::parseSum() {
  Index left = parseProduct();
  while (left && (tokens.peek().is("+") || tokens.peek().is("-")))
    left = addBinary(tokens.peek().is("+") ? ExprKind::Add : ExprKind::Sub,
                     *left, &FormulaParser::parseProduct);
  return left;
}

FormulaParser::Index FormulaParser::parseProduct() {
  Index left = parseUnary();
  while (left && (tokens.peek().is("*") || tokens.peek().is("/")))
    left = addBinary(tokens.peek().is("*") ? ExprKind::Mul : ExprKind::Div,
                     *left, &FormulaParser::parseUnary);
  return left;
}

FormulaParser::Index FormulaParser::parseUnary() {
  std::vector<SourceLocation> signs;
  while (true) {
    if (tokens.peek().text == "−" || tokens.peek().text == "–")
      tokens.translateForeignOperator();
    if (!tokens.peek().is("-") && !tokens.peek().is("+"))
      break;
    Token sign = tokens.takeOperator();
    if (sign.text == "-")
      signs.push_back(sign.location);
  }
  Index value = parsePower();
  for (; value && !signs.empty(); signs.pop_back())
    value = addOperator(ExprKind::Neg, signs.back(), {*value});
  return value;
}

FormulaParser::Index FormulaParser::parsePower() {
  Index base = parsePrimary();
  if (!base)
    return base;
  // Every operand ends here: what follows it should be one of our operators.
  tokens.translateForeignOperator();
  if (!tokens.peek().is("**"))
    return base;
  if (!enterNesting(tokens.peek()))
    return std::nullopt;
  llvm::scope_exit leave([&] { --nesting; });
  // Right-associative; x ** -y is allowed.
  return addBinary(ExprKind::Pow, *base, &FormulaParser::parseUnary);
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

FormulaParser::Index FormulaParser::parsePrimary() {
  const Token &start = tokens.peek();
  if (start.kind == Token::Number)
    return parseNumber();
  if (start.is("("))
    return parseParenthesized();
  if (start.kind == Token::Name && !isKeyword(getText(start)))
    return parseName();
  tokens.error(start,
               "expected a number, a name or '(', got " + describe(start),
               explainMissingOperand(start));
  return std::nullopt;
}

FormulaParser::Index FormulaParser::parseParenthesized() {
  Token open = tokens.peek();
  if (!enterNesting(open))
    return std::nullopt;
  llvm::scope_exit leave([&] { --nesting; });
  tokens.take();
  tokens.enterBracket();
  Index value = parseClamped();
  if (!value || !closeBracket(")", open))
    return std::nullopt;
  return value;
}

FormulaParser::Index FormulaParser::parseName() {
  std::optional<Token> first = tokens.expectName("a name");
  if (!first)
    return std::nullopt;
  Token name = *first;
  // math.exp, np.exp, torch.nn.functional.silu: the last name is meant.
  while (tokens.peek().text == ".") {
    tokens.take();
    std::optional<Token> part = tokens.expectName("a name after '.'");
    if (!part)
      return std::nullopt;
    name = *part;
  }
  if (name.location != first->location) {
    const char *end = name.text.data() + name.text.size();
    llvm::StringRef path(first->text.data(), end - first->text.data());
    tokens.error(*first, "unknown name " + quoted(path),
                 "functions have no module in front: write " +
                     quoted(getText(name)));
  }
  if (tokens.peek().is("("))
    return parseCall(name);
  return addNode(
      {ast::Node::Name, {}, 0, name.location, getText(name), {}, {}});
}

FormulaParser::Index FormulaParser::parseNumber() {
  Token number = tokens.take();
  std::optional<Real> value = Real::parse(number.text);
  if (!value) {
    bool isNumber = isWellFormedNumber(number.text);
    tokens.error(number, describe(number) + (isNumber ? " is out of range"
                                                      : " is not a number"));
    return std::nullopt;
  }
  const Token &next = tokens.peek();
  if (next.kind == Token::Name &&
      next.text.data() == number.text.data() + number.text.size()) {
    tokens.error(next,
                 "expected an operator after " + describe(number) + ", got " +
                     describe(next),
                 "a product is written '*'");
    return std::nullopt;
  }
  formula.numbers.push_back(*value);
  uint32_t index = formula.numbers.size() - 1;
  return addNode({ast::Node::Number, {}, index, number.location, {}, {}, {}});
}

bool FormulaParser::parseCallArgument(ast::Node &call) {
  Token first = tokens.peek();
  size_t numNodes = formula.nodes.size();
  Index value = parseClamped();
  if (!value)
    return false;
  llvm::StringRef keyword;
  bool isName = formula.nodes.size() == numNodes + 1 &&
                formula.nodes.back().form == ast::Node::Name;
  if (tokens.peek().is("=") && isName) {
    keyword = formula.nodes.back().name;
    formula.nodes.pop_back();
    tokens.take();
    value = parseClamped();
    if (!value)
      return false;
  }
  if (keyword.empty() && !call.keywords.empty()) {
    tokens.error(first, "a positional argument after a named one",
                 "'=' names an argument; a comparison is written '=='");
    return false;
  }
  if (!keyword.empty()) {
    call.keywords.resize(call.operands.size());
    call.keywords.push_back(keyword);
  }
  call.operands.push_back(*value);
  return true;
}

FormulaParser::Index FormulaParser::parseCall(const Token &name) {
  Token open = tokens.peek();
  if (!enterNesting(open))
    return std::nullopt;
  llvm::scope_exit leave([&] { --nesting; });
  tokens.take();
  tokens.enterBracket();
  ast::Node call{ast::Node::Call, {}, 0, name.location, getText(name), {}, {}};
  if (!tokens.peek().is(")")) {
    do {
      if (!parseCallArgument(call))
        return std::nullopt;
    } while (tokens.takeIf(","));
  }
  if (!closeBracket(")", open))
    return std::nullopt;
  return addNode(std::move(call));
}

} // namespace actin
