//===- OutputJudge.h - Results held against the exact value -----*- C++ -*-===//

#ifndef ACTIN_VERIFY_OUTPUTJUDGE_H
#define ACTIN_VERIFY_OUTPUTJUDGE_H

#include "Verify/ExactFormula.h"
#include "Verify/KernelRun.h"

namespace actin {

/// What one output should be. Arguments of every formula are the inputs, then
/// the parameters.
struct OutputFormula {
  OutputSpec spec;
  DataType type = DataType::F32;
  ErrorBound bound;
  Activation exact;
  /// Its derivatives by the inputs, where ill-conditioned places are allowed
  /// for.
  std::vector<Activation> slopes;
};

/// Derives what there is to derive. Errors: the compiler's.
Expected<std::vector<OutputFormula>>
makeFormulas(Compiler &compiler, const Activation &activation,
             const std::vector<OutputSpec> &outputs,
             const CompileOptions &options, ContractRow row);

/// Adds what `other` found, of the same output, to `total`.
void merge(VerifiedOutput &total, const VerifiedOutput &other);

/// The same for the tallies of each thread.
template <typename Workers>
void mergeTallies(std::vector<VerifiedOutput> &totals, Workers &workers) {
  for (auto &worker : workers)
    for (size_t i = 0; i != totals.size(); ++i)
      merge(totals[i], worker.tallies[i]);
}

/// Keeps the one that is further off in ulp.
void keepWorse(VerifiedPoint &kept, const VerifiedPoint &point);

/// Judges one output, point by point. Not thread-safe.
class OutputJudge {
public:
  /// `formula` must outlive this.
  OutputJudge(const OutputFormula &formula, size_t numInputs);

  /// Adds the result at one point to `tally`.
  void judge(llvm::ArrayRef<double> arguments, double actual,
             VerifiedOutput &tally);

  /// Whether a NaN at these inputs makes the formula as written one.
  bool passesNaN(llvm::ArrayRef<double> arguments);

private:
  bool isNextToRoot(llvm::ArrayRef<double> arguments, const ExactValue &exact);
  double getCondition(llvm::ArrayRef<double> arguments,
                      const ExactValue &exact);

  const OutputFormula &formula;
  size_t numInputs;
  ExactFormula exactFormula;
  PointEvaluator asWritten;
  std::vector<ExactFormula> slopes;
};

} // namespace actin

#endif // ACTIN_VERIFY_OUTPUTJUDGE_H
