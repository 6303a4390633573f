//===- Keywords.h - Names that a formula cannot take ------------*- C++ -*-===//

#ifndef ACTIN_EXPR_KEYWORDS_H
#define ACTIN_EXPR_KEYWORDS_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
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

/// The constants that have no other spelling. (`pi` and `e` may be hidden.)
inline bool isReservedConstant(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases({"inf", "exp_max", "exp_min"}, true)
      .Default(false);
}

/// What no input, parameter, `let` or `fn` may be called.
inline bool isReservedName(llvm::StringRef name) {
  return isKeyword(name) || isBuiltinFunction(name) || isReservedConstant(name);
}

/// Longer names are refused: a formula that is expanded in place may repeat a
/// name tens of thousands of times.
inline constexpr size_t maxNameLength = 255;

/// A letter or '_', then letters, digits and '_'.
inline bool isIdentifier(llvm::StringRef name) {
  auto isPart = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  return !name.empty() && name.size() <= maxNameLength &&
         !llvm::isDigit(name.front()) && llvm::all_of(name, isPart);
}

} // namespace actin

#endif // ACTIN_EXPR_KEYWORDS_H
