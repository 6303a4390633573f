//===- Verify.cpp - How exact kernels are, measured -----------------------===//

#include "actin/Verify.h"

#include "actin/Module.h"

#include "Compiler/Threads.h"
#include "Support/Environment.h"
#include "Verify/SamplePoints.h"
#include "Verify/Sweep.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

#include <oneapi/tbb/enumerable_thread_specific.h>

namespace actin {

bool VerifyReport::isGood() const {
  auto isGood = [](const VerifiedOutput &output) { return output.isGood(); };
  return llvm::all_of(outputs, isGood) && llvm::all_of(oracle, isGood);
}

ContractRow getContractRow(const Activation &activation) {
  const ExprGraph &graph = *activation.getBody().getGraph();
  const ExprNode &node = graph.getNode(activation.getBody().getId());
  bool isFunction =
      !getFunctionName(node.kind).empty() &&
      graph.getNode(node.operands.front()).kind == ExprKind::Argument;
  const Activation *standard = getStandardLibrary().find(activation.getName());
  bool isStandard = standard && standard->print() == activation.print();
  return isFunction || isStandard ? ContractRow::Named : ContractRow::Other;
}

namespace {

/// What an oracle may be off by, in ulp of the type that it judges.
constexpr double maxOracleUlps = 0x1p-6;

/// Points that one thread takes at a time.
constexpr size_t chunkSize = 256;

class Verifier {
public:
  Verifier(Compiler &compiler, const Activation &activation,
           const VerifyOptions &options, const VerifyProgress &progress)
      : compiler(compiler), activation(activation), options(options),
        progress(progress) {}

  Expected<VerifyReport> run();

private:
  /// Kernels of one type, and what they should give.
  struct Subject {
    CompileOptions options;
    KernelSet kernels;
    std::vector<OutputFormula> formulas;
  };

  Expected<Subject> makeSubject(const std::vector<OutputSpec> &specs,
                                const CompileOptions &compileOptions,
                                bool fused);
  std::vector<VerifiedOutput> makeTallies(const Subject &subject) const;
  void chooseParameters();
  Expected<void> sample(const Subject &subject, DataType pointType,
                        const std::vector<double> &parameters,
                        std::vector<VerifiedOutput> &tallies);
  Expected<void> sampleAll(const Subject &subject, double share);
  Expected<void> sweepAll(const Subject &subject);
  void addTransitions(SamplePoints &points, const Subject &subject,
                      const std::vector<double> &parameters) const;
  bool reportProgress(double done);

  Compiler &compiler;
  const Activation &activation;
  const VerifyOptions &options;
  const VerifyProgress &progress;
  VerifyReport report;
  /// The part of the whole that is under way: where it starts, how much it is.
  double progressStart = 0, progressShare = 1;
};

/// The judging of one set of sample points.
class Sampler {
public:
  Sampler(const KernelSet &kernels, const std::vector<OutputFormula> &formulas,
          const SamplePoints &points, const std::vector<double> &parameters)
      : kernels(kernels), formulas(formulas), points(points),
        parameters(parameters), workers([this] { return make(); }) {}

  Expected<bool> run(std::vector<VerifiedOutput> &tallies,
                     llvm::function_ref<bool(double)> reportProgress);

private:
  struct Worker {
    KernelRun run;
    std::vector<OutputJudge> judges;
    std::vector<VerifiedOutput> tallies;
  };

  Worker make() const;
  Expected<void> judgeChunk(size_t first, size_t last);

