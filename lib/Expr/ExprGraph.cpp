//===- ExprGraph.cpp - The immutable, hash-consed DAG of formulas ---------===//

#include "Expr/ExprGraph.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"

namespace actin {

llvm::StringRef getFunctionName(ExprKind kind) {
  switch (kind) {
#define ACTIN_UNARY_FUNCTION(name, spelling)                                   \
  case ExprKind::name:                                                         \
    return #spelling;
#include "actin/Functions.def"
  default:
    return {};
  }
}

bool isTruthValue(ExprKind kind) {
  return kind >= ExprKind::Less && kind <= ExprKind::Not;
}

/// DenseMap keeps the two largest keys for itself.
static uint64_t toMapKey(llvm::hash_code hash) { return size_t(hash) >> 1; }

NodeId ExprGraph::addConstant(const Real &value, SourceLocation location) {
  uint64_t hash = toMapKey(llvm::hash_value(value.getValue()));
  for (NodeId candidate : byHash.lookup(hash))
    if (nodes[candidate].kind == ExprKind::Constant &&
        getConstant(candidate) == value)
      return candidate;
  if (nodes.size() >= maxNodes) {
    full = true;
    return 0;
  }
  NodeId id = nodes.size();
  nodes.push_back(
      {ExprKind::Constant, {}, uint32_t(constants.size()), location});
  constants.push_back(value);
  byHash[hash].push_back(id);
  return id;
}

NodeId ExprGraph::addArgument(uint32_t number, SourceLocation location) {
  return intern({ExprKind::Argument, {}, number, location});
}

NodeId ExprGraph::add(ExprKind kind, llvm::ArrayRef<NodeId> operands,
                      SourceLocation location) {
  auto isConstant = [&](NodeId id) {
    return nodes[id].kind == ExprKind::Constant;
  };
  // One node for what has one spelling: -3 is a constant, and x + -3 is x - 3.
  if (kind == ExprKind::Neg && isConstant(operands[0]))
    return addConstant(-getConstant(operands[0]), location);
  if ((kind == ExprKind::Add || kind == ExprKind::Sub) &&
      isConstant(operands[1]) && getConstant(operands[1]).isNegative() &&
      !getConstant(operands[1]).isNaN()) {
    NodeId magnitude = addConstant(-getConstant(operands[1]), location);
    return intern({kind == ExprKind::Add ? ExprKind::Sub : ExprKind::Add,
                   {operands[0], magnitude},
                   0,
                   location});
  }
  return intern({kind, llvm::SmallVector<NodeId, 3>(operands), 0, location});
}

std::vector<NodeId> ExprGraph::listReachable(NodeId root) const {
  llvm::BitVector reachable(root + 1);
  reachable.set(root);
  for (NodeId id = root + 1; id-- > 0;)
    if (reachable[id])
      for (NodeId operand : nodes[id].operands)
        reachable.set(operand);
  return {reachable.set_bits_begin(), reachable.set_bits_end()};
}

llvm::StringRef ExprGraph::getName(NodeId id) const {
  auto it = names.find(id);
  return it == names.end() ? llvm::StringRef() : llvm::StringRef(it->second);
}

NodeId ExprGraph::intern(ExprNode node) {
  uint64_t hash = toMapKey(llvm::hash_combine(
      unsigned(node.kind), node.index,
      llvm::hash_combine_range(node.operands.begin(), node.operands.end())));
  for (NodeId candidate : byHash.lookup(hash)) {
    const ExprNode &other = nodes[candidate];
    if (other.kind == node.kind && other.index == node.index &&
        llvm::equal(other.operands, node.operands))
      return candidate;
  }
  if (nodes.size() >= maxNodes) {
    full = true;
    return 0;
  }
  NodeId id = nodes.size();
  nodes.push_back(std::move(node));
  byHash[hash].push_back(id);
  return id;
}

} // namespace actin
