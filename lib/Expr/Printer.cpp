//===- Printer.cpp - A graph as text in the Actin language ----------------===//
//
// Every node is written once, bottom-up, in index order: no recursion, so a sum
// of 60,000 terms prints as safely as a short one. A term used more than once
// becomes a `let`.
//
//===----------------------------------------------------------------------===//

#include "Expr/ExprGraph.h"
#include "Expr/Keywords.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

#include <cstdio>
#include <vector>

namespace actin {

namespace {

/// How tightly an expression binds, as LANGUAGE.md lists the operators.
enum Precedence {
  ClampLevel,
  OrLevel,
  AndLevel,
  NotLevel,
  CompareLevel,
  SumLevel,
  ProductLevel,
  NegLevel,
  PowLevel,
  AtomLevel,
};

struct Text {
  std::string text;
  Precedence precedence = AtomLevel;
};

class Printer {
public:
  explicit Printer(const Activation &activation)
      : activation(activation), graph(*activation.getBody().getGraph()),
        texts(graph.size()), uses(graph.size(), 0),
        reachable(graph.size(), false) {}

  std::string print();

private:
  void collectUses();
  void collectNames();
  std::string chooseName(NodeId id);
  bool deservesLet(NodeId id) const;
  Text format(NodeId id);
  Text formatConstant(const Real &value) const;
  Text formatFunction(const ExprNode &node);
  Text formatBinary(const ExprNode &node, const char *op, Precedence level);
  /// The operand's text, in parentheses where it binds more loosely than
  /// `level`. Moves it out of a node that is used once.
  std::string take(NodeId id, Precedence level);
  std::string formatSignature() const;

