//===- ExactFormula.h - The exact value of a formula at a point -*- C++ -*-===//
//
// Evaluates the formula as written, with as many digits as its cancellations
// need: the precision is raised until proven bounds of the value are close
// together.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_VERIFY_EXACTFORMULA_H
#define ACTIN_VERIFY_EXACTFORMULA_H

#include "Analysis/IntervalEvaluator.h"
#include "Verify/Contract.h"
#include "Verify/Enclosure.h"

#include <vector>

namespace actin {

struct ExactResult {
  enum class Kind : uint8_t {
    Number,
    Undefined, ///< A pole, outside of a domain, or a limit that there is not.
    Undecided, ///< 8,192 bits do not suffice.
  };
  Kind kind = Kind::Undecided;
  ExactValue value; ///< Of a number.

  bool isNumber() const { return kind == Kind::Number; }
};

/// A formula made ready for many evaluations. Not thread-safe: it holds the
/// values of the last one.
class ExactFormula {
public:
  /// `type` is that of the results; what exp_max means is that of the type in
  /// which its kernels compute.
  ExactFormula(const Expr &body, DataType type);

  /// Inputs, then parameters. Where an argument is infinite, the limit; none
  /// where that is another one next to an argument that is 0.
  ExactResult evaluate(llvm::ArrayRef<double> arguments);

private:
  ExactResult evaluateAt(llvm::ArrayRef<double> arguments, long infinity);
  ExactResult evaluateOnce(llvm::ArrayRef<double> arguments, long infinity);
  bool isInfiniteBesideZero(llvm::ArrayRef<double> arguments);
  bool isNarrow(const Enclosure &result) const;
  ExactResult toResult(const Enclosure &result) const;

  std::shared_ptr<ExprGraph> graph;
  NodeId root;
  DataType type;
  std::vector<NodeId> order;
  std::vector<Enclosure> values; ///< By node.
  mpfr_prec_t precision = 0;     ///< Of `values`.
};

} // namespace actin

#endif // ACTIN_VERIFY_EXACTFORMULA_H
