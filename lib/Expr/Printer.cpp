//===- Printer.cpp - A graph as text in the Actin language ----------------===//
//
// Text is written from left to right over a stack of what is still to write:
// no recursion, so a sum of 60,000 terms prints as safely as a short one, and
// in time linear in the text.
//
//===----------------------------------------------------------------------===//

#include "Expr/Keywords.h"
#include "Expr/LetPlan.h"
#include "Expr/PrintExcerpt.h"

#include "llvm/ADT/StringSet.h"

#include <vector>

namespace actin {

namespace {

class Printer {
public:
  explicit Printer(const Activation &activation)
      : activation(activation), graph(*activation.getBody().getGraph()),
        plan(activation) {}

  std::string print();
  std::string printExcerpt(NodeId root, size_t maxLength);

private:
  /// Something still to write: `symbol` if that is not null, else the node, in
  /// parentheses if it binds less tightly than `level`.
  struct Item {
    const char *symbol = nullptr;
    NodeId id = 0;
    Precedence level = Precedence::Clamp;
  };

  void collectNames();
  std::string chooseName(NodeId id);
  void writeSignature();
  void writeLets();
  void writeFormula(NodeId root);
  void writePending();
  void writeNode(NodeId id, Precedence level);
  void writeLeaf(NodeId id);
  void writeConstant(const Real &value);
  /// Puts the parts of a node's text on the stack, the last one first.
  void pushParts(NodeId id);
  void pushBinary(const ExprNode &node, const char *op, Precedence level);
  void pushFunction(const ExprNode &node);
  void pushClamp(const ExprNode &node);

