//===- Stabilize.cpp - Forms that neither overflow nor cancel -------------===//
//
// The order: local patterns first (they make erfc, normcdf and quotients that
// the normal form can work with), then the rational functions of exponentials,
// then the local patterns once more on what those left behind.
//
//===----------------------------------------------------------------------===//

#include "Transforms/Stabilize.h"
#include "Transforms/StabilizeImpl.h"

#include "Transforms/ExponentialBases.h"
#include "Transforms/Passes.h"
#include "Transforms/Simplify.h"
#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/StringSwitch.h"

namespace actin {

#define GEN_PASS_DEF_ACTRECOGNIZEFORMS
#define GEN_PASS_DEF_ACTSTABILIZE
#include "Transforms/Passes.h.inc"

enum class Stage { First, Last };

/// What the pattern of that class is good for; empty where it only prepares
/// others.
static llvm::StringRef getReason(llvm::StringRef pattern) {
  return llvm::StringSwitch<llvm::StringRef>(pattern)
      .Case("ConstantPlusErf", "c + c erf(u) = c erfc(-u): no cancellation in "
                               "the tail")
      .Case("SaturatedMinusSign",
            "tanh(u) - sign(u) and the like by their tails: no cancellation")
      .Case("ParametersPlusErf",
            "a erf(u) + c by its tail, where a and c may cancel")
      .Case("SelectionPlusTerm",
            "a term goes into the branches of a selection, where it cancels")
      .Case("SumSaturatedOnOneSide",
            "u - max(u, 0) f = min(u, 0) + max(u, 0) (1 - f): no cancellation "
            "where f goes to 1")
      .Case("SumWithMagnitude",
            "u + |u| = 2 max(u, 0): the sum overflows first")
      .Case("ConstantOfSeveral",
            "2 - s - t = (1 - s) + (1 - t), where s and t go to 1: no "
            "cancellation in the tail")
      .Case("TermPlusSaturated",
            "t + t erf(u) = t erfc(-u), and the like: no cancellation in the "
            "tail")
      .Case("ConstantMinusErfc", "c - c erfc(u) = c erf(u): no cancellation "
                                 "near 0")
      .Case("PowerOfConstant", "c^u = e^(u log c): the constant is not rounded")
      .Case("CompareWithLimit",
            "erf(u) > -1 is u > -inf, and the like: functions round to limits "
            "that they do not reach")
      .Case("CompareExpWithOne",
            "exp(u) < 1 is u < 0: exp(u) rounds to 1 for small u")
      .Case("CompareSign", "a product is compared with 0 by the sign of one "
                           "factor: nothing is rounded")
      .Case("SignOfProduct", "the sign of a product is that of one factor: the "
                             "product may vanish")
      .Cases({"AbsOfProduct<actin::act::MulOp>",
              "AbsOfProduct<actin::act::DivOp>"},
             "|u s| = |u| s for a positive s: what is below the range is kept")
      .Cases({"ExpOfLogarithm", "Expm1OfLogarithm"},
             "e^(p log1p(w)) = (1 + w)^p: the logarithm is not rounded")
      .Case("SoftplusPlusMirrored",
            "p softplus(u) + q softplus(-u) by |u|: what p and q have in "
            "common does not cancel")
      .Case("Log1pOfExpProduct",
            "log1p(r e^u) = u + log(r + e^-u) for large u: no overflow")
      .Case("ExpOfLogarithmOverBase",
            "e^(p log1p(w)) / (1 + w) = (1 + w)^(p - 1): no infinity times 0")
      .Cases({"PowerMinusOne", "PowerNearOne"},
             "(1 + w)^p - 1 = expm1(p log1p(w)): no cancellation next to 1")
      .Case("FactorOfPowerMinusOne", "t b^p - t = t (b^p - 1)")
      .Cases({"DivideSoftplusDifference<actin::act::DivOp>",
              "DivideSoftplusDifference<actin::act::MulOp>"},
             "a difference of softplus over a factor of both, term by term: "
             "its derivatives are entropies")
      .Case("ConstantMinusCos",
            "c - c cos(u) = 2 c sin(u / 2)^2: no cancellation near 0")
      .Case("ConstantPlusSin", "c + c sin(2 u) = 2 c sin(u + pi / 4)^2: no "
                               "cancellation next to its roots")
      .Case("RootMinusTerm", "sqrt(b^2 + p) - b = p / (sqrt(b^2 + p) + b): no "
                             "cancellation for large b")
      .Cases({"OnePlusTermOverRoot", "TermPlusProductOverRoot"},
             "1 + b / s = (s + b) / s: one cancellation, in a form that can be "
             "mended")
      .Case("RootOfSquareProduct",
            "p^2 q^2 = (p q)^2: one square, beside which nothing is lost")
      .Case("SignMinusTermOverRoot",
            "sign(b) - b / s = sign(b) p / s / (s + |b|), s = sqrt(b^2 + p): "
            "no cancellation for large b")
      .Case("DivideBoundedFactor",
            "the bounded factor is divided: the product cannot overflow")
      .Case("ErfcToNormcdf",
            "erfc(u / sqrt 2) = 2 normcdf(-u): no rounded factor")
      .Case("ExpOfSquareToNormpdf",
            "exp(-u^2 / 2) by normpdf: the square is not rounded")
      .Case("LogOfBounds",
            "log(max(u, c)) = max(log(u), log(c)): the logarithm "
            "of u alone has its digits")
      .Case("TanhOfExponentials",
            "(e^u - e^v) / (e^u + e^v) = tanh((u - v) / 2): no overflow, no "
            "cancellation")
      .Case("QuotientByOnePlusExp", "1 / (1 + e^-u), e^u / (1 + e^u) = "
                                    "sigmoid(u): no overflow")
      .Case("OneMinusSigmoid", "1 - sigmoid(u) = sigmoid(-u): no cancellation")
      .Cases({"LogOfOnePlusExp", "Log1pOfExp"},
             "log(1 + e^u) = softplus(u): no overflow, 1 + e^u is not rounded")
      .Case("NegatedSoftplus", "-softplus(-u) = logsigmoid(u)")
      .Case("LogOfOnePlus", "log(1 + u) = log1p(u): 1 + u is not rounded")
      .Case("LogOfOppositeExps",
            "log(e^u + e^-u) = log(2 cosh(u)): its derivative is a tanh")
      .Case("LogOfTwoExps", "log(e^a + e^b) = b + softplus(a - b): no overflow")
      .Cases(
          {"ScaledTermPlusSoftplus<actin::act::MulOp>",
           "ScaledTermPlusSoftplus<actin::act::DivOp>"},
          "t (y / t + softplus(u)) = y + t softplus(u): derivatives by t are "
          "entropies")
      .Cases({"TermPlusSoftplus", "TermPlusSelection"},
             "y + softplus(x - y) = max(x, y) + softplus(-|x - y|): no "
             "cancellation")
      .Case("PowerOfExp", "(e^u)^v = e^(u v): no overflow")
      .Case("DivideByExpSum", "exponentials of differences neither overflow "
                              "nor vanish together")
      .Case("LogOfOneMinusExp",
            "log(1 - e^w) = log(-expm1(w)): no cancellation near 0")
      .Case("ConstantPlusAtan", "atan(u) + pi / 2 = -atan(1 / u), or with e^u "
                                "atan(tanh(u / 2)): no cancellation")
      .Case("FactorTimesItsLogarithm",
            "a log(a) is 0 where a is: no pole is multiplied")
      .Case("ConstantMinusQuotient",
            "1 - 1 / (1 + r) = r / (1 + r): no cancellation near 0")
      .Case("TermMinusItsQuotient",
            "a - a / (1 + r) = a r / (1 + r): no cancellation near 0")
      .Case("ConstantPlusExpm1", "1 + (e^u - 1) = e^u: no cancellation")
      .Case("ExtremeOfExpm1",
            "min(e^u - 1, 0) = expm1(min(u, 0)): 1 may be added to it")
      .Case("ConstantPlusGrowth",
            "c + a (e^u - 1) = a e^u + (c - a): no cancellation far below 0")
      .Case("RootOfSquare", "sqrt(u^2) = |u|: the square neither overflows nor "
                            "vanishes")
      .Case("QuotientByMagnitude", "u / |u| = sign(u): defined at 0")
      .Case("SigmoidMinusSigmoid",
            "sigmoid(u) - sigmoid(v) by tanh((u - v) / 2): no cancellation")
      .Case("MirroredSigmoids",
            "p sigmoid(u) - p sigmoid(-u) = p tanh(u / 2): no cancellation")
      .Case("SoftplusMinusSoftplus",
            "softplus(u) - softplus(v) by u - v: no cancellation")
      .Case("LogOfSumWithRoot",
            "log(u + sqrt(u^2 + 1)) = asinh(u), with - 1 acosh(u): nothing "
            "cancels or overflows")
      .Case("BlendByExponentials",
            "(p e^u + q e^v) / (e^u + e^v) by sigmoid(u - v): no overflow, in "
            "the derivatives neither")
      .Case("DifferenceOfTanhs",
            "tanh(u) - tanh(v) by sigmoid: differences of it are known")
      .Case("SlopeMinusSlope",
            "s (1 - s) - t (1 - t) = (s - t) (1 - s - t): two differences that "
            "do not cancel")
      .Cases(
          {"PowerInSum<actin::act::PowOp>", "PowerInSum<actin::act::Exp2Op>"},
          "c^u = e^(u log c): there are stable forms of sums with e^u")
      .Case("LogOfOneMinusMultiple",
            "log(c - k e^v) = log1p(-k expm1(v)), c - k = 1: no rounding next "
            "to 1")
      .Case("DivideByPower",
            "a / b^p = a b^-p: no square of a power in the derivatives")
      .Case("LogOfLogisticQuotient",
            "log((1 + e^u) / (1 + e^v)) = softplus(u) - softplus(v): no "
            "overflow")
      .Case("DivideByLogisticProduct",
            "n / ((1 + e^u) (1 + e^v)): no overflow of the product")
      .Case("DivideSumByExpSum", "(a e^u + b e^v) / (e^u + e^v) term by term: "
                                 "no overflow")
      .Case("SigmoidMinusSoftplus",
            "u sigmoid(u) - softplus(u) as an entropy: no cancellation")
      .Case("SoftplusMinusMoment",
            "softplus(u) - u sigmoid(u) as an entropy: no cancellation")
      .Case("MomentMinusLogCosh",
            "u tanh(u) - log(cosh(u)) as an entropy: no cancellation")
      .Case("SoftplusMinusArgument",
            "softplus(u) - u = softplus(-u), softplus(u) - max(u, 0) = "
            "softplus(-|u|): no cancellation")
      .Case("FactorTimesSoftplus",
            "b softplus(a / b) without its large quotient: no overflow")
      .Case("SoftplusOverFactor",
            "softplus(a b) / b without its large product: no overflow")
      .Case("ArgumentTimesNormcdf",
            "u normcdf(u) through the lower tail: accurate on both sides")
      .Case("NormcdfPlusMoment",
            "normcdf(u) + u normpdf(u) through the lower tail: no cancellation")
      .Case("ConstantMinusNormcdf",
            "1 - normcdf(u) = normcdf(-u): no cancellation in the tail")
      .Cases({"LogOfTail", "LogOfNormcdf", "LogOfErfc"},
             "the logarithm of a tail by its leading terms: the tail is below "
             "every range")
      .Cases({"QuotientOfTails", "TailTimesPole", "QuotientOfNormals",
              "ErfcByExp"},
             "a quotient of tails by their leading terms: both vanish")
      .Case("SumWithNormalQuotient",
            "u + normpdf(u) / normcdf(u) by its leading terms: no cancellation")
      .Case("LogOfMinusExpm1", "log(-expm1(w)) = log1p(-e^w): no rounding to 0")
      .Case("LogOfOneMinusNormcdf",
            "log1p(-normcdf(u)) = log(normcdf(-u)): no cancellation in the "
            "tail")
      .Case("LogOfRoot", "log(sqrt(u)) = log(u) / 2: the root is not rounded")
      .Case("RootOfTail", "the root of a tail by its leading term: the tail is "
                          "below every range")
      .Case("LogOfExpm1", "log(expm1(u)) = u + log1p(-e^-u): no overflow")
      .Case("GrowthTimesItsExponential",
            "e^u e^(-c e^u) = e^(u - c e^u): no infinity times 0")
      .Case("ExpOverExpm1", "e^u / expm1(u) = -1 / expm1(-u): no overflow")
      .Cases({"LogOfLongExpSum", "ShareOfLongExpSum", "GatherShare"},
             "exponentials of differences: no overflow")
      .Case("PowerOfOnePlusExp",
            "(1 + e^u)^p = e^(p u) for large u: the sum overflows first")
      .Case("SumOfPowers",
            "r b^p + s b^(p - n) = b^p (r + s / b^n): both may be "
            "far larger than their sum")
      .Case("SlopeOfPower", "y b^p is 0 where y is: b has no pole")
      .Case("SignTimesPole", "sign(v) |v|^p is 0 where v is: no pole times 0")
      .Case("CompareProducts",
            "p q < r q by the sign of (p - r) q: nothing overflows or rounds")
      .Default("");
}

namespace {
/// Tells a RewriteListener of the patterns that were applied.
class PatternReporter : public mlir::RewriterBase::Listener {
public:
  explicit PatternReporter(RewriteListener listener) : listener(listener) {}

