//===- Sweep.cpp - Every number of a type ---------------------------------===//

#include "Verify/Sweep.h"

#include "Compiler/Threads.h"
#include "Verify/FlushSubnormals.h"
#include "Verify/SweepCompare.h"

#include "actin/Elements.h"

#include "llvm/ADT/STLExtras.h"

#include <atomic>
#include <cmath>
#include <mutex>

#include <oneapi/tbb/enumerable_thread_specific.h>

namespace actin {
namespace {

constexpr size_t blockSize = 1 << 13;
/// Points judged by exact evaluation; beyond that many, by the oracle.
constexpr uint64_t maxExact = 50000;

/// One thread's buffers, judges and findings.
struct Worker {
  KernelRun run, oracle, probe; ///< The probe: the oracle at one point.
  std::vector<OutputJudge> judges;
  std::vector<VerifiedOutput> tallies;
  std::vector<double> exact;
};

class Sweeper {
public:
  Sweeper(const SweepTask &task, const VerifyProgress &progress)
      : task(task), progress(progress), workers([this] { return make(); }) {}

  Expected<bool> run(std::vector<VerifiedOutput> &tallies);

private:
  Worker make() const;
  void sweepBlock(size_t index);
  void fill(Worker &worker, size_t first, size_t count) const;
  void compare(Worker &worker, size_t output, size_t count);
  void compareNarrow(Worker &worker, size_t output, size_t count);
  void judge(Worker &worker, size_t output, size_t element, double exact,
             bool always = false);
  bool isAllowed(Worker &worker, size_t output, size_t element, double exact);
  bool isNextToRoot(Worker &worker, size_t output, double argument,
                    double exact) const;
  void checkNonFinite(Worker &worker, size_t output, size_t count);
  bool isAtLimit() const { return numExact >= maxExact; }
  void reportProgress();

  double getArgument(Worker &worker, size_t element) const {
    return loadElement(
        worker.run.getInput(0) + element * getSizeBytes(task.type), task.type);
  }
  /// Numbers of one sign: finite ones, infinity, then NaN.
  size_t getNumBits() const {
    return size_t(1) << (8 * getSizeBytes(task.type) - 1);
  }