  const Activation &activation;
  const ExprGraph &graph;
  LetPlan plan;
  std::string text;
  std::vector<Item> pending;
  llvm::DenseMap<NodeId, std::string> names;
  llvm::StringSet<> taken;
  llvm::StringSet<> namedConstants; ///< Spelled by name here.
  unsigned nextName = 1;
};

const char *getOperator(ExprKind kind) {
  switch (kind) {
  case ExprKind::Add:
    return " + ";
  case ExprKind::Sub:
    return " - ";
  case ExprKind::Mul:
    return " * ";
  case ExprKind::Div:
    return " / ";
  case ExprKind::Pow:
    return "**";
  case ExprKind::Less:
    return " < ";
  case ExprKind::LessEqual:
    return " <= ";
  case ExprKind::Greater:
    return " > ";
  case ExprKind::GreaterEqual:
    return " >= ";
  case ExprKind::Equal:
    return " == ";
  case ExprKind::NotEqual:
    return " != ";
  case ExprKind::And:
    return " and ";
  case ExprKind::Or:
    return " or ";
  default:
    return nullptr;
  }
}

/// "exp(" and the like.
const char *getCallPrefix(ExprKind kind) {
  switch (kind) {
  case ExprKind::Min:
    return "min(";
  case ExprKind::Max:
    return "max(";
  case ExprKind::Clip:
    return "clip(";
  case ExprKind::Where:
    return "where(";
#define ACTIN_UNARY_FUNCTION(name, spelling)                                   \
  case ExprKind::name:                                                         \
    return #spelling "(";
#include "actin/Functions.def"
  default:
    return "(";
  }
}

/// The name of a constant's magnitude; empty where it has none.
llvm::StringRef getConstantName(const Real &value) {
  Real magnitude = value.isNegative() ? -value : value;
  if (magnitude.isInfinity())
    return "inf";
  return magnitude == Real::pi() ? "pi" : magnitude == Real::e() ? "e" : "";
}

} // namespace

/// Arguments may hide a named constant; a `let` may not where it is used.
void Printer::collectNames() {
  for (const std::string &name : activation.getInputs())
    taken.insert(name);
  for (const Parameter &parameter : activation.getParameters())
    taken.insert(parameter.name);
  for (NodeId id = 0; id != graph.size(); ++id) {
    if (!plan.isReachable(id) || graph.getNode(id).kind != ExprKind::Constant)
      continue;
    llvm::StringRef name = getConstantName(graph.getConstant(id));
    if (!name.empty() && taken.insert(name).second)
      namedConstants.insert(name);
  }
}

std::string Printer::chooseName(NodeId id) {
  llvm::StringRef wanted = graph.getName(id);
  if (!wanted.empty() && !isReservedName(wanted) && taken.insert(wanted).second)
    return wanted.str();
  std::string name;
  do {
    name = "t" + std::to_string(nextName++);
  } while (!taken.insert(name).second);
  return name;
}

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

void Printer::writeConstant(const Real &value) {
  llvm::StringRef name = getConstantName(value);
  if (value.isNaN())
    text += "0 / 0";
  else if (namedConstants.contains(name))
    text += (value.isNegative() ? "-" : "") + name.str();
  else
    text += value.toString();
}

void Printer::writeLeaf(NodeId id) {
  const ExprNode &node = graph.getNode(id);
  size_t numInputs = activation.getInputs().size();
  if (node.kind == ExprKind::Constant)
    writeConstant(graph.getConstant(id));
  else if (node.kind == ExprKind::ExpMax)
    text += "exp_max";
  else if (node.kind == ExprKind::ExpMin)
    text += "exp_min";
  else if (node.index < numInputs)
    text += activation.getInputs()[node.index];
  else
    text += activation.getParameters()[node.index - numInputs].name;
}

void Printer::pushBinary(const ExprNode &node, const char *op,
                         Precedence level) {
  auto tighter = [](Precedence p) { return Precedence(unsigned(p) + 1); };
  // Left-associative, but for ** and the comparisons, which do not chain.
  bool isPower = level == Precedence::Pow;
  bool chains = !isPower && level != Precedence::Compare;
  pending.push_back(
      {nullptr, node.operands[1], isPower ? Precedence::Neg : tighter(level)});
  pending.push_back({op});
  pending.push_back(
      {nullptr, node.operands[0], chains ? level : tighter(level)});
}

void Printer::pushFunction(const ExprNode &node) {
  pending.push_back({")"});
  for (size_t i = node.operands.size(); i-- > 0;) {
    pending.push_back({nullptr, node.operands[i], Precedence::Clamp});
    pending.push_back({i ? ", " : getCallPrefix(node.kind)});
  }
}

void Printer::pushClamp(const ExprNode &node) {
  pending.push_back({"]"});
  pending.push_back({nullptr, node.operands[2], Precedence::Or});
  pending.push_back({", "});
  pending.push_back({nullptr, node.operands[1], Precedence::Or});
  pending.push_back({" clamp ["});
  pending.push_back({nullptr, node.operands[0], Precedence::Clamp});
}

void Printer::pushParts(NodeId id) {
  const ExprNode &node = graph.getNode(id);
  if (const char *op = getOperator(node.kind))
    pushBinary(node, op, getOperatorPrecedence(graph, id));
  else if (node.kind == ExprKind::Clamp)
    pushClamp(node);
  else if (node.kind == ExprKind::Neg || node.kind == ExprKind::Not) {
    bool isNeg = node.kind == ExprKind::Neg;
    // -(-x): two signs side by side are hard to read.
    pending.push_back(
        {nullptr, node.operands[0], isNeg ? Precedence::Pow : Precedence::Not});
    pending.push_back({isNeg ? "-" : "not "});
  } else
    pushFunction(node);
}

void Printer::writeNode(NodeId id, Precedence level) {
  bool isNamed = names.contains(id);
  Precedence own =
      isNamed ? Precedence::Atom : getOperatorPrecedence(graph, id);
  if (own < level) {
    text += "(";
    pending.push_back({")"});
    level = Precedence::Clamp;
  }
  if (isNamed) {
    text += names[id];
    if (isTruthValue(graph.getNode(id).kind))
      text += " > 0";
  } else if (graph.getNode(id).operands.empty()) {
    writeLeaf(id);
  } else {
    pushParts(id);
  }
}

void Printer::writePending() {
  while (!pending.empty()) {
    Item item = pending.back();
    pending.pop_back();
    if (item.symbol)
      text += item.symbol;
    else
      writeNode(item.id, item.level);
  }
}

void Printer::writeFormula(NodeId root) {
  pending.push_back({nullptr, root, Precedence::Clamp});
  writePending();
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

void Printer::writeSignature() {
  text += "activation " + activation.getName() + "(";
  const char *separator = "";
  for (const std::string &input : activation.getInputs()) {
    text += separator + input;
    separator = ", ";
  }
  separator = "; ";
  for (const Parameter &parameter : activation.getParameters()) {
    text += separator + parameter.name;
    separator = ", ";
    if (parameter.perChannel)
      text += "[channel]";
    if (parameter.defaultValue)
      text += " = " + Real::fromShortest(*parameter.defaultValue).toString();
  }
  text += ")";
}

/// In the order of the nodes, so that each stands before its users.
void Printer::writeLets() {
  for (NodeId id = 0; id != graph.size(); ++id) {
    if (!plan.isReachable(id) || !plan.isNamed(id))
      continue;
    std::string name = chooseName(id);
    text += "  let " + name + " = ";
    bool isTruth = isTruthValue(graph.getNode(id).kind);
    if (isTruth)
      text += "where(";
    pushParts(id);
    writePending();
    text += isTruth ? ", 1, 0)\n" : "\n";
    names[id] = std::move(name);
  }
}

std::string Printer::print() {
  collectNames();
  writeSignature();
  size_t endOfSignature = text.size();
  writeLets();
  bool hasLets = text.size() != endOfSignature;
  text.insert(endOfSignature, hasLets ? " {\n" : " = ");
  if (hasLets)
    text += "  return ";
  writeFormula(activation.getBody().getId());
  if (hasLets)
    text += "\n}";
  for (const auto &gradient : activation.getGradientOverrides()) {
    text += "\ngradient " + gradient.name + " = ";
    writeFormula(gradient.value.getId());
  }
  return std::move(text);
}

std::string Printer::printExcerpt(NodeId root, size_t maxLength) {
  for (NodeId id = 0; id != root; ++id)
    if (!graph.getName(id).empty())
      names[id] = graph.getName(id).str();
  pending.push_back({nullptr, root, Precedence::Clamp});
  while (!pending.empty() && text.size() <= maxLength) {
    Item item = pending.back();
    pending.pop_back();
    if (item.symbol)
      text += item.symbol;
    else
      writeNode(item.id, item.level);
  }
  if (pending.empty() && text.size() <= maxLength)
    return std::move(text);
  return text.substr(0, maxLength) + "…";
}

std::string printExcerpt(const Activation &activation, NodeId root,
                         size_t maxLength) {
  return Printer(activation).printExcerpt(root, maxLength);
}

std::string Activation::print() const {
  // An activation that no builder made has no formula.
  return getBody().isValid() ? Printer(*this).print() : std::string();
}

} // namespace actin
