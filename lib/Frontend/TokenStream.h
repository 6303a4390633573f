//===- TokenStream.h - Tokens with one of look-ahead ------------*- C++ -*-===//

#ifndef ACTIN_FRONTEND_TOKENSTREAM_H
#define ACTIN_FRONTEND_TOKENSTREAM_H

#include "Frontend/DiagnosticList.h"
#include "Frontend/Lexer.h"

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace actin {

/// The tokens of a text. Inside brackets a newline is a blank.
class TokenStream {
public:
  TokenStream(std::string_view source, DiagnosticList &diagnostics)
      : diagnostics(diagnostics), lexer(source), token(lexer.next()) {}

  const Token &peek();
  Token take();
  bool takeIf(llvm::StringRef symbol);
  /// Takes the binary operator that is next, and the newlines behind it: they
  /// end nothing.
  Token takeOperator();
  /// Takes `symbol`, or reports that it was expected `where`.
  bool expect(llvm::StringRef symbol, llvm::StringRef where);
  /// Takes a name that is no keyword, or reports that `what` was expected.
  std::optional<Token> expectName(llvm::StringRef what);
  /// Reads an operator of another language as ours, after an error.
  void translateForeignOperator();

  void enterBracket() { ++bracketDepth; }
  void leaveBracket() { --bracketDepth; }
  /// After an error: brackets that were open are forgotten.
  void resetBrackets() { bracketDepth = 0; }

  void error(const Token &at, std::string message, std::string note = {},
             SourceLocation noteLocation = {}) {
    diagnostics.error(at.location, std::move(message), std::move(note),
                      noteLocation);
  }

private:
  DiagnosticList &diagnostics;
  Lexer lexer;
  Token token;
  unsigned bracketDepth = 0;
};

/// "'x'", "the end of the line" …, for messages.
std::string describe(const Token &token);

/// The token's text.
llvm::StringRef getText(const Token &token);

} // namespace actin

#endif // ACTIN_FRONTEND_TOKENSTREAM_H
