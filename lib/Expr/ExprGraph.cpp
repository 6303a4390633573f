//===- ExprGraph.cpp - The immutable, hash-consed DAG of formulas ---------===//

#include "Expr/ExprGraph.h"

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

NodeId ExprGraph::addConstant(const Real &value, SourceLocation location) {
  uint64_t hash = llvm::hash_value(value.getValue());
  for (NodeId candidate : byHash.lookup(hash))
    if (nodes[candidate].kind == ExprKind::Constant &&
        getConstant(candidate) == value)
      return candidate;
  if (nodes.size() >= maxNodes) {
    full = true;
    return 0;
  }
  NodeId id = nodes.size();
  nodes.push_back({ExprKind::Constant, {}, uint32_t(constants.size()),
                   location});
  constants.push_back(value);
  byHash[hash].push_back(id);
  return id;
}

NodeId ExprGraph::addArgument(uint32_t number, SourceLocation location) {
  return intern({ExprKind::Argument, {}, number, location});
}

NodeId ExprGraph::add(ExprKind kind, llvm::ArrayRef<NodeId> operands,
                      SourceLocation location) {
  return intern(
      {kind, llvm::SmallVector<NodeId, 3>(operands), 0, location});
}

llvm::StringRef ExprGraph::getName(NodeId id) const {
  auto it = names.find(id);
  return it == names.end() ? llvm::StringRef() : llvm::StringRef(it->second);
}

NodeId ExprGraph::intern(ExprNode node) {
  uint64_t hash = llvm::hash_combine(
      unsigned(node.kind), node.index,
      llvm::hash_combine_range(node.operands.begin(), node.operands.end()));
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