  const KernelSet &kernels;
  const std::vector<OutputFormula> &formulas;
  const SamplePoints &points;
  const std::vector<double> &parameters;
  tbb::enumerable_thread_specific<Worker> workers;
};

} // namespace

//===----------------------------------------------------------------------===//
// Sampler
//===----------------------------------------------------------------------===//

Sampler::Worker Sampler::make() const {
  Worker worker{KernelRun(kernels, chunkSize, parameters),
                {},
                std::vector<VerifiedOutput>(formulas.size())};
  for (const OutputFormula &formula : formulas)
    worker.judges.emplace_back(formula, formula.exact.getInputs().size());
  return worker;
}

Expected<void> Sampler::judgeChunk(size_t first, size_t last) {
  Worker &worker = workers.local();
  size_t numInputs = formulas.front().exact.getInputs().size();
  std::vector<std::vector<double>> arguments;
  for (size_t i = first; i != last; ++i) {
    std::vector<double> &point = arguments.emplace_back(numInputs);
    points.getPoint(i, point);
    point.insert(point.end(), parameters.begin(), parameters.end());
  }
  // Neighbours need the same number of digits.
  llvm::sort(arguments, [](const auto &a, const auto &b) {
    return std::fabs(a[0]) < std::fabs(b[0]);
  });
  for (size_t i = 0; i != arguments.size(); ++i)
    for (size_t k = 0; k != numInputs; ++k)
      worker.run.setInput(k, i, arguments[i][k]);
  if (auto done = worker.run.run(arguments.size()); !done)
    return done;
  for (size_t output = 0; output != formulas.size(); ++output)
    for (size_t i = 0; i != arguments.size(); ++i)
      worker.judges[output].judge(arguments[i], worker.run.getResult(output, i),
                                  worker.tallies[output]);
  return {};
}

Expected<bool> Sampler::run(std::vector<VerifiedOutput> &tallies,
                            llvm::function_ref<bool(double)> reportProgress) {
  std::atomic<size_t> numDone = 0;
  std::atomic<bool> isStopped = false;
  std::mutex mutex;
  Diagnostics error;
  size_t numChunks = (points.size() + chunkSize - 1) / chunkSize;
  auto judge = [&](size_t index) {
    if (isStopped)
      return;
    size_t first = index * chunkSize;
    auto done = judgeChunk(first, std::min(first + chunkSize, points.size()));
    double part = double(++numDone) / double(numChunks);
    if (!done) {
      std::lock_guard<std::mutex> lock(mutex);
      error = done.error();
      isStopped = true;
    } else if (std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
               lock && !reportProgress(part)) {
      isStopped = true;
    }
  };
  parallelFor(int64_t(numChunks), 1, [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index != end; ++index)
      judge(size_t(index));
  });
  if (!error.empty())
    return tl::make_unexpected(std::move(error));
  mergeTallies(tallies, workers);
  return !isStopped;
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

bool Verifier::reportProgress(double done) {
  return !progress || progress(progressStart + progressShare * done);
}

/// Values for parameters of which nothing is known but the default: it, less,
/// and more. One without a default is 1.
static std::vector<std::vector<double>>
proposeParameters(const Activation &activation, bool defaultsOnly) {
  std::vector<std::vector<double>> sets;
  for (double factor : {1.0, 0.5, 2.5}) {
    std::vector<double> &set = sets.emplace_back();
    for (const Parameter &parameter : activation.getParameters()) {
      double value = parameter.defaultValue.value_or(1);
      set.push_back(value == 0 && factor != 1 ? factor - 1 : value * factor);
    }
    if (defaultsOnly || set.empty())
      break;
  }
  return sets;
}

/// As kernels get them: numbers of the compute type.
void Verifier::chooseParameters() {
  report.parameterSets = options.parameterSets;
  if (report.parameterSets.empty())
    report.parameterSets = proposeParameters(activation, options.exhaustive);
  DataType compute = getComputeType(options.compile.type);
  for (std::vector<double> &set : report.parameterSets)
    for (double &value : set)
      value = roundTo(value, compute);
}

Expected<Verifier::Subject>
Verifier::makeSubject(const std::vector<OutputSpec> &specs,
                      const CompileOptions &compileOptions, bool fused) {
  Subject subject;
  subject.options = compileOptions;
  auto kernels =
      KernelSet::compile(compiler, activation, specs, compileOptions, fused);
  if (!kernels)
    return tl::make_unexpected(kernels.error());
  subject.kernels = std::move(*kernels);
  auto formulas =
      makeFormulas(compiler, activation, specs, compileOptions, options.row);
  if (!formulas)
    return tl::make_unexpected(formulas.error());
  subject.formulas = std::move(*formulas);
  return subject;
}

std::vector<VerifiedOutput>
Verifier::makeTallies(const Subject &subject) const {
  std::vector<VerifiedOutput> tallies;
  for (const OutputFormula &formula : subject.formulas) {
    VerifiedOutput &tally = tallies.emplace_back();
    tally.name = formula.spec.getName();
    tally.type = formula.type;
    tally.bound = formula.bound;
  }
  return tallies;
}

/// Where results become 0, infinite, the input itself, constant, or of the
/// other sign.
void Verifier::addTransitions(SamplePoints &points, const Subject &subject,
                              const std::vector<double> &parameters) const {
  KernelRun run(subject.kernels, 1, parameters);
  auto classify = [&](size_t output, double x) {
    run.setInput(0, 0, x);
    if (!run.run(1))
      return 0;
    double result = run.getResult(output, 0);
    int kind = std::isnan(result)             ? 0
               : std::isinf(result)           ? 1
               : result == 0                  ? 2
               : result == x                  ? 3
               : std::fabs(result) == 1       ? 4
               : std::fabs(result) < 0x1p-126 ? 5
                                              : 6;
    return result < 0 ? -kind : kind;
  };
  for (size_t output = 0; output != subject.formulas.size(); ++output)
    if (subject.formulas[output].spec.role != OutputRole::ParameterGradient)
      points.addTransitions([&](double x) { return classify(output, x); });
}

Expected<void> Verifier::sample(const Subject &subject, DataType pointType,
                                const std::vector<double> &parameters,
                                std::vector<VerifiedOutput> &tallies) {
  SamplePoints points(activation, pointType, options.numSamples);
  if (activation.getInputs().size() == 1)
    addTransitions(points, subject, parameters);
  auto done =
      Sampler(subject.kernels, subject.formulas, points, parameters)
          .run(tallies, [&](double part) { return reportProgress(part); });
  if (!done)
    return tl::make_unexpected(done.error());
  report.isComplete &= *done;
  return {};
}

/// Every set of parameters, as `share` of the whole work.
Expected<void> Verifier::sampleAll(const Subject &subject, double share) {
  report.outputs = makeTallies(subject);
  progressShare = share / double(report.parameterSets.size());
  for (const std::vector<double> &parameters : report.parameterSets) {
    if (!report.isComplete)
      break;
    auto done =
        sample(subject, options.compile.type, parameters, report.outputs);
    if (!done)
      return done;
    progressStart += progressShare;
  }
  return {};
}

/// Samples are among all numbers: their counts give way to those of a sweep,
/// which finds no less, unless its oracle is wrong with the kernel.
static void addSweep(VerifiedOutput &samples, const VerifiedOutput &swept) {
  VerifiedOutput total = samples;
  merge(total, swept);
  for (auto count : VerifiedOutput::counts)
    total.*count = std::max(samples.*count, swept.*count);
  samples = std::move(total);
}

/// The oracle on samples, then every number by the oracle.
Expected<void> Verifier::sweepAll(const Subject &subject) {
  std::vector<OutputSpec> specs;
  std::vector<OutputFormula> formulas;
  std::vector<size_t> places;
  for (size_t i = 0; i != subject.formulas.size(); ++i)
    if (subject.formulas[i].spec.role != OutputRole::ParameterGradient) {
      specs.push_back(subject.formulas[i].spec);
      formulas.push_back(subject.formulas[i]);
      places.push_back(i);
    }
  CompileOptions oracleOptions = options.compile;
  oracleOptions.type = DataType::F64;
  oracleOptions.target = "native";
  oracleOptions.math = MathMode::Accurate;
  oracleOptions.stabilize = StabilizeMode::Auto;
  auto oracle = makeSubject(specs, oracleOptions, /*fused=*/true);
  if (!oracle)
    return tl::make_unexpected(oracle.error());
  auto kernels = KernelSet::compile(compiler, activation, specs,
                                    options.compile, /*fused=*/false);
  if (!kernels)
    return tl::make_unexpected(kernels.error());
  // What matters is what it is off by where it judges.
  for (auto [formula, judged] : llvm::zip_equal(oracle->formulas, formulas)) {
    formula.type = options.compile.type;
    formula.bound = {};
    formula.bound.ulps = maxOracleUlps;
    formula.bound.absolute = judged.bound.absolute * oracleDoubt;
    formula.bound.absoluteNextToRootOnly = judged.bound.absoluteNextToRootOnly;
    formula.slopes.clear();
  }
  report.oracle = makeTallies(*oracle);
  std::vector<VerifiedOutput> swept(specs.size());
  double share = 0.9 / double(report.parameterSets.size());
  for (const std::vector<double> &parameters : report.parameterSets) {
    if (!report.isComplete)
      break;
    progressShare = 0.1 * share;
    if (auto done =
            sample(*oracle, options.compile.type, parameters, report.oracle);
        !done)
      return done;
    progressStart += progressShare;
    progressShare = 0.9 * share;
    SweepTask task{formulas, *kernels, oracle->kernels, parameters,
                   options.compile.type};
    auto done =
        sweep(task, swept, [&](double part) { return reportProgress(part); });
    if (!done)
      return tl::make_unexpected(done.error());
    progressStart += progressShare;
    report.isComplete &= *done;
  }
  for (size_t i = 0; i != places.size(); ++i)
    addSweep(report.outputs[places[i]], swept[i]);
  return {};
}

static std::string checkOptions(const Activation &activation,
                                const VerifyOptions &options) {
  size_t numParameters = activation.getParameters().size();
  for (const std::vector<double> &set : options.parameterSets) {
    if (set.size() != numParameters)
      return "activation '" + activation.getName() + "' has " +
             std::to_string(numParameters) +
             " parameters, and values are "
             "given for " +
             std::to_string(set.size());
    if (!llvm::all_of(set, [](double value) { return std::isfinite(value); }))
      return "a parameter is not a finite number";
  }
  if (!options.exhaustive)
    return {};
  if (options.compile.type == DataType::F64)
    return "no machine gets through every number of f64";
  if (activation.getInputs().size() != 1)
    return "activation '" + activation.getName() + "' has " +
           std::to_string(activation.getInputs().size()) +
           " inputs: every number can only be tried of one";
  return {};
}

Expected<VerifyReport> Verifier::run() {
  report.isExhaustive = options.exhaustive;
  chooseParameters();
  std::vector<OutputSpec> outputs =
      listOutputs(activation, /*withParameters=*/true, options.seconds);
  if (!options.firsts)
    llvm::erase_if(outputs, [](const OutputSpec &output) {
      return output.role != OutputRole::SecondDerivative;
    });
  auto subject = makeSubject(outputs, options.compile, /*fused=*/false);
  if (!subject)
    return tl::make_unexpected(subject.error());
  if (auto done = sampleAll(*subject, options.exhaustive ? 0.1 : 1); !done)
    return tl::make_unexpected(done.error());
  if (options.exhaustive)
    if (auto done = sweepAll(*subject); !done)
      return tl::make_unexpected(done.error());
  return std::move(report);
}

Expected<VerifyReport> verify(Compiler &compiler, const Activation &activation,
                              const VerifyOptions &options,
                              const VerifyProgress &progress) {
  std::string fault = checkOptions(activation, options);
  if (!fault.empty())
    return makeError(fault);
  Expected<VerifyReport> result;
  int numThreads = limitThreads(
      options.numThreads > 0 ? options.numThreads : getDefaultNumThreads());
  withThreads(numThreads, [&] {
    result = Verifier(compiler, activation, options, progress).run();
  });
  return result;
}

} // namespace actin
