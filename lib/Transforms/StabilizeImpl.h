//===- StabilizeImpl.h - The parts of stabilization -------------*- C++ -*-===//
//
// Shared by the files that make up `stabilize`; no one else includes this.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_STABILIZEIMPL_H
#define ACTIN_TRANSFORMS_STABILIZEIMPL_H

#include "Dialect/Act/RealBuilder.h"
#include "Support/Real.h"
#include "Transforms/Stabilize.h"
#include "actin/Dialect/Act/Act.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace actin {

/// value = factor * term, with every constant factor and sign taken out.
struct ScaledTerm {
  mlir::Value term;
  Real factor;
};
ScaledTerm splitConstantFactor(mlir::Value value);

/// The constant that `value` is.
std::optional<Real> getConstant(mlir::Value value);

/// A constant at `location`.
mlir::Value createConstant(mlir::PatternRewriter &rewriter,
                           mlir::Location location, const Real &value);

/// constant + term.factor * term.term.
struct ConstantAndTerm {
  Real constant;
  ScaledTerm term;
};

/// Equal within 2^-100: both are folded from the same irrational constant.
bool nearlyEqual(const Real &x, const Real &y);

/// The operands of a sum x + y, or of a difference x - y (`subtract`).
struct Sum {
  mlir::Value x, y;
  bool subtract;
};
std::optional<Sum> matchSum(mlir::Operation *op);

/// u for max(u, 0); null for others.
mlir::Value matchPositivePart(mlir::Value value);

/// factor |term| beside factor term (`isPositive`), or its negative.
struct SignedMagnitude {
  mlir::Value term;
  Real factor;
  bool isPositive;
};
/// `magnitude` and `value`, in this way.
std::optional<SignedMagnitude> matchMagnitudeAnd(mlir::Value value,
                                                 mlir::Value magnitude);

/// Whether x = -y, by constant factors and the signs of sums.
bool isNegationOf(mlir::Value x, mlir::Value y, unsigned depth = 4);

/// A sum of one constant and one term.
std::optional<ConstantAndTerm> matchConstantAndTerm(const Sum &sum);

/// a - b^2, where the two have a common part that cancels: (p + b^2) - b^2
/// with a constant b, or (b^2 + p) - b^2. Null where nothing cancels.
mlir::Value cancelSquare(mlir::Value radicand, mlir::Value root);

/// The argument of the exponential in 1 + e^u; null for other values.
mlir::Value matchOnePlusExp(mlir::Value value);

/// e^a + e^b, with nothing in common that a rational form could use.
std::optional<std::pair<mlir::Value, mlir::Value>>
matchExpSum(mlir::Value value);

/// Whether two arguments are multiples of one value: of those a rational form
/// takes care.
bool haveOneTerm(mlir::Value u, mlir::Value v);

/// u - v, multiplied out where something cancels; with the factor that two
/// products have in common outside.
act::RealValue subtractArguments(const act::RealValue &u,
                                 const act::RealValue &v);
/// coefficient * factors * value.
struct WeightedValue {
  Real coefficient;
  llvm::SmallVector<mlir::Value, 2> factors;
  mlir::Value value;
};
/// The sum of `terms`, their values multiplied out; nullopt, and nothing is
/// emitted, where nothing cancels, or only a constant is left.
std::optional<act::RealValue> cancelSum(const act::RealValue &model,
                                        llvm::ArrayRef<WeightedValue> terms);
/// u - v multiplied out; nullopt where nothing cancels.
std::optional<act::RealValue> cancelDifference(const act::RealValue &u,
                                               const act::RealValue &v);

/// Whether every user selects by a comparison of `deciding`, or is a selection
/// or a sum that is used so: where a form is good on one side only, the other
/// one was left.
bool isSelected(mlir::Operation *op, mlir::Value deciding, unsigned depth = 3);

/// `better` where u < bound, or u > bound, and a copy of `op` elsewhere.
mlir::Value selectBetter(mlir::PatternRewriter &rewriter, mlir::Operation *op,
                         mlir::Value u, act::CmpPredicate predicate,
                         double bound, mlir::Value better);

/// The sum without its constant `constant`; null where that is no term of it.
mlir::Value dropConstant(mlir::Value sum, const Real &constant,
                         mlir::PatternRewriter &rewriter, unsigned depth = 6);

/// A pattern on sums, tried on both AddOp and SubOp.
struct SumPattern : mlir::RewritePattern {
  SumPattern(mlir::MLIRContext *context, llvm::StringRef rootName)
      : RewritePattern(rootName, /*benefit=*/2, context) {}

  mlir::LogicalResult
  matchAndRewrite(mlir::Operation *op,
                  mlir::PatternRewriter &rewriter) const override;
  /// The value to put in the sum's place; null where the pattern does not fit.
  virtual mlir::Value rewrite(const Sum &sum, mlir::Location location,
                              mlir::PatternRewriter &rewriter) const = 0;
};

