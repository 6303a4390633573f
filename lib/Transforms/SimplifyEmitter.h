//===- SimplifyEmitter.h - From normal form back to operations --*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_SIMPLIFYEMITTER_H
#define ACTIN_TRANSFORMS_SIMPLIFYEMITTER_H

#include "Transforms/SimplifyGraph.h"

#include "mlir/IR/Builders.h"

namespace actin::simplifier {

/// Emits nodes of a graph as operations, each node and each equal operation
/// once, in the order of the nodes.
class Emitter {
public:
  Emitter(const Graph &graph, mlir::OpBuilder &builder, mlir::Location location)
      : graph(graph), builder(builder), fallback(location) {}

  /// The location of a node's last operation; the first one set counts.
  void setLocation(Id id, mlir::Location location) {
    locations.try_emplace(id, location);
  }
  std::vector<mlir::Value> emit(llvm::ArrayRef<Id> results);

private:
  void markReachable(llvm::ArrayRef<Id> results);
  mlir::Value emitNode(Id id);
  mlir::Value emitProduct(const Coefficient &coefficient,
                          const Product &product);
  Factors orderFactors(const Factors &factors) const;
  mlir::Value emitFactors(mlir::Value start, const Factors &factors,
                          bool &negate);
  mlir::Value emitPower(const Factor &factor);
  bool takesCoefficient(Id core) const;
  mlir::Value emitTerm(const Coefficient &coefficient, Id core);
  mlir::Value emitSum(const Terms &terms);
  mlir::Value emitTerms(const Terms &terms);
  mlir::Value emitConstant(const Real &value);
  mlir::Value emitOperation(ExprKind kind,
                            llvm::ArrayRef<mlir::Value> operands);

  const Graph &graph;
  mlir::OpBuilder &builder;
  mlir::Location fallback;
  std::vector<bool> reachable;
  std::vector<mlir::Value> values;
  llvm::DenseMap<Id, mlir::Location> locations;
  /// Operations by kind and operands; constants by their attribute.
  using Key = std::tuple<unsigned, const void *, const void *, const void *>;
  llvm::DenseMap<Key, mlir::Value> operations;
};

} // namespace actin::simplifier

#endif // ACTIN_TRANSFORMS_SIMPLIFYEMITTER_H
