//===- Lexer.h - Text to tokens ---------------------------------*- C++ -*-===//

#ifndef ACTIN_FRONTEND_LEXER_H
#define ACTIN_FRONTEND_LEXER_H

#include "actin/Diagnostic.h"

#include <string_view>

namespace actin {

struct Token {
  enum Kind {
    End,
    Newline,
    Name,
    Number,
    Symbol, ///< An operator, bracket or separator; `text` says which.
    Unknown ///< One character, or an operator of C, that is no token here.
  };
  Kind kind = End;
  std::string_view text;
  SourceLocation location;

  bool is(std::string_view symbol) const {
    return (kind == Symbol || kind == Name) && text == symbol;
  }
};

/// Makes tokens on demand; never fails (an Unknown token stands for what it
/// cannot read). `source` must outlive the tokens.
class Lexer {
public:
  explicit Lexer(std::string_view source) : source(source) {
    // A byte order mark is no part of the text.
    if (source.substr(0, 3) == "\xef\xbb\xbf")
      position = lineStart = 3;
  }

  Token next();

private:
  void skipBlanks();
  Token make(Token::Kind kind, size_t length);
  size_t measureNumber() const;

  std::string_view source;
  size_t position = 0;
  uint32_t line = 1;
  size_t lineStart = 0;
};

} // namespace actin

#endif // ACTIN_FRONTEND_LEXER_H
