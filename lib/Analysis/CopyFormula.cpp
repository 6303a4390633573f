//===- CopyFormula.cpp - A formula with some of its nodes replaced --------===//

#include "Analysis/CopyFormula.h"

#include "Analysis/IntervalEvaluator.h"

namespace actin {

Activation copyFormula(const Activation &activation, CopyNode copyNode) {
  ActivationBuilder builder(activation.getName());
  for (const std::string &input : activation.getInputs())
    builder.input(input);
  for (const Parameter &parameter : activation.getParameters())
    builder.parameter(parameter.name, parameter.defaultValue);
  const ExprGraph &source = *activation.getBody().getGraph();
  ExprGraph &target = *builder.getGraph();
  NodeId root = activation.getBody().getId();
  std::vector<NodeId> copies(root + 1);
  for (NodeId id : source.listReachable(root)) {
    const ExprNode &node = source.getNode(id);
    llvm::SmallVector<NodeId, 3> operands;
    for (NodeId operand : node.operands)
      operands.push_back(copies[operand]);
    if (node.kind == ExprKind::Constant)
      copies[id] = target.addConstant(source.getConstant(id));
    else if (node.kind == ExprKind::Argument)
      copies[id] = target.addArgument(node.index);
    else
      copies[id] = copyNode(target, id, node, operands);
  }
  // What was built once can be built again.
  return *builder.build(Expr(builder.getGraph(), copies[root]));
}

} // namespace actin