  void notifyPatternBegin(const mlir::Pattern &pattern,
                          mlir::Operation *op) override {
    location = op->getLoc(); // The operation may be gone at the end.
  }
  void notifyPatternEnd(const mlir::Pattern &pattern,
                        mlir::LogicalResult status) override {
    llvm::StringRef name = pattern.getDebugName();
    llvm::StringRef reason = getReason(name.substr(name.rfind(':') + 1));
    if (succeeded(status) && !reason.empty() && location)
      listener(reason, *location);
  }

private:
  RewriteListener listener;
  std::optional<mlir::Location> location;
};
} // namespace

static void applyPatterns(mlir::func::FuncOp function,
                          mlir::RewritePatternSet patterns,
                          RewriteListener listener) {
  PatternReporter reporter(listener);
  mlir::GreedyRewriteConfig config;
  if (listener)
    config.setListener(&reporter);
  // Each rewrite keeps the value: to stop early is to leave the rest as it is.
  size_t numOperations = function.getBody().front().getOperations().size();
  config.setMaxNumRewrites(1024 + 16 * numOperations);
  (void)mlir::applyPatternsGreedily(function, std::move(patterns), config);
}

static void applyLocalPatterns(mlir::func::FuncOp function, Stage stage,
                               bool isF64, RewriteListener listener) {
  mlir::RewritePatternSet patterns(function.getContext());
  populateStabilizePatterns(patterns, /*isWritten=*/stage == Stage::First);
  populateVariablePowerPatterns(patterns);
  populateExpSumPatterns(patterns);
  populateSoftplusPatterns(patterns, /*isWritten=*/stage == Stage::First);
  populateDifferencePatterns(patterns);
  populateComplementPatterns(patterns);
  populateLogarithmPatterns(patterns);
  if (stage == Stage::Last) {
    populateAnglePatterns(patterns, isF64);
    populateNormalPatterns(patterns, isF64);
    populateTailPatterns(patterns, isF64);
    populateNormalTailPatterns(patterns, isF64);
    populateGrowthPatterns(patterns, isF64);
    populateConstantPatterns(patterns);
  }
  applyPatterns(function, std::move(patterns), listener);
}

bool hasSecondDerivative(mlir::func::FuncOp kernel) {
  for (unsigned i = 0, e = kernel.getNumResults(); i != e; ++i)
    if (auto role =
            kernel.getResultAttrOfType<mlir::StringAttr>(i, act::roleAttrName);
        role && role.getValue() == "second")
      return true;
  return false;
}

void recognizeForms(mlir::func::FuncOp function, RewriteListener listener) {
  mlir::RewritePatternSet patterns(function.getContext());
  populateFormPatterns(patterns);
  applyPatterns(function, std::move(patterns), listener);
}

void stabilize(mlir::func::FuncOp function, bool isF64,
               RewriteListener listener) {
  shareExponents(function);
  mlir::RewritePatternSet logarithms(function.getContext());
  populateSpelledLogarithmPatterns(logarithms);
  applyPatterns(function, std::move(logarithms), listener);
  applyLocalPatterns(function, Stage::First, isF64, listener);
  rationalizeExponentials(function, isF64, listener);
  applyLocalPatterns(function, Stage::Last, isF64, listener);
}

// The last stage has these patterns too: what follows them there, such as the
// sum with a residual, is joined otherwise without.
void stabilizeNormal(mlir::func::FuncOp function, bool isF64,
                     RewriteListener listener) {
  if (function.getOps<act::NormcdfOp>().empty())
    return;
  mlir::RewritePatternSet patterns(function.getContext());
  populateNormalPatterns(patterns, isF64);
  applyPatterns(function, std::move(patterns), listener);
}

void restorePowers(mlir::func::FuncOp function, RewriteListener listener) {
  mlir::RewritePatternSet patterns(function.getContext());
  populatePowerOfLogarithmPatterns(patterns);
  applyPatterns(function, std::move(patterns), listener);
}

namespace {
struct RecognizeFormsPass : impl::ActRecognizeFormsBase<RecognizeFormsPass> {
  using ActRecognizeFormsBase::ActRecognizeFormsBase;

  void runOnOperation() override { recognizeForms(getOperation()); }
};

struct StabilizePass : impl::ActStabilizeBase<StabilizePass> {
  using ActStabilizeBase::ActStabilizeBase;

  void runOnOperation() override { stabilize(getOperation(), isF64); }
};
} // namespace

} // namespace actin