  const SweepTask &task;
  const VerifyProgress &progress;
  tbb::enumerable_thread_specific<Worker> workers;
  std::atomic<uint64_t> numExact = 0;
  std::atomic<size_t> numDone = 0;
  std::atomic<bool> isStopped = false;
  std::mutex mutex; ///< Of `progress` and `error`.
  Diagnostics error;
};

Worker Sweeper::make() const {
  Worker worker{KernelRun(task.kernels, blockSize, task.parameters),
                KernelRun(task.oracle, blockSize, task.parameters),
                KernelRun(task.oracle, 1, task.parameters),
                {},
                std::vector<VerifiedOutput>(task.formulas.size()),
                std::vector<double>(blockSize)};
  for (const OutputFormula &formula : task.formulas)
    worker.judges.emplace_back(formula, 1);
  return worker;
}

/// Elements with the bits first, first + 1, …
void Sweeper::fill(Worker &worker, size_t first, size_t count) const {
  size_t sizeBytes = getSizeBytes(task.type);
  std::byte *narrow = worker.run.getInput(0);
  auto *wide = reinterpret_cast<double *>(worker.oracle.getInput(0));
  if (task.type == DataType::F32) {
    auto *bits = reinterpret_cast<uint32_t *>(narrow);
    for (size_t i = 0; i != count; ++i)
      bits[i] = uint32_t(first + i);
    return widen(reinterpret_cast<const float *>(narrow), wide, count);
  }
  for (size_t i = 0; i != count; ++i) {
    uint16_t bits = uint16_t(first + i);
    std::memcpy(narrow + i * sizeBytes, &bits, sizeBytes);
    wide[i] = loadElement(narrow + i * sizeBytes, task.type);
  }
}

/// Whether the oracle changes its sign within a factor of two of the input.
bool Sweeper::isNextToRoot(Worker &worker, size_t output, double argument,
                           double exact) const {
  for (double factor : {0.5, 2.0}) {
    worker.probe.setInput(0, 0, factor * argument);
    if (!worker.probe.run(1))
      return false;
    double there = worker.probe.getResult(output, 0);
    if (there == 0 || std::signbit(there) != std::signbit(exact))
      return true;
  }
  return exact == 0;
}

/// Lets a result pass for which the oracle shows that it may be further off:
/// next to a root, or where the formula is ill-conditioned.
bool Sweeper::isAllowed(Worker &worker, size_t output, size_t element,
                        double exact) {
  const ErrorBound &bound = task.formulas[output].bound;
  VerifiedOutput &tally = worker.tallies[output];
  double actual = worker.run.getResult(output, element);
  double argument = getArgument(worker, element);
  if (std::isnan(exact) || !std::isfinite(argument))
    return false;
  Deviation deviation = measure(actual, {exact, 0}, task.type);
  if (deviation.fault != Fault::None || deviation.absolute == 0)
    return false;
  double doubt = 1 - oracleDoubt;
  // The slope of the value is the next output.
  double condition = std::fabs(exact);
  if (output == 0)
    condition += std::fabs(argument * worker.oracle.getResult(1, element));
  if (bound.absoluteNextToRootOnly &&
      deviation.absolute <= bound.absolute * doubt &&
      isNextToRoot(worker, output, argument, exact))
    ++tally.numNextToRoot;
  else if (bound.conditioned != 0 && std::isfinite(condition) &&
           isWithin(deviation, bound, condition * doubt))
    ++tally.numIllConditioned;
  else
    return false;
  keepWorse(tally.worst, {{argument},
                          task.parameters,
                          actual,
                          exact,
                          deviation.ulps,
                          deviation.absolute});
  return true;
}

/// A result that is not clearly good; `always` by exact evaluation, as is what
/// seems the worst so far.
void Sweeper::judge(Worker &worker, size_t output, size_t element, double exact,
                    bool always) {
  if (!always && isAllowed(worker, output, element, exact))
    return;
  VerifiedOutput &tally = worker.tallies[output];
  double actual = worker.run.getResult(output, element);
  if (std::isnan(exact) && std::isnan(actual) && !always && isAtLimit()) {
    --tally.numPoints;
    ++tally.numUndefined;
    return;
  }
  // Steps of one percent: a rising error is not followed number by number.
  bool isWorst =
      !std::isnan(exact) &&
      measure(actual, {exact, 0}, task.type).ulps > 1.01 * tally.firstOver.ulps;
  if (always || isWorst || !isAtLimit()) {
    ++numExact;
    --tally.numPoints; // It counts there.
    std::vector<double> arguments = {getArgument(worker, element)};
    llvm::append_range(arguments, task.parameters);
    return worker.judges[output].judge(arguments, actual, tally);
  }
  ++tally.numOver;
  ++tally.numByOracle;
  tally.numNaN += std::isnan(actual);
}

/// F16 and BF16: few enough for the plain way.
void Sweeper::compareNarrow(Worker &worker, size_t output, size_t count) {
  const ErrorBound &bound = task.formulas[output].bound;
  VerifiedOutput &tally = worker.tallies[output];
  double clear = std::min(bound.ulps, tally.worstRegular.ulps) - oracleDoubt;
  for (size_t i = 0; i != count; ++i) {
    double exact = worker.oracle.getResult(output, i);
    double actual = worker.run.getResult(output, i);
    ++tally.numPoints;
    // At an infinity the oracle knows no limits.
    bool isClear = !std::isnan(exact) &&
                   std::isfinite(getArgument(worker, i)) &&
                   measure(actual, {exact, 0}, task.type).ulps <= clear;
    if (!isClear) {
      judge(worker, output, i, exact, /*always=*/true);
      clear = std::min(bound.ulps, tally.worstRegular.ulps) - oracleDoubt;
    }
  }
}

/// Counts what is clearly good as a block; looks at the rest one by one, and at
/// what is worse than anything before.
void Sweeper::compare(Worker &worker, size_t output, size_t count) {
  auto *actual = reinterpret_cast<const float *>(worker.run.getOutput(output));
  auto *exact =
      reinterpret_cast<const double *>(worker.oracle.getOutput(output));
  VerifiedOutput &tally = worker.tallies[output];
  double bound = task.formulas[output].bound.ulps - oracleDoubt;
  BlockSummary summary = compareBlock(actual, exact, count, bound);
  tally.numPoints += count;
  double seen = tally.worstRegular.ulps;
  bool isWorst = summary.numBeyond == 0 && summary.maxUlps > seen + oracleDoubt;
  bool isFarthest = summary.maxAbsolute > tally.worstAbsolute.absolute;
  if (summary.numBeyond == 0 && !isWorst && !isFarthest)
    return;
  auto holdsSome = [&](const BlockSummary &part) {
    return part.numBeyond != 0 ||
           (isWorst && part.maxUlps == summary.maxUlps) ||
           (isFarthest && part.maxAbsolute == summary.maxAbsolute);
  };
  constexpr size_t partSize = 64;
  static_assert(blockSize % partSize == 0);
  for (size_t first = 0; first != count; first += partSize) {
    if (!holdsSome(
            compareBlock(actual + first, exact + first, partSize, bound)))
      continue;
    for (size_t i = first; i != first + partSize; ++i) {
      double ulps = getErrorUlps(actual[i], exact[i]);
      bool isBeyond = !(ulps <= bound);
      bool wasFarthest = isFarthest && !isBeyond &&
                         std::fabs(actual[i] - exact[i]) == summary.maxAbsolute;
      if (isBeyond || (isWorst && ulps == summary.maxUlps) || wasFarthest)
        judge(worker, output, i, exact[i], /*always=*/!isBeyond);
      if (wasFarthest)
        isFarthest = false;
    }
  }
}

/// The infinity, then NaN: NaN in, NaN out.
void Sweeper::checkNonFinite(Worker &worker, size_t output, size_t count) {
  VerifiedOutput &tally = worker.tallies[output];
  auto *actual = reinterpret_cast<const float *>(worker.run.getOutput(output));
  size_t first = std::isinf(getArgument(worker, 0)) ? 1 : 0;
  std::vector<double> arguments = {NAN};
  llvm::append_range(arguments, task.parameters);
  if (worker.judges[output].passesNaN(arguments))
    tally.numNaNLost += countNumbers(actual + first, count - first);
  if (first == 1) {
    ++tally.numPoints;
    judge(worker, output, 0, NAN, /*always=*/true);
  }
}

void Sweeper::reportProgress() {
  size_t numBlocks = 2 * getNumBits() / blockSize;
  size_t done = ++numDone;
  std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  if (lock && progress && !progress(double(done) / double(numBlocks)))
    isStopped = true;
}

/// In F32 a block holds finite numbers only, or none.
void Sweeper::sweepBlock(size_t index) {
  if (isStopped)
    return;
  Worker &worker = workers.local();
  fill(worker, index * blockSize, blockSize);
  auto done = worker.run.run(blockSize);
  if (done) {
    FlushSubnormals flush;
    done = worker.oracle.run(blockSize);
  }
  if (!done) {
    std::lock_guard<std::mutex> lock(mutex);
    error = done.error();
    isStopped = true;
    return;
  }
  bool isFinite = std::isfinite(getArgument(worker, 0));
  for (size_t output = 0; output != task.formulas.size(); ++output) {
    if (task.type != DataType::F32)
      compareNarrow(worker, output, blockSize);
    else if (isFinite)
      compare(worker, output, blockSize);
    else
      checkNonFinite(worker, output, blockSize);
  }
  reportProgress();
}

Expected<bool> Sweeper::run(std::vector<VerifiedOutput> &tallies) {
  size_t numBlocks = 2 * getNumBits() / blockSize;
  parallelFor(int64_t(numBlocks), 1, [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index != end; ++index)
      sweepBlock(size_t(index));
  });
  if (!error.empty())
    return tl::make_unexpected(std::move(error));
  mergeTallies(tallies, workers);
  return !isStopped;
}

} // namespace

Expected<bool> sweep(const SweepTask &task,
                     std::vector<VerifiedOutput> &tallies,
                     const VerifyProgress &progress) {
  return Sweeper(task, progress).run(tallies);
}

} // namespace actin
