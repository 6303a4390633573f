//===- Evaluate.h - Interpreters for the act dialect ------------*- C++ -*-===//
//
// In: a func.func of one block of act operations. Out: its results at given
// arguments, either to 113 bits (slow; tests, checks) or in double (fast;
// sampling).
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_EVALUATE_H
#define ACTIN_DIALECT_ACT_EVALUATE_H

#include "Expr/ExprGraph.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace actin::act {

/// The results of `function` at `arguments` (one an argument), each operation
/// rounded to 113 bits. `exp_max` and `exp_min` are those of double. Outside of
/// a function's domain a value is a NaN; one that no selection picks does no
/// harm. Fails on an operation of another dialect and on a wrong number of
/// arguments.
mlir::FailureOr<std::vector<Real>> evaluate(mlir::func::FuncOp function,
                                            llvm::ArrayRef<Real> arguments);

/// A function compiled to a flat list for many evaluations in double. Not
/// thread-safe: it holds the values of the last evaluation.
class Evaluator {
public:
  /// Fails on an operation of another dialect. `function` is not kept, but
  /// `getValue` takes its values.
  static mlir::FailureOr<Evaluator> create(mlir::func::FuncOp function);

  size_t getNumArguments() const { return numArguments; }
  size_t getNumResults() const { return results.size(); }

  /// Computes every value. `arguments` has getNumArguments() elements.
  void evaluate(llvm::ArrayRef<double> arguments);
  /// After `evaluate`: result number `index`.
  double getResult(size_t index) const { return values[results[index]]; }
  /// After `evaluate`: the value of `value` (a truth value is 0 or 1).
  double getValue(mlir::Value value) const {
    return values[slots.lookup(value)];
  }

private:
  struct Instruction {
    ExprKind kind;
    unsigned operands[3];
  };

  std::vector<Instruction> instructions;
  std::vector<double> values; // Arguments, constants, then results.
  std::vector<unsigned> results;
  llvm::DenseMap<mlir::Value, unsigned> slots;
  size_t numArguments = 0;
};

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_EVALUATE_H
