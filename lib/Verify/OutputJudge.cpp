//===- OutputJudge.cpp - Results held against the exact value -------------===//

#include "Verify/OutputJudge.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace actin {

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

static Expected<Activation> deriveExactly(Compiler &compiler,
                                          const Activation &activation,
                                          const OutputSpec &output) {
  if (output.role == OutputRole::Value)
    return activation;
  int order = output.role == OutputRole::SecondDerivative ? 2 : 1;
  return compiler.differentiate(activation, output.argument, order,
                                DerivativeForm::AsDerived);
}

Expected<std::vector<OutputFormula>>
makeFormulas(Compiler &compiler, const Activation &activation,
             const std::vector<OutputSpec> &outputs,
             const CompileOptions &options, ContractRow row) {
  std::vector<OutputFormula> formulas;
  for (const OutputSpec &output : outputs) {
    OutputFormula formula;
    formula.spec = output;
    CompileOptions own = options;
    own.type = formula.type = getOutputType(output, options.type);
    // A second derivative is a formula of its own, that nobody has named.
    bool isSecond = output.role == OutputRole::SecondDerivative;
    formula.bound = getContractBound(isSecond ? ContractRow::Other : row,
                                     output.role == OutputRole::Value, own);
    auto exact = deriveExactly(compiler, activation, output);
    if (!exact)
      return tl::make_unexpected(exact.error());
    formula.exact = *exact;
    if (formula.bound.conditioned != 0)
      for (const std::string &name : activation.getInputs()) {
        auto slope = compiler.differentiate(*exact, name);
        if (!slope)
          return tl::make_unexpected(slope.error());
        formula.slopes.push_back(*slope);
      }
    formulas.push_back(std::move(formula));
  }
  return formulas;
}

//===----------------------------------------------------------------------===//
// Tallies
//===----------------------------------------------------------------------===//

/// Of equals the first, so that the order of threads does not show.
static bool isWorse(double value, const VerifiedPoint &point, double old,
                    const VerifiedPoint &than) {
  if (point.inputs.empty() || than.inputs.empty())
    return !point.inputs.empty();
  return value != old ? value > old
                      : std::tie(point.parameters, point.inputs) <
                            std::tie(than.parameters, than.inputs);
}

void keepWorse(VerifiedPoint &kept, const VerifiedPoint &point) {
  if (isWorse(point.ulps, point, kept.ulps, kept))
    kept = point;
}

static void keepLarger(VerifiedPoint &kept, const VerifiedPoint &point) {
  if (isWorse(point.absolute, point, kept.absolute, kept))
    kept = point;
}

void merge(VerifiedOutput &total, const VerifiedOutput &other) {
  keepWorse(total.worst, other.worst);
  keepWorse(total.worstRegular, other.worstRegular);
  keepWorse(total.firstOver, other.firstOver);
  keepLarger(total.worstAbsolute, other.worstAbsolute);
  for (auto count : VerifiedOutput::counts)
    total.*count += other.*count;
}

//===----------------------------------------------------------------------===//
// OutputJudge
//===----------------------------------------------------------------------===//

OutputJudge::OutputJudge(const OutputFormula &formula, size_t numInputs)
    : formula(formula), numInputs(numInputs),
      exactFormula(formula.exact.getBody(), formula.type),
      asWritten(formula.exact) {
  for (const Activation &slope : formula.slopes)
    slopes.emplace_back(slope.getBody(), DataType::F32);
}

bool OutputJudge::passesNaN(llvm::ArrayRef<double> arguments) {
  auto isNaN = [](double x) { return std::isnan(x); };
  llvm::SmallVector<double> others(arguments);
  std::replace_if(others.begin(), others.end(), isNaN, 1.0);
  return asWritten.evaluate(arguments).isNaN() &&
         !asWritten.evaluate(others).isNaN();
}

/// Whether the exact function changes its sign within a factor of two of an
/// input.
bool OutputJudge::isNextToRoot(llvm::ArrayRef<double> arguments,
                               const ExactValue &exact) {
  llvm::SmallVector<double, 4> moved(arguments);
  for (size_t i = 0; i != numInputs; ++i) {
    for (double factor : {0.5, 2.0}) {
      moved[i] = arguments[i] * factor;
      ExactResult there = exactFormula.evaluate(moved);
      if (there.isNumber() &&
          (there.value.high == 0 ||
           std::signbit(there.value.high) != std::signbit(exact.high)))
        return true;
    }
    moved[i] = arguments[i];
  }
  return exact.high == 0;
}

double OutputJudge::getCondition(llvm::ArrayRef<double> arguments,
                                 const ExactValue &exact) {
  double condition = std::fabs(exact.high);
  for (size_t i = 0; i != slopes.size(); ++i) {
    ExactResult slope = slopes[i].evaluate(arguments);
    if (slope.isNumber())
      condition += std::fabs(arguments[i] * slope.value.high);
  }
  // A real number, also where it is beyond the range of double.
  return std::isnan(condition)
             ? 0
             : std::min(condition, std::numeric_limits<double>::max());
}

void OutputJudge::judge(llvm::ArrayRef<double> arguments, double actual,
                        VerifiedOutput &tally) {
  llvm::ArrayRef<double> inputs = arguments.take_front(numInputs);
  if (llvm::any_of(inputs, [](double x) { return std::isnan(x); })) {
    tally.numNaNLost += !std::isnan(actual) && passesNaN(arguments);
    return;
  }
  // No limit where several go their way.
  auto isInfinite = [](double x) { return std::isinf(x); };
  if (llvm::count_if(inputs, isInfinite) > 1)
    return;
  ExactResult exact = exactFormula.evaluate(arguments);
  if (!exact.isNumber()) {
    bool isUndefined = exact.kind == ExactResult::Kind::Undefined;
    ++(isUndefined ? tally.numUndefined : tally.numUndecided);
    return;
  }
  ++tally.numPoints;
  Deviation deviation = measure(actual, exact.value, formula.type);
  VerifiedPoint point{inputs.vec(),   arguments.drop_front(numInputs).vec(),
                      actual,         exact.value.high,
                      deviation.ulps, deviation.absolute};
  keepWorse(tally.worst, point);
  keepLarger(tally.worstAbsolute, point);
  tally.numNaN += deviation.fault == Fault::NaN;
  tally.numInfinite += deviation.fault == Fault::Infinity;
  const ErrorBound &bound = formula.bound;
  bool isFine = isWithin(deviation, bound);
  if (!isFine && deviation.fault == Fault::None) {
    if (bound.absoluteNextToRootOnly && deviation.absolute > 0 &&
        deviation.absolute <= bound.absolute &&
        isNextToRoot(arguments, exact.value)) {
      ++tally.numNextToRoot;
      return;
    }
    if (bound.conditioned != 0 &&
        isWithin(deviation, bound, getCondition(arguments, exact.value))) {
      ++tally.numIllConditioned;
      return;
    }
  }
  keepWorse(tally.worstRegular, point);
  if (isFine)
    return;
  ++tally.numOver;
  keepWorse(tally.firstOver, point);
}

} // namespace actin
