//===- TokenStream.cpp - Tokens with one of look-ahead --------------------===//

#include "Frontend/TokenStream.h"

#include "Expr/Keywords.h"
#include "Frontend/Hints.h"

#include "llvm/Support/ConvertUTF.h"

namespace actin {

llvm::StringRef getText(const Token &token) {
  return {token.text.data(), token.text.size()};
}

std::string describe(const Token &token) {
  if (token.kind == Token::End)
    return "the end of the text";
  if (token.kind == Token::Newline)
    return "the end of the line";
  if (token.kind != Token::Unknown)
    return quoted(getText(token));
  unsigned char first = token.text.front();
  auto *begin = reinterpret_cast<const llvm::UTF8 *>(token.text.data());
  bool isText = llvm::isLegalUTF8Sequence(begin, begin + token.text.size());
  if (isText && first >= 0x20 && first != 0x7f)
    return quoted(getText(token));
  return "the byte 0x" + llvm::utohexstr(first, /*LowerCase=*/true, 2);
}

const Token &TokenStream::peek() {
  while (bracketDepth > 0 && token.kind == Token::Newline)
    token = lexer.next();
  return token;
}

Token TokenStream::take() {
  Token taken = peek();
  if (taken.kind != Token::End)
    token = lexer.next();
  return taken;
}

bool TokenStream::takeIf(llvm::StringRef symbol) {
  if (!peek().is(symbol))
    return false;
  take();
  return true;
}

Token TokenStream::takeOperator() {
  Token taken = take();
  while (token.kind == Token::Newline)
    token = lexer.next();
  return taken;
}

bool TokenStream::expect(llvm::StringRef symbol, llvm::StringRef where) {
  if (takeIf(symbol))
    return true;
  const Token &found = peek();
  error(found,
        "expected '" + symbol.str() + "' " + where.str() + ", got " +
            describe(found),
        symbol == "=" && found.is("==") ? "a definition is written with '='"
                                        : "");
  return false;
}

std::optional<Token> TokenStream::expectName(llvm::StringRef what) {
  const Token &found = peek();
  if (found.kind != Token::Name) {
    error(found, "expected " + what.str() + ", got " + describe(found));
    return std::nullopt;
  }
  if (isKeyword(getText(found))) {
    error(found, describe(found) + " is a keyword and cannot be " + what.str());
    return std::nullopt;
  }
  if (found.text.size() > maxNameLength) {
    error(found, "a name has at most " + std::to_string(maxNameLength) +
                     " characters");
    return std::nullopt;
  }
  return take();
}

void TokenStream::translateForeignOperator() {
  Token foreign = peek();
  llvm::StringRef ours =
      foreign.kind == Token::Unknown ? translateOperator(getText(foreign)) : "";
  if (ours.empty())
    return;
  error(foreign, "unknown operator " + describe(foreign),
        "it is written '" + ours.str() + "' here");
  token = {Token::Symbol, {ours.data(), ours.size()}, foreign.location};
}

} // namespace actin