/// Adds patterns of sums, made with `arguments` beside context and root.
template <typename... Patterns, typename... Arguments>
void addSumPatterns(mlir::RewritePatternSet &patterns, Arguments... arguments) {
  for (llvm::StringRef root :
       {act::AddOp::getOperationName(), act::SubOp::getOperationName()})
    patterns.add<Patterns...>(patterns.getContext(), root, arguments...);
}

/// Quotients of sums of exponentials: tanh, sigmoids, what they are factors of.
void populateLogisticPatterns(mlir::RewritePatternSet &patterns);

/// Logarithms that spell another function: asinh, acosh, softplus - softplus.
void populateSpelledLogarithmPatterns(mlir::RewritePatternSet &patterns);

/// Those, and what else should be seen before it is differentiated.
void populateFormPatterns(mlir::RewritePatternSet &patterns);

/// Rational functions of one exponential: see RationalizeExponentials.cpp.
void rationalizeExponentials(mlir::func::FuncOp function, bool isF64,
                             RewriteListener listener);

/// Local rewrites: erf and erfc, square roots, logarithms, cosines; with those
/// of the two below. `isWritten`: comparisons are the formula's, or those of
/// its derivatives; forms add some that decide between equals.
void populateStabilizePatterns(mlir::RewritePatternSet &patterns,
                               bool isWritten);

/// Local rewrites of t + t erf(u) and the like, also before differentiation:
/// there the derivative is one that does not cancel either.
void populateSaturatedPatterns(mlir::RewritePatternSet &patterns);
/// Sums of what cancels and more, grouped by that.
void populateCancellingAddendPatterns(mlir::RewritePatternSet &patterns);
/// More of them, of derivatives as well.
void populateSaturatedTailPatterns(mlir::RewritePatternSet &patterns);

/// Sums with sines that cancel. `isF64`: the compute type.
void populateAnglePatterns(mlir::RewritePatternSet &patterns, bool isF64);

/// Local rewrites of logarithms and inverse functions next to their roots and
/// limits.
void populateInversePatterns(mlir::RewritePatternSet &patterns);

/// Local rewrites of sums with square roots that cancel.
void populateRootPatterns(mlir::RewritePatternSet &patterns);

/// Local rewrites of powers and of products of constants.
void populatePowerPatterns(mlir::RewritePatternSet &patterns);

/// Local rewrites of powers whose exponents are no constants.
void populateVariablePowerPatterns(mlir::RewritePatternSet &patterns);

/// Exponentials of logarithms: powers, to be rewritten when all else is done.
void populatePowerOfLogarithmPatterns(mlir::RewritePatternSet &patterns);

/// Local rewrites of comparisons and selections.
void populateSelectionPatterns(mlir::RewritePatternSet &patterns,
                               bool isWritten);

/// Local rewrites of e^a + e^b.
void populateExpSumPatterns(mlir::RewritePatternSet &patterns);

/// Local rewrites of softplus beside its argument and its factors.
void populateSoftplusPatterns(mlir::RewritePatternSet &patterns,
                              bool isWritten);

/// Local rewrites of logistic functions of unlike arguments.
void populateDifferencePatterns(mlir::RewritePatternSet &patterns);

/// Products with normcdf and normpdf, to be rewritten when all else is done.
/// `isF64`: the compute type.
void populateNormalPatterns(mlir::RewritePatternSet &patterns, bool isF64);

/// 1 - normcdf(u), for those to work with.
void populateComplementPatterns(mlir::RewritePatternSet &patterns);

/// Logarithms and quotients of what vanishes, to be rewritten when all else is
/// done.
void populateTailPatterns(mlir::RewritePatternSet &patterns, bool isF64);
void populateNormalTailPatterns(mlir::RewritePatternSet &patterns, bool isF64);

/// Logarithms of other bases, for the patterns of log to work with.
void populateLogarithmPatterns(mlir::RewritePatternSet &patterns);

/// Logarithms and quotients of what overflows, when all else is done.
void populateGrowthPatterns(mlir::RewritePatternSet &patterns, bool isF64);

/// Local rewrites of constants beside e^u - 1.
void populateConstantPatterns(mlir::RewritePatternSet &patterns);

/// Puts `tail` in the place of `op` where u < bound (or u > bound), and leaves
/// a copy of it elsewhere.
void selectTail(mlir::PatternRewriter &rewriter, mlir::Operation *op,
                const act::RealValue &u, double bound,
                const act::RealValue &tail,
                act::CmpPredicate predicate = act::CmpPredicate::lt);

} // namespace actin

#endif // ACTIN_TRANSFORMS_STABILIZEIMPL_H
