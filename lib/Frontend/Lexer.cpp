//===- Lexer.cpp - Text to tokens -----------------------------------------===//

#include "Frontend/Lexer.h"

namespace actin {

static bool isDigit(char c) { return c >= '0' && c <= '9'; }
static bool isHexDigit(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static bool isNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Blanks, comments and carriage returns; not newlines.
void Lexer::skipBlanks() {
  while (position < source.size()) {
    char c = source[position];
    if (c == '#') {
      while (position < source.size() && source[position] != '\n')
        ++position;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      ++position;
    } else {
      return;
    }
  }
}

Token Lexer::make(Token::Kind kind, size_t length) {
  Token token{kind,
              source.substr(position, length),
              {line, uint32_t(position - lineStart + 1)}};
  position += length;
  if (kind == Token::Newline) {
    ++line;
    lineStart = position;
  }
  return token;
}

/// Decimal or hexadecimal floating point, exponent included where complete.
size_t Lexer::measureNumber() const {
  auto at = [&](size_t i) { return i < source.size() ? source[i] : '\0'; };
  size_t i = position;
  bool isHex = at(i) == '0' && (at(i + 1) == 'x' || at(i + 1) == 'X');
  auto isPart = [&](char c) {
    return (isHex ? isHexDigit(c) : isDigit(c)) || c == '.';
  };
  if (isHex)
    i += 2;
  while (isPart(at(i)))
    ++i;
  char exponent = at(i);
  if (isHex ? exponent == 'p' || exponent == 'P'
            : exponent == 'e' || exponent == 'E') {
    size_t digits = i + 1;
    if (at(digits) == '+' || at(digits) == '-')
      ++digits;
    if (isDigit(at(digits))) {
      i = digits;
      while (isDigit(at(i)))
        ++i;
    }
  }
  return i - position;
}

Token Lexer::next() {
  skipBlanks();
  if (position >= source.size())
    return make(Token::End, 0);
  char c = source[position];
  char after = position + 1 < source.size() ? source[position + 1] : '\0';
  if (c == '\n')
    return make(Token::Newline, 1);
  if (isNameStart(c)) {
    size_t length = 1;
    while (position + length < source.size() &&
           (isNameStart(source[position + length]) ||
            isDigit(source[position + length])))
      ++length;
    return make(Token::Name, length);
  }
  if (isDigit(c) || (c == '.' && isDigit(after)))
    return make(Token::Number, measureNumber());
  for (std::string_view symbol : {"**", "<=", ">=", "==", "!="})
    if (source.substr(position, 2) == symbol)
      return make(Token::Symbol, 2);
  if (std::string_view("+-*/()[]{},;=<>").find(c) != std::string_view::npos)
    return make(Token::Symbol, 1);
  for (std::string_view symbol : {"&&", "||"})
    if (source.substr(position, 2) == symbol)
      return make(Token::Unknown, 2);
  // A whole UTF-8 sequence is one character to a reader.
  size_t length = 1;
  if (static_cast<unsigned char>(c) >= 0xc0)
    while (length < 4 && position + length < source.size() &&
           (static_cast<unsigned char>(source[position + length]) & 0xc0) ==
               0x80)
      ++length;
  return make(Token::Unknown, length);
}

} // namespace actin
