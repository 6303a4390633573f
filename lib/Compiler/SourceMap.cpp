//===- SourceMap.cpp - From a printed formula to its source ---------------===//

#include "Compiler/SourceMap.h"

#include "Expr/ExprGraph.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

namespace actin {

/// The two are equal graphs: they are walked side by side.
static void mapPlaces(const Expr &original, const Expr &printed,
                      SourceMap &map) {
  const ExprGraph &source = *original.getGraph();
  const ExprGraph &target = *printed.getGraph();
  llvm::DenseSet<NodeId> seen;
  llvm::SmallVector<std::pair<NodeId, NodeId>> pending = {
      {original.getId(), printed.getId()}};
  while (!pending.empty()) {
    auto [from, to] = pending.pop_back_val();
    if (!seen.insert(to).second)
      continue;
    const ExprNode &node = source.getNode(from), &copy = target.getNode(to);
    map.places[{copy.location.line, copy.location.column}] = node.location;
    if (node.operands.size() == copy.operands.size())
      for (auto operands : llvm::zip(node.operands, copy.operands))
        pending.push_back({std::get<0>(operands), std::get<1>(operands)});
  }
}

SourceMap mapSource(const Activation &activation, const Activation &printed) {
  SourceMap map;
  map.declaration = activation.getLocation();
  SourceLocation head = printed.getLocation();
  map.places[{head.line, head.column}] = map.declaration;
  mapPlaces(activation.getBody(), printed.getBody(), map);
  for (auto overrides : llvm::zip_equal(activation.getGradientOverrides(),
                                        printed.getGradientOverrides()))
    mapPlaces(std::get<0>(overrides).value, std::get<1>(overrides).value, map);
  return map;
}

} // namespace actin
