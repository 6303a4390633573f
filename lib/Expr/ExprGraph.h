//===- ExprGraph.h - The immutable, hash-consed DAG of formulas -*- C++ -*-===//
//
// Nodes live in one vector. An operand's index is always smaller than its
// user's, so every pass over a graph is a loop, never a recursion: a sum of
// 60,000 terms is as safe as a short one. Equal nodes are one node.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_EXPR_EXPRGRAPH_H
#define ACTIN_EXPR_EXPRGRAPH_H

#include "Support/Real.h"
#include "actin/Expr.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

namespace actin {

enum class ExprKind : uint8_t {
  // Leaves.
  Constant, ///< A real number.
  Argument, ///< Input or parameter number `index` of the activation.
  ExpMax,   ///< Largest argument with a finite exp in the compute type.
  ExpMin,   ///< Smallest argument with a normal exp in the compute type.
  // Arithmetic.
  Add,
  Sub,
  Mul,
  Div,
  Neg,
  Pow,
  Min,
  Max,
  Clip,  ///< (operand, lower, upper); part of the function.
  Clamp, ///< (operand, lower, upper); for the arithmetic only.
  Where, ///< (condition, onTrue, onFalse).
  // Truth values.
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Equal,
  NotEqual,
  And,
  Or,
  Not,
// Functions of one argument.
#define ACTIN_UNARY_FUNCTION(kind, name) kind,
#include "actin/Functions.def"
};

/// The spelling of a function of one argument ("exp"); empty for other kinds.
llvm::StringRef getFunctionName(ExprKind kind);
bool isTruthValue(ExprKind kind);

struct ExprNode {
  ExprKind kind;
  llvm::SmallVector<NodeId, 3> operands;
  uint32_t index = 0; ///< Argument: its number. Constant: in `constants`.
  SourceLocation location;
};

class ExprGraph {
public:
  static constexpr size_t maxNodes = 65536;

  NodeId addConstant(const Real &value, SourceLocation location = {});
  NodeId addArgument(uint32_t number, SourceLocation location = {});
  /// Any other kind. Adds nothing beyond maxNodes: `isFull` tells. What has one
  /// spelling is one node: the negative of a constant is a constant, and
  /// x + -3 is x - 3.
  NodeId add(ExprKind kind, llvm::ArrayRef<NodeId> operands,
             SourceLocation location = {});

  bool isFull() const { return full; }
  size_t size() const { return nodes.size(); }
  const ExprNode &getNode(NodeId id) const { return nodes[id]; }
  const Real &getConstant(NodeId id) const {
    return constants[nodes[id].index];
  }

  /// The nodes that `root` needs, itself among them, operands first.
  std::vector<NodeId> listReachable(NodeId root) const;

  /// The name of the `let` that introduced this node; empty if none did.
  void setName(NodeId id, llvm::StringRef name) { names[id] = name.str(); }
  llvm::StringRef getName(NodeId id) const;

private:
  NodeId intern(ExprNode node);

  std::vector<ExprNode> nodes;
  std::vector<Real> constants;
  llvm::DenseMap<NodeId, std::string> names;
  llvm::DenseMap<uint64_t, llvm::SmallVector<NodeId, 1>> byHash;
  bool full = false;
};

} // namespace actin

#endif // ACTIN_EXPR_EXPRGRAPH_H
