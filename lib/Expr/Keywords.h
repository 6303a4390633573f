//===- Keywords.h - Names that a formula cannot take ------------*- C++ -*-===//

#ifndef ACTIN_EXPR_KEYWORDS_H
#define ACTIN_EXPR_KEYWORDS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSwitch.h"

namespace actin {

/// A word of the grammar.
inline bool isKeyword(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases({"fn", "activation", "let", "return", "gradient", "clamp"}, true)
      .Cases({"and", "or", "not"}, true)
      .Default(false);
}

inline bool isBuiltinFunction(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases({"min", "max", "clip", "where"}, true)
#define ACTIN_UNARY_FUNCTION(kind, spelling) .Case(#spelling, true)
#include "actin/Functions.def"
      .Default(false);
}

inline bool isReservedName(llvm::StringRef name) {
  return isKeyword(name) || isBuiltinFunction(name);
}

} // namespace actin

#endif // ACTIN_EXPR_KEYWORDS_H
