//===- Hints.cpp - What the author of a wrong formula may have meant ------===//

#include "Frontend/Hints.h"

#include "Expr/Keywords.h"

#include <algorithm>

namespace actin {

static llvm::StringRef toStringRef(std::string_view text) {
  return {text.data(), text.size()};
}

llvm::StringRef translateOperator(llvm::StringRef text) {
  return llvm::StringSwitch<llvm::StringRef>(text)
      .Case("^", "**")
      .Cases({"&", "&&"}, "and")
      .Cases({"|", "||"}, "or")
      .Cases({"!", "~"}, "not")
      .Cases({"×", "·", "∙", "⋅"}, "*")
      .Case("÷", "/")
      .Cases({"−", "–"}, "-")
      .Case("≤", "<=")
      .Case("≥", ">=")
      .Case("≠", "!=")
      .Default("");
}

std::string explainMissingOperand(const Token &found) {
  if (found.kind == Token::Unknown && found.text == "|")
    return "a magnitude is written abs(x)";
  return llvm::StringSwitch<std::string>(toStringRef(found.text))
      .Case("π", "write 'pi'")
      .Case("∞", "write 'inf'")
      .Case("√", "write sqrt(x)")
      .Case("/", "a comment begins with '#'")
      .Case("clamp", "a clamp follows what it clamps: 'x clamp [lo, hi]'; the "
                     "function is clip(x, lo, hi)")
      .Case("let", "'let' starts a statement of its own, in '{ … }'")
      .Cases({"fn", "activation"}, "the definition before it is not finished")
      .Cases({"[", "{"}, "parentheses group an expression: '( … )'")
      .Cases({"and", "or", "<", "<=", ">", ">=", "==", "!=", "*", "**"},
             "an operand is missing in front of the operator")
      .Default("");
}

std::string explainLeftover(const Token &found) {
  if (found.kind == Token::Number)
    return "a product is written '*'";
  llvm::StringRef text = toStringRef(found.text);
  std::string hint =
      llvm::StringSwitch<std::string>(text)
          .Cases({"if", "?", ":"}, "a choice is written where(condition, a, b)")
          .Case("=", "a comparison is written '=='")
          .Case("(", "a product is written '*'")
          .Cases({"²", "³"}, "a power is written '**'")
          .Case("%", "the remainder is x - y * floor(x / y)")
          .Cases({"not", "let", "return", "fn", "activation", "gradient"},
                 "a statement ends with its line or at ';'")
          .Default("");
  if (hint.empty() && found.kind == Token::Name && !isKeyword(text))
    return "a product is written '*'";
  return hint;
}

std::string explainStatementStart(const Token &found) {
  llvm::StringRef text = toStringRef(found.text);
  if (llvm::StringSwitch<bool>(text)
          .Cases({"+", "-", "*", "/", "**", "<", "<=", ">"}, true)
          .Cases({">=", "==", "!=", "and", "or", "clamp"}, true)
          .Default(false))
    return "a line that goes on ends with its operator, or stands in "
           "parentheses";
  if (llvm::StringSwitch<bool>(text)
          .Cases({"def", "func", "function", "lambda"}, true)
          .Default(false))
    return "a helper is written: fn name(x) = …";
  if (found.kind != Token::Name)
    return "";
  SpellingHint spelling(text);
  for (llvm::StringRef keyword :
       {"activation", "fn", "let", "return", "gradient"})
    spelling.consider(keyword);
  std::string near = spelling.take();
  return !near.empty() ? near : "a term gets a name with: let name = …";
}

std::string explainForeignFunction(llvm::StringRef name) {
  return llvm::StringSwitch<std::string>(name)
      .Case("ln", "write 'log' for the natural logarithm")
      .Cases({"fabs", "magnitude", "absolute"}, "did you mean 'abs'?")
      .Cases({"pow", "power"}, "a power is written 'x ** y'")
      .Cases({"if", "select", "cond", "ifelse"},
             "a choice is written where(condition, a, b)")
      .Cases({"maximum", "fmax"}, "did you mean 'max'?")
      .Cases({"minimum", "fmin"}, "did you mean 'min'?")
      .Case("arctan", "did you mean 'atan'?")
      .Case("arcsin", "did you mean 'asin'?")
      .Case("arccos", "did you mean 'acos'?")
      .Case("arcsinh", "did you mean 'asinh'?")
      .Case("arccosh", "did you mean 'acosh'?")
      .Case("arctanh", "did you mean 'atanh'?")
      .Cases({"logistic", "expit"}, "did you mean 'sigmoid'?")
      .Cases({"sgn", "signum"}, "did you mean 'sign'?")
      .Cases({"rint", "nearbyint"}, "did you mean 'round'?")
      .Cases({"heaviside", "step"}, "write where(x > 0, 1, 0)")
      .Case("square", "a square is written 'x ** 2'")
      .Case("sqr", "a square is written 'x ** 2'")
      .Case("reciprocal", "write '1 / x'")
      .Cases({"Phi", "phi", "ndtr"}, "did you mean 'normcdf'?")
      .Cases({"hardclip", "clamp_", "saturate"}, "did you mean 'clip'?")
      .Default("");
}

/// Longer names are not guessed at, and more than three edits are no slip.
SpellingHint::SpellingHint(llvm::StringRef wanted)
    : wanted(wanted.size() <= 64 ? wanted : ""),
      bestDistance(std::min<size_t>(wanted.size() / 3 + 1, 3) + 1) {}

void SpellingHint::consider(llvm::StringRef candidate) {
  size_t lengths = std::max(wanted.size(), candidate.size()) -
                   std::min(wanted.size(), candidate.size());
  if (wanted.empty() || lengths >= bestDistance)
    return;
  unsigned distance =
      wanted.edit_distance(candidate, /*AllowReplacements=*/true, bestDistance);
  // Nothing of a name of one or two letters would be left.
  if (distance >= bestDistance || distance >= wanted.size())
    return;
  bestDistance = distance;
  best = candidate;
}

std::string SpellingHint::take() const {
  return best.empty() ? "" : "did you mean " + quoted(best) + "?";
}

std::string quoted(llvm::StringRef name) {
  return name.size() > 60 ? "'" + name.take_front(60).str() + "…'"
                          : "'" + name.str() + "'";
}

} // namespace actin