  const Activation &activation;
  const ExprGraph &graph;
  std::vector<Text> texts;
  std::vector<unsigned> uses;
  std::vector<bool> reachable;
  llvm::StringSet<> taken;
  llvm::StringSet<> namedConstants; ///< Spelled by name here.
  unsigned nextName = 1;
};

const char *getOperator(ExprKind kind) {
  switch (kind) {
  case ExprKind::Less:
    return "<";
  case ExprKind::LessEqual:
    return "<=";
  case ExprKind::Greater:
    return ">";
  case ExprKind::GreaterEqual:
    return ">=";
  case ExprKind::Equal:
    return "==";
  default:
    return "!=";
  }
}

/// The name of a constant; empty where it has none.
std::string getConstantName(const Real &value) {
  static const Real pi = Real::pi(), e = Real::e();
  return value == pi ? "pi" : value == e ? "e" : value.isInfinity() ? "inf" : "";
}

} // namespace

void Printer::collectUses() {
  auto visit = [&](const Expr &root) {
    reachable[root.getId()] = true;
    ++uses[root.getId()];
  };
  visit(activation.getBody());
  for (const auto &gradient : activation.getGradientOverrides())
    visit(gradient.value);
  for (NodeId id = graph.size(); id-- > 0;) {
    if (!reachable[id])
      continue;
    for (NodeId operand : graph.getNode(id).operands) {
      reachable[operand] = true;
      ++uses[operand];
    }
  }
}

/// Arguments may hide a named constant; a `let` may not where it is used.
void Printer::collectNames() {
  for (const std::string &name : activation.getInputs())
    taken.insert(name);
  for (const Parameter &parameter : activation.getParameters())
    taken.insert(parameter.name);
  for (NodeId id = 0; id != graph.size(); ++id) {
    if (!reachable[id])
      continue;
    ExprKind kind = graph.getNode(id).kind;
    if (kind == ExprKind::ExpMax || kind == ExprKind::ExpMin)
      taken.insert(kind == ExprKind::ExpMax ? "exp_max" : "exp_min");
    if (kind != ExprKind::Constant)
      continue;
    std::string name = getConstantName(graph.getConstant(id));
    if (!name.empty() && taken.insert(name).second)
      namedConstants.insert(name);
  }
}

Text Printer::formatConstant(const Real &value) const {
  std::string name = getConstantName(value);
  bool isNegative = value.isNegative();
  if (value.isInfinity() || namedConstants.contains(name))
    return {(isNegative ? "-" : "") + name, isNegative ? NegLevel : AtomLevel};
  return {value.toString(), isNegative ? NegLevel : AtomLevel};
}

std::string Printer::chooseName(NodeId id) {
  llvm::StringRef wanted = graph.getName(id);
  if (!wanted.empty() && !isReservedName(wanted) &&
      taken.insert(wanted).second)
    return wanted.str();
  std::string name;
  do {
    name = "t" + std::to_string(nextName++);
  } while (!taken.insert(name).second);
  return name;
}

bool Printer::deservesLet(NodeId id) const {
  const ExprNode &node = graph.getNode(id);
  if (uses[id] < 2 || node.operands.empty() || isTruthValue(node.kind))
    return false;
  // -x is no longer than a name.
  return node.kind != ExprKind::Neg ||
         !graph.getNode(node.operands[0]).operands.empty();
}

std::string Printer::take(NodeId id, Precedence level) {
  Text &text = texts[id];
  std::string result = uses[id] < 2 ? std::move(text.text) : text.text;
  if (text.precedence >= level)
    return result;
  result.insert(result.begin(), '(');
  result.push_back(')');
  return result;
}

Text Printer::formatBinary(const ExprNode &node, const char *op,
                           Precedence level) {
  // Left-associative, but for ** and the comparisons, which do not chain.
  bool isPower = level == PowLevel;
  Precedence left = isPower || level == CompareLevel
                        ? Precedence(level + 1)
                        : level;
  Precedence right = isPower ? NegLevel : Precedence(level + 1);
  std::string text = take(node.operands[0], left);
  std::string space = isPower ? "" : " ";
  text += space + op + space;
  text += take(node.operands[1], right);
  return {std::move(text), level};
}

Text Printer::formatFunction(const ExprNode &node) {
  llvm::StringRef name = getFunctionName(node.kind);
  if (node.kind == ExprKind::Min)
    name = "min";
  else if (node.kind == ExprKind::Max)
    name = "max";
  else if (node.kind == ExprKind::Clip)
    name = "clip";
  else if (node.kind == ExprKind::Where)
    name = "where";
  std::string text = name.str() + "(";
  for (size_t i = 0; i != node.operands.size(); ++i)
    text += (i ? ", " : "") + take(node.operands[i], ClampLevel);
  return {text + ")", AtomLevel};
}

Text Printer::format(NodeId id) {
  const ExprNode &node = graph.getNode(id);
  switch (node.kind) {
  case ExprKind::Constant:
    return formatConstant(graph.getConstant(id));
  case ExprKind::Argument: {
    size_t numInputs = activation.getInputs().size();
    return {node.index < numInputs
                ? activation.getInputs()[node.index]
                : activation.getParameters()[node.index - numInputs].name,
            AtomLevel};
  }
  case ExprKind::ExpMax:
    return {"exp_max", AtomLevel};
  case ExprKind::ExpMin:
    return {"exp_min", AtomLevel};
  case ExprKind::Add:
    return formatBinary(node, "+", SumLevel);
  case ExprKind::Sub:
    return formatBinary(node, "-", SumLevel);
  case ExprKind::Mul:
    return formatBinary(node, "*", ProductLevel);
  case ExprKind::Div:
    return formatBinary(node, "/", ProductLevel);
  case ExprKind::Neg:
    return {"-" + take(node.operands[0], NegLevel), NegLevel};
  case ExprKind::Pow:
    return formatBinary(node, "**", PowLevel);
  case ExprKind::Clamp:
    return {take(node.operands[0], OrLevel) + " clamp [" +
                take(node.operands[1], OrLevel) + ", " +
                take(node.operands[2], OrLevel) + "]",
            ClampLevel};
  case ExprKind::And:
    return formatBinary(node, "and", AndLevel);
  case ExprKind::Or:
    return formatBinary(node, "or", OrLevel);
  case ExprKind::Not:
    return {"not " + take(node.operands[0], NotLevel), NotLevel};
  default:
    if (isTruthValue(node.kind))
      return formatBinary(node, getOperator(node.kind), CompareLevel);
    return formatFunction(node);
  }
}

/// The shortest decimal that is this double.
static std::string formatDefault(double value) {
  for (int digits = 1; digits < 17; ++digits) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.*g", digits, value);
    std::optional<Real> back = Real::parse(buffer);
    if (back && back->toDouble() == value)
      return back->toString();
  }
  return Real(value).toString();
}

std::string Printer::formatSignature() const {
  std::string text = "activation " + activation.getName() + "(";
  for (size_t i = 0; i != activation.getInputs().size(); ++i)
    text += (i ? ", " : "") + activation.getInputs()[i];
  const char *separator = "; ";
  for (const Parameter &parameter : activation.getParameters()) {
    text += separator + parameter.name;
    separator = ", ";
    if (parameter.perChannel)
      text += "[channel]";
    if (parameter.defaultValue)
      text += " = " + formatDefault(*parameter.defaultValue);
  }
  return text + ")";
}

std::string Printer::print() {
  collectUses();
  collectNames();
  std::string lets;
  for (NodeId id = 0; id != graph.size(); ++id) {
    if (!reachable[id])
      continue;
    texts[id] = format(id);
    if (!deservesLet(id))
      continue;
    std::string name = chooseName(id);
    lets += "  let " + name + " = " + texts[id].text + "\n";
    texts[id] = {name, AtomLevel};
  }
  const std::string &body = texts[activation.getBody().getId()].text;
  std::string text = formatSignature();
  text += lets.empty() ? " = " + body : " {\n" + lets + "  return " + body +
                                            "\n}";
  for (const auto &gradient : activation.getGradientOverrides())
    text += "\ngradient " + gradient.name + " = " +
            texts[gradient.value.getId()].text;
  return text;
}

std::string Activation::print() const { return Printer(*this).print(); }

} // namespace actin
