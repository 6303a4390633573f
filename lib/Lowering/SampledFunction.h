//===- SampledFunction.h - A function and its adjoints ----------*- C++ -*-===//
//
// A func over !act.real flattened to an array, evaluated at sample points in a
// plain C++ floating type, with the partial derivatives of a result by every
// value (one backward sweep).
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_SAMPLEDFUNCTION_H
#define ACTIN_LOWERING_SAMPLEDFUNCTION_H

#include "Expr/ExprGraph.h"
#include "Lowering/PiecewiseFunction.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <array>
#include <limits>
#include <vector>

namespace actin {

/// `T` is double or long double.
template <typename T> class SampledFunction {
public:
  struct Node {
    ExprKind kind;
    std::array<unsigned, 3> operands{};
    unsigned numOperands = 0;
    mlir::Value value;
    bool isArgument = false;
    std::optional<unsigned> pieces; ///< Of what they give it, if they do.

    bool isLeaf() const { return numOperands == 0; }
  };
  struct Result {
    unsigned node;
    bool isGradient; ///< Any result but the forward value.
    bool isSecond;   ///< A second derivative.
  };

  explicit SampledFunction(mlir::func::FuncOp function);

  size_t size() const { return nodes.size(); }
  const Node &getNode(unsigned index) const { return nodes[index]; }
  const std::vector<Result> &getResults() const { return results; }
  /// The arguments that are tensors (inputs, not dout or parameters).
  const std::vector<unsigned> &getInputs() const { return inputs; }

  bool isInput(unsigned index) const {
    return llvm::is_contained(inputs, index);
  }

  size_t getNumSamples() const { return numGridSamples + numCorners; }
  /// Computes every value at sample point `index` (deterministic: all binary
  /// orders of magnitude, a dense part around 0, the extremes, all of several
  /// inputs at once too; parameters around their defaults).
  void evaluate(size_t index);
  /// True for a sample with parameters at their defaults.
  bool isAtDefaults() const { return hasDefaults; }
  /// The values up to `last`, with that for every input, parameters at their
  /// defaults.
  void evaluateAt(T input, unsigned last);
  void evaluateAt(T input) {
    hasDefaults = true;
    evaluateAt(input, nodes.size() - 1);
  }
  /// One input at `value`, and the others at `others`; parameters at a multiple
  /// of their defaults.
  struct Place {
    unsigned input; ///< A node.
    T value, others, parameterScale;
  };
  /// Each value passes through `hold`, which may make it overflow earlier.
  void evaluateAt(const Place &place, llvm::function_ref<T(unsigned, T)> hold);
  /// The same at the ends of an input's range, infinities included, for which
  /// `infinity` stands.
  size_t getNumExtremes() const;
  void evaluateExtreme(size_t index, llvm::function_ref<T(unsigned, T)> hold,
                       T infinity = std::numeric_limits<T>::infinity());
  bool isInfiniteExtreme(size_t index) const;
  /// The input that is extreme there.
  unsigned getExtremeInput(size_t index) const {
    return inputs[index % inputs.size()];
  }
  T getValue(unsigned index) const { return values[index]; }

  /// d(node)/d(its operand number `k`) at the current values. Not to be called
  /// by `hold` above.
  T getPartial(unsigned index, unsigned k) const;
  /// After `evaluate`: d(result node)/d(every node).
  void sweepAdjoints(unsigned resultNode);
  T getAdjoint(unsigned index) const { return adjoints[index]; }

  /// True where `node` has another sign at half or at twice one of the inputs.
  /// The current values and adjoints stay what they are.
  bool changesSignNearby(unsigned node);

  /// The largest error of the node's own operation as lowered, in half ulps;
  /// `tableSize` as of analyzePrecision.
  T getErrorHalfUlps(const Node &node, unsigned tableSize) const;
  static T roundTo(T value, bool isF32);

private:
  void addArguments(mlir::func::FuncOp function);
  void addOperation(mlir::Operation &op,
                    llvm::DenseMap<mlir::Value, unsigned> &indices);
  T evaluateNode(const Node &node) const;
  T computePartial(unsigned index, unsigned k) const;
  void evaluateOperations(unsigned last);
  void evaluateOperations() { evaluateOperations(nodes.size() - 1); }
  void evaluateCorner(size_t corner);
  llvm::SmallVector<T, 3> collectOperands(const Node &node) const;

  struct Argument {
    unsigned node;
    bool isInput, isParameter;
    double defaultValue;
  };

  std::vector<Node> nodes;
  std::vector<PiecewiseFunction> tables;
  std::vector<Argument> arguments;
  std::vector<unsigned> inputs;
  std::vector<Result> results;
  std::vector<T> values, adjoints;
  /// Of those that several results ask for at one sample.
  struct KnownPartial {
    T partial;
    unsigned state = 0;
  };
  mutable std::vector<std::array<KnownPartial, 3>> partials;
  unsigned state = 1; ///< Another one whenever `values` change.
  size_t numGridSamples = 0, numCorners = 0;
  bool hasDefaults = true, hasParameters = false;
};

} // namespace actin

#endif // ACTIN_LOWERING_SAMPLEDFUNCTION_H
