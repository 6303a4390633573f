//===- Hints.h - What the author of a wrong formula may have meant -*- C++ -*-//
//
// In: what stands where it cannot stand, or a name that nothing has. Out: a
// sentence that says the mend, or an empty string where none is known.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_FRONTEND_HINTS_H
#define ACTIN_FRONTEND_HINTS_H

#include "Frontend/Lexer.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace actin {

/// The operator of this language for one of another ('^', '&', '×'); empty if
/// `text` is none.
llvm::StringRef translateOperator(llvm::StringRef text);

/// For a token where a number, a name or '(' is expected.
std::string explainMissingOperand(const Token &found);

/// For a token that follows a complete expression.
std::string explainLeftover(const Token &found);

/// For a token that starts no statement.
std::string explainStatementStart(const Token &found);

/// For a function that other languages have under this name.
std::string explainForeignFunction(llvm::StringRef name);

/// Finds the candidate nearest in spelling to a name that nothing has.
class SpellingHint {
public:
  explicit SpellingHint(llvm::StringRef wanted);

  void consider(llvm::StringRef candidate);
  /// "did you mean 'x'?", or empty where nothing is near.
  std::string take() const;

private:
  llvm::StringRef wanted;
  llvm::StringRef best;
  unsigned bestDistance;
};

/// `name` in quotes, cut to a readable length.
std::string quoted(llvm::StringRef name);

} // namespace actin

#endif // ACTIN_FRONTEND_HINTS_H
